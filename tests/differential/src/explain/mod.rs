//! Which disagreements are known: predicates that each cite their row of SPEC section 13.

mod conditions;
mod datafile;
mod decisions;
mod events;
mod java;
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

/// Explains the differences of a case. Where no SDK gives our answer, a row has to say that it is our own, or the SDKs
/// have to differ from us for more than one reason.
pub fn verdict(case: &Case, answers: &Answers, differences: &[Difference]) -> Verdict {
    let rows: Vec<Vec<usize>> =
        differences.iter().map(|one| rows_of(&Seen::new(case, answers, one))).collect();
    let mut verdict = Verdict::default();
    for (difference, candidates) in differences.iter().zip(&rows) {
        let is_backed = answers.official.iter().any(|(sdk, answer)| {
            let answers_it = answer.refused.is_none()
                && difference.part.call.is_none_or(|call| answer.outcomes[call].failed.is_none());
            let differs = differences.iter().any(|other| {
                other.sdk == *sdk
                    && other.part == difference.part
                    && is_inside(&difference.place, &other.place)
            });
            answers_it && !differs
        });
        let own = candidates.iter().find(|row| ROWS[**row].own);
        let has_more_reasons = || {
            let there = differences.iter().zip(&rows).filter(|(other, _)| {
                other.part == difference.part
                    && (is_inside(&difference.place, &other.place)
                        || is_inside(&other.place, &difference.place))
            });
            let first: Vec<Option<&usize>> = there.map(|(_, others)| others.first()).collect();
            let is_refused = answers.official.values().any(|answer| answer.refused.is_some());
            first.iter().all(Option::is_some)
                && (is_refused || first.iter().any(|row| *row != candidates.first()))
        };
        let row = match candidates.first() {
            Some(row) if is_backed => Some(row),
            Some(row) => own.or_else(|| has_more_reasons().then_some(row)),
            None => None,
        };
        match row {
            Some(row) => *verdict.explained.entry(*row).or_default() += 1,
            None => verdict.unexplained.push(difference.clone()),
        }
    }
    verdict
}

/// The rows that speak of a difference.
fn rows_of(seen: &Seen<'_>) -> Vec<usize> {
    let speaks = |row: &Row| row.sdks.contains(&seen.difference.sdk) && (row.applies)(seen);
    ROWS.iter().enumerate().filter(|(_, row)| speaks(row)).map(|(place, _)| place).collect()
}

/// Is a place the other, or inside it?
fn is_inside(inner: &str, outer: &str) -> bool {
    inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}
