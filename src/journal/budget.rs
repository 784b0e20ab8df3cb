//! The bounds on what waits, over all shards.

use std::sync::atomic::{AtomicU64, Ordering};

/// Bounds on what waits.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Bytes of segments.
    pub bytes: u64,
    /// Events; 0 for as many as the bytes hold.
    pub events: u64,
}

/// What is taken of the bounds.
pub(super) struct Budget {
    bounds: Bounds,
    bytes: AtomicU64,
    events: AtomicU64,
}

impl Budget {
    pub(super) fn new(bounds: Bounds) -> Self {
        Self { bounds, bytes: AtomicU64::new(0), events: AtomicU64::new(0) }
    }

    /// Takes room for a segment of the first size that fits; if it must be, of the first, whatever the bound says.
    pub(super) fn take_segment_of(&self, sizes: [usize; 3], is_forced: bool) -> Option<usize> {
        let taken = sizes.into_iter().find(|size| self.take_segment(*size));
        taken.or_else(|| {
            is_forced.then(|| self.bytes.fetch_add(sizes[0] as u64, Ordering::Relaxed)).map(|_| sizes[0])
        })
    }

    /// Takes room for a segment.
    pub(super) fn take_segment(&self, size: usize) -> bool {
        take(&self.bytes, size as u64, self.bounds.bytes)
    }

    /// Counts what is there already, whatever the bound says.
    pub(super) fn add_segment(&self, size: usize) {
        self.bytes.fetch_add(size as u64, Ordering::Relaxed);
    }

    /// Bytes taken.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    pub(super) fn give_segment(&self, size: usize) {
        self.bytes.fetch_sub(size as u64, Ordering::Relaxed);
    }

    /// Takes room for an event. Only a bound that is set costs a counter shared by all threads.
    pub(super) fn take_event(&self) -> bool {
        self.bounds.events == 0 || take(&self.events, 1, self.bounds.events)
    }

    pub(super) fn give_events(&self, count: u64) {
        if self.bounds.events != 0 {
            self.events.fetch_sub(count, Ordering::Relaxed);
        }
    }
}

fn take(used: &AtomicU64, size: u64, bound: u64) -> bool {
    let within = |used: u64| used.checked_add(size).filter(|sum| *sum <= bound);
    used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, within).is_ok()
}
