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
        let mut version = Self { numbers: [""; 3], count: 0, suffix: None, kind: Suffix::None };
        let (mut start, mut at) = (0, 0);
        let bytes = text.as_bytes();
        loop {
            let byte = bytes.get(at).copied();
            if byte.is_some_and(|byte| byte.is_ascii_digit()) {
                at += 1;
                continue;
            }
            // A part ends here: it has digits, and it is one of three.
            let place = version.numbers.get_mut(version.count)?;
            if at == start {
                return None;
            }
            *place = &text[start..at];
            version.count += 1;
            at += 1;
            start = at;
            version.kind = match byte {
                Some(b'.') => continue,
                Some(b'-') => Suffix::PreRelease,
                Some(b'+') => Suffix::Build,
                Some(_) => return None,
                None => return Some(version),
            };
            version.suffix = Some(&text[at..]).filter(|suffix| !suffix.contains(char::is_whitespace));
            return version.suffix.is_some().then_some(version);
        }
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
