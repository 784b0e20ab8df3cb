//! What a client does for a user: decide, and record what was decided or done. Rule: SPEC, sections 4.10, 4.11, 5, 6.

use std::collections::HashSet;
use std::sync::Arc;

use super::current::Active;
use super::decide_options::{self as option, DecideOptions};
use super::decision::{Asked, Decision, Decisions, EventStatus, Held, Keys, Parts, Pinned};
use super::lifecycle::Client;
use super::made::Made;
use super::session::{self, Given, Session, Style};
use super::tell::Call;
use super::variables::{self, FeatureVariable};
use crate::datafile::{Flag, VariableKind};
use crate::decision::{self, Prediction};
use crate::error::{Error, Result, Status, shown};
use crate::event;
use crate::platform::LogLevel;
use crate::user::User;

/// What a call that never asks its caller for predictions can't come to.
fn unasked<T>(made: std::result::Result<T, super::predict::Needs>) -> Result<T> {
    made.map_err(|_| Error::new(Status::Internal, "a prediction was asked of a caller who gives none"))
}

impl Client {
    /// Decides an experiment and records the impression of it.
    pub fn activate(&self, user: &User, experiment_key: &str) -> Result<Decision> {
        self.on_experiment(user, experiment_key, true)
    }

    /// Decides an experiment and records nothing.
    pub fn get_variation(&self, user: &User, experiment_key: &str) -> Result<Decision> {
        self.on_experiment(user, experiment_key, false)
    }

    fn on_experiment(&self, user: &User, experiment_key: &str, records: bool) -> Result<Decision> {
        let held = self.active.load();
        let parts = {
            let rule = self.known_experiment(&held, experiment_key)?;
            let plain = session::plain(self, &held, user, Style::Key, |decider| {
                session::of_experiment(decider, rule)
            });
            if let Some(decision) = plain {
                self.log_decision("experiment", experiment_key, &decision);
                let status = if records {
                    self.record(&held, user, &Made::of_experiment(rule, Ok(decision)), &[])
                } else {
                    EventStatus::Suppressed
                };
                Parts::plain(Asked::Experiment(rule.index), &decision, false, status)
            } else {
                let mut session = Session::begin(self, &held, user, Style::Key, Given::default());
                let mut made = unasked(session.experiment(rule))?;
                session.save_profile();
                self.log_decision("experiment", experiment_key, &made.decision);
                if let Some(error) = made.error() {
                    return Err(error);
                }
                let status = if records { session.record(&made) } else { EventStatus::Suppressed };
                made.parts(user.id(), &session.predictions, status)
            }
        };
        let decision = Decision::new(Held::Own(held), parts);
        self.tell_decision(user, &decision, Call::Experiment(experiment_key));
        Ok(decision)
    }

    /// Decides a flag and records the impression where one is due. What makes it an error decision is the error.
    pub fn decide(&self, user: &User, flag_key: &str, options: u32) -> Result<(Decision, Result<()>)> {
        let options = self.decide_options(options)?;
        let held = self.active.load();
        let (parts, result) = match self.known_flag(&held, flag_key) {
            Err(error) => (Parts::of_no_flag(flag_key, error.status()), Err(error)),
            Ok(flag) => self.decided(&held, user, flag, Style::Context(options), true)?,
        };
        let decision = Decision::new(Held::Own(held), parts);
        self.tell_decision(user, &decision, Call::Decide);
        Ok((decision, result))
    }

    /// Decides one flag, and records the impression if asked to; with what makes it an error decision.
    #[inline]
    fn decided(
        &self,
        active: &Active,
        user: &User,
        flag: &Flag,
        style: Style,
        records: bool,
    ) -> Result<(Parts, Result<()>)> {
        let (options, is_context) = match style {
            Style::Context(options) => (options, true),
            Style::Key => (DecideOptions::default(), false),
        };
        let is_recorded = records && !options.has(option::DISABLE_DECISION_EVENT);
        if let Some(decision) = session::plain(self, active, user, style, |decider| decider.flag(flag)) {
            let has_variables = is_context && !options.has(option::EXCLUDE_VARIABLES);
            let made = || Made::of_flag(&active.project, flag, Ok(decision), has_variables);
            let is_readable = !has_variables || active.project.has_readable_variables;
            if is_readable {
                self.log_decision("flag", &flag.key, &decision);
            } else {
                self.log_flag(flag, &made());
            }
            let status =
                if is_recorded { self.record(active, user, &made(), &[]) } else { EventStatus::Suppressed };
            let parts = if is_readable {
                Parts::plain(Asked::Flag(flag.index), &decision, has_variables, status)
            } else {
                made().parts(user.id(), &[], status)
            };
            return Ok((parts, Ok(())));
        }
        let mut session = Session::begin(self, active, user, style, Given::default());
        let mut made = unasked(session.flag(flag))?;
        session.save_profile();
        let status = if is_recorded { session.record(&made) } else { EventStatus::Suppressed };
        let result = made.error().map_or(Ok(()), Err);
        Ok((made.parts(user.id(), &session.predictions, status), result))
    }

