//! Conditions of audiences, and attribute values that make them true, false or unknown.

use crate::json::Json;
use crate::make::{digits, special, text, whole};
use crate::rng::Rng;

/// The match types of SPEC 2.4, in the order of the coverage table.
pub const MATCHES: [&str; 13] = [
    "exact",
    "substring",
    "gt",
    "ge",
    "lt",
    "le",
    "exists",
    "qualified",
    "semver_eq",
    "semver_gt",
    "semver_ge",
    "semver_lt",
    "semver_le",
];

/// The three truth values of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Truth {
    /// The user meets it.
    True,
    /// The user does not.
    False,
    /// It can't be said.
    Unknown,
}

/// All of them.
pub const TRUTHS: [Truth; 3] = [Truth::True, Truth::False, Truth::Unknown];

/// One condition of an audience.
#[derive(Clone, Debug)]
pub struct Leaf {
    /// The attribute it asks for.
    pub name: String,
    /// Its match type, as far as it is one of [`MATCHES`]; what is not is `exact` where it is absent, else unknown.
    pub matched: &'static str,
    /// What the attribute is compared with.
    pub value: Json,
    /// The condition as the datafile has it.
    pub json: Json,
}

/// Versions in ascending order.
const VERSIONS: [&str; 10] =
    ["0.9.9", "1.0.0-alpha", "1.0.0-beta", "1.0.0", "1.0.1", "1.2.0", "1.10.0", "2.0.0", "2.1.3", "10.0.0"];

/// Versions that are short, carry more than numbers, or are none.
const ODD_VERSIONS: [&str; 26] = [
    "2",
    "2.0",
    "2.1",
    "1",
    "1.0",
    "2.1.3+build",
    "2.1.3+build-1.2.3",
    "2.1.3-beta+1",
    "2.1.3-beta+1.2.3",
    "2.1.3-beta-1",
    "1.0.0-rc.1",
    "1.0.0-1",
    "3.7.0-prerelease",
    "3.7.0-prerelease+build",
    "2.1.2-release",
    "01.2.0",
    "99999999999999999999.0.0",
    "2.",
    ".2.2",
    "3.7.2.2",
    "3.x",
    "+build",
    "-",
    "",
    " 2.0.0",
    "2.0.0 ",
];

const WORDS: [&str; 8] = ["gold", "silver", "US", "user", "é", "true", "12", "a b"];

const NUMBERS: [&str; 14] = [
    "0",
    "1",
    "42",
    "-5",
    "4.2",
    "100",
    "0.1",
    "1e-310",
    "-0.0",
    "1000000.5",
    "18.0",
    "9007199254740991",
    "9007199254740992",
    "-9007199254740992",
];

/// Numbers outside the bound of SPEC 2.1. An integer that a double can't hold is among them.
const BEYOND: [&str; 4] = ["9007199254740994", "1e300", "-9007199254740993", "9007199254740993"];

impl Leaf {
    /// A condition of this match type on this attribute.
    pub fn of(rng: &mut Rng, name: &str, matched: &'static str) -> Self {
        let value = match matched {
            "exact" => exact_value(rng),
            "substring" | "qualified" => text(*rng.pick(&WORDS)),
            "gt" | "ge" | "lt" | "le" => digits(rng.pick(&NUMBERS)),
            "exists" => Json::Null,
            _ if rng.chance(70) => text(*rng.pick(&VERSIONS)),
            _ => text(*rng.pick(&ODD_VERSIONS)),
        };
        Self::with(rng, name, matched, value)
    }

    /// A condition of any match type.
    pub fn any(rng: &mut Rng, name: &str) -> Self {
        let matched = *rng.pick(&MATCHES);
        Self::of(rng, name, matched)
    }

    /// A condition that compares with this value.
    pub fn with(rng: &mut Rng, name: &str, matched: &'static str, value: Json) -> Self {
        let mut members = vec![("name", text(name)), ("type", text("custom_attribute"))];
        if matched == "qualified" {
            members[1].1 = text("third_party_dimension");
        }
        let is_exact_without_saying = matched == "exact" && rng.chance(20);
        if !is_exact_without_saying {
            members.push(("match", text(matched)));
        }
        if matched != "exists" {
            members.push(("value", value.clone()));
        }
        Self { name: name.to_owned(), matched, value, json: object(members) }
    }

    /// A condition of a kind that no current interface makes.
    pub fn odd(rng: &mut Rng, name: &str) -> Self {
        let mut leaf = Self::any(rng, name);
        let (member, value) = match rng.below(9) {
            0 => ("match", text("regex")),
            1 => ("match", text("")),
            2 => ("match", Json::Null),
            3 => ("type", text("custom_dimension")),
            4 => ("type", text("third_party_dimension")),
            5 => ("value", Json::Null),
            6 => ("value", digits(rng.pick(&BEYOND))),
            7 => ("value", Json::List(vec![text("gold")])),
            _ => ("value", Json::Bool(true)),
        };
        crate::make::set(&mut leaf.json, member, value);
        leaf.value = leaf.json.get("value").cloned().unwrap_or(Json::Null);
        leaf
    }

