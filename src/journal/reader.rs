//! The reader half: walks the segments of all shards, hands events out in spans, and takes them off the books.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

use super::adoption::Adoption;
use super::keep::Keeping;
use super::record::{Found, Record};
use super::scratch::Scratch;
use super::segment::Segment;
use super::{DropReason, Identity, Journal, Note, Settlement};
use crate::platform::{Defect, planted};

/// Segments whose files stay open while they wait; of those behind them, the files are opened when their turn comes.
const OPEN_FILES: usize = 4;

/// The journal as the one delivery sees it.
pub struct Reader {
    pub(super) journal: Arc<Journal>,
    pub(super) shards: Vec<ShardReader>,
    pub(super) adoption: Adoption,
    pub(super) keeping: Keeping,
    pub(super) scratch: Scratch,
    pub(super) notes: Vec<Note>,
}

#[derive(Default)]
pub(super) struct ShardReader {
    pub(super) segments: VecDeque<Open>,
    /// Number of the first segment in the list, counted from the shard's making.
    first: u64,
}

/// A segment with what the delivery has done to it.
pub(super) struct Open {
    pub(super) segment: Arc<Segment>,
    /// Offset up to which batches have taken events.
    pub(super) taken: usize,
    /// Offset up to which events are settled.
    pub(super) settled: usize,
    /// What is settled behind events that are not.
    ahead: Vec<(usize, usize)>,
    /// Its room has been given back.
    is_given: bool,
}

/// Events of one segment, one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    shard: usize,
    segment: u64,
    from: usize,
    to: usize,
    /// How many events.
    pub count: u64,
}

/// What there was to take.
#[derive(Debug)]
pub enum Taken {
    /// Events.
    Events(Vec<Span>),
    /// Bytes that are no records any more, though so many were.
    Damage(Span),
    /// The disk does not give them back now.
    Failed(io::Error),
}

impl Reader {
    pub(super) fn new(journal: Arc<Journal>) -> Self {
        let shards = journal.all().map(|_| ShardReader::default()).collect();
        let mut adoption = Adoption::default();
        if let Some(home) = &journal.home {
            adoption.look(home);
        }
        let keeping = Keeping::default();
        Self { journal, shards, adoption, keeping, scratch: Scratch::default(), notes: Vec::new() }
    }

    /// Learns of the segments that appenders have begun. Those that there is no memory to list are learnt of later.
    pub fn collect(&mut self) -> io::Result<()> {
        let (journal, mut listed) = (&self.journal, Ok(()));
        for (index, reader) in self.shards.iter_mut().enumerate() {
            let mut ledger = journal.shard(index).ledger();
            match reader.segments.try_reserve(ledger.fresh()) {
                Ok(()) => reader.segments.extend(ledger.collect().into_iter().map(Open::new)),
                Err(error) => listed = Err(error.into()),
            }
            drop(ledger);
            reader.release(journal, index);
            // All but the first ones, and the last one, which grows.
            let waiting = reader.segments.len().saturating_sub(1);
            for open in reader.segments.iter().take(waiting).skip(OPEN_FILES) {
                open.segment.close();
            }
        }
        listed
    }

    /// The identities that have events which no batch has taken, oldest segment first in each shard.
    pub fn identities(&self) -> impl Iterator<Item = &Arc<Identity>> {
        self.shards
            .iter()
            .flat_map(|shard| &shard.segments)
            .filter(|open| open.taken < open.segment.written())
            .map(|open| &open.segment.identity)
    }

