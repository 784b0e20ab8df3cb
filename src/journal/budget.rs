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

    /// Takes room for a segment.
    pub(super) fn take_segment(&self, size: usize) -> bool {
        take(&self.bytes, size as u64, self.bounds.bytes)
    }

    /// Takes room whatever the bound says.
    pub(super) fn force_segment(&self, size: usize) -> bool {
        self.bytes.fetch_add(size as u64, Ordering::Relaxed);
        true
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
