//! What the delivery has to say, collected under its lock and said after it.

use std::io;

use crate::event;
use crate::journal::{DropReason, Note, Record};
use crate::json;
use crate::platform::{Log, LogLevel};
use crate::transport::Outcome;

/// Characters of an answer that a message shows.
const SHOWN: usize = 200;

/// One thing to say.
#[derive(Debug)]
pub(super) enum Report {
    /// An endpoint began to fail in a way that may pass.
    Retrying { endpoint: Box<str>, why: String },
    /// An endpoint refuses everything.
    Held { endpoint: Box<str>, why: String },
    /// An endpoint works again.
    Recovered { endpoint: Box<str> },
    /// An event was refused for good.
    DeadLettered { uuid: String, key: String, http_status: u16, why: String },
    /// An event was given up.
    Dropped { uuid: String, key: String, reason: DropReason },
    /// The disk does not do what the delivery needs.
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

    pub(super) fn say(&self, log: &Log) {
        match self {
            Self::Retrying { endpoint, why } => {
                log.write(LogLevel::Warning, format_args!("events wait: {endpoint} {why}; retrying"));
            }
            Self::Held { endpoint, why } => log.write(
                LogLevel::Error,
                format_args!("events are held: {endpoint} {why}; trying once a minute until that is mended"),
            ),
            Self::Recovered { endpoint } => {
                log.write(LogLevel::Info, format_args!("events flow again: {endpoint}"));
            }
            Self::DeadLettered { uuid, key, why, .. } => log.write(
                LogLevel::Error,
                format_args!("event {uuid} ({key:?}) was refused for good: the server {why}"),
            ),
            Self::Dropped { uuid, key, reason } => log.write(
                LogLevel::Error,
                format_args!("event {uuid} ({key:?}) is given up: {}", reason_text(*reason)),
            ),
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
        Outcome::Failed(reason) => format!("gave no answer ({reason})"),
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
