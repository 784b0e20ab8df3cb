//! OptimizelyConfig as JSON, by the names that all official SDKs give its parts.

use std::sync::Arc;

use super::{
    ByKey, Keyed, OptimizelyConfig, OptimizelyExperiment, OptimizelyFeature, OptimizelyVariable,
    OptimizelyVariation,
};
use crate::json::{self, Members};

impl OptimizelyConfig {
    /// The whole as JSON, but for the datafile's text. Members stand in the datafile's order.
    #[must_use]
    pub fn to_json(&self) -> String {
        json::to_string(|out| json::object(out, |members| self.write(members)))
    }

    fn write(&self, members: &mut Members<'_>) {
        members.text("environmentKey", &self.environment_key);
        members.text("sdkKey", &self.sdk_key);
        members.text("revision", &self.revision);
        by_key(members.name("experimentsMap"), self.experiments.entries(), |out, item| experiment(out, item));
        by_key(members.name("featuresMap"), self.features.entries(), feature);
        json::list(members.name("attributes"), &self.attributes, |out, attribute| {
            json::object(out, |members| {
                members.text("id", &attribute.id);
                members.text("key", &attribute.key);
            });
        });
        json::list(members.name("audiences"), &self.audiences, |out, audience| {
            json::object(out, |members| {
                members.text("id", &audience.id);
                members.text("name", &audience.name);
                members.text("conditions", &audience.conditions);
            });
        });
        json::list(members.name("events"), &self.events, |out, event| {
            json::object(out, |members| {
                members.text("id", &event.id);
                members.text("key", &event.key);
                json::list(members.name("experimentIds"), &event.experiment_ids, |out, id| {
                    json::text(out, id);
                });
            });
        });
    }
}

fn by_key<T: Keyed>(out: &mut Vec<u8>, entries: &[T], write: impl Fn(&mut Vec<u8>, &T)) {
    json::object(out, |members| {
        for entry in entries {
            write(members.name(entry.key()), entry);
        }
    });
}

fn feature(out: &mut Vec<u8>, feature: &OptimizelyFeature) {
    json::object(out, |members| {
        members.text("id", &feature.id);
        members.text("key", &feature.key);
        json::list(members.name("experimentRules"), &feature.experiment_rules, |out, item| {
            experiment(out, item);
        });
        json::list(members.name("deliveryRules"), &feature.delivery_rules, experiment);
        variables(members.name("variablesMap"), feature.variables());
        // The deprecated view of experimentRules, made when it is asked for.
        let rules = ByKey::new(feature.experiment_rules.iter().map(Arc::clone).collect());
        by_key(members.name("experimentsMap"), rules.entries(), |out, item| experiment(out, item));
    });
}

fn experiment(out: &mut Vec<u8>, experiment: &OptimizelyExperiment) {
    json::object(out, |members| {
        members.text("id", &experiment.id);
        members.text("key", &experiment.key);
        members.text("audiences", &experiment.audiences);
        by_key(members.name("variationsMap"), experiment.variations.entries(), variation);
    });
}

fn variation(out: &mut Vec<u8>, variation: &OptimizelyVariation) {
    json::object(out, |members| {
        members.text("id", &variation.id);
        members.text("key", &variation.key);
        if let Some(is_enabled) = variation.feature_enabled {
            members.boolean("featureEnabled", is_enabled);
        }
        variables(members.name("variablesMap"), variation.variables());
    });
}

fn variables<'c>(out: &mut Vec<u8>, variables: impl Iterator<Item = OptimizelyVariable<'c>>) {
    json::object(out, |members| {
        for variable in variables {
            json::object(members.name(variable.key), |members| {
                members.text("id", variable.id);
                members.text("key", variable.key);
                members.text("type", variable.kind);
                members.text("value", variable.value);
            });
        }
    });
}
