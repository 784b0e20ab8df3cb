//! Wire shapes to the indexed project. A reference to something that does not exist never fails the file: what holds
//! it is unusable, and a warning says so.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use super::condition;
use super::project::{
    AudienceRef, Event, Flag, Group, Index, Kind, Project, Region, Rollout, Rule, Targeting, TrafficRange,
    Variation,
};
use super::schema::{self, Datafile, Switch};
use super::tree::{self, Node, Op, RawLeaf, Tree};
use crate::text::is_digits;

/// Experiments that take over their flag's rollout for users outside its percentage.
const FEATURE_ROLLOUT: &str = "fr";

type Warnings = Vec<String>;

/// The conditions of every audience, none where they can't be used.
type Audiences = Box<[Option<Tree<condition::Condition>>]>;

pub(super) fn build(mut datafile: Datafile<'_>, generation: u64, warnings: &mut Warnings) -> Project {
    warn_about_identity(&datafile, warnings);
    inject_feature_rollouts(&mut datafile);
    let (audiences, audience_ids) = audiences(&datafile, warnings);
    let compiler = RuleCompiler { audience_ids: &audience_ids };

    // Each part of the wire is consumed as it is indexed, so that both are never whole in memory.
    let mut experiments: Vec<Rule> = std::mem::take(&mut datafile.experiments)
        .into_iter()
        .map(|wire| compiler.rule(wire, None, warnings))
        .collect();
    let mut groups = Vec::with_capacity(datafile.groups.len());
    for mut wire in std::mem::take(&mut datafile.groups) {
        let index = groups.len() as u32;
        let members = std::mem::take(&mut wire.experiments);
        experiments.extend(members.into_iter().map(|wire| compiler.rule(wire, Some(index), warnings)));
        groups.push(group(&wire));
    }
    let experiments_by_id = index(experiments.iter().map(|rule| &rule.id));
    // By way of the id, so that the key of a replaced experiment leads to what replaced it.
    let experiments_by_key =
        experiments.iter().map(|rule| (rule.key.clone(), experiments_by_id[&rule.id])).collect();
    let rollouts_by_id = index(datafile.rollouts.iter().map(|wire| wire.id.as_str()));
    let rollouts: Box<[Rollout]> = std::mem::take(&mut datafile.rollouts)
        .into_iter()
        .map(|wire| Rollout {
            rules: wire.experiments.into_iter().map(|wire| compiler.rule(wire, None, warnings)).collect(),
        })
        .collect();
    let flags: Vec<Flag> = datafile
        .feature_flags
        .iter()
        .map(|wire| flag(wire, &experiments_by_id, &rollouts_by_id, warnings))
        .collect();
    let flags = last_of_each_key(flags);
    for flag in &flags {
        for experiment in &flag.experiments {
            experiments[*experiment as usize].is_feature_test = true;
        }
    }
    let (local_holdouts, local_by_rule) = local_holdouts(&mut datafile, &compiler, warnings);
    let holdouts = running(&mut datafile.holdouts)
        .map(|wire| {
            if wire.included_rules.is_some() {
                let key = wire.key.as_str();
                warnings.push(format!("holdout {key:?}: includedRules of a global holdout is ignored"));
            }
            compiler.holdout(wire, warnings)
        })
        .collect();
    Project {
        generation,
        account_id: datafile.account_id.as_str().into(),
        project_id: datafile.project_id.as_str().into(),
        revision: datafile.revision.as_str().into(),
        region: region(datafile.region.as_str(), warnings),
        anonymize_ip: switch(datafile.anonymize_ip, "anonymizeIP", warnings)
            .unwrap_or(datafile.anonymize_ip == Switch::Odd),
        bot_filtering: switch(datafile.bot_filtering, "botFiltering", warnings),
        send_flag_decisions: switch(datafile.send_flag_decisions, "sendFlagDecisions", warnings)
            .unwrap_or(false),
        attribute_ids: attribute_ids(&datafile),
        audiences,
        events: datafile
            .events
            .iter()
            .map(|wire| {
                let key: Box<str> = wire.key.as_str().into();
                (key.clone(), Event { id: wire.id.as_str().into(), key })
            })
            .collect(),
        experiments: experiments.into(),
        experiments_by_key,
        flags_by_key: index(flags.iter().map(|flag| &flag.key)),
        flags,
        groups: groups.into(),
        rollouts,
        holdouts,
        local_holdouts,
        local_by_rule,
    }
}

/// Index of each name; of a repeated one the last.
fn index(names: impl Iterator<Item = impl AsRef<str>>) -> Index<u32> {
    names.enumerate().map(|(index, name)| (name.as_ref().into(), index as u32)).collect()
}

fn last_of_each_key(flags: Vec<Flag>) -> Box<[Flag]> {
    let last = index(flags.iter().map(|flag| &flag.key));
    flags
        .into_iter()
        .zip(0..)
        .filter(|(flag, index)| last[&flag.key] == *index)
        .map(|(flag, _)| flag)
        .collect()
}

