//! Decisions: the order of the rules. A decision is a pure function of project, user and inputs. Rule: SPEC, section 4.

mod experiment;
mod forced;
mod inputs;
mod notes;
mod profile;
mod rollout;

use crate::audience;
use crate::bucketing;
use crate::datafile::{Flag, Project, Rule, Variation};
use crate::user::User;

pub use crate::audience::{Fault, Memory, Note as AudienceNote, Truth};
pub use experiment::experiment;
pub use forced::ForcedVariations;
pub use inputs::{Answer, Inputs, Origin, Prediction, Scratch};
pub use notes::{BanditOutcome, Note, Part, Trace};
pub use profile::Profile;

/// What decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// An experiment asked for by its own key.
    Experiment,
    /// An experiment of a flag, or a forced decision of the flag itself.
    FeatureTest,
    /// A delivery rule of a flag, or nothing.
    Rollout,
    /// A holdout.
    Holdout,
}

impl Source {
    /// Wire `rule_type`.
    #[must_use]
    pub const fn rule_type(self) -> &'static str {
        match self {
            Self::Experiment => "experiment",
            Self::FeatureTest => "feature-test",
            Self::Rollout => "rollout",
            Self::Holdout => "holdout",
        }
    }
}

/// What a user gets.
#[derive(Clone, Copy, Debug)]
pub struct Decision<'p> {
    /// The rule that decided; none if a forced decision of the flag did, or nothing.
    pub rule: Option<&'p Rule>,
    /// The variation; none if the user gets none.
    pub variation: Option<&'p Variation>,
    /// What decided.
    pub source: Source,
    /// Place in the inputs' predictions of the one that decided.
    pub prediction: Option<usize>,
}

impl<'p> Decision<'p> {
    /// No variation.
    #[must_use]
    pub const fn none(source: Source) -> Self {
        Self { rule: None, variation: None, source, prediction: None }
    }

    fn hit(rule: &'p Rule, variation: &'p Variation, source: Source) -> Self {
        Self { rule: Some(rule), variation: Some(variation), source, prediction: None }
    }

    /// Is the flag on?
    #[must_use]
    pub fn is_enabled(&self) -> bool {
        self.variation.is_some_and(|variation| variation.feature_enabled)
    }
}

