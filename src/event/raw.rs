//! The record of an event whose JSON is there already: one that was exported from a journal, or that the server has
//! refused once. It goes on the wire as it is.

use serde_json::Value as Json;

use super::record::{Body, RAW, Reader, Sort, Stamp};
use crate::error::{Error, Result};
use crate::json;

/// Numbers of the sorts in a record.
const IMPRESSION: u8 = 0;
const CONVERSION: u8 = 1;
const PLATFORM: u8 = 2;

/// Writes the body of an event from the JSON of its visitor, which holds this one event, or of an event of the Data
/// Platform; answers the stamp that the JSON says, and what sort of event it is.
pub fn raw(body: &mut Body, visitor: &str) -> Result<(Stamp, Sort)> {
    let parsed: Json = serde_json::from_str(visitor)
        .map_err(|error| Error::argument("visitor", &format!("is no JSON: {error}")))?;
    if parsed.get("identifiers").is_some() {
        return of_platform(body, &parsed, visitor);
    }
    let visitor_id = text(&parsed, "/visitor_id")?;
    let event = only(only(&parsed, "/snapshots")?, "/events")?;
    let uuid = json::read_uuid(text(event, "/uuid")?);
    let uuid = uuid.ok_or_else(|| Error::argument("uuid", "is no uuid as 8-4-4-4-12 hexadecimal digits"))?;
    let time_ms = event.get("timestamp").and_then(Json::as_i64);
    let time_ms =
        time_ms.ok_or_else(|| Error::argument("timestamp", "is no whole number of milliseconds"))?;
    let decision = parsed.pointer("/snapshots/0/decisions/0");
    let (sort, key) = match decision {
        Some(decision) => (Sort::Impression, decision.pointer("/metadata/rule_key").and_then(Json::as_str)),
        None => (Sort::Conversion, Some(text(event, "/key")?)),
    };

    write(body, visitor_id, sort, key.unwrap_or_default(), visitor);
    Ok((Stamp { uuid, time_ms }, sort))
}

fn write(body: &mut Body, visitor_id: &str, sort: Sort, key: &str, whole: &str) {
    body.byte(RAW);
    body.text(visitor_id);
    let attributes = body.open_block();
    body.close_block(attributes);
    body.byte(match sort {
        Sort::Impression => IMPRESSION,
        Sort::Conversion => CONVERSION,
        Sort::Platform => PLATFORM,
    });
    body.text(key);
    body.text(whole);
}

/// The same of an event of the Data Platform. Its JSON says no time, and the platform takes none.
fn of_platform(body: &mut Body, parsed: &Json, whole: &str) -> Result<(Stamp, Sort)> {
    let uuid = json::read_uuid(text(parsed, "/data/idempotence_id")?);
    let uuid = uuid.ok_or_else(|| Error::argument("idempotence_id", "is no uuid"))?;
    let identifiers = parsed.get("identifiers").and_then(Json::as_object);
    let of = |name: &str| identifiers.and_then(|all| all.get(name)).and_then(Json::as_str);
    let user_id = of("fs_user_id").or_else(|| of("vuid")).unwrap_or_default();
    write(body, user_id, Sort::Platform, text(parsed, "/action")?, whole);
    Ok((Stamp { uuid, time_ms: 1 }, Sort::Platform))
}

fn text<'j>(json: &'j Json, pointer: &'static str) -> Result<&'j str> {
    let found = json.pointer(pointer).and_then(Json::as_str);
    found.ok_or_else(|| Error::argument(&pointer[1..], "is no text"))
}

/// The one item of a list.
fn only<'j>(json: &'j Json, pointer: &'static str) -> Result<&'j Json> {
    match json.pointer(pointer).and_then(Json::as_array).map(Vec::as_slice) {
        Some([item]) => Ok(item),
        _ => Err(Error::argument(&pointer[1..], "is no list of one")),
    }
}

/// A raw event as its record says it, after visitor and attributes, which stand there for those who look for a
/// visitor's events.
pub(super) struct Stored<'a> {
    pub(super) sort: Sort,
    pub(super) key: &'a str,
    pub(super) visitor: &'a str,
}

pub(super) fn read<'a>(reader: &mut Reader<'a>) -> Option<Stored<'a>> {
    let sort = match reader.byte()? {
        IMPRESSION => Sort::Impression,
        CONVERSION => Sort::Conversion,
        PLATFORM => Sort::Platform,
        _ => return None,
    };
    let (key, visitor) = (reader.text()?, reader.text()?);
    // An event that says nothing would leave a hole in its batch.
    (!visitor.is_empty()).then_some(Stored { sort, key, visitor })
}
