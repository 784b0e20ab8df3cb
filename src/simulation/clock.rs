//! Time that passes when the simulation says so, and a wall clock that somebody sets.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use crate::platform::Clock;

/// When simulations begin: November 2023.
const BEGINNING_NS: i64 = 1_700_000_000_000_000_000;

/// Both clocks of a machine.
pub(crate) struct SimClock {
    /// Nanoseconds since the beginning; it goes on through crashes and losses of power.
    passed_ns: AtomicU64,
    /// What the wall clock is off by.
    off_ns: AtomicI64,
}

impl Default for SimClock {
    fn default() -> Self {
        Self { passed_ns: AtomicU64::new(0), off_ns: AtomicI64::new(BEGINNING_NS) }
    }
}

impl SimClock {
    /// Lets time pass.
    pub(crate) fn pass(&self, time: Duration) {
        self.passed_ns.fetch_add(time.as_nanos() as u64, Ordering::Relaxed);
    }

    /// Sets the wall clock forward, or back.
    pub(crate) fn step_wall(&self, nanoseconds: i64) {
        self.off_ns.fetch_add(nanoseconds, Ordering::Relaxed);
    }
}

impl Clock for SimClock {
    fn wall_ns(&self) -> i64 {
        self.off_ns.load(Ordering::Relaxed).saturating_add(self.monotonic().as_nanos() as i64)
    }

    fn monotonic(&self) -> Duration {
        Duration::from_nanos(self.passed_ns.load(Ordering::Relaxed))
    }
}
