//! Event tags as a caller gives them, and what they are worth as metrics. Rule: SPEC, sections 6.3 and 6.4.

use crate::value::Value;

/// Tags kept on the stack; more go to the heap.
const INLINE: usize = 8;

/// From here on repeated keys are looked for by hash.
const MANY: usize = 32;

/// A list of tags, borrowed from the caller.
pub struct Tags<'a> {
    inline: [(&'a str, Value<'a>); INLINE],
    len: usize,
    spilled: Vec<(&'a str, Value<'a>)>,
}

impl Default for Tags<'_> {
    fn default() -> Self {
        Self { inline: [("", Value::Null); INLINE], len: 0, spilled: Vec::new() }
    }
}

impl<'a> Tags<'a> {
    /// No tags.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a tag; of two with one key the last wins.
    #[inline]
    pub fn push(&mut self, key: &'a str, value: Value<'a>) {
        if self.spilled.is_empty() {
            if let Some(place) = self.inline.get_mut(self.len) {
                *place = (key, value);
                self.len += 1;
                return;
            }
            self.spilled.extend_from_slice(&self.inline);
        }
        self.spilled.push((key, value));
    }

    fn all(&self) -> &[(&'a str, Value<'a>)] {
        if self.spilled.is_empty() { &self.inline[..self.len] } else { &self.spilled }
    }

    /// Were any given?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Bytes of all texts, each of which takes at least as much in JSON.
    #[must_use]
    pub fn text_bytes(&self) -> usize {
        let text = |value: &Value<'_>| if let Value::Str(text) = value { text.len() } else { 0 };
        self.all()
            .iter()
            .map(|(key, value)| key.len().saturating_add(text(value)))
            .fold(0, usize::saturating_add)
    }

    /// The last value of each key, in order of the keys' last places.
    pub fn distinct(&self, mut take: impl FnMut(&'a str, Value<'a>)) {
        let all = self.all();
        if all.len() > MANY {
            let last: std::collections::HashMap<_, _> =
                all.iter().enumerate().map(|(index, (key, _))| (*key, index)).collect();
            for (index, (key, value)) in all.iter().enumerate() {
                if last.get(key) == Some(&index) {
                    take(key, *value);
                }
            }
            return;
        }
        for (index, (key, value)) in all.iter().enumerate() {
            if !all[index + 1..].iter().any(|(later, _)| later == key) {
                take(key, *value);
            }
        }
    }
}

/// May a tag of this value travel? JSON has no other numbers, and the Events API no null.
pub(super) fn is_sendable(value: Value<'_>) -> bool {
    match value {
        Value::Null => false,
        Value::Double(number) => number.is_finite(),
        Value::Bool(_) | Value::Int(_) | Value::Str(_) => true,
    }
}

/// Revenue in cents, a fraction cut off.
pub(super) fn revenue(value: Value<'_>) -> Option<i64> {
    match value {
        Value::Int(integer) => Some(integer),
        Value::Double(number) => {
            let whole = number.trunc();
            // Both bounds are exact doubles; the upper one is just past the largest i64.
            (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0)
                .contains(&whole)
                .then_some(whole as i64)
        }
        _ => None,
    }
}

/// The numeric value of a conversion.
pub(super) fn value(value: Value<'_>) -> Option<f64> {
    value.as_metric()
}
