//! Time: the wall clock for timestamps, the monotonic one for every wait.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Where time comes from.
pub trait Clock: Send + Sync {
    /// Nanoseconds since 1970 UTC; negative before.
    fn wall_ns(&self) -> i64;

    /// Time since some fixed moment, never going back.
    fn monotonic(&self) -> Duration;

    /// Does it stand still until somebody sets it?
    fn is_manual(&self) -> bool {
        false
    }
}

/// A span that an option or a call gives in milliseconds.
#[must_use]
pub fn milliseconds(ms: u32) -> Duration {
    Duration::from_millis(u64::from(ms))
}

/// The machine's clocks.
pub struct SystemClock {
    start: Instant,
}

impl Default for SystemClock {
    fn default() -> Self {
        Self { start: Instant::now() }
    }
}

impl Clock for SystemClock {
    fn wall_ns(&self) -> i64 {
        let saturated = |duration: Duration| i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX);
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => saturated(since),
            Err(before) => -saturated(before.duration()),
        }
    }

    fn monotonic(&self) -> Duration {
        self.start.elapsed()
    }
}

/// A clock that stands still until it is set.
pub struct ManualClock {
    wall_ms: AtomicI64,
    monotonic_ms: AtomicU64,
}

impl ManualClock {
    /// A clock that shows this, at the beginning of its time.
    #[must_use]
    pub fn new(wall_ms: i64) -> Self {
        Self { wall_ms: AtomicI64::new(wall_ms), monotonic_ms: AtomicU64::new(0) }
    }

    /// Sets it; false, and nothing is set, if time would go back.
    #[must_use]
    pub fn set(&self, wall_ms: i64, monotonic_ms: u64) -> bool {
        let before = self.monotonic_ms.fetch_max(monotonic_ms, Ordering::Relaxed);
        let is_set = before <= monotonic_ms;
        if is_set {
            self.wall_ms.store(wall_ms, Ordering::Relaxed);
        }
        is_set
    }
}

impl Clock for ManualClock {
    fn wall_ns(&self) -> i64 {
        self.wall_ms.load(Ordering::Relaxed).saturating_mul(1_000_000)
    }

    fn monotonic(&self) -> Duration {
        Duration::from_millis(self.monotonic_ms.load(Ordering::Relaxed))
    }

    fn is_manual(&self) -> bool {
        true
    }
}
