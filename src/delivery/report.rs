//! What the delivery has to say, collected under its lock and said after it.

use std::io;

use crate::event;
use crate::journal::{DropReason, Note, Record};
use crate::json;
use crate::platform::{Log, LogFields, LogLevel};
use crate::transport::Outcome;

/// Characters of an answer that a message shows.
const SHOWN: usize = 200;

/// Hears what the delivery does. Called with no lock held.
pub trait Witness: Send + Sync {
    /// This body is about to be posted there, for the first time.
    fn posting(&self, url: &str, body: &[u8]);

    /// Does anybody want to hear of each event that is dropped?
    fn wants_drops(&self) -> bool;

    /// This event will never be delivered.
    fn lost(&self, lost: &Lost<'_>);
}

/// An event that will never be delivered.
pub struct Lost<'l> {
    /// Its uuid, as text.
    pub uuid: &'l str,
    /// Its event key or rule key.
    pub key: &'l str,
    /// Why.
    pub reason: &'l str,
    /// The server's status, if it is a dead letter; none if it was dropped.
    pub http_status: Option<u16>,
}

/// One thing to say.
#[derive(Debug)]
pub(super) enum Report {
    /// An endpoint began to fail in a way that may pass.
    Retrying { endpoint: Box<str>, http_status: Option<u16>, why: String },
    /// An endpoint refuses everything.
    Held { endpoint: Box<str>, http_status: Option<u16>, why: String },
    /// An endpoint works again.
    Recovered { endpoint: Box<str> },
    /// An event was refused for good.
    DeadLettered { uuid: String, key: String, http_status: u16, why: String },
    /// Events were given up.
    GivenUp { count: u64, reason: DropReason },
    /// An event was given up, for those who want to hear of each.
    Dropped { uuid: String, key: String, reason: DropReason },
    /// The disk does not do what the delivery needs, or there is no memory for it.
    Disk(io::Error),
    /// What the journal has to say.
    Journal(Note),
    /// A call into the engine panicked.
    Panicked,
}

impl Report {
    pub(super) fn dropped(record: Record<'_>, reason: DropReason) -> Self {
        let key = event::key(record.body).unwrap_or_default().to_owned();
        Self::Dropped { uuid: uuid(record.uuid), key, reason }
    }

    /// Tells who listens of an event that will never be delivered.
    pub(super) fn tell(&self, witness: &dyn Witness) {
        match self {
            Self::DeadLettered { uuid, key, http_status, why } => {
                witness.lost(&Lost { uuid, key, reason: why, http_status: Some(*http_status) });
            }
            Self::Dropped { uuid, key, reason } => {
                let reason = reason_text(*reason);
                witness.lost(&Lost { uuid, key, reason, http_status: None });
            }
            _ => {}
        }
    }

    pub(super) fn say(&self, log: &Log) {
        match self {
            Self::Retrying { endpoint, http_status, why } => log.write_with(
                LogLevel::Warning,
                LogFields { http_status: *http_status, ..LogFields::default() },
                format_args!("events wait: {endpoint} {why}; retrying"),
            ),
            Self::Held { endpoint, http_status, why } => log.write_with(
                LogLevel::Error,
                LogFields { http_status: *http_status, ..LogFields::default() },
                format_args!("events are held: {endpoint} {why}; trying once a minute until that is mended"),
            ),
            Self::Recovered { endpoint } => {
                log.write(LogLevel::Info, format_args!("events flow again: {endpoint}"));
            }
            Self::DeadLettered { uuid, key, http_status, why } => log.write_with(
                LogLevel::Error,
                LogFields { event_key: Some(key), http_status: Some(*http_status), ..LogFields::default() },
                format_args!("event {uuid} ({key:?}) was refused for good: the server {why}"),
            ),
            Self::GivenUp { count, reason } => {
                let level = if is_wish(*reason) { LogLevel::Info } else { LogLevel::Error };
                log.write(level, format_args!("{count} events are given up: {}", reason_text(*reason)));
            }
            Self::Dropped { .. } => {}
            Self::Disk(error) if error.kind() == io::ErrorKind::OutOfMemory => {
                log.write(LogLevel::Error, format_args!("events wait for memory; trying again"));
            }
            Self::Disk(error) => {
                log.write(LogLevel::Error, format_args!("events wait for the disk: {error}; trying again"));
            }
            Self::Journal(note) => say_note(note, log),
            Self::Panicked => log.write(
                LogLevel::Error,
                format_args!("the delivery panicked, which is a fault of this library; it goes on"),
            ),
        }
    }
}

/// An outcome as the end of a sentence that begins with who gave it.
pub(super) fn describe(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Failed(reason) | Outcome::Cut(reason) | Outcome::Barred(reason) => {
            format!("gave no answer ({reason})")
        }
        Outcome::Answered { status, text, .. } => {
            let shown: String = text.chars().filter(|c| !c.is_control()).take(SHOWN).collect();
            let separator = if shown.is_empty() { "" } else { ": " };
            format!("answered {status}{separator}{shown}")
        }
    }
}

fn say_note(note: &Note, log: &Log) {
    match note {
        Note::Adopted { events } => {
            log.write(LogLevel::Info, format_args!("took over {events} events that an earlier client left"));
        }
        Note::Foreign { path, why } => {
            log.write(LogLevel::Warning, format_args!("journal {} is left alone: {why}", path.display()));
        }
        Note::Unreadable { path } => log.write(
            LogLevel::Error,
            format_args!("segment {} can't be read and was put aside", path.display()),
        ),
        Note::Damaged { events } => log.write(
            LogLevel::Error,
            format_args!("{events} events were lost to damage on the disk; the bytes were put aside"),
        ),
        Note::Moved => log.write(
            LogLevel::Warning,
            format_args!(
                "the journal was written anew: its directory was gone, or the disk lost what it was given"
            ),
        ),
        Note::Failing(number) => {
            let error = io::Error::from_raw_os_error(*number);
            log.write(LogLevel::Error, format_args!("the journal's disk fails: {error}"));
        }
        Note::Working => log.write(LogLevel::Info, format_args!("the journal's disk works again")),
    }
}

/// Is it what the host itself has asked for?
fn is_wish(reason: DropReason) -> bool {
    matches!(reason, DropReason::Discarded | DropReason::Purged)
}

/// Why an event was given up, in words.
pub(super) fn reason_text(reason: DropReason) -> &'static str {
    match reason {
        DropReason::Corrupt => "its record was damaged on the disk",
        DropReason::Discarded => "the host discarded what waited",
        DropReason::Purged => "the host purged its visitor",
        DropReason::Expired => "it is older than the host allows",
        DropReason::DeadLetterLimit => "the server refuses it, and the file of dead letters is full",
    }
}

/// A uuid as text.
pub(super) fn uuid(uuid: [u8; 16]) -> String {
    json::to_string(|out| json::uuid(out, uuid))
}
