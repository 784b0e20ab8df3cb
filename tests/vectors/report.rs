//! What became of the cases, counted and printed.

use std::collections::BTreeMap;

use crate::compare::Difference;
use crate::json::Json;

/// Failures shown of each set.
const SHOWN: usize = 5;
/// Characters shown of one text.
const WIDTH: usize = 1_500;

/// What became of one case.
#[derive(Debug)]
pub enum Verdict {
    /// The answer is the one expected.
    Passed,
    /// The answer is another one.
    Failed(Difference),
    /// The library can't do yet what the case asks for, named here.
    NotBuilt(String),
    /// The binding has no way to say what the case says, for the reason given.
    Skipped(String),
}

impl Verdict {
    /// Passed, or failed where the answer differs.
    pub fn of(difference: Option<Difference>) -> Self {
        difference.map_or(Self::Passed, Self::Failed)
    }

    /// The verdict on a case that got no answer.
    pub fn broken(problem: String) -> Self {
        Self::Failed(Difference { place: String::new(), expected: "an answer".to_owned(), got: problem })
    }
}

/// The count of some verdicts.
#[derive(Clone, Copy, Default)]
pub struct Tally {
    pub passed: usize,
    pub failed: usize,
    pub not_built: usize,
    pub skipped: usize,
}

impl Tally {
    /// Adds another count.
    pub fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.not_built += other.not_built;
        self.skipped += other.skipped;
    }

    /// The count in words.
    pub fn sum(self) -> String {
        let Self { passed, failed, not_built, skipped } = self;
        format!("{passed} passed, {failed} failed, {not_built} not built, {skipped} skipped")
    }
}

/// The cases of a set with their verdicts, and what its planted errors came to.
pub struct SetReport<'a> {
    pub name: &'a str,
    pub cases: &'a [Json],
    pub verdicts: Vec<Verdict>,
    /// Wrong expectations that were tried.
    pub planted: usize,
    /// Those of them that the runner took for right, each as its case.
    pub missed: Vec<Json>,
}

impl SetReport<'_> {
    /// Prints the set: counts, reasons, first failures; adds every failure to `failures`, a line each; gives the counts.
    /// A planted error that was missed fails.
    pub fn print(&self, failures: &mut Vec<String>) -> Tally {
        let mut tally = Tally { failed: self.missed.len(), ..Tally::default() };
        let mut reasons = BTreeMap::<String, usize>::new();
        for verdict in &self.verdicts {
            match verdict {
                Verdict::Passed => tally.passed += 1,
                Verdict::Failed(_) => tally.failed += 1,
                Verdict::NotBuilt(reason) => {
                    tally.not_built += 1;
                    *reasons.entry(format!("not built: {reason}")).or_default() += 1;
                }
                Verdict::Skipped(reason) => {
                    tally.skipped += 1;
                    *reasons.entry(format!("skipped: {reason}")).or_default() += 1;
                }
            }
        }
        let Tally { passed, failed, not_built, skipped } = tally;
        let (name, cases) = (self.name, self.cases.len());
        println!(
            "{name:<18}{cases:>6} cases{passed:>7} passed{failed:>6} failed{not_built:>6} not built{skipped:>6} skipped"
        );
        if self.planted > 0 {
            println!("    {} of {} planted errors found", self.planted - self.missed.len(), self.planted);
        }
        for (reason, count) in reasons {
            println!("    {count} {reason}");
        }
        let failed = self.failed_cases();
        for (index, case, difference) in failed.iter().take(SHOWN) {
            println!("    case {} failed at {}", index + 1, non_empty(&difference.place));
            println!("        input    {}", clipped(&case.to_string()));
            println!("        expected {}", clipped(&difference.expected));
            println!("        got      {}", clipped(&difference.got));
        }
        for case in self.missed.iter().take(SHOWN) {
            println!("    a planted error was not found: {}", clipped(&case.to_string()));
        }
        let missed = Difference {
            place: String::new(),
            expected: "a planted error found".to_owned(),
            got: "none".to_owned(),
        };
        failures.extend(failed.into_iter().map(|(_, case, difference)| self.line(case, difference)));
        failures.extend(self.missed.iter().map(|case| self.line(case, &missed)));
        tally
    }

    fn failed_cases(&self) -> Vec<(usize, &Json, &Difference)> {
        let cases = self.cases.iter().zip(&self.verdicts).enumerate();
        let failed = cases.filter_map(|(index, (case, verdict))| match verdict {
            Verdict::Failed(difference) => Some((index, case, difference)),
            _ => None,
        });
        failed.collect()
    }

    /// A failure as a line of JSON.
    fn line(&self, case: &Json, difference: &Difference) -> String {
        let Difference { place, expected, got } = difference;
        let texts = [("set", self.name), ("place", place), ("expected", expected), ("got", got)];
        let mut members: Vec<_> = texts.map(|(name, text)| (name.to_owned(), Json::text(text))).into();
        members.push(("case".to_owned(), case.clone()));
        Json::Object(members).to_string()
    }
}

fn non_empty(place: &str) -> &str {
    if place.is_empty() { "its answer" } else { place.trim_start_matches('.') }
}

fn clipped(text: &str) -> String {
    match text.char_indices().nth(WIDTH) {
        Some((end, _)) => format!("{} …", &text[..end]),
        None => text.to_owned(),
    }
}