    /// An attribute value that gives the condition this truth value, as far as there is one; none for no attribute.
    pub fn attribute(&self, rng: &mut Rng, truth: Truth) -> Option<Json> {
        if matches!(self.value, Json::List(_)) {
            return Some(any_value(rng));
        }
        match (self.matched, truth) {
            ("exists", Truth::True) => Some(any_value(rng)),
            ("exists" | "qualified", _) => rng.chance(30).then_some(Json::Null),
            (_, Truth::Unknown) => self.unusable(rng),
            ("exact", Truth::True) => Some(same_value(rng, &self.value)),
            ("exact", Truth::False) => Some(other_value(rng, &self.value)),
            ("substring", Truth::True) => {
                Some(text(format!("x{}y", self.value.as_text().unwrap_or_default())))
            }
            ("substring", Truth::False) => Some(text(*rng.pick(&["zz", "", "Gold", "go"]))),
            ("gt" | "ge" | "lt" | "le", _) => Some(self.number(rng, truth == Truth::True)),
            _ => Some(self.version(rng, truth == Truth::True)),
        }
    }

    fn unusable(&self, rng: &mut Rng) -> Option<Json> {
        match rng.below(6) {
            0 | 1 => None,
            2 => Some(Json::Null),
            3 if self.matched.starts_with("semver") => Some(text(*rng.pick(&ODD_VERSIONS))),
            3 if self.matched != "substring" => Some(beyond(rng)),
            4 if !matches!(self.value, Json::Bool(_)) => Some(Json::Bool(rng.chance(50))),
            _ if matches!(self.value, Json::Text(_)) => Some(digits(rng.pick(&NUMBERS))),
            _ => Some(text(*rng.pick(&WORDS))),
        }
    }

    fn number(&self, rng: &mut Rng, meets: bool) -> Json {
        let bound = match &self.value {
            Json::Number(digits) => digits.parse::<f64>().unwrap_or_default(),
            _ => 0.0,
        };
        let is_met_by_equal = matches!(self.matched, "ge" | "le");
        if is_met_by_equal == meets && rng.chance(40) {
            return self.value.clone();
        }
        let is_above = self.matched.starts_with('g') == meets;
        let step = *rng.pick(&[1.0, 0.5, 1000.0]);
        double(if is_above { bound + step } else { bound - step })
    }

    fn version(&self, rng: &mut Rng, meets: bool) -> Json {
        let wanted = self.value.as_text().unwrap_or_default();
        let Some(place) = VERSIONS.iter().position(|version| *version == wanted) else {
            let is_same = meets == !matches!(self.matched, "semver_gt" | "semver_lt");
            return text(if is_same { wanted } else { *rng.pick(&VERSIONS) });
        };
        let is_above = matches!(self.matched, "semver_gt" | "semver_ge") == meets;
        let takes_equal = matches!(self.matched, "semver_eq" | "semver_ge" | "semver_le") == meets;
        if takes_equal && (self.matched == "semver_eq" || rng.chance(30)) {
            return text(wanted);
        }
        let range = if is_above { &VERSIONS[place + 1..] } else { &VERSIONS[..place] };
        text(if range.is_empty() { *rng.pick(&VERSIONS) } else { *rng.pick(range) })
    }
}

/// An object of the members given.
pub fn object(members: Vec<(&str, Json)>) -> Json {
    Json::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// A number that no condition and no event takes.
pub fn beyond(rng: &mut Rng) -> Json {
    match rng.below(6) {
        0 => special("NaN"),
        1 => special("Infinity"),
        2 => special("-Infinity"),
        _ => digits(rng.pick(&BEYOND)),
    }
}

/// An attribute value of any usable kind.
pub fn any_value(rng: &mut Rng) -> Json {
    match rng.below(8) {
        0 => Json::Bool(rng.chance(50)),
        1..=3 => digits(rng.pick(&NUMBERS)),
        4 => text(*rng.pick(&VERSIONS)),
        5 => text(""),
        _ => text(*rng.pick(&WORDS)),
    }
}

fn exact_value(rng: &mut Rng) -> Json {
    match rng.below(4) {
        0 => Json::Bool(rng.chance(50)),
        1 => digits(rng.pick(&NUMBERS)),
        _ => text(*rng.pick(&WORDS)),
    }
}

fn same_value(rng: &mut Rng, value: &Json) -> Json {
    match value {
        // The same number in another form.
        Json::Number(number) if rng.chance(40) => double(number.parse().unwrap_or_default()),
        other => other.clone(),
    }
}

fn other_value(rng: &mut Rng, value: &Json) -> Json {
    match value {
        Json::Bool(value) => Json::Bool(!value),
        Json::Number(number) => double(number.parse::<f64>().unwrap_or_default() / 2.0 + 7.0),
        Json::Text(word) => text(format!("{word}{}", rng.pick(&["x", " ", "\u{301}", "S"]))),
        _ => whole(3),
    }
}

/// A double as JSON that says it is one.
fn double(value: f64) -> Json {
    Json::Number(format!("{value:?}"))
}
