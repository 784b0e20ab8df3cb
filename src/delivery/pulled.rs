//! Requests that the host takes out and makes by itself.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::drive::random;
use super::engine::{Engine, Posting};
use crate::journal::Journal;
use crate::platform::Random;
use crate::transport::Outcome;

/// The next request's id: unique in the process, and in a child none that its parent gave before.
static NEXT_ID: AtomicU64 = AtomicU64::new(1);

/// A request for the host to make.
#[derive(Debug)]
pub struct PulledRequest {
    /// By which it is completed.
    pub id: u64,
    /// Where to.
    pub url: Box<str>,
    /// What is posted.
    pub body: Vec<u8>,
    /// How long it may take; after that it counts as failed.
    pub timeout: Duration,
}

/// Requests that wait to be made, or for the host's answer.
pub(super) struct Pulled {
    timeout: Duration,
    ready: VecDeque<Posting>,
    out: Vec<Out>,
}

struct Out {
    id: u64,
    posting: Posting,
    expires: Duration,
}

impl Pulled {
    pub(super) fn new(timeout: Duration) -> Self {
        Self { timeout, ready: VecDeque::new(), out: Vec::new() }
    }

    /// A request is to be made, though not now.
    pub(super) fn offer(&mut self, posting: Posting) {
        self.ready.push_back(posting);
    }

    pub(super) fn is_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// The next request that is to be made.
    pub(super) fn next(&mut self) -> Option<Posting> {
        self.ready.pop_front()
    }

    /// Gives a request to the host. Its body goes with it: who completes it needs none.
    pub(super) fn hand_out(&mut self, mut posting: Posting, now: Duration) -> PulledRequest {
        let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
        let body = std::mem::take(&mut posting.body);
        let request = PulledRequest { id, url: posting.endpoint.clone(), body, timeout: self.timeout };
        self.out.push(Out { id, posting, expires: now + self.timeout });
        request
    }

    /// What the host completes; `None` if it was never handed out, or is settled already.
    pub(super) fn settle(&mut self, id: u64) -> Option<Posting> {
        let at = self.out.iter().position(|out| out.id == id)?;
        Some(self.out.swap_remove(at).posting)
    }

    /// Counts as failed what the host has not completed in time.
    pub(super) fn expire(
        &mut self,
        engine: &mut Engine,
        journal: &Journal,
        now: Duration,
        source: &dyn Random,
    ) {
        while let Some(at) = self.out.iter().position(|out| out.expires <= now) {
            let posting = self.out.swap_remove(at).posting;
            let reason = format!("the host has not completed it within {} ms", self.timeout.as_millis());
            engine.complete(journal, posting, &Outcome::Failed(reason), now, random(source));
        }
    }

    /// When the next request expires.
    pub(super) fn expiry(&self) -> Option<Duration> {
        self.out.iter().map(|out| out.expires).min()
    }
}
