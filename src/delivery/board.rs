//! The board: what those who drive the delivery and those who wait for it tell each other. Its lock is held for a few
//! reads and writes, never over a request, a callback or a disk, so that whoever waits here keeps his deadline.

use std::sync::atomic::{AtomicUsize, Ordering, fence};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::engine::{DeliveryStats, Engine};
use crate::journal::Journal;

/// Marks of a journal: how many events each shard had accepted.
pub(super) type Marks = Box<[u64]>;

#[derive(Default)]
pub(super) struct Board {
    state: Mutex<State>,
    changed: Condvar,
    /// Those who sleep here and drive when there is something to do.
    sleepers: AtomicUsize,
}

#[derive(Default)]
struct State {
    /// Counts the changes.
    epoch: u64,
    is_driven: bool,
    is_hurried: bool,
    waiters: Vec<Waiter>,
    /// What somebody waited for who has gone meanwhile; it stays due.
    left_behind: Option<Marks>,
    next_ticket: u64,
    stats: DeliveryStats,
}

struct Waiter {
    ticket: u64,
    marks: Marks,
    left: u64,
}

/// What a driver has to heed.
pub(super) struct Demands {
    /// How many wait for everything to be sent.
    pub(super) waiters: usize,
    /// What waits for a retry is to be tried at once.
    pub(super) is_hurried: bool,
}

impl Board {
    /// Takes the right to drive, waiting for it until the deadline; the answer is whether it was had.
    pub(super) fn begin(&self, deadline: Option<Instant>) -> bool {
        let mut state = self.lock();
        while state.is_driven {
            match self.wait(state, deadline) {
                Ok(woken) => state = woken,
                Err(_) => return false,
            }
        }
        state.is_driven = true;
        true
    }

    /// Gives the right to drive back.
    pub(super) fn end(&self) {
        self.lock().is_driven = false;
        self.changed.notify_all();
    }

    /// What is wanted of the driver.
    pub(super) fn demands(&self) -> Demands {
        let mut state = self.lock();
        let waiters = state.waiters.len() + usize::from(state.left_behind.is_some());
        Demands { waiters, is_hurried: std::mem::take(&mut state.is_hurried) }
    }

    /// Does anybody wait for events to be sent?
    pub(super) fn has_waiters(&self) -> bool {
        !self.lock().waiters.is_empty()
    }

    /// The epoch that goes on now.
    pub(super) fn epoch(&self) -> u64 {
        self.lock().epoch
    }

    /// Tells how things are, to be called by the driver; answers the epoch that begins with it.
    pub(super) fn publish(&self, engine: &Engine, journal: &Journal) -> u64 {
        let stats = engine.stats();
        let mut state = self.lock();
        for waiter in &mut state.waiters {
            waiter.left = journal.left_before(&waiter.marks);
        }
        if state.left_behind.as_ref().is_some_and(|marks| journal.left_before(marks) == 0) {
            state.left_behind = None;
        }
        state.stats = stats;
        self.change(state)
    }

    /// Somebody begins to wait for what was accepted before the marks, of which `left` are not settled.
    pub(super) fn join(&self, marks: Marks, left: u64) -> u64 {
        let mut state = self.lock();
        let ticket = state.next_ticket;
        state.next_ticket += 1;
        state.is_hurried = true;
        state.waiters.push(Waiter { ticket, marks, left });
        self.change(state);
        ticket
    }

    /// How many that somebody waits for are not settled.
    pub(super) fn left(&self, ticket: u64) -> u64 {
        State::left(&self.lock(), ticket)
    }

    /// Waits until everything that somebody waits for is settled, or something has ended the waiting; answers how many
    /// are not.
    pub(super) fn wait_for(&self, ticket: u64, deadline: Instant, is_over: impl Fn() -> bool) -> u64 {
        let mut state = self.lock();
        loop {
            let left = state.left(ticket);
            if left == 0 || is_over() {
                return left;
            }
            match self.wait(state, Some(deadline)) {
                Ok(woken) => state = woken,
                Err(last) => return last.left(ticket),
            }
        }
    }

    /// Waits until it is over or the deadline has passed. What ends it has to nudge.
    pub(super) fn wait_until(&self, deadline: Instant, is_over: impl Fn() -> bool) {
        let mut state = self.lock();
        while !is_over() {
            match self.wait(state, Some(deadline)) {
                Ok(woken) => state = woken,
                Err(_) => return,
            }
        }
    }

    /// Somebody waits no longer. What he has waited for stays due if it is `left_behind`.
    pub(super) fn leave(&self, ticket: u64, left_behind: bool) {
        let mut state = self.lock();
        if let Some(at) = state.waiters.iter().position(|waiter| waiter.ticket == ticket) {
            let waiter = state.waiters.swap_remove(at);
            if left_behind && waiter.left > 0 {
                state.left_behind = Some(waiter.marks);
            }
        }
    }

    /// Sleeps until something changes after the epoch, an event comes, or the time is over.
    pub(super) fn sleep(&self, epoch: u64, until: Option<Instant>, has_work: impl Fn() -> bool) {
        self.sleepers.fetch_add(1, Ordering::Relaxed);
        // Pairs with the one in `event_came`: either the event is seen here or the sleeper there.
        fence(Ordering::SeqCst);
        let state = self.lock();
        if state.epoch == epoch && !has_work() {
            drop(self.wait(state, until));
        }
        self.sleepers.fetch_sub(1, Ordering::Relaxed);
    }

    /// Wakes those who sleep until an event comes. To be called after the event can be seen.
    pub(super) fn event_came(&self) {
        fence(Ordering::SeqCst);
        if self.sleepers.load(Ordering::Relaxed) > 0 {
            self.nudge();
        }
    }

    /// Wakes everybody, for something has changed that is not written here.
    pub(super) fn nudge(&self) {
        self.change(self.lock());
    }

    /// Counters, as the driver last knew them.
    pub(super) fn stats(&self) -> DeliveryStats {
        self.lock().stats
    }

    fn change(&self, mut state: MutexGuard<'_, State>) -> u64 {
        state.epoch += 1;
        let epoch = state.epoch;
        drop(state);
        self.changed.notify_all();
        epoch
    }

    /// Waits for a change; an error if the time is over.
    fn wait<'b>(
        &self,
        state: MutexGuard<'b, State>,
        deadline: Option<Instant>,
    ) -> Result<MutexGuard<'b, State>, MutexGuard<'b, State>> {
        let Some(deadline) = deadline else {
            return Ok(self.changed.wait(state).unwrap_or_else(PoisonError::into_inner));
        };
        let rest = deadline.saturating_duration_since(Instant::now());
        if rest.is_zero() {
            return Err(state);
        }
        Ok(self.changed.wait_timeout(state, rest).unwrap_or_else(PoisonError::into_inner).0)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn left(&self, ticket: u64) -> u64 {
        self.waiters.iter().find(|waiter| waiter.ticket == ticket).map_or(0, |waiter| waiter.left)
    }
}
