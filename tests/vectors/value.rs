//! Attribute and tag values of the vectors, as the C ABI takes them.

use crate::abi::{Pair, Str, Value, ValueAs};
use crate::json::Json;

/// A value that the C ABI can say.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar {
    Null,
    Bool(bool),
    Integer(i64),
    Double(f64),
    Text(String),
}

/// An attribute or tag under its name.
pub type Named = (String, Scalar);

impl Scalar {
    /// The value that `json` stands for; none if it is one that no `opt_value` holds.
    pub fn read(json: &Json) -> Option<Self> {
        if let Some(name) = json.marked("$double") {
            return name.as_text()?.parse().ok().map(Self::Double);
        }
        match json {
            Json::Null => Some(Self::Null),
            Json::Bool(value) => Some(Self::Bool(*value)),
            Json::Number(digits) if digits.contains(['.', 'e', 'E']) => digits.parse().ok().map(Self::Double),
            Json::Number(digits) => digits.parse().ok().map(Self::Integer),
            Json::Text(text) => Some(Self::Text(text.clone())),
            Json::List(_) | Json::Object(_) => None,
        }
    }

    fn borrowed(&self) -> Value {
        let (kind, held) = match self {
            Self::Null => (0, ValueAs { integer: 0 }),
            Self::Bool(boolean) => (1, ValueAs { boolean: *boolean }),
            Self::Integer(integer) => (2, ValueAs { integer: *integer }),
            Self::Double(number) => (3, ValueAs { number: *number }),
            Self::Text(text) => (4, ValueAs { string: Str::of(text) }),
        };
        Value { kind, held }
    }
}

/// The members of an object of attributes or tags; none if the C ABI can't say one of them.
pub fn read_all(object: Option<&Json>) -> Option<Vec<Named>> {
    let members = object.map_or(&[][..], Json::members);
    members.iter().map(|(name, value)| Some((name.clone(), Scalar::read(value)?))).collect()
}

/// The same as an array for a call; it borrows from `named`.
pub fn pairs(named: &[Named]) -> Vec<Pair> {
    named.iter().map(|(key, value)| Pair { key: Str::of(key), value: value.borrowed() }).collect()
}
