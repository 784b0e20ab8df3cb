//! Experiments, delivery rules and holdouts, and the variations in them.

use super::audience::Audiences;
use super::leaf::object;
use super::variables::Variables;
use crate::json::Json;
use crate::make::{digits, set, text, whole};
use crate::rng::Rng;

/// Which rarities a project has.
#[derive(Clone, Copy, Default)]
pub struct Spice {
    /// Experiments that don't run.
    pub paused: bool,
    /// Holdouts of rules.
    pub local_holdouts: bool,
    /// Experiments of type `fr`.
    pub feature_rollouts: bool,
    /// Trees and conditions of unusual form.
    pub odd_audiences: bool,
    /// Variables whose text is not of their type.
    pub odd_variables: bool,
    /// Several rules of a flag have variations of one key.
    pub shared_keys: bool,
    /// Traffic allocations of unusual form.
    pub odd_traffic: bool,
    /// Switches and sections of unusual form.
    pub odd_project: bool,
    /// Few audiences and no holdouts, so that the rest is reached.
    pub open: bool,
}

/// Hands out ids, each once. Most are numbers, as the interface makes them.
pub struct Ids(u64);

impl Ids {
    /// The first id is above this.
    pub fn new(start: u64) -> Self {
        Self(start)
    }

    /// An id of digits.
    pub fn number(&mut self) -> String {
        self.0 += 1;
        self.0.to_string()
    }

    /// An id that is seldom not of digits.
    pub fn any(&mut self, rng: &mut Rng, prefix: &str) -> String {
        let number = self.number();
        if rng.chance(10) { format!("{prefix}-{number}") } else { number }
    }
}

/// What a variation is made from.
pub struct Recipe<'a> {
    /// The audiences of the project.
    pub audiences: &'a Audiences,
    /// Its rarities.
    pub spice: Spice,
    /// The variables of the flag that the rule belongs to.
    pub variables: &'a Variables,
}

