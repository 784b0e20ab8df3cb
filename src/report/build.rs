//! Wire shapes to OptimizelyConfig.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::{
    ByKey, OptimizelyAttribute, OptimizelyAudience, OptimizelyConfig, OptimizelyEvent, OptimizelyExperiment,
    OptimizelyFeature, OptimizelyVariation, Variable, audiences,
};
use crate::datafile::schema::{self, Datafile};
use crate::datafile::{self, Project, VariableKind};
use crate::error::Result;
use crate::order;

/// An audience made so that SDKs without typed audiences never match; it is nobody's.
const PLACEHOLDER: &str = "$opt_dummy_audience";

impl OptimizelyConfig {
    /// Makes the view of a project, from its text. Costs as much time as parsing does: make it once for a project.
    pub fn of(project: &Project) -> Result<Self> {
        let wire = datafile::outline(project)?;
        let audiences = audiences_of(&wire);
        let names = audiences.iter().map(|audience| (&*audience.id, &*audience.name)).collect();
        let flags = last_of_each_key(&wire.feature_flags);
        let variables: Vec<_> = flags.iter().map(|flag| FlagVariables::of(&flag.variables)).collect();
        let rules = Rules {
            names: &names,
            first_flags: first_flags(&flags, &variables),
            none: FlagVariables::of(&[]),
        };

        let grouped = wire.groups.iter().flat_map(|group| &group.experiments);
        let experiments: Vec<_> =
            wire.experiments.iter().chain(grouped).map(|wire| Arc::new(rules.experiment(wire))).collect();
        let links = Links {
            // Of several with one id the last, as in the project.
            experiments: experiments.iter().map(|experiment| (&*experiment.id, experiment)).collect(),
            rollouts: wire.rollouts.iter().map(|wire| (wire.id.as_str(), &*wire.experiments)).collect(),
        };
        let features = flags
            .iter()
            .zip(&variables)
            .map(|(flag, variables)| links.feature(flag, variables, &rules))
            .collect();
        Ok(Self {
            environment_key: wire.environment_key.as_str().into(),
            sdk_key: wire.sdk_key.as_str().into(),
            revision: wire.revision.as_str().into(),
            features: ByKey::new(features),
            attributes: wire.attributes.iter().map(attribute).collect(),
            events: wire.events.iter().map(event).collect(),
            datafile: Arc::clone(project.text()),
            experiments: ByKey::new(experiments),
            audiences,
        })
    }
}

fn attribute(wire: &schema::Attribute<'_>) -> OptimizelyAttribute {
    OptimizelyAttribute { id: wire.id.as_str().into(), key: wire.key.as_str().into() }
}

fn event(wire: &schema::Event<'_>) -> OptimizelyEvent {
    OptimizelyEvent {
        id: wire.id.as_str().into(),
        key: wire.key.as_str().into(),
        experiment_ids: wire.experiment_ids.iter().map(|id| id.as_str().into()).collect(),
    }
}

/// Typed audiences outrank the others; among equals the first wins. Rule: SPEC, section 1.4.
fn audiences_of(wire: &Datafile<'_>) -> Box<[OptimizelyAudience]> {
    let mut seen = HashSet::from([PLACEHOLDER]);
    let all = wire.typed_audiences.iter().chain(&wire.audiences);
    let counted = all.filter(|audience| seen.insert(audience.id.as_str()));
    let shown = counted.map(|audience| OptimizelyAudience {
        id: audience.id.as_str().into(),
        name: audience.name.as_str().into(),
        conditions: audience.conditions.0.map_or_else(Box::default, conditions),
    });
    shown.collect()
}

/// The text that a text says, else the JSON without its white space.
fn conditions(json: &str) -> Box<str> {
    if let Some(text) = datafile::text(json) {
        return text.into();
    }
    let (mut is_in_text, mut is_escaped) = (false, false);
    let counts = |character: &char| {
        let is_space = !is_in_text && matches!(character, ' ' | '\t' | '\n' | '\r');
        is_in_text ^= *character == '"' && !is_escaped;
        is_escaped = *character == '\\' && !is_escaped;
        !is_space
    };
    json.chars().filter(counts).collect()
}

fn last_of_each_key<'w, 'd>(flags: &'w [schema::Flag<'d>]) -> Vec<&'w schema::Flag<'d>> {
    let mut seen = HashSet::new();
    let mut last: Vec<_> = flags.iter().rev().filter(|flag| seen.insert(flag.key.as_str())).collect();
    last.reverse();
    last
}

/// A flag's variables, and how variations refer to them.
struct FlagVariables<'w> {
    shared: Arc<ByKey<Variable>>,
    /// The number of each id.
    numbers: HashMap<&'w str, u32>,
}

