//! What the Events API demands of a batch: every field's presence, type and content.

use crate::json::Json;
use crate::shape::{Checked, Malformed, Node};

const BATCH: &[&str] = &[
    "account_id",
    "project_id",
    "revision",
    "client_name",
    "client_version",
    "anonymize_ip",
    "enrich_decisions",
    "region",
    "visitors",
];
const VISITOR: &[&str] = &["visitor_id", "session_id", "attributes", "snapshots"];
const ATTRIBUTE: &[&str] = &["entity_id", "key", "type", "value"];
const SNAPSHOT: &[&str] = &["decisions", "events"];
const DECISION: &[&str] =
    &["campaign_id", "experiment_id", "variation_id", "is_campaign_holdback", "metadata"];
const METADATA: &[&str] = &["flag_key", "rule_key", "rule_type", "variation_key", "enabled", "cmab_uuid"];
const EVENT: &[&str] =
    &["entity_id", "key", "timestamp", "uuid", "revenue", "value", "tags", "type", "quantity", "properties"];
const RULE_TYPES: &[&str] = &["experiment", "feature-test", "rollout", "holdout"];

/// The key of every impression.
const IMPRESSION: &str = "campaign_activated";
/// The end of the year 9999. Seconds, microseconds and nanoseconds taken for milliseconds mostly fall outside.
const LAST_TIMESTAMP: i64 = 253_402_300_799_999;

/// Checks a whole batch; the first thing wrong is told with its path.
pub fn batch(document: &Json) -> Result<(), Malformed> {
    let batch = Node::root(document);
    batch.object(BATCH)?;
    batch.member("account_id").text_that("a non-empty string", |id| !id.is_empty())?;
    for field in ["project_id", "revision", "client_name", "client_version"] {
        batch.member(field).text()?;
    }
    batch.member("anonymize_ip").boolean()?;
    batch.member("enrich_decisions").boolean()?;
    if let Some(region) = batch.optional("region") {
        region.text()?;
    }
    batch.member("visitors").items(1, visitor)
}

fn visitor(visitor: &Node) -> Checked<()> {
    visitor.object(VISITOR)?;
    // Empty ids pass: the library sends them, with a warning to its host.
    visitor.member("visitor_id").text()?;
    if let Some(session) = visitor.optional("session_id") {
        session.text()?;
    }
    visitor.member("attributes").items(0, attribute)?;
    visitor.member("snapshots").items(1, snapshot)
}

fn attribute(attribute: &Node) -> Checked<()> {
    attribute.object(ATTRIBUTE)?;
    attribute.member("entity_id").text()?;
    attribute.member("key").text()?;
    attribute.member("type").text_that("\"custom\"", |kind| kind == "custom")?;
    attribute.member("value").scalar()
}

/// Without decisions a snapshot holds conversions; with one, the impressions of that decision.
fn snapshot(snapshot: &Node) -> Checked<()> {
    snapshot.object(SNAPSHOT)?;
    let events = snapshot.member("events");
    let Some(decisions) = snapshot.optional("decisions") else {
        return events.items(1, conversion);
    };
    decisions.items(1, decision)?;
    let [only] = decisions.list() else {
        return Err(decisions.expected("exactly one decision, or no such field"));
    };
    let campaign = only.get("campaign_id").and_then(Json::as_str).unwrap_or_default();
    events.items(1, |event| impression(event, campaign))
}

fn decision(decision: &Node) -> Checked<()> {
    decision.object(DECISION)?;
    // Empty ids pass: an impression without a rule has none.
    decision.member("campaign_id").text()?;
    decision.member("experiment_id").text()?;
    let variation = decision.member("variation_id");
    if !variation.is_null() {
        variation.text_that("a string of digits or null", |id| {
            !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit())
        })?;
    }
    if let Some(holdback) = decision.optional("is_campaign_holdback") {
        holdback.boolean()?;
    }
    metadata(&decision.member("metadata"))
}

fn metadata(metadata: &Node) -> Checked<()> {
    metadata.object(METADATA)?;
    metadata.member("flag_key").text()?;
    metadata.member("rule_key").text()?;
    metadata
        .member("rule_type")
        .text_that("one of experiment, feature-test, rollout, holdout", |kind| RULE_TYPES.contains(&kind))?;
    metadata.member("variation_key").text()?;
    metadata.member("enabled").boolean()?;
    if let Some(cmab) = metadata.optional("cmab_uuid") {
        cmab.text()?;
    }
    Ok(())
}

fn impression(event: &Node, campaign: &str) -> Checked<()> {
    event_of_either_kind(event)?;
    event.member("key").text_that("\"campaign_activated\" beside a decision", |key| key == IMPRESSION)?;
    event.member("entity_id").text_that("the campaign_id of the decision", |id| id == campaign)?;
    for field in ["revenue", "value", "tags"] {
        if let Some(metric) = event.optional(field) {
            return Err(metric.expected("no such field on an impression"));
        }
    }
    Ok(())
}

fn conversion(event: &Node) -> Checked<()> {
    event_of_either_kind(event)?;
    if let Some(revenue) = event.optional("revenue") {
        revenue.integer("an integer of 64 bits", ..)?;
    }
    if let Some(value) = event.optional("value") {
        value.number()?;
    }
    event.optional("tags").map_or(Ok(()), |tags| tags.each_member(tag))
}

fn tag(tag: &Node) -> Checked<()> {
    tag.scalar()
}

fn event_of_either_kind(event: &Node) -> Checked<()> {
    event.object(EVENT)?;
    event.member("entity_id").text()?;
    event.member("key").text()?;
    event.member("timestamp").integer("milliseconds since 1970 as an integer", 1..=LAST_TIMESTAMP)?;
    event.member("uuid").text_that("a UUID v4, lower-case and hyphenated", is_uuid_v4)?;
    if let Some(kind) = event.optional("type") {
        kind.text()?;
    }
    if let Some(quantity) = event.optional("quantity") {
        quantity.integer("an integer of 64 bits", ..)?;
    }
    event.optional("properties").map_or(Ok(()), |properties| properties.each_member(|_| Ok(())))
}

fn is_uuid_v4(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            14 => byte == b'4',
            19 => matches!(byte, b'8' | b'9' | b'a' | b'b'),
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        })
}
