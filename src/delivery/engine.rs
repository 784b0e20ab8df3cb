//! The engine: what to send next, and what an outcome does to the books. It decides by the time it is told and never
//! waits, so that a thread, a host or a simulator can drive it.

use std::time::Duration;

use super::batch::{Batch, Cut};
use super::burial::bury;
use super::dead_letters::DeadLetters;
use super::lane::{AGAIN, Lane, MAX_REJECTIONS};
use super::report::Report;
use super::verdict::{Verdict, verdict};
use crate::event;
use crate::journal::{DropReason, Journal, KEPT, Reader, Settlement};
use crate::platform::{Defect, planted};
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
    /// Older events are given up; none are if this is none.
    pub max_age: Option<Duration>,
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
    /// Bytes of dead letters.
    pub dead_letter_bytes: u64,
    /// Directories of others that were left alone.
    pub foreign_directories: u64,
    /// Everything that others have left, and that can be, is taken over.
    pub has_adopted: bool,
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
    /// The URL.
    pub(super) endpoint: Box<str>,
    /// The key that the Data Platform wants; none for the Events API.
    pub(super) public_key: Option<Box<str>>,
    pub(super) body: Vec<u8>,
    /// Bytes of the body, which may have been given away.
    size: usize,
}

/// Which request it is, when the request itself is gone.
#[derive(Clone, Copy)]
pub(super) struct Ticket(usize);

impl Posting {
    pub(super) fn ticket(&self) -> Ticket {
        Ticket(self.lane)
    }
}

pub(super) struct Engine {
    pub(super) reader: Reader,
    pub(super) limits: Limits,
    pub(super) lanes: Vec<Lane>,
    pub(super) dead_letters: Option<DeadLetters>,
    stats: DeliveryStats,
    /// Somebody waits for everything to be sent.
    pub(super) waiters: usize,
    /// Kept for its memory.
    body: Vec<u8>,
    pub(super) reports: Vec<Report>,
    /// Does anybody want to hear of each event that is dropped?
    pub(super) tells_drops: bool,
}

impl Engine {
    pub(super) fn new(reader: Reader, limits: Limits, dead_letters: Option<DeadLetters>) -> Self {
        Self {
            reader,
            limits,
            lanes: Vec::new(),
            dead_letters,
            stats: DeliveryStats::default(),
            waiters: 0,
            body: Vec::new(),
            reports: Vec::new(),
            tells_drops: false,
        }
    }

