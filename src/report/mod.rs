//! OptimizelyConfig: what a datafile holds, as data for people and programs, each thing under its official name.
//! Rule: SPEC, section 10.

mod audiences;
mod build;
mod by_key;
mod write;

use std::sync::Arc;

pub use by_key::{ByKey, Keyed};

/// A read-only view of one datafile. Owned; it may outlive the project it was made of.
pub struct OptimizelyConfig {
    /// The environment's key; empty if the datafile has none.
    pub environment_key: Box<str>,
    /// The SDK key that the datafile names; empty if it names none.
    pub sdk_key: Box<str>,
    /// The datafile's revision.
    pub revision: Box<str>,
    /// Experiments, those of groups after the others; delivery rules are none. Of several with one key the last.
    pub experiments: ByKey<Arc<OptimizelyExperiment>>,
    /// Flags; of several with one key the last.
    pub features: ByKey<OptimizelyFeature>,
    /// Attributes, in the datafile's order.
    pub attributes: Box<[OptimizelyAttribute]>,
    /// Audiences, the typed ones first, each id once.
    pub audiences: Box<[OptimizelyAudience]>,
    /// Events, in the datafile's order.
    pub events: Box<[OptimizelyEvent]>,
    /// The datafile's text, byte for byte.
    pub datafile: Arc<str>,
}

/// An attribute of visitors.
#[derive(Debug, PartialEq, Eq)]
pub struct OptimizelyAttribute {
    /// Its id.
    pub id: Box<str>,
    /// Its key.
    pub key: Box<str>,
}

/// An audience.
#[derive(Debug, PartialEq, Eq)]
pub struct OptimizelyAudience {
    /// Its id.
    pub id: Box<str>,
    /// Its name.
    pub name: Box<str>,
    /// Its conditions as JSON text: as the datafile's text has them, or compact where the datafile has them as JSON;
    /// empty if it has none.
    pub conditions: Box<str>,
}

/// An event.
#[derive(Debug, PartialEq, Eq)]
pub struct OptimizelyEvent {
    /// Its id.
    pub id: Box<str>,
    /// Its key.
    pub key: Box<str>,
    /// Ids of the experiments that use it, as the datafile has them.
    pub experiment_ids: Box<[Box<str>]>,
}

/// An experiment or a delivery rule.
#[derive(Debug)]
pub struct OptimizelyExperiment {
    /// Its id.
    pub id: Box<str>,
    /// Its key.
    pub key: Box<str>,
    /// Its audience conditions with names for ids: `"us" OR "female"`; empty if it has none.
    pub audiences: Box<str>,
    /// Its variations; of several with one key the last.
    pub variations: ByKey<OptimizelyVariation>,
}

/// A variation.
#[derive(Debug)]
pub struct OptimizelyVariation {
    /// Its id.
    pub id: Box<str>,
    /// Its key.
    pub key: Box<str>,
    /// Does it turn its flag on? `None` if the datafile does not say. Rule: SPEC, S-60.
    pub feature_enabled: Option<bool>,
    /// The flag's variables, shared by all variations of the flag.
    variables: Arc<ByKey<Variable>>,
    /// The values that differ from the flag's, by the variables' numbers, sorted.
    values: Box<[(u32, Box<str>)]>,
}

/// A flag.
#[derive(Debug)]
pub struct OptimizelyFeature {
    /// Its id.
    pub id: Box<str>,
    /// Its key.
    pub key: Box<str>,
    /// Its experiments, in order; the same objects as those of the config.
    pub experiment_rules: Box<[Arc<OptimizelyExperiment>]>,
    /// Its delivery rules, in order, the last one for everyone else.
    pub delivery_rules: Box<[OptimizelyExperiment]>,
    variables: Arc<ByKey<Variable>>,
}

/// A variable with the value it has in a variation, or by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OptimizelyVariable<'c> {
    /// Its id.
    pub id: &'c str,
    /// Its key.
    pub key: &'c str,
    /// `boolean`, `integer`, `double`, `string`, `json`, or what else the datafile says.
    pub kind: &'c str,
    /// The value as text.
    pub value: &'c str,
}

/// A variable as its flag has it. A variation keeps only what differs, so that many variables in many variations take
/// no more room than in the datafile.
#[derive(Debug)]
struct Variable {
    id: Box<str>,
    key: Box<str>,
    kind: Box<str>,
    default: Box<str>,
    /// Stands for the id: variables of a flag with one id have one number.
    number: u32,
}

impl OptimizelyFeature {
    /// How many variables there are.
    #[must_use]
    pub fn variable_count(&self) -> usize {
        self.variables.entries().len()
    }

    /// The variable at an index, with its default.
    #[must_use]
    pub fn variable_at(&self, index: usize) -> Option<OptimizelyVariable<'_>> {
        self.variables.entries().get(index).map(|variable| variable.with(&variable.default))
    }

    /// Every variable with its default, in the datafile's order; of several with one key the last.
    pub fn variables(&self) -> impl Iterator<Item = OptimizelyVariable<'_>> {
        self.variables.entries().iter().map(|variable| variable.with(&variable.default))
    }
}

impl OptimizelyVariation {
    /// How many variables there are.
    #[must_use]
    pub fn variable_count(&self) -> usize {
        self.variables.entries().len()
    }

    /// The variable at an index, with the value it has in this variation.
    #[must_use]
    pub fn variable_at(&self, index: usize) -> Option<OptimizelyVariable<'_>> {
        self.variables.entries().get(index).map(|variable| self.variable(variable))
    }

    /// Every variable with the value it has in this variation, in the order of the flag.
    pub fn variables(&self) -> impl Iterator<Item = OptimizelyVariable<'_>> {
        self.variables.entries().iter().map(|variable| self.variable(variable))
    }

    fn variable<'c>(&'c self, variable: &'c Variable) -> OptimizelyVariable<'c> {
        let found = self.values.binary_search_by_key(&variable.number, |(number, _)| *number);
        variable.with(found.map_or(&variable.default, |at| &self.values[at].1))
    }
}

impl Variable {
    fn with<'c>(&'c self, value: &'c str) -> OptimizelyVariable<'c> {
        OptimizelyVariable { id: &self.id, key: &self.key, kind: &self.kind, value }
    }
}

impl Keyed for Arc<OptimizelyExperiment> {
    fn key(&self) -> &str {
        &self.key
    }
}

impl Keyed for OptimizelyFeature {
    fn key(&self) -> &str {
        &self.key
    }
}

impl Keyed for OptimizelyVariation {
    fn key(&self) -> &str {
        &self.key
    }
}

impl Keyed for Variable {
    fn key(&self) -> &str {
        &self.key
    }
}

#[cfg(test)]
mod tests;
