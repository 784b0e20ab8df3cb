//! One condition against one user: a function for each match type. Rule: SPEC, section 2.4.

use super::{Note, Trace, Truth, version};
use crate::datafile::version::Version;
use crate::datafile::{Comparison, Condition, Operand, Test, Unknown};
use crate::user::User;
use crate::value::Value;

/// Why a condition came to unknown although the user has the attribute, or whatever the user has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The datafile's condition can't be evaluated.
    Condition(Unknown),
    /// The attribute is of another kind than the condition compares.
    Kind,
    /// The attribute is a number that is not finite or beyond 2^53.
    Range,
    /// The attribute is a text that is no semantic version.
    Version,
}

impl Fault {
    /// What is wrong, as the end of a sentence about the condition.
    #[must_use]
    pub const fn gist(self) -> &'static str {
        match self {
            Self::Condition(Unknown::Type) => "has a type that is not known; a newer release may be needed",
            Self::Condition(Unknown::Match) => "has a match that is not known; a newer release may be needed",
            Self::Condition(Unknown::Value) => "has a value that its match can't compare",
            Self::Condition(Unknown::Leaf) => "is no condition",
            Self::Kind => "got an attribute of another kind than it compares",
            Self::Range => "got a number that is not finite or beyond 2^53",
            Self::Version => "got a text that is no semantic version",
        }
    }
}

pub(super) fn evaluate(condition: &Condition, user: &User, trace: &mut impl Trace) -> Truth {
    let value = user.attribute(&condition.attribute);
    let result = match &condition.test {
        Test::Exists => Ok(Some(value != Value::Null)),
        Test::Qualified(segment) => Ok(Some(user.is_qualified(segment))),
        Test::Unknown(why) => Err(Fault::Condition(*why)),
        _ if value == Value::Null => Ok(None),
        Test::Exact(operand) => exact(operand, value).map(Some),
        Test::Substring(part) => substring(part, value).map(Some),
        Test::Number(comparison, number) => numeric(*comparison, *number, value).map(Some),
        Test::Version(comparison, target) => versions(*comparison, target, value).map(Some),
    };
    let (truth, fault) = match result {
        Ok(Some(holds)) => (holds.into(), None),
        Ok(None) => (Truth::Unknown, None),
        Err(fault) => (Truth::Unknown, Some(fault)),
    };
    trace.note(Note::Condition { condition, value, truth, fault });
    truth
}

fn exact(operand: &Operand, value: Value<'_>) -> Result<bool, Fault> {
    match (operand, value) {
        (Operand::Text(text), Value::Str(value)) => Ok(**text == *value),
        (Operand::Bool(boolean), Value::Bool(value)) => Ok(*boolean == value),
        (Operand::Number(number), Value::Int(_) | Value::Double(_)) => {
            numeric(Comparison::Equal, *number, value)
        }
        _ => Err(Fault::Kind),
    }
}

fn substring(part: &str, value: Value<'_>) -> Result<bool, Fault> {
    match value {
        Value::Str(text) => Ok(text.contains(part)),
        _ => Err(Fault::Kind),
    }
}

fn numeric(comparison: Comparison, number: f64, value: Value<'_>) -> Result<bool, Fault> {
    if !matches!(value, Value::Int(_) | Value::Double(_)) {
        return Err(Fault::Kind);
    }
    let ordering = value.as_number().and_then(|value| value.partial_cmp(&number)).ok_or(Fault::Range)?;
    Ok(holds(comparison, ordering))
}

fn versions(comparison: Comparison, target: &str, value: Value<'_>) -> Result<bool, Fault> {
    let Value::Str(text) = value else { return Err(Fault::Kind) };
    let (Some(user), Some(target)) = (Version::parse(text), Version::parse(target)) else {
        return Err(Fault::Version);
    };
    Ok(holds(comparison, version::compare(&user, &target)))
}

fn holds(comparison: Comparison, ordering: std::cmp::Ordering) -> bool {
    match comparison {
        Comparison::Equal => ordering.is_eq(),
        Comparison::Greater => ordering.is_gt(),
        Comparison::GreaterOrEqual => ordering.is_ge(),
        Comparison::Less => ordering.is_lt(),
        Comparison::LessOrEqual => ordering.is_le(),
    }
}
