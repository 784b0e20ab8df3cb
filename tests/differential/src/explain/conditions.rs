//! Predicates about audiences: the trees, and the conditions in them.

use super::datafile::{is_beyond, is_operator, is_rounded_inside};
use super::seen::Seen;
use crate::json::Json;
use crate::make::{items, text_of};

/// May a condition decide the difference for which this holds, of the condition and the user's value? What concerns the
/// client comes from any of its calls.
fn any_condition(seen: &Seen<'_>, holds: impl Fn(&Json, Option<&Json>) -> bool) -> bool {
    let calls = seen.difference.part.call.map_or(&seen.case.calls[..], |call| &seen.case.calls[call..=call]);
    seen.is_of_decision()
        && seen.any_leaf(|leaf| {
            let value = |call: &'_ Json| {
                call.get("attrs").and_then(|attrs| attrs.get(text_of(leaf, "name"))).cloned()
            };
            calls.iter().any(|call| holds(leaf, value(call).as_ref()))
        })
}

pub fn empty_match(seen: &Seen<'_>) -> bool {
    any_condition(seen, |leaf, _| leaf.get("match").and_then(Json::as_text) == Some(""))
}

pub fn null_match(seen: &Seen<'_>) -> bool {
    any_condition(seen, |leaf, _| leaf.get("match") == Some(&Json::Null))
}

pub fn tied_type(seen: &Seen<'_>) -> bool {
    any_condition(seen, |leaf, _| {
        let is_third_party = text_of(leaf, "type") == "third_party_dimension";
        is_third_party != (text_of(leaf, "match") == "qualified")
    })
}

pub fn qualified_value(seen: &Seen<'_>) -> bool {
    any_condition(seen, |leaf, _| text_of(leaf, "match") == "qualified" && text_value(leaf).is_none())
}

fn text_value(leaf: &Json) -> Option<&str> {
    leaf.get("value").and_then(Json::as_text)
}

pub fn beyond(seen: &Seen<'_>) -> bool {
    any_condition(seen, |leaf, value| {
        value.is_some_and(is_beyond) || leaf.get("value").is_some_and(is_beyond)
    })
}

pub fn rounded(seen: &Seen<'_>) -> bool {
    any_condition(seen, |leaf, value| {
        value.is_some_and(is_rounded_inside) || leaf.get("value").is_some_and(is_rounded_inside)
    })
}

/// May a semantic version decide it for which this holds, of the target and the user's version?
fn any_version(seen: &Seen<'_>, holds: impl Fn(&str, &str) -> bool) -> bool {
    any_condition(seen, |leaf, value| {
        let target = text_value(leaf).filter(|_| text_of(leaf, "match").starts_with("semver_"));
        let user = value.and_then(Json::as_text);
        target.zip(user).is_some_and(|(target, user)| holds(target, user))
    })
}

fn has_suffix(version: &str) -> bool {
    version.contains(['-', '+'])
}

/// The parts before any suffix.
fn numbers(version: &str) -> usize {
    version.split(['-', '+']).next().unwrap_or_default().split('.').count()
}

pub fn short_version(seen: &Seen<'_>) -> bool {
    any_version(seen, |target, user| {
        has_suffix(target) && numbers(user) + usize::from(has_suffix(user)) < numbers(target) + 1
    })
}

pub fn version_number_against_text(seen: &Seen<'_>) -> bool {
    any_version(seen, |target, user| has_suffix(target) && has_suffix(user))
}

pub fn odd_version(seen: &Seen<'_>) -> bool {
    let is_odd = |version: &str| {
        let is_long = version.split(['.', '-', '+']).any(|part| part.len() > 18);
        version.is_empty()
            || version.contains(char::is_whitespace)
            || version.ends_with(['-', '+'])
            || is_long
    };
    any_version(seen, |target, user| is_odd(target) || is_odd(user))
}

fn any_list(seen: &Seen<'_>, is_wanted: fn(&[Json]) -> bool) -> bool {
    seen.is_of_decision() && seen.any_list(is_wanted)
}

pub fn list_first(seen: &Seen<'_>) -> bool {
    any_list(seen, |list| matches!(list.first(), Some(Json::List(_) | Json::Object(_))))
}

pub fn no_operator(seen: &Seen<'_>) -> bool {
    any_list(seen, |list| list.first().is_some_and(|first| !is_operator(first)))
}

pub fn no_operand(seen: &Seen<'_>) -> bool {
    any_list(seen, |list| list.len() == 1 && is_operator(&list[0]))
}

pub fn operator_in_ids(seen: &Seen<'_>) -> bool {
    seen.is_of_decision()
        && seen.rules().iter().any(|rule| items(rule, "audienceIds").first().is_some_and(is_operator))
}

pub fn and_unknown(seen: &Seen<'_>) -> bool {
    any_list(seen, |list| list.len() > 2 && list[0].as_text() == Some("and"))
}
