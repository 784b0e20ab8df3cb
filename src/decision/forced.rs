//! Variations forced on users at run time. Rule: SPEC, section 4.5.1.

use std::collections::HashMap;
use std::sync::Arc;

/// User id to experiment id to variation id. Ids, so that entries survive a new datafile. A copy shares all texts.
#[derive(Clone, Debug, Default)]
pub struct ForcedVariations {
    by_user: HashMap<Arc<str>, Arc<Experiments>>,
}

type Experiments = HashMap<Box<str>, Box<str>>;

impl ForcedVariations {
    /// The variation id forced on a user for an experiment.
    #[must_use]
    pub fn get(&self, user_id: &str, experiment_id: &str) -> Option<&str> {
        if self.by_user.is_empty() {
            return None;
        }
        self.by_user.get(user_id)?.get(experiment_id).map(|variation| &**variation)
    }

    /// Forces a variation, in place of any before.
    pub fn set(&mut self, user_id: &str, experiment_id: &str, variation_id: &str) {
        let experiments = self.by_user.entry(user_id.into()).or_default();
        Arc::make_mut(experiments).insert(experiment_id.into(), variation_id.into());
    }

    /// Forgets what is forced; nothing happens if there is none.
    pub fn remove(&mut self, user_id: &str, experiment_id: &str) {
        if let Some(experiments) = self.by_user.get_mut(user_id) {
            let experiments = Arc::make_mut(experiments);
            experiments.remove(experiment_id);
            if experiments.is_empty() {
                self.by_user.remove(user_id);
            }
        }
    }
}
