//! What is on its way to one endpoint: one batch at a time, with the state of its troubles.

use std::collections::VecDeque;
use std::time::Duration;

use super::batch::Batch;
use super::engine::{DeliveryState, Limits};
use super::report::{Report, describe};
use crate::journal::Reader;
use crate::transport::Outcome;

/// Time between attempts while only a person can mend what is wrong.
const HOLD: Duration = Duration::from_secs(60);

/// Time between attempts while the disk fails, or there is no memory.
pub(super) const AGAIN: Duration = Duration::from_secs(1);

/// Bytes of a request past which no further event is added. An event larger than that goes alone.
const MAX_BODY: usize = 1024 * 1024;

/// So many requests cut off, one after the other, make it likely that they are too large.
const SUSPICIOUS: u32 = 5;

/// Events refused one by one, with no success between, before a server counts as refusing everything.
pub(super) const MAX_REJECTIONS: u32 = 20;

pub(super) struct Lane {
    pub(super) endpoint: Box<str>,
    /// Batches that were taken and are not settled, in the order to send them.
    pub(super) queue: VecDeque<Batch>,
    pub(super) is_in_flight: bool,
    pub(super) state: DeliveryState,
    /// Attempts that failed since the last answer that counts.
    attempts: u32,
    /// Events refused one by one since the last success.
    pub(super) rejections: u32,
    /// Bytes of a request past which no further event is added, as far as the server has shown.
    pub(super) body_limit: usize,
    /// The server has not said so: connections broke.
    is_suspicion: bool,
    /// Requests that were cut off since the last answer.
    cuts: u32,
    /// Visitors that were purged while a batch was on its way.
    pub(super) purges: Vec<Box<str>>,
    /// Events that nobody will take and that could not be written down yet.
    pub(super) parked: Vec<Parked>,
    pub(super) parked_until: Duration,
    not_before: Duration,
    /// Did the server itself name the time?
    is_server_time: bool,
}

/// An event that nobody will take, and why.
pub(super) struct Parked {
    pub(super) batch: Batch,
    pub(super) outcome: Option<Outcome>,
}

impl Lane {
    pub(super) fn new(endpoint: &str) -> Self {
        Self {
            endpoint: endpoint.into(),
            queue: VecDeque::new(),
            is_in_flight: false,
            state: DeliveryState::Ok,
            attempts: 0,
            rejections: 0,
            body_limit: MAX_BODY,
            is_suspicion: false,
            cuts: 0,
            purges: Vec::new(),
            parked: Vec::new(),
            parked_until: Duration::ZERO,
            not_before: Duration::ZERO,
            is_server_time: false,
        }
    }

    /// Puts an event aside that nobody will take, until it can be written down: what is behind it goes on, for where the
    /// disk is full only that makes room.
    pub(super) fn park(&mut self, batch: Batch, outcome: Option<Outcome>, now: Duration) {
        self.parked.push(Parked { batch, outcome });
        self.parked_until = now + AGAIN;
    }

    /// Gives all batches back, to be taken anew.
    pub(super) fn put_back(&mut self, reader: &mut Reader) {
        for batch in self.queue.drain(..) {
            reader.put_back(&batch.spans);
        }
    }

    /// The next batch, if the host has discarded it.
    pub(super) fn pop_discarded(&mut self) -> Option<Batch> {
        let is_discarded = self.queue.front().is_some_and(|batch| batch.is_discarded);
        if is_discarded { self.queue.pop_front() } else { None }
    }

    /// Remembers how much the server takes at once, for as long as connections to it hold.
    pub(super) fn learn(&mut self, outcome: &Outcome, size: usize) {
        match outcome {
            Outcome::Answered { status: 413, .. } => self.body_limit = self.body_limit.min(size / 2),
            // What was only suspected is tried again, a little at a time.
            Outcome::Answered { .. } if self.is_suspicion => {
                self.body_limit = (2 * self.body_limit).clamp(1, MAX_BODY);
                self.is_suspicion = self.body_limit < MAX_BODY;
            }
            Outcome::Answered { .. } => {}
            Outcome::Failed(_) | Outcome::Barred(_) => {
                (self.body_limit, self.is_suspicion) = (MAX_BODY, false);
            }
            Outcome::Cut(_) => {
                self.cuts += 1;
                if self.must_shrink() {
                    (self.body_limit, self.is_suspicion) = (self.body_limit.min(size / 2), true);
                }
                return;
            }
        }
        self.cuts = 0;
    }

    /// Has one batch after the other been cut off, so that smaller ones are to be tried?
    pub(super) fn must_shrink(&self) -> bool {
        self.cuts > 0 && self.cuts % SUSPICIOUS == 0
    }

    /// Is nothing of it on its way or waiting to be?
    pub(super) fn is_idle(&self) -> bool {
        self.queue.is_empty() && self.parked.is_empty()
    }

    /// When the next attempt may be made.
    pub(super) fn ready_at(&self) -> Duration {
        self.not_before
    }

    /// The server takes what it is sent.
    pub(super) fn succeeded(&mut self) {
        self.attempts = 0;
        self.rejections = 0;
        self.not_before = Duration::ZERO;
        self.state = DeliveryState::Ok;
    }

    /// The server answered that something in the batch is refused, so it is there and works.
    pub(super) fn refused(&mut self) {
        self.attempts = 0;
        self.not_before = Duration::ZERO;
        self.state = DeliveryState::Ok;
    }

    /// Waits before another attempt: as long as the server says, or a random part of a delay that doubles.
    pub(super) fn back_off(
        &mut self,
        now: Duration,
        server_says: Option<Duration>,
        limits: Limits,
        random: u64,
    ) {
        let doubled = limits.first_retry.saturating_mul(1 << self.attempts.min(30)).min(limits.longest_retry);
        // Full jitter: the 64-bit product's upper half is uniform below the delay.
        let nanoseconds = (u128::from(random) * doubled.as_nanos()) >> 64;
        let jittered = Duration::from_nanos(nanoseconds as u64);
        self.attempts = self.attempts.saturating_add(1);
        self.not_before = now + server_says.unwrap_or(jittered);
        self.is_server_time = server_says.is_some();
        self.state = DeliveryState::Retrying;
    }

    /// Waits long.
    pub(super) fn hold(&mut self, now: Duration) {
        self.not_before = now + HOLD;
        self.is_server_time = false;
        self.state = DeliveryState::Held;
    }

    /// The disk does not give or take what it should, or there is no memory; the server has no part in that.
    pub(super) fn wait_for_disk(&mut self, now: Duration) {
        self.not_before = now + AGAIN;
        self.is_server_time = false;
    }

    /// What there is to say of a change of state since `before`: one message for each change, not for each attempt.
    pub(super) fn change_since(&self, before: DeliveryState, outcome: &Outcome) -> Option<Report> {
        if self.state == before {
            return None;
        }
        let endpoint = self.endpoint.split('#').next().unwrap_or_default().into();
        let http_status = match outcome {
            Outcome::Answered { status, .. } => Some(*status),
            Outcome::Failed(_) | Outcome::Cut(_) | Outcome::Barred(_) => None,
        };
        Some(match self.state {
            DeliveryState::Ok => Report::Recovered { endpoint },
            DeliveryState::Retrying => Report::Retrying { endpoint, http_status, why: describe(outcome) },
            DeliveryState::Held => Report::Held { endpoint, http_status, why: describe(outcome) },
        })
    }

    /// Somebody waits for this lane: tries at once, unless the server named the time.
    pub(super) fn hurry(&mut self) {
        if !self.is_server_time {
            self.not_before = Duration::ZERO;
        }
    }
}
