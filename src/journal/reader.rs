//! The reader half: walks the segments of all shards, hands events out in spans, and takes them off the books.

use std::collections::VecDeque;
use std::sync::Arc;

use super::record::{self, Record};
use super::shard::Fresh;
use super::{Identity, Journal, Settlement};

/// The journal as the one delivery sees it.
pub struct Reader {
    journal: Arc<Journal>,
    shards: Vec<ShardReader>,
}

#[derive(Default)]
struct ShardReader {
    segments: VecDeque<Segment>,
    /// Number of the first segment in the list, counted from the shard's making.
    first: u64,
}

struct Segment {
    fresh: Fresh,
    /// Offset up to which batches have taken events.
    taken: usize,
    /// Offset up to which events are settled.
    settled: usize,
    settled_count: u64,
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

impl Reader {
    pub(super) fn new(journal: Arc<Journal>) -> Self {
        let shards = journal.shards.iter().map(|_| ShardReader::default()).collect();
        Self { journal, shards }
    }

    /// Learns of the segments that appenders have begun.
    pub fn collect(&mut self) {
        for (shard, reader) in self.journal.shards.iter().zip(&mut self.shards) {
            let fresh = shard.lock().collect();
            let segments =
                fresh.into_iter().map(|fresh| Segment { fresh, taken: 0, settled: 0, settled_count: 0 });
            reader.segments.extend(segments);
            reader.release(&self.journal);
        }
    }

    /// The identities that have events which no batch has taken, oldest segment first in each shard.
    pub fn identities(&self) -> impl Iterator<Item = &Arc<Identity>> {
        self.shards
            .iter()
            .flat_map(|shard| &shard.segments)
            .filter(|segment| segment.taken < segment.fresh.reader.written().len())
            .map(|segment| &segment.fresh.identity)
    }

    /// Takes events of one identity, in order within each shard, as long as `fits` says so of each record.
    pub fn take(&mut self, identity: &Identity, mut fits: impl FnMut(Record<'_>) -> bool) -> Vec<Span> {
        let mut spans = Vec::new();
        for (index, shard) in self.shards.iter_mut().enumerate() {
            let first = shard.first;
            let mut taken = 0;
            for (number, segment) in (first..).zip(&mut shard.segments) {
                let written = segment.fresh.reader.written();
                if segment.taken == written.len() || segment.fresh.identity.endpoint != identity.endpoint {
                    continue;
                }
                // Events of an endpoint keep their order, so those behind another identity wait for it.
                if *segment.fresh.identity != *identity {
                    break;
                }
                let mut span =
                    Span { shard: index, segment: number, from: segment.taken, to: segment.taken, count: 0 };
                while let Some((_, next)) = record::at(written, span.to).filter(|(record, _)| fits(*record)) {
                    span.to = next;
                    span.count += 1;
                }
                segment.taken = span.to;
                taken += span.count;
                let is_whole = span.to == written.len();
                if span.count > 0 {
                    spans.push(span);
                }
                if !is_whole {
                    break;
                }
            }
            if taken > 0 {
                self.journal.shards[index].lock().taken(taken);
            }
        }
        spans
    }

    /// Calls `each` with every record of a span.
    pub fn read(&self, span: &Span, mut each: impl FnMut(Record<'_>)) {
        let Some(segment) = self.segment(span) else { return };
        let written = segment.fresh.reader.written();
        let mut at = span.from;
        while let Some((record, next)) = record::at(written, at).filter(|_| at < span.to) {
            each(record);
            at = next;
        }
    }

    /// The first `count` events of a span, and the rest.
    #[must_use]
    pub fn split(&self, span: &Span, count: u64) -> (Span, Span) {
        let mut middle = span.from;
        if let Some(segment) = self.segment(span) {
            let written = segment.fresh.reader.written();
            for _ in 0..count {
                middle = record::at(written, middle).map_or(middle, |(_, next)| next);
            }
        }
        let left = Span { to: middle, count, ..span.clone() };
        let right = Span { from: middle, count: span.count - count, ..span.clone() };
        (left, right)
    }

    /// Takes a span off the books. Spans of one segment are settled in order.
    pub fn settle(&mut self, span: &Span, settlement: Settlement) {
        let shard = &mut self.shards[span.shard];
        let Some(segment) = shard.segments.get_mut((span.segment - shard.first) as usize) else { return };
        debug_assert_eq!(segment.settled, span.from, "spans are settled in order");
        segment.settled = span.to;
        segment.settled_count += span.count;
        self.journal.shards[span.shard].lock().settle(settlement, span.count, span.to - span.from);
        self.journal.budget.give_events(span.count);
        shard.release(&self.journal);
    }

    /// How many of the events accepted before the marks are not settled.
    #[must_use]
    pub fn left_before(&self, marks: &[u64]) -> u64 {
        self.shards.iter().zip(marks).map(|(shard, mark)| shard.left_before(*mark)).sum()
    }

    /// When the oldest event that is not settled was recorded, in milliseconds since 1970.
    #[must_use]
    pub fn oldest_ms(&self) -> Option<i64> {
        let oldest = |shard: &ShardReader| {
            let segment = shard
                .segments
                .iter()
                .find(|segment| segment.settled < segment.fresh.reader.written().len())?;
            record::at(segment.fresh.reader.written(), segment.settled).map(|(record, _)| record.time_ms)
        };
        self.shards.iter().filter_map(oldest).min()
    }

    fn segment(&self, span: &Span) -> Option<&Segment> {
        let shard = self.shards.get(span.shard)?;
        shard.segments.get(usize::try_from(span.segment.checked_sub(shard.first)?).ok()?)
    }
}

impl ShardReader {
    /// Gives back finished segments. The last one may still grow.
    fn release(&mut self, journal: &Journal) {
        while self.segments.len() > 1 {
            let Some(first) = self.segments.front() else { return };
            if first.settled < first.fresh.reader.written().len() {
                return;
            }
            journal.budget.give_segment(first.fresh.capacity);
            self.segments.pop_front();
            self.first += 1;
        }
    }

    fn left_before(&self, mark: u64) -> u64 {
        let ends = self.segments.iter().skip(1).map(|segment| segment.fresh.base).chain([u64::MAX]);
        self.segments
            .iter()
            .zip(ends)
            .map(|(segment, end)| mark.min(end).saturating_sub(segment.fresh.base + segment.settled_count))
            .sum()
    }
}
