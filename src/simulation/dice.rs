//! One seed, and everything that looks like chance: faults, uuids, jitter, the order of what happens.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::platform::Random;

/// Of splitmix64: odd, so that the state runs through all numbers.
const STRIDE: u64 = 0x9e37_79b9_7f4a_7c15;

/// A generator that all parts of a simulation share.
#[derive(Clone)]
pub(crate) struct Dice(Arc<AtomicU64>);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Arc::new(AtomicU64::new(seed.wrapping_mul(STRIDE))))
    }

    /// A number that is uniform over all u64.
    pub(crate) fn roll(&self) -> u64 {
        let mut mixed = self.0.fetch_add(STRIDE, Ordering::Relaxed).wrapping_add(STRIDE);
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// A number below `bound`, which is not zero.
    pub(crate) fn below(&self, bound: u64) -> u64 {
        ((u128::from(self.roll()) * u128::from(bound)) >> 64) as u64
    }

    /// The same for places in memory.
    pub(crate) fn index(&self, bound: usize) -> usize {
        self.below(bound as u64) as usize
    }

    /// True `times` times in `out_of`.
    pub(crate) fn chance(&self, times: u64, out_of: u64) -> bool {
        times > 0 && self.below(out_of) < times
    }

    /// One of several.
    pub(crate) fn pick<T: Copy>(&self, choices: &[T]) -> T {
        choices[self.index(choices.len())]
    }
}

impl Random for Dice {
    fn fill(&self, bytes: &mut [u8]) -> bool {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.roll().to_le_bytes()[..chunk.len()]);
        }
        true
    }
}
