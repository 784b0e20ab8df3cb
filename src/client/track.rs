//! Conversions: what a user did, now or at a time that the caller names. Rule: SPEC, section 6.

use std::ops::RangeInclusive;

use super::lifecycle::Client;
use crate::error::{Error, Result, Status};
use crate::event::Tags;
use crate::journal::{EventKind, Given};
use crate::user::User;

/// Times that an event may have: from 1970 to the end of the year 9999.
const TIME_MS: RangeInclusive<i64> = 0..=253_402_300_799_999;

/// Hexadecimal digits of each part of a uuid's text.
const PARTS: [usize; 5] = [8, 4, 4, 4, 12];

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
        let active = &**self.active.load();
        match active.project.event(event_key) {
            Some(event) => self.record_conversion(active, event, user, tags, given)?,
            None => return Err(self.refuse(Status::UnknownEvent, EventKind::Conversion, event_key)),
        }
        self.tell_track(user, event_key, tags);
        Ok(())
    }
}

/// What a caller says of an event, checked.
fn given(time_ms: i64, uuid: &str) -> Result<Given> {
    if !TIME_MS.contains(&time_ms) {
        let (first, last) = (TIME_MS.start(), TIME_MS.end());
        return Err(Error::argument("time_ms", &format!("is {time_ms}; {first} to {last} are taken")));
    }
    if uuid.is_empty() {
        return Ok(Given { time_ms, uuid: None });
    }
    let read = read_uuid(uuid);
    let uuid = read.ok_or_else(|| Error::argument("uuid", "is no uuid as 8-4-4-4-12 hexadecimal digits"))?;
    Ok(Given { time_ms, uuid: Some(uuid) })
}

/// The bytes of a uuid's canonical text, in either case.
fn read_uuid(text: &str) -> Option<[u8; 16]> {
    let parts = || text.split('-');
    let is_hexadecimal = |part: &str| part.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !parts().map(str::len).eq(PARTS) || !parts().all(is_hexadecimal) {
        return None;
    }
    let number = u128::from_str_radix(&text.replace('-', ""), 16).ok()?;
    Some(number.to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_is_read_in_either_case_and_nothing_else_is_one() {
        let bytes =
            [0x12, 0x3e, 0x45, 0x67, 0xe8, 0x9b, 0x42, 0xd3, 0xa4, 0x56, 0x42, 0x66, 0x14, 0x17, 0x40, 0];
        for text in ["123e4567-e89b-42d3-a456-426614174000", "123E4567-E89B-42D3-A456-426614174000"] {
            assert_eq!(read_uuid(text), Some(bytes));
        }
        for text in [
            "",
            "123e4567e89b42d3a456426614174000",
            "{123e4567-e89b-42d3-a456-426614174000}",
            "123e4567-e89b-42d3-a456-42661417400",
            "123e4567-e89b-42d3-a456-4266141740000",
            "123e4567-e89b-42d3-a4564-26614174000",
            "+23e4567-e89b-42d3-a456-426614174000",
            "123e4567-e89b-42d3-a456-42661417400g",
            "123e4567-e89b-42d3-a456-4266141740é",
        ] {
            assert_eq!(read_uuid(text), None, "{text}");
        }
    }

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
