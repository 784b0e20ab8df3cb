//! An event as the Events API takes it, one visitor, or as the Data Platform does. Rule: SPEC, sections 7.3 and 7.4.

use super::conversion;
use super::impression;
use super::platform;
use super::raw;
use super::record::{CONVERSION, IMPRESSION, PLATFORM, RAW, Reader, Stamp};
use crate::event::attributes;
use crate::json;

const IMPRESSION_KEY: &str = "campaign_activated";

/// Bytes of an event's JSON, and of an attribute's in it, beside what the record says.
const MOST_AROUND: usize = 1024;
const MOST_AROUND_ATTRIBUTE: usize = 64;

/// Writes a stamped body as one visitor. `None`, with `out` as it was, if the bytes are no body.
#[must_use]
pub fn event(out: &mut Vec<u8>, stamp: Stamp, body: &[u8]) -> Option<()> {
    let start = out.len();
    let written = visitor(out, stamp, body);
    if written.is_none() {
        out.truncate(start);
    }
    written
}

/// Bytes that the JSON of a body takes at most, for who must have the room before it is written.
#[must_use]
pub fn most_bytes(body: &[u8]) -> usize {
    let mut reader = Reader(body);
    let is_impression = reader.byte() == Some(IMPRESSION);
    let attributes = reader.text().and_then(|_| reader.block());
    let attributes =
        attributes.map_or(0, |mut block| std::iter::from_fn(|| attributes::next(&mut block)).count());
    // JSON makes a byte six at most. An impression says an id twice.
    let repeated = if is_impression { reader.0.len() } else { 0 };
    6 * (body.len() + repeated) + MOST_AROUND_ATTRIBUTE * attributes + MOST_AROUND
}

fn visitor(out: &mut Vec<u8>, stamp: Stamp, body: &[u8]) -> Option<()> {
    let mut reader = Reader(body);
    let kind = reader.byte()?;
    let (visitor_id, attributes) = (reader.text()?, reader.block()?);
    if kind == RAW {
        out.extend_from_slice(raw::read(&mut reader)?.visitor.as_bytes());
        return reader.0.is_empty().then_some(());
    }
    if kind == PLATFORM {
        platform::write(out, stamp, &platform::read(&mut reader)?);
        return reader.0.is_empty().then_some(());
    }
    out.extend_from_slice(b"{\"visitor_id\":");
    json::text(out, visitor_id);
    out.extend_from_slice(b",\"attributes\":[");
    write_attributes(out, attributes)?;
    out.extend_from_slice(b"],\"snapshots\":[{");
    match kind {
        CONVERSION => write_conversion(out, stamp, &mut reader)?,
        IMPRESSION => write_impression(out, stamp, &impression::read(&mut reader)?),
        _ => return None,
    }
    out.extend_from_slice(b"]}]}");
    reader.0.is_empty().then_some(())
}

fn write_attributes(out: &mut Vec<u8>, mut block: Reader<'_>) -> Option<()> {
    let mut separator: &[u8] = b"";
    while !block.0.is_empty() {
        let (entity_id, key, value) = attributes::next(&mut block)?;
        out.extend_from_slice(separator);
        out.extend_from_slice(b"{\"entity_id\":");
        json::text(out, entity_id);
        out.extend_from_slice(b",\"key\":");
        json::text(out, key);
        out.extend_from_slice(b",\"type\":\"custom\",\"value\":");
        json::value(out, value);
        out.push(b'}');
        separator = b",";
    }
    Some(())
}

fn write_conversion(out: &mut Vec<u8>, stamp: Stamp, reader: &mut Reader<'_>) -> Option<()> {
    let conversion = conversion::read(reader)?;
    out.extend_from_slice(b"\"events\":[{");
    write_stamp(out, conversion.event_id, conversion.event_key, stamp);
    if let Some(cents) = conversion.revenue {
        out.extend_from_slice(b",\"revenue\":");
        json::integer(out, cents);
    }
    if let Some(number) = conversion.value {
        out.extend_from_slice(b",\"value\":");
        json::double(out, number);
    }
    if let Some(mut tags) = conversion.tags {
        out.extend_from_slice(b",\"tags\":{");
        let mut separator: &[u8] = b"";
        while !tags.0.is_empty() {
            out.extend_from_slice(separator);
            json::text(out, tags.text()?);
            out.push(b':');
            json::value(out, tags.value()?);
            separator = b",";
        }
        out.push(b'}');
    }
    out.push(b'}');
    Some(())
}

fn write_impression(out: &mut Vec<u8>, stamp: Stamp, impression: &impression::Stored<'_>) {
    out.extend_from_slice(b"\"decisions\":[{\"campaign_id\":");
    json::text(out, impression.campaign_id);
    out.extend_from_slice(b",\"experiment_id\":");
    json::text(out, impression.experiment_id);
    out.extend_from_slice(b",\"variation_id\":");
    match impression.variation_id {
        Some(id) => json::text(out, id),
        None => out.extend_from_slice(b"null"),
    }
    out.extend_from_slice(b",\"metadata\":{\"flag_key\":");
    json::text(out, impression.flag_key);
    out.extend_from_slice(b",\"rule_key\":");
    json::text(out, impression.rule_key);
    out.extend_from_slice(b",\"rule_type\":");
    json::text(out, impression.source.rule_type());
    out.extend_from_slice(b",\"variation_key\":");
    json::text(out, impression.variation_key);
    out.extend_from_slice(b",\"enabled\":");
    json::boolean(out, impression.is_enabled);
    if let Some(uuid) = impression.cmab_uuid {
        out.extend_from_slice(b",\"cmab_uuid\":");
        json::text(out, uuid);
    }
    out.extend_from_slice(b"}}],\"events\":[{");
    write_stamp(out, impression.campaign_id, IMPRESSION_KEY, stamp);
    out.push(b'}');
}

fn write_stamp(out: &mut Vec<u8>, entity_id: &str, key: &str, stamp: Stamp) {
    out.extend_from_slice(b"\"entity_id\":");
    json::text(out, entity_id);
    out.extend_from_slice(b",\"key\":");
    json::text(out, key);
    out.extend_from_slice(b",\"timestamp\":");
    json::integer(out, stamp.time_ms);
    out.extend_from_slice(b",\"uuid\":\"");
    json::uuid(out, stamp.uuid);
    out.push(b'"');
}
