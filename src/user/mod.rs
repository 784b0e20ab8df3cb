//! The user context: id, attributes, qualified segments, forced decisions, and the encoded attributes for a project.

mod forced;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};

use once_cell::race::OnceBox;

use forced::ForcedDecisions;

use crate::value::Value;

/// The attribute that replaces the user id in bucketing. Rule: SPEC, section 3.2.
pub const BUCKETING_ID: &str = "$opt_bucketing_id";

/// Attributes that are looked through in less time than an index takes.
const FEW: usize = 64;

/// A visitor with attributes. All its texts lie in one buffer, so that a user made for one request costs two
/// allocations whatever it carries.
#[derive(Debug, Default)]
pub struct User {
    text: String,
    id_len: usize,
    attributes: Vec<Attribute>,
    /// Places of the attributes by their keys; only where there are many. Visitors may have chosen the keys, so the
    /// hashes are keyed.
    #[expect(clippy::box_collection, reason = "nearly no user has one, and every user has room for it")]
    places: Option<Box<HashMap<Box<str>, usize>>>,
    /// Bytes of the texts that were not replaced.
    live: usize,
    /// Where the bucketing id stands among the attributes.
    bucketing: Option<usize>,
    segments: Option<Box<[Box<str>]>>,
    forced: ForcedDecisions,
    encoded: OnceBox<EncodedAttributes>,
    has_sent: AtomicBool,
}

#[derive(Clone, Copy, Debug)]
struct Attribute {
    key: Span,
    value: Stored,
}

#[derive(Clone, Copy, Debug)]
enum Stored {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    Str(Span),
}

#[derive(Clone, Copy, Debug)]
struct Span {
    start: usize,
    len: usize,
}

impl Stored {
    fn text_len(self) -> usize {
        match self {
            Self::Str(span) => span.len,
            Self::Null | Self::Bool(_) | Self::Int(_) | Self::Double(_) => 0,
        }
    }
}

impl Span {
    fn range(self) -> std::ops::Range<usize> {
        self.start..self.start + self.len
    }
}

/// A user's attributes as the events of one project carry them; made by the event encoder.
#[derive(Debug)]
pub struct EncodedAttributes {
    /// The project they were encoded for.
    pub generation: u64,
    /// The attribute block of a record.
    pub block: Box<[u8]>,
    /// Attributes left out because the Events API can't take their value.
    pub ignored: u32,
}

impl User {
    /// A user without attributes.
    #[must_use]
    pub fn new(id: &str) -> Self {
        let mut text = String::with_capacity(id.len() + 160);
        text.push_str(id);
        let (id_len, live) = (id.len(), id.len());
        Self { text, id_len, live, attributes: Vec::with_capacity(8), ..Self::default() }
    }

