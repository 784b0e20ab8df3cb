//! One experiment for one user. Rule: SPEC, section 4.3.

use super::{Answer, BanditOutcome, Decider, Decision, Note, Prediction, Source, Stop, Trace};
use crate::bucketing;
use crate::datafile::{Bandit, Kind, Rule, Variation};

/// What the user gets from an experiment: forced, whitelisted, stored, or by audience, group, and traffic or
/// prediction. None if the next rule is to be tried.
pub fn experiment<'p, T: Trace>(
    decider: &mut Decider<'_, 'p, T>,
    rule: &'p Rule,
    source: Source,
) -> Result<Option<Decision<'p>>, Stop<'p>> {
    if !rule.is_running {
        decider.trace.note(Note::NotRunning(rule));
        return Ok(None);
    }
    let decided = fixed(decider, rule).map(|variation| Decision::hit(rule, variation, source));
    if decided.is_some() {
        return Ok(decided);
    }
    if !decider.is_in(rule) || !is_group_choice(decider, rule) {
        return Ok(None);
    }
    match &rule.kind {
        Kind::Traffic => {
            let variation = decider.bucket_into(rule);
            if let (Some(variation), Some(_)) = (variation, decider.inputs.profile) {
                decider.scratch.changes.push((rule.id.clone(), variation.id.clone()));
            }
            Ok(variation.map(|variation| Decision::hit(rule, variation, source)))
        }
        Kind::Bandit(bandit) => predicted(decider, rule, bandit, source),
    }
}

/// The variation that is fixed for the user, whatever audience and traffic say: forced at run time, whitelisted, or
/// decided before.
fn fixed<'p, T: Trace>(decider: &mut Decider<'_, 'p, T>, rule: &'p Rule) -> Option<&'p Variation> {
    let user_id = decider.user.id();
    if let Some(id) = decider.inputs.forced.and_then(|forced| forced.get(user_id, &rule.id)) {
        let variation = rule.variation_by_id(id);
        decider.trace.note(Note::ForcedVariation { rule, variation });
        if variation.is_some() {
            return variation;
        }
    }
    if let Some(variation_key) = rule.whitelisted(user_id) {
        let variation = rule.variation_by_key(variation_key);
        decider.trace.note(Note::Whitelist { rule, variation_key, is_valid: variation.is_some() });
        if variation.is_some() {
            return variation;
        }
    }
    let variation_id = decider.inputs.profile?.variation(&rule.id)?;
    let variation = rule.variation_by_id(variation_id);
    decider.trace.note(Note::Stored { rule, variation_id, variation });
    variation
}

/// Does the exclusion group, if there is one, give the user this experiment? Rule: SPEC, section 3.3.
fn is_group_choice<T: Trace>(decider: &mut Decider<'_, '_, T>, rule: &Rule) -> bool {
    let Some(group) = decider.project.group(rule).filter(|group| group.is_random) else { return true };
    let bucket = decider.bucket(rule, &group.id);
    let ranges = group.traffic.iter().map(|(end, experiment)| (*end, &**experiment));
    let chosen = bucketing::find(ranges, bucket);
    decider.trace.note(Note::Group { rule, group, bucket, chosen });
    chosen.is_some_and(|experiment| *experiment == *rule.id)
}

/// Place of a rule's prediction among those that are known.
fn known_prediction<T>(decider: &mut Decider<'_, '_, T>, rule_id: &str) -> Option<usize> {
    let all = decider.inputs.predictions;
    let first = decider.scratch.next_prediction.min(all.len());
    let (before, after) = all.split_at(first);
    let is_it = |prediction: &Prediction| *prediction.rule_id == *rule_id;
    let at = after.iter().position(is_it).map(|at| first + at).or_else(|| before.iter().position(is_it))?;
    decider.scratch.next_prediction = at + 1;
    Some(at)
}

/// What a bandit's prediction gives a user who is in its traffic. Rule: SPEC, sections 3.4 and 4.9.
fn predicted<'p, T: Trace>(
    decider: &mut Decider<'_, 'p, T>,
    rule: &'p Rule,
    bandit: &Bandit,
    source: Source,
) -> Result<Option<Decision<'p>>, Stop<'p>> {
    let bucket = decider.bucket(rule, &rule.id);
    decider.trace.note(Note::BanditTraffic { rule, bandit, bucket });
    if i64::from(bucket) >= bandit.end_of_range {
        return Ok(None);
    }
    let known = known_prediction(decider, &rule.id);
    let (outcome, result) = match known.map(|at| (at, &decider.inputs.predictions[at].answer)) {
        None => (BanditOutcome::Needed, Err(Stop::NeedsPrediction(rule))),
        Some((_, Answer::NotAsked)) => (BanditOutcome::PassedOver, Ok(None)),
        Some((_, Answer::Failed)) => (BanditOutcome::Failed, Err(Stop::PredictionFailed(rule))),
        Some((at, Answer::Predicted { variation_id, origin, .. })) => {
            match rule.variation_by_id(variation_id) {
                None => (BanditOutcome::Unknown(variation_id), Ok(None)),
                Some(variation) => {
                    let decision = Decision::hit(rule, variation, source);
                    let decision = Decision { prediction: Some(at), ..decision };
                    (BanditOutcome::Predicted(variation, *origin), Ok(Some(decision)))
                }
            }
        }
    };
    decider.trace.note(Note::Bandit { rule, outcome });
    result
}