fn warn_about_identity(datafile: &Datafile<'_>, warnings: &mut Warnings) {
    let ids = [
        ("accountId", &datafile.account_id),
        ("projectId", &datafile.project_id),
        ("revision", &datafile.revision),
    ];
    for (name, id) in ids {
        if id.as_str().is_empty() {
            warnings.push(format!("{name} is empty: the Events API may refuse the events of this project"));
        }
    }
}

fn region(text: &str, warnings: &mut Warnings) -> Region {
    match text.to_ascii_uppercase().as_str() {
        "EU" => Region::Eu,
        "US" | "" => Region::Us,
        _ => {
            warnings.push(format!("region {text:?} is not known; events go to the US endpoint"));
            Region::Us
        }
    }
}

fn switch(value: Switch, name: &str, warnings: &mut Warnings) -> Option<bool> {
    match value {
        Switch::On => Some(true),
        Switch::Off => Some(false),
        Switch::Absent => None,
        Switch::Odd => {
            warnings.push(format!("{name} is not a boolean"));
            None
        }
    }
}

/// The first entry of a key wins. Rule: SPEC, S-05.
fn attribute_ids(datafile: &Datafile<'_>) -> Index<Box<str>> {
    let mut ids = Index::default();
    for wire in &datafile.attributes {
        if let Entry::Vacant(place) = ids.entry(wire.key.as_str().into()) {
            place.insert(wire.id.as_str().into());
        }
    }
    ids
}

/// Typed audiences outrank the others; among equals the first wins. Rule: SPEC, section 1.4.
fn audiences(datafile: &Datafile<'_>, warnings: &mut Warnings) -> (Audiences, Index<u32>) {
    let mut trees = Vec::new();
    let mut ids = Index::default();
    for wire in datafile.typed_audiences.iter().chain(&datafile.audiences) {
        let Entry::Vacant(place) = ids.entry(wire.id.as_str().into()) else { continue };
        place.insert(trees.len() as u32);
        let tree = wire.conditions.0.and_then(condition::compile);
        if tree.is_none() {
            warnings.push(format!("audience {:?}: its conditions can't be used", wire.name.as_str()));
        }
        trees.push(tree);
    }
    (trees.into(), ids)
}

fn group(wire: &schema::Group<'_>) -> Group {
    Group {
        id: wire.id.as_str().into(),
        is_random: wire.policy.as_str() == "random",
        traffic: wire
            .traffic_allocation
            .iter()
            .map(|range| (range.end_of_range.0, range.entity_id.as_str().into()))
            .collect(),
    }
}

fn flag(
    wire: &schema::Flag<'_>,
    experiments: &Index<u32>,
    rollouts: &Index<u32>,
    warnings: &mut Warnings,
) -> Flag {
    let known = wire.experiment_ids.iter().filter_map(|id| {
        let found = experiments.get(id.as_str()).copied();
        if found.is_none() {
            warnings.push(format!("flag {:?}: there is no experiment {:?}", wire.key.as_str(), id.as_str()));
        }
        found
    });
    Flag {
        experiments: known.collect(),
        key: wire.key.as_str().into(),
        rollout: rollouts.get(wire.rollout_id.as_str()).copied(),
    }
}

fn running<'a>(holdouts: &mut Vec<schema::Rule<'a>>) -> impl Iterator<Item = schema::Rule<'a>> + use<'a> {
    std::mem::take(holdouts).into_iter().filter(|wire| wire.status.as_str() == "Running")
}

/// The holdouts of single rules, and which of them each rule has, in the datafile's order.
fn local_holdouts(
    datafile: &mut Datafile<'_>,
    compiler: &RuleCompiler<'_>,
    warnings: &mut Warnings,
) -> (Box<[Rule]>, Index<Vec<u32>>) {
    let mut holdouts = Vec::new();
    let mut by_rule: Index<Vec<u32>> = Index::default();
    for mut wire in running(&mut datafile.local_holdouts) {
        let Some(rules) = wire.included_rules.take() else {
            warnings
                .push(format!("local holdout {:?}: has no includedRules and is left out", wire.key.as_str()));
            continue;
        };
        let index = holdouts.len() as u32;
        for rule in rules {
            let of_rule = by_rule.entry(rule.as_str().into()).or_default();
            if of_rule.last() != Some(&index) {
                of_rule.push(index);
            }
        }
        holdouts.push(compiler.holdout(wire, warnings));
    }
    (holdouts.into(), by_rule)
}

/// The feature-rollout experiments of one id, and the variations they were given: a second time changes nothing.
#[derive(Default)]
struct FeatureRollouts<'d, 'a> {
    rules: Vec<&'d mut schema::Rule<'a>>,
    injected: HashSet<String>,
}

