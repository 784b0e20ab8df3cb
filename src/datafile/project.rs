//! The indexed project: what a decision or an event looks up, resolved once per datafile and never changed.

use std::collections::HashMap;

use super::condition::Condition;
use super::tree::Tree;

/// A map by key or id, hashed with a key of this process's own so that a datafile can't aim at collisions.
pub(super) type Index<T> = HashMap<Box<str>, T, foldhash::fast::RandomState>;

/// One environment of one Optimizely project, at one revision.
pub struct Project {
    /// Tells this project from every other one in the process.
    pub generation: u64,
    /// Wire `account_id`.
    pub account_id: Box<str>,
    /// Wire `project_id`.
    pub project_id: Box<str>,
    /// Wire `revision`.
    pub revision: Box<str>,
    /// Which Events API the events of this project go to.
    pub region: Region,
    /// Wire `anonymize_ip`.
    pub anonymize_ip: bool,
    /// The value of the attribute `$opt_bot_filtering` on events, if the datafile has one.
    pub bot_filtering: Option<bool>,
    /// Are impressions sent for delivery rules and for no variation too?
    pub send_flag_decisions: bool,
    pub(super) attribute_ids: Index<Box<str>>,
    pub(super) audiences: Box<[Option<Tree<Condition>>]>,
    pub(super) events: Index<Event>,
    pub(super) experiments: Box<[Rule]>,
    pub(super) experiments_by_key: Index<u32>,
    pub(super) flags: Box<[Flag]>,
    pub(super) flags_by_key: Index<u32>,
    pub(super) groups: Box<[Group]>,
    pub(super) rollouts: Box<[Rollout]>,
    pub(super) holdouts: Box<[Rule]>,
    pub(super) local_holdouts: Box<[Rule]>,
    pub(super) local_by_rule: Index<Vec<u32>>,
}

/// Where the events of a project are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Region {
    /// United States, the default.
    Us,
    /// European Union.
    Eu,
}

/// An event that conversions count for.
#[derive(Debug)]
pub struct Event {
    /// Wire `entity_id`.
    pub id: Box<str>,
    /// Wire `key`.
    pub key: Box<str>,
}

/// An experiment, a delivery rule of a rollout, or a holdout.
#[derive(Debug)]
pub struct Rule {
    /// What users are bucketed under; wire `experiment_id`.
    pub id: Box<str>,
    /// Wire `rule_key`.
    pub key: Box<str>,
    /// Wire `campaign_id`: the layer, or the rule itself where there is none.
    pub campaign_id: Box<str>,
    /// May it bucket? Read for experiments only.
    pub is_running: bool,
    /// What sort of rule it is.
    pub kind: Kind,
    /// Its variations, in the datafile's order.
    pub variations: Box<[Variation]>,
    /// Its traffic, in the datafile's order.
    pub traffic: Box<[TrafficRange]>,
    /// Who may get in.
    pub targeting: Targeting,
    /// User id to variation key.
    pub whitelist: Index<Box<str>>,
    /// The exclusion group it is in.
    pub group: Option<u32>,
    /// Does any flag list it?
    pub is_feature_test: bool,
}

/// How a rule chooses among its variations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// By traffic allocation.
    Traffic,
    /// By a prediction for each user, for the given hundredths of a percent of traffic.
    Bandit {
        /// End of the range that gets a prediction.
        end_of_range: i64,
    },
}

/// One variation of a rule.
#[derive(Clone, Debug)]
pub struct Variation {
    /// Its id.
    pub id: Box<str>,
    /// Does the id travel as `variation_id`? One that is not of digits does not. Rule: SPEC, section 7.4.
    pub has_wire_id: bool,
    /// Wire `variation_key`.
    pub key: Box<str>,
    /// Does it turn its flag on?
    pub feature_enabled: bool,
}

/// One range of a rule's traffic.
#[derive(Clone, Copy, Debug)]
pub struct TrafficRange {
    /// First bucket past the range.
    pub end: i64,
    /// Index of the variation; none for an empty range and for an id that names no variation.
    pub variation: Option<u32>,
}

