//! Cases whose decisions show the truth value of one condition each.

use super::audience::Audiences;
use super::leaf::{Leaf, MATCHES, TRUTHS, object};
use super::users::MARK;
use crate::case::{Case, Kind};
use crate::json::Json;
use crate::make::{items, set, text, text_of, texts, whole};
use crate::rng::Rng;

/// Flags of a case: two of each match type.
const FLAGS: usize = 2 * MATCHES.len();

/// Users of a case, each of whom all flags are decided for.
const USERS: usize = 8;

/// A condition for each flag. A flag has one experiment for those who meet it, and one for those who don't: whoever is in
/// neither is one of whom it can't be said.
pub fn case(rng: &mut Rng) -> Case {
    let mut audiences = Audiences::default();
    for number in 0..FLAGS {
        let name = format!("a{number}");
        let matched = MATCHES[number % MATCHES.len()];
        let mut leaf = match rng.below(12) {
            0 => Leaf::odd(rng, &name),
            // No value makes another match type of this one unknown.
            1..=4 if matched == "qualified" => Leaf::with(rng, &name, matched, whole(5)),
            _ => Leaf::of(rng, &name, matched),
        };
        leaf.name.clone_from(&name);
        let conditions = Json::List(vec![text("or"), leaf.json.clone()]);
        audiences.add(rng, &number.to_string(), conditions);
        audiences.leaves.push(leaf);
    }
    let datafile = datafile(rng, &audiences);
    let calls = (0..USERS).map(|number| call(rng, &audiences, number)).collect();
    Case {
        number: 0,
        kind: Kind::Conditions,
        datafile,
        profile: None,
        forced_variations: Vec::new(),
        predictions: None,
        calls,
    }
}

fn experiment(audience: usize, is_met: bool) -> Json {
    let (id, key) = (if is_met { "1" } else { "2" }, if is_met { "true" } else { "false" });
    let id = format!("{id}{audience:04}");
    let audience = audience.to_string();
    let conditions = if is_met { texts(&["or", &audience]) } else { texts(&["not", &audience]) };
    let variation = object(vec![
        ("id", text(format!("{id}1"))),
        ("key", text(key)),
        ("featureEnabled", Json::Bool(true)),
        ("variables", Json::List(Vec::new())),
    ]);
    object(vec![
        ("id", text(id.as_str())),
        ("key", text(format!("{key}-{audience}"))),
        ("layerId", text(format!("{id}0"))),
        ("status", text("Running")),
        ("audienceIds", texts(&[audience.as_str()])),
        ("audienceConditions", conditions),
        ("forcedVariations", Json::Object(Vec::new())),
        ("trafficAllocation", Json::List(vec![super::rules::range(&format!("{id}1"), 10_000)])),
        ("variations", Json::List(vec![variation])),
    ])
}

fn datafile(rng: &mut Rng, audiences: &Audiences) -> Json {
    let experiments: Vec<Json> =
        (0..FLAGS).flat_map(|flag| [experiment(flag, true), experiment(flag, false)]).collect();
    let flags = (0..FLAGS).map(|flag| {
        object(vec![
            ("id", text(format!("3{flag:04}"))),
            ("key", text(format!("flag-{flag}"))),
            ("rolloutId", text("")),
            ("experimentIds", texts(&[format!("1{flag:04}"), format!("2{flag:04}")])),
            ("variables", Json::List(Vec::new())),
        ])
    });
    let attributes = (0..FLAGS / 2)
        .map(|flag| object(vec![("id", text(format!("4{flag:04}"))), ("key", text(format!("a{flag}")))]));
    let (flags, attributes) = (flags.collect(), attributes.collect());
    object(vec![
        ("version", text("4")),
        ("accountId", text("12001")),
        ("projectId", text("111001")),
        ("revision", text(rng.below(100).to_string())),
        ("anonymizeIP", Json::Bool(true)),
        ("botFiltering", Json::Bool(rng.chance(50))),
        ("attributes", Json::List(attributes)),
        ("audiences", Json::List(audiences.untyped.clone())),
        ("typedAudiences", Json::List(audiences.typed.clone())),
        ("events", Json::List(Vec::new())),
        ("experiments", Json::List(experiments)),
        ("groups", Json::List(Vec::new())),
        ("featureFlags", Json::List(flags)),
        ("rollouts", Json::List(Vec::new())),
    ])
}

fn call(rng: &mut Rng, audiences: &Audiences, number: usize) -> Json {
    let mut attributes = Json::Object(Vec::new());
    let mut segments = Vec::new();
    for leaf in &audiences.leaves {
        let truth = *rng.pick(&TRUTHS);
        if let Some(value) = leaf.attribute(rng, truth) {
            set(&mut attributes, &leaf.name, value);
        }
        if leaf.matched == "qualified" && rng.chance(50) {
            segments.extend(leaf.value.as_text());
        }
    }
    set(&mut attributes, MARK, whole(number as i64));
    let mut members = vec![
        ("op", text("decide_all")),
        ("user", text(format!("user-{}", rng.below(1_000_000)))),
        ("attrs", attributes),
        ("segments", texts(&segments)),
    ];
    let options: &[&str] = match rng.below(10) {
        0 => &[],
        1 => &["INCLUDE_REASONS"],
        2..=5 => &["INCLUDE_REASONS", "DISABLE_DECISION_EVENT"],
        _ => &["DISABLE_DECISION_EVENT"],
    };
    if !options.is_empty() {
        members.push(("options", texts(options)));
    }
    object(members)
}

/// The match type of the condition that decides this flag of such a case; none if it has none that is known.
pub fn match_of(case: &Case, flag: &str) -> Option<&'static str> {
    let id = flag.strip_prefix("flag-")?;
    let sections = ["audiences", "typedAudiences"];
    let mut audiences = sections.iter().flat_map(|section| items(&case.datafile, section));
    let conditions = audiences.find(|audience| text_of(audience, "id") == id)?.get("conditions")?;
    let parsed = conditions.as_text().map(Json::parse);
    let conditions = parsed.as_ref().map_or(Some(conditions), |parsed| parsed.as_ref().ok())?;
    let leaf = conditions.items().get(1)?;
    if !matches!(text_of(leaf, "type"), "custom_attribute" | "third_party_dimension") {
        return None;
    }
    let matched = leaf.get("match").map_or(Some("exact"), Json::as_text)?;
    MATCHES.iter().find(|known| **known == matched).copied()
}