    /// Decides the flags of these keys, each once, in the order in which they are first named.
    pub fn decide_for_keys(&self, user: &User, flag_keys: &[&str], options: u32) -> Result<Decisions> {
        let options = self.decide_options(options)?;
        let held = Arc::new(self.active.load());
        let keys: Vec<&str> = distinct(flag_keys).collect();
        // A profile is looked up only if there is something to decide.
        if keys.is_empty() {
            return Ok(Decisions::default());
        }
        self.need_datafile(&held)?;
        let flags: Vec<Option<&Flag>> = keys.iter().map(|key| self.known_flag(&held, key).ok()).collect();
        let known: Vec<&Flag> = flags.iter().copied().flatten().collect();
        let mut decided = self.decide_flags(&held, user, &known, options)?.into_iter();
        let unknown =
            |key| Decision::new(Held::Shared(Arc::clone(&held)), Parts::of_no_flag(key, Status::UnknownFlag));
        let all = keys
            .iter()
            .zip(&flags)
            .filter_map(|(key, flag)| if flag.is_some() { decided.next() } else { Some(unknown(key)) });
        Ok(self.finished(user, all.collect(), options))
    }

    /// Decides every flag, in the datafile's order.
    pub fn decide_all(&self, user: &User, options: u32) -> Result<Decisions> {
        let options = self.decide_options(options)?;
        let held = Arc::new(self.active.load());
        self.need_datafile(&held)?;
        let flags: Vec<&Flag> = held.project.flags().iter().collect();
        let decided = self.decide_flags(&held, user, &flags, options)?;
        Ok(self.finished(user, decided, options))
    }

    fn decide_flags<'c>(
        &'c self,
        held: &'c Pinned,
        user: &'c User,
        flags: &[&'c Flag],
        options: DecideOptions,
    ) -> Result<Vec<Decision>> {
        let mut session = Session::begin(self, held, user, Style::Context(options), Given::default());
        let all = unasked(session.flags(flags))?;
        session.save_profile();
        let decided = all.into_iter().map(|mut made| {
            let status = session.record(&made);
            let parts = made.parts(user.id(), &session.predictions, status);
            Decision::new(Held::Shared(Arc::clone(held)), parts)
        });
        Ok(decided.collect())
    }

    /// Tells listeners of each decision, and leaves out what the options leave out.
    pub(super) fn finished(&self, user: &User, all: Vec<Decision>, options: DecideOptions) -> Decisions {
        for decision in &all {
            self.tell_decision(user, decision, Call::Decide);
        }
        Decisions(all.into_iter().filter(|decision| is_reported(decision, options)).collect())
    }

    /// Decides a flag and records the impression where one is due.
    pub fn is_feature_enabled(&self, user: &User, flag_key: &str) -> Result<Decision> {
        self.on_flag(user, flag_key, true, |decision| {
            self.tell_decision(user, decision, Call::Feature);
            Ok(())
        })
    }

    /// Decides a flag as the older calls do.
    fn on_flag(
        &self,
        user: &User,
        flag_key: &str,
        records: bool,
        finish: impl FnOnce(&Decision) -> Result<()>,
    ) -> Result<Decision> {
        let held = self.active.load();
        let (parts, result) =
            self.decided(&held, user, self.known_flag(&held, flag_key)?, Style::Key, records)?;
        // Where a variable is asked for, a prediction that can't be had is no variation: the default counts.
        if let (true, Err(error)) = (records, result) {
            finish(&Decision::new(Held::Own(held), parts))?;
            return Err(error);
        }
        let parts = Parts { has_variables: true, status: Status::Ok, ..parts };
        let decision = Decision::new(Held::Own(held), parts);
        finish(&decision)?;
        Ok(decision)
    }

    /// The flags that are on, and how many impressions were refused.
    pub fn get_enabled_features(&self, user: &User) -> Result<(Keys, u64)> {
        let held = Arc::new(self.active.load());
        let active: &Active = &held;
        self.need_datafile(active)?;
        let flags: Vec<&Flag> = active.project.flags().iter().collect();
        let mut session = Session::begin(self, active, user, Style::Key, Given::default());
        let all = unasked(session.flags(&flags))?;
        session.save_profile();
        let (mut keys, mut refused) = (Keys::default(), 0);
        for mut made in all {
            let status = session.record(&made);
            refused += u64::from(status.is_refused());
            let parts = made.parts(user.id(), &session.predictions, status);
            let decision = Decision::new(Held::Shared(Arc::clone(&held)), parts);
            if decision.enabled() {
                keys.push(decision.flag_key().unwrap_or_default());
            }
            self.tell_decision(user, &decision, Call::Feature);
        }
        Ok((keys, refused))
    }

