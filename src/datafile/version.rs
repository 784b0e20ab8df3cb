//! Semantic versions, split once. Rule: SPEC, section 2.5.

use crate::text::is_digits;

/// A version split into its numbers and its suffix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version<'a> {
    numbers: [&'a str; 3],
    count: usize,
    suffix: Option<&'a str>,
    /// What the first separator makes of the suffix.
    pub kind: Suffix,
}

/// What stands behind a version's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suffix {
    /// Nothing.
    None,
    /// After `-`.
    PreRelease,
    /// After `+`.
    Build,
}

impl<'a> Version<'a> {
    /// Splits a version; `None` if the text is not one.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        if text.is_empty() || text.contains(char::is_whitespace) {
            return None;
        }
        let separator = text.find(['-', '+']);
        let (prefix, suffix, kind) = match separator {
            None => (text, None, Suffix::None),
            Some(at) => {
                let kind = if text.as_bytes()[at] == b'-' { Suffix::PreRelease } else { Suffix::Build };
                (&text[..at], Some(&text[at + 1..]), kind)
            }
        };
        let mut version = Self { numbers: [""; 3], count: 0, suffix, kind };
        for part in prefix.split('.') {
            if version.count == 3 || !is_digits(part) {
                return None;
            }
            version.numbers[version.count] = part;
            version.count += 1;
        }
        Some(version)
    }

    /// The numbers, then the suffix if there is one.
    pub fn parts(&self) -> impl Iterator<Item = Part<'a>> + use<'a> {
        let (numbers, count) = (self.numbers, self.count);
        let suffix = self
            .suffix
            .map(|suffix| if is_digits(suffix) { Part::Digits(suffix) } else { Part::Text(suffix) });
        (0..count).map(move |index| Part::Digits(numbers[index])).chain(suffix)
    }
}

/// One part of a version, as comparison sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part<'a> {
    /// ASCII digits, at least one.
    Digits(&'a str),
    /// Anything else.
    Text(&'a str),
}

impl<'a> Part<'a> {
    /// The part as it is written.
    #[must_use]
    pub const fn as_str(self) -> &'a str {
        match self {
            Self::Digits(text) | Self::Text(text) => text,
        }
    }
}