/// Who may get into a rule.
#[derive(Debug)]
pub enum Targeting {
    /// Everyone.
    Everyone,
    /// Those for whom a tree over audiences is true.
    Audiences(Tree<AudienceRef>),
}

/// A leaf of a rule's tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AudienceRef {
    /// Index of an audience.
    Known(u32),
    /// An id that names no audience.
    Unknown,
}

/// A feature flag.
#[derive(Debug)]
pub struct Flag {
    /// Its key.
    pub key: Box<str>,
    /// Indices of its experiments, in order.
    pub experiments: Box<[u32]>,
    /// Index of its rollout.
    pub rollout: Option<u32>,
}

/// Experiments of which a user gets at most one.
#[derive(Debug)]
pub struct Group {
    /// What users are bucketed under.
    pub id: Box<str>,
    /// Is the choice exclusive? Any other policy has no effect.
    pub is_random: bool,
    /// End of range and experiment id, in order.
    pub traffic: Box<[(i64, Box<str>)]>,
}

/// The delivery rules of a flag, the last one for everyone else.
#[derive(Debug)]
pub struct Rollout {
    /// In order.
    pub rules: Box<[Rule]>,
}

impl Project {
    /// The id of an attribute by its key.
    #[must_use]
    pub fn attribute_id(&self, key: &str) -> Option<&str> {
        self.attribute_ids.get(key).map(|id| &**id)
    }

    /// An event by its key.
    #[must_use]
    pub fn event(&self, key: &str) -> Option<&Event> {
        self.events.get(key)
    }

    /// An experiment by its key; delivery rules are none.
    #[must_use]
    pub fn experiment(&self, key: &str) -> Option<&Rule> {
        self.experiments_by_key.get(key).map(|index| &self.experiments[*index as usize])
    }

    /// A flag by its key.
    #[must_use]
    pub fn flag(&self, key: &str) -> Option<&Flag> {
        self.flags_by_key.get(key).map(|index| &self.flags[*index as usize])
    }

    /// Every flag, in the datafile's order.
    #[must_use]
    pub fn flags(&self) -> &[Flag] {
        &self.flags
    }

    /// A flag's experiments, in order.
    pub fn flag_experiments<'p>(&'p self, flag: &'p Flag) -> impl Iterator<Item = &'p Rule> {
        flag.experiments.iter().map(|index| &self.experiments[*index as usize])
    }

    /// A flag's delivery rules, in order; empty if it has no rollout.
    #[must_use]
    pub fn delivery_rules(&self, flag: &Flag) -> &[Rule] {
        flag.rollout.map_or(&[], |index| &self.rollouts[index as usize].rules)
    }

    /// The exclusion group of an experiment.
    #[must_use]
    pub fn group(&self, rule: &Rule) -> Option<&Group> {
        rule.group.map(|index| &self.groups[index as usize])
    }

    /// The holdouts that apply to every flag, in order.
    #[must_use]
    pub fn holdouts(&self) -> &[Rule] {
        &self.holdouts
    }

    /// The holdouts that apply to one rule, in order.
    pub fn local_holdouts(&self, rule_id: &str) -> impl Iterator<Item = &Rule> {
        let indices = self.local_by_rule.get(rule_id).into_iter().flatten();
        indices.map(|index| &self.local_holdouts[*index as usize])
    }

    /// The conditions of an audience; none if they can't be used.
    #[must_use]
    pub fn audience(&self, index: u32) -> Option<&Tree<Condition>> {
        self.audiences[index as usize].as_ref()
    }
}

impl Rule {
    /// A variation by its key; of several with one key the last.
    #[must_use]
    pub fn variation_by_key(&self, key: &str) -> Option<&Variation> {
        self.variations.iter().rfind(|variation| *variation.key == *key)
    }

    /// A variation by its id.
    #[must_use]
    pub fn variation_by_id(&self, id: &str) -> Option<&Variation> {
        self.variations.iter().rfind(|variation| *variation.id == *id)
    }
}
