//! Events from a call into the journal: the moment of acceptance.

use super::lifecycle::{Active, Client};
use super::trace::LogTrace;
use crate::error::{Error, Result, Status};
use crate::event::{self, Body, HEADER_BYTES, MAX_EVENT_BYTES, Tags};
use crate::journal::{EventKind, Refusal};
use crate::platform::LogLevel;
use crate::user::User;
use crate::{datafile, decision};

/// A body up to this size can't exceed the Events API's limit: escaping makes a byte six at most.
const SURELY_FITS: usize = MAX_EVENT_BYTES / 8;

impl Client {
    pub(super) fn record_conversion(
        &self,
        active: &Active,
        event: &datafile::Event,
        user: &User,
        tags: &Tags<'_>,
    ) -> Result<()> {
        let mut body = Body::default();
        let trace = &mut LogTrace(&self.log);
        let ignored = event::conversion(&mut body, &active.project, event, user, tags, trace);
        self.accept(active, EventKind::Conversion, &event.key, user, body.bytes(), ignored)
    }

    pub(super) fn record_impression(
        &self,
        active: &Active,
        decision: &decision::Decision<'_>,
        flag_key: &str,
        user: &User,
    ) -> Result<()> {
        let mut body = Body::default();
        let trace = &mut LogTrace(&self.log);
        let ignored = event::impression(&mut body, &active.project, decision, flag_key, user, trace);
        let key = decision.hit.map_or(flag_key, |(rule, _)| &rule.key);
        self.accept(active, EventKind::Impression, key, user, body.bytes(), ignored)
    }

    fn accept(
        &self,
        active: &Active,
        kind: EventKind,
        key: &str,
        user: &User,
        body: &[u8],
        ignored: u32,
    ) -> Result<()> {
        if user.id().is_empty() {
            let message = format_args!("an event for {key:?} has an empty user id; the Events API needs one");
            self.log.write(LogLevel::Warning, message);
        }
        let appended = check_size(body).and_then(|()| {
            self.journal.append(&active.identity, kind, body).map_err(|refusal| match refusal {
                Refusal::Closed => Status::Closed,
                Refusal::Full => Status::QueueFull,
                Refusal::NoMemory | Refusal::NoRandomness => Status::OutOfMemory,
            })
        });
        match appended {
            Ok(appended) => {
                self.tally.ignore(ignored);
                self.delivery.appended(appended);
                Ok(())
            }
            Err(status) => Err(self.refuse(status, key)),
        }
    }

    /// Counts, logs and words a refusal.
    pub(super) fn refuse(&self, status: Status, key: &str) -> Error {
        let what = match status {
            Status::Closed => "the client is closed",
            Status::QueueFull => "the queue is full",
            Status::TooLarge => "it is larger than the 3.5 MB that the Events API takes",
            Status::UnknownEvent => "the datafile has no such event",
            _ => "the system gives no memory or randomness",
        };
        self.tally.refuse(status);
        let error = Error::new(status, format!("event {key:?} is refused: {what}"));
        self.log.write(LogLevel::Error, format_args!("{error}"));
        error
    }
}

fn check_size(body: &[u8]) -> std::result::Result<(), Status> {
    if body.len() <= SURELY_FITS {
        return Ok(());
    }
    let mut record = vec![0; HEADER_BYTES];
    record.extend_from_slice(body);
    let mut json = Vec::new();
    match event::write_event(&mut json, &record) {
        Some(()) if json.len() <= MAX_EVENT_BYTES => Ok(()),
        _ => Err(Status::TooLarge),
    }
}
