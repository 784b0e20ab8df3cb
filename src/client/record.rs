//! Events from a call into the journal: the moment of acceptance.

use std::cell::Cell;
use std::io;
use std::sync::Arc;

use super::current::Active;
use super::lifecycle::Client;
use super::trace::LogTrace;
use crate::error::{Error, Result, Status, shown};
use crate::event::{self, Asked, Body, MAX_EVENT_BYTES, Stamp, Tags};
use crate::journal::{self, EventKind, Given, Identity, Refusal};
use crate::platform::{LogFields, LogLevel};
use crate::user::User;
use crate::{datafile, decision};

/// What takes no more than this before it is written can't exceed the Events API's limit: JSON makes a byte six at
/// most, and the names of the fields are few.
const SURELY_FITS: usize = MAX_EVENT_BYTES / 16;

/// Buffers up to this size are kept for the thread's next event.
const MAX_KEPT: usize = 16 * 1024;

thread_local! {
    static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Lends a body in the thread's own buffer. A call from inside (a log callback that tracks) finds the buffer gone and
/// makes its own, and so does a call while the thread ends.
pub(super) fn with_body<T>(write: impl FnOnce(&mut Body) -> T) -> T {
    let mut body = Body::reusing(BUFFER.try_with(Cell::take).unwrap_or_default(), journal::ROOM);
    let result = write(&mut body);
    let buffer = body.into_buffer();
    if buffer.capacity() <= MAX_KEPT {
        let _ = BUFFER.try_with(|kept| kept.set(buffer));
    }
    result
}

/// What is recorded, beside the body.
#[derive(Clone, Copy)]
struct What<'w> {
    kind: EventKind,
    /// For the log.
    key: &'w str,
    given: Option<Given>,
}

impl Client {
    pub(super) fn record_conversion(
        &self,
        active: &Active,
        event: &datafile::Event,
        user: &User,
        tags: &Tags<'_>,
        given: Option<Given>,
    ) -> Result<()> {
        if tags.text_bytes() > MAX_EVENT_BYTES {
            return Err(self.refuse(Status::TooLarge, EventKind::Conversion, &event.key));
        }
        with_body(|body| {
            let trace = &mut LogTrace(&self.log);
            let ignored = event::conversion(body, &active.project, event, user, tags, trace);
            let what = What { kind: EventKind::Conversion, key: &event.key, given };
            self.accept(active, what, user, body, ignored)
        })
    }

    pub(super) fn record_impression(
        &self,
        active: &Active,
        decision: &decision::Decision<'_>,
        asked: Asked<'_>,
        user: &User,
    ) -> Result<()> {
        with_body(|body| {
            let trace = &mut LogTrace(&self.log);
            let ignored = event::impression(body, &active.project, decision, asked, user, trace);
            let key = decision.rule.map_or(asked.flag_key, |rule| &rule.key);
            let what = What { kind: EventKind::Impression, key, given: None };
            self.accept(active, what, user, body, ignored)
        })
    }

    /// Records an event of the Data Platform.
    pub(super) fn accept_platform(
        &self,
        identity: &Arc<Identity>,
        action: &str,
        body: &mut Body,
    ) -> Result<()> {
        self.append(identity, What { kind: EventKind::Platform, key: action, given: None }, body, 0)
    }

    fn accept(
        &self,
        active: &Active,
        what: What<'_>,
        user: &User,
        body: &mut Body,
        ignored: u32,
    ) -> Result<()> {
        let key = what.key;
        if user.id().is_empty() {
            let what = "has an empty user id; the Events API needs one";
            self.log.write(LogLevel::Warning, format_args!("an event for {} {what}", shown(key)));
        }
        self.append(&active.identity, what, body, ignored)
    }

