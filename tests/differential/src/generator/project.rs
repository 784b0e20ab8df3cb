//! A project: its flags, experiments, groups, rollouts and holdouts, as a datafile.

use super::audience::{ATTRIBUTES, Audiences};
use super::leaf::object;
use super::rules::{Ids, Recipe, Spice, range};
use super::variables::Variables;
use crate::json::Json;
use crate::make::{get_mut, items, set, text, text_of, texts, whole};
use crate::rng::Rng;

/// A project and what questions about it need to know.
pub struct Project {
    /// The datafile.
    pub datafile: Json,
    /// Its audiences.
    pub audiences: Audiences,
    /// Its flags.
    pub flags: Vec<Flag>,
    /// The keys of its experiments.
    pub experiments: Vec<String>,
    /// The keys of its events.
    pub events: Vec<String>,
    /// The ids that are handed out so far.
    pub ids: Ids,
}

/// A flag, as far as questions about it need to know.
pub struct Flag {
    /// Its key.
    pub key: String,
    /// The keys of its rules, delivery rules included.
    pub rules: Vec<String>,
    /// The keys of its variations.
    pub variations: Vec<String>,
    /// Its variables.
    pub variables: Variables,
}

/// The parts of a datafile while it grows.
#[derive(Default)]
struct Parts {
    flags: Vec<Json>,
    experiments: Vec<Json>,
    groups: Vec<Json>,
    rollouts: Vec<Json>,
    holdouts: Vec<Json>,
    local_holdouts: Vec<Json>,
}

impl Project {
    /// A project of `flags` flags with these rarities.
    pub fn generate(rng: &mut Rng, flags: usize, spice: Spice) -> Self {
        let count = rng.between(2, 6);
        let audiences = Audiences::generate(rng, count, spice.odd_audiences);
        Self::with_audiences(rng, audiences, flags, spice)
    }

    /// A project with these audiences.
    pub fn with_audiences(rng: &mut Rng, audiences: Audiences, flags: usize, spice: Spice) -> Self {
        let mut parts = Parts::default();
        let mut project = Self {
            datafile: Json::Null,
            audiences,
            flags: Vec::new(),
            experiments: Vec::new(),
            events: Vec::new(),
            ids: Ids::new(10_000 + rng.below(1_000_000) as u64),
        };
        for number in 0..flags {
            project.add_flag(rng, &mut parts, &format!("flag-{number}"), spice);
        }
        project.add_plain_experiments(rng, &mut parts, spice);
        project.add_holdouts(rng, &mut parts, spice);
        project.datafile = project.assemble(rng, parts, spice);
        project
    }

    fn add_flag(&mut self, rng: &mut Rng, parts: &mut Parts, key: &str, spice: Spice) {
        let variables = Variables::generate(rng, key);
        let recipe = Recipe { audiences: &self.audiences, spice, variables: &variables };
        let count = *rng.pick(&[0, 1, 1, 2, 3]);
        let mut experiments: Vec<Json> = (0..count)
            .map(|place| recipe.experiment(rng, &mut self.ids, &format!("{key}-experiment-{place}")))
            .collect();
        let mut ids: Vec<String> = experiments.iter().map(|rule| text_of(rule, "id").to_owned()).collect();
        let mut rules = experiments.clone();
        // Now and then a flag shares an experiment of the flag before.
        if let Some(shared) = parts.experiments.last().filter(|_| rng.chance(5)) {
            ids.push(text_of(shared, "id").to_owned());
            rules.push(shared.clone());
        }
        let rollout = rng.chance(80).then(|| recipe.rollout(rng, &mut self.ids, key));
        let mut flag = vec![
            ("id", text(self.ids.number())),
            ("key", text(key)),
            ("rolloutId", text(rollout.as_ref().map_or("", |rollout| text_of(rollout, "id")))),
            ("experimentIds", texts(&ids)),
        ];
        flag.push(("variables", variables.json(rng, spice.odd_variables)));
        parts.flags.push(object(flag));
        if let Some(rollout) = rollout {
            rules.extend(items(&rollout, "experiments").iter().cloned());
            parts.rollouts.push(rollout);
        }
        self.experiments.extend(experiments.iter().map(|rule| text_of(rule, "key").to_owned()));
        let variations = rules.iter().flat_map(|rule| items(rule, "variations"));
        self.flags.push(Flag {
            key: key.to_owned(),
            variations: variations.map(|variation| text_of(variation, "key").to_owned()).collect(),
            rules: rules.iter().map(|rule| text_of(rule, "key").to_owned()).collect(),
            variables,
        });
        if count >= 2 && rng.chance(45) {
            parts.groups.push(group(rng, &mut self.ids, experiments));
        } else {
            parts.experiments.append(&mut experiments);
        }
    }

    /// Experiments that no flag lists.
    fn add_plain_experiments(&mut self, rng: &mut Rng, parts: &mut Parts, spice: Spice) {
        let none = Variables::default();
        let recipe = Recipe { audiences: &self.audiences, spice, variables: &none };
        for number in 0..rng.between(1, 2) {
            let key = format!("experiment-{number}");
            let mut experiment = recipe.experiment(rng, &mut self.ids, &key);
            // A variation of an experiment without a flag has no switch and no variables.
            if let Some(Json::List(variations)) = get_mut(&mut experiment, "variations") {
                for variation in variations {
                    if let Json::Object(members) = variation {
                        members.truncate(2);
                    }
                    set(variation, "variables", Json::List(Vec::new()));
                }
            }
            self.experiments.push(key);
            parts.experiments.push(experiment);
        }
    }

