//! A client that its host drives: without a thread, and where it likes without a connection of the library's.

use std::io;
use std::time::Duration;

use super::built_in::USER_AGENT;
use super::lifecycle::Client;
use super::room::Room;
use super::track::TIME_MS;
use crate::error::{Error, Result, Status};
use crate::platform::milliseconds;
use crate::transport::{Answer, Fetched, retry_after};

pub use crate::delivery::PulledRequest;

/// Headers of every request that the host makes.
pub const REQUEST_HEADERS: [(&str, &str); 3] =
    [("Content-Type", "application/json"), ("Accept", "application/json"), ("User-Agent", USER_AGENT)];

/// Bytes of the host's reason that are kept for the log.
const SHOWN: usize = 4096;

fn header<'h>(headers: &[(&str, &'h str)], wanted: &str) -> Option<&'h str> {
    headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| *value)
}

impl Client {
    /// Does what is due until the budget is used up; answers in how many milliseconds to call again, `None` if not before
    /// an event comes.
    pub fn pump(&self, budget_ms: u32) -> Result<Option<u64>> {
        let room = self.driven_room()?;
        if room.delivery.is_stopped() {
            return Err(Error::closed());
        }
        let next = room.delivery.pump(milliseconds(budget_ms));
        // Rounded up, lest the host comes early and finds nothing.
        let next_ms = next.map(|next| next.as_nanos().div_ceil(1_000_000));
        Ok(next_ms.map(|ms| u64::try_from(ms).unwrap_or(u64::MAX)))
    }

    /// A descriptor that is readable when `pump` is to be called.
    pub fn wake_descriptor(&self) -> Result<i32> {
        self.driven_room()?.delivery.wake_descriptor().map_err(|error| {
            let status = match error.kind() {
                io::ErrorKind::Unsupported => Status::NotSupported,
                _ => Status::OutOfMemory,
            };
            Error::new(status, format!("the system gives no descriptor: {error}"))
        })
    }

    /// The next request for the host to make.
    pub fn next_request(&self, timeout_ms: u32) -> Result<PulledRequest> {
        let room = self.pulled_room()?;
        let timeout = milliseconds(timeout_ms);
        room.delivery.next_request(timeout).ok_or_else(|| {
            if room.delivery.is_stopped() {
                return Error::closed();
            }
            Error::new(Status::Timeout, "no request is due")
        })
    }

    /// Takes in what came of a request. Status 0: no answer came, and the body says why.
    pub fn complete(&self, id: u64, status: u32, headers: &[(&str, &str)], body: &[u8]) -> Result<()> {
        let room = self.pulled_room()?;
        let fetched = match status {
            0 => Fetched::Failed(String::from_utf8_lossy(&body[..body.len().min(SHOWN)]).into_owned()),
            100..=999 => {
                let header = |name| header(headers, name).map(Box::from);
                Fetched::Answered(Answer {
                    status: status as u16,
                    retry_after: self.retry_after(headers),
                    etag: header("etag"),
                    last_modified: header("last-modified"),
                    location: header("location"),
                    body: body.to_vec(),
                })
            }
            _ => {
                let what = format!("is {status}; 0 and 100 to 999 are taken");
                return Err(Error::argument("http_status", &what));
            }
        };
        if room.delivery.complete(id, fetched) {
            return Ok(());
        }
        let what = format!("there is no request {id}, or it is settled already");
        Err(Error::new(Status::NotFound, what).at("request_id"))
    }

    fn retry_after(&self, headers: &[(&str, &str)]) -> Option<Duration> {
        const NANOSECONDS: i64 = 1_000_000_000;
        let now = self.clock.wall_ns().div_euclid(NANOSECONDS);
        retry_after::parse(header(headers, "retry-after")?, header(headers, "date"), now)
    }

    /// Sets the manual clock.
    pub fn set_clock(&self, wall_ms: i64, monotonic_ms: u64) -> Result<()> {
        let Some(clock) = &self.manual_clock else {
            return Err(Error::argument(
                "client",
                "goes by the system's clock; the option manual_clock changes that",
            ));
        };
        if !TIME_MS.contains(&wall_ms) {
            let (first, last) = (TIME_MS.start(), TIME_MS.end());
            return Err(Error::argument("wall_ms", &format!("is {wall_ms}; {first} to {last} are taken")));
        }
        if !clock.set(wall_ms, monotonic_ms) {
            return Err(Error::argument("monotonic_ms", "goes back"));
        }
        self.room().delivery.nudge();
        Ok(())
    }

    fn driven_room(&self) -> Result<&Room> {
        let room = self.room();
        if room.delivery.is_host_driven() {
            return Ok(room);
        }
        Err(Error::argument("client", "has a thread of its own; the option host_driven makes one without"))
    }

    fn pulled_room(&self) -> Result<&Room> {
        let room = self.room();
        if room.delivery.is_pulled() {
            return Ok(room);
        }
        Err(Error::argument("client", "makes its requests itself; the option pulled_transport changes that"))
    }
}
