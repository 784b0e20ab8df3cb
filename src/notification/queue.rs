//! The queue from which a host pulls notifications on a thread of its own: for languages that C can't call.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::Notification;

/// What waits to be pulled.
pub struct Queue {
    topics: u32,
    capacity: usize,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Notification>,
    is_closed: bool,
}

impl Queue {
    /// An empty queue that keeps those topics, up to so many notifications.
    #[must_use]
    pub fn new(topics: u32, capacity: usize) -> Self {
        Self { topics, capacity, state: Mutex::default(), changed: Condvar::new() }
    }

    /// Puts one in, if it is of the topics. Full, the oldest goes: what is newest says how things are.
    pub fn push(&self, notification: Notification) {
        if !notification.topic.is_in(self.topics) || self.capacity == 0 {
            return;
        }
        let mut state = self.lock();
        if state.waiting.len() == self.capacity {
            state.waiting.pop_front();
        }
        state.waiting.push_back(notification);
        drop(state);
        self.changed.notify_one();
    }

    /// The oldest notification, waiting for one until the time-out.
    #[must_use]
    pub fn pull(&self, timeout: Duration) -> Option<Notification> {
        let deadline = Instant::now() + timeout;
        let mut state = self.lock();
        loop {
            if let Some(notification) = state.waiting.pop_front() {
                return Some(notification);
            }
            let rest = deadline.saturating_duration_since(Instant::now());
            if rest.is_zero() || state.is_closed {
                return None;
            }
            state = self.changed.wait_timeout(state, rest).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Will nothing more come?
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.lock().is_closed
    }

    /// Wakes those who wait, for nothing more will come.
    pub fn close(&self) {
        self.lock().is_closed = true;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
