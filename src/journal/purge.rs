//! Taking events back that no batch has taken: their records stay, and hold nothing.

use std::io;

use super::reader::Reader;
use super::record::{Found, Record};

impl Reader {
    /// Blanks what no batch has taken and `is_meant` says so of; answers how many events. What is damaged or can't be read
    /// is met when its turn comes.
    pub fn purge(&mut self, mut is_meant: impl FnMut(Record<'_>) -> bool) -> io::Result<u64> {
        let Self { journal, shards, scratch, .. } = self;
        let mut total = 0;
        for (index, shard) in shards.iter().enumerate() {
            for open in &shard.segments {
                let (segment, written) = (&open.segment, open.segment.written());
                if open.taken >= written {
                    continue;
                }
                let bytes = segment.read(journal.disk(), open.taken, written, scratch)?;
                let (mut at, mut places) = (open.taken, Vec::new());
                while let Some((found, next)) = segment.frame.next(bytes, open.taken, at) {
                    if matches!(found, Found::Record(record) if is_meant(record)) {
                        places.push((at, next - at));
                    }
                    at = next;
                }
                if places.is_empty() {
                    continue;
                }
                scratch.forget();
                for (at, size) in &places {
                    segment.overwrite(journal.disk(), *at, &segment.frame.blank(*size, *at))?;
                    journal.shard(index).ledger().purge(segment);
                    journal.budget.give_events(1);
                    total += 1;
                }
            }
        }
        Ok(total)
    }
}
