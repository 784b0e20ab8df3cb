//! A flag's delivery rules. Rule: SPEC, section 4.7.

use super::{Decider, Decision, Note, Part, Source, Trace};
use crate::datafile::{Flag, Kind};

/// The first delivery rule whose audience the user is in decides; who is outside its traffic goes on to the last rule,
/// which is for everyone else.
pub(super) fn decide<'p, T: Trace>(decider: &mut Decider<'_, 'p, T>, flag: &'p Flag) -> Decision<'p> {
    let rules = decider.project.delivery_rules(flag).unwrap_or_default();
    if rules.is_empty() {
        decider.trace.note(Note::NoRollout { rollout_id: &flag.rollout_id });
    }
    let mut index = 0;
    while let Some(rule) = rules.get(index) {
        let is_last = index + 1 == rules.len();
        let part = Part::Delivery { number: index + 1, is_last };
        decider.trace.note(Note::Rule { rule, part });
        if let Some(variation) = decider.forced_decision(flag, Some((rule, part))) {
            return Decision::hit(rule, variation, Source::Rollout);
        }
        if let Some(held_out) = decider.local_holdout(rule, part) {
            return held_out;
        }
        index += 1;
        if !decider.is_in(rule) {
            continue;
        }
        // A delivery rule with a bandit never buckets.
        let variation = match rule.kind {
            Kind::Traffic => decider.bucket_into(rule),
            Kind::Bandit(_) => None,
        };
        match variation {
            Some(variation) => return Decision::hit(rule, variation, Source::Rollout),
            None if !is_last => index = rules.len() - 1,
            None => {}
        }
    }
    Decision::none(Source::Rollout)
}
