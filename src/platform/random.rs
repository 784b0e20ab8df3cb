//! Randomness: the system's, and none other but for tests.

use std::sync::atomic::{AtomicU64, Ordering};

use super::fork;

/// Where random bytes come from.
pub trait Random: Send + Sync {
    /// Fills `bytes`; false if the system gives none, and then the bytes must not be used.
    #[must_use]
    fn fill(&self, bytes: &mut [u8]) -> bool;

    /// Is it wanted that the same bytes come again?
    fn is_repeatable(&self) -> bool {
        false
    }
}

/// The operating system's randomness.
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) -> bool {
        getrandom::fill(bytes).is_ok()
    }
}

/// Numbers that follow from a seed, for tests. Not a secret, and no two of them with one seed differ.
pub struct SeededRandom(AtomicU64);

impl SeededRandom {
    /// The numbers that follow from a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    /// The next number: splitmix64. A child of a fork goes on with others than its parent.
    fn next(&self) -> u64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let state = self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        let mixed = state ^ fork::generation().rotate_left(32);
        let mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }
}

impl Random for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) -> bool {
        for part in bytes.chunks_mut(size_of::<u64>()) {
            part.copy_from_slice(&self.next().to_le_bytes()[..part.len()]);
        }
        true
    }

    fn is_repeatable(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_its_numbers_and_another_gives_others() {
        let numbers = |seed| {
            let random = SeededRandom::new(seed);
            [(); 3].map(|()| random.next())
        };
        // The first numbers of splitmix64 from 0, as published with it.
        assert_eq!(numbers(0), [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4, 0x06c4_5d18_8009_454f]);
        assert_ne!(numbers(1), numbers(2));
    }

    #[test]
    fn any_number_of_bytes_is_filled() {
        let mut bytes = [0; 13];
        assert!(SeededRandom::new(7).fill(&mut bytes));
        assert_ne!(bytes[8..], [0; 5]);
    }
}
