//! Decisions: the order of the rules. A decision is a pure function of project, user and forced variations.
//! Rule: SPEC, section 4.

mod experiment;
mod forced;
mod rollout;

use crate::audience::{self, Fault};
use crate::bucketing;
use crate::datafile::{Condition, Flag, Project, Rule, Variation};
use crate::user::User;

pub use experiment::experiment;
pub use forced::ForcedVariations;

/// Listens to a decision. Its notes are borrowed and cost nothing where nobody listens.
pub trait Trace {
    /// A condition on an attribute could not be evaluated, for a reason that a user of the library can mend; the gist
    /// is the end of a sentence about the condition.
    fn condition(&mut self, attribute: &str, gist: &'static str);
    /// The experiment is not running.
    fn not_running(&mut self, rule: &Rule);
    /// The whitelist names a variation that the experiment does not have.
    fn whitelist_invalid(&mut self, rule: &Rule, variation_key: &str);
    /// The user's bucketing id is not a text.
    fn bucketing_id_unusable(&mut self);
}

/// Passes the notes of audiences on.
struct Notes<'t, T>(&'t mut T);

impl<T: Trace> audience::Trace for Notes<'_, T> {
    fn condition(&mut self, condition: &Condition, fault: Fault) {
        self.0.condition(&condition.attribute, fault.gist());
    }
}

/// May the user get into the rule?
fn is_in(project: &Project, rule: &Rule, user: &User, trace: &mut impl Trace) -> bool {
    audience::is_in(project, rule, user, &mut Notes(trace))
}

/// What decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// An experiment asked for by its own key.
    Experiment,
    /// An experiment of a flag.
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

/// A variation with the rule that gave it, or neither.
#[derive(Clone, Copy, Debug)]
pub struct Decision<'p> {
    /// The rule and its variation.
    pub hit: Option<(&'p Rule, &'p Variation)>,
    /// What decided.
    pub source: Source,
}

impl<'p> Decision<'p> {
    fn hit(rule: &'p Rule, variation: &'p Variation, source: Source) -> Self {
        Self { hit: Some((rule, variation)), source }
    }

    /// Is the flag on?
    #[must_use]
    pub fn is_enabled(&self) -> bool {
        self.hit.is_some_and(|(_, variation)| variation.feature_enabled)
    }
}

/// Decides a flag: global holdouts, its experiments with their local holdouts, its delivery rules.
pub fn flag<'p>(
    project: &'p Project,
    flag: &'p Flag,
    user: &User,
    forced: &ForcedVariations,
    trace: &mut impl Trace,
) -> Decision<'p> {
    if let Some(decision) = first_holdout(project, project.holdouts().iter(), user, trace) {
        return decision;
    }
    for rule in project.flag_experiments(flag) {
        if let Some(decision) = first_holdout(project, project.local_holdouts(&rule.id), user, trace) {
            return decision;
        }
        if let Some(variation) = experiment(project, rule, user, forced, trace) {
            return Decision::hit(rule, variation, Source::FeatureTest);
        }
    }
    rollout::decide(project, flag, user, trace)
}

/// The first holdout that takes the user in. Rule: SPEC, section 4.8.
fn first_holdout<'p>(
    project: &'p Project,
    mut holdouts: impl Iterator<Item = &'p Rule>,
    user: &User,
    trace: &mut impl Trace,
) -> Option<Decision<'p>> {
    holdouts.find_map(|holdout| {
        let variation =
            is_in(project, holdout, user, trace).then(|| bucket_into(holdout, user, trace)).flatten()?;
        Some(Decision::hit(holdout, variation, Source::Holdout))
    })
}

/// The variation that a rule's traffic gives the user.
fn bucket_into<'p>(rule: &'p Rule, user: &User, trace: &mut impl Trace) -> Option<&'p Variation> {
    let bucket = bucketing::bucket(bucketing_id(user, trace), &rule.id);
    let ranges = rule.traffic.iter().map(|range| (range.end, range.variation));
    bucketing::find(ranges, bucket).flatten().map(|index| &rule.variations[index as usize])
}

fn bucketing_id<'u>(user: &'u User, trace: &mut impl Trace) -> &'u str {
    let (id, is_unusable) = user.bucketing_id();
    if is_unusable {
        trace.bucketing_id_unusable();
    }
    id
}
