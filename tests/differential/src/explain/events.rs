//! Predicates about events: attributes, ids, tags and metrics.

use super::datafile::{is_beyond, is_rounded_inside};
use super::seen::Seen;
use crate::json::Json;
use crate::make::{items, text_of};

const BOT_FILTERING: &str = "$opt_bot_filtering";

/// The attribute that the difference is about.
fn attribute<'a>(seen: &'a Seen<'_>) -> Option<&'a str> {
    let rest = seen.difference.place.strip_prefix("event.attributes.")?;
    Some(rest.split('[').next().unwrap_or(rest))
}

pub fn bot_filtering_absent(seen: &Seen<'_>) -> bool {
    attribute(seen) == Some(BOT_FILTERING)
        && !matches!(seen.case.datafile.get("botFiltering"), Some(Json::Bool(_)))
}

pub fn own_bot_filtering(seen: &Seen<'_>) -> bool {
    attribute(seen) == Some(BOT_FILTERING) && seen.attribute(BOT_FILTERING).is_some()
}

pub fn region(seen: &Seen<'_>) -> bool {
    seen.difference.place == "event.region"
}

fn is_campaign(seen: &Seen<'_>) -> bool {
    matches!(seen.difference.place.as_str(), "event.decision.campaign_id" | "event.event.entity_id")
}

pub fn ids_before_normalisation(seen: &Seen<'_>) -> bool {
    let theirs = seen.difference.theirs.as_ref().and_then(Json::as_text);
    if is_campaign(seen) {
        return theirs == Some("");
    }
    seen.difference.place == "event.decision.variation_id"
        && seen.difference.ours == Some(Json::Null)
        && theirs.is_some_and(|id| id.is_empty() || id.bytes().any(|byte| !byte.is_ascii_digit()))
}

pub fn ids_without_rule(seen: &Seen<'_>) -> bool {
    is_campaign(seen)
        && seen.difference.theirs == Some(Json::Null)
        && seen.difference.ours.as_ref().and_then(Json::as_text) == Some("")
}

pub fn attribute_twice(seen: &Seen<'_>) -> bool {
    let attributes = items(&seen.case.datafile, "attributes");
    seen.difference.place.ends_with(".entity_id")
        && attribute(seen)
            .is_some_and(|key| attributes.iter().filter(|one| text_of(one, "key") == key).count() > 1)
}

pub fn rounded_attribute(seen: &Seen<'_>) -> bool {
    attribute(seen).and_then(|key| seen.attribute(key)).is_some_and(is_rounded_inside)
}

pub fn key_twice(seen: &Seen<'_>) -> bool {
    let flag = Json::text(seen.difference.part.flag.as_str());
    seen.op() == "decide_for_keys"
        && seen.difference.place == "event2"
        && seen.difference.ours.is_none()
        && items(seen.call, "flags").iter().filter(|key| **key == flag).count() > 1
}

pub fn holdout_of_legacy_call(seen: &Seen<'_>) -> bool {
    let metadata = seen.difference.ours.as_ref().and_then(|ours| ours.get("decision")?.get("metadata"));
    matches!(seen.op(), "is_feature_enabled" | "get_enabled_features")
        && seen.difference.place == "event"
        && seen.difference.theirs.is_none()
        && metadata.is_some_and(|metadata| text_of(metadata, "rule_type") == "holdout")
}

/// The tags of the call, if the difference is at its tags or metrics.
fn tags<'a>(seen: &Seen<'a>) -> &'a [(String, Json)] {
    let is_of_tags = seen.is_at("event.event.tags") || seen.difference.place == "event.event";
    if is_of_tags { seen.call.get("tags").map_or(&[], Json::members) } else { &[] }
}

/// Is the difference about a tag of this name, or about the tags as a whole?
fn is_about(seen: &Seen<'_>, name: &str) -> bool {
    let rest = seen.difference.place.strip_prefix("event.event.tags").unwrap_or_default();
    rest.is_empty() || rest.strip_prefix('.') == Some(name)
}

pub fn null_tag(seen: &Seen<'_>) -> bool {
    tags(seen).iter().any(|(name, value)| *value == Json::Null && is_about(seen, name))
}

pub fn empty_tags(seen: &Seen<'_>) -> bool {
    seen.difference.place == "event.event.tags"
        && seen.call.get("tags").is_some_and(|tags| tags.members().is_empty())
}

pub fn special_tag(seen: &Seen<'_>) -> bool {
    let has_special =
        |members: &[(String, Json)]| members.iter().any(|(_, value)| value.marked("$double").is_some());
    let is_whole = seen.difference.theirs.as_ref().is_some_and(|theirs| theirs.get("unsayable").is_some())
        || seen.difference.place == "event.unsayable";
    let is_of_event = seen.is_at("event") && seen.answers_unsayable();
    if is_whole || is_of_event {
        return seen.call.get("tags").is_some_and(|tags| has_special(tags.members()));
    }
    tags(seen).iter().any(|(name, value)| value.marked("$double").is_some() && is_about(seen, name))
}

pub fn rounded_tag(seen: &Seen<'_>) -> bool {
    tags(seen).iter().any(|(name, value)| is_beyond(value) && is_about(seen, name))
}

pub fn revenue(seen: &Seen<'_>) -> bool {
    let tag = seen.call.get("tags").and_then(|tags| tags.get("revenue"));
    let is_whole = |digits: &String| digits.parse::<i64>().is_ok();
    seen.difference.place == "event.event.revenue"
        && !matches!(tag, Some(Json::Number(digits)) if is_whole(digits))
}

pub fn value(seen: &Seen<'_>) -> bool {
    let tag = seen.call.get("tags").and_then(|tags| tags.get("value"));
    seen.difference.place == "event.event.value" && matches!(tag, Some(Json::Text(_) | Json::Bool(_)))
}
