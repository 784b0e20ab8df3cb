//! The books: every accepted event stands in exactly one place at any instant.

use std::iter::Sum;

use super::EventKind;

/// What became of events, counted where it happens.
/// `accepted + recovered = delivered + pending + dead_lettered + dropped`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Books {
    /// Accepted impressions.
    pub impressions: u64,
    /// Accepted conversions.
    pub conversions: u64,
    /// Adopted from earlier processes; a memory journal has none.
    pub recovered: u64,
    /// Taken by the server.
    pub delivered: u64,
    /// In the journal, on their way or not.
    pub pending: u64,
    /// Bytes of those.
    pub pending_bytes: u64,
    /// Refused by the server one by one.
    pub dead_lettered: u64,
    /// Given up for another reason.
    pub dropped: u64,
}

/// How events leave the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// The server has them.
    Delivered,
    /// The server refuses them.
    DeadLettered,
    /// The record can't be read.
    Dropped,
}

impl Books {
    /// Everything ever accepted by this process.
    #[must_use]
    pub fn accepted(&self) -> u64 {
        self.impressions + self.conversions
    }

    pub(super) fn accept(&mut self, kind: EventKind, bytes: usize) {
        match kind {
            EventKind::Impression => self.impressions += 1,
            EventKind::Conversion => self.conversions += 1,
        }
        self.pending += 1;
        self.pending_bytes += bytes as u64;
    }

    pub(super) fn settle(&mut self, settlement: Settlement, count: u64, bytes: usize) {
        self.pending -= count;
        self.pending_bytes -= bytes as u64;
        match settlement {
            Settlement::Delivered => self.delivered += count,
            Settlement::DeadLettered => self.dead_lettered += count,
            Settlement::Dropped => self.dropped += count,
        }
    }
}

impl Sum for Books {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, one| Self {
            impressions: sum.impressions + one.impressions,
            conversions: sum.conversions + one.conversions,
            recovered: sum.recovered + one.recovered,
            delivered: sum.delivered + one.delivered,
            pending: sum.pending + one.pending,
            pending_bytes: sum.pending_bytes + one.pending_bytes,
            dead_lettered: sum.dead_lettered + one.dead_lettered,
            dropped: sum.dropped + one.dropped,
        })
    }
}
