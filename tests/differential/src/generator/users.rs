//! Users, and the calls that are made for them.

use super::audience::{ATTRIBUTES, Audiences};
use super::leaf::{Truth, any_value, beyond, object};
use super::project::{Flag, Project};
use super::variables::KINDS;
use crate::json::Json;
use crate::make::{text, texts, whole};
use crate::rng::Rng;

/// Users that whitelists name.
pub const WHITELISTED: [&str; 3] = ["white-1", "white-2", "white-3"];

/// The attribute that tells which call of a case an event comes from; its prefix carries it to the wire.
pub const MARK: &str = "$opt_call";

const SEGMENTS: [&str; 8] = ["gold", "silver", "US", "user", "é", "true", "12", "a b"];

const OPTIONS: [(usize, &str); 5] = [
    (75, "INCLUDE_REASONS"),
    (12, "ENABLED_FLAGS_ONLY"),
    (15, "DISABLE_DECISION_EVENT"),
    (15, "EXCLUDE_VARIABLES"),
    (10, "IGNORE_USER_PROFILE_SERVICE"),
];

/// The calls of a case while they are made.
pub struct Calls<'a> {
    project: &'a Project,
    /// What was made so far.
    pub made: Vec<Json>,
    /// How often rarities of single calls are asked for, in a hundred.
    pub odd: usize,
}

impl<'a> Calls<'a> {
    /// Calls on a client of this project.
    pub fn new(project: &'a Project, odd: usize) -> Self {
        Self { project, made: Vec::new(), odd }
    }

    /// Adds a call of any kind, for any user.
    pub fn add_any(&mut self, rng: &mut Rng) {
        let user = Self::user(rng);
        let op = *rng.weighted(&[
            (26, "decide"),
            (10, "decide_for_keys"),
            (16, "decide_all"),
            (10, "activate"),
            (10, "get_variation"),
            (8, "is_feature_enabled"),
            (5, "get_enabled_features"),
            (5, "all_variables"),
            (8, "variable"),
            (2, "get_forced_variation"),
        ]);
        self.add(rng, op, &user);
    }

    /// A user nobody else is, or one that is special.
    pub fn user(rng: &mut Rng) -> String {
        match rng.below(20) {
            0..=3 => (*rng.pick(&WHITELISTED)).to_owned(),
            4 => format!("ユーザー {}", rng.below(1000)),
            5 if rng.chance(30) => String::new(),
            _ => format!("user-{}", rng.below(1_000_000)),
        }
    }

    /// Adds a call of this kind for this user.
    pub fn add(&mut self, rng: &mut Rng, op: &'static str, user: &str) {
        let number = self.made.len();
        let mut members = vec![("op", text(op)), ("user", text(user))];
        if let Some(attributes) = self.attributes(rng, user, number) {
            members.push(("attrs", attributes));
        }
        let flag = self.flag(rng);
        match op {
            "decide" | "is_feature_enabled" | "all_variables" => members.push(("flag", text(flag))),
            "decide_for_keys" => members.push(("flags", self.flags(rng))),
            "activate" | "get_variation" | "get_forced_variation" => {
                members.push(("experiment", text(self.experiment(rng))));
            }
            "variable" => self.add_variable(rng, &mut members),
            _ => {}
        }
        if op.starts_with("decide") {
            self.add_context(rng, &mut members);
        }
        self.made.push(object(members));
    }

