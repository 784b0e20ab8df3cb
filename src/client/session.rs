//! One call for one user: its project, profile and predictions, decided for as many flags as the call asks for, all by
//! one datafile. Nothing is recorded here. Rule: SPEC, sections 4.6, 4.9 and 4.11.

use std::collections::HashSet;
use std::sync::Arc;

use arc_swap::Guard;

use super::collect::Collector;
use super::current::Active;
use super::decide_options::{self as option, DecideOptions};
use super::lifecycle::Client;
use super::made::Made;
use super::predict::Needs;
use super::trace::{LogTrace, Tracer};
use crate::datafile::{Flag, Kind, Rule};
use crate::decision::{
    self, Decider, ForcedVariations, Inputs, Memory, Prediction, Profile, Scratch, Source, Stop, Trace,
};
use crate::platform::LogLevel;
use crate::profile::LookupError;
use crate::user::User;

/// From this many flags on, what audiences came to is remembered: it costs memory for each audience of the datafile.
const REMEMBERING: usize = 4;

/// What a caller brings in place of the client's services.
#[derive(Default)]
pub(super) struct Given<'g> {
    /// The profile that the caller has looked up; empty if there is none.
    pub(super) profile: Option<&'g str>,
    /// Predictions that the caller has had.
    pub(super) predictions: Vec<Prediction>,
    /// Are the others asked of the caller, too?
    pub(super) caller_predicts: bool,
}

/// How a call decides.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// On a user context: options and forced decisions count.
    Context(DecideOptions),
    /// By a key alone, as the older calls do.
    Key,
}

/// One call for one user.
#[expect(clippy::struct_excessive_bools, reason = "each says another thing of the call")]
pub(super) struct Session<'c> {
    pub(super) client: &'c Client,
    pub(super) active: &'c Active,
    pub(super) user: &'c User,
    pub(super) options: DecideOptions,
    is_context: bool,
    /// None where nothing is forced, which is nearly always.
    forced: Option<Guard<Option<Arc<ForcedVariations>>>>,
    profile: Option<Profile>,
    caller_keeps_profile: bool,
    pub(super) predictions: Vec<Prediction>,
    pub(super) caller_predicts: bool,
    pub(super) is_cache_prepared: bool,
    scratch: Scratch,
}

/// A decision or what stopped it, and what was collected on the way.
type Attempt<'c> = (Result<decision::Decision<'c>, Stop<'c>>, Option<Box<Collector>>);

impl<'c> Session<'c> {
    /// Looks the user's profile up, unless the options say not to.
    pub(super) fn begin(
        client: &'c Client,
        active: &'c Active,
        user: &'c User,
        style: Style,
        given: Given<'_>,
    ) -> Self {
        let (options, is_context) = match style {
            Style::Context(options) => (options, true),
            Style::Key => (DecideOptions::default(), false),
        };
        let ignores = options.has(option::IGNORE_USER_PROFILE_SERVICE);
        Self {
            client,
            active,
            user,
            options,
            is_context,
            forced: client.forced.of(user.id()),
            profile: if ignores { None } else { client.looked_up(user.id(), given.profile) },
            caller_keeps_profile: given.profile.is_some(),
            predictions: given.predictions,
            caller_predicts: given.caller_predicts,
            is_cache_prepared: false,
            scratch: Scratch::default(),
        }
    }

