//! Conditions of audiences, compiled once: the match resolved, the value typed, the version checked.
//! Rule: SPEC, section 2.4.

use serde_json::value::RawValue;

use super::schema::Leaf;
use super::tree::{self, RawLeaf, Tree};
use super::version::Version;
use crate::value::Value;

/// A leaf of an audience's tree.
#[derive(Debug)]
pub struct Condition {
    /// The attribute it reads.
    pub attribute: Box<str>,
    /// What it asks of the attribute.
    pub test: Test,
}

/// What a condition asks.
#[derive(Debug)]
pub enum Test {
    /// Is the attribute there?
    Exists,
    /// Does the user qualify for the segment?
    Qualified(Box<str>),
    /// Is it equal?
    Exact(Operand),
    /// Does it contain the text?
    Substring(Box<str>),
    /// How does the number compare?
    Number(Comparison, f64),
    /// How does the version compare? The text is known to be a version.
    Version(Comparison, Box<str>),
    /// The condition can't be evaluated, whatever the user has.
    Unknown(Unknown),
}

impl Test {
    /// The match as the datafile names it; none for a condition that can't be evaluated.
    #[must_use]
    pub const fn match_name(&self) -> Option<&'static str> {
        Some(match self {
            Self::Exists => "exists",
            Self::Qualified(_) => "qualified",
            Self::Exact(_) | Self::Number(Comparison::Equal, _) => "exact",
            Self::Substring(_) => "substring",
            Self::Number(Comparison::Greater, _) => "gt",
            Self::Number(Comparison::GreaterOrEqual, _) => "ge",
            Self::Number(Comparison::Less, _) => "lt",
            Self::Number(Comparison::LessOrEqual, _) => "le",
            Self::Version(Comparison::Greater, _) => "semver_gt",
            Self::Version(Comparison::GreaterOrEqual, _) => "semver_ge",
            Self::Version(Comparison::Less, _) => "semver_lt",
            Self::Version(Comparison::LessOrEqual, _) => "semver_le",
            Self::Version(Comparison::Equal, _) => "semver_eq",
            Self::Unknown(_) => return None,
        })
    }

    /// The value that the attribute is compared with; none where there is none or it can't be used.
    #[must_use]
    pub fn operand(&self) -> Option<Value<'_>> {
        match self {
            Self::Exists | Self::Unknown(_) => None,
            Self::Qualified(text)
            | Self::Substring(text)
            | Self::Version(_, text)
            | Self::Exact(Operand::Text(text)) => Some(Value::Str(text)),
            Self::Exact(Operand::Bool(boolean)) => Some(Value::Bool(*boolean)),
            Self::Exact(Operand::Number(number)) | Self::Number(_, number) => Some(Value::Double(*number)),
        }
    }
}

/// The value of an `exact` condition.
#[derive(Debug, PartialEq)]
pub enum Operand {
    /// Equal texts, byte by byte.
    Text(Box<str>),
    /// Equal truth.
    Bool(bool),
    /// Equal as doubles.
    Number(f64),
}

/// What a comparison must come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// Equal.
    Equal,
    /// Attribute above value.
    Greater,
    /// Not below.
    GreaterOrEqual,
    /// Attribute below value.
    Less,
    /// Not above.
    LessOrEqual,
}

/// Why a condition can't be evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// Its type is not one that any SDK evaluates.
    Type,
    /// Its match is not one of the known ones.
    Match,
    /// Its value is of a kind that the match can't compare, or a number out of bounds.
    Value,
    /// It is no condition at all.
    Leaf,
}

/// Compiles an audience's conditions: a JSON list or object, or a text that holds one. `None` if they can't be used.
pub(super) fn compile(json: &str) -> Option<Tree<Condition>> {
    if json.starts_with('"') {
        let inner = tree::text(json)?;
        // Whole and valid first; the compiler below relies on it.
        serde_json::from_str::<&RawValue>(&inner).ok()?;
        return compile_tree(inner.trim());
    }
    compile_tree(json)
}

fn compile_tree(json: &str) -> Option<Tree<Condition>> {
    if !json.starts_with(['[', '{']) {
        return None;
    }
    tree::compile(json, |leaf| match leaf {
        RawLeaf::Object(object) => condition(object),
        RawLeaf::Text(_) | RawLeaf::Scalar(_) => unknown("", Unknown::Leaf),
    })
}

fn unknown(attribute: &str, why: Unknown) -> Condition {
    Condition { attribute: attribute.into(), test: Test::Unknown(why) }
}

fn condition(json: &str) -> Condition {
    let Ok(leaf) = serde_json::from_str::<Leaf<'_>>(json) else { return unknown("", Unknown::Leaf) };
    let name = leaf.name.0.and_then(tree::text).unwrap_or_default();
    let kind = leaf.kind.0.and_then(tree::text);
    if !matches!(kind.as_deref(), Some("custom_attribute" | "third_party_dimension")) {
        return unknown(&name, Unknown::Type);
    }
    let Some(matcher) = leaf.matcher.0.map_or(Some("exact".into()), tree::text) else {
        return unknown(&name, Unknown::Match);
    };
    Condition { attribute: name.into(), test: test(&matcher, leaf.value.0.and_then(operand)) }
}

fn test(matcher: &str, value: Option<Operand>) -> Test {
    let comparison = |name: &str| {
        Some(match name {
            "gt" => Comparison::Greater,
            "ge" => Comparison::GreaterOrEqual,
            "lt" => Comparison::Less,
            "le" => Comparison::LessOrEqual,
            "eq" => Comparison::Equal,
            _ => return None,
        })
    };
    let test = match (matcher, value) {
        ("exists", _) => Some(Test::Exists),
        ("qualified", Some(Operand::Text(segment))) => Some(Test::Qualified(segment)),
        ("exact", Some(value)) => Some(Test::Exact(value)),
        ("substring", Some(Operand::Text(text))) => Some(Test::Substring(text)),
        ("gt" | "ge" | "lt" | "le", Some(Operand::Number(number))) => {
            comparison(matcher).map(|comparison| Test::Number(comparison, number))
        }
        ("exact" | "substring" | "qualified" | "gt" | "ge" | "lt" | "le", _) => {
            return Test::Unknown(Unknown::Value);
        }
        (_, value) => match (matcher.strip_prefix("semver_").and_then(comparison), value) {
            (Some(comparison), Some(Operand::Text(version))) if Version::parse(&version).is_some() => {
                Some(Test::Version(comparison, version))
            }
            (Some(_), _) => return Test::Unknown(Unknown::Value),
            (None, _) => None,
        },
    };
    test.unwrap_or(Test::Unknown(Unknown::Match))
}

/// The typed value of a condition; `None` for null, lists, objects, and numbers out of bounds.
fn operand(json: &str) -> Option<Operand> {
    match json.as_bytes().first()? {
        b'"' => tree::text(json).map(|text| Operand::Text(text.into())),
        b't' => Some(Operand::Bool(true)),
        b'f' => Some(Operand::Bool(false)),
        b'-' | b'0'..=b'9' => {
            // A whole number is checked as given, before a double could round it into the bound.
            let value = match json.parse::<i64>() {
                Ok(integer) => Value::Int(integer),
                Err(_) => Value::Double(json.parse().ok()?),
            };
            value.as_number().map(Operand::Number)
        }
        _ => None,
    }
}
