//! The record of an event of the Data Platform, which goes to another server than impressions and conversions, in
//! batches of another shape. Rule: SPEC, section 11.3.

use super::record::{Body, PLATFORM, Reader, Stamp};
use crate::json;

/// Most events in one of its batches.
pub const PLATFORM_BATCH: u64 = 10;

/// The JSON that begins one of its batches: a list of events and nothing else.
pub const PLATFORM_OPENING: &[u8] = b"[";

/// The header of the public key that its batches and questions go with.
pub const PLATFORM_KEY_HEADER: &str = "x-api-key";

/// An event of the platform, written but for its stamp.
#[derive(Clone, Copy)]
pub struct PlatformEvent<'a> {
    /// Whose it is.
    pub user_id: &'a str,
    /// What a log line calls it.
    pub action: &'a str,
    /// Its members before the data, in JSON.
    pub head: &'a str,
    /// The members of its data, in JSON.
    pub data: &'a str,
    /// The data has an `idempotence_id`, so that the uuid of the record need not serve as one.
    pub has_id: bool,
}

/// Writes the body of an event.
pub fn platform(body: &mut Body, event: PlatformEvent<'_>) {
    body.byte(PLATFORM);
    body.text(event.user_id);
    let attributes = body.open_block();
    body.close_block(attributes);
    body.text(event.action);
    body.text(event.head);
    body.text(event.data);
    body.byte(u8::from(event.has_id));
}

/// What a record says of an event, behind the user and the attributes.
pub(super) struct Stored<'a> {
    pub(super) action: &'a str,
    head: &'a str,
    data: &'a str,
    has_id: bool,
}

pub(super) fn read<'a>(reader: &mut Reader<'a>) -> Option<Stored<'a>> {
    let (action, head, data) = (reader.text()?, reader.text()?, reader.text()?);
    Some(Stored { action, head, data, has_id: reader.byte()? == 1 })
}

/// Writes an event as the platform takes it.
pub(super) fn write(out: &mut Vec<u8>, stamp: Stamp, event: &Stored<'_>) {
    out.push(b'{');
    out.extend_from_slice(event.head.as_bytes());
    out.extend_from_slice(b",\"data\":{");
    if !event.has_id {
        out.extend_from_slice(b"\"idempotence_id\":\"");
        json::uuid(out, stamp.uuid);
        out.extend_from_slice(if event.data.is_empty() { b"\"" } else { b"\"," });
    }
    out.extend_from_slice(event.data.as_bytes());
    out.extend_from_slice(b"}}");
}
