//! What a decision looks like once it has left the call that made it: it holds the project it was made in, so that
//! nothing of that is copied.

use std::sync::Arc;

use arc_swap::Guard;
use once_cell::race::OnceBox;

use super::current::{Active, NOT_READY};
use super::variables;
use crate::datafile::{Flag, Project, Rule, VariableKind, VariableValue, Variation};
use crate::decision::Source;
use crate::error::{Error, Result, Status, shown};

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

/// How a decision holds its project: with a guard of its own, which costs no shared counter, or with the one that all
/// decisions of a list share.
pub(super) enum Held {
    Own(Guard<Arc<Active>>),
    Shared(Pinned),
}

/// A project that the decisions of one call share: counted by the call, so that deciding threads share no counter.
pub(super) type Pinned = Arc<Guard<Arc<Active>>>;

impl Held {
    fn project(&self) -> &Project {
        match self {
            Self::Own(active) => &active.project,
            Self::Shared(active) => &active.project,
        }
    }
}

/// What was asked for.
pub(super) enum Asked {
    /// The experiment at this index.
    Experiment(u32),
    /// The flag at this index.
    Flag(u32),
    /// A flag that the datafile does not have.
    UnknownFlag(Box<str>),
}

/// Why a decision is as it is; only where there is something to say.
#[derive(Debug, Default)]
pub(super) struct Detail {
    pub(super) reasons: Vec<String>,
    /// The explanation as text and as JSON, where reasons were asked for.
    pub(super) explained: Option<(String, String)>,
}

/// A decision without the project it was made in, to which its numbers refer.
pub(super) struct Parts {
    pub(super) asked: Asked,
    pub(super) rule: Option<u32>,
    pub(super) variation: Option<(u32, u32)>,
    pub(super) source: Source,
    pub(super) status: Status,
    pub(super) event_status: EventStatus,
    pub(super) has_variables: bool,
    pub(super) cmab_uuid: Option<Box<str>>,
    pub(super) detail: Option<Box<Detail>>,
}

impl Parts {
    /// What is decided of a flag that is unknown, or while there is no datafile. Rule: SPEC, section 4.11.
    pub(super) fn of_no_flag(key: &str, status: Status) -> Self {
        let reason = match status {
            Status::NotReady => NOT_READY.to_owned(),
            _ => format!("No flag was found for key \"{key}\"."),
        };
        let reasons = vec![reason];
        Self {
            asked: Asked::UnknownFlag(key.into()),
            rule: None,
            variation: None,
            source: Source::Rollout,
            status,
            event_status: EventStatus::Suppressed,
            has_variables: false,
            cmab_uuid: None,
            detail: Some(Box::new(Detail { reasons, explained: None })),
        }
    }
}

/// What was decided for a user.
pub struct Decision {
    held: Held,
    parts: Parts,
    variables_json: OnceBox<String>,
    json: OnceBox<String>,
}

impl std::fmt::Debug for Decision {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decision")
            .field("flag", &self.flag_key())
            .field("rule", &self.rule_key())
            .field("variation", &self.variation_key())
            .field("enabled", &self.enabled())
            .field("status", &self.status())
            .field("event_status", &self.event_status())
            .finish_non_exhaustive()
    }
}

impl Decision {
    pub(super) fn new(held: Held, parts: Parts) -> Self {
        Self { held, parts, variables_json: OnceBox::new(), json: OnceBox::new() }
    }

    /// Says what became of the impression, once that is known.
    pub(super) fn settle(&mut self, event_status: EventStatus) {
        self.parts.event_status = event_status;
    }

