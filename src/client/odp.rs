//! The Data Platform: which segments a user qualifies for, and what it is told of a user. Rule: SPEC, section 11.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::current::Active;
use super::lifecycle::Client;
use super::record::with_body;
use crate::delivery::Drive;
use crate::error::{Error, Result, Status, shown};
use crate::event::{self, PLATFORM_KEY_HEADER, PlatformEvent};
use crate::journal::{EventKind, Identity};
use crate::json;
use crate::odp::{self, EventFault, OdpEvent, SEGMENTS_PATH, USER_ID};
use crate::platform::{LogLevel, milliseconds};
use crate::transport::{Fetch, Fetched, Method};
use crate::user::User;
use crate::value::Value;

/// Passes the cache by: neither looks into it nor saves to it.
pub const IGNORE_CACHE: u32 = 1;
/// Forgets every user's segments before.
pub const RESET_CACHE: u32 = 2;

/// Bytes of an answer: some ten thousand segments.
const MOST: usize = 4 * 1024 * 1024;

/// The type and action of an event that says which identifiers are one user.
const IDENTIFY: (&str, &str) = ("fullstack", "identified");

impl Client {
    /// Fetches the segments that a user qualifies for, and gives them to the user; without an answer he has none.
    pub fn fetch_qualified_segments(&self, user: &mut User, options: u32, timeout_ms: u32) -> Result<()> {
        user.clear_qualified_segments();
        let fetched = self.segments(user.id(), options, milliseconds(timeout_ms));
        let segments =
            fetched.inspect_err(|error| self.log.write(LogLevel::Error, format_args!("{error}")))?;
        let texts: Vec<&str> = segments.iter().map(|segment| &**segment).collect();
        user.set_qualified_segments(&texts);
        Ok(())
    }

    fn segments(&self, user_id: &str, options: u32, timeout: Duration) -> Result<Arc<[Box<str>]>> {
        if options & !(IGNORE_CACHE | RESET_CACHE) != 0 {
            return Err(Error::argument("options", "has bits that are not known"));
        }
        let active = self.active.load();
        self.platform(&active)?;
        let odp = &active.project.odp;
        if odp.segments.is_empty() {
            return Ok(Arc::new([]));
        }
        let cache = self.active.segments();
        if options & RESET_CACHE != 0 {
            cache.reset();
        }
        let uses_cache = options & IGNORE_CACHE == 0;
        let ticket = cache.ticket();
        if let Some(known) = uses_cache.then(|| cache.find(user_id, self.clock.monotonic())).flatten() {
            return Ok(known);
        }
        let fetch = Fetch {
            method: Method::Post,
            url: format!("{}{SEGMENTS_PATH}", self.active.odp_host(odp)).into(),
            headers: vec![(PLATFORM_KEY_HEADER, odp.public_key.clone())],
            body: odp::request(user_id, &odp.segments),
            most: MOST,
            is_led_away: false,
        };
        let failed = |why: String| Error::new(Status::Network, format!("segments: {why}"));
        let segments: Arc<[Box<str>]> = match self.fetch(fetch, timeout)? {
            Fetched::Failed(why) => return Err(failed(format!("the Data Platform gave no answer: {why}"))),
            Fetched::Answered(answer) => odp::answer(answer.status, &answer.body).map_err(failed)?.into(),
        };
        if uses_cache && !segments.is_empty() {
            cache.save(user_id, Arc::clone(&segments), ticket, self.clock.monotonic());
        }
        Ok(segments)
    }

    /// Makes a request on this thread; where the host makes the requests, waits for it.
    fn fetch(&self, fetch: Fetch, timeout: Duration) -> Result<Fetched> {
        let deadline = Instant::now() + timeout;
        let room = self.room();
        if let Drive::Thread(transport) | Drive::Host(transport) = self.drive() {
            return Ok(transport.fetch(&fetch, Some(deadline)));
        }
        let id = room.desk.ask(fetch);
        room.delivery.look();
        room.delivery.wait_until(deadline, || room.desk.is_answered(id));
        let answer = room.desk.take(id);
        answer
            .ok_or_else(|| Error::new(Status::Timeout, "segments: the host has not made the request in time"))
    }

    /// Records an event for the Data Platform.
    pub fn send_odp_event(&self, event: &OdpEvent<'_>) -> Result<()> {
        let refuse = |error: Error| {
            self.log.write(LogLevel::Error, format_args!("{error}"));
            error
        };
        if self.is_closed() {
            return Err(self.refuse(Status::Closed, EventKind::Platform, event.action));
        }
        let active = self.active.load();
        let identity = self.platform(&active).map_err(refuse)?;
        odp::check(event).map_err(|fault| refuse(fault_error(fault)))?;
        if !self.is_tracking() {
            return Err(self.refuse(Status::TrackingOff, EventKind::Platform, event.action));
        }
        let mut data = Vec::new();
        let (name, version) = self.active.client_name();
        let has_id = event.write_data(&mut data, name, version);
        let data = String::from_utf8(data).unwrap_or_default();
        let head = json::to_string(|out| event.write_head(out));
        with_body(|body| {
            let (user_id, action) = (event.user_id(), event.action);
            event::platform(body, PlatformEvent { user_id, action, head: &head, data: &data, has_id });
            self.accept_platform(identity, action, body)
        })
    }

    /// Tells the Data Platform that a user id and a vuid are one user; with one of them alone there is nothing to tell.
    pub fn identify(&self, user_id: &str, vuid: &str) -> Result<()> {
        if user_id.is_empty() || vuid.is_empty() {
            let message = format_args!("identify: there are fewer than two identifiers, so nothing is sent");
            self.log.write(LogLevel::Debug, message);
            return Ok(());
        }
        let (kind, action) = IDENTIFY;
        let identifiers = [(USER_ID, user_id), ("vuid", vuid)];
        let data: [(&str, Value<'_>); 0] = [];
        self.send_odp_event(&OdpEvent { kind, action, identifiers: &identifiers, data: &data })
    }

    /// Where events for the Data Platform go, if there is one.
    fn platform<'a>(&self, active: &'a Active) -> Result<&'a Arc<Identity>> {
        self.need_datafile(active)?;
        if self.active.is_odp_disabled() {
            return Err(Error::new(
                Status::NotSupported,
                "the Data Platform is disabled by the option odp_disabled",
            ));
        }
        active.platform.as_ref().ok_or_else(|| {
            let what = "the datafile has no Data Platform (key or host missing)";
            Error::new(Status::NotSupported, what)
        })
    }
}

fn fault_error(fault: EventFault<'_>) -> Error {
    match fault {
        EventFault::NoIdentifiers => Error::argument("identifiers", "has none"),
        EventFault::NoAction => Error::argument("action", "is empty"),
        EventFault::BadValue(key) => {
            let what = format!("data: the value of {} is no number that can be sent", shown(key));
            Error::new(Status::InvalidArgument, what).at("data")
        }
    }
}

#[cfg(test)]
mod tests;
