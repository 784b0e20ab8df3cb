//! Predicates about the Java SDK. Its last release in the registry is older than holdouts, bandits, feature rollouts and the
//! ids of 2026.

use super::datafile::is_beyond;
use super::seen::Seen;
use crate::json::Json;
use crate::make::text_of;

/// Members of events that only this SDK sends.
pub fn own_members(seen: &Seen<'_>) -> bool {
    matches!(seen.difference.place.as_str(), "event.decision.is_campaign_holdback" | "event.event.type")
}

/// Ids that are left out or empty where there is no rule or no layer, and texts where we have null.
pub fn ids_before_normalisation(seen: &Seen<'_>) -> bool {
    let theirs = seen.difference.theirs.as_ref().and_then(Json::as_text).unwrap_or_default();
    match seen.difference.place.as_str() {
        "event.decision.campaign_id" | "event.decision.experiment_id" | "event.event.entity_id" => {
            theirs.is_empty()
        }
        "event.decision.variation_id" => seen.difference.ours == Some(Json::Null),
        _ => false,
    }
}

pub fn holdout(seen: &Seen<'_>) -> bool {
    seen.is_of_decision() && !seen.holdouts().is_empty()
}

pub fn bandit(seen: &Seen<'_>) -> bool {
    let place = seen.difference.place.as_str();
    (seen.is_of_decision() || place == "result.variables")
        && seen.experiments().iter().any(|experiment| experiment.get("cmab").is_some())
}

pub fn launched(seen: &Seen<'_>) -> bool {
    seen.is_of_decision()
        && seen.experiments().iter().any(|experiment| text_of(experiment, "status") == "Launched")
}

/// A condition without `match` compares texts, and is false where the attribute is missing.
pub fn legacy_match(seen: &Seen<'_>) -> bool {
    seen.is_of_decision()
        && seen.any_leaf(|leaf| leaf.get("match").is_none_or(|matched| *matched == Json::Null))
}

pub fn beyond(seen: &Seen<'_>) -> bool {
    seen.is_of_decision()
        && seen.any_leaf(|leaf| {
            let value = seen.attribute(text_of(leaf, "name"));
            value.is_some_and(is_beyond) || leaf.get("value").is_some_and(is_beyond)
        })
}

/// Semantic versions with a suffix: builds, empty ones, several plus signs.
pub fn version_suffix(seen: &Seen<'_>) -> bool {
    seen.is_of_decision()
        && seen.any_leaf(|leaf| {
            let user = seen.attribute(text_of(leaf, "name")).and_then(Json::as_text).unwrap_or_default();
            text_of(leaf, "match").starts_with("semver_")
                && [text_of(leaf, "value"), user].iter().any(|version| version.contains(['-', '+']))
        })
}

/// Its parser takes no null for audience conditions.
pub fn null_conditions(seen: &Seen<'_>) -> bool {
    seen.is_at("client") && seen.case.datafile.to_string().contains("\"audienceConditions\":null")
}

/// Flags count in datafiles of version 4 only.
pub fn flags_of_old_version(seen: &Seen<'_>) -> bool {
    matches!(text_of(&seen.case.datafile, "version"), "2" | "3") && seen.difference.part.call.is_some()
}

/// Its parser takes no condition of segments that compares with anything but a text.
pub fn qualified_value(seen: &Seen<'_>) -> bool {
    let text = seen.case.datafile.to_string().replace('\\', "");
    let mut values = text.split("\"match\":\"qualified\",\"value\":").skip(1);
    seen.is_at("client") && values.any(|value| !value.starts_with('"'))
}

/// Where there are no tags, or none are left, an empty object is sent.
pub fn no_tags(seen: &Seen<'_>) -> bool {
    seen.difference.place == "event.event.tags"
        && seen.difference.ours.is_none()
        && seen.difference.theirs.as_ref().is_some_and(|theirs| theirs.members().is_empty())
}

/// Its parser takes no null for a switch.
pub fn null_switch(seen: &Seen<'_>) -> bool {
    let is_null = |name: &str| seen.case.datafile.get(name) == Some(&Json::Null);
    seen.is_at("client") && (is_null("sendFlagDecisions") || is_null("botFiltering"))
}
