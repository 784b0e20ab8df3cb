//! One experiment for one user. Rule: SPEC, section 4.3.

use super::{ForcedVariations, Trace, bucket_into, bucketing_id, is_in};
use crate::bucketing;
use crate::datafile::{Group, Kind, Project, Rule, Variation};
use crate::user::User;

/// The variation of an experiment that the user gets: forced, whitelisted, or by audience, group and traffic.
/// An experiment that needs a prediction gives none; the next rule is tried.
pub fn experiment<'p>(
    project: &'p Project,
    rule: &'p Rule,
    user: &User,
    forced: &ForcedVariations,
    trace: &mut impl Trace,
) -> Option<&'p Variation> {
    if !rule.is_running {
        trace.not_running(rule);
        return None;
    }
    if let Some(variation) = forced.get(user.id(), &rule.id).and_then(|id| rule.variation_by_id(id)) {
        return Some(variation);
    }
    if let Some(key) = rule.whitelist.get(user.id()) {
        match rule.variation_by_key(key) {
            Some(variation) => return Some(variation),
            None => trace.whitelist_invalid(rule, key),
        }
    }
    if !is_in(project, rule, user, trace) {
        return None;
    }
    let exclusive = project.group(rule).filter(|group| group.is_random);
    if exclusive.is_some_and(|group| !is_group_choice(group, rule, user, trace)) {
        return None;
    }
    match rule.kind {
        Kind::Traffic => bucket_into(rule, user, trace),
        Kind::Bandit { .. } => None,
    }
}

/// Does the exclusion group give the user this experiment? Rule: SPEC, section 3.3.
fn is_group_choice(group: &Group, rule: &Rule, user: &User, trace: &mut impl Trace) -> bool {
    let bucket = bucketing::bucket(bucketing_id(user, trace), &group.id);
    let ranges = group.traffic.iter().map(|(end, experiment)| (*end, experiment));
    bucketing::find(ranges, bucket).is_some_and(|experiment| *experiment == rule.id)
}
