//! Variables of flags: one in its own type, or all of them as JSON. Rule: SPEC, section 5.5.

use super::decision::Decision;
use crate::datafile::{Flag, Variable, VariableKind, VariableValue, Variation};
use crate::error::{Error, Result, Status};
use crate::json;

/// Reads a variable as a user with this variation has it.
pub(super) fn read<'p>(
    variable: &'p Variable,
    variation: Option<&'p Variation>,
    kind: Option<VariableKind>,
) -> Result<VariableValue<'p>> {
    if let Some(kind) = kind.filter(|kind| *kind != variable.kind) {
        let (is, asked) = (variable.kind.name(), kind.name());
        let message = format!("variable {:?} is of the type {is}, not {asked}", variable.key);
        return Err(Error::new(Status::WrongType, message).at("variable_key"));
    }
    variable.read(variable.text(variation)).ok_or_else(|| {
        let message = format!("variable {:?} has a text that is no {}", variable.key, variable.kind.name());
        Error::new(Status::BadValue, message).at("variable_key")
    })
}

/// The variables of a flag that can't be read.
pub(super) fn unreadable<'p>(
    flag: &'p Flag,
    variation: Option<&'p Variation>,
) -> impl Iterator<Item = &'p Variable> {
    flag.variables.iter().filter(move |variable| !variable.can_read(variable.text(variation)))
}

/// All variables of a flag as an object, and how many of them are null because they can't be read.
pub(super) fn to_json(flag: &Flag, variation: Option<&Variation>) -> (String, usize) {
    let mut failed = 0;
    let json = json::to_string(|out| {
        json::object(out, |members| {
            for variable in &flag.variables {
                let value = variable.read(variable.text(variation));
                failed += usize::from(value.is_none());
                write(members.name(&variable.key), value);
            }
        });
    });
    (json, failed)
}

/// Writes a value; null for one that could not be read.
pub(super) fn write(out: &mut Vec<u8>, value: Option<VariableValue<'_>>) {
    match value {
        None => json::null(out),
        Some(VariableValue::Boolean(boolean)) => json::boolean(out, boolean),
        Some(VariableValue::Integer(integer)) => json::integer(out, integer),
        // With a fraction always, so that a reader can tell the type.
        Some(VariableValue::Double(number)) => json::double_with_fraction(out, number),
        Some(VariableValue::Text(text)) => json::text(out, text),
        Some(VariableValue::Json(text)) => json::compact(out, text),
    }
}

/// The type of a value.
pub(super) fn kind_of(value: &VariableValue<'_>) -> VariableKind {
    match value {
        VariableValue::Boolean(_) => VariableKind::Boolean,
        VariableValue::Integer(_) => VariableKind::Integer,
        VariableValue::Double(_) => VariableKind::Double,
        VariableValue::Text(_) => VariableKind::Text,
        VariableValue::Json(_) => VariableKind::Json,
    }
}

/// A feature variable as a call outside decide gives it.
pub struct FeatureVariable {
    /// Its type.
    pub kind: VariableKind,
    /// The decision whose variation gave it.
    decision: Decision,
    key: Box<str>,
}

impl FeatureVariable {
    pub(super) fn new(decision: Decision, key: &str, kind: VariableKind) -> Self {
        Self { kind, decision, key: key.into() }
    }

    /// Its value.
    pub fn value(&self) -> Result<VariableValue<'_>> {
        self.decision.variable(&self.key, None)
    }

    /// Its value as JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        json::to_string(|out| write(out, self.value().ok()))
    }
}
