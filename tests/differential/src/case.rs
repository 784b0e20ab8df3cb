//! A case: a datafile, what its client is made with, and the calls made on it.

use std::collections::BTreeMap;

use crate::json::Json;
use crate::make::{text, whole};

/// What a case is made for; the generator has one recipe for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// One audience condition a flag, so that the decision shows its truth value.
    Conditions,
    /// Flags, experiments, rollouts and global holdouts as every SDK knows them.
    Plain,
    /// The same with all that is rare or new.
    Full,
    /// Experiments whose variation a prediction service chooses.
    Bandits,
    /// A user profile service with a stored profile.
    Profiles,
    /// Conversions.
    Track,
}

/// One client and what it is asked.
#[derive(Clone, Debug)]
pub struct Case {
    /// The number that, with the seed, makes the case again.
    pub number: u64,
    /// Its recipe.
    pub kind: Kind,
    /// The datafile.
    pub datafile: Json,
    /// Whose profile the service has, and the profile; none for no service.
    pub profile: Option<(String, Json)>,
    /// Experiment key, user and variation key or null, as the protocol writes them.
    pub forced_variations: Vec<Json>,
    /// What the prediction service answers for a rule: one of these by user, none for a failure. None: there is no service.
    pub predictions: Option<BTreeMap<String, Vec<Option<String>>>>,
    /// The calls, as the protocol writes them.
    pub calls: Vec<Json>,
}

/// The addresses that a worker is told.
pub struct Addresses<'a> {
    /// The file that holds the datafile.
    pub datafile: &'a str,
    /// Where events are posted.
    pub events: &'a str,
    /// Where predictions are asked for, with `%s` for the rule.
    pub predictions: &'a str,
}

impl Case {
    /// The question as a worker reads it, on one line.
    pub fn question(&self, addresses: &Addresses<'_>) -> String {
        let mut members = vec![
            ("datafile", text(addresses.datafile)),
            ("endpoint", text(addresses.events)),
            ("batch_size", whole(1)),
            ("flush_interval_ms", whole(86_400_000)),
            ("flush", Json::Bool(true)),
        ];
        if self.predictions.is_some() {
            members.push(("cmab_endpoint", text(addresses.predictions)));
        }
        if let Some((user, profile)) = &self.profile {
            members.push(("profile_user", text(user)));
            members.push(("profile", profile.clone()));
        }
        if !self.forced_variations.is_empty() {
            members.push(("forced_variations", Json::List(self.forced_variations.clone())));
        }
        members.push(("calls", Json::List(self.calls.clone())));
        Json::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()).to_string()
    }
}