    /// Decides one flag.
    pub(super) fn flag(&mut self, flag: &'c Flag) -> Result<Made<'c>, Needs> {
        loop {
            match self.attempt_flag(flag) {
                (Err(Stop::NeedsPrediction(rule)), _) => self.predict(&self.to_ask(&[flag], vec![rule]))?,
                (result, collector) => return Ok(self.made_of_flag(flag, result, collector)),
            }
        }
    }

    /// Decides several flags; the predictions that they need are had all at once.
    pub(super) fn flags(&mut self, flags: &[&'c Flag]) -> Result<Vec<Made<'c>>, Needs> {
        if flags.len() >= REMEMBERING && !self.options.has(option::INCLUDE_REASONS) {
            self.scratch.audiences = Memory::of(&self.active.project);
        }
        let mut all: Vec<Option<Made<'c>>> = Vec::new();
        all.resize_with(flags.len(), || None);
        loop {
            let (mut needed, mut stopped) = (Vec::new(), Vec::new());
            let mut indices = HashSet::new();
            for (flag, made) in flags.iter().zip(&mut all).filter(|(_, made)| made.is_none()) {
                match self.attempt_flag(flag) {
                    (Err(Stop::NeedsPrediction(rule)), _) => {
                        stopped.push(*flag);
                        if indices.insert(rule.index) {
                            needed.push(rule);
                        }
                    }
                    (result, collector) => *made = Some(self.made_of_flag(flag, result, collector)),
                }
            }
            if needed.is_empty() {
                return Ok(all.into_iter().flatten().collect());
            }
            self.predict(&self.to_ask(&stopped, needed))?;
        }
    }

    /// The bandits to ask for: those that stopped flags, or, where nobody waits, all that these flags have, for deciding
    /// again after each costs more than a look into the cache. But what is asked for may have to be forgotten first.
    fn to_ask(&self, stopped: &[&'c Flag], needed: Vec<&'c Rule>) -> Vec<&'c Rule> {
        if !self.options.has(option::NO_WAIT) || self.options.has(option::INVALIDATE_USER_CMAB_CACHE) {
            return needed;
        }
        let mut known: HashSet<&str> = self.predictions.iter().map(|known| &*known.rule_id).collect();
        let all = stopped.iter().flat_map(|flag| self.active.project.flag_experiments(flag));
        all.filter(|rule| matches!(rule.kind, Kind::Bandit(_)) && known.insert(&rule.id)).collect()
    }

    /// Decides an experiment asked for by its own key.
    pub(super) fn experiment(&mut self, rule: &'c Rule) -> Result<Made<'c>, Needs> {
        loop {
            let (result, _) = self.attempt(&rule.key, |decider| of_experiment(decider, rule));
            match result {
                Err(Stop::NeedsPrediction(rule)) => self.predict(&[rule])?,
                result => return Ok(Made::of_experiment(rule, result)),
            }
        }
    }

    fn attempt_flag(&mut self, flag: &'c Flag) -> Attempt<'c> {
        self.attempt(&flag.key, |decider| decider.flag(flag))
    }

    fn attempt(
        &mut self,
        key: &str,
        decide: impl FnOnce(&mut Decider<'_, 'c, Tracer<'_>>) -> Result<decision::Decision<'c>, Stop<'c>>,
    ) -> Attempt<'c> {
        let collect = || Box::new(Collector::new(self.user.id(), key, self.options));
        let collector = self.options.has(option::INCLUDE_REASONS).then(collect);
        let mut tracer = Tracer { log: LogTrace(&self.client.log), collector };
        let mut decider = Decider {
            project: &self.active.project,
            user: self.user,
            inputs: Inputs {
                forced: self.forced.as_ref().and_then(|table| table.as_deref()),
                reads_forced_decisions: self.is_context,
                profile: self.profile.as_ref(),
                predictions: &self.predictions,
            },
            scratch: &mut self.scratch,
            trace: &mut tracer,
        };
        let result = decide(&mut decider);
        (result, tracer.collector)
    }

    fn made_of_flag(
        &self,
        flag: &'c Flag,
        result: Result<decision::Decision<'c>, Stop<'c>>,
        collector: Option<Box<Collector>>,
    ) -> Made<'c> {
        let has_variables = self.is_context && !self.options.has(option::EXCLUDE_VARIABLES);
        let mut made = Made::of_flag(&self.active.project, flag, result, has_variables);
        self.client.log_flag(flag, &made);
        made.collector = collector;
        made
    }

    /// The profile as it is to be saved, if decisions have changed it.
    fn changed_profile(&mut self) -> Option<String> {
        let profile = self.profile.as_mut()?;
        let changes = std::mem::take(&mut self.scratch.changes);
        for (experiment_id, variation_id) in &changes {
            profile.store(experiment_id, variation_id);
        }
        (!changes.is_empty()).then(|| profile.to_json(self.user.id()))
    }

    /// Saves what decisions have changed in the profile; gives it to a caller who keeps profiles.
    pub(super) fn save_profile(&mut self) -> Option<String> {
        let changed = self.changed_profile()?;
        if self.caller_keeps_profile {
            return Some(changed);
        }
        if let Some(service) = &self.client.profiles {
            let saved = self.client.log.calling_out(|| service.save(self.user.id(), &changed));
            if let Err(why) = saved {
                let message = format_args!("the user profile service could not save a profile: {why}");
                self.client.log.write(LogLevel::Error, message);
            }
        }
        None
    }
}

/// Makes a decision for which nothing but datafile and user counts: no profile, no prediction, and nobody who asks for
/// reasons. Most decisions are such; the others, for which this gives none, take a session.
#[inline]
pub(super) fn plain<'c>(
    client: &Client,
    active: &'c Active,
    user: &User,
    style: Style,
    decide: impl FnOnce(&mut Decider<'_, 'c, LogTrace<'_>>) -> Result<decision::Decision<'c>, Stop<'c>>,
) -> Option<decision::Decision<'c>> {
    let (is_context, has_reasons) = match style {
        Style::Context(options) => (true, options.has(option::INCLUDE_REASONS)),
        Style::Key => (false, false),
    };
    if client.profiles.is_some() || has_reasons {
        return None;
    }
    let forced = client.forced.of(user.id());
    let mut decider = Decider {
        project: &active.project,
        user,
        inputs: Inputs {
            forced: forced.as_ref().and_then(|table| table.as_deref()),
            reads_forced_decisions: is_context,
            profile: None,
            predictions: &[],
        },
        scratch: &mut Scratch::default(),
        trace: &mut LogTrace(&client.log),
    };
    decide(&mut decider).ok()
}

/// Decides an experiment asked for by its own key.
pub(super) fn of_experiment<'c>(
    decider: &mut Decider<'_, 'c, impl Trace>,
    rule: &'c Rule,
) -> Result<decision::Decision<'c>, Stop<'c>> {
    let decided = decision::experiment(decider, rule, Source::Experiment)?;
    Ok(decided.unwrap_or(decision::Decision::none(Source::Experiment)))
}

impl Client {
    /// The profile to decide with; none without a service, and where it fails. What can't be used counts as an empty
    /// profile.
    fn looked_up(&self, user_id: &str, given: Option<&str>) -> Option<Profile> {
        let text = match (given, &self.profiles) {
            (Some(""), _) => None,
            (Some(text), _) => Some(text.to_owned()),
            (None, None) => return None,
            (None, Some(service)) => match self.log.calling_out(|| service.lookup(user_id)) {
                Ok(found) => found,
                Err(LookupError::Failed(why)) => {
                    let message = format_args!("the user profile service could not look a profile up: {why}");
                    self.log.write(LogLevel::Error, message);
                    // Nothing is saved either: it would overwrite what could not be read.
                    return None;
                }
                Err(LookupError::Damaged(why)) => {
                    self.log.write(LogLevel::Warning, format_args!("{why}; it is decided afresh"));
                    None
                }
            },
        };
        let Some(text) = text else { return Some(Profile::default()) };
        let profile = Profile::parse(&text, user_id).unwrap_or_else(|fault| {
            let gist = fault.gist();
            self.log.write(LogLevel::Warning, format_args!("a looked-up profile {gist} and is not used"));
            Profile::default()
        });
        Some(profile)
    }
}