/// Gives feature-rollout experiments the everyone-else variation of their flag's rollout, for the users they would
/// otherwise leave without. Rule: SPEC, section 1.10.1.
fn inject_feature_rollouts(datafile: &mut Datafile<'_>) {
    let grouped = datafile.groups.iter_mut().flat_map(|group| &mut group.experiments);
    let mut feature_rollouts: HashMap<String, FeatureRollouts<'_, '_>> = HashMap::new();
    for rule in datafile.experiments.iter_mut().chain(grouped) {
        if rule.kind.as_str() == FEATURE_ROLLOUT {
            feature_rollouts.entry(rule.id.as_str().to_owned()).or_default().rules.push(rule);
        }
    }
    if feature_rollouts.is_empty() {
        return;
    }
    let rollouts: HashMap<_, _> = datafile.rollouts.iter().map(|wire| (wire.id.as_str(), wire)).collect();
    for flag in &datafile.feature_flags {
        let rollout = rollouts.get(flag.rollout_id.as_str());
        let last = rollout.and_then(|wire| wire.experiments.last());
        let Some(everyone_else) = last.and_then(|rule| rule.variations.first()) else { continue };
        for id in &flag.experiment_ids {
            let Some(found) = feature_rollouts.get_mut(id.as_str()) else { continue };
            if !found.injected.insert(everyone_else.id.as_str().to_owned()) {
                continue;
            }
            for rule in &mut found.rules {
                rule.variations.push(everyone_else.clone());
                let range = schema::Range::new(everyone_else.id.clone(), schema::Whole(10_000));
                rule.traffic_allocation.push(range);
            }
        }
    }
}

struct RuleCompiler<'p> {
    audience_ids: &'p Index<u32>,
}

impl RuleCompiler<'_> {
    /// Consumes the wire's shape, so that its memory is given back before the next one is indexed.
    #[expect(clippy::needless_pass_by_value, reason = "dropping it here is the point")]
    fn rule(&self, wire: schema::Rule<'_>, group: Option<u32>, warnings: &mut Warnings) -> Rule {
        let variations: Box<[Variation]> = wire
            .variations
            .iter()
            .map(|wire| Variation {
                id: wire.id.as_str().into(),
                has_wire_id: is_digits(wire.id.as_str()),
                key: wire.key.as_str().into(),
                feature_enabled: wire.feature_enabled,
            })
            .collect();
        let by_id = index(variations.iter().map(|variation| &variation.id));
        let traffic = wire.traffic_allocation.iter().map(|range| TrafficRange {
            end: range.end_of_range.0,
            variation: by_id.get(range.entity_id.as_str()).copied(),
        });
        let layer = wire.layer_id.as_str();
        Rule {
            id: wire.id.as_str().into(),
            key: wire.key.as_str().into(),
            campaign_id: if layer.is_empty() { wire.id.as_str() } else { layer }.into(),
            is_running: matches!(wire.status.as_str(), "Running" | ""),
            kind: wire
                .cmab
                .as_ref()
                .map_or(Kind::Traffic, |cmab| Kind::Bandit { end_of_range: cmab.traffic_allocation.0 }),
            traffic: traffic.collect(),
            variations,
            targeting: self.targeting(&wire, warnings),
            whitelist: wire
                .forced_variations
                .0
                .iter()
                .map(|(user, variation)| (user.as_str().into(), variation.as_str().into()))
                .collect(),
            group,
            is_feature_test: false,
        }
    }

    /// A holdout has no layer, whatever the datafile says. Rule: SPEC, section 7.4.
    fn holdout(&self, wire: schema::Rule<'_>, warnings: &mut Warnings) -> Rule {
        let mut rule = self.rule(wire, None, warnings);
        rule.campaign_id = rule.id.clone();
        rule
    }

    /// Rule: SPEC, section 2.2.
    fn targeting(&self, wire: &schema::Rule<'_>, warnings: &mut Warnings) -> Targeting {
        let Some(json) = wire.audience_conditions.0 else { return self.by_ids(&wire.audience_ids) };
        let is_targeted = match json.as_bytes().first() {
            Some(b'[') => json[1..].trim_start() != "]",
            Some(b'"') => json != "\"\"",
            _ => false,
        };
        if !is_targeted {
            return Targeting::Everyone;
        }
        let tree = tree::compile(json, |leaf| match leaf {
            RawLeaf::Text(id) => self.audience(&id),
            RawLeaf::Scalar(id) => self.audience(id),
            RawLeaf::Object(_) => AudienceRef::Unknown,
        });
        Targeting::Audiences(tree.unwrap_or_else(|| {
            warnings
                .push(format!("experiment {:?}: its audience conditions nest too deep", wire.key.as_str()));
            Tree { nodes: Box::new([Node::Leaf(AudienceRef::Unknown)]) }
        }))
    }

    /// A list of ids is a tree too: a leading operator counts. Rule: SPEC, S-56.
    fn by_ids(&self, ids: &[schema::Id<'_>]) -> Targeting {
        let Some(first) = ids.first() else { return Targeting::Everyone };
        let operator = tree::operator(first.as_str());
        let leaves = if operator.is_some() { &ids[1..] } else { ids };
        let root = Node::Branch { op: operator.unwrap_or(Op::Or), end: leaves.len() as u32 + 1 };
        let leaves = leaves.iter().map(|id| Node::Leaf(self.audience(id.as_str())));
        Targeting::Audiences(Tree { nodes: std::iter::once(root).chain(leaves).collect() })
    }

    fn audience(&self, id: &str) -> AudienceRef {
        self.audience_ids.get(id).map_or(AudienceRef::Unknown, |index| AudienceRef::Known(*index))
    }
}
