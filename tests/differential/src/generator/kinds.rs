//! Cases of whole projects: plain, with rarities, with bandits, with a stored profile.

use std::collections::BTreeMap;

use super::audience::ATTRIBUTES;
use super::leaf::{any_value, object};
use super::project::Project;
use super::rules::Spice;
use super::users::{Calls, WHITELISTED};
use crate::case::{Case, Kind};
use crate::json::Json;
use crate::make::{get_mut, items, set, text, text_of, whole};
use crate::rng::Rng;

/// How often single calls ask for what is rare, in a hundred.
const ODD_CALLS: usize = 10;

/// A project that every SDK knows all parts of.
pub fn plain(rng: &mut Rng) -> Case {
    let count = rng.between(3, 7);
    let project = Project::generate(rng, count, Spice::default());
    let mut calls = Calls::new(&project, 0);
    for _ in 0..rng.between(12, 20) {
        calls.add_any(rng);
    }
    let calls = calls.made;
    case(rng, Kind::Plain, project, calls)
}

/// A project with some rarities.
pub fn full(rng: &mut Rng) -> Case {
    let spice = Spice {
        paused: rng.chance(45),
        local_holdouts: rng.chance(40),
        feature_rollouts: rng.chance(25),
        odd_audiences: rng.chance(38),
        odd_variables: rng.chance(42),
        shared_keys: rng.chance(35),
        odd_traffic: rng.chance(30),
        odd_project: rng.chance(15),
        open: false,
    };
    let count = rng.between(2, 6);
    let project = Project::generate(rng, count, spice);
    let mut calls = Calls::new(&project, ODD_CALLS);
    for _ in 0..rng.between(12, 20) {
        calls.add_any(rng);
    }
    let calls = calls.made;
    case(rng, Kind::Full, project, calls)
}

/// A project some of whose experiments ask for predictions. Users come twice, so that a prediction is remembered.
pub fn bandits(rng: &mut Rng) -> Case {
    let spice = Spice {
        paused: rng.chance(20),
        local_holdouts: rng.chance(15),
        open: rng.chance(80),
        ..Spice::default()
    };
    let mut project = Project::generate(rng, 3, spice);
    let attributes: Vec<Json> = items(&project.datafile, "attributes")
        .iter()
        .map(|attribute| text(text_of(attribute, "id")))
        .collect();
    let mut predictions = BTreeMap::new();
    for section in ["experiments", "groups"] {
        let Some(Json::List(entries)) = get_mut(&mut project.datafile, section) else { continue };
        for entry in entries {
            if section == "groups" {
                if let Some(Json::List(experiments)) = get_mut(entry, "experiments") {
                    for rule in experiments {
                        make_bandit(rng, rule, &attributes, &mut predictions);
                    }
                }
            } else {
                make_bandit(rng, entry, &attributes, &mut predictions);
            }
        }
    }
    let mut calls = Calls::new(&project, 0);
    let mut users: Vec<String> = Vec::new();
    for _ in 0..rng.between(4, 6) {
        let user =
            if users.is_empty() || rng.chance(60) { Calls::user(rng) } else { rng.pick(&users).clone() };
        let op = *rng.weighted(&[
            (8, "decide"),
            (3, "decide_for_keys"),
            (3, "decide_all"),
            (1, "activate"),
            (1, "get_variation"),
            (1, "is_feature_enabled"),
            (1, "all_variables"),
        ]);
        calls.add(rng, op, &user);
        for _ in 0..4 {
            repeat(rng, &mut calls);
        }
        users.push(user);
    }
    let mut made = calls.made;
    for call in &mut made {
        add_cache_options(rng, call);
    }
    let mut case = case(rng, Kind::Bandits, project, made);
    case.predictions = Some(predictions);
    if rng.chance(20) {
        let stored = if rng.chance(50) { profile(rng, &case.datafile, &users[0]) } else { Json::Null };
        case.profile = Some((users[0].clone(), stored));
    }
    case
}

/// Makes a call again, so that a prediction is there already.
fn repeat(rng: &mut Rng, calls: &mut Calls<'_>) {
    if !rng.chance(90) {
        return;
    }
    let mut again = calls.made[calls.made.len() - 1].clone();
    let number = calls.made.len() as i64;
    match get_mut(&mut again, "attrs") {
        Some(attributes) => {
            set(attributes, super::users::MARK, whole(number));
            if rng.chance(45) {
                change_attributes(rng, attributes);
            }
        }
        None => return,
    }
    calls.made.push(again);
}

/// Other values, so that a prediction that is there already is stale.
fn change_attributes(rng: &mut Rng, attributes: &mut Json) {
    for name in ATTRIBUTES {
        if rng.chance(50) {
            set(attributes, name, any_value(rng));
        }
    }
}

