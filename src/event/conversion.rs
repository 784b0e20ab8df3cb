//! A conversion's record. Rule: SPEC, section 6.

use super::record::{Body, CONVERSION, Reader};
use super::{Part, Tags, Trace, attributes, tags};
use crate::datafile::{Event, Project};
use crate::user::User;
use crate::value::Value;

/// Flags of what a conversion has besides its event.
const HAS_TAGS: u8 = 1;
const HAS_REVENUE: u8 = 2;
const HAS_VALUE: u8 = 4;

/// Writes the body of a conversion; answers how many attributes and tags were left out.
pub fn conversion(
    body: &mut Body,
    project: &Project,
    event: &Event,
    user: &User,
    tags: &Tags<'_>,
    trace: &mut impl Trace,
) -> u32 {
    body.byte(CONVERSION);
    body.text(user.id());
    let mut ignored = attributes::write(body, project, user, trace);
    body.text(&event.id);
    body.text(&event.key);

    let (mut revenue, mut value) = (None, None);
    let (mut kept, mut dropped) = (0, 0);
    tags.distinct(|key, tag| {
        match key {
            "revenue" => revenue = metric(key, tag, tags::revenue, trace),
            "value" => value = metric(key, tag, |tag| tag.as_metric(), trace),
            _ => {}
        }
        if tags::is_sendable(tag) {
            kept += 1;
        } else {
            dropped += 1;
            trace.ignored(Part::Tag, key);
        }
    });
    ignored += dropped;

    let mut flags = 0;
    for (flag, is_set) in
        [(HAS_TAGS, !tags.is_empty()), (HAS_REVENUE, revenue.is_some()), (HAS_VALUE, value.is_some())]
    {
        flags |= if is_set { flag } else { 0 };
    }
    body.byte(flags);
    if let Some(cents) = revenue {
        body.put(&cents.to_le_bytes());
    }
    if let Some(number) = value {
        body.put(&f64::to_le_bytes(number));
    }
    if !tags.is_empty() {
        body.length(kept);
        tags.distinct(|key, tag| {
            if tags::is_sendable(tag) {
                body.text(key);
                body.value(tag);
            }
        });
    }
    ignored
}

fn metric<T>(
    key: &str,
    tag: Value<'_>,
    read: fn(Value<'_>) -> Option<T>,
    trace: &mut impl Trace,
) -> Option<T> {
    let metric = read(tag);
    if metric.is_none() && tag != Value::Null {
        trace.metric_refused(key);
    }
    metric
}

/// A conversion as its record says it, after visitor and attributes.
pub(super) struct Stored<'a> {
    pub(super) event_id: &'a str,
    pub(super) event_key: &'a str,
    pub(super) revenue: Option<i64>,
    pub(super) value: Option<f64>,
    /// Count of the tags, which are the rest of the record; none if the caller gave none.
    pub(super) tag_count: Option<usize>,
}

pub(super) fn read<'a>(reader: &mut Reader<'a>) -> Option<Stored<'a>> {
    let (event_id, event_key) = (reader.text()?, reader.text()?);
    let flags = reader.byte()?;
    let has = |flag| flags & flag != 0;
    let revenue = if has(HAS_REVENUE) { Some(i64::from_le_bytes(reader.eight()?)) } else { None };
    let value = if has(HAS_VALUE) { Some(f64::from_le_bytes(reader.eight()?)) } else { None };
    let tag_count = if has(HAS_TAGS) { Some(reader.length()?) } else { None };
    Some(Stored { event_id, event_key, revenue, value, tag_count })
}
