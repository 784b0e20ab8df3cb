//! The desk where a client's errands are handed out: polling its datafile, and, where the host makes the requests, asking
//! for users' segments.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::keeper::Keeper;
use crate::delivery::{Errand, Errands};
use crate::transport::{Fetch, Fetched};

/// The number of a poll; the others are those of requests.
const POLL: u64 = 0;

/// Errands of one client in one process.
pub(super) struct Desk {
    keeper: Option<Arc<Keeper>>,
    asked: Mutex<Asked>,
}

#[derive(Default)]
struct Asked {
    last: u64,
    waiting: VecDeque<Errand>,
    /// Requests that somebody waits for, with the answers that have come.
    answers: HashMap<u64, Option<Fetched>>,
}

impl Desk {
    pub(super) fn new(keeper: Option<Arc<Keeper>>) -> Self {
        Self { keeper, asked: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has a request made; answers its number.
    pub(super) fn ask(&self, fetch: Fetch) -> u64 {
        let asked = &mut *self.lock();
        asked.last += 1;
        asked.waiting.push_back(Errand { id: asked.last, fetch });
        asked.answers.insert(asked.last, None);
        asked.last
    }

    /// Has the answer to a request come?
    pub(super) fn is_answered(&self, id: u64) -> bool {
        self.lock().answers.get(&id).is_some_and(Option::is_some)
    }

    /// Takes the answer to a request; without one it is not waited for any more.
    pub(super) fn take(&self, id: u64) -> Option<Fetched> {
        let asked = &mut *self.lock();
        asked.waiting.retain(|errand| errand.id != id);
        asked.answers.remove(&id).flatten()
    }
}

impl Errands for Desk {
    fn due(&self) -> Option<Duration> {
        if self.lock().waiting.is_empty() { self.keeper.as_ref()?.due() } else { Some(Duration::ZERO) }
    }

    fn begin(&self, now: Duration) -> Option<Errand> {
        let asked = self.lock().waiting.pop_front();
        asked.or_else(|| Some(Errand { id: POLL, fetch: self.keeper.as_ref()?.begin(now)? }))
    }

    fn complete(&self, id: u64, fetched: Fetched, now: Duration, random: u64) {
        if id == POLL {
            if let Some(keeper) = &self.keeper {
                keeper.complete(fetched, now, random);
            }
        } else if let Some(answer) = self.lock().answers.get_mut(&id) {
            *answer = Some(fetched);
        }
    }
}