    /// Takes events of one identity, in order within each shard, as long as `fits` says so of each record.
    pub fn take(&mut self, identity: &Identity, mut fits: impl FnMut(Record<'_>) -> bool) -> Taken {
        let Self { journal, shards, scratch, .. } = self;
        let mut spans: Vec<Span> = Vec::new();
        for (index, shard) in shards.iter_mut().enumerate() {
            let mut count = 0;
            let mut trouble = None;
            for (number, open) in (shard.first..).zip(&mut shard.segments) {
                let segment = &*open.segment;
                let written = segment.written();
                if open.taken == written || segment.identity.endpoint != identity.endpoint {
                    continue;
                }
                // Events of an endpoint keep their order, so those behind another identity wait for it.
                if *segment.identity != *identity {
                    break;
                }
                let origin = open.taken;
                let mut span = Span { shard: index, segment: number, from: origin, to: origin, count: 0 };
                let bytes = match segment.read(journal.disk(), origin, written, scratch) {
                    Ok(bytes) => bytes,
                    Err(error) => {
                        trouble = Some(Taken::Failed(error));
                        break;
                    }
                };
                while let Some((found, next)) = segment.frame.next(bytes, origin, span.to) {
                    match found {
                        Found::Record(record) if fits(record) => span.count += 1,
                        Found::Record(_) => break,
                        Found::Blank => {}
                        Found::Damage(events) => {
                            let at = Span { from: span.to, to: next, count: events, ..span.clone() };
                            trouble = Some(Taken::Damage(at));
                            break;
                        }
                    }
                    span.to = next;
                }
                open.taken = span.to;
                if planted(Defect::CursorBeforeAnswer) {
                    let _ = segment.set_cursor(journal.disk(), span.to);
                }
                count += span.count;
                let is_whole = span.to == written;
                if span.to > span.from {
                    spans.push(span);
                }
                if !is_whole {
                    break;
                }
            }
            if let Some(trouble) = trouble.filter(|_| spans.is_empty()) {
                if let Taken::Damage(span) = &trouble {
                    shard.take(span);
                    journal.shard(index).ledger().take(span.count);
                }
                return trouble;
            }
            journal.shard(index).ledger().take(count);
        }
        Taken::Events(spans)
    }

    /// Calls `each` with every record of a span; answers how many there were.
    pub fn read(&mut self, span: &Span, mut each: impl FnMut(Record<'_>)) -> io::Result<u64> {
        let Self { journal, shards, scratch, .. } = self;
        let Some(open) = shards[span.shard].open(span) else { return Ok(0) };
        let bytes = open.segment.read(journal.disk(), span.from, span.to, scratch)?;
        let (mut at, mut count) = (span.from, 0);
        while let Some((found, next)) = open.segment.frame.next(bytes, span.from, at) {
            if let Found::Record(record) = found {
                each(record);
                count += 1;
            }
            at = next;
        }
        Ok(count)
    }

    /// The first `count` events of a span, and the rest.
    pub fn split(&mut self, span: &Span, count: u64) -> io::Result<(Span, Span)> {
        let Self { journal, shards, scratch, .. } = self;
        let mut middle = span.from;
        if let Some(open) = shards[span.shard].open(span) {
            let bytes = open.segment.read(journal.disk(), span.from, span.to, scratch)?;
            let mut seen = 0;
            while seen < count {
                let Some((found, next)) = open.segment.frame.next(bytes, span.from, middle) else { break };
                seen += u64::from(matches!(found, Found::Record(_)));
                middle = next;
            }
        }
        let left = Span { to: middle, count, ..span.clone() };
        let right = Span { from: middle, count: span.count - count, ..span.clone() };
        Ok((left, right))
    }

    /// Takes a span off the books. Where one before it is not settled, the cursor waits for that.
    pub fn settle(&mut self, span: &Span, settlement: Settlement) {
        let Self { journal, shards, scratch, .. } = self;
        let shard = &mut shards[span.shard];
        let Some(open) = shard.open_mut(span) else { return };
        open.settle(span.from, span.to);
        let oldest_ms = open.oldest_ms(journal, scratch);
        if let (Err(error), Some(home)) = (open.note_cursor(journal), &journal.home) {
            // What is settled and not noted is sent again after a crash, with the same uuids.
            home.failed(&error);
        }
        let size = span.to - span.from;
        journal.shard(span.shard).ledger().settle(&open.segment, settlement, span.count, size, oldest_ms);
        journal.budget.give_events(span.count);
        shard.release(journal, span.shard);
    }

    /// Gives spans back that were taken and not settled: all of an endpoint's, for order is kept.
    pub fn put_back(&mut self, spans: &[Span]) {
        for span in spans {
            if let Some(open) = self.shards[span.shard].open_mut(span) {
                open.taken = open.taken.min(span.from);
                self.journal.shard(span.shard).ledger().put_back(span.count);
            }
        }
    }

    /// Puts damaged bytes where a person may look at them, and drops the events that they were.
    pub fn drop_damage(&mut self, span: &Span) {
        let Self { journal, shards, scratch, .. } = self;
        if let (Some(open), Some(home)) = (shards[span.shard].open(span), &journal.home) {
            // They have just been read, and take no more memory.
            if let Ok(bytes) = open.segment.read(journal.disk(), span.from, span.to, scratch) {
                home.keep_aside(&format!("{:016x}-{:08x}.bin", open.segment.frame.id, span.from), bytes);
            }
        }
        self.notes.push(Note::Damaged { events: span.count });
        // Nothing more is appended, so that it shows at the segment's end how many events are missing.
        if span.shard < self.journal.shards.len() {
            if let Some(open) = self.shards[span.shard].open(span) {
                open.segment.seal();
            }
        }
        self.settle(span, Settlement::Dropped(DropReason::Corrupt));
    }

    /// Gives memory back that only work needs.
    pub fn rest(&mut self) {
        self.scratch.rest();
    }

    /// What there is to say since the last call.
    pub fn take_notes(&mut self) -> Vec<Note> {
        std::mem::take(&mut self.notes)
    }

    /// Is there nothing left to look at, nor to take over?
    #[must_use]
    pub fn has_adopted(&self) -> bool {
        self.adoption.is_done()
    }

    /// Directories that were left alone.
    #[must_use]
    pub fn foreign(&self) -> u64 {
        self.adoption.foreign
    }
}

impl Open {
    fn new(segment: Arc<Segment>) -> Self {
        let start = segment.first();
        Self { segment, taken: start, settled: start, ahead: Vec::new(), is_given: false }
    }

    /// Gives its room back, once.
    fn give_back(&mut self, journal: &Journal, is_own: bool) {
        if std::mem::replace(&mut self.is_given, true) {
            return;
        }
        match &journal.home {
            Some(home) => home.give_back(journal, &self.segment, is_own),
            None => journal.budget.give_segment(self.segment.capacity),
        }
    }

    fn settle(&mut self, from: usize, to: usize) {
        if from != self.settled {
            self.ahead.push((from, to));
            return;
        }
        self.settled = to;
        while let Some(at) = self.ahead.iter().position(|(from, _)| *from == self.settled) {
            self.settled = self.ahead.swap_remove(at).1;
        }
    }

    pub(super) fn is_finished(&self) -> bool {
        let done = if planted(Defect::SegmentBeforeCursor) { self.taken } else { self.settled };
        done >= self.segment.written()
    }

    /// When the first event that is not settled was recorded.
    fn oldest_ms(&self, journal: &Journal, scratch: &mut Scratch) -> Option<i64> {
        let written = self.segment.written();
        if self.settled >= written {
            return None;
        }
        let bytes = self.segment.read(journal.disk(), self.settled, written, scratch).ok()?;
        match self.segment.frame.next(bytes, self.settled, self.settled)?.0 {
            Found::Record(record) => Some(record.time_ms),
            Found::Blank | Found::Damage(_) => None,
        }
    }

    fn note_cursor(&self, journal: &Journal) -> io::Result<()> {
        match &journal.home {
            Some(home) if !home.is_released() => self.segment.set_cursor(journal.disk(), self.settled),
            _ => Ok(()),
        }
    }
}

impl ShardReader {
    /// Gives back finished segments. The last one may still grow, unless it is sealed; nobody appends to what was adopted.
    pub(super) fn release(&mut self, journal: &Journal, index: usize) {
        let own = journal.shards.get(index);
        loop {
            let count = self.segments.len();
            let Some(first) = self.segments.front_mut().filter(|first| first.is_finished()) else { break };
            let mut held = None;
            if let Some(shard) = own.filter(|_| count == 1) {
                // Under its lock nobody is in the middle of an append that the seal came too late for.
                held = shard.try_appender().filter(|_| first.segment.is_sealed() && first.is_finished());
                let Some(appender) = &mut held else { return };
                appender.leave();
            }
            // What was accepted into it and was found no more was damaged.
            journal.shard(index).ledger().end_first();
            drop(held);
            first.give_back(journal, own.is_some());
            self.segments.pop_front();
            self.first += 1;
        }
        // Behind one that waits others may be settled: at a full disk only their room brings it on.
        let last = self.segments.len().saturating_sub(1);
        for open in self.segments.iter_mut().take(last).filter(|open| open.is_finished()) {
            open.give_back(journal, own.is_some());
        }
    }

    fn take(&mut self, span: &Span) {
        if let Some(open) = self.open_mut(span) {
            open.taken = span.to;
        }
    }

    fn open(&self, span: &Span) -> Option<&Open> {
        self.segments.get(usize::try_from(span.segment.checked_sub(self.first)?).ok()?)
    }

    fn open_mut(&mut self, span: &Span) -> Option<&mut Open> {
        self.segments.get_mut(usize::try_from(span.segment.checked_sub(self.first)?).ok()?)
    }
}
