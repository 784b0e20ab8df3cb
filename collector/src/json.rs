//! A JSON value that keeps what others drop: numbers as they were written, and the order of members.

use std::borrow::Cow;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

/// A JSON value that borrows from its text wherever the text needs no unescaping.
#[derive(Debug, Clone, PartialEq)]
pub enum Json<'a> {
    Null,
    Bool(bool),
    /// The number exactly as written.
    Number(&'a str),
    String(Cow<'a, str>),
    Array(Vec<Json<'a>>),
    Object(Vec<(Cow<'a, str>, Json<'a>)>),
}

impl<'a> Json<'a> {
    /// The member `key` of an object.
    pub fn get(&self, key: &str) -> Option<&Json<'a>> {
        self.as_object()?.iter().find_map(|(name, value)| (name == key).then_some(value))
    }

    pub fn as_object(&self) -> Option<&[(Cow<'a, str>, Json<'a>)]> {
        if let Json::Object(members) = self { Some(members) } else { None }
    }

    pub fn as_array(&self) -> Option<&[Json<'a>]> {
        if let Json::Array(items) = self { Some(items) } else { None }
    }

    pub fn as_str(&self) -> Option<&str> {
        if let Json::String(text) = self { Some(text) } else { None }
    }

    /// A number written without fraction or exponent that fits 64 bits.
    pub fn as_i64(&self) -> Option<i64> {
        if let Json::Number(text) = self { text.parse().ok() } else { None }
    }

    /// A number that a double can hold as something finite.
    pub fn as_f64(&self) -> Option<f64> {
        let Json::Number(text) = self else { return None };
        text.parse().ok().filter(|number: &f64| number.is_finite())
    }

    /// Hashes the meaning: the order of members and the spelling of numbers do not count.
    pub fn digest(&self, state: &mut DefaultHasher) {
        std::mem::discriminant(self).hash(state);
        match self {
            Json::Null => {}
            Json::Bool(value) => value.hash(state),
            Json::Number(text) => match self.as_i64() {
                Some(integer) => integer.hash(state),
                None => digest_double(text, self.as_f64(), state),
            },
            Json::String(text) => text.hash(state),
            Json::Array(items) => {
                items.len().hash(state);
                for item in items {
                    item.digest(state);
                }
            }
            Json::Object(members) => {
                let sum = members.iter().fold(0_u64, |sum, (key, value)| {
                    let mut member = DefaultHasher::new();
                    key.hash(&mut member);
                    value.digest(&mut member);
                    sum.wrapping_add(member.finish())
                });
                (members.len(), sum).hash(state);
            }
        }
    }
}

/// A number that is not written as an integer of 64 bits: by value, or by its text where a double would round it.
fn digest_double(text: &str, number: Option<f64>, state: &mut DefaultHasher) {
    match number {
        Some(number) if number.fract() == 0.0 && number.abs() < 9e15 => (number as i64).hash(state),
        Some(number) if text.contains(['.', 'e', 'E']) => number.to_bits().hash(state),
        _ => text.hash(state),
    }
}

impl fmt::Display for Json<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Json::Null => f.write_str("null"),
            Json::Bool(value) => write!(f, "{value}"),
            Json::Number(text) => f.write_str(text),
            Json::String(text) => write!(f, "{}", Quoted(text)),
            Json::Array(items) => {
                f.write_str("[")?;
                for (index, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if index == 0 { "" } else { "," })?;
                }
                f.write_str("]")
            }
            Json::Object(members) => {
                f.write_str("{")?;
                for (index, (key, value)) in members.iter().enumerate() {
                    write!(f, "{}{}:{value}", if index == 0 { "" } else { "," }, Quoted(key))?;
                }
                f.write_str("}")
            }
        }
    }
}

/// Writes a text as a JSON string.
pub struct Quoted<'t>(pub &'t str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        let mut plain = 0;
        for (at, byte) in
            self.0.bytes().enumerate().filter(|(_, byte)| matches!(byte, b'"' | b'\\' | 0..0x20))
        {
            f.write_str(&self.0[plain..at])?;
            match byte {
                b'"' | b'\\' => write!(f, "\\{}", char::from(byte))?,
                _ => write!(f, "\\u{byte:04x}")?,
            }
            plain = at + 1;
        }
        f.write_str(&self.0[plain..])?;
        f.write_str("\"")
    }
}
