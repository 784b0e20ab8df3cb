//! Audiences: trees of conditions, and the trees of audiences that rules target by.

use super::leaf::{Leaf, object};
use crate::json::Json;
use crate::make::{text, texts};
use crate::rng::Rng;

/// The attributes of a project and the conditions that its audiences ask.
#[derive(Default)]
pub struct Audiences {
    /// Ids that rules may name.
    pub ids: Vec<String>,
    /// All conditions, so that users can be made who meet them.
    pub leaves: Vec<Leaf>,
    /// The section of text conditions.
    pub untyped: Vec<Json>,
    /// The section of structured ones.
    pub typed: Vec<Json>,
}

/// The names of attributes. The last two are in no datafile.
pub const ATTRIBUTES: [&str; 12] = [
    "plan",
    "country",
    "age",
    "score",
    "beta",
    "app_version",
    "browser",
    "logged in",
    "größe",
    "$opt_tier",
    "ghost",
    "phantom",
];

impl Audiences {
    /// Audiences as the interface makes them; with `odd`, of forms that only hand-made datafiles have.
    pub fn generate(rng: &mut Rng, count: usize, odd: bool) -> Self {
        let mut made = Self::default();
        for number in 0..count {
            let conditions = made.tree(rng, 2, odd);
            made.add(rng, &format!("9{number:03}"), conditions);
        }
        if rng.chance(30) {
            made.untyped.push(object(vec![
                ("id", text("$opt_dummy_audience")),
                ("name", text("Optimizely-Generated Audience for Backwards Compatibility")),
                (
                    "conditions",
                    text(r#"["or", {"match": "exact", "name": "$opt_dummy_attribute", "type": "custom_attribute", "value": "$opt_dummy_value"}]"#),
                ),
            ]));
        }
        made
    }

    /// Adds an audience to the one section or the other.
    pub fn add(&mut self, rng: &mut Rng, id: &str, conditions: Json) {
        let is_untyped = rng.chance(20);
        let conditions = if is_untyped { text(conditions.to_string()) } else { conditions };
        let audience = object(vec![
            ("id", text(id)),
            ("name", text(format!("Audience {id}"))),
            ("conditions", conditions),
        ]);
        self.ids.push(id.to_owned());
        if is_untyped { self.untyped.push(audience) } else { self.typed.push(audience) }
    }

    fn leaf(&mut self, rng: &mut Rng, odd: bool) -> Json {
        let name = *rng.pick(&ATTRIBUTES);
        let leaf = if odd && rng.chance(25) { Leaf::odd(rng, name) } else { Leaf::any(rng, name) };
        self.leaves.push(leaf.clone());
        leaf.json
    }

    fn tree(&mut self, rng: &mut Rng, depth: usize, odd: bool) -> Json {
        let operator = *rng.weighted(&[(3, "or"), (3, "and"), (2, "not")]);
        let count = if operator == "not" { 1 } else { rng.between(1, 3) };
        let mut items = vec![text(operator)];
        for _ in 0..count {
            let is_leaf = depth == 0 || rng.chance(55);
            let item = if is_leaf { self.leaf(rng, odd) } else { self.tree(rng, depth - 1, odd) };
            items.push(item);
        }
        if odd && rng.chance(15) {
            // A list without operator, or operands that are none.
            match rng.below(4) {
                0 | 1 => drop(items.remove(0)),
                2 => items.push(self.tree(rng, 0, odd)),
                _ => items.truncate(1),
            }
        }
        Json::List(items)
    }

    /// The members of a rule that say whom it targets.
    pub fn targeting(&self, rng: &mut Rng, percent: usize, odd: bool) -> Vec<(&'static str, Json)> {
        if self.ids.is_empty() || !rng.chance(percent) {
            let mut members = vec![("audienceIds", Json::List(Vec::new()))];
            if rng.chance(20) {
                members.push(("audienceConditions", Json::List(Vec::new())));
            }
            return members;
        }
        let first = rng.pick(&self.ids).clone();
        let second = rng.pick(&self.ids).clone();
        let ids = if rng.chance(50) { vec![first.clone()] } else { vec![first.clone(), second.clone()] };
        if odd && rng.chance(5) {
            return vec![("audienceIds", texts(&["and", &first, &second]))];
        }
        let conditions = match rng.below(if odd { 14 } else { 8 }) {
            0 | 1 => None,
            2 => Some(texts(&["or", &first, &second])),
            3 => Some(texts(&["and", &first, &second])),
            4 => Some(texts(&["not", &first])),
            5 => {
                Some(Json::List(vec![text("and"), texts(&["or", &first, &second]), texts(&["not", &second])]))
            }
            6 => Some(texts(&[first.as_str()])),
            5.. if odd => Some(self.odd_targeting(rng, &first, &second)),
            _ => Some(Json::Null),
        };
        let mut members = vec![("audienceIds", texts(&ids))];
        members.extend(conditions.map(|conditions| ("audienceConditions", conditions)));
        members
    }

    fn odd_targeting(&self, rng: &mut Rng, first: &str, second: &str) -> Json {
        let third = rng.pick(&self.ids);
        match rng.below(9) {
            0..=3 => texts(&["or", "an audience that is not there", first]),
            4 => texts(&["not", "an audience that is not there"]),
            5 => Json::List(vec![texts(&["not", first]), text(second)]),
            6 => Json::List(vec![text("or"), texts(&[first, second]), texts(&["and", second, third])]),
            _ => texts(&[first, second]),
        }
    }
}
