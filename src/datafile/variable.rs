//! Variables of flags: their texts, and what a text is as its type. Rule: SPEC, sections 1.9 and 5.5.

use serde_json::value::RawValue;

use super::project::Variation;
use crate::text::decimal;

/// What a variable's text is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VariableKind {
    /// `true` or `false`.
    Boolean,
    /// A 64-bit whole number.
    Integer,
    /// A finite double.
    Double,
    /// The text itself.
    Text,
    /// Any JSON value.
    Json,
}

impl VariableKind {
    /// The type as the datafile names it; `None` for one that is not known, which counts as a text.
    #[must_use]
    pub fn of(kind: &str, sub_kind: &str) -> Option<Self> {
        Some(match kind {
            "boolean" => Self::Boolean,
            "integer" => Self::Integer,
            "double" => Self::Double,
            "string" if sub_kind == "json" => Self::Json,
            "string" => Self::Text,
            "json" => Self::Json,
            _ => return None,
        })
    }

    /// The name that the official SDKs give the type.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Double => "double",
            Self::Text => "string",
            Self::Json => "json",
        }
    }
}

/// A variable of a flag.
#[derive(Debug)]
pub struct Variable {
    /// Its key.
    pub key: Box<str>,
    /// What its texts are read as.
    pub kind: VariableKind,
    /// The number that the project gives to its id; variations refer to it.
    pub(super) number: u32,
    /// Its value where no variation has another.
    pub(super) default: VariableText,
}

/// The text of a value, as the datafile has it.
#[derive(Clone, Debug)]
pub struct VariableText {
    /// The text.
    pub text: Box<str>,
    /// The type as which it was found to be readable when the datafile was parsed, so that a decision need not look.
    readable_as: Option<VariableKind>,
}

impl VariableText {
    pub(super) fn new(text: &str, kind: VariableKind) -> Self {
        let readable_as = read(kind, text).is_some_and(|value| match value {
            VariableValue::Json(json) => is_json(json),
            _ => true,
        });
        Self { text: text.into(), readable_as: readable_as.then_some(kind) }
    }
}

impl VariableText {
    /// Was it found to be readable as the type it was looked at for?
    pub(super) const fn is_readable(&self) -> bool {
        self.readable_as.is_some()
    }

    /// Was it looked at for this type?
    pub(super) fn is_readable_as(&self, kind: VariableKind) -> bool {
        self.readable_as == Some(kind)
    }
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<&RawValue>(text).is_ok()
}

fn read(kind: VariableKind, text: &str) -> Option<VariableValue<'_>> {
    match kind {
        VariableKind::Boolean => text.parse().ok().map(VariableValue::Boolean),
        VariableKind::Integer => text.parse().ok().map(VariableValue::Integer),
        // White space around a number makes it none.
        VariableKind::Double if text.len() != text.trim().len() => None,
        VariableKind::Double => decimal(text).map(VariableValue::Double),
        VariableKind::Text => Some(VariableValue::Text(text)),
        VariableKind::Json => Some(VariableValue::Json(text)),
    }
}

/// A value in its own type.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum VariableValue<'p> {
    /// Of a boolean.
    Boolean(bool),
    /// Of an integer.
    Integer(i64),
    /// Of a double; finite.
    Double(f64),
    /// Of a string.
    Text(&'p str),
    /// Of a JSON variable: the text, which is JSON.
    Json(&'p str),
}

impl Variable {
    /// The text that counts for a user with this variation: the variation's own, if it is on and has one.
    #[must_use]
    pub fn text<'p>(&'p self, variation: Option<&'p Variation>) -> &'p VariableText {
        variation
            .filter(|variation| variation.feature_enabled)
            .and_then(|variation| variation.value(self.number))
            .unwrap_or(&self.default)
    }

    /// Can a text be read as the variable's type?
    #[must_use]
    pub fn can_read(&self, value: &VariableText) -> bool {
        // Two flags may give one id two types; the text was looked at for the first.
        value.readable_as == Some(self.kind) || self.read(value).is_some()
    }

    /// The value that a text is; `None` if it can't be read as the variable's type.
    #[must_use]
    pub fn read<'p>(&self, value: &'p VariableText) -> Option<VariableValue<'p>> {
        let is_known = value.readable_as == Some(self.kind);
        read(self.kind, &value.text).filter(|read| match read {
            VariableValue::Json(json) => is_known || is_json(json),
            _ => true,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: VariableKind, text: &str) -> Option<String> {
        let variable = Variable { key: "v".into(), kind, number: 0, default: VariableText::new(text, kind) };
        assert_eq!(variable.can_read(variable.text(None)), variable.read(variable.text(None)).is_some());
        variable.read(variable.text(None)).map(|value| format!("{value:?}"))
    }

    #[test]
    fn texts_are_read_as_their_type_or_not_at_all() {
        let reads =
            |kind, text: &str, expected: &str| assert_eq!(read(kind, text).as_deref(), Some(expected));
        reads(VariableKind::Boolean, "true", "Boolean(true)");
        reads(VariableKind::Integer, "+7", "Integer(7)");
        reads(VariableKind::Integer, "-9223372036854775808", "Integer(-9223372036854775808)");
        reads(VariableKind::Double, "1e3", "Double(1000.0)");
        reads(VariableKind::Text, " any ", "Text(\" any \")");
        reads(VariableKind::Json, " [1]", "Json(\" [1]\")");
        for (kind, text) in [
            (VariableKind::Boolean, "True"),
            (VariableKind::Boolean, ""),
            (VariableKind::Integer, "1.0"),
            (VariableKind::Integer, "9223372036854775808"),
            (VariableKind::Integer, "1_000"),
            (VariableKind::Double, " 1.0"),
            (VariableKind::Double, "1e400"),
            (VariableKind::Double, "inf"),
            (VariableKind::Double, "0x1p3"),
            (VariableKind::Json, "{"),
            (VariableKind::Json, ""),
        ] {
            assert_eq!(read(kind, text), None, "{kind:?} {text:?}");
        }
    }
}