    /// Everything that a view of the decision shows, looked up at once.
    #[must_use]
    pub fn read(&self) -> Reading<'_> {
        let project = self.held.project();
        let rule = self.parts.rule.map(|index| project.rule(index));
        let variation = self.parts.variation.map(|place| project.variation(place));
        Reading {
            flag_key: self.flag_key(),
            rule_key: rule.map(|rule| &*rule.key),
            rule_id: rule.map(|rule| &*rule.id),
            variation_key: variation.map(|variation| &*variation.key),
            variation_id: variation.map(|variation| &*variation.id),
            enabled: variation.is_some_and(|variation| variation.feature_enabled),
        }
    }

    fn flag(&self) -> Option<&Flag> {
        match self.parts.asked {
            Asked::Flag(index) => self.held.project().flags().get(index as usize),
            Asked::Experiment(_) | Asked::UnknownFlag(_) => None,
        }
    }

    pub(super) fn rule(&self) -> Option<&Rule> {
        self.parts.rule.map(|index| self.held.project().rule(index))
    }

    pub(super) fn variation(&self) -> Option<&Variation> {
        self.parts.variation.map(|place| self.held.project().variation(place))
    }

    fn asked_rule(&self) -> Option<&Rule> {
        match self.parts.asked {
            Asked::Experiment(index) => Some(self.held.project().rule(index)),
            Asked::Flag(_) | Asked::UnknownFlag(_) => None,
        }
    }

    /// The flag decided, if a flag was asked for.
    #[must_use]
    pub fn flag_key(&self) -> Option<&str> {
        match &self.parts.asked {
            Asked::UnknownFlag(key) => Some(key),
            _ => self.flag().map(|flag| &*flag.key),
        }
    }

    /// The rule that decided, if one did.
    #[must_use]
    pub fn rule_key(&self) -> Option<&str> {
        self.rule().map(|rule| &*rule.key)
    }

    /// The id of the rule that decided.
    #[must_use]
    pub fn rule_id(&self) -> Option<&str> {
        self.rule().map(|rule| &*rule.id)
    }

    /// The variation, if the user gets one.
    #[must_use]
    pub fn variation_key(&self) -> Option<&str> {
        self.variation().map(|variation| &*variation.key)
    }

    /// The id of the variation.
    #[must_use]
    pub fn variation_id(&self) -> Option<&str> {
        self.variation().map(|variation| &*variation.id)
    }

    /// Ties the impression to a contextual bandit's prediction, if one decided.
    #[must_use]
    pub fn cmab_uuid(&self) -> Option<&str> {
        self.parts.cmab_uuid.as_deref()
    }

    /// What decided.
    #[must_use]
    pub fn source(&self) -> Source {
        self.parts.source
    }

    /// `Ok`, or why this is an error decision.
    #[must_use]
    pub fn status(&self) -> Status {
        self.parts.status
    }

    /// Does the variation enable the flag?
    #[must_use]
    pub fn enabled(&self) -> bool {
        self.variation().is_some_and(|variation| variation.feature_enabled)
    }

    /// What became of the impression.
    #[must_use]
    pub fn event_status(&self) -> EventStatus {
        self.parts.event_status
    }

    /// Errors first, then, where reasons were asked for, what was noted on the way.
    #[must_use]
    pub fn reasons(&self) -> &[String] {
        self.parts.detail.as_ref().map_or(&[], |detail| &detail.reasons)
    }

    /// The explanation as text and as JSON, where reasons were asked for.
    #[must_use]
    pub fn explanation(&self) -> Option<(&str, &str)> {
        let (text, json) = self.parts.detail.as_ref()?.explained.as_ref()?;
        Some((text, json))
    }

    /// The flag whose variables the decision has: none for an error decision and where they were excluded.
    fn flag_with_variables(&self) -> Option<&Flag> {
        self.flag().filter(|_| self.parts.has_variables)
    }

    /// A variable of the flag, of the type that the caller expects; of any if none is given.
    pub fn variable(&self, key: &str, kind: Option<VariableKind>) -> Result<VariableValue<'_>> {
        let variable = self.flag_with_variables().and_then(|flag| flag.variable(key)).ok_or_else(|| {
            let what = if self.parts.has_variables {
                "the flag has no variable"
            } else {
                "the decision has no variable"
            };
            Error::new(Status::UnknownVariable, format!("{what} {}", shown(key))).at("variable_key")
        })?;
        variables::read(variable, self.variation(), kind)
    }

    /// The type and the text of a variable, whether or not it can be read.
    pub(super) fn variable_text(&self, key: &str) -> Option<(VariableKind, &str)> {
        let variable = self.flag_with_variables()?.variable(key)?;
        Some((variable.kind, &variable.text(self.variation()).text))
    }

    /// The keys of the variables that can't be read as their type.
    pub(super) fn unreadable(&self) -> impl Iterator<Item = &str> {
        let flag = self.flag_with_variables().into_iter();
        flag.flat_map(|flag| variables::unreadable(flag, self.variation())).map(|variable| &*variable.key)
    }

    /// Was an experiment asked for that a flag has?
    pub(super) fn is_feature_test(&self) -> bool {
        self.asked_rule().is_some_and(|rule| rule.is_feature_test)
    }

    /// Every variable of the flag as one JSON object; one that can't be read is null.
    #[must_use]
    pub fn variables_json(&self) -> &str {
        self.variables_json.get_or_init(|| {
            let Some(flag) = self.flag_with_variables() else { return Box::new("{}".to_owned()) };
            Box::new(variables::to_json(flag, self.variation()).0)
        })
    }

    /// The decision as the official SDKs write theirs, but for the user, whom the caller has.
    #[must_use]
    pub fn to_json(&self) -> &str {
        use crate::json;

        self.json.get_or_init(|| {
            Box::new(json::to_string(|out| {
                json::object(out, |members| {
                    members.text_or_null("variationKey", self.variation_key());
                    members.boolean("enabled", self.enabled());
                    members.name("variables").extend_from_slice(self.variables_json().as_bytes());
                    members.text_or_null("ruleKey", self.rule_key());
                    members.text_or_null("flagKey", self.flag_key());
                    json::list(members.name("reasons"), self.reasons(), |out, text| json::text(out, text));
                });
            }))
        })
    }
}

/// The parts of a decision that stand in its project.
pub struct Reading<'d> {
    /// The flag decided, if a flag was asked for.
    pub flag_key: Option<&'d str>,
    /// The rule that decided, if one did.
    pub rule_key: Option<&'d str>,
    /// The id of the rule.
    pub rule_id: Option<&'d str>,
    /// The variation, if the user gets one.
    pub variation_key: Option<&'d str>,
    /// The id of the variation.
    pub variation_id: Option<&'d str>,
    /// Does the variation enable the flag?
    pub enabled: bool,
}

/// The decisions of one call over several flags.
#[derive(Default)]
pub struct Decisions(pub(super) Vec<Decision>);

impl Decisions {
    /// All of them, in the order of the call or of the datafile.
    #[must_use]
    pub fn all(&self) -> &[Decision] {
        &self.0
    }

    /// Each of them, taken out.
    #[expect(clippy::should_implement_trait, reason = "the list is no collection of its own")]
    pub fn into_iter(self) -> impl Iterator<Item = Decision> {
        self.0.into_iter()
    }

    /// The decision of a flag.
    #[must_use]
    pub fn find(&self, flag_key: &str) -> Option<&Decision> {
        self.0.iter().find(|decision| decision.flag_key() == Some(flag_key))
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
