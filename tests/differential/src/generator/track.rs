//! Cases of conversions: tags of every kind, and attributes as everywhere.

use super::leaf::{any_value, beyond, object};
use super::project::Project;
use super::rules::Spice;
use super::users::Calls;
use crate::case::{Case, Kind};
use crate::json::Json;
use crate::make::{digits, set, text};
use crate::rng::Rng;

/// Conversions for users of a small project.
pub fn case(rng: &mut Rng) -> Case {
    let spice = Spice { odd_project: rng.chance(10), ..Spice::default() };
    let project = Project::generate(rng, 1, spice);
    let mut calls = Calls::new(&project, 5);
    for _ in 0..12 {
        let op = *rng.pick(&["track", "track_event"]);
        let user = Calls::user(rng);
        calls.add(rng, op, &user);
    }
    let mut made = calls.made;
    for call in &mut made {
        let event = if rng.chance(5) { "no such event" } else { rng.pick(&project.events).as_str() };
        set(call, "event", text(event));
        if rng.chance(80) {
            set(call, "tags", tags(rng));
        }
    }
    Case {
        number: 0,
        kind: Kind::Track,
        datafile: project.datafile,
        profile: None,
        forced_variations: Vec::new(),
        predictions: None,
        calls: made,
    }
}

fn tags(rng: &mut Rng) -> Json {
    let mut members = Vec::new();
    if rng.chance(50) {
        members.push(("revenue", revenue(rng)));
    }
    if rng.chance(50) {
        members.push(("value", value(rng)));
    }
    for name in ["sku", "count", "größe", ""] {
        if rng.chance(25) {
            members.push((name, any_value(rng)));
        }
    }
    if rng.chance(5) {
        members.push(("odd", if rng.chance(50) { Json::Null } else { beyond(rng) }));
    }
    object(members)
}

fn revenue(rng: &mut Rng) -> Json {
    match rng.below(20) {
        0 => digits("4.7"),
        1 => digits("4.0"),
        2 => text("12"),
        3 => Json::Bool(true),
        4 => Json::Null,
        _ => digits(rng.pick(&["0", "1", "4200", "-5", "9007199254740991"])),
    }
}

fn value(rng: &mut Rng) -> Json {
    match rng.below(20) {
        0 => text(*rng.pick(&["12", "-4.5", "1e3", " 7 "])),
        1 => text(*rng.pick(&["12abc", "1,000", "0x10", "abc", ""])),
        2 => Json::Bool(true),
        3 => Json::Null,
        _ => digits(rng.pick(&["0", "1.5", "-2.25", "42", "1e10", "0.1"])),
    }
}
