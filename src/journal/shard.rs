//! One shard: the segment that grows, and the books of what came through here. Its lock is held for one copy; nothing
//! under it calls out or can panic.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

use super::uuid::UuidPool;
use super::{Appended, Books, EventKind, Identity, Journal, Refusal, Settlement, record};
use crate::platform::{SegmentReader, SegmentWriter};

/// Size of the first segment; a client that sends little stays small.
const SMALL_SEGMENT: usize = 64 * 1024;

/// Size that segments grow to while events pile up.
const LARGE_SEGMENT: usize = 1024 * 1024;

const NANOSECONDS_IN_MS: i64 = 1_000_000;

/// A shard as threads share it.
#[derive(Default)]
pub(super) struct Shard {
    state: Mutex<State>,
    /// A copy of the books' accepted events, readable without the lock.
    appended: AtomicU64,
}

/// What the lock protects.
#[derive(Default)]
struct State {
    current: Option<Current>,
    /// Segments that the reader has not collected yet.
    fresh: Vec<Fresh>,
    capacity: usize,
    uuids: UuidPool,
    books: Books,
    waiting: u64,
    waiting_since: Duration,
    is_closed: bool,
}

struct Current {
    writer: SegmentWriter,
    identity: Arc<Identity>,
}

/// A segment as the reader takes it over.
pub(super) struct Fresh {
    pub(super) reader: SegmentReader,
    pub(super) identity: Arc<Identity>,
    /// Bytes taken of the budget.
    pub(super) capacity: usize,
    /// Events that the shard had accepted before this segment's first.
    pub(super) base: u64,
}

/// A shard under its lock.
pub(super) struct Locked<'s> {
    state: MutexGuard<'s, State>,
    appended: &'s AtomicU64,
}

impl Shard {
    pub(super) fn lock(&self) -> Locked<'_> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        Locked { state, appended: &self.appended }
    }

    pub(super) fn try_lock(&self) -> Option<Locked<'_>> {
        let state = match self.state.try_lock() {
            Ok(state) => state,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return None,
        };
        Some(Locked { state, appended: &self.appended })
    }

    pub(super) fn appended(&self) -> u64 {
        self.appended.load(Ordering::Acquire)
    }
}

impl Locked<'_> {
    pub(super) fn append(
        &mut self,
        journal: &Journal,
        identity: &Arc<Identity>,
        kind: EventKind,
        now_ns: i64,
        body: &[u8],
    ) -> Result<Appended, Refusal> {
        let state = &mut *self.state;
        if state.is_closed {
            return Err(Refusal::Closed);
        }
        let uuid = state.uuids.next(&*journal.seams.random, now_ns).ok_or(Refusal::NoRandomness)?;
        if !journal.budget.take_event() {
            return Err(Refusal::Full);
        }
        let head = record::head(uuid, now_ns.div_euclid(NANOSECONDS_IN_MS), body);
        let size = head.len() + body.len();
        state
            .write(journal, identity, &[&head, body], size)
            .inspect_err(|_| journal.budget.give_events(1))?;
        state.books.accept(kind, size);
        let is_first = state.waiting == 0;
        if is_first {
            state.waiting_since = journal.seams.clock.monotonic();
        }
        state.waiting += 1;
        self.appended.store(state.books.accepted(), Ordering::Release);
        Ok(Appended { is_first, waiting: state.waiting })
    }

    pub(super) fn close(&mut self) {
        self.state.is_closed = true;
    }

    pub(super) fn books(&self) -> Books {
        self.state.books
    }

    pub(super) fn waiting(&self) -> (u64, Duration) {
        (self.state.waiting, self.state.waiting_since)
    }

    /// Hands over the segments begun since the last call.
    pub(super) fn collect(&mut self) -> Vec<Fresh> {
        std::mem::take(&mut self.state.fresh)
    }

    /// Notes that a batch has taken events.
    pub(super) fn taken(&mut self, count: u64) {
        self.state.waiting -= count;
    }

    pub(super) fn settle(&mut self, settlement: Settlement, count: u64, bytes: usize) {
        self.state.books.settle(settlement, count, bytes);
    }
}

impl State {
    /// Copies a record into the current segment, or into a new one if it is full or of another identity.
    fn write(
        &mut self,
        journal: &Journal,
        identity: &Arc<Identity>,
        record: &[&[u8]],
        size: usize,
    ) -> Result<(), Refusal> {
        if let Some(current) = &mut self.current {
            let is_same = Arc::ptr_eq(&current.identity, identity) || current.identity == *identity;
            if is_same && current.writer.append(record) {
                return Ok(());
            }
        }
        let mut writer = self.begin_segment(journal, identity, size)?;
        if !writer.append(record) {
            return Err(Refusal::NoMemory);
        }
        self.current = Some(Current { writer, identity: Arc::clone(identity) });
        Ok(())
    }

    /// A new segment: larger while events pile up, and of its own size for a record over a quarter of one. Where the
    /// segment before it is finished, it is had in any case: the reader is about to give that one's room back.
    fn begin_segment(
        &mut self,
        journal: &Journal,
        identity: &Arc<Identity>,
        size: usize,
    ) -> Result<SegmentWriter, Refusal> {
        let is_empty = self.books.pending == 0;
        self.capacity =
            if is_empty { SMALL_SEGMENT } else { (2 * self.capacity).clamp(SMALL_SEGMENT, LARGE_SEGMENT) };
        let wished = if size > self.capacity / 4 { size } else { self.capacity };
        let budget = &journal.budget;
        let is_replacement = is_empty && self.current.is_some();
        let take = |capacity: &usize| {
            budget.take_segment(*capacity) || is_replacement && budget.force_segment(*capacity)
        };
        let smaller = [wished, size.max(SMALL_SEGMENT), size];
        let capacity = smaller.into_iter().find(take).ok_or(Refusal::Full)?;
        let Some((writer, reader)) = journal.seams.storage.segment(capacity) else {
            budget.give_segment(capacity);
            return Err(Refusal::NoMemory);
        };
        let base = self.books.accepted();
        self.fresh.push(Fresh { reader, identity: Arc::clone(identity), capacity, base });
        Ok(writer)
    }
}
