//! The indexed project: what a decision or an event looks up, resolved once per datafile and never changed.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::condition::Condition;
use super::odp::Odp;
use super::tree::Tree;
use super::variable::{Variable, VariableText};

/// A map by key or id, hashed with a key of this process's own so that a datafile can't aim at collisions.
pub(super) type Index<T> = Lookup<Box<str>, T>;

/// The same by any key, for what is looked up while a datafile is indexed.
pub(super) type Lookup<K, T> = HashMap<K, T, foldhash::fast::RandomState>;

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
    /// Can every variable's text be read as its type? Then no decision need look.
    pub has_readable_variables: bool,
    /// The Data Platform that knows the users' segments.
    pub odp: Odp,
    pub(super) text: Arc<str>,
    pub(super) audiences: Box<[Audience]>,
    pub(super) events: Index<Event>,
    /// Experiments, delivery rules, holdouts, local holdouts: every rule stands at the index it carries.
    pub(super) rules: Box<[Rule]>,
    pub(super) experiments_by_key: Index<u32>,
    pub(super) flags: Box<[Flag]>,
    pub(super) flags_by_key: Index<u32>,
    pub(super) groups: Box<[Group]>,
    pub(super) holdouts: Range<u32>,
}

/// An audience that rules refer to.
#[derive(Debug)]
pub struct Audience {
    /// Its id.
    pub id: Box<str>,
    /// Its conditions; none if they can't be used.
    pub conditions: Option<Tree<Condition>>,
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
    /// Where the project has it.
    pub index: u32,
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
    pub(super) whitelist: Index<Box<str>>,
    /// The exclusion group it is in.
    pub group: Option<u32>,
    /// Does any flag list it?
    pub is_feature_test: bool,
    /// Indices of the holdouts that apply to it alone, in the datafile's order; rules of one id share them.
    pub holdouts: Arc<[u32]>,
}

/// How a rule chooses among its variations.
#[derive(Debug)]
pub enum Kind {
    /// By traffic allocation.
    Traffic,
    /// By a prediction for each user.
    Bandit(Box<Bandit>),
}

/// A contextual bandit: who gets a prediction, and what it is made from. Rule: SPEC, sections 3.4 and 4.9.
#[derive(Debug)]
pub struct Bandit {
    /// End of the range of buckets that get a prediction.
    pub end_of_range: i64,
    /// Id and key of the attributes that the prediction takes, in the datafile's order; unknown ids are left out.
    pub attributes: Box<[(Box<str>, Box<str>)]>,
}

/// One variation of a rule.
#[derive(Clone, Debug)]
pub struct Variation {
    /// Where the project has it: the rule's index, and its own among the rule's variations.
    pub place: (u32, u32),
    /// Its id.
    pub id: Box<str>,
    /// Does the id travel as `variation_id`? One that is not of digits does not. Rule: SPEC, section 7.4.
    pub has_wire_id: bool,
    /// Wire `variation_key`.
    pub key: Box<str>,
    /// Does it turn its flag on?
    pub feature_enabled: bool,
    /// The values it gives to variables, by the variables' numbers, sorted.
    pub(super) values: Box<[(u32, VariableText)]>,
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AudienceRef {
    /// Index of an audience.
    Known(u32),
    /// An id that names no audience; empty for what is no id at all.
    Unknown(Box<str>),
}

/// A feature flag.
#[derive(Debug)]
pub struct Flag {
    /// Where the project has it.
    pub index: u32,
    /// Its key.
    pub key: Box<str>,
    /// The id of its rollout, empty if it names none.
    pub rollout_id: Box<str>,
    /// Its variables, in the datafile's order; of two with one key the last.
    pub variables: Box<[Variable]>,
    /// Places in `variables`, in the order of their keys.
    pub(super) variables_by_key: Box<[u32]>,
    /// Indices of its experiments, in order.
    pub(super) experiments: Box<[u32]>,
    /// Indices of its delivery rules; none if it has no rollout.
    pub(super) delivery_rules: Option<Range<u32>>,
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

