//! Time: the wall clock for timestamps, the monotonic one for every wait.

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