    fn add_holdouts(&mut self, rng: &mut Rng, parts: &mut Parts, spice: Spice) {
        let none = Variables::default();
        let recipe = Recipe { audiences: &self.audiences, spice, variables: &none };
        let count = if spice.open { 0 } else { *rng.pick(&[0, 0, 1, 2]) };
        for number in 0..count {
            parts.holdouts.push(recipe.holdout(rng, &mut self.ids, &format!("holdout-{number}"), None));
        }
        if spice.local_holdouts {
            let rules = parts
                .experiments
                .iter()
                .chain(parts.groups.iter().flat_map(|group| items(group, "experiments")));
            let rules = rules.chain(parts.rollouts.iter().flat_map(|rollout| items(rollout, "experiments")));
            let rules: Vec<Json> = rules.map(|rule| text(text_of(rule, "id"))).collect();
            for number in 0..rng.between(1, 3) {
                let key = format!("local-holdout-{number}");
                parts.local_holdouts.push(recipe.holdout(rng, &mut self.ids, &key, Some(&rules)));
            }
        }
    }

    fn assemble(&mut self, rng: &mut Rng, parts: Parts, spice: Spice) -> Json {
        let known = &ATTRIBUTES[..ATTRIBUTES.len() - 2];
        let attributes =
            known.iter().map(|key| object(vec![("id", text(self.ids.number())), ("key", text(*key))]));
        let attributes = attributes.collect();
        self.events = (0..3).map(|number| format!("event-{number}")).collect();
        let events = self.events.iter().map(|key| {
            object(vec![
                ("id", text(self.ids.number())),
                ("key", text(key)),
                ("experimentIds", Json::List(Vec::new())),
            ])
        });
        let events = events.collect();
        let mut members = vec![
            ("version", text("4")),
            ("accountId", text("12001")),
            ("projectId", text(self.ids.number())),
            ("revision", text(rng.below(1000).to_string())),
            ("anonymizeIP", Json::Bool(rng.chance(50))),
        ];
        if rng.chance(70) {
            members.push(("botFiltering", Json::Bool(rng.chance(50))));
        }
        if rng.chance(70) {
            members.push(("sendFlagDecisions", Json::Bool(rng.chance(60))));
        }
        if rng.chance(30) {
            members.push(("region", text(*rng.pick(&["US", "EU"]))));
        }
        members.extend([
            ("attributes", Json::List(attributes)),
            ("audiences", Json::List(self.audiences.untyped.clone())),
            ("typedAudiences", Json::List(self.audiences.typed.clone())),
            ("events", Json::List(events)),
            ("experiments", Json::List(parts.experiments)),
            ("groups", Json::List(parts.groups)),
            ("featureFlags", Json::List(parts.flags)),
            ("rollouts", Json::List(parts.rollouts)),
        ]);
        if !parts.holdouts.is_empty() || rng.chance(20) {
            members.push(("holdouts", Json::List(parts.holdouts)));
        }
        if !parts.local_holdouts.is_empty() {
            members.push(("localHoldouts", Json::List(parts.local_holdouts)));
        }
        if rng.chance(30) {
            let odp =
                vec![("key", text("odp")), ("host", text("http://127.0.0.1:9")), ("publicKey", text("key"))];
            members.push(("integrations", Json::List(vec![object(odp)])));
        }
        let mut datafile = object(members);
        if spice.odd_project {
            make_odd(rng, &mut datafile);
        }
        datafile
    }
}

/// A group of experiments, exclusive or not.
fn group(rng: &mut Rng, ids: &mut Ids, experiments: Vec<Json>) -> Json {
    let count = experiments.len() as i64;
    let all = *rng.pick(&[10_000, 10_000, 7_000]);
    let mut ranges: Vec<Json> = experiments
        .iter()
        .enumerate()
        .map(|(place, experiment)| range(text_of(experiment, "id"), all * (place as i64 + 1) / count))
        .collect();
    if rng.chance(15) {
        set(&mut ranges[0], "entityId", text(""));
    }
    object(vec![
        ("id", text(ids.number())),
        ("policy", text(if rng.chance(75) { "random" } else { "overlapping" })),
        ("trafficAllocation", Json::List(ranges)),
        ("experiments", Json::List(experiments)),
    ])
}

/// One thing about the datafile that the interface does not make.
fn make_odd(rng: &mut Rng, datafile: &mut Json) {
    match rng.below(7) {
        0 => set(datafile, "version", text(*rng.pick(&["2", "3"]))),
        1 => set(datafile, "variables", Json::List(vec![object(vec![("id", text("1"))])])),
        2 => set(datafile, "botFiltering", Json::Null),
        3 => set(datafile, "sendFlagDecisions", Json::Null),
        4 => set(datafile, "region", text(*rng.pick(&["eu", "CA", ""]))),
        5 => {
            // Two attributes of one key.
            if let Some(Json::List(attributes)) = get_mut(datafile, "attributes") {
                attributes.push(object(vec![("id", text("7777")), ("key", text(ATTRIBUTES[0]))]));
            }
        }
        _ => set(datafile, "something new", Json::List(vec![whole(1)])),
    }
}
