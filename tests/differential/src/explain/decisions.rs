//! Predicates about what was decided: rules, holdouts, forced decisions, bandits, profiles.

use super::datafile::is_beyond;
use super::seen::Seen;
use crate::json::Json;
use crate::make::{items, text_of};

/// Is it one of the calls that decide flags through a user context?
fn is_decide(call: &Json) -> bool {
    text_of(call, "op").starts_with("decide")
}

pub fn old_version(seen: &Seen<'_>) -> bool {
    seen.is_at("client") && matches!(text_of(&seen.case.datafile, "version"), "2" | "3")
}

pub fn top_level_variables(seen: &Seen<'_>) -> bool {
    seen.is_at("client")
        && items(&seen.case.datafile, "variables").iter().any(|variable| variable.as_text().is_none())
}

pub fn fractional_range(seen: &Seen<'_>) -> bool {
    seen.is_at("client") && seen.case.datafile.to_string().contains("\"endOfRange\":5000.0")
}

pub fn listed_value(seen: &Seen<'_>) -> bool {
    let sections = ["audiences", "typedAudiences"];
    let mut audiences = sections.iter().flat_map(|section| items(&seen.case.datafile, section));
    seen.is_at("client")
        && audiences.any(|audience| audience.to_string().replace('\\', "").contains("\"value\":["))
}

pub fn variables_of_unknown_flag(seen: &Seen<'_>) -> bool {
    seen.op() == "all_variables" && seen.is_at("result") && seen.flags().is_empty()
}

pub fn not_running(seen: &Seen<'_>) -> bool {
    let is_stopped = |experiment: &&Json| !matches!(text_of(experiment, "status"), "Running" | "");
    seen.is_of_decision() && seen.experiments().iter().any(is_stopped)
}

pub fn local_holdout(seen: &Seen<'_>) -> bool {
    seen.is_of_decision() && !seen.local_holdouts().is_empty()
}

pub fn feature_rollout(seen: &Seen<'_>) -> bool {
    seen.is_of_decision() && seen.experiments().iter().any(|experiment| text_of(experiment, "type") == "fr")
}

pub fn error_among_enabled(seen: &Seen<'_>) -> bool {
    let ours = seen.difference.ours.as_ref();
    seen.difference.place == "result"
        && seen.difference.theirs.is_none()
        && seen.has_option("ENABLED_FLAGS_ONLY")
        && ours.is_some_and(|ours| ours.get("variation") == Some(&Json::Null))
        && (seen.flags().is_empty() || seen.experiments().iter().any(|rule| rule.get("cmab").is_some()))
}

pub fn unknown_flag_unreported(seen: &Seen<'_>) -> bool {
    seen.is_at("result.reported") && seen.flags().is_empty()
}

pub fn forced_key_of_several(seen: &Seen<'_>) -> bool {
    let rules = seen.rules();
    let experiments = seen.experiments();
    seen.is_of_decision()
        && items(seen.call, "forced_decisions").iter().any(|forced| {
            let [flag, rule, variation] = forced.items() else { return false };
            let has_it =
                |rule: &&&Json| items(rule, "variations").iter().any(|one| one.get("key") == Some(variation));
            flag.as_text() == Some(seen.difference.part.flag.as_str())
                && experiments.iter().any(|experiment| experiment.get("key") == Some(rule))
                && rules.iter().filter(has_it).count() > 1
        })
}

/// JavaScript keeps a flag's variations by id in an object, where ids that are numbers come first, in ascending order.
pub fn forced_key_of_flag(seen: &Seen<'_>) -> bool {
    let rules = seen.rules();
    let flag = seen.difference.part.flag.as_str();
    let count_of = |key: &Json| {
        let variations = rules.iter().flat_map(|rule| items(rule, "variations"));
        variations.filter(|variation| variation.get("key") == Some(key)).count()
    };
    seen.is_of_decision()
        && items(seen.call, "forced_decisions").iter().any(|forced| {
            let [of, _, variation] = forced.items() else { return false };
            of.as_text() == Some(flag) && count_of(variation) > 1
        })
}

fn may_fail(seen: &Seen<'_>) -> bool {
    let Some(predictions) = &seen.case.predictions else { return false };
    seen.experiments().iter().any(|experiment| {
        predictions.get(text_of(experiment, "id")).is_some_and(|answers| answers.contains(&None))
    })
}

/// Python tells of a flag that a failed prediction has left without decision.
pub fn impression_of_failed(seen: &Seen<'_>) -> bool {
    matches!(seen.op(), "is_feature_enabled" | "get_enabled_features")
        && seen.difference.place == "event"
        && seen.difference.ours.is_none()
        && may_fail(seen)
}

/// Whose variation of a key is the flag's first may depend on the one that the `fr` step adds.
pub fn forced_before_injection(seen: &Seen<'_>) -> bool {
    let flag = seen.difference.part.flag.as_str();
    let mut forced = items(seen.call, "forced_decisions").iter();
    seen.is_of_decision()
        && forced.any(|forced| forced.items().first().and_then(Json::as_text) == Some(flag))
        && seen.experiments().iter().any(|experiment| text_of(experiment, "type") == "fr")
}

