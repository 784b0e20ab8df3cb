//! The ledger of a shard: what came through it, and where it stands. Nothing is read or written under its lock, so that
//! who asks for the books never waits for a disk.

use std::collections::{TryReserveError, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use super::segment::Segment;
use super::{Appended, Books, DropReason, EventKind, Settlement};

/// What the lock protects.
#[derive(Default)]
pub(super) struct Ledger {
    pub(super) books: Books,
    /// Events that no batch has taken.
    pub(super) waiting: u64,
    pub(super) waiting_since: Duration,
    pub(super) is_closed: bool,
    /// Segments that the reader has not collected yet.
    fresh: Vec<Arc<Segment>>,
    /// Segments with events that are not settled, and the last one.
    pages: VecDeque<Page>,
    /// Events and bytes that a loss of power would take.
    pub(super) unsynced: Unsynced,
}

/// Events after which the disk is asked to keep them.
const SYNC_EVENTS: u64 = 100;

/// Bytes after which it is.
const SYNC_BYTES: u64 = 64 * 1024;

/// What a loss of power would take.
#[derive(Clone, Copy, Default)]
pub(super) struct Unsynced {
    pub(super) events: u64,
    bytes: u64,
    /// When the first of them came.
    pub(super) since: Duration,
}

impl Unsynced {
    /// Adds an event; has a bound just been reached?
    pub(super) fn add(&mut self, bytes: usize, now: impl Fn() -> Duration) -> bool {
        if self.events == 0 {
            self.since = now();
        }
        let was_due = self.is_due();
        self.events += 1;
        self.bytes += bytes as u64;
        self.events == 1 || !was_due && self.is_due()
    }

    /// Adds what the disk was asked to keep, and did not.
    pub(super) fn take_back(&mut self, before: Self) {
        if before.events > 0 {
            let (events, bytes) = (self.events + before.events, self.bytes + before.bytes);
            *self = Self { events, bytes, since: before.since };
        }
    }

    /// Must the disk be asked now, however short the time was?
    pub(super) fn is_due(&self) -> bool {
        self.events >= SYNC_EVENTS || self.bytes >= SYNC_BYTES
    }
}

/// A segment's account.
struct Page {
    segment: Arc<Segment>,
    /// Events of it that are settled.
    settled: u64,
    /// When its first event that is not settled was recorded, in milliseconds since 1970.
    oldest_ms: i64,
}

impl Ledger {
    /// Everything that ever came in: the marks of a flush count these.
    pub(super) fn arrived(&self) -> u64 {
        self.books.accepted() + self.books.recovered
    }

    /// Has room for one more segment's account.
    pub(super) fn make_room(&mut self) -> Result<(), TryReserveError> {
        self.fresh.try_reserve(1)?;
        self.pages.try_reserve(1)
    }

    /// Begins a segment's account, for which there is room.
    pub(super) fn begin(&mut self, segment: &Arc<Segment>) {
        self.fresh.push(Arc::clone(segment));
        self.pages.push_back(Page { segment: Arc::clone(segment), settled: 0, oldest_ms: 0 });
    }

    /// Takes an event on. What was written before is settled by nobody but the reader, who sees it later.
    pub(super) fn accept(
        &mut self,
        kind: EventKind,
        bytes: usize,
        time_ms: i64,
        is_synced: bool,
        now: impl Fn() -> Duration,
    ) -> Appended {
        let arrived = self.arrived();
        if let Some(page) = self.pages.back_mut() {
            if page.segment.base + page.settled == arrived {
                page.oldest_ms = time_ms;
            }
        }
        self.books.accept(kind, bytes);
        let is_first = self.waiting == 0;
        if is_first {
            self.waiting_since = now();
        }
        self.waiting += 1;
        let must_sync = is_synced && self.unsynced.add(bytes, now);
        Appended { is_first, waiting: self.waiting, must_sync }
    }

    /// Takes the events of an adopted segment on.
    pub(super) fn adopt(
        &mut self,
        segment: &Arc<Segment>,
        events: u64,
        bytes: usize,
        oldest_ms: i64,
        now: Duration,
    ) {
        self.begin(segment);
        if let Some(page) = self.pages.back_mut() {
            page.oldest_ms = oldest_ms;
        }
        self.books.recovered += events;
        self.books.pending += events;
        self.books.pending_bytes += bytes as u64;
        if self.waiting == 0 {
            self.waiting_since = now;
        }
        self.waiting += events;
    }

    /// Notes that a batch has taken events.
    pub(super) fn take(&mut self, count: u64) {
        self.waiting = self.waiting.saturating_sub(count);
    }

    /// Notes that a batch has given events back.
    pub(super) fn put_back(&mut self, count: u64) {
        self.waiting += count;
    }

    /// How many segments were begun since they were last handed over.
    pub(super) fn fresh(&self) -> usize {
        self.fresh.len()
    }

    /// Hands over the segments begun since the last call.
    pub(super) fn collect(&mut self) -> Vec<Arc<Segment>> {
        std::mem::take(&mut self.fresh)
    }

    /// Settles events of a segment; what is oldest there now was recorded at `oldest_ms`.
    pub(super) fn settle(
        &mut self,
        segment: &Arc<Segment>,
        settlement: Settlement,
        count: u64,
        bytes: usize,
        oldest_ms: Option<i64>,
    ) {
        let Some(at) = self.pages.iter().position(|page| Arc::ptr_eq(&page.segment, segment)) else { return };
        let end = self.pages.get(at + 1).map_or(self.arrived(), |next| next.segment.base);
        let page = &mut self.pages[at];
        // Of damaged bytes it is not known how many events they were.
        let count = count.min(page.left(end));
        page.settled += count;
        page.oldest_ms = oldest_ms.unwrap_or(page.oldest_ms);
        self.books.settle(settlement, count, bytes);
    }

    /// Takes an event off that is blank now, and that no batch has taken. Its bytes are settled with their neighbours.
    pub(super) fn purge(&mut self, segment: &Arc<Segment>) {
        self.waiting = self.waiting.saturating_sub(1);
        self.settle(segment, Settlement::Dropped(DropReason::Purged), 1, 0, None);
    }

    /// Ends the account of the oldest segment: whatever of it is not settled was damaged, and is there no more.
    pub(super) fn end_first(&mut self) {
        let end = self.pages.get(1).map_or(self.arrived(), |next| next.segment.base);
        let missing = self.pages.pop_front().map_or(0, |page| page.left(end));
        self.books.settle(Settlement::Dropped(DropReason::Corrupt), missing, 0);
    }

    /// How many of the events that arrived before the mark are not settled.
    pub(super) fn left_before(&self, mark: u64) -> u64 {
        let ends = self.pages.iter().skip(1).map(|page| page.segment.base).chain([u64::MAX]);
        self.pages.iter().zip(ends).map(|(page, end)| page.left(mark.min(end))).sum()
    }

    /// When the oldest event that is not settled was recorded.
    pub(super) fn oldest_ms(&self) -> Option<i64> {
        let ends = self.pages.iter().skip(1).map(|page| page.segment.base).chain([self.arrived()]);
        let open = self.pages.iter().zip(ends).filter(|(page, end)| page.left(*end) > 0);
        open.map(|(page, _)| page.oldest_ms).min()
    }

    /// The segments that wait, oldest first.
    pub(super) fn segments(&self) -> impl Iterator<Item = &Arc<Segment>> {
        self.pages.iter().map(|page| &page.segment)
    }
}

impl Page {
    /// Events of the page before an end that are not settled.
    fn left(&self, end: u64) -> u64 {
        end.saturating_sub(self.segment.base + self.settled)
    }
}
