//! The variables of a flag and the values that variations give them.

use super::leaf::object;
use crate::json::Json;
use crate::make::text;
use crate::rng::Rng;

/// A variable of a flag.
pub struct Variable {
    id: String,
    /// Its key.
    pub key: String,
    /// Its type, as a getter names it.
    pub kind: &'static str,
}

/// The variables of a flag.
#[derive(Default)]
pub struct Variables(pub Vec<Variable>);

/// The types of variables.
pub const KINDS: [&str; 5] = ["boolean", "integer", "double", "string", "json"];

impl Variables {
    /// None to five variables.
    pub fn generate(rng: &mut Rng, flag: &str) -> Self {
        let count = rng.below(6);
        let variable = |place: usize| Variable {
            id: format!("{flag}-variable-{place}"),
            key: format!("v{place}"),
            kind: rng.word(&KINDS),
        };
        Self((0..count).map(variable).collect())
    }

    /// The flag's list of them.
    pub fn json(&self, rng: &mut Rng, odd: bool) -> Json {
        let list = self.0.iter().map(|variable| {
            let mut members = vec![("id", text(variable.id.as_str())), ("key", text(variable.key.as_str()))];
            if variable.kind == "json" && rng.chance(60) {
                members.extend([("type", text("string")), ("subType", text("json"))]);
            } else {
                members.push(("type", text(variable.kind)));
            }
            members.push(("defaultValue", text(value(rng, variable.kind, odd))));
            object(members)
        });
        Json::List(list.collect())
    }

    /// Values for some of them.
    pub fn values(&self, rng: &mut Rng, odd: bool) -> Json {
        let mut list = Vec::new();
        for variable in &self.0 {
            if rng.chance(70) {
                list.push(object(vec![
                    ("id", text(variable.id.as_str())),
                    ("value", text(value(rng, variable.kind, odd))),
                ]));
            }
        }
        if rng.chance(5) {
            list.push(object(vec![("id", text("no variable has this id")), ("value", text("stray"))]));
        }
        Json::List(list)
    }
}

fn value(rng: &mut Rng, kind: &str, odd: bool) -> &'static str {
    if odd && rng.chance(20) {
        return odd_value(rng, kind);
    }
    match kind {
        "boolean" => rng.word(&["true", "false"]),
        "integer" => rng.word(&["0", "42", "-7", "2147483648", "9007199254740991"]),
        "double" => rng.word(&["0.5", "4.2", "-1.25", "1e3", "3", "0.1"]),
        "json" => rng.word(&["{}", r#"{"a": 1, "b": [true, null, "x"]}"#, r#"{"n": {"m": 1.5}}"#]),
        _ => rng.word(&["", "plain", "é <&> \"quoted\"", "true", "12"]),
    }
}

/// Texts that are not of the type, or of its rim.
fn odd_value(rng: &mut Rng, kind: &str) -> &'static str {
    match kind {
        "boolean" => rng.word(&["True", "1", "yes", "", "t"]),
        "integer" => rng.word(&["+5", "4.0", "12abc", "", "007", "1e3", "abc"]),
        "double" => rng.word(&["inf", "abc", "", "0x10", "1.5abc", "+0.5", "NaN"]),
        "json" => rng.word(&["[1, 2]", "\"text\"", "17", "{", "", "null"]),
        _ => rng.word(&["{", " "]),
    }
}
