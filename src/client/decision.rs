//! What a decision looks like once it has left the project it was made in.

use crate::error::Status;

/// What became of a decision's impression; the numbers are those of the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventStatus {
    /// None was due.
    Suppressed = 0,
    /// It will be delivered.
    Accepted = 1,
    /// The queue was full, or memory or randomness could not be had.
    QueueFull = 2,
    /// The client was closed.
    Closed = 3,
    /// It was larger than the Events API takes.
    TooLarge = 4,
}

impl EventStatus {
    /// Was an impression due that was not accepted?
    #[must_use]
    pub fn is_refused(self) -> bool {
        !matches!(self, Self::Suppressed | Self::Accepted)
    }
}

impl From<Status> for EventStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Ok => Self::Accepted,
            Status::Closed => Self::Closed,
            Status::TooLarge => Self::TooLarge,
            _ => Self::QueueFull,
        }
    }
}

/// What was decided for a user. Its texts lie in one buffer.
#[derive(Clone, Debug)]
pub struct Decision {
    text: String,
    flag: Option<usize>,
    rule: Option<usize>,
    variation: Option<usize>,
    is_enabled: bool,
    event_status: EventStatus,
}

impl Decision {
    pub(super) fn new(
        flag_key: Option<&str>,
        rule_key: Option<&str>,
        variation_key: Option<&str>,
        is_enabled: bool,
        event_status: EventStatus,
    ) -> Self {
        let length = |text: Option<&str>| text.map_or(0, str::len);
        let mut text = String::with_capacity(length(flag_key) + length(rule_key) + length(variation_key));
        let mut store = |part: Option<&str>| {
            part.map(|part| {
                text.push_str(part);
                part.len()
            })
        };
        let (flag, rule, variation) = (store(flag_key), store(rule_key), store(variation_key));
        Self { text, flag, rule, variation, is_enabled, event_status }
    }

    /// The flag decided, if a flag was asked for.
    #[must_use]
    pub fn flag_key(&self) -> Option<&str> {
        self.flag.map(|length| &self.text[..length])
    }

    /// The rule that decided, if one did.
    #[must_use]
    pub fn rule_key(&self) -> Option<&str> {
        let start = self.flag.unwrap_or(0);
        self.rule.map(|length| &self.text[start..start + length])
    }

    /// The variation, if the user gets one.
    #[must_use]
    pub fn variation_key(&self) -> Option<&str> {
        let start = self.flag.unwrap_or(0) + self.rule.unwrap_or(0);
        self.variation.map(|length| &self.text[start..start + length])
    }

    /// Does the variation enable the flag?
    #[must_use]
    pub fn enabled(&self) -> bool {
        self.is_enabled
    }

    /// What became of the impression.
    #[must_use]
    pub fn event_status(&self) -> EventStatus {
        self.event_status
    }
}

/// A list of keys.
#[derive(Clone, Debug, Default)]
pub struct Keys(Vec<Box<str>>);

impl Keys {
    pub(super) fn push(&mut self, key: &str) {
        self.0.push(key.into());
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// None at all?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The key at an index.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&str> {
        self.0.get(index).map(|key| &**key)
    }
}
