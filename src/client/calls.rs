//! What a client does for a user: decide, and record what was decided or done. Rule: SPEC, sections 4.10, 4.11, 5, 6.

use super::decision::{Decision, EventStatus, Keys};
use super::lifecycle::{Active, Client};
use super::trace::LogTrace;
use crate::datafile::{Flag, Rule};
use crate::decision::{self, Source};
use crate::error::{Error, Result, Status, shown};
use crate::event::Tags;
use crate::platform::LogLevel;
use crate::user::User;

/// For `decide`: record no impression.
pub const DISABLE_DECISION_EVENT: u32 = 1;

/// The options of a decision, checked.
pub(super) fn check_options(options: u32) -> Result<()> {
    match options & !DISABLE_DECISION_EVENT {
        0 => Ok(()),
        unknown => Err(Error::argument("options", &format!("has bits that are not known: {unknown:#x}"))),
    }
}

/// What an unknown flag decides. Rule: SPEC, section 4.11.
pub(super) fn error_decision(flag_key: &str) -> Decision {
    Decision::new(Some(flag_key), None, None, false, EventStatus::Suppressed)
}

/// A decision that was made and of which nothing is recorded yet.
pub(super) struct Made<'a> {
    flag_key: Option<&'a str>,
    decision: decision::Decision<'a>,
    /// Is an impression due? Rule: SPEC, section 4.10.
    is_due: bool,
}

impl Made<'_> {
    /// The decision as the caller sees it.
    pub(super) fn with(&self, event_status: EventStatus) -> Decision {
        let rule_key = self.decision.hit.map(|(rule, _)| &*rule.key);
        let variation_key = self.decision.hit.map(|(_, variation)| &*variation.key);
        Decision::new(self.flag_key, rule_key, variation_key, self.decision.is_enabled(), event_status)
    }
}

impl Client {
    /// Decides an experiment and records the impression of it.
    pub fn activate(&self, user: &User, experiment_key: &str) -> Result<Decision> {
        let active = &**self.active.load();
        let made = self.decide_experiment(active, user, experiment_key)?;
        Ok(self.record(active, user, &made))
    }

    /// Decides an experiment and records nothing.
    pub fn get_variation(&self, user: &User, experiment_key: &str) -> Result<Decision> {
        let active = &**self.active.load();
        Ok(self.decide_experiment(active, user, experiment_key)?.with(EventStatus::Suppressed))
    }

    /// Decides a flag and records the impression where one is due. An unknown flag gives a decision and an error.
    pub fn decide(&self, user: &User, flag_key: &str, options: u32) -> Result<(Decision, Result<()>)> {
        check_options(options)?;
        let active = &**self.active.load();
        match self.known_flag(active, flag_key) {
            Ok(flag) => {
                let made = self.decide_flag(active, flag, user);
                Ok((self.record_unless(active, user, &made, options), Ok(())))
            }
            Err(error) => Ok((error_decision(flag_key), Err(error))),
        }
    }

    /// Decides a flag and records the impression where one is due.
    pub fn is_feature_enabled(&self, user: &User, flag_key: &str) -> Result<Decision> {
        let active = &**self.active.load();
        let flag = self.known_flag(active, flag_key)?;
        Ok(self.record(active, user, &self.decide_flag(active, flag, user)))
    }

    /// The flags that are on, and how many impressions were refused.
    pub fn get_enabled_features(&self, user: &User) -> Result<(Keys, u64)> {
        let active = &**self.active.load();
        let mut keys = Keys::default();
        let mut refused = 0;
        for flag in active.project.flags() {
            let decision = self.record(active, user, &self.decide_flag(active, flag, user));
            if decision.enabled() {
                keys.push(&flag.key);
            }
            refused += u64::from(decision.event_status().is_refused());
        }
        Ok((keys, refused))
    }

    /// Counts a conversion.
    pub fn track(&self, user: &User, event_key: &str, tags: &Tags<'_>) -> Result<()> {
        if self.is_closed() {
            return Err(self.refuse(Status::Closed, event_key));
        }
        let active = &**self.active.load();
        match active.project.event(event_key) {
            Some(event) => self.record_conversion(active, event, user, tags),
            None => Err(self.refuse(Status::UnknownEvent, event_key)),
        }
    }

    pub(super) fn decide_experiment<'a>(
        &self,
        active: &'a Active,
        user: &User,
        key: &str,
    ) -> Result<Made<'a>> {
        let rule = self.known_experiment(active, key)?;
        let trace = &mut LogTrace(&self.log);
        let variation = decision::experiment(&active.project, rule, user, &self.forced.load(), trace);
        let hit = variation.map(|variation| (rule, variation));
        let decision = decision::Decision { hit, source: Source::Experiment };
        self.log_decision("experiment", key, &decision);
        Ok(Made { flag_key: None, decision, is_due: hit.is_some() })
    }

    pub(super) fn decide_flag<'a>(&self, active: &'a Active, flag: &'a Flag, user: &User) -> Made<'a> {
        let trace = &mut LogTrace(&self.log);
        let decision = decision::flag(&active.project, flag, user, &self.forced.load(), trace);
        let is_due = match (decision.hit, decision.source) {
            (Some(_), Source::Experiment | Source::FeatureTest | Source::Holdout) => true,
            (Some(_), Source::Rollout) | (None, _) => active.project.send_flag_decisions,
        };
        self.log_decision("flag", &flag.key, &decision);
        Made { flag_key: Some(&flag.key), decision, is_due }
    }

    /// Records the impression of a decision where one is due.
    pub(super) fn record(&self, active: &Active, user: &User, made: &Made<'_>) -> Decision {
        let flag_key = made.flag_key.unwrap_or_default();
        let is_recorded = || self.record_impression(active, &made.decision, flag_key, user);
        made.with(match made.is_due.then(is_recorded) {
            None => EventStatus::Suppressed,
            Some(Ok(())) => EventStatus::Accepted,
            Some(Err(error)) => error.status().into(),
        })
    }

    /// The same, unless an option suppresses it.
    pub(super) fn record_unless(
        &self,
        active: &Active,
        user: &User,
        made: &Made<'_>,
        options: u32,
    ) -> Decision {
        if options & DISABLE_DECISION_EVENT != 0 {
            return made.with(EventStatus::Suppressed);
        }
        self.record(active, user, made)
    }

    fn log_decision(&self, what: &str, key: &str, decision: &decision::Decision<'_>) {
        let variation = decision.hit.map_or("none", |(_, variation)| &variation.key);
        let rule = decision.hit.map_or("none", |(rule, _)| &rule.key);
        self.log.write(
            LogLevel::Debug,
            format_args!("decided: {what} {key:?}, rule {rule:?}, variation {variation:?}"),
        );
    }

    pub(super) fn known_experiment<'a>(&self, active: &'a Active, key: &str) -> Result<&'a Rule> {
        active.project.experiment(key).ok_or_else(|| {
            let error = Error::new(
                Status::UnknownExperiment,
                format!("the datafile has no experiment {}", shown(key)),
            )
            .at("experiment_key");
            self.log.write(LogLevel::Warning, format_args!("{error}"));
            error
        })
    }

    pub(super) fn known_flag<'a>(&self, active: &'a Active, key: &str) -> Result<&'a Flag> {
        active.project.flag(key).ok_or_else(|| {
            let error = Error::new(Status::UnknownFlag, format!("No flag was found for key {}.", shown(key)))
                .at("flag_key");
            self.log.write(LogLevel::Warning, format_args!("{error}"));
            error
        })
    }
}