    /// The user id, which is also the visitor id on the wire.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.text[..self.id_len]
    }

    /// Sets or replaces an attribute; a replaced one keeps its place in the order.
    pub fn set_attribute(&mut self, key: &str, value: Value<'_>) {
        self.encoded = OnceBox::new();
        let value = match value {
            Value::Null => Stored::Null,
            Value::Bool(boolean) => Stored::Bool(boolean),
            Value::Int(integer) => Stored::Int(integer),
            Value::Double(number) => Stored::Double(number),
            Value::Str(text) => Stored::Str(self.store(text)),
        };
        if let Some(index) = self.place(key) {
            let before = std::mem::replace(&mut self.attributes[index].value, value);
            self.live -= before.text_len();
            self.compact();
        } else {
            if key == BUCKETING_ID {
                self.bucketing = Some(self.attributes.len());
            }
            let place = self.attributes.len();
            let stored = self.store(key);
            self.attributes.push(Attribute { key: stored, value });
            if let Some(places) = &mut self.places {
                places.insert(key.into(), place);
            } else if place == FEW {
                let all = self.attributes().map(|(key, _)| key.into()).zip(0..);
                self.places = Some(Box::new(all.collect()));
            }
        }
    }

    /// Where the attribute of a key stands.
    fn place(&self, key: &str) -> Option<usize> {
        match &self.places {
            Some(places) => places.get(key).copied(),
            None => self.attributes.iter().position(|attribute| self.is_key(attribute, key)),
        }
    }

    /// Replaces the segments that the user qualifies for.
    pub fn set_qualified_segments(&mut self, segments: &[&str]) {
        self.segments = Some(segments.iter().map(|segment| Box::from(*segment)).collect());
    }

    /// Forgets the segments, as before they were fetched.
    pub fn clear_qualified_segments(&mut self) {
        self.segments = None;
    }

    /// The segments that the user qualifies for; none if they were never fetched.
    #[must_use]
    pub fn qualified_segments(&self) -> Option<&[Box<str>]> {
        self.segments.as_deref()
    }

    /// Does the user qualify for a segment? False if segments were never fetched.
    #[must_use]
    pub fn is_qualified(&self, segment: &str) -> bool {
        self.segments.as_ref().is_some_and(|all| all.iter().any(|known| **known == *segment))
    }

    /// Forces a variation on decisions of this user for a flag, or for one rule of it; the empty rule key is the flag
    /// itself. Rule: SPEC, section 4.4.
    pub fn set_forced_decision(&mut self, flag_key: &str, rule_key: &str, variation_key: &str) {
        self.forced.set(flag_key, rule_key, variation_key);
    }

    /// Is any decision forced? Nearly always not.
    #[must_use]
    pub fn has_forced_decisions(&self) -> bool {
        !self.forced.is_empty()
    }

    /// The key of the variation forced for a flag, or for one rule of it.
    #[must_use]
    pub fn forced_decision(&self, flag_key: &str, rule_key: Option<&str>) -> Option<&str> {
        self.forced.get(flag_key, rule_key.unwrap_or_default())
    }

    /// Forgets one forced decision; was there one?
    pub fn remove_forced_decision(&mut self, flag_key: &str, rule_key: &str) -> bool {
        self.forced.remove(flag_key, rule_key)
    }

    /// Forgets all forced decisions.
    pub fn remove_all_forced_decisions(&mut self) {
        self.forced = ForcedDecisions::default();
    }

    /// The value of an attribute; `Value::Null` if it is missing, for no rule tells the two apart.
    #[must_use]
    pub fn attribute(&self, key: &str) -> Value<'_> {
        self.place(key).map_or(Value::Null, |place| self.value(self.attributes[place].value))
    }

    /// Is the attribute there, if only without a value?
    #[must_use]
    pub fn has_attribute(&self, key: &str) -> bool {
        self.place(key).is_some()
    }

    /// Every attribute, in order of insertion.
    pub fn attributes(&self) -> impl Iterator<Item = (&str, Value<'_>)> {
        self.attributes.iter().map(|attribute| (self.get(attribute.key), self.value(attribute.value)))
    }

    /// What the user is bucketed by, and whether a bucketing id was given that can't be used.
    #[must_use]
    #[inline]
    pub fn bucketing_id(&self) -> (&str, bool) {
        match self.bucketing.map(|place| self.attributes[place].value) {
            None => (self.id(), false),
            Some(Stored::Str(span)) => (self.get(span), false),
            Some(_) => (self.id(), true),
        }
    }

    /// The attributes encoded before for the same project.
    #[must_use]
    pub fn encoded(&self, generation: u64) -> Option<&EncodedAttributes> {
        self.encoded.get().filter(|encoded| encoded.generation == generation)
    }

    /// Is encoding worth keeping? Not for the first event: most users are made for one request and send one.
    pub fn should_keep_encoded(&self) -> bool {
        self.has_sent.swap(true, Ordering::Relaxed) && self.encoded.get().is_none()
    }

    /// Keeps encoded attributes; if another thread was first, its are kept.
    pub fn keep_encoded(&self, encoded: EncodedAttributes) {
        let _ = self.encoded.set(Box::new(encoded));
    }

    #[inline]
    fn store(&mut self, text: &str) -> Span {
        let start = self.text.len();
        self.text.push_str(text);
        self.live += text.len();
        Span { start, len: text.len() }
    }

    #[inline]
    fn get(&self, span: Span) -> &str {
        &self.text[span.range()]
    }

    /// Compares bytes: no need to find out again where characters begin.
    #[inline]
    fn is_key(&self, attribute: &Attribute, key: &str) -> bool {
        attribute.key.len == key.len() && self.text.as_bytes()[attribute.key.range()] == *key.as_bytes()
    }

    fn value(&self, stored: Stored) -> Value<'_> {
        match stored {
            Stored::Null => Value::Null,
            Stored::Bool(boolean) => Value::Bool(boolean),
            Stored::Int(integer) => Value::Int(integer),
            Stored::Double(number) => Value::Double(number),
            Stored::Str(span) => Value::Str(self.get(span)),
        }
    }

    /// Drops replaced texts once they outweigh the live ones, so that setting one attribute for ever stays bounded.
    fn compact(&mut self) {
        if self.text.len() <= 2 * self.live + 1024 {
            return;
        }
        let mut text = String::with_capacity(self.live);
        text.push_str(self.id());
        let mut moved = |span: &mut Span| {
            let start = text.len();
            text.push_str(&self.text[span.range()]);
            span.start = start;
        };
        for attribute in &mut self.attributes {
            moved(&mut attribute.key);
            if let Stored::Str(span) = &mut attribute.value {
                moved(span);
            }
        }
        self.text = text;
    }
}

#[cfg(test)]
mod tests;
