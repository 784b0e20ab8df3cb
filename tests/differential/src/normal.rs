//! Answers of every worker in one form: for each call its result by flag, and the events by flag.

use std::collections::BTreeMap;

use crate::case::Case;
use crate::generator::users::MARK;
use crate::json::Json;
use crate::make::{items, text, text_of};

/// What came of one call.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Why there is no result, if the call failed in a way that its answer does not say.
    pub failed: Option<String>,
    /// Result by flag key; that of a call for no flag under the empty key.
    pub results: BTreeMap<String, Json>,
    /// Events by flag key, in order; conversions and those of no flag under the empty key.
    pub events: BTreeMap<String, Vec<Json>>,
}

/// What a worker answered to a case.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// Why there is no client, if there is none.
    pub refused: Option<String>,
    /// What setting each forced variation answered; none if the SDK has no such call.
    pub set: Option<Json>,
    /// Call by call.
    pub outcomes: Vec<Outcome>,
    /// The profile last saved, by experiment.
    pub saved: Option<Json>,
    /// The predictions asked for.
    pub predictions: Vec<Json>,
}

/// Reads what a worker answered. `posted` are the events that came to the service; workers that keep theirs answer them.
pub fn answer(case: &Case, raw: &Json, posted: &[Json], predictions: Vec<Json>) -> Answer {
    if let Some(refused) = raw.get("refused").or_else(|| raw.get("skipped")) {
        return Answer { refused: Some(refused.to_string()), ..Answer::default() };
    }
    let mut outcomes: Vec<Outcome> = case
        .calls
        .iter()
        .enumerate()
        .map(|(place, call)| outcome(call, items(raw, "answers").get(place).unwrap_or(&Json::Null)))
        .collect();
    for body in posted {
        if let Some(call) = call_of(case, body) {
            outcomes[call].add_event(body);
        }
    }
    let saved = raw.get("saved").and_then(|saved| saved.get("experiment_bucket_map")).map(|map| {
        let mut members = map.members().to_vec();
        members.sort_by(|one, other| one.0.cmp(&other.0));
        Json::Object(members)
    });
    Answer { refused: None, set: raw.get("set").cloned(), outcomes, saved, predictions }
}

fn outcome(call: &Json, raw: &Json) -> Outcome {
    let mut outcome = Outcome::default();
    if matches!(text_of(raw, "status"), "ERROR" | "") {
        outcome.failed = Some(format!("{} {}", text_of(raw, "status"), text_of(raw, "message")));
    }
    let result = raw.get("result").cloned().unwrap_or(Json::Null);
    match text_of(call, "op") {
        "decide" => {
            outcome.results.insert(text_of(call, "flag").to_owned(), decision(call, &result));
        }
        "decide_for_keys" | "decide_all" => {
            for (flag, one) in result.members() {
                outcome.results.insert(flag.clone(), decision(call, one));
            }
        }
        "get_enabled_features" => {
            for flag in result.items() {
                outcome.results.insert(flag.as_text().unwrap_or_default().to_owned(), Json::Bool(true));
            }
        }
        "is_feature_enabled" | "all_variables" | "variable" => {
            outcome.results.insert(text_of(call, "flag").to_owned(), result);
        }
        _ => {
            outcome.results.insert(String::new(), result);
        }
    }
    for event in items(raw, "events") {
        outcome.add_event(event.get("body").unwrap_or(&Json::Null));
    }
    outcome
}

/// A decision without the text of its reasons, which is never compared. Where reasons were not asked for, there are some only
/// if an error is reported.
fn decision(call: &Json, raw: &Json) -> Json {
    let Json::Object(members) = raw else { return raw.clone() };
    let asked = items(call, "options").contains(&text("INCLUDE_REASONS"));
    let mut kept: Vec<(String, Json)> = members
        .iter()
        .filter(|(name, _)| name != "reasons" && name != "event_status")
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    if !asked {
        kept.push(("reported".to_owned(), Json::Bool(!items(raw, "reasons").is_empty())));
    }
    Json::Object(kept)
}

/// Which call a payload comes from: its mark says so, or its visitor.
fn call_of(case: &Case, body: &Json) -> Option<usize> {
    let visitor = items(body, "visitors").first()?;
    let marked = items(visitor, "attributes").iter().find(|attribute| text_of(attribute, "key") == MARK);
    if let Some(Json::Number(number)) = marked.and_then(|attribute| attribute.get("value")) {
        return number.parse().ok().filter(|number| *number < case.calls.len());
    }
    let user = text_of(visitor, "visitor_id");
    case.calls.iter().position(|call| call.get("attrs").is_none() && text_of(call, "user") == user)
}

impl Outcome {
    /// Files an event in the form that is compared.
    fn add_event(&mut self, body: &Json) {
        let event = event(body);
        let flag = event.get("decision").and_then(|decision| decision.get("metadata"));
        let flag = flag.map_or("", |metadata| text_of(metadata, "flag_key")).to_owned();
        self.events.entry(flag).or_default().push(event);
    }
}

/// A payload with its one visitor, snapshot, event and decision unfolded, and attributes by key.
fn event(body: &Json) -> Json {
    let mut kept: Vec<(String, Json)> = Vec::new();
    for (name, value) in body.members() {
        match (name.as_str(), value.items()) {
            ("client_name" | "client_version", _) => {}
            ("visitors", [visitor]) => visitor_members(visitor, &mut kept),
            _ => kept.push((name.clone(), value.clone())),
        }
    }
    if kept.is_empty() {
        kept.push(("unsayable".to_owned(), body.clone()));
    }
    Json::Object(kept)
}

fn visitor_members(visitor: &Json, kept: &mut Vec<(String, Json)>) {
    for (name, value) in visitor.members() {
        match (name.as_str(), value) {
            ("attributes", Json::List(attributes)) => {
                let mut by_key: BTreeMap<String, Vec<Json>> = BTreeMap::new();
                for attribute in attributes {
                    by_key.entry(text_of(attribute, "key").to_owned()).or_default().push(attribute.clone());
                }
                let members = by_key.into_iter().map(|(key, entries)| (key, Json::List(entries)));
                kept.push(("attributes".to_owned(), Json::Object(members.collect())));
            }
            ("snapshots", Json::List(snapshots)) if snapshots.len() == 1 => {
                for (name, value) in snapshots[0].members() {
                    let name = match (name.as_str(), value.items()) {
                        ("decisions", [_]) => "decision",
                        ("events", [_]) => "event",
                        _ => {
                            kept.push((name.clone(), value.clone()));
                            continue;
                        }
                    };
                    kept.push((name.to_owned(), without_chance(&value.items()[0])));
                }
            }
            _ => kept.push((name.clone(), value.clone())),
        }
    }
}

/// The same with what chance or the clock made replaced, if it has its form.
fn without_chance(value: &Json) -> Json {
    let Json::Object(members) = value else { return value.clone() };
    let replaced = members.iter().map(|(name, value)| {
        let value = match (name.as_str(), value) {
            ("uuid" | "cmab_uuid", Json::Text(uuid)) if is_uuid(uuid) => text("<uuid>"),
            ("timestamp", Json::Number(digits)) if digits.len() == 13 => text("<timestamp>"),
            ("metadata", metadata) => without_chance(metadata),
            (_, value) => value.clone(),
        };
        (name.clone(), value)
    });
    Json::Object(replaced.collect())
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(place, byte)| match place {
            8 | 13 | 18 | 23 => byte == b'-',
            14 => byte == b'4',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        })
}