    pub(super) fn stats(&self) -> DeliveryStats {
        let state = self.lanes.iter().map(|lane| lane.state).max().unwrap_or_default();
        let dead_letter_bytes = self.dead_letters.as_ref().map_or(0, DeadLetters::bytes);
        let foreign_directories = self.reader.foreign();
        let has_adopted = self.reader.has_adopted();
        DeliveryStats { state, dead_letter_bytes, foreign_directories, has_adopted, ..self.stats }
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
        let keep = self.reader.keep(now);
        self.reports.extend(self.reader.take_notes().into_iter().map(Report::Journal));
        let listed = self.reader.collect().err().map(|_| now + AGAIN);
        let due = self.due_at(journal, now);
        let is_due = due.is_some_and(|due| due <= now);
        if is_due {
            self.open_lanes();
        }
        let parked = self.bury_parked(journal, now);
        let mut wake = due.filter(|_| !is_due).into_iter().chain(keep).chain(parked).chain(listed).min();
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
            match self.post(index, journal, now) {
                Some(posting) => return Step::Send(posting),
                None => wake = Some(now),
            }
        }
        if due.is_none() && self.lanes.iter().all(Lane::is_idle) {
            self.rest();
        }
        Step::WaitUntil(wake)
    }

    /// Gives memory back that only work needs.
    fn rest(&mut self) {
        if self.body.capacity() > KEPT {
            self.body = Vec::new();
        }
        self.reader.rest();
    }

    /// When the events that no batch has taken are due: at once if a batch is full or somebody waits.
    fn due_at(&self, journal: &Journal, now: Duration) -> Option<Duration> {
        let (waiting, since) = journal.waiting();
        let since = since?;
        if self.waiters > 0 || waiting >= self.limits.batch_size || journal.has_adopted() {
            return Some(Duration::ZERO);
        }
        if planted(Defect::WallTimer) {
            let age_ms = journal.wall_ms() - journal.oldest_ms()?;
            let rest_ms = self.limits.flush_interval.as_millis() as i64 - age_ms;
            return Some(now + Duration::from_millis(rest_ms.max(0).unsigned_abs()));
        }
        Some(since + self.limits.flush_interval)
    }

    /// A lane for each endpoint that has events.
    pub(super) fn open_lanes(&mut self) {
        let Self { reader, lanes, .. } = self;
        for identity in reader.identities() {
            if !lanes.iter().any(|lane| lane.endpoint == identity.endpoint) {
                lanes.push(Lane::new(&identity.endpoint));
            }
        }
    }

    /// The next request of a lane; none where what was to be sent turned out to be no event, or can't be read now.
    fn post(&mut self, index: usize, journal: &Journal, now: Duration) -> Option<Posting> {
        let is_first = self.lanes[index].queue.is_empty();
        let is_ready = if is_first { self.cut(index, journal, now) } else { self.write_again(index, now) };
        if !is_ready {
            return None;
        }
        let lane = &mut self.lanes[index];
        lane.is_in_flight = true;
        self.stats.posts += 1;
        let body = std::mem::take(&mut self.body);
        let size = body.len();
        let opening = lane.queue.front().map_or(&[][..], |batch| &batch.identity.opening);
        let (endpoint, public_key) = match event::platform_parts(&lane.endpoint, opening) {
            Some((url, key)) => (url.into(), Some(key.into())),
            None => (lane.endpoint.clone(), None),
        };
        Some(Posting { lane: index, is_first, endpoint, public_key, body, size })
    }

    /// Takes a batch for a lane that has none, and writes its request.
    fn cut(&mut self, index: usize, journal: &Journal, now: Duration) -> bool {
        let Self { reader, lanes, limits, body, reports, dead_letters, tells_drops, .. } = self;
        let lane = &mut lanes[index];
        let identity = reader.identities().find(|identity| identity.endpoint == lane.endpoint).cloned();
        let Some(identity) = identity else { return false };
        let oldest_ms = limits.max_age.map(|age| journal.wall_ms() - age.as_millis() as i64);
        match Batch::take(reader, &identity, limits.batch_size, lane.body_limit, oldest_ms, body) {
            Cut::Batch(batch) if batch.count() > 0 => {
                lane.queue.push_back(batch);
                return true;
            }
            // What was purged is on no book.
            Cut::Batch(batch) => settle(reader, &batch, Settlement::Delivered),
            Cut::Expired(batch) => give_up(reader, &batch, DropReason::Expired, *tells_drops, reports),
            Cut::NoEvent(batch) => {
                if let Err(error) = bury(reader, &batch, None, journal, dead_letters, reports) {
                    lane.park(batch, None, now);
                    reports.push(Report::Disk(error));
                }
            }
            Cut::Damage(span) => reader.drop_damage(&span),
            Cut::Failed(error) => {
                lane.wait_for_disk(now);
                reports.push(Report::Disk(error));
            }
        }
        false
    }

    /// Writes the request of a lane's batch for another attempt.
    fn write_again(&mut self, index: usize, now: Duration) -> bool {
        let Self { reader, lanes, body, reports, .. } = self;
        let lane = &mut lanes[index];
        match lane.queue.front().map(|batch| batch.write(reader, body)) {
            Some(Ok(true)) => true,
            // Something was damaged meanwhile: the batches are taken anew, which finds out what.
            Some(Ok(false)) | None => {
                lane.put_back(reader);
                false
            }
            Some(Err(error)) => {
                lane.wait_for_disk(now);
                reports.push(Report::Disk(error));
                false
            }
        }
    }

    /// A posting whose outcome can't be taken in, by a fault of ours: it counts as failed.
    pub(super) fn give_up_on(&mut self, ticket: Ticket, now: Duration, random: u64) {
        let Self { lanes, limits, reports, .. } = self;
        let lane = &mut lanes[ticket.0];
        lane.is_in_flight = false;
        lane.back_off(now, None, *limits, random);
        reports.push(Report::Panicked);
    }

    /// Takes the outcome of a posting in. `random` is uniform over all u64.
    pub(super) fn complete(
        &mut self,
        journal: &Journal,
        posting: Posting,
        outcome: &Outcome,
        now: Duration,
        random: u64,
    ) {
        self.body = posting.body;
        self.stats.last_http_status = match outcome {
            Outcome::Answered { status, .. } => u32::from(*status),
            Outcome::Failed(_) | Outcome::Cut(_) | Outcome::Barred(_) => 0,
        };
        let size = posting.size;
        let Self { reader, lanes, stats, limits, reports, dead_letters, .. } = self;
        let others = usize::from(planted(Defect::WrongBatch));
        let index = (posting.lane + others) % lanes.len();
        let lane = &mut lanes[index];
        lane.is_in_flight = false;
        lane.learn(outcome, size);
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
                if lane.must_shrink() {
                    lane.put_back(reader);
                }
            }
            Verdict::Hold => {
                lane.hold(now);
                lane.queue.push_front(batch);
                stats.retries += 1;
            }
            Verdict::Split if batch.count() > 1 => {
                lane.refused();
                stats.retries += 1;
                match batch.halves(reader) {
                    Ok((left, right)) => {
                        lane.queue.push_front(right);
                        lane.queue.push_front(left);
                    }
                    Err((error, batch)) => {
                        lane.queue.push_front(batch);
                        lane.wait_for_disk(now);
                        reports.push(Report::Disk(error));
                    }
                }
            }
            Verdict::Split if lane.rejections == MAX_REJECTIONS => {
                lane.hold(now);
                lane.queue.push_front(batch);
                stats.retries += 1;
            }
            Verdict::Split => {
                lane.refused();
                match bury(reader, &batch, Some(outcome), journal, dead_letters, reports) {
                    Ok(()) => lane.rejections += 1,
                    Err(error) => {
                        lane.park(batch, Some(outcome.clone()), now);
                        reports.push(Report::Disk(error));
                    }
                }
            }
        }
        reports.extend(lane.change_since(before, outcome));
        self.keep_promises(posting.lane);
    }
}

fn has_events(reader: &Reader, endpoint: &str) -> bool {
    reader.identities().any(|identity| *identity.endpoint == *endpoint)
}

/// Takes a batch off the books.
pub(super) fn settle(reader: &mut Reader, batch: &Batch, settlement: Settlement) {
    for span in &batch.spans {
        reader.settle(span, settlement);
    }
}

/// Gives events up, and says which to those who want to hear of each.
pub(super) fn give_up(
    reader: &mut Reader,
    batch: &Batch,
    reason: DropReason,
    tells: bool,
    reports: &mut Vec<Report>,
) {
    for span in batch.spans.iter().filter(|_| tells) {
        // What can't be read any more goes without a name.
        let _ = reader.read(span, |record| reports.push(Report::dropped(record, reason)));
    }
    settle(reader, batch, Settlement::Dropped(reason));
    reports.push(Report::GivenUp { count: batch.count(), reason });
}
