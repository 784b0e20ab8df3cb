//! Audiences: is a user in? Trees of three-valued logic over conditions on attributes. Rule: SPEC, section 2.

mod matcher;
mod tree;
mod version;

use crate::datafile::{AudienceRef, Condition, Project, Rule, Targeting, Tree};
use crate::user::User;
use crate::value::Value;

pub use matcher::Fault;
#[cfg(fuzzing)]
pub use version::compare as compare_versions;

/// What the evaluation of audiences tells, in the order in which it happens.
#[derive(Clone, Copy, Debug)]
pub enum Note<'a> {
    /// A condition was compared.
    Condition {
        /// The condition.
        condition: &'a Condition,
        /// What the user has of the attribute; `Null` where there is nothing.
        value: Value<'a>,
        /// What it came to.
        truth: Truth,
        /// Why it could not be evaluated, where a user of the library can mend that.
        fault: Option<Fault>,
    },
    /// An audience was evaluated; its conditions were told before.
    Audience {
        /// Its id.
        id: &'a str,
        /// What it came to.
        truth: Truth,
        /// Can its conditions be used at all?
        is_usable: bool,
    },
    /// A rule names an audience that the datafile does not have.
    UnknownAudience {
        /// The id that it names.
        id: &'a str,
    },
}

/// Listens to the evaluation of audiences. Its notes are borrowed and cost nothing where nobody listens.
pub trait Trace {
    /// Takes one note.
    fn note(&mut self, note: Note<'_>);
}

/// What audiences came to in earlier evaluations for the same user, so that each is evaluated once over many flags.
#[derive(Debug, Default)]
pub struct Memory(Option<Vec<Option<Truth>>>);

impl Memory {
    /// Starts to remember, for one user and one project.
    #[must_use]
    pub fn of(project: &Project) -> Self {
        Self(Some(vec![None; project.audience_count()]))
    }
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
#[inline]
pub fn is_in(
    project: &Project,
    rule: &Rule,
    user: &User,
    memory: &mut Memory,
    trace: &mut impl Trace,
) -> bool {
    match &rule.targeting {
        Targeting::Audiences(tree) => is_in_audiences(project, tree, user, memory, trace),
        Targeting::Everyone => true,
    }
}

fn is_in_audiences(
    project: &Project,
    tree: &Tree<AudienceRef>,
    user: &User,
    memory: &mut Memory,
    trace: &mut impl Trace,
) -> bool {
    let mut own = (memory.0.is_none() && tree.nodes.len() > SMALL).then(|| Memory::of(project));
    let memory = own.as_mut().unwrap_or(memory);
    let truth = tree::evaluate(tree, |audience| match audience {
        AudienceRef::Unknown(id) => {
            trace.note(Note::UnknownAudience { id });
            Truth::Unknown
        }
        AudienceRef::Known(index) => remembered(memory, *index, || evaluate(project, *index, user, trace)),
    });
    truth == Truth::True
}

fn remembered(memory: &mut Memory, audience: u32, evaluate: impl FnOnce() -> Truth) -> Truth {
    match memory.0.as_mut().and_then(|known| known.get_mut(audience as usize)) {
        Some(known) => *known.get_or_insert_with(evaluate),
        None => evaluate(),
    }
}

fn evaluate(project: &Project, index: u32, user: &User, trace: &mut impl Trace) -> Truth {
    let audience = project.audience(index);
    let truth = match &audience.conditions {
        Some(conditions) => tree::evaluate(conditions, |condition| matcher::evaluate(condition, user, trace)),
        None => Truth::Unknown,
    };
    trace.note(Note::Audience { id: &audience.id, truth, is_usable: audience.conditions.is_some() });
    truth
}

#[cfg(test)]
mod tests;
