//! Wire shapes to the indexed project. A reference to something that does not exist never fails the file: what holds
//! it is unusable, and a warning says so.

use std::collections::HashSet;
use std::collections::hash_map::Entry;
use std::ops::Range;
use std::sync::Arc;

use super::condition;
use super::odp::Odp;
use super::project::{Audience, Event, Flag, Group, Index, Lookup, Project, Region, Rule, Variation};
use super::rules::{self, RuleCompiler, VariableIds};
use super::schema::{self, Datafile, Switch};
use super::variable::{Variable, VariableKind, VariableText};
use crate::error::shown;
use crate::order;

/// Variables of a flag that are compared in less time than an index takes.
const FEW: usize = 16;

/// Experiments that take over their flag's rollout for users outside its percentage.
const FEATURE_ROLLOUT: &str = "fr";

/// What a datafile has that a user should mend, one line each.
pub(super) type Warnings = Vec<String>;

/// Indexes the wire's shapes; each part is consumed as it is indexed, so that both are never whole in memory.
pub(super) fn build(mut datafile: Datafile<'_>, generation: u64, warnings: &mut Warnings) -> Project {
    warn_about_identity(&datafile, warnings);
    inject_feature_rollouts(&mut datafile);
    let (audiences, audience_ids) = audiences(&datafile, warnings);
    let wire_flags = std::mem::take(&mut datafile.feature_flags);
    let wire_attributes = std::mem::take(&mut datafile.attributes);
    let variables = rules::variable_ids(&wire_flags);
    let compiler = RuleCompiler {
        audience_ids: &audience_ids,
        attribute_keys: &attribute_keys(&wire_attributes),
        variables: &variables,
    };

    let mut rules: Vec<Rule> = std::mem::take(&mut datafile.experiments)
        .into_iter()
        .map(|wire| compiler.rule(wire, None, warnings))
        .collect();
    let mut groups = Vec::with_capacity(datafile.groups.len());
    for mut wire in std::mem::take(&mut datafile.groups) {
        let index = groups.len() as u32;
        let members = std::mem::take(&mut wire.experiments);
        rules.extend(members.into_iter().map(|wire| compiler.rule(wire, Some(index), warnings)));
        groups.push(group(&wire));
    }
    let experiments_by_id = index(rules.iter().map(|rule| &rule.id));
    // By way of the id, so that the key of a replaced experiment leads to what replaced it.
    let experiments_by_key =
        rules.iter().map(|rule| (rule.key.clone(), experiments_by_id[&rule.id])).collect();
    let mut rollouts: Lookup<String, Range<u32>> = Lookup::default();
    for wire in std::mem::take(&mut datafile.rollouts) {
        let start = rules.len() as u32;
        rules.extend(wire.experiments.into_iter().map(|wire| compiler.rule(wire, None, warnings)));
        rollouts.insert(wire.id.as_str().to_owned(), start..rules.len() as u32);
    }
    let links = FlagLinks { experiments: &experiments_by_id, rollouts: &rollouts, variables: &variables };
    let flags = wire_flags.iter().map(|wire| links.flag(wire, warnings)).collect();
    let flags = last_of_each_key(flags);
    for experiment in flags.iter().flat_map(|flag| &flag.experiments) {
        rules[*experiment as usize].is_feature_test = true;
    }
    add_local_holdouts(&mut rules, &mut datafile, &compiler, warnings);
    let first_holdout = rules.len() as u32;
    rules.extend(running(&mut datafile.holdouts).map(|wire| {
        if wire.included_rules.is_some() {
            let key = wire.key.as_str();
            warnings.push(format!("holdout {key:?}: includedRules of a global holdout is ignored"));
        }
        compiler.holdout(wire, warnings)
    }));
    // A variation's value was looked at for the first variable of its id, so all of an id must have one type.
    let has_one_type = |variable: &schema::Variable<'_>| {
        rules::kind_of(variable).unwrap_or(VariableKind::Text) == variables[variable.id.as_str()].kind
    };
    let has_readable_variables = wire_flags.iter().flat_map(|flag| &flag.variables).all(has_one_type)
        && flags
            .iter()
            .flat_map(|flag| &flag.variables)
            .all(|known| known.default.is_readable_as(known.kind))
        && rules.iter().flat_map(|rule| &rule.variations).all(Variation::is_readable);
    for (rule, index) in rules.iter_mut().zip(0..) {
        rule.index = index;
        for (variation, at) in rule.variations.iter_mut().zip(0..) {
            variation.place = (index, at);
        }
    }
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
        attribute_ids: attribute_ids(&wire_attributes),
        has_readable_variables,
        text: Arc::default(),
        odp: Odp::of(&datafile.integrations, &audiences),
        audiences,
        events: datafile
            .events
            .iter()
            .map(|wire| {
                let key: Box<str> = wire.key.as_str().into();
                (key.clone(), Event { id: wire.id.as_str().into(), key })
            })
            .collect(),
        holdouts: first_holdout..rules.len() as u32,
        rules: rules.into(),
        experiments_by_key,
        flags_by_key: index(flags.iter().map(|flag| &flag.key)),
        flags,
        groups: groups.into(),
    }
}

