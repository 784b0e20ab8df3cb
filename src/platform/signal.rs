//! How appenders wake the worker without a lock or a system call for each event.

use std::sync::atomic::{AtomicBool, Ordering, fence};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A sleeper that is woken only while it sleeps.
#[derive(Default)]
pub struct Signal {
    is_asleep: AtomicBool,
    is_raised: Mutex<bool>,
    changed: Condvar,
}

impl Signal {
    /// Is somebody asleep? To be asked after the change that the sleeper waits for was made visible; the fence pairs
    /// with the one in `sleep`, so that either the change is seen there or the sleeper here.
    #[must_use]
    pub fn is_asleep(&self) -> bool {
        fence(Ordering::SeqCst);
        self.is_asleep.load(Ordering::Relaxed)
    }

    /// Wakes the sleeper, or spares it its next sleep.
    pub fn raise(&self) {
        *self.lock() = true;
        self.changed.notify_all();
    }

    /// Sleeps until raised or until the time is over (`None`: for ever), unless `has_work` says, after the sleeper can
    /// be seen, that there is something to do.
    pub fn sleep(&self, timeout: Option<Duration>, has_work: impl FnOnce() -> bool) {
        self.is_asleep.store(true, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        if !has_work() {
            let mut is_raised = self.lock();
            if !*is_raised {
                is_raised = match timeout {
                    Some(timeout) => {
                        self.changed
                            .wait_timeout(is_raised, timeout)
                            .unwrap_or_else(PoisonError::into_inner)
                            .0
                    }
                    None => self.changed.wait(is_raised).unwrap_or_else(PoisonError::into_inner),
                };
            }
            *is_raised = false;
        }
        self.is_asleep.store(false, Ordering::Relaxed);
    }

    fn lock(&self) -> MutexGuard<'_, bool> {
        self.is_raised.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
