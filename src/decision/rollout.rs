//! A flag's delivery rules. Rule: SPEC, section 4.7.

use super::{Decision, Source, Trace, bucket_into, first_holdout, is_in};
use crate::datafile::{Flag, Kind, Project};
use crate::user::User;

/// The first delivery rule whose audience the user is in decides; who is outside its traffic goes on to the last rule,
/// which is for everyone else.
pub(super) fn decide<'p>(
    project: &'p Project,
    flag: &'p Flag,
    user: &User,
    trace: &mut impl Trace,
) -> Decision<'p> {
    let rules = project.delivery_rules(flag);
    let mut index = 0;
    while let Some(rule) = rules.get(index) {
        if let Some(held_out) = first_holdout(project, project.local_holdouts(&rule.id), user, trace) {
            return held_out;
        }
        let is_last = index + 1 == rules.len();
        if is_in(project, rule, user, trace) {
            let variation = match rule.kind {
                Kind::Traffic => bucket_into(rule, user, trace),
                Kind::Bandit { .. } => None,
            };
            if let Some(variation) = variation {
                return Decision::hit(rule, variation, Source::Rollout);
            }
            if !is_last {
                index = rules.len() - 1;
                continue;
            }
        }
        index += 1;
    }
    Decision { hit: None, source: Source::Rollout }
}
