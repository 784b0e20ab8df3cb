//! Audiences: is a user in? Trees of three-valued logic over conditions on attributes. Rule: SPEC, section 2.

mod matcher;
mod tree;
mod version;

use std::collections::HashMap;

use crate::datafile::{AudienceRef, Condition, Project, Rule, Targeting};
use crate::user::User;

pub use matcher::Fault;

/// Listens to the evaluation of audiences. Its notes are borrowed and cost nothing where nobody listens.
pub trait Trace {
    /// A condition could not be evaluated for a reason that a user of the library can mend.
    fn condition(&mut self, condition: &Condition, fault: Fault);
}

/// Whether something holds; `Unknown` where the user lacks what the condition needs, or it can't be evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// It holds.
    True,
    /// It does not.
    False,
    /// Nobody can tell.
    Unknown,
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Self::True } else { Self::False }
    }
}

/// Trees up to this size are evaluated without remembering: a repeated audience costs less than the memory for it.
const SMALL: usize = 16;

/// May the user get into a rule? Unknown counts as no.
pub fn is_in(project: &Project, rule: &Rule, user: &User, trace: &mut impl Trace) -> bool {
    let Targeting::Audiences(tree) = &rule.targeting else { return true };
    let mut known: HashMap<u32, Truth> = HashMap::new();
    let truth = tree::evaluate(tree, |audience| match audience {
        AudienceRef::Unknown => Truth::Unknown,
        AudienceRef::Known(index) if tree.nodes.len() <= SMALL => evaluate(project, *index, user, trace),
        AudienceRef::Known(index) => {
            *known.entry(*index).or_insert_with(|| evaluate(project, *index, user, trace))
        }
    });
    truth == Truth::True
}

fn evaluate(project: &Project, audience: u32, user: &User, trace: &mut impl Trace) -> Truth {
    let Some(conditions) = project.audience(audience) else { return Truth::Unknown };
    tree::evaluate(conditions, |condition| matcher::evaluate(condition, user, trace))
}

#[cfg(test)]
mod tests;
