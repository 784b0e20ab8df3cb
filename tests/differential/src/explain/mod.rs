//! Which disagreements are known: predicates that each cite their row of SPEC section 13.


mod conditions;
mod datafile;
mod decisions;
mod events;
mod rows;
mod seen;
mod values;

use std::collections::BTreeMap;

use crate::case::Case;
use crate::compare::{Difference, Sdk};
use crate::parties::Answers;
pub use rows::ROWS;
use seen::Seen;

/// Does a row speak of a difference?
pub type Predicate = fn(&Seen<'_>) -> bool;

/// A known disagreement.
pub struct Row {
    /// The row of SPEC section 13 that it cites, or of the table of the vectors.
    pub cites: &'static str,
    /// What differs, in a few words.
    pub what: &'static str,
    /// The SDKs whose answer is not to be followed.
    pub sdks: &'static [Sdk],
    /// Is our answer our own, so that no SDK need give it?
    pub own: bool,
    /// Does the row speak of this difference? It looks at the question and at the answers.
    pub applies: Predicate,
}

/// What is made of the differences of a case.
#[derive(Default)]
pub struct Verdict {
    /// How many differences each row explains, by its place in [`ROWS`].
    pub explained: BTreeMap<usize, usize>,
    /// Those that none does.
    pub unexplained: Vec<Difference>,
}

/// Explains the differences of a case. Where no SDK gives our answer, a row must say that it is our own.
pub fn verdict(case: &Case, answers: &Answers, differences: &[Difference]) -> Verdict {
    let mut verdict = Verdict::default();
    for difference in differences {
        let is_backed = answers.official.iter().any(|(sdk, answer)| {
            let answers_it = answer.refused.is_none()
                && difference.part.call.is_none_or(|call| answer.outcomes[call].failed.is_none());
            let differs = differences.iter().any(|other| {
                other.sdk == *sdk && other.part == difference.part && is_inside(&difference.place, &other.place)
            });
            answers_it && !differs
        });
        let seen = Seen::new(case, answers, difference);
        let row = ROWS.iter().position(|row| {
            row.sdks.contains(&difference.sdk) && (is_backed || row.own) && (row.applies)(&seen)
        });
        match row {
            Some(row) => *verdict.explained.entry(row).or_default() += 1,
            None => verdict.unexplained.push(difference.clone()),
        }
    }
    verdict
}

/// Is a place the other, or inside it?
fn is_inside(inner: &str, outer: &str) -> bool {
    inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}
