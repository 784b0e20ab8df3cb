//! Variations forced at run time. Rule: SPEC, section 4.5.1.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use arc_swap::{ArcSwapOption, Guard};
use once_cell::race::OnceBox;

use super::current::Active;
use super::decision::{Asked, Decision, EventStatus, Held, Parts};
use super::known::unknown_experiment;
use super::lifecycle::Client;
use crate::datafile::Rule;
use crate::decision::{ForcedVariations, Source};
use crate::error::{Error, Result, Status, shown};
use crate::platform::LogLevel;

/// Tables that users are spread over: a change copies one of them.
const TABLES: usize = 512;

/// What is forced on each user. No call takes a lock: who looks into a table holds what it was, who changes one puts a
/// copy in its place.
#[derive(Default)]
pub(super) struct Forced {
    /// Made by the first change; until then no decision looks any further.
    tables: OnceBox<[ArcSwapOption<ForcedVariations>; TABLES]>,
    hasher: RandomState,
}

impl Forced {
    /// The table with what is forced on a user; none if nothing is.
    #[inline]
    pub(super) fn of(&self, user_id: &str) -> Option<Guard<Option<Arc<ForcedVariations>>>> {
        self.tables.get().map(|tables| tables[self.place(user_id)].load())
    }

    fn change(&self, user_id: &str, change: impl Fn(&mut ForcedVariations)) {
        let tables = self.tables.get_or_init(|| Box::new(std::array::from_fn(|_| ArcSwapOption::empty())));
        tables[self.place(user_id)].rcu(|table| {
            let mut copy = table.as_deref().cloned().unwrap_or_default();
            change(&mut copy);
            Some(Arc::new(copy))
        });
    }

    fn place(&self, user_id: &str) -> usize {
        self.hasher.hash_one(user_id) as usize % TABLES
    }
}

impl Client {
    /// Forces a variation on a user id.
    pub fn set_forced_variation(
        &self,
        experiment_key: &str,
        user_id: &str,
        variation_key: &str,
    ) -> Result<()> {
        let active = &**self.active.load();
        let rule = self.forcible(active, experiment_key)?;
        let variation = rule.variation_by_key(variation_key).ok_or_else(|| {
            let what = format!("experiment {:?} has no variation {}", rule.key, shown(variation_key));
            let level = if variation_key.is_empty() { LogLevel::Debug } else { LogLevel::Error };
            self.log.write(level, format_args!("{what}"));
            Error::new(Status::NotFound, what).at("variation_key")
        })?;
        self.forced.change(user_id, |forced| forced.set(user_id, &rule.id, &variation.id));
        Ok(())
    }

    /// Forgets what is forced on a user id; fine if there is nothing.
    pub fn remove_forced_variation(&self, experiment_key: &str, user_id: &str) -> Result<()> {
        let active = &**self.active.load();
        let rule = self.forcible(active, experiment_key)?;
        self.forced.change(user_id, |forced| forced.remove(user_id, &rule.id));
        Ok(())
    }

    /// The experiment of that key. That there is none is an error here, for nothing is forced then.
    fn forcible<'a>(&self, active: &'a Active, experiment_key: &str) -> Result<&'a Rule> {
        self.need_datafile(active)?;
        active.project.experiment(experiment_key).ok_or_else(|| {
            let error = unknown_experiment(experiment_key);
            self.log.write(LogLevel::Error, format_args!("{error}"));
            error
        })
    }

    /// What is forced on a user id.
    pub fn get_forced_variation(&self, experiment_key: &str, user_id: &str) -> Result<Decision> {
        let held = self.active.load();
        let parts = {
            let rule = self.known_experiment(&held, experiment_key)?;
            let table = self.forced.of(user_id);
            let forced = table.as_ref().and_then(|table| table.as_deref());
            let variation = forced
                .and_then(|forced| forced.get(user_id, &rule.id))
                .and_then(|id| rule.variation_by_id(id))
                .ok_or_else(|| Error::new(Status::NotFound, "no variation is forced on this user"))?;
            Parts {
                asked: Asked::Experiment(rule.index),
                rule: Some(rule.index),
                variation: Some(variation.place),
                source: Source::Experiment,
                status: Status::Ok,
                event_status: EventStatus::Suppressed,
                has_variables: false,
                cmab_uuid: None,
                detail: None,
            }
        };
        Ok(Decision::new(Held::Own(held), parts))
    }
}
