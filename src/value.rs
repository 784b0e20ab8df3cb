//! Values of attributes and event tags, and which of them take part where.

use crate::text::decimal;

/// Largest magnitude that a double holds exactly, and with it the bound on numbers of attributes and conditions.
/// Rule: SPEC, section 2.1.
pub const NUMBER_BOUND: f64 = 9_007_199_254_740_992.0;

/// The same bound for whole numbers, which are checked as given and not as a double.
const INTEGER_BOUND: u64 = 1 << 53;

/// A borrowed value of an attribute or an event tag.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// Present without a value.
    Null,
    /// true or false.
    Bool(bool),
    /// A 64-bit whole number.
    Int(i64),
    /// A double; may be NaN or infinite, which takes part nowhere.
    Double(f64),
    /// A text.
    Str(&'a str),
}

impl Value<'_> {
    /// May an attribute of this value travel on an event? Rule: SPEC, section 2.1.
    #[must_use]
    pub fn is_event_attribute(self) -> bool {
        match self {
            Self::Null => false,
            Self::Bool(_) | Self::Str(_) => true,
            Self::Int(_) | Self::Double(_) => self.as_number().is_some(),
        }
    }

    /// The finite number that a metric takes: a number, or a text that is one as a whole. Rule: SPEC, section 6.4.
    #[must_use]
    pub fn as_metric(self) -> Option<f64> {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "the metric is a double whatever the tag's type")]
            Self::Int(integer) => Some(integer as f64),
            Self::Double(number) => number.is_finite().then_some(number),
            Self::Str(text) => decimal(text),
            Self::Null | Self::Bool(_) => None,
        }
    }

    /// The number that conditions compare, if there is one: finite and within the bound.
    #[must_use]
    pub fn as_number(self) -> Option<f64> {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "exact within the bound")]
            Self::Int(integer) => (integer.unsigned_abs() <= INTEGER_BOUND).then_some(integer as f64),
            Self::Double(number) => (number.abs() <= NUMBER_BOUND).then_some(number),
            _ => None,
        }
    }
}