/// Index of each name; of a repeated one the last.
pub(super) fn index(names: impl Iterator<Item = impl AsRef<str>>) -> Index<u32> {
    names.enumerate().map(|(index, name)| (name.as_ref().into(), index as u32)).collect()
}

fn last_of_each_key(flags: Vec<Flag>) -> Box<[Flag]> {
    let last = index(flags.iter().map(|flag| &flag.key));
    flags
        .into_iter()
        .zip(0..)
        .filter(|(flag, index)| last[&flag.key] == *index)
        .zip(0..)
        .map(|((flag, _), index)| Flag { index, ..flag })
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

/// The first entry of an id wins. Rule: SPEC, section 1.3.
fn attribute_keys<'d>(attributes: &'d [schema::Attribute<'_>]) -> Lookup<&'d str, &'d str> {
    attributes.iter().rev().map(|wire| (wire.id.as_str(), wire.key.as_str())).collect()
}

/// The first entry of a key wins. Rule: SPEC, S-05.
fn attribute_ids(attributes: &[schema::Attribute<'_>]) -> Index<Box<str>> {
    let mut ids = Index::default();
    for wire in attributes {
        if let Entry::Vacant(place) = ids.entry(wire.key.as_str().into()) {
            place.insert(wire.id.as_str().into());
        }
    }
    ids
}

/// Typed audiences outrank the others; among equals the first wins. Rule: SPEC, section 1.4.
fn audiences(datafile: &Datafile<'_>, warnings: &mut Warnings) -> (Box<[Audience]>, Index<u32>) {
    let mut audiences = Vec::new();
    let mut ids = Index::default();
    for wire in datafile.typed_audiences.iter().chain(&datafile.audiences) {
        let Entry::Vacant(place) = ids.entry(wire.id.as_str().into()) else { continue };
        place.insert(audiences.len() as u32);
        let conditions = wire.conditions.0.and_then(condition::compile);
        if conditions.is_none() {
            warnings.push(format!("audience {:?}: its conditions can't be used", wire.name.as_str()));
        }
        audiences.push(Audience { id: wire.id.as_str().into(), conditions });
    }
    (audiences.into(), ids)
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

/// What flags refer to.
struct FlagLinks<'p> {
    experiments: &'p Index<u32>,
    rollouts: &'p Lookup<String, Range<u32>>,
    variables: &'p VariableIds<'p>,
}

impl FlagLinks<'_> {
    fn flag(&self, wire: &schema::Flag<'_>, warnings: &mut Warnings) -> Flag {
        let key = wire.key.as_str();
        let known = wire.experiment_ids.iter().filter_map(|id| {
            let found = self.experiments.get(id.as_str()).copied();
            if found.is_none() {
                warnings.push(format!("flag {}: there is no experiment {:?}", shown(key), id.as_str()));
            }
            found
        });
        let experiments = known.collect();
        let variables = self.variables(wire, warnings);
        let by_key = |left: usize, right: usize| variables[left].key.cmp(&variables[right].key);
        let variables_by_key = order::places(variables.len(), &by_key).into();
        Flag {
            index: 0,
            key: key.into(),
            rollout_id: wire.rollout_id.as_str().into(),
            variables,
            variables_by_key,
            experiments,
            delivery_rules: self.rollouts.get(wire.rollout_id.as_str()).cloned(),
        }
    }

    fn variables(&self, wire: &schema::Flag<'_>, warnings: &mut Warnings) -> Box<[Variable]> {
        let all = &wire.variables;
        let by_key = (all.len() > FEW).then(|| index(all.iter().map(|variable| variable.key.as_str())));
        let is_last = |at: usize, key: &str| match &by_key {
            Some(last) => last[key] as usize == at,
            None => all[at + 1..].iter().all(|later| later.key.as_str() != key),
        };
        let counts = |(at, variable): &(usize, &schema::Variable<'_>)| is_last(*at, variable.key.as_str());
        let variables = all.iter().enumerate().filter(counts).map(|(_, variable)| {
            let key = variable.key.as_str();
            let kind = rules::kind_of(variable).unwrap_or_else(|| {
                let (kind, flag) = (variable.kind.as_str(), shown(wire.key.as_str()));
                warnings.push(format!(
                    "flag {flag}: variable {key:?} has the type {kind:?}, which is not known, and counts as a string"
                ));
                VariableKind::Text
            });
            let number = self.variables[variable.id.as_str()].number;
            let default = VariableText::new(variable.default_value.as_str(), kind);
            Variable { key: key.into(), kind, number, default }
        });
        variables.collect()
    }
}

fn running<'a>(holdouts: &mut Vec<schema::Rule<'a>>) -> impl Iterator<Item = schema::Rule<'a>> + use<'a> {
    std::mem::take(holdouts).into_iter().filter(|wire| wire.status.as_str() == "Running")
}

/// Adds the holdouts of single rules, and tells each rule which of them it has, in the datafile's order.
fn add_local_holdouts(
    rules: &mut Vec<Rule>,
    datafile: &mut Datafile<'_>,
    compiler: &RuleCompiler<'_>,
    warnings: &mut Warnings,
) {
    let mut by_rule: Lookup<String, Vec<u32>> = Lookup::default();
    let mut holdouts = Vec::new();
    for mut wire in running(&mut datafile.local_holdouts) {
        let Some(included) = wire.included_rules.take() else {
            warnings
                .push(format!("local holdout {:?}: has no includedRules and is left out", wire.key.as_str()));
            continue;
        };
        let index = (rules.len() + holdouts.len()) as u32;
        for rule in included {
            let of_rule = by_rule.entry(rule.as_str().to_owned()).or_default();
            if of_rule.last() != Some(&index) {
                of_rule.push(index);
            }
        }
        holdouts.push(compiler.holdout(wire, warnings));
    }
    if !holdouts.is_empty() {
        let by_rule: Lookup<String, Arc<[u32]>> =
            by_rule.into_iter().map(|(rule, indices)| (rule, indices.into())).collect();
        for rule in rules.iter_mut() {
            if let Some(indices) = by_rule.get(&*rule.id) {
                rule.holdouts = Arc::clone(indices);
            }
        }
        rules.append(&mut holdouts);
    }
}

/// The last feature-rollout experiment of an id, which counts, and the variations it was given: a second time changes
/// nothing.
#[derive(Default)]
struct FeatureRollouts<'d, 'a> {
    rule: Option<&'d mut schema::Rule<'a>>,
    injected: HashSet<String>,
}

/// Gives feature-rollout experiments the everyone-else variation of their flag's rollout, for the users they would
/// otherwise leave without. Rule: SPEC, section 1.10.1.
pub(super) fn inject_feature_rollouts(datafile: &mut Datafile<'_>) {
    let grouped = datafile.groups.iter_mut().flat_map(|group| &mut group.experiments);
    let mut feature_rollouts: Lookup<String, FeatureRollouts<'_, '_>> = Lookup::default();
    for rule in datafile.experiments.iter_mut().chain(grouped) {
        if rule.kind.as_str() == FEATURE_ROLLOUT {
            let of_id = feature_rollouts.entry(rule.id.as_str().to_owned()).or_default();
            of_id.rule = Some(rule);
        }
    }
    if feature_rollouts.is_empty() {
        return;
    }
    let rollouts: Lookup<_, _> = datafile.rollouts.iter().map(|wire| (wire.id.as_str(), wire)).collect();
    for flag in &datafile.feature_flags {
        let rollout = rollouts.get(flag.rollout_id.as_str());
        let last = rollout.and_then(|wire| wire.experiments.last());
        let Some(everyone_else) = last.and_then(|rule| rule.variations.first()) else { continue };
        for id in &flag.experiment_ids {
            let Some(found) = feature_rollouts.get_mut(id.as_str()) else { continue };
            if !found.injected.insert(everyone_else.id.as_str().to_owned()) {
                continue;
            }
            if let Some(rule) = &mut found.rule {
                rule.variations.push(everyone_else.clone());
                let range = schema::Range::new(everyone_else.id.clone(), schema::Whole(10_000));
                rule.traffic_allocation.push(range);
            }
        }
    }
}
