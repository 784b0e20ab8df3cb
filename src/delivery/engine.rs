//! The engine: what to send next, and what an outcome does to the books. It decides by the time it is told and never
//! waits, so that a thread, a host or a simulator can drive it.

use std::time::Duration;

use super::batch::Batch;
use super::lane::{Lane, MAX_REJECTIONS};
use super::report::{Report, describe};
use super::verdict::{Verdict, verdict};
use crate::journal::{Journal, Reader, Settlement};
use crate::transport::Outcome;

/// How the delivery goes about it.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Most events in a post.
    pub batch_size: u64,
    /// Longest wait of an event for others.
    pub flush_interval: Duration,
    /// First delay between attempts; the next ones double.
    pub first_retry: Duration,
    /// Longest delay between attempts.
    pub longest_retry: Duration,
}

/// How delivery goes; the numbers are those of the header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum DeliveryState {
    /// As it should.
    #[default]
    Ok = 0,
    /// Attempts fail in a way that may pass.
    Retrying = 1,
    /// Only a person can mend it.
    Held = 2,
}

/// Counters of the delivery.
#[derive(Clone, Copy, Debug, Default)]
pub struct DeliveryStats {
    /// Posts sent.
    pub posts: u64,
    /// Posts whose batch is sent again.
    pub retries: u64,
    /// HTTP status of the last post; 0 if it got no answer.
    pub last_http_status: u32,
    /// The worst over all endpoints.
    pub state: DeliveryState,
}

/// What to do now.
pub(super) enum Step {
    /// Send the request in the body to the lane's endpoint.
    Send(Posting),
    /// Nothing until then; `None`: nothing until an event comes.
    WaitUntil(Option<Duration>),
}

/// A request on its way.
pub(super) struct Posting {
    lane: usize,
    /// Is this the first attempt at the batch?
    pub(super) is_first: bool,
    pub(super) endpoint: Box<str>,
    pub(super) body: Vec<u8>,
}

pub(super) struct Engine {
    pub(super) reader: Reader,
    limits: Limits,
    lanes: Vec<Lane>,
    stats: DeliveryStats,
    /// Somebody waits for everything to be sent.
    pub(super) waiters: usize,
    /// Kept for its memory.
    body: Vec<u8>,
    reports: Vec<Report>,
}

impl Engine {
    pub(super) fn new(reader: Reader, limits: Limits) -> Self {
        Self {
            reader,
            limits,
            lanes: Vec::new(),
            stats: DeliveryStats::default(),
            waiters: 0,
            body: Vec::new(),
            reports: Vec::new(),
        }
    }

    pub(super) fn stats(&self) -> DeliveryStats {
        let state = self.lanes.iter().map(|lane| lane.state).max().unwrap_or_default();
        DeliveryStats { state, ..self.stats }
    }

    /// What there is to say since the last call.
    pub(super) fn take_reports(&mut self) -> Vec<Report> {
        std::mem::take(&mut self.reports)
    }

    /// Tries what waits for a retry at once, where the server has not named the time.
    pub(super) fn hurry(&mut self) {
        self.lanes.iter_mut().for_each(Lane::hurry);
    }

    /// What to do at `now`.
    pub(super) fn step(&mut self, journal: &Journal, now: Duration) -> Step {
        self.reader.collect();
        let due = self.due_at(journal);
        let is_due = due.is_some_and(|due| due <= now);
        if is_due {
            self.open_lanes();
        }
        let mut wake = due.filter(|_| !is_due);
        for index in 0..self.lanes.len() {
            let lane = &mut self.lanes[index];
            if lane.is_in_flight {
                continue;
            }
            let has_work = !lane.queue.is_empty() || is_due && has_events(&self.reader, &lane.endpoint);
            if !has_work {
                continue;
            }
            if lane.ready_at() > now {
                wake = Some(wake.map_or(lane.ready_at(), |wake| wake.min(lane.ready_at())));
                continue;
            }
            match self.post(index) {
                Some(posting) => return Step::Send(posting),
                None => wake = Some(now),
            }
        }
        Step::WaitUntil(wake)
    }

