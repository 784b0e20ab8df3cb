//! A decision that was made and of which nothing is recorded yet. Rule: SPEC, sections 4.10 and 4.11.

use super::collect::Collector;
use super::decision::{Asked, Detail, EventStatus, Parts};
use super::explain::{self, Outcome};
use super::variables;
use crate::datafile::{Flag, Project, Rule, Variable};
use crate::decision::{Answer, Decision, Prediction, Source, Stop};
use crate::error::{Error, Status};

/// A decision with what it was asked for.
pub(super) struct Made<'c> {
    target: Target<'c>,
    pub(super) decision: Decision<'c>,
    /// The bandit whose prediction could not be had, which makes this an error decision.
    failed: Option<&'c Rule>,
    pub(super) collector: Option<Box<Collector>>,
    has_variables: bool,
    /// Might a variable's text not be readable as its type?
    has_unreadable: bool,
}

/// What was asked for.
#[derive(Clone, Copy)]
enum Target<'c> {
    Flag(&'c Flag),
    Experiment(&'c Rule),
}

/// The sentence that a failed prediction is reported by; the official SDKs have the same.
fn failure(rule: &Rule) -> String {
    format!("Failed to fetch CMAB data for experiment {}.", rule.key)
}

impl<'c> Made<'c> {
    pub(super) fn of_flag(
        project: &Project,
        flag: &'c Flag,
        result: Result<Decision<'c>, Stop<'c>>,
        has_variables: bool,
    ) -> Self {
        let has_unreadable = has_variables && !project.has_readable_variables;
        Self { has_variables, has_unreadable, ..Self::of(Target::Flag(flag), result, Source::Rollout) }
    }

    pub(super) fn of_experiment(rule: &'c Rule, result: Result<Decision<'c>, Stop<'c>>) -> Self {
        Self::of(Target::Experiment(rule), result, Source::Experiment)
    }

    fn of(target: Target<'c>, result: Result<Decision<'c>, Stop<'c>>, source: Source) -> Self {
        let (decision, failed) = match result {
            Ok(decision) => (decision, None),
            Err(Stop::NeedsPrediction(rule) | Stop::PredictionFailed(rule)) => {
                (Decision::none(source), Some(rule))
            }
        };
        Self { target, decision, failed, collector: None, has_variables: false, has_unreadable: false }
    }

    fn flag(&self) -> Option<&'c Flag> {
        match self.target {
            Target::Flag(flag) => Some(flag),
            Target::Experiment(_) => None,
        }
    }

    pub(super) fn flag_key(&self) -> &'c str {
        self.flag().map_or("", |flag| &flag.key)
    }

    /// The variables that can't be read as their type.
    pub(super) fn unreadable(&self) -> impl Iterator<Item = &'c Variable> + use<'c> {
        let flag = self.flag().filter(|_| self.has_unreadable && self.failed.is_none());
        let variation = self.decision.variation;
        flag.into_iter().flat_map(move |flag| variables::unreadable(flag, variation))
    }

    /// Why this is an error decision, if it is one.
    pub(super) fn error(&self) -> Option<Error> {
        self.failed.map(|rule| Error::new(Status::PredictionFailed, failure(rule)))
    }

    /// Is an impression due? Rule: SPEC, section 4.10.
    pub(super) fn is_due(&self, sends_flag_decisions: bool) -> bool {
        if self.failed.is_some() {
            return false;
        }
        match (self.decision.variation, self.decision.source) {
            (Some(_), Source::Experiment | Source::FeatureTest | Source::Holdout) => true,
            (None, Source::Experiment) => false,
            (Some(_), Source::Rollout) | (None, _) => sends_flag_decisions,
        }
    }

    /// The uuid of the prediction that decided.
    pub(super) fn cmab_uuid<'s>(&self, predictions: &'s [Prediction]) -> Option<&'s str> {
        match &predictions.get(self.decision.prediction?)?.answer {
            Answer::Predicted { cmab_uuid, .. } => Some(cmab_uuid),
            Answer::Failed | Answer::NotAsked => None,
        }
    }

    /// The decision without its project.
    pub(super) fn parts(
        &mut self,
        user_id: &str,
        predictions: &[Prediction],
        event_status: EventStatus,
    ) -> Parts {
        let has_variables = self.has_variables && self.failed.is_none();
        Parts {
            asked: match self.target {
                Target::Flag(flag) => Asked::Flag(flag.index),
                Target::Experiment(rule) => Asked::Experiment(rule.index),
            },
            rule: self.decision.rule.map(|rule| rule.index),
            variation: self.decision.variation.map(|variation| variation.place),
            source: self.decision.source,
            status: if self.failed.is_some() { Status::PredictionFailed } else { Status::Ok },
            event_status,
            has_variables,
            cmab_uuid: self.cmab_uuid(predictions).map(Box::from),
            detail: if self.failed.is_some() || self.has_unreadable || self.collector.is_some() {
                self.detail(user_id)
            } else {
                None
            },
        }
    }

    /// Errors, which are always reported, then what was collected.
    #[cold]
    fn detail(&mut self, user_id: &str) -> Option<Box<Detail>> {
        let mut reasons: Vec<String> = self.failed.map(failure).into_iter().collect();
        reasons.extend(self.unreadable().map(|variable| {
            format!("Variable value for key \"{}\" is invalid or wrong type.", variable.key)
        }));
        let explained = self.collector.take().map(|collector| {
            let outcome = Outcome {
                user_id,
                flag_key: self.flag_key(),
                rule_key: self.decision.rule.map(|rule| &*rule.key),
                variation_key: self.decision.variation.map(|variation| &*variation.key),
                source: self.decision.source.rule_type(),
                is_enabled: self.decision.is_enabled(),
                error: self.failed.and(reasons.first()).map(String::as_str),
            };
            let text = explain::to_text(&outcome, &collector.first, &collector.tried);
            let json = explain::to_json(&outcome, &collector.first, &collector.tried);
            reasons.extend(collector.reasons);
            (text, json)
        });
        (!reasons.is_empty() || explained.is_some()).then(|| Box::new(Detail { reasons, explained }))
    }
}

impl Parts {
    /// Of a decision for which no prediction was needed, and that has nothing to say.
    #[inline]
    pub(super) fn plain(
        asked: Asked,
        decision: &Decision<'_>,
        has_variables: bool,
        event_status: EventStatus,
    ) -> Self {
        Self {
            asked,
            rule: decision.rule.map(|rule| rule.index),
            variation: decision.variation.map(|variation| variation.place),
            source: decision.source,
            status: Status::Ok,
            event_status,
            has_variables,
            cmab_uuid: None,
            detail: None,
        }
    }
}
