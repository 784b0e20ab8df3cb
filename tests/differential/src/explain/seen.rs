//! What a predicate looks at: the question, the answers, and the place where they differ.

use crate::case::Case;
use crate::compare::Difference;
use crate::json::Json;
use crate::make::{items, text_of};
use crate::normal::Outcome;
use crate::parties::Answers;

/// A difference with all that led to it.
pub struct Seen<'a> {
    /// The case.
    pub case: &'a Case,
    /// All answers to it.
    pub answers: &'a Answers,
    /// The difference.
    pub difference: &'a Difference,
    /// Its call; null for what concerns the client.
    pub call: &'a Json,
}

impl<'a> Seen<'a> {
    /// Looks at a difference.
    pub fn new(case: &'a Case, answers: &'a Answers, difference: &'a Difference) -> Self {
        let call = difference.part.call.map_or(&Json::Null, |call| &case.calls[call]);
        Self { case, answers, difference, call }
    }

    /// The kind of the call.
    pub fn op(&self) -> &str {
        text_of(self.call, "op")
    }

    /// Is the difference at this place or inside it?
    pub fn is_at(&self, place: &str) -> bool {
        self.difference
            .place
            .strip_prefix(place)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    }

    /// Is it about what was decided: the result, and the event that tells it? Where both decided for the same variation, its
    /// values are another matter.
    pub fn is_of_decision(&self) -> bool {
        let places = ["result", "failed", "event.decision", "event.event", "saved", "predictions"];
        let is_there = self.difference.place == "event" || places.iter().any(|place| self.is_at(place));
        let is_of_values = self.is_at("result.variables") || self.is_at("result.reported");
        is_there && !(is_of_values && self.is_decided_alike())
    }

    /// Do both decide for the same variation of the same rule, and for one at all? Two variations of one key can be told apart only where no
    /// decision is forced.
    fn is_decided_alike(&self) -> bool {
        let theirs = self.theirs().and_then(|theirs| theirs.results.get(&self.difference.part.flag));
        let ours = self.ours().and_then(|ours| ours.results.get(&self.difference.part.flag));
        let told = |result: &Json| {
            Some((result.get("rule")?.clone(), result.get("variation")?.as_text()?.to_owned()))
        };
        let (theirs, ours) = (theirs.and_then(told), ours.and_then(told));
        let is_forced = self.call.get("forced_decisions").is_some();
        self.op().starts_with("decide") && !is_forced && theirs.is_some() && theirs == ours
    }

    /// What the SDK made of the call.
    pub fn theirs(&self) -> Option<&'a Outcome> {
        self.answers.official.get(&self.difference.sdk)?.outcomes.get(self.difference.part.call?)
    }

    /// What we made of the call.
    pub fn ours(&self) -> Option<&'a Outcome> {
        self.answers.ours.outcomes.get(self.difference.part.call?)
    }

    /// The value of an attribute of the call.
    pub fn attribute(&self, name: &str) -> Option<&'a Json> {
        self.call.get("attrs")?.get(name)
    }

    /// Does the call have this option?
    pub fn has_option(&self, name: &str) -> bool {
        items(self.call, "options").iter().any(|option| option.as_text() == Some(name))
    }

    /// Is there an event of this SDK that JSON could not say?
    pub fn answers_unsayable(&self) -> bool {
        let answer = self.answers.official.get(&self.difference.sdk);
        let outcome =
            answer.zip(self.difference.part.call).and_then(|(answer, call)| answer.outcomes.get(call));
        outcome.is_some_and(|outcome| {
            outcome.events.values().flatten().any(|event| event.get("unsayable").is_some())
        })
    }
}