    /// The datafile's text, byte for byte.
    #[must_use]
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// The rule that carries this index.
    #[must_use]
    pub fn rule(&self, index: u32) -> &Rule {
        &self.rules[index as usize]
    }

    /// The bandit that an experiment is, by the experiment's id; of several with one id the last.
    #[must_use]
    pub fn bandit(&self, rule_id: &str) -> Option<&Bandit> {
        self.rules.iter().rev().filter(|rule| *rule.id == *rule_id).find_map(|rule| match &rule.kind {
            Kind::Bandit(bandit) => Some(&**bandit),
            Kind::Traffic => None,
        })
    }

    /// The variation at a place.
    #[must_use]
    pub fn variation(&self, (rule, index): (u32, u32)) -> &Variation {
        &self.rule(rule).variations[index as usize]
    }

    /// An experiment by its key; delivery rules are none.
    #[must_use]
    pub fn experiment(&self, key: &str) -> Option<&Rule> {
        self.experiments_by_key.get(key).map(|index| self.rule(*index))
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
        flag.experiments.iter().map(|index| self.rule(*index))
    }

    /// A flag's delivery rules, in order, the last one for everyone else; `None` if it has no rollout.
    #[must_use]
    pub fn delivery_rules(&self, flag: &Flag) -> Option<&[Rule]> {
        flag.delivery_rules.clone().map(|range| self.slice(range))
    }

    /// The variation of a flag that has this key: of its experiments in order, then of its delivery rules.
    #[must_use]
    pub fn flag_variation<'p>(&'p self, flag: &'p Flag, key: &str) -> Option<&'p Variation> {
        let rules = self.flag_experiments(flag).chain(self.delivery_rules(flag).unwrap_or_default());
        rules.flat_map(|rule| &rule.variations).find(|variation| *variation.key == *key)
    }

    /// The exclusion group of an experiment.
    #[must_use]
    pub fn group(&self, rule: &Rule) -> Option<&Group> {
        rule.group.map(|index| &self.groups[index as usize])
    }

    /// The holdouts that apply to every flag, in order.
    #[must_use]
    pub fn holdouts(&self) -> &[Rule] {
        self.slice(self.holdouts.clone())
    }

    /// The holdouts that apply to one rule, in order.
    pub fn local_holdouts<'p>(&'p self, rule: &'p Rule) -> impl Iterator<Item = &'p Rule> {
        rule.holdouts.iter().map(|index| self.rule(*index))
    }

    /// The audience at an index that a rule refers to.
    #[must_use]
    pub fn audience(&self, index: u32) -> &Audience {
        &self.audiences[index as usize]
    }

    /// How many audiences there are; their indices are below it.
    #[must_use]
    pub fn audience_count(&self) -> usize {
        self.audiences.len()
    }

    fn slice(&self, range: Range<u32>) -> &[Rule] {
        &self.rules[range.start as usize..range.end as usize]
    }
}

impl Flag {
    /// A variable by its key.
    #[must_use]
    pub fn variable(&self, key: &str) -> Option<&Variable> {
        let at = |index: &u32| &self.variables[*index as usize];
        let found = self.variables_by_key.binary_search_by(|index| (*at(index).key).cmp(key)).ok()?;
        Some(at(&self.variables_by_key[found]))
    }
}

impl Rule {
    /// The key of the variation that the whitelist names for a user.
    #[must_use]
    #[inline]
    pub fn whitelisted(&self, user_id: &str) -> Option<&str> {
        if self.whitelist.is_empty() {
            return None;
        }
        self.whitelist.get(user_id).map(|key| &**key)
    }

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

impl Variation {
    /// Can all values it gives be read as the type they were looked at for?
    pub(super) fn is_readable(&self) -> bool {
        self.values.iter().all(|(_, value)| value.is_readable())
    }

    /// The value it gives to the variable of that number.
    pub(super) fn value(&self, number: u32) -> Option<&VariableText> {
        let found = self.values.binary_search_by_key(&number, |(number, _)| *number).ok()?;
        Some(&self.values[found].1)
    }
}