    fn add_variable(&self, rng: &mut Rng, members: &mut Vec<(&'static str, Json)>) {
        let flag = rng.pick(&self.project.flags);
        let variable = (!flag.variables.0.is_empty() && !rng.chance(4)).then(|| rng.pick(&flag.variables.0));
        let (key, kind) =
            variable.map_or(("no such variable", "string"), |variable| (&variable.key, variable.kind));
        let kind = match rng.below(10) {
            0 => *rng.pick(&KINDS),
            1..=4 => "any",
            _ => kind,
        };
        members.extend([("flag", text(flag.key.as_str())), ("variable", text(key)), ("type", text(kind))]);
    }

    /// Options, segments and forced decisions.
    fn add_context(&self, rng: &mut Rng, members: &mut Vec<(&'static str, Json)>) {
        let options: Vec<&str> =
            OPTIONS.iter().filter(|(share, _)| rng.chance(*share)).map(|(_, name)| *name).collect();
        if !options.is_empty() {
            members.push(("options", texts(&options)));
        }
        if rng.chance(50) {
            members.push(("segments", texts(&rng.some(&SEGMENTS, 40))));
        }
        if rng.chance(25) {
            let count = rng.between(1, 2);
            let asked = members.iter().find(|(name, _)| *name == "flag").and_then(|(_, flag)| flag.as_text());
            let asked = self.project.flags.iter().find(|flag| Some(flag.key.as_str()) == asked);
            let forced = (0..count).map(|_| self.forced_decision(rng, asked)).collect();
            members.push(("forced_decisions", Json::List(forced)));
        }
    }

    fn forced_decision(&self, rng: &mut Rng, asked: Option<&Flag>) -> Json {
        let any = rng.pick(&self.project.flags);
        let flag = asked.filter(|_| rng.chance(80)).unwrap_or(any);
        let rule = if flag.rules.is_empty() || rng.chance(35) {
            Json::Null
        } else {
            text(rng.pick(&flag.rules).as_str())
        };
        let variation = if flag.variations.is_empty() || rng.chance(30) {
            "no such variation"
        } else {
            rng.pick(&flag.variations)
        };
        Json::List(vec![text(flag.key.as_str()), rule, text(variation)])
    }

    fn flag(&self, rng: &mut Rng) -> String {
        if rng.chance(4) { "no such flag".to_owned() } else { rng.pick(&self.project.flags).key.clone() }
    }

    fn flags(&self, rng: &mut Rng) -> Json {
        let keys: Vec<&str> = self.project.flags.iter().map(|flag| flag.key.as_str()).collect();
        let mut keys = rng.some(&keys, 60);
        rng.shuffle(&mut keys);
        if rng.chance(8) {
            keys.push("no such flag");
        }
        if rng.chance(self.odd) && !keys.is_empty() {
            keys.push(keys[0]);
        }
        texts(&keys)
    }

    fn experiment(&self, rng: &mut Rng) -> String {
        if rng.chance(4) {
            "no such experiment".to_owned()
        } else {
            rng.pick(&self.project.experiments).clone()
        }
    }

    /// Attributes near what the audiences ask for. None at all now and then, for a user whom an event tells by the id.
    fn attributes(&self, rng: &mut Rng, user: &str, number: usize) -> Option<Json> {
        let is_unique = user.starts_with("user-")
            && self.made.iter().all(|call| crate::make::text_of(call, "user") != user);
        if is_unique && rng.chance(8) {
            return None;
        }
        let mut members = attributes(rng, &self.project.audiences);
        if rng.chance(16) {
            let other = text(format!("bucket-{}", rng.below(1000)));
            let odd = [whole(5), Json::Null, Json::Bool(true), text("")];
            let id = if rng.chance(50) { other } else { rng.pick(&odd).clone() };
            members.push(("$opt_bucketing_id".to_owned(), id));
        }
        if rng.chance(8) {
            members.push(("$opt_user_agent".to_owned(), text("Mozilla/5.0 (compatible; bot)")));
        }
        if rng.chance(self.odd) && rng.chance(20) {
            members.push(("$opt_bot_filtering".to_owned(), Json::Bool(true)));
        }
        members.push((MARK.to_owned(), whole(number as i64)));
        Some(Json::Object(members))
    }
}

/// Attributes that make one condition or another of these audiences true, false or unknown.
pub fn attributes(rng: &mut Rng, audiences: &Audiences) -> Vec<(String, Json)> {
    let mut members: Vec<(String, Json)> = Vec::new();
    for name in ATTRIBUTES {
        let asked: Vec<_> = audiences.leaves.iter().filter(|leaf| leaf.name == name).collect();
        let value = if !asked.is_empty() && rng.chance(85) {
            let leaf = *rng.pick(&asked);
            let truth = *rng.weighted(&[(5, Truth::True), (3, Truth::False), (2, Truth::Unknown)]);
            leaf.attribute(rng, truth)
        } else if rng.chance(20) {
            Some(any_value(rng))
        } else if rng.chance(3) {
            Some(beyond(rng))
        } else {
            None
        };
        members.extend(value.map(|value| (name.to_owned(), value)));
    }
    rng.shuffle(&mut members);
    members
}