impl Recipe<'_> {
    /// An experiment with one to four variations.
    pub fn experiment(&self, rng: &mut Rng, ids: &mut Ids, key: &str) -> Json {
        let id = ids.any(rng, "experiment");
        let prefix = if self.spice.shared_keys { String::new() } else { format!("{key}-") };
        let count = rng.between(1, 4);
        let variations: Vec<Json> = (0..count)
            .map(|place| {
                self.variation(rng, ids, &format!("{prefix}{}", ["control", "treatment", "v3", "v4"][place]))
            })
            .collect();
        let traffic = self.traffic(rng, &variations, 80);
        let status = if self.spice.paused {
            *rng.weighted(&[
                (6, "Running"),
                (1, "Paused"),
                (1, "Not started"),
                (1, "Launched"),
                (1, "Archived"),
            ])
        } else {
            "Running"
        };
        let layer = match rng.below(12) {
            0 => String::new(),
            1 => format!("layer {id}"),
            _ => ids.number(),
        };
        let mut members =
            vec![("id", text(id)), ("key", text(key)), ("layerId", text(layer)), ("status", text(status))];
        let targeted = if self.spice.open { 15 } else { 45 };
        members.extend(self.audiences.targeting(rng, targeted, self.spice.odd_audiences));
        members.push(("forcedVariations", whitelist(rng, &variations)));
        members.push(("trafficAllocation", traffic));
        members.push(("variations", Json::List(variations)));
        if self.spice.feature_rollouts && rng.chance(50) {
            members.push(("type", text("fr")));
        } else if rng.chance(30) {
            members.push(("type", text(*rng.pick(&["ab", "mab", "td", "something new"]))));
        }
        object(members)
    }

    /// The rules of a rollout, the last of which is for everyone else.
    pub fn rollout(&self, rng: &mut Rng, ids: &mut Ids, flag: &str) -> Json {
        let count = rng.between(1, 4);
        let id = ids.any(rng, "rollout");
        let rules = (1..=count).map(|place| {
            let is_last = place == count;
            let key =
                if is_last { format!("{flag}-everyone-else") } else { format!("{flag}-delivery-{place}") };
            let percent = if is_last { 5 } else { 70 };
            let variation_key = if self.spice.shared_keys { "on".to_owned() } else { format!("{key}-on") };
            let variations = vec![self.variation(rng, ids, &variation_key)];
            let mut members = vec![
                ("id", text(ids.any(rng, "default-rollout"))),
                ("key", text(key)),
                ("layerId", text(id.as_str())),
                ("status", text(*rng.pick(&["Running", "Not started", "Paused"]))),
            ];
            members.extend(self.audiences.targeting(rng, percent, self.spice.odd_audiences));
            members.push(("forcedVariations", Json::Object(Vec::new())));
            members.push(("trafficAllocation", self.traffic(rng, &variations, 60)));
            members.push(("variations", Json::List(variations)));
            object(members)
        });
        let rules = rules.collect();
        object(vec![("id", text(id)), ("experiments", Json::List(rules))])
    }

    /// A holdout; with `rules`, of these rules only.
    pub fn holdout(&self, rng: &mut Rng, ids: &mut Ids, key: &str, rules: Option<&[Json]>) -> Json {
        let mut variations = vec![self.variation(rng, ids, "off")];
        set(&mut variations[0], "featureEnabled", Json::Bool(rng.chance(10)));
        let end = *rng.pick(&[500, 1500, 3000, 6000]);
        let traffic = vec![range(crate::make::text_of(&variations[0], "id"), end)];
        let status = *rng.weighted(&[(8, "Running"), (1, "Draft"), (1, "Concluded"), (1, "Archived")]);
        let mut members =
            vec![("id", text(ids.any(rng, "holdout"))), ("key", text(key)), ("status", text(status))];
        members.extend(self.audiences.targeting(rng, 40, self.spice.odd_audiences));
        members.push(("trafficAllocation", Json::List(traffic)));
        members.push(("variations", Json::List(variations)));
        match rules {
            Some(_) if rng.chance(10) => {}
            Some(rules) => members.push(("includedRules", Json::List(rng.some(rules, 40)))),
            None => {}
        }
        object(members)
    }

    /// A variation, with values for some of the flag's variables.
    pub fn variation(&self, rng: &mut Rng, ids: &mut Ids, key: &str) -> Json {
        let mut members = vec![("id", text(ids.any(rng, "variation"))), ("key", text(key))];
        match rng.below(20) {
            0 => {}
            1..=4 => members.push(("featureEnabled", Json::Bool(false))),
            _ => members.push(("featureEnabled", Json::Bool(true))),
        }
        members.push(("variables", self.variables.values(rng, self.spice.odd_variables)));
        object(members)
    }

    /// Ranges over variations, with all traffic in `full` of a hundred cases.
    fn traffic(&self, rng: &mut Rng, variations: &[Json], full: usize) -> Json {
        let count = variations.len() as i64;
        let all = if rng.chance(full) { 10_000 } else { *rng.pick(&[0, 1000, 4000, 5000, 9999]) };
        let mut ranges: Vec<Json> = variations
            .iter()
            .enumerate()
            .map(|(place, variation)| {
                range(crate::make::text_of(variation, "id"), all * (place as i64 + 1) / count)
            })
            .collect();
        if rng.chance(8) {
            set(&mut ranges[0], "entityId", text(""));
        }
        if self.spice.odd_traffic && rng.chance(40) {
            match rng.below(5) {
                0 => ranges.clear(),
                1 => set(&mut ranges[0], "entityId", text("no variation has this id")),
                2 => ranges.reverse(),
                3 => set(&mut ranges[0], "endOfRange", whole(20_000)),
                _ => set(&mut ranges[0], "endOfRange", digits("5000.0")),
            }
        }
        Json::List(ranges)
    }
}

/// A range of a traffic allocation.
pub fn range(entity: &str, end: i64) -> Json {
    object(vec![("entityId", text(entity)), ("endOfRange", whole(end))])
}

/// The whitelist of an experiment: users that the generator also asks for, and now and then a variation that is not there.
fn whitelist(rng: &mut Rng, variations: &[Json]) -> Json {
    let mut members = Vec::new();
    for user in super::users::WHITELISTED {
        if rng.chance(35) {
            let key = crate::make::text_of(rng.pick(variations), "key").to_owned();
            let key = if rng.chance(40) { "no such variation".to_owned() } else { key };
            members.push((user.to_owned(), text(key)));
        }
    }
    Json::Object(members)
}
