//! What the delivery has to say, collected under its lock and said after it.

use crate::event;
use crate::journal::Record;
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
    DeadLettered { uuid: String, key: String, why: String },
    /// A record could not be read back.
    Unreadable,
    /// A call into the engine panicked.
    Panicked,
}

impl Report {
    pub(super) fn dead_letter(record: Record<'_>, outcome: &Outcome) -> Self {
        let mut uuid = Vec::new();
        json::uuid(&mut uuid, record.uuid);
        let uuid = String::from_utf8_lossy(&uuid).into_owned();
        Self::DeadLettered {
            uuid,
            key: event::key(record.body).unwrap_or_default().to_owned(),
            why: describe(outcome),
        }
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
            Self::DeadLettered { uuid, key, why } => log.write(
                LogLevel::Error,
                format_args!("event {uuid} ({key:?}) was refused for good: the server {why}"),
            ),
            Self::Unreadable => {
                log.write(LogLevel::Error, format_args!("an event was dropped: its record can't be read"));
            }
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