    /// The value of a flag's variable for the user; of the type that is asked for, or of any.
    pub fn get_feature_variable(
        &self,
        user: &User,
        flag_key: &str,
        variable_key: &str,
        kind: Option<VariableKind>,
    ) -> Result<FeatureVariable> {
        let is_there = |active: &Active| {
            self.known_flag(active, flag_key).and_then(|flag| self.known_variable(flag, variable_key))
        };
        is_there(&self.active.load())?;
        let mut found = VariableKind::Text;
        let decision = self.on_flag(user, flag_key, false, |decision| {
            self.tell_decision(user, decision, Call::Variable(variable_key));
            match decision.variable(variable_key, kind) {
                Ok(value) => found = variables::kind_of(&value),
                Err(error) => {
                    self.log.write(LogLevel::Warning, format_args!("flag {}: {error}", shown(flag_key)));
                    return Err(error);
                }
            }
            Ok(())
        })?;
        Ok(FeatureVariable::new(decision, variable_key, found))
    }

    /// Every variable of a flag for the user as a JSON object, and whether each could be read.
    pub fn get_all_feature_variables(&self, user: &User, flag_key: &str) -> Result<(String, Result<()>)> {
        let decision = self.on_flag(user, flag_key, false, |decision| {
            self.tell_decision(user, decision, Call::AllVariables);
            Ok(())
        })?;
        Ok((decision.variables_json().to_owned(), self.all_read(&decision)))
    }

    /// Could every variable of the decision be read?
    pub(super) fn all_read(&self, decision: &Decision) -> Result<()> {
        let unreadable: Vec<&str> = decision.unreadable().collect();
        if unreadable.is_empty() {
            return Ok(());
        }
        let message = format!("variables {unreadable:?} can't be read as their type and are null");
        self.log.write(LogLevel::Warning, format_args!("{message}"));
        Err(Error::new(Status::Partial, message).at("flag_key"))
    }

    pub(super) fn decide_options(&self, bits: u32) -> Result<DecideOptions> {
        Ok(DecideOptions::new(bits, "options")?.or(self.default_decide_options))
    }

    /// Says what a flag came to, and which of its variables are null in the answer.
    pub(super) fn log_flag(&self, flag: &Flag, made: &Made<'_>) {
        self.log_decision("flag", &flag.key, &made.decision);
        for variable in made.unreadable() {
            let (flag, key, kind) = (&flag.key, &variable.key, variable.kind.name());
            let message = format_args!("flag {flag:?}: variable {key:?} has a text that is no {kind}");
            self.log.write(LogLevel::Warning, message);
        }
    }

    #[inline]
    pub(super) fn log_decision(&self, what: &str, key: &str, decision: &decision::Decision<'_>) {
        if self.log.passes(LogLevel::Debug) {
            self.write_decision(what, key, decision);
        }
    }

    #[cold]
    fn write_decision(&self, what: &str, key: &str, decision: &decision::Decision<'_>) {
        let variation = decision.variation.map_or("none", |variation| &variation.key);
        let rule = decision.rule.map_or("none", |rule| &rule.key);
        self.log.write(
            LogLevel::Debug,
            format_args!("decided: {what} {key:?}, rule {rule:?}, variation {variation:?}"),
        );
    }
}

/// Each key once, in the order in which they are first named.
pub(super) fn distinct<'k>(keys: &'k [&'k str]) -> impl Iterator<Item = &'k str> {
    let mut seen = HashSet::new();
    keys.iter().copied().filter(move |key| seen.insert(*key))
}

/// Is a decision in the answer of a call over several flags? An error must not vanish. Rule: SPEC, S-57.
pub(super) fn is_reported(decision: &Decision, options: DecideOptions) -> bool {
    !options.has(option::ENABLED_FLAGS_ONLY) || decision.enabled() || decision.status() != Status::Ok
}

impl Session<'_> {
    /// Records the impression of a decision, where one is due and no option suppresses it.
    pub(super) fn record(&self, made: &Made<'_>) -> EventStatus {
        if self.options.has(option::DISABLE_DECISION_EVENT) {
            return EventStatus::Suppressed;
        }
        self.client.record(self.active, self.user, made, &self.predictions)
    }
}

impl Client {
    /// Records the impression of a decision, where one is due.
    fn record(
        &self,
        active: &Active,
        user: &User,
        made: &Made<'_>,
        predictions: &[Prediction],
    ) -> EventStatus {
        if !made.is_due(active.project.send_flag_decisions) || !self.is_tracking() {
            return EventStatus::Suppressed;
        }
        let asked = event::Asked { flag_key: made.flag_key(), cmab_uuid: made.cmab_uuid(predictions) };
        match self.record_impression(active, &made.decision, asked, user) {
            Ok(()) => EventStatus::Accepted,
            Err(error) => error.status().into(),
        }
    }
}