impl<'w> FlagVariables<'w> {
    fn of(wire: &'w [schema::Variable<'_>]) -> Self {
        let mut numbers = HashMap::with_capacity(wire.len());
        let variables = wire.iter().map(|variable| {
            let next = numbers.len() as u32;
            let kind = variable.kind.as_str();
            let known = VariableKind::of(kind, variable.sub_kind.as_str());
            Variable {
                id: variable.id.as_str().into(),
                key: variable.key.as_str().into(),
                kind: known.map_or(kind, |known| known.name()).into(),
                default: variable.default_value.as_str().into(),
                number: *numbers.entry(variable.id.as_str()).or_insert(next),
            }
        });
        Self { shared: Arc::new(ByKey::new(variables.collect())), numbers }
    }
}

/// The variables of the first flag that lists an experiment, by the experiment's id.
fn first_flags<'w>(
    flags: &[&'w schema::Flag<'_>],
    variables: &'w [FlagVariables<'w>],
) -> HashMap<&'w str, &'w FlagVariables<'w>> {
    let mut first = HashMap::new();
    for (flag, variables) in flags.iter().zip(variables) {
        for id in &flag.experiment_ids {
            if let Entry::Vacant(place) = first.entry(id.as_str()) {
                place.insert(variables);
            }
        }
    }
    first
}

/// What rules are made with.
struct Rules<'w> {
    /// The name of each audience by its id.
    names: &'w HashMap<&'w str, &'w str>,
    first_flags: HashMap<&'w str, &'w FlagVariables<'w>>,
    /// The variables of an experiment that no flag lists.
    none: FlagVariables<'w>,
}

impl Rules<'_> {
    fn experiment(&self, wire: &schema::Rule<'_>) -> OptimizelyExperiment {
        let variables = self.first_flags.get(wire.id.as_str()).copied().unwrap_or(&self.none);
        self.rule(wire, variables)
    }

    fn rule(&self, wire: &schema::Rule<'_>, variables: &FlagVariables<'_>) -> OptimizelyExperiment {
        let conditions = wire.audience_conditions.0.unwrap_or_default();
        OptimizelyExperiment {
            id: wire.id.as_str().into(),
            key: wire.key.as_str().into(),
            audiences: audiences::line(conditions, self.names).into(),
            variations: ByKey::new(wire.variations.iter().map(|wire| variation(wire, variables)).collect()),
        }
    }
}

/// A value counts if the variation is on and the flag has the variable; of several for one variable the last.
/// Rule: SPEC, section 10, rule 2 and S-38.
fn variation(wire: &schema::Variation<'_>, variables: &FlagVariables<'_>) -> OptimizelyVariation {
    let mut values: Vec<(u32, Box<str>)> = Vec::new();
    if wire.feature_enabled == Some(true) {
        let known = wire.variables.iter().rev().filter_map(|value| {
            let number = variables.numbers.get(value.id.as_str())?;
            Some((*number, value.value.as_str()))
        });
        let known: Vec<(u32, &str)> = known.collect();
        // Of several for one variable the last stands before the others.
        let order = order::places(known.len(), &|left, right| known[left].0.cmp(&known[right].0));
        values.extend(order.into_iter().map(|place| {
            let (number, text) = known[place as usize];
            (number, text.into())
        }));
        values.dedup_by_key(|(number, _)| *number);
    }
    OptimizelyVariation {
        id: wire.id.as_str().into(),
        key: wire.key.as_str().into(),
        feature_enabled: wire.feature_enabled,
        variables: Arc::clone(&variables.shared),
        values: values.into(),
    }
}

/// What flags refer to.
struct Links<'w, 'd> {
    experiments: HashMap<&'w str, &'w Arc<OptimizelyExperiment>>,
    rollouts: HashMap<&'w str, &'w [schema::Rule<'d>]>,
}

impl Links<'_, '_> {
    fn feature(
        &self,
        wire: &schema::Flag<'_>,
        variables: &FlagVariables<'_>,
        rules: &Rules<'_>,
    ) -> OptimizelyFeature {
        let known = wire.experiment_ids.iter().filter_map(|id| self.experiments.get(id.as_str()));
        let delivery = self.rollouts.get(wire.rollout_id.as_str()).copied().unwrap_or_default();
        OptimizelyFeature {
            id: wire.id.as_str().into(),
            key: wire.key.as_str().into(),
            experiment_rules: known.map(|experiment| Arc::clone(experiment)).collect(),
            delivery_rules: delivery.iter().map(|wire| rules.rule(wire, variables)).collect(),
            variables: Arc::clone(&variables.shared),
        }
    }
}
