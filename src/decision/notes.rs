//! What a decision tells while it is made: borrowed notes, in the order in which things happen. Reasons, explanations
//! and log lines are renderings of them, made elsewhere. Rule: SPEC, section 4.12.

use super::Origin;
use crate::audience;
use crate::datafile::{Bandit, Group, Rule, Variation};

/// One step of a decision.
#[derive(Clone, Copy, Debug)]
pub enum Note<'a> {
    /// A rule is looked at; the notes that follow are about it, up to the next one.
    Rule {
        /// The rule.
        rule: &'a Rule,
        /// What it is to the flag.
        part: Part,
    },
    /// A condition or an audience was evaluated for the rule.
    Audience(audience::Note<'a>),
    /// What the rule's audiences came to together.
    Targeting {
        /// The rule.
        rule: &'a Rule,
        /// May the user get in?
        is_in: bool,
    },
    /// A forced decision is set on the user for the flag, or for the rule.
    ForcedDecision {
        /// The rule; none for the flag itself.
        rule: Option<&'a Rule>,
        /// The key of the variation forced.
        variation_key: &'a str,
        /// Does the datafile have that variation?
        is_valid: bool,
    },
    /// The experiment is not running.
    NotRunning(&'a Rule),
    /// A variation is forced on the user id at run time.
    ForcedVariation {
        /// The experiment.
        rule: &'a Rule,
        /// The variation; none if the experiment does not have it any more.
        variation: Option<&'a Variation>,
    },
    /// The datafile's whitelist has the user id.
    Whitelist {
        /// The experiment.
        rule: &'a Rule,
        /// The key that the whitelist names.
        variation_key: &'a str,
        /// Does the experiment have that variation?
        is_valid: bool,
    },
    /// The user's profile has a variation for the experiment.
    Stored {
        /// The experiment.
        rule: &'a Rule,
        /// The variation id that is stored.
        variation_id: &'a str,
        /// The variation; none if the experiment does not have it any more.
        variation: Option<&'a Variation>,
    },
    /// The bucketing id that the user's attributes give is not a text; the user id is used.
    BucketingIdUnusable(&'a Rule),
    /// The exclusion group was asked.
    Group {
        /// The experiment.
        rule: &'a Rule,
        /// Its group.
        group: &'a Group,
        /// The user's bucket in the group.
        bucket: u32,
        /// The id of the experiment that the group gives the user, if any.
        chosen: Option<&'a str>,
    },
    /// The rule's traffic was asked.
    Bucket {
        /// The rule.
        rule: &'a Rule,
        /// The user's bucket.
        bucket: u32,
        /// The variation, if the bucket gives one.
        variation: Option<&'a Variation>,
    },
    /// A holdout came to an end.
    Holdout {
        /// The holdout.
        holdout: &'a Rule,
        /// May the user get in?
        is_in: bool,
        /// The variation, if the user is held out.
        variation: Option<&'a Variation>,
    },
    /// The traffic of a bandit was asked.
    BanditTraffic {
        /// The rule.
        rule: &'a Rule,
        /// What makes it a bandit.
        bandit: &'a Bandit,
        /// The user's bucket.
        bucket: u32,
    },
    /// A bandit came to an end.
    Bandit {
        /// The rule.
        rule: &'a Rule,
        /// How.
        outcome: BanditOutcome<'a>,
    },
    /// The flag has no delivery rules, for its rollout is missing or empty.
    NoRollout {
        /// The id that the flag names; empty if it names none.
        rollout_id: &'a str,
    },
}

/// What a rule is to the flag that is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// A holdout of every flag.
    Holdout,
    /// A holdout of one rule.
    LocalHoldout,
    /// An experiment.
    Experiment,
    /// A delivery rule: its number, counted from 1, and whether it is the last one, which is for everyone else.
    Delivery {
        /// Counted from 1.
        number: usize,
        /// Is it for everyone else?
        is_last: bool,
    },
}

/// What came of a bandit's prediction.
#[derive(Clone, Copy, Debug)]
pub enum BanditOutcome<'a> {
    /// The prediction is still to be had.
    Needed,
    /// No prediction is waited for.
    PassedOver,
    /// The prediction could not be had.
    Failed,
    /// It names a variation that the rule does not have.
    Unknown(&'a str),
    /// It names this variation, and comes from there.
    Predicted(&'a Variation, Origin),
}

/// Listens to a decision. Notes cost nothing where nobody listens.
pub trait Trace {
    /// Takes one note.
    fn note(&mut self, note: Note<'_>);
}

/// Passes the notes of audiences on.
pub(super) struct AudienceNotes<'t, T>(pub(super) &'t mut T);

impl<T: Trace> audience::Trace for AudienceNotes<'_, T> {
    fn note(&mut self, note: audience::Note<'_>) {
        self.0.note(Note::Audience(note));
    }
}
