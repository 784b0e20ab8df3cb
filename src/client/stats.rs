//! The books of a client, gathered from where each term is counted.

use std::sync::atomic::{AtomicU64, Ordering};

use super::lifecycle::Client;
use crate::delivery::DeliveryStats;
use crate::error::Status;
use crate::journal::{Books, Kind as JournalKind};

/// Everything a client counts.
#[derive(Clone, Copy, Debug)]
pub struct Stats {
    /// What became of accepted events.
    pub books: Books,
    /// Events that never were accepted.
    pub refused: Refused,
    /// Attributes and tags left out of accepted events.
    pub ignored_values: u64,
    /// How the delivery goes.
    pub delivery: DeliveryStats,
    /// Age of the oldest waiting event in milliseconds; 0 if none waits.
    pub oldest_pending_ms: u64,
    /// How waiting events are kept on the disk; none in memory.
    pub journal_kind: Option<JournalKind>,
    /// Bytes of the journal.
    pub journal_bytes: u64,
    /// The number of the system's last error; 0 while the disk works.
    pub disk_error: i32,
    /// Threads of the client.
    pub threads: u32,
}

/// Events refused, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refused {
    /// The queue was full.
    pub queue_full: u64,
    /// The event alone was too large.
    pub too_large: u64,
    /// The datafile lacks the event key.
    pub unknown_event: u64,
    /// Closed, no memory, no randomness.
    pub other: u64,
    /// The disk failed.
    pub disk: u64,
    /// Tracking was off.
    pub tracking_off: u64,
}

/// What the calls themselves count. Refusals and odd values are rare, so shared counters do no harm.
#[derive(Default)]
pub(super) struct Tally {
    queue_full: AtomicU64,
    too_large: AtomicU64,
    unknown_event: AtomicU64,
    other: AtomicU64,
    disk: AtomicU64,
    tracking_off: AtomicU64,
    ignored_values: AtomicU64,
}

impl Tally {
    pub(super) fn refuse(&self, status: Status) {
        let counter = match status {
            Status::QueueFull => &self.queue_full,
            Status::TooLarge => &self.too_large,
            Status::UnknownEvent => &self.unknown_event,
            Status::Disk => &self.disk,
            Status::TrackingOff => &self.tracking_off,
            _ => &self.other,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn ignore(&self, values: u32) {
        if values > 0 {
            self.ignored_values.fetch_add(u64::from(values), Ordering::Relaxed);
        }
    }
}

impl Client {
    /// The books, balanced at the instant they are read.
    pub fn stats(&self) -> Stats {
        const NANOSECONDS_IN_MS: i64 = 1_000_000;
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let room = self.room();
        let (delivery, oldest_ms) = room.delivery.stats();
        let age = |ms: i64| u64::try_from(self.clock.wall_ns() / NANOSECONDS_IN_MS - ms).unwrap_or(0);
        Stats {
            books: room.journal.books(),
            refused: Refused {
                queue_full: read(&room.tally.queue_full),
                too_large: read(&room.tally.too_large),
                unknown_event: read(&room.tally.unknown_event),
                other: read(&room.tally.other),
                disk: read(&room.tally.disk),
                tracking_off: read(&room.tally.tracking_off),
            },
            ignored_values: read(&room.tally.ignored_values),
            delivery,
            oldest_pending_ms: oldest_ms.map_or(0, age),
            journal_kind: room.journal.kind(),
            journal_bytes: room.journal.bytes(),
            disk_error: room.journal.disk_error(),
            threads: room.delivery.threads(),
        }
    }
}
