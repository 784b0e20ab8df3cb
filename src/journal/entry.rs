//! An event on its way in, and what comes of it.

use std::sync::Arc;

use super::Identity;

/// What sort of event a record holds; the books count them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// A decision.
    Impression,
    /// A track call.
    Conversion,
    /// What the Data Platform is told of a user.
    Platform,
}

/// What the caller says of an event in place of the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Given {
    /// When it happened, in milliseconds since 1970 UTC.
    pub time_ms: i64,
    /// Its uuid; none to have one made.
    pub uuid: Option<[u8; 16]>,
}

/// An event that asks to be accepted.
pub struct Event<'e> {
    /// Where it goes.
    pub identity: &'e Arc<Identity>,
    /// How it is counted.
    pub kind: EventKind,
    /// What the caller says of it in place of the journal.
    pub given: Option<Given>,
    /// The body, behind `ROOM` bytes that are the journal's.
    pub record: &'e mut Vec<u8>,
    pub(super) size: usize,
}

impl<'e> Event<'e> {
    /// An event of a body that stands behind `ROOM` free bytes.
    #[must_use]
    pub fn new(
        identity: &'e Arc<Identity>,
        kind: EventKind,
        given: Option<Given>,
        record: &'e mut Vec<u8>,
    ) -> Self {
        let size = record.len();
        Self { identity, kind, given, record, size }
    }
}

/// What an append means for the worker.
#[derive(Clone, Copy, Debug)]
pub struct Appended {
    /// Nothing waited in this shard before.
    pub is_first: bool,
    /// Events in this shard that no batch has taken.
    pub waiting: u64,
    /// The worker has to look when the disk is to be asked to keep what it has.
    pub must_sync: bool,
}

/// Why an event was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The journal takes no more events at all.
    Closed,
    /// A bound is reached.
    Full,
    /// The system gives no memory.
    NoMemory,
    /// The system gives no randomness for the uuid.
    NoRandomness,
    /// The disk fails, with that error of the system.
    Disk(i32),
}
