//! Single calls with their payloads: `decisions-classic` and `track`.

use super::{Set, inexpressible, member, one_case, text};
use crate::abi::{INVALID_DATAFILE, NOT_FOUND, UNKNOWN_EVENT, UNKNOWN_EXPERIMENT, UNKNOWN_FLAG};
use crate::client::{Client, Decided, Refusal, User};
use crate::json::Json;
use crate::normal::{sort_attributes, sort_by_decision};
use crate::report::Verdict;
use crate::value;
use crate::world::{World, datafile_of};

pub const TRACK: Set = Set {
    name: "track",
    fields: &["df", "op", "user", "attrs", "event", "tags", "expect"],
    expectation: "expect",
    cases_of: one_case,
    run,
};

/// `segments` of these cases are not given, for the calls that were recorded had no way to.
pub const CLASSIC: Set = Set {
    name: "decisions-classic",
    fields: &[
        "df",
        "op",
        "user",
        "attrs",
        "experiment",
        "flag",
        "variable",
        "type",
        "segments",
        "forced_variations",
        "expect",
    ],
    expectation: "expect",
    cases_of: one_case,
    run,
};

fn run(case: &Json, world: &World) -> Result<Verdict, String> {
    let (Some(attributes), Some(tags)) =
        (value::read_all(case.get("attrs")), value::read_all(case.get("tags")))
    else {
        return Ok(inexpressible());
    };
    let Some(call) = Call::read(case, &tags)? else {
        return Ok(Verdict::NotBuilt(format!("call {}", text(case, "op")?)));
    };
    let user = world.user(text(case, "user")?, &attributes, None)?;
    let forced = case.get("forced_variations").map_or(&[][..], Json::items);
    let (name, datafile) = datafile_of(case, world)?;
    let (set, result, mut payloads) = match world.posting(&datafile, 1) {
        Ok(posting) => {
            let set = force(&posting.client, text(case, "user")?, forced)?;
            let result = call.make(&posting.client, &user)?;
            (set, result, posting.bodies(true)?)
        }
        // Without its datafile a client is not ready: nothing is set, decided or sent.
        Err(refusal) if refusal.status == INVALID_DATAFILE => {
            (vec![Json::Bool(false); forced.len()], call.error_answer(), Vec::new())
        }
        Err(refusal) => return Err(refusal.message),
    };
    if !payloads.is_empty() {
        let again = |client: &Client| {
            force(client, text(case, "user")?, forced)?;
            call.make(client, &user).map(drop)
        };
        let url = world.event_url(&name, &datafile, again)?;
        payloads = with_url(payloads, &url);
    }
    if call.is_unordered() {
        sort_by_decision(&mut payloads);
    }
    let mut answer = vec![("events".to_owned(), Json::List(payloads))];
    answer.extend(result.map(|result| ("result".to_owned(), result)));
    answer.extend(case.get("forced_variations").map(|_| ("set".to_owned(), Json::List(set))));
    let mut expectation = member(case, "expect")?.clone();
    sort_attributes(&mut expectation);
    Ok(Verdict::of(world.comparer.difference(&expectation, &Json::Object(answer))))
}

/// Bodies as `{"url", "body"}`.
pub fn with_url(bodies: Vec<Json>, url: &str) -> Vec<Json> {
    bodies.into_iter().map(|body| Json::object([("url", Json::text(url)), ("body", body)])).collect()
}

/// Sets the forced variations of a case, each `[experiment, variation or null]`; says of each whether it was taken.
fn force(client: &Client, user: &str, forced: &[Json]) -> Result<Vec<Json>, String> {
    let set = |pair: &Json| {
        let [Json::Text(experiment), variation] = pair.items() else {
            return Err(format!("no forced variation: {pair}"));
        };
        match client.force_variation(experiment, user, variation.as_text()) {
            Ok(()) => Ok(Json::Bool(true)),
            Err(refusal) if [UNKNOWN_EXPERIMENT, NOT_FOUND].contains(&refusal.status) => {
                Ok(Json::Bool(false))
            }
            Err(refusal) => Err(refusal.message),
        }
    };
    forced.iter().map(set).collect()
}

/// A call that the library has, with its arguments.
enum Call<'a> {
    Activate(&'a str),
    GetVariation(&'a str),
    GetForcedVariation { experiment: &'a str, user: &'a str },
    IsFeatureEnabled(&'a str),
    GetEnabledFeatures,
    Track { event: &'a str, tags: &'a [value::Named] },
}

impl<'a> Call<'a> {
    /// The call of a case; none if the library does not have it yet.
    fn read(case: &'a Json, tags: &'a [value::Named]) -> Result<Option<Self>, String> {
        let experiment = || text(case, "experiment");
        Ok(Some(match text(case, "op")? {
            "activate" => Self::Activate(experiment()?),
            "get_variation" => Self::GetVariation(experiment()?),
            "get_forced_variation" => {
                Self::GetForcedVariation { experiment: experiment()?, user: text(case, "user")? }
            }
            "is_feature_enabled" => Self::IsFeatureEnabled(text(case, "flag")?),
            "get_enabled_features" => Self::GetEnabledFeatures,
            "track" | "track_event" => Self::Track { event: text(case, "event")?, tags },
            _ => return Ok(None),
        }))
    }

    /// Makes the call. Its answer in the form of `expect.result`, none for a call without one.
    fn make(&self, client: &Client, user: &User) -> Result<Option<Json>, String> {
        let variation = |decided: Decided| decided.map(|variation| Some(Json::text_or_null(variation)));
        let answer = match self {
            Self::Activate(experiment) => variation(client.activate(user, experiment)),
            Self::GetVariation(experiment) => variation(client.get_variation(user, experiment)),
            Self::GetForcedVariation { experiment, user } => {
                variation(client.forced_variation(experiment, user))
            }
            Self::IsFeatureEnabled(flag) => {
                client.is_feature_enabled(user, flag).map(|enabled| Some(Json::Bool(enabled)))
            }
            Self::GetEnabledFeatures => client.get_enabled_features(user).map(|mut keys| {
                keys.sort();
                Some(Json::List(keys.into_iter().map(Json::Text).collect()))
            }),
            Self::Track { event, tags } => client.track(user, event, tags).map(|()| None),
        };
        answer.or_else(|refusal| {
            if self.is_an_answer(&refusal) { Ok(self.error_answer()) } else { Err(refusal.message) }
        })
    }

    /// Is the refusal how this call says that there is no such thing?
    fn is_an_answer(&self, refusal: &Refusal) -> bool {
        match self {
            Self::Activate(_) | Self::GetVariation(_) => refusal.status == UNKNOWN_EXPERIMENT,
            Self::GetForcedVariation { .. } => [UNKNOWN_EXPERIMENT, NOT_FOUND].contains(&refusal.status),
            Self::IsFeatureEnabled(_) => refusal.status == UNKNOWN_FLAG,
            Self::GetEnabledFeatures => false,
            Self::Track { .. } => refusal.status == UNKNOWN_EVENT,
        }
    }

    /// The answer where there is nothing to answer with.
    fn error_answer(&self) -> Option<Json> {
        match self {
            Self::Activate(_) | Self::GetVariation(_) | Self::GetForcedVariation { .. } => Some(Json::Null),
            Self::IsFeatureEnabled(_) => Some(Json::Bool(false)),
            Self::GetEnabledFeatures => Some(Json::List(Vec::new())),
            Self::Track { .. } => None,
        }
    }

    /// May the payloads come in any order?
    fn is_unordered(&self) -> bool {
        matches!(self, Self::GetEnabledFeatures)
    }
}
