//! What the host takes back: all that waits, or what waits of one visitor.

use std::io;

use super::batch::Batch;
use super::engine::{Engine, give_up};
use super::report::Report;
use crate::event;
use crate::journal::{DropReason, Journal, Taken};

impl Engine {
    /// Gives up everything that waits; answers how many events. A batch on its way is given up when its attempt has
    /// failed, for nobody can call it back, and what is behind it then too.
    pub(super) fn discard(&mut self, journal: &Journal) -> io::Result<u64> {
        self.reader.collect()?;
        self.open_lanes();
        let before = journal.books().dropped.discarded;
        for index in 0..self.lanes.len() {
            self.take_rest(index)?;
            let Self { reader, lanes, reports, tells_drops, .. } = self;
            let lane = &mut lanes[index];
            for parked in lane.parked.drain(..) {
                give_up(reader, &parked.batch, DropReason::Discarded, *tells_drops, reports);
            }
            lane.queue.iter_mut().for_each(|batch| batch.is_discarded = true);
            if !lane.is_in_flight {
                for batch in lane.queue.drain(..) {
                    give_up(reader, &batch, DropReason::Discarded, *tells_drops, reports);
                }
            }
        }
        Ok(journal.books().dropped.discarded - before)
    }

    /// Takes all events of a lane's endpoint, as batches that are never sent.
    fn take_rest(&mut self, index: usize) -> io::Result<()> {
        let Self { reader, lanes, .. } = self;
        let lane = &mut lanes[index];
        loop {
            let identity = reader.identities().find(|identity| identity.endpoint == lane.endpoint).cloned();
            let Some(identity) = identity else { return Ok(()) };
            let spans = match reader.take(&identity, |_| true) {
                Taken::Events(spans) => spans,
                Taken::Damage(span) => vec![span],
                Taken::Failed(error) => return Err(error),
            };
            lane.queue.push_back(Batch { identity, spans, is_discarded: true });
        }
    }

    /// Gives up what waits of one visitor, and its dead letters; answers how many events. A batch on its way is looked
    /// through when its attempt has failed.
    pub(super) fn purge(&mut self, journal: &Journal, visitor: &str) -> io::Result<u64> {
        self.reader.collect()?;
        for lane in &mut self.lanes {
            if lane.is_in_flight {
                lane.purges.push(visitor.into());
            } else {
                lane.put_back(&mut self.reader);
            }
        }
        let purged = self.purge_waiting(visitor)? + self.purge_parked(visitor)?;
        let letters = match &mut self.dead_letters {
            Some(dead_letters) => dead_letters.purge(journal, visitor)?,
            None => 0,
        };
        Ok(purged + letters)
    }

    fn purge_parked(&mut self, visitor: &str) -> io::Result<u64> {
        let Self { reader, lanes, reports, tells_drops, .. } = self;
        let mut count = 0;
        for lane in lanes {
            for at in (0..lane.parked.len()).rev() {
                let mut is_meant = false;
                for span in &lane.parked[at].batch.spans {
                    reader.read(span, |record| is_meant |= event::visitor(record.body) == Some(visitor))?;
                }
                if is_meant {
                    let parked = lane.parked.swap_remove(at);
                    count += parked.batch.count();
                    give_up(reader, &parked.batch, DropReason::Purged, *tells_drops, reports);
                }
            }
        }
        Ok(count)
    }

    fn purge_waiting(&mut self, visitor: &str) -> io::Result<u64> {
        let Self { reader, reports, tells_drops, .. } = self;
        let mut found = Vec::new();
        let count = reader.purge(|record| {
            let is_meant = event::visitor(record.body) == Some(visitor);
            if is_meant && *tells_drops {
                found.push(Report::dropped(record, DropReason::Purged));
            }
            is_meant
        })?;
        reports.append(&mut found);
        if count > 0 {
            reports.push(Report::GivenUp { count, reason: DropReason::Purged });
        }
        Ok(count)
    }

    /// After an attempt that has failed: gives up what the host has taken back while it was on its way.
    pub(super) fn keep_promises(&mut self, index: usize) {
        let Self { reader, lanes, reports, tells_drops, .. } = self;
        let lane = &mut lanes[index];
        while let Some(batch) = lane.pop_discarded() {
            give_up(reader, &batch, DropReason::Discarded, *tells_drops, reports);
        }
        if !lane.purges.is_empty() {
            let purges = std::mem::take(&mut lane.purges);
            lane.put_back(reader);
            for visitor in purges {
                // What can't be read now is met again when it is to be sent.
                let _ = self.purge_waiting(&visitor);
            }
        }
    }
}