/// Why a decision could not be brought to its end: a bandit's prediction is not there.
#[derive(Clone, Copy, Debug)]
pub enum Stop<'p> {
    /// It is still to be had; the decision is to be made again with it.
    NeedsPrediction(&'p Rule),
    /// It could not be had. Rule: SPEC, section 4.9: this ends the flag with an error.
    PredictionFailed(&'p Rule),
}

/// What decisions share: the project, the user, what is known, and who listens.
pub struct Decider<'a, 'p, T> {
    /// The datafile in force.
    pub project: &'p Project,
    /// For whom.
    pub user: &'a User,
    /// What is known beside them.
    pub inputs: Inputs<'a>,
    /// What is left behind.
    pub scratch: &'a mut Scratch,
    /// Who listens.
    pub trace: &'a mut T,
}

impl<'p, T: Trace> Decider<'_, 'p, T> {
    /// Decides a flag: a forced decision of its own, global holdouts, its experiments with their local holdouts, its
    /// delivery rules. Rule: SPEC, section 4.2.
    pub fn flag(&mut self, flag: &'p Flag) -> Result<Decision<'p>, Stop<'p>> {
        if let Some(variation) = self.forced_decision(flag, None) {
            return Ok(Decision { variation: Some(variation), ..Decision::none(Source::FeatureTest) });
        }
        if let Some(decision) = self.first_holdout(self.project.holdouts().iter(), Part::Holdout) {
            return Ok(decision);
        }
        for rule in self.project.flag_experiments(flag) {
            self.trace.note(Note::Rule { rule, part: Part::Experiment });
            if let Some(variation) = self.forced_decision(flag, Some((rule, Part::Experiment))) {
                return Ok(Decision::hit(rule, variation, Source::FeatureTest));
            }
            if let Some(decision) = self.local_holdout(rule, Part::Experiment) {
                return Ok(decision);
            }
            if let Some(decision) = experiment(self, rule, Source::FeatureTest)? {
                return Ok(decision);
            }
        }
        Ok(rollout::decide(self, flag))
    }

    /// The first holdout of a single rule that takes the user in; where none does, the rule is looked at again.
    #[inline]
    fn local_holdout(&mut self, rule: &'p Rule, part: Part) -> Option<Decision<'p>> {
        if rule.holdouts.is_empty() { None } else { self.first_local_holdout(rule, part) }
    }

    fn first_local_holdout(&mut self, rule: &'p Rule, part: Part) -> Option<Decision<'p>> {
        let decision = self.first_holdout(self.project.local_holdouts(rule), Part::LocalHoldout);
        if decision.is_none() {
            self.trace.note(Note::Rule { rule, part });
        }
        decision
    }

    /// The first holdout that takes the user in. Rule: SPEC, section 4.8.
    fn first_holdout(
        &mut self,
        mut holdouts: impl Iterator<Item = &'p Rule>,
        part: Part,
    ) -> Option<Decision<'p>> {
        holdouts.find_map(|holdout| {
            self.trace.note(Note::Rule { rule: holdout, part });
            let is_in = self.is_in(holdout);
            let variation = if is_in { self.bucket_into(holdout) } else { None };
            self.trace.note(Note::Holdout { holdout, is_in, variation });
            Some(Decision::hit(holdout, variation?, Source::Holdout))
        })
    }

    /// May the user get into the rule?
    #[inline]
    fn is_in(&mut self, rule: &Rule) -> bool {
        let memory = &mut self.scratch.audiences;
        let is_in =
            audience::is_in(self.project, rule, self.user, memory, &mut notes::AudienceNotes(self.trace));
        self.trace.note(Note::Targeting { rule, is_in });
        is_in
    }

    /// The variation that a rule's traffic gives the user.
    fn bucket_into(&mut self, rule: &'p Rule) -> Option<&'p Variation> {
        let bucket = self.bucket(rule, &rule.id);
        let ranges = rule.traffic.iter().map(|range| (range.end, range.variation));
        let variation = bucketing::find(ranges, bucket).flatten().map(|at| &rule.variations[at as usize]);
        self.trace.note(Note::Bucket { rule, bucket, variation });
        variation
    }

    /// The user's bucket under a parent.
    fn bucket(&mut self, rule: &Rule, parent_id: &str) -> u32 {
        let (id, is_unusable) = self.user.bucketing_id();
        if is_unusable {
            self.trace.note(Note::BucketingIdUnusable(rule));
        }
        bucketing::bucket(id, parent_id)
    }

    /// The variation of a decision forced on the user for the flag or for one of its rules. An experiment's own
    /// variations come first, then all of the flag's. Rule: SPEC, sections 4.2 and 4.4, S-52.
    #[inline]
    fn forced_decision(&mut self, flag: &'p Flag, of: Option<(&'p Rule, Part)>) -> Option<&'p Variation> {
        if !self.inputs.reads_forced_decisions || !self.user.has_forced_decisions() {
            return None;
        }
        self.resolve_forced_decision(flag, of)
    }

    fn resolve_forced_decision(
        &mut self,
        flag: &'p Flag,
        of: Option<(&'p Rule, Part)>,
    ) -> Option<&'p Variation> {
        let rule = of.map(|(rule, _)| rule);
        let rule_key = rule.map(|rule| &*rule.key);
        let variation_key = self.user.forced_decision(&flag.key, rule_key)?;
        let own = match of {
            Some((rule, Part::Experiment)) => rule.variation_by_key(variation_key),
            _ => None,
        };
        let variation = own.or_else(|| self.project.flag_variation(flag, variation_key));
        let is_valid = variation.is_some();
        self.trace.note(Note::ForcedDecision { rule, variation_key, is_valid });
        variation
    }
}