/// An experiment of type `fr` in several flags, each of which adds a variation: Python loses it in the impression,
/// JavaScript takes that of the flag asked for.
pub fn shared_feature_rollout(seen: &Seen<'_>) -> bool {
    let flags = items(&seen.case.datafile, "featureFlags");
    let is_shared =
        |id: &Json| flags.iter().filter(|flag| items(flag, "experimentIds").contains(id)).count() > 1;
    (seen.is_at("event.decision") || seen.is_at("result"))
        && seen.experiments().iter().any(|experiment| {
            text_of(experiment, "type") == "fr" && experiment.get("id").is_some_and(is_shared)
        })
}

pub fn cleared_unset(seen: &Seen<'_>) -> bool {
    let place = seen.difference.place.strip_prefix("set[").and_then(|rest| rest.strip_suffix(']'));
    let forced = place.and_then(|place| seen.case.forced_variations.get(place.parse::<usize>().ok()?));
    forced.is_some_and(|forced| forced.items().get(2) == Some(&Json::Null))
}

/// Go's store of overrides takes any variation, which then stands in the place of one that there is.
pub fn unchecked_override(seen: &Seen<'_>) -> bool {
    let experiments = seen.experiments();
    let user = seen.call.get("user");
    seen.is_of_decision()
        && seen.case.forced_variations.iter().any(|forced| {
            let [key, of, variation] = forced.items() else { return false };
            let is_unknown = |experiment: &&Json| {
                experiment.get("key") == Some(key)
                    && items(experiment, "variations").iter().all(|one| one.get("key") != Some(variation))
            };
            (user.is_none() || user == Some(of)) && experiments.iter().any(is_unknown)
        })
}

fn has_bandit(seen: &Seen<'_>) -> bool {
    seen.experiments().iter().any(|experiment| experiment.get("cmab").is_some())
}

pub fn bandit_of_legacy_call(seen: &Seen<'_>) -> bool {
    let is_legacy = if seen.difference.part.call.is_some() {
        !is_decide(seen.call)
    } else {
        seen.case.calls.iter().any(|call| !is_decide(call))
    };
    is_legacy && seen.is_of_decision() && has_bandit(seen)
}

pub fn bandit_stored(seen: &Seen<'_>) -> bool {
    let stored = seen.case.profile.as_ref().and_then(|(_, profile)| profile.get("experiment_bucket_map"));
    seen.is_of_decision()
        && seen.experiments().iter().any(|experiment| {
            experiment.get("cmab").is_some()
                && stored.is_some_and(|stored| stored.get(text_of(experiment, "id")).is_some())
        })
}

pub fn prediction_unknown(seen: &Seen<'_>) -> bool {
    let Some(predictions) = &seen.case.predictions else { return false };
    seen.is_of_decision()
        && seen.experiments().iter().any(|experiment| {
            let known = items(experiment, "variations");
            predictions.get(text_of(experiment, "id")).is_some_and(|answers| {
                answers
                    .iter()
                    .flatten()
                    .any(|id| known.iter().all(|variation| text_of(variation, "id") != id))
            })
        })
}

pub fn prediction_attributes(seen: &Seen<'_>) -> bool {
    seen.is_at("predictions") && seen.difference.place.contains(".attributes")
}

/// Attributes of bandits that no event takes are left out. Python and Go can't write some of them, and fail.
pub fn prediction_beyond(seen: &Seen<'_>) -> bool {
    let experiments = seen.experiments();
    let asked = |id: &Json| {
        experiments
            .iter()
            .any(|rule| rule.get("cmab").is_some_and(|cmab| items(cmab, "attributeIds").contains(id)))
    };
    let attributes = items(&seen.case.datafile, "attributes").iter();
    let keys: Vec<&str> =
        attributes.filter(|one| one.get("id").is_some_and(asked)).map(|one| text_of(one, "key")).collect();
    let has_beyond = |call: &Json| {
        keys.iter()
            .any(|key| call.get("attrs").and_then(|attributes| attributes.get(key)).is_some_and(is_beyond))
    };
    let calls = seen.difference.part.call.map_or(&seen.case.calls[..], |call| &seen.case.calls[call..=call]);
    seen.is_of_decision() && calls.iter().any(has_beyond)
}

pub fn saved_per_flag(seen: &Seen<'_>) -> bool {
    let stored = seen.case.profile.as_ref().and_then(|(_, profile)| profile.get("experiment_bucket_map"));
    let stored = stored
        .and_then(|stored| stored.get(seen.difference.place.strip_prefix("saved.")?.split('.').next()?));
    seen.is_at("saved")
        && (seen.difference.theirs.is_none() || stored.is_some())
        && seen.case.calls.iter().any(|call| text_of(call, "op") == "get_enabled_features")
}

pub fn activate_without_uuid(seen: &Seen<'_>) -> bool {
    seen.op() == "activate" && seen.difference.place == "event.decision.metadata.cmab_uuid"
}

pub fn saved_per_experiment(seen: &Seen<'_>) -> bool {
    seen.is_at("saved") && seen.case.calls.iter().any(|call| !is_decide(call))
}

pub fn empty_user_stored(seen: &Seen<'_>) -> bool {
    seen.is_of_decision() && seen.case.profile.as_ref().is_some_and(|(user, _)| user.is_empty())
}
