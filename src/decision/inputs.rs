//! What a decision is made from beside project and user, and what it leaves behind.

use super::{ForcedVariations, Profile};
use crate::audience::Memory;

/// What is known before a decision. A decision reads nothing else.
#[derive(Clone, Copy)]
pub struct Inputs<'a> {
    /// Variations forced at run time; none if nothing is.
    pub forced: Option<&'a ForcedVariations>,
    /// Are the user's forced decisions read? Only calls on a user context do.
    pub reads_forced_decisions: bool,
    /// The user's profile; none if there is no service, or it is ignored.
    pub profile: Option<&'a Profile>,
    /// What is known of bandits' predictions.
    pub predictions: &'a [Prediction],
}

/// What is known of one bandit's prediction for the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prediction {
    /// Id of the rule.
    pub rule_id: Box<str>,
    /// What came of asking.
    pub answer: Answer,
}

/// What came of asking for a prediction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// This was predicted.
    Predicted {
        /// The variation's id, as the model names it.
        variation_id: Box<str>,
        /// The uuid that ties the impression to the prediction.
        cmab_uuid: Box<str>,
        /// Where it comes from.
        origin: Origin,
    },
    /// It could not be had.
    Failed,
    /// Nobody asked, for the caller can't wait: the rule is passed over.
    NotAsked,
}

/// Where a prediction comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// From the cache.
    Cache,
    /// Asked for now, for the cache had none.
    Asked,
    /// Asked for now, for the user's attributes are no longer those of the one in the cache.
    AskedAnew,
    /// The host brought it.
    Host,
}

/// What decisions for one user leave behind, and what they remember between flags.
#[derive(Default)]
pub struct Scratch {
    /// Experiment id and variation id of what is to be stored in the user's profile.
    pub changes: Vec<(Box<str>, Box<str>)>,
    /// What audiences came to.
    pub audiences: Memory,
    /// Where the next prediction is looked for first: decisions come upon bandits in the order in which they asked.
    pub(super) next_prediction: usize,
}
