//! Keeps the datafile current: polls it, as an errand of the delivery, and knows how the last attempt went.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::current::Current;
use crate::config::{Polled, Poller};
use crate::error::{Error, Result, Status};
use crate::journal::Journal;
use crate::notification::Queue;
use crate::platform::{Log, LogLevel};
use crate::transport::{Fetch, Fetched};

/// Polls for one client in one process.
pub(super) struct Keeper {
    current: Arc<Current>,
    journal: Arc<Journal>,
    queue: Arc<Queue>,
    log: Arc<Log>,
    /// Held for a few reads and writes, never while a datafile is parsed or a listener runs.
    state: Mutex<State>,
}

struct State {
    poller: Poller,
    /// Attempts that have come to their end.
    attempts: u64,
    last: Result<()>,
}

impl Keeper {
    pub(super) fn new(
        poller: Poller,
        current: Arc<Current>,
        journal: Arc<Journal>,
        queue: Arc<Queue>,
        log: Arc<Log>,
    ) -> Self {
        let state = Mutex::new(State { poller, attempts: 0, last: Ok(()) });
        Self { current, journal, queue, log, state }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes an attempt due; answers how many will have come to their end when it has.
    pub(super) fn hurry(&self) -> u64 {
        let mut state = self.lock();
        let is_behind_another = state.poller.hurry();
        state.attempts + 1 + u64::from(is_behind_another)
    }

    /// How many attempts have come to their end, and what came of the last.
    pub(super) fn attempts(&self) -> (u64, Result<()>) {
        let state = self.lock();
        (state.attempts, state.last.clone())
    }

    /// The host has put a datafile of its own in force.
    pub(super) fn forget(&self) {
        self.lock().poller.forget();
    }

    pub(super) fn suspend(&self) {
        self.lock().poller.suspend();
    }

    pub(super) fn resume(&self) {
        self.lock().poller.resume();
    }

    /// What an attempt came to; none if it goes on.
    fn outcome(&self, polled: Polled, now: Duration, random: u64) -> Option<Result<()>> {
        match polled {
            Polled::Redirected => None,
            Polled::Unchanged => {
                self.log.write(LogLevel::Debug, format_args!("the datafile has not changed"));
                Some(Ok(()))
            }
            Polled::Failed(why) => {
                let url = self.lock().poller.source().shown();
                Some(Err(Error::new(Status::Network, format!("datafile: {url} {why}"))))
            }
            Polled::Datafile(text, validators) => {
                let put = self.current.put_polled(&text, &self.journal, &self.queue);
                let poller = &mut self.lock().poller;
                match &put {
                    Ok(()) => poller.accepted(validators, now, random),
                    Err(_) => poller.refused(now, random),
                }
                Some(put.map_err(|error| {
                    let what =
                        format!("{} answered with one that can't be used: {error}", poller.source().shown());
                    Error::new(error.status(), what).at(error.place().to_owned())
                }))
            }
        }
    }

    /// Says a change of state once, and repetitions to those alone who want every step.
    fn say(&self, before: &Result<()>, after: &Result<()>) {
        match (before, after) {
            (Err(_), Ok(())) => self.log.write(LogLevel::Info, format_args!("datafiles come again")),
            (before, Err(error)) => {
                let level = if before.is_ok() { LogLevel::Error } else { LogLevel::Debug };
                let stays = if self.current.load().is_ready() { "; the datafile in force stays" } else { "" };
                self.log.write(level, format_args!("no newer datafile: {error}{stays}; trying again"));
            }
            (Ok(()), Ok(())) => {}
        }
    }
}

impl Keeper {
    /// When the next request is due.
    pub(super) fn due(&self) -> Option<Duration> {
        self.lock().poller.due()
    }

    /// The request that is due.
    pub(super) fn begin(&self, now: Duration) -> Option<Fetch> {
        self.lock().poller.begin(now)
    }

    /// Takes in what came of it.
    pub(super) fn complete(&self, fetched: Fetched, now: Duration, random: u64) {
        let polled = self.lock().poller.complete(fetched, now, random);
        let Some(result) = self.outcome(polled, now, random) else { return };
        let before = {
            let mut state = self.lock();
            state.attempts += 1;
            std::mem::replace(&mut state.last, result.clone())
        };
        self.say(&before, &result);
    }
}
