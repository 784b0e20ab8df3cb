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
    let block = body.open_block();
    tags.distinct(|key, tag| {
        match key {
            "revenue" => revenue = metric(key, tag, tags::revenue, trace),
            "value" => value = metric(key, tag, tags::value, trace),
            _ => {}
        }
        if tags::is_sendable(tag) {
            body.text(key);
            body.value(tag);
        } else {
            ignored += 1;
            trace.ignored(Part::Tag, key);
        }
    });
    body.close_block(block);

    let flag = |is_set: bool, flag: u8| if is_set { flag } else { 0 };
    body.byte(
        flag(!tags.is_empty(), HAS_TAGS)
            | flag(revenue.is_some(), HAS_REVENUE)
            | flag(value.is_some(), HAS_VALUE),
    );
    if let Some(cents) = revenue {
        body.put(&cents.to_le_bytes());
    }
    if let Some(number) = value {
        body.put(&f64::to_le_bytes(number));
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
    /// Each a key and a value; none at all if the caller gave no tags.
    pub(super) tags: Option<Reader<'a>>,
}

pub(super) fn read<'a>(reader: &mut Reader<'a>) -> Option<Stored<'a>> {
    let (event_id, event_key, tags) = (reader.text()?, reader.text()?, reader.block()?);
    let flags = reader.byte()?;
    let has = |flag| flags & flag != 0;
    let revenue = if has(HAS_REVENUE) { Some(i64::from_le_bytes(reader.eight()?)) } else { None };
    let value = if has(HAS_VALUE) { Some(f64::from_le_bytes(reader.eight()?)) } else { None };
    Some(Stored { event_id, event_key, revenue, value, tags: has(HAS_TAGS).then_some(tags) })
}
