//! One shard: who appends to it, one thread at a time, and its ledger. The appender's lock is held for one copy, or for
//! one write to the disk; nothing under it calls out or can panic.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use super::ledger::Ledger;
use super::segment::Segment;
use super::uuid::UuidPool;
use super::writer::Writer;
use super::{Appended, Event, Identity, Journal, Refusal, record};
use crate::platform::{Defect, MemoryStorage, planted};

const NANOSECONDS_IN_MS: i64 = 1_000_000;

/// A shard as threads share it.
#[derive(Default)]
pub(super) struct Shard {
    appender: Mutex<Appender>,
    ledger: Mutex<Ledger>,
    /// A copy of the ledger's accepted events, readable without a lock.
    appended: AtomicU64,
}

/// The end that appends.
#[derive(Default)]
pub(super) struct Appender {
    current: Option<Current>,
    /// Size of the last segment.
    capacity: usize,
    uuids: UuidPool,
}

struct Current {
    segment: Arc<Segment>,
    writer: Writer,
    end: usize,
}

impl Shard {
    pub(super) fn appender(&self) -> MutexGuard<'_, Appender> {
        self.appender.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn try_appender(&self) -> Option<MutexGuard<'_, Appender>> {
        match self.appender.try_lock() {
            Ok(appender) => Some(appender),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    pub(super) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn appended(&self) -> u64 {
        self.appended.load(Ordering::Acquire)
    }

    /// Accepts an event: stamps it, writes it, takes it on. In that order, so that the ledger never has what is not
    /// there, and the reader never sees what the ledger lacks.
    pub(super) fn append(
        &self,
        appender: &mut Appender,
        journal: &Journal,
        event: &mut Event<'_>,
        now_ns: i64,
    ) -> Result<Appended, Refusal> {
        if self.ledger().is_closed {
            return Err(Refusal::Closed);
        }
        let uuid = match event.given.and_then(|given| given.uuid) {
            Some(uuid) => uuid,
            None => appender.uuids.next(&*journal.seams.random, now_ns).ok_or(Refusal::NoRandomness)?,
        };
        // The Events API refuses what happened before 1970; a clock that is wrong must not cost the event.
        let time_ms = event.given.map_or(now_ns.div_euclid(NANOSECONDS_IN_MS).max(1), |given| given.time_ms);
        if !journal.budget.take_event() {
            return Err(Refusal::Full);
        }
        let written = appender.write(self, journal, event, uuid, time_ms);
        let current = written.inspect_err(|_| journal.budget.give_events(1))?;
        let mut ledger = self.ledger();
        let now = || journal.seams.clock.monotonic();
        let size = event.record.len();
        let appended = ledger.accept(event.kind, size, time_ms, journal.syncs_by_itself(), now);
        let accepted = ledger.books.accepted();
        drop(ledger);
        current.segment.publish(current.end);
        self.appended.store(accepted, Ordering::Release);
        Ok(appended)
    }
}

impl Appender {
    /// Writes a record into the current segment, or into a new one if it is full, of another identity, or sealed.
    fn write(
        &mut self,
        shard: &Shard,
        journal: &Journal,
        event: &mut Event<'_>,
        uuid: [u8; 16],
        time_ms: i64,
    ) -> Result<&Current, Refusal> {
        let size = record::size(event.record.len() - record::ROOM);
        event.record.try_reserve(record::GRAIN).map_err(|_| Refusal::NoMemory)?;
        let fits = self.current.as_ref().is_some_and(|current| current.takes(event.identity, size));
        if !fits {
            self.begin(shard, journal, event.identity, size)?;
        }
        let Some(current) = &mut self.current else { return Err(Refusal::NoMemory) };
        current.segment.frame.seal(event.record, current.end, uuid, time_ms);
        match current.writer.write(current.end, event.record) {
            Ok(()) => {
                current.end += size;
                if let Some(home) = &journal.home {
                    home.works();
                }
            }
            Err((error, is_lost)) => {
                event.record.truncate(event.size);
                if planted(Defect::NoStepBack) {
                    current.end += size;
                }
                if is_lost {
                    // What is behind its end can't be trusted: it is not used again either.
                    current.segment.seal();
                    self.current = None;
                }
                return Err(journal.disk_failed(&error));
            }
        }
        // Borrowed anew, for the compiler ties the borrow above to the early return.
        self.current.as_ref().ok_or(Refusal::NoMemory)
    }

    /// Begins a segment.
    fn begin(
        &mut self,
        shard: &Shard,
        journal: &Journal,
        identity: &Arc<Identity>,
        size: usize,
    ) -> Result<(), Refusal> {
        let (is_empty, base) = {
            let mut ledger = shard.ledger();
            ledger.make_room().map_err(|_| Refusal::NoMemory)?;
            (ledger.books.pending == 0, ledger.arrived())
        };
        let sizes = &journal.sizes;
        self.capacity =
            if is_empty { sizes.small } else { (2 * self.capacity).clamp(sizes.small, sizes.large) };
        let wished = if size > self.capacity / 4 { size } else { self.capacity };
        // Where the segment before it is finished, it is had in any case: the reader is about to give that one's room
        // back.
        let is_replacement = is_empty && self.current.is_some();
        let (segment, writer) = match &journal.home {
            Some(home) => {
                home.begin(journal, identity, [wished, sizes.small, size], size, base, is_replacement)?
            }
            None => {
                in_memory(journal, identity, [wished, size.max(sizes.small), size], base, is_replacement)?
            }
        };
        let segment = Arc::new(segment);
        shard.ledger().begin(&segment);
        let end = segment.start;
        self.current = Some(Current { segment, writer, end });
        Ok(())
    }

    /// Leaves the current segment, which is another's to give back.
    pub(super) fn leave(&mut self) {
        self.current = None;
    }

    /// How full the current segment is, of so many bytes; none if there is no segment.
    pub(super) fn fill(&self) -> Option<(usize, usize)> {
        self.current.as_ref().map(|current| (current.end, current.segment.capacity))
    }

    /// The size of the segment that comes next while events pile up.
    pub(super) fn next_capacity(&self, journal: &Journal) -> usize {
        (2 * self.capacity).clamp(journal.sizes.small, journal.sizes.large)
    }
}

impl Current {
    fn takes(&self, identity: &Arc<Identity>, size: usize) -> bool {
        let known = &self.segment.identity;
        let is_same = Arc::ptr_eq(known, identity) || known == identity;
        is_same && !self.segment.is_sealed() && size <= self.segment.capacity - self.end
    }
}

fn in_memory(
    journal: &Journal,
    identity: &Arc<Identity>,
    sizes: [usize; 3],
    base: u64,
    is_replacement: bool,
) -> Result<(Segment, Writer), Refusal> {
    let capacity = journal.budget.take_segment_of(sizes, is_replacement).ok_or(Refusal::Full)?;
    let Some((writer, reader)) = MemoryStorage::segment(capacity) else {
        journal.budget.give_segment(capacity);
        return Err(Refusal::NoMemory);
    };
    let segment = Segment::in_memory(reader, Arc::clone(identity), capacity, base);
    Ok((segment, Writer::Memory(writer)))
}
