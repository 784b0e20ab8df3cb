//! Requests that the host takes out and makes by itself.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::engine::Posting;
use super::errand::Errand;
use crate::event::PLATFORM_KEY_HEADER;
use crate::transport::{Fetch, Method};

/// The next request's id: unique in the process, and in a child none that its parent gave before.
static NEXT_ID: AtomicU64 = AtomicU64::new(1);

/// A request for the host to make.
#[derive(Debug)]
pub struct PulledRequest {
    /// By which it is completed.
    pub id: u64,
    /// How it asks.
    pub method: Method,
    /// Where to.
    pub url: Box<str>,
    /// Headers beside those that every request has.
    pub headers: Vec<(&'static str, Box<str>)>,
    /// What is posted.
    pub body: Vec<u8>,
    /// How long it may take; after that it counts as failed.
    pub timeout: Duration,
}

/// Something that is to be sent.
pub(super) enum Outgoing {
    /// A batch of events.
    Batch(Posting),
    /// A request of others.
    Errand(Errand),
}

/// What is on its way at the host.
pub(super) enum Away {
    /// A batch, without its body.
    Batch(Posting),
    /// A request of others.
    Errand {
        /// Its number.
        id: u64,
        /// How many bytes its answer may have.
        most: usize,
    },
}

/// Requests that wait to be made, or for the host's answer.
pub(super) struct Pulled {
    timeout: Duration,
    ready: VecDeque<Outgoing>,
    out: Vec<Out>,
}

struct Out {
    id: u64,
    away: Away,
    expires: Duration,
}

impl Pulled {
    pub(super) fn new(timeout: Duration) -> Self {
        Self { timeout, ready: VecDeque::new(), out: Vec::new() }
    }

    /// A request is to be made, though not now.
    pub(super) fn offer(&mut self, outgoing: Outgoing) {
        self.ready.push_back(outgoing);
    }

    pub(super) fn is_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// The next request that is to be made.
    pub(super) fn next(&mut self) -> Option<Outgoing> {
        self.ready.pop_front()
    }

    /// The next batch that was kept for want of time.
    pub(super) fn next_batch(&mut self) -> Option<Posting> {
        let at = self.ready.iter().position(|outgoing| matches!(outgoing, Outgoing::Batch(_)))?;
        match self.ready.remove(at)? {
            Outgoing::Batch(posting) => Some(posting),
            Outgoing::Errand(_) => None,
        }
    }

    /// Gives a request to the host. Its body goes with it: who completes it needs none.
    pub(super) fn hand_out(&mut self, outgoing: Outgoing, now: Duration) -> PulledRequest {
        let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
        let timeout = self.timeout;
        let (away, request) = match outgoing {
            Outgoing::Batch(mut posting) => {
                let (url, body) = (posting.endpoint.clone(), std::mem::take(&mut posting.body));
                let headers =
                    posting.public_key.clone().map(|key| (PLATFORM_KEY_HEADER, key)).into_iter().collect();
                let request = PulledRequest { id, method: Method::Post, url, headers, body, timeout };
                (Away::Batch(posting), request)
            }
            Outgoing::Errand(Errand { id: errand, fetch }) => {
                let Fetch { method, url, headers, body, most, .. } = fetch;
                let request = PulledRequest { id, method, url, headers, body, timeout };
                (Away::Errand { id: errand, most }, request)
            }
        };
        self.out.push(Out { id, away, expires: now + timeout });
        request
    }

    /// What the host completes; `None` if it was never handed out, or is settled already.
    pub(super) fn settle(&mut self, id: u64) -> Option<Away> {
        let at = self.out.iter().position(|out| out.id == id)?;
        Some(self.out.swap_remove(at).away)
    }

    /// Takes out one that the host has not completed in time, and why it counts as failed.
    pub(super) fn expired(&mut self, now: Duration) -> Option<(Away, String)> {
        let at = self.out.iter().position(|out| out.expires <= now)?;
        let why = format!("the host has not completed it within {} ms", self.timeout.as_millis());
        Some((self.out.swap_remove(at).away, why))
    }

    /// When the next request expires.
    pub(super) fn expiry(&self) -> Option<Duration> {
        self.out.iter().map(|out| out.expires).min()
    }
}
