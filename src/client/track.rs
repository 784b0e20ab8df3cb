//! Conversions: what a user did, now or at a time that the caller names. Rule: SPEC, section 6.

use std::ops::RangeInclusive;

use super::lifecycle::Client;
use crate::error::{Error, Result, Status};
use crate::event::Tags;
use crate::journal::{EventKind, Given};
use crate::json;
use crate::user::User;

/// Times that an event may have: from 1970 to the end of the year 9999.
pub(super) const TIME_MS: RangeInclusive<i64> = 0..=253_402_300_799_999;

impl Client {
    /// Counts a conversion.
    pub fn track(&self, user: &User, event_key: &str, tags: &Tags<'_>) -> Result<()> {
        self.track_given(user, event_key, tags, None)
    }

    /// Counts a conversion that happened at another time, or that has a uuid of its own; an empty uuid is made.
    pub fn track_at(
        &self,
        user: &User,
        event_key: &str,
        tags: &Tags<'_>,
        time_ms: i64,
        uuid: &str,
    ) -> Result<()> {
        self.track_given(user, event_key, tags, Some(given(time_ms, uuid)?))
    }

    fn track_given(&self, user: &User, event_key: &str, tags: &Tags<'_>, given: Option<Given>) -> Result<()> {
        if self.is_closed() {
            return Err(self.refuse(Status::Closed, EventKind::Conversion, event_key));
        }
        if !self.is_tracking() {
            return Err(self.refuse(Status::TrackingOff, EventKind::Conversion, event_key));
        }
        let active = &**self.active.load();
        let Some(event) = active.project.event(event_key) else {
            let status = if active.is_ready() { Status::UnknownEvent } else { Status::NotReady };
            return Err(self.refuse(status, EventKind::Conversion, event_key));
        };
        self.record_conversion(active, event, user, tags, given)?;
        self.tell_track(user, event_key, tags);
        Ok(())
    }
}

/// What a caller says of an event, checked.
pub(super) fn given(time_ms: i64, uuid: &str) -> Result<Given> {
    if !TIME_MS.contains(&time_ms) {
        let (first, last) = (TIME_MS.start(), TIME_MS.end());
        return Err(Error::argument("time_ms", &format!("is {time_ms}; {first} to {last} are taken")));
    }
    if uuid.is_empty() {
        return Ok(Given { time_ms, uuid: None });
    }
    let read = json::read_uuid(uuid);
    let uuid = read.ok_or_else(|| Error::argument("uuid", "is no uuid as 8-4-4-4-12 hexadecimal digits"))?;
    Ok(Given { time_ms, uuid: Some(uuid) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_from_1970_to_9999_are_taken() {
        for time_ms in [0, 253_402_300_799_999] {
            assert_eq!(given(time_ms, "").map(|given| given.time_ms), Ok(time_ms));
        }
        for time_ms in [i64::MIN, -1, 253_402_300_800_000, i64::MAX] {
            assert_eq!(
                given(time_ms, "").map_err(|error| error.place().to_owned()),
                Err("time_ms".to_owned())
            );
        }
    }
}
