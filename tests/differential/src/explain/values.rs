//! Predicates about variables and the texts of their values.

use super::seen::Seen;
use crate::json::Json;
use crate::make::{is_true, items, text_of};

/// The texts that a variable may have, by its key and type.
struct Variable<'a> {
    key: &'a str,
    kind: &'a str,
    texts: Vec<&'a str>,
}

/// The variables of the flag that the difference is about.
fn variables<'a>(seen: &Seen<'a>) -> Vec<Variable<'a>> {
    let rules = seen.rules();
    let flags = seen.flags();
    let list = flags.iter().flat_map(|flag| items(flag, "variables"));
    list.map(|variable| {
        let is_json = text_of(variable, "subType") == "json";
        let mut texts = vec![text_of(variable, "defaultValue")];
        let variations = rules.iter().flat_map(|rule| items(rule, "variations"));
        let values = variations.flat_map(|variation| items(variation, "variables"));
        texts.extend(
            values.filter(|value| value.get("id") == variable.get("id")).map(|value| text_of(value, "value")),
        );
        Variable {
            key: text_of(variable, "key"),
            kind: if is_json { "json" } else { text_of(variable, "type") },
            texts,
        }
    })
    .collect()
}

/// Is the difference about this variable, or about all?
fn is_about(seen: &Seen<'_>, variable: &Variable<'_>) -> bool {
    let place = seen.difference.place.as_str();
    match seen.op() {
        "variable" => seen.is_at("result") && text_of(seen.call, "variable") == variable.key,
        "all_variables" => place == "result" || seen.is_at(&format!("result.{}", variable.key)),
        _ => place == "result.reported" || seen.is_at(&format!("result.variables.{}", variable.key)),
    }
}

/// Is the difference about a variable of this type with such a text?
fn any_text(seen: &Seen<'_>, kind: &str, is_wanted: fn(&str) -> bool) -> bool {
    variables(seen).iter().any(|variable| {
        variable.kind == kind && is_about(seen, variable) && variable.texts.iter().any(|text| is_wanted(text))
    })
}

fn is_json(text: &str) -> bool {
    Json::parse(text).is_ok()
}

fn is_object(text: &str) -> bool {
    matches!(Json::parse(text), Ok(Json::Object(_)))
}

fn is_boolean(text: &str) -> bool {
    matches!(text, "true" | "false")
}

/// Digits, with a minus or not.
fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_double(text: &str) -> bool {
    matches!(Json::parse(text), Ok(Json::Number(_)))
}

/// Is it a result of a flag that has such a JSON variable? Go's panic empties the whole decision.
fn any_json(seen: &Seen<'_>, is_wanted: fn(&str) -> bool) -> bool {
    let is_one = |variable: &Variable<'_>| {
        variable.kind == "json" && variable.texts.iter().any(|text| is_wanted(text))
    };
    (seen.is_at("result") || seen.is_at("failed")) && variables(seen).iter().any(is_one)
}

pub fn unparsable_json(seen: &Seen<'_>) -> bool {
    any_json(seen, |text| !is_json(text))
}

pub fn json_no_object(seen: &Seen<'_>) -> bool {
    any_json(seen, |text| is_json(text) && !is_object(text))
}

pub fn boolean(seen: &Seen<'_>) -> bool {
    any_text(seen, "boolean", |text| !is_boolean(text))
}

pub fn double(seen: &Seen<'_>) -> bool {
    any_text(seen, "double", |text| !is_double(text))
}

pub fn integer(seen: &Seen<'_>) -> bool {
    any_text(seen, "integer", |text| !is_integer(text))
}

/// Integers that 32 bits don't hold.
pub fn long_integer(seen: &Seen<'_>) -> bool {
    any_text(seen, "integer", |text| text.parse::<i64>().is_ok_and(|value| i32::try_from(value).is_err()))
}

pub fn untypable(seen: &Seen<'_>) -> bool {
    any_text(seen, "boolean", |text| !is_boolean(text))
        || any_text(seen, "integer", |text| !is_integer(text))
        || any_text(seen, "double", |text| !is_double(text))
        || any_text(seen, "json", |text| !is_json(text))
}

pub fn untypable_reported(seen: &Seen<'_>) -> bool {
    seen.difference.place == "result.reported"
        && seen.difference.ours == Some(Json::Bool(true))
        && (untypable(seen) || any_json(seen, |text| !is_json(text)))
}

pub fn enabled_holdout(seen: &Seen<'_>) -> bool {
    let is_enabled =
        |holdout: &&Json| items(holdout, "variations").iter().any(|one| is_true(one, "featureEnabled"));
    // A boolean one is read as false.
    let is_lost = matches!(seen.difference.theirs, Some(Json::Null | Json::Bool(false)));
    seen.is_at("result") && is_lost && seen.holdouts().iter().any(is_enabled)
}
