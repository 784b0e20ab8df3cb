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
    /// Accepted events of the Data Platform.
    pub platform: u64,
    /// Adopted from earlier processes; in memory there are none.
    pub recovered: u64,
    /// Taken by the server.
    pub delivered: u64,
    /// In the journal, on their way or not.
    pub pending: u64,
    /// Bytes of those.
    pub pending_bytes: u64,
    /// Refused by the server one by one.
    pub dead_lettered: u64,
    /// Given up for other reasons.
    pub dropped: Dropped,
}

/// Events that were given up, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dropped {
    /// Their records were damaged on the disk.
    pub corrupt: u64,
    /// The host discarded what waited.
    pub discarded: u64,
    /// The host purged the visitor.
    pub purged: u64,
    /// They were older than the host allows.
    pub expired: u64,
    /// The server refuses them, and the file of dead letters is full.
    pub dead_letter_limit: u64,
}

impl Dropped {
    /// All of them.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.corrupt + self.discarded + self.purged + self.expired + self.dead_letter_limit
    }

    fn plus(&self, other: &Self) -> Self {
        Self {
            corrupt: self.corrupt + other.corrupt,
            discarded: self.discarded + other.discarded,
            purged: self.purged + other.purged,
            expired: self.expired + other.expired,
            dead_letter_limit: self.dead_letter_limit + other.dead_letter_limit,
        }
    }

    fn add(&mut self, reason: DropReason, count: u64) {
        let counter = match reason {
            DropReason::Corrupt => &mut self.corrupt,
            DropReason::Discarded => &mut self.discarded,
            DropReason::Purged => &mut self.purged,
            DropReason::Expired => &mut self.expired,
            DropReason::DeadLetterLimit => &mut self.dead_letter_limit,
        };
        *counter += count;
    }
}

/// Why an event was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DropReason {
    /// Its record was damaged on the disk.
    Corrupt,
    /// The host discarded what waited.
    Discarded,
    /// The host purged the visitor.
    Purged,
    /// It was older than the host allows.
    Expired,
    /// The server refuses it, and the file of dead letters is full.
    DeadLetterLimit,
}

/// How events leave the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// The server has them.
    Delivered,
    /// The server refuses them.
    DeadLettered,
    /// They are given up.
    Dropped(DropReason),
}

impl Books {
    /// Everything ever accepted by this process.
    #[must_use]
    pub fn accepted(&self) -> u64 {
        self.impressions + self.conversions + self.platform
    }

    pub(super) fn accept(&mut self, kind: EventKind, bytes: usize) {
        match kind {
            EventKind::Impression => self.impressions += 1,
            EventKind::Conversion => self.conversions += 1,
            EventKind::Platform => self.platform += 1,
        }
        self.pending += 1;
        self.pending_bytes += bytes as u64;
    }

    pub(super) fn settle(&mut self, settlement: Settlement, count: u64, bytes: usize) {
        self.pending -= count;
        self.pending_bytes = self.pending_bytes.saturating_sub(bytes as u64);
        match settlement {
            Settlement::Delivered => self.delivered += count,
            Settlement::DeadLettered => self.dead_lettered += count,
            Settlement::Dropped(reason) => self.dropped.add(reason, count),
        }
    }
}

impl Sum for Books {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, one| Self {
            impressions: sum.impressions + one.impressions,
            conversions: sum.conversions + one.conversions,
            platform: sum.platform + one.platform,
            recovered: sum.recovered + one.recovered,
            delivered: sum.delivered + one.delivered,
            pending: sum.pending + one.pending,
            pending_bytes: sum.pending_bytes + one.pending_bytes,
            dead_lettered: sum.dead_lettered + one.dead_lettered,
            dropped: sum.dropped.plus(&one.dropped),
        })
    }
}