    fn append(&self, identity: &Arc<Identity>, what: What<'_>, body: &mut Body, ignored: u32) -> Result<()> {
        let What { kind, key, given } = what;
        let is_whole = body.is_whole();
        // Only now: a callback above may have forked, and then this is the child.
        let room = self.room();
        let sized = if is_whole { check_size(identity, body.bytes()) } else { Err(Status::OutOfMemory) };
        let appended = sized.map_err(Refused::Status).and_then(|()| {
            let event = journal::Event::new(identity, kind, given, body.buffer());
            room.journal.append(event).map_err(Refused::from)
        });
        match appended {
            Ok(appended) => {
                room.tally.ignore(ignored);
                room.delivery.appended(appended);
                if self.log.passes(LogLevel::Debug) {
                    self.log.write(LogLevel::Debug, format_args!("accepted: {kind:?} for {key:?}"));
                }
                Ok(())
            }
            Err(refused) => Err(self.refuse(refused, kind, key)),
        }
    }

    /// Counts, logs and words a refusal.
    pub(super) fn refuse(&self, refused: impl Into<Refused>, kind: EventKind, key: &str) -> Error {
        let refused = refused.into();
        let status = refused.status();
        let disk;
        let what = match (status, refused) {
            (Status::Closed, _) => "the client is closed",
            (Status::QueueFull, _) => "the queue is full",
            (Status::TooLarge, _) => "it is larger than the 3.5 MB that the Events API takes",
            (Status::UnknownEvent, _) => "the datafile has no such event",
            (Status::NotReady, _) => "there is no datafile yet",
            (Status::TrackingOff, _) => "tracking is off",
            (_, Refused::Disk(number)) => {
                disk = self.disk_text(&io::Error::from_raw_os_error(number));
                &disk
            }
            _ => "the system gives no memory or randomness",
        };
        self.room().tally.refuse(status);
        let of = match kind {
            EventKind::Conversion => "event",
            EventKind::Impression => "the impression of",
            EventKind::Platform => "the Data Platform's event",
        };
        let error = Error::new(status, format!("{of} {} is refused: {what}", shown(key)));
        let error = if status == Status::UnknownEvent { error.at("event_key") } else { error };
        // What the host wishes is no fault.
        let level = if status == Status::TrackingOff { LogLevel::Debug } else { LogLevel::Error };
        let event_key = (kind != EventKind::Impression).then_some(key);
        let fields = LogFields { event_key, status: Some(status), ..LogFields::default() };
        self.log.write_with(level, fields, format_args!("{error}"));
        error
    }

    /// Which disk fails, and how.
    pub(super) fn disk_text(&self, error: &io::Error) -> String {
        let directory = self.room().journal.directory().map(|path| path.to_string_lossy().into_owned());
        let directory = shown(directory.as_deref().unwrap_or_default());
        format!("the disk of {directory} fails: {error}")
    }
}

/// Why an event is refused.
#[derive(Clone, Copy, Debug)]
pub(super) enum Refused {
    /// For what its status says.
    Status(Status),
    /// The disk fails, with that error of the system.
    Disk(i32),
}

impl Refused {
    fn status(self) -> Status {
        match self {
            Self::Status(status) => status,
            Self::Disk(_) => Status::Disk,
        }
    }
}

impl From<Status> for Refused {
    fn from(status: Status) -> Self {
        Self::Status(status)
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Closed => Self::Status(Status::Closed),
            Refusal::Full => Self::Status(Status::QueueFull),
            Refusal::NoMemory | Refusal::NoRandomness => Self::Status(Status::OutOfMemory),
            Refusal::Disk(number) => Self::Disk(number),
        }
    }
}

/// Does the event fit a request of its own, opening and closing included?
pub(super) fn check_size(identity: &Identity, body: &[u8]) -> std::result::Result<(), Status> {
    if identity.opening.len() + body.len() <= SURELY_FITS {
        return Ok(());
    }
    if body.len() > MAX_EVENT_BYTES {
        return Err(Status::TooLarge);
    }
    // Every uuid takes the same room, and no time takes more than the last one.
    let stamp = Stamp { uuid: [0; 16], time_ms: i64::MAX };
    // A vector that grew by itself would end the process where it can't.
    let mut json = Vec::new();
    if json.try_reserve(identity.opening.len() + event::most_bytes(body)).is_err() {
        return Err(Status::OutOfMemory);
    }
    json.extend_from_slice(&identity.opening);
    let is_written = event::write_event(&mut json, stamp, body).is_some();
    if is_written && json.len() + event::closing(&identity.opening).len() <= MAX_EVENT_BYTES {
        Ok(())
    } else {
        Err(Status::TooLarge)
    }
}
