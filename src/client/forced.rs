//! Variations forced at run time. Rule: SPEC, section 4.5.1.

use std::sync::atomic::Ordering;

use super::calls::unknown_experiment;
use super::decision::{Asked, Decision, EventStatus, Held, Parts};
use super::lifecycle::{Active, Client};
use crate::datafile::Rule;
use crate::decision::Source;
use crate::error::{Error, Result, Status, shown};
use crate::platform::LogLevel;

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
            self.log.write(LogLevel::Error, format_args!("{what}"));
            Error::new(Status::NotFound, what).at("variation_key")
        })?;
        self.forced.rcu(|forced| {
            let mut forced = (**forced).clone();
            forced.set(user_id, &rule.id, &variation.id);
            forced
        });
        self.any_forced.store(true, Ordering::Release);
        Ok(())
    }

    /// Forgets what is forced on a user id; fine if there is nothing.
    pub fn remove_forced_variation(&self, experiment_key: &str, user_id: &str) -> Result<()> {
        let active = &**self.active.load();
        let rule = self.forcible(active, experiment_key)?;
        self.forced.rcu(|forced| {
            let mut forced = (**forced).clone();
            forced.remove(user_id, &rule.id);
            forced
        });
        Ok(())
    }

    /// The experiment of that key. That there is none is an error here, for nothing is forced then.
    fn forcible<'a>(&self, active: &'a Active, experiment_key: &str) -> Result<&'a Rule> {
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
            let forced = &**self.forced.load();
            let variation = forced
                .get(user_id, &rule.id)
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