    /// When the events that no batch has taken are due: at once if a batch is full or somebody waits.
    fn due_at(&self, journal: &Journal) -> Option<Duration> {
        let (waiting, since) = journal.waiting();
        let since = since?;
        if self.waiters > 0 || waiting >= self.limits.batch_size {
            return Some(Duration::ZERO);
        }
        Some(since + self.limits.flush_interval)
    }

    /// A lane for each endpoint that has events.
    fn open_lanes(&mut self) {
        let Self { reader, lanes, .. } = self;
        for identity in reader.identities() {
            if !lanes.iter().any(|lane| lane.endpoint == identity.endpoint) {
                lanes.push(Lane::new(&identity.endpoint));
            }
        }
    }

    fn post(&mut self, index: usize) -> Option<Posting> {
        let Self { reader, lanes, limits, body, reports, .. } = self;
        let lane = &mut lanes[index];
        let mut body = std::mem::take(body);
        let is_first = lane.queue.is_empty();
        if let Some(batch) = lane.queue.front() {
            batch.write(reader, &mut body);
        } else {
            let identity = reader.identities().find(|identity| identity.endpoint == lane.endpoint).cloned();
            match Batch::take(reader, &identity?, *limits, &mut body) {
                Ok(batch) if batch.count() > 0 => lane.queue.push_back(batch),
                Ok(_) => return None,
                Err(unreadable) => {
                    settle(reader, &unreadable, Settlement::Dropped);
                    reports.push(Report::Unreadable);
                    return None;
                }
            }
        }
        lane.is_in_flight = true;
        self.stats.posts += 1;
        Some(Posting { lane: index, is_first, endpoint: lane.endpoint.clone(), body })
    }

    /// Takes the outcome of a posting in. `random` is uniform over all u64.
    pub(super) fn complete(&mut self, posting: Posting, outcome: &Outcome, now: Duration, random: u64) {
        self.body = posting.body;
        self.stats.last_http_status = match outcome {
            Outcome::Answered { status, .. } => u32::from(*status),
            Outcome::Failed(_) => 0,
        };
        let Self { reader, lanes, stats, limits, reports, .. } = self;
        let lane = &mut lanes[posting.lane];
        lane.is_in_flight = false;
        let before = lane.state;
        let Some(batch) = lane.queue.pop_front() else { return };
        match verdict(outcome) {
            Verdict::Delivered => {
                settle(reader, &batch, Settlement::Delivered);
                lane.succeeded();
            }
            Verdict::Retry(server_says) => {
                lane.back_off(now, server_says, *limits, random);
                lane.queue.push_front(batch);
                stats.retries += 1;
            }
            Verdict::Hold => {
                lane.hold(now);
                lane.queue.push_front(batch);
                stats.retries += 1;
            }
            Verdict::Split if batch.count() > 1 => {
                let (left, right) = batch.halves(reader);
                lane.refused();
                lane.queue.push_front(right);
                lane.queue.push_front(left);
                stats.retries += 1;
            }
            Verdict::Split if lane.rejections == MAX_REJECTIONS => {
                lane.hold(now);
                lane.queue.push_front(batch);
                stats.retries += 1;
            }
            Verdict::Split => {
                lane.refused();
                lane.rejections += 1;
                for span in &batch.spans {
                    reader.read(span, |record| reports.push(Report::dead_letter(record, outcome)));
                }
                settle(reader, &batch, Settlement::DeadLettered);
            }
        }
        reports.extend(change_of_state(lane, before, outcome));
    }
}

fn has_events(reader: &Reader, endpoint: &str) -> bool {
    reader.identities().any(|identity| *identity.endpoint == *endpoint)
}

fn settle(reader: &mut Reader, batch: &Batch, settlement: Settlement) {
    for span in &batch.spans {
        reader.settle(span, settlement);
    }
}

/// One message for each change, not for each attempt.
fn change_of_state(lane: &Lane, before: DeliveryState, outcome: &Outcome) -> Option<Report> {
    if lane.state == before {
        return None;
    }
    let endpoint = lane.endpoint.clone();
    Some(match lane.state {
        DeliveryState::Ok => Report::Recovered { endpoint },
        DeliveryState::Retrying => Report::Retrying { endpoint, why: describe(outcome) },
        DeliveryState::Held => Report::Held { endpoint, why: describe(outcome) },
    })
}