fn make_bandit(
    rng: &mut Rng,
    rule: &mut Json,
    attributes: &[Json],
    predictions: &mut BTreeMap<String, Vec<Option<String>>>,
) {
    if !rng.chance(70) {
        return;
    }
    let traffic = *rng.pick(&[10_000, 8_000, 5_000, 3_000]);
    let cmab =
        vec![("attributeIds", Json::List(rng.some(attributes, 50))), ("trafficAllocation", whole(traffic))];
    set(rule, "cmab", object(cmab));
    set(rule, "type", text("cmab"));
    let variations: Vec<Option<String>> =
        items(rule, "variations").iter().map(|variation| Some(text_of(variation, "id").to_owned())).collect();
    let mut answers = [variations.clone(), variations].concat();
    if rng.chance(60) {
        answers.extend([None, None, None]);
    }
    if rng.chance(70) {
        let unknown = Some("999".to_owned());
        answers.extend([unknown.clone(), unknown.clone(), unknown.clone(), unknown]);
    }
    predictions.insert(text_of(rule, "id").to_owned(), answers);
}

fn add_cache_options(rng: &mut Rng, call: &mut Json) {
    if !text_of(call, "op").starts_with("decide") || !rng.chance(20) {
        return;
    }
    let name = *rng.pick(&["IGNORE_CMAB_CACHE", "RESET_CMAB_CACHE", "INVALIDATE_USER_CMAB_CACHE"]);
    let mut options = items(call, "options").to_vec();
    options.push(text(name));
    set(call, "options", Json::List(options));
}

/// A project with a profile service. Few calls a client, for the worker remembers the last save only.
pub fn profiles(rng: &mut Rng) -> Case {
    let spice = Spice {
        paused: rng.chance(25),
        shared_keys: rng.chance(20),
        open: rng.chance(80),
        ..Spice::default()
    };
    let count = rng.between(4, 7);
    let project = Project::generate(rng, count, spice);
    let mut calls = Calls::new(&project, 0);
    let user = Calls::user(rng);
    for _ in 0..rng.between(2, 7) {
        let op = *rng.weighted(&[
            (6, "decide_all"),
            (2, "decide_for_keys"),
            (2, "decide"),
            (2, "activate"),
            (1, "get_variation"),
            (1, "is_feature_enabled"),
            (1, "get_enabled_features"),
        ]);
        calls.add(rng, op, &user);
    }
    // Events of calls for one user are told apart by the mark, which those without attributes lack.
    let mut made = calls.made;
    for (number, call) in made.iter_mut().enumerate() {
        if call.get("attrs").is_none() {
            set(call, "attrs", object(vec![(super::users::MARK, whole(number as i64))]));
        }
    }
    let profile = profile(rng, &project.datafile, &user);
    let mut case = case(rng, Kind::Profiles, project, made);
    case.profile = Some((user, profile));
    case
}

/// A stored profile: for most experiments a variation, which may be gone; for others nothing. Or none at all.
fn profile(rng: &mut Rng, datafile: &Json, user: &str) -> Json {
    if rng.chance(15) {
        return Json::Null;
    }
    let grouped = items(datafile, "groups").iter().flat_map(|group| items(group, "experiments"));
    let experiments = items(datafile, "experiments").iter().chain(grouped);
    let entry = |variation: &str| object(vec![("variation_id", text(variation))]);
    let mut entries = Vec::new();
    for experiment in experiments {
        if rng.chance(60) {
            let variation = text_of(rng.pick(items(experiment, "variations")), "id");
            let stored = if rng.chance(50) { "a variation that is gone" } else { variation };
            entries.push((text_of(experiment, "id").to_owned(), entry(stored)));
        }
    }
    if rng.chance(20) {
        entries.push(("an experiment that is gone".to_owned(), entry("1")));
    }
    object(vec![("user_id", text(user)), ("experiment_bucket_map", Json::Object(entries))])
}

/// A case with forced variations now and then.
fn case(rng: &mut Rng, kind: Kind, project: Project, calls: Vec<Json>) -> Case {
    let mut forced_variations = Vec::new();
    if rng.chance(50) {
        let grouped = items(&project.datafile, "groups").iter().flat_map(|group| items(group, "experiments"));
        let experiments: Vec<&Json> = items(&project.datafile, "experiments").iter().chain(grouped).collect();
        for _ in 0..rng.between(3, 9) {
            let user = match rng.pick(&calls) {
                _ if rng.chance(40) => text(*rng.pick(&WHITELISTED)),
                call => text(text_of(call, "user")),
            };
            let experiment = *rng.pick(&experiments);
            let variation = match rng.below(10) {
                0 => text("no such variation"),
                1 => Json::Null,
                _ => text(text_of(rng.pick(items(experiment, "variations")), "key")),
            };
            forced_variations.push(Json::List(vec![text(text_of(experiment, "key")), user, variation]));
        }
    }
    Case {
        number: 0,
        kind,
        datafile: project.datafile,
        profile: None,
        forced_variations,
        predictions: None,
        calls,
    }
}
