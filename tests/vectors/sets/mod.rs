//! The sets of vectors: how each file's lines become cases, and how cases are run.

mod batches;
mod bucketing;
mod calls;
mod choices;
mod conditions;
mod config;
mod datafiles;
mod ops;
mod sequences;
mod trees;

use crate::json::Json;
use crate::report::Verdict;
use crate::world::Asker;

/// One set.
pub struct Set {
    /// Its file's name without `.jsonl`.
    pub name: &'static str,
    /// The cases of one line.
    pub cases_of: fn(&Json) -> Vec<Json>,
    /// Runs cases of one line, which may share a question; gives a verdict for each.
    pub run: fn(&[Json], &mut Asker) -> Vec<Verdict>,
}

/// How a case of one kind is run.
struct Kind {
    /// The members that a case may have; what has others is not built.
    fields: &'static [&'static str],
    /// Runs a case. An error says why there is no answer at all, and fails it.
    run: fn(&Json, &mut Asker) -> Result<Verdict, String>,
}

/// All sets, in the order in which they are run: what the later ones need is shown by the earlier.
pub const ALL: &[Set] = &[
    bucketing::SET,
    conditions::SET,
    trees::SET,
    datafiles::SET,
    calls::TRACK,
    batches::SET,
    calls::CLASSIC,
    calls::DECISIONS,
    config::SET,
    choices::SET,
];

/// The members in which a case says what is expected: the first that it has. (A condition's `value` is no expectation,
/// but it has a `result` too.)
pub const EXPECTATIONS: [&str; 5] = ["expect", "result", "bucket", "accepted", "value"];

/// A line that is one case.
fn one_case(line: &Json) -> Vec<Json> {
    vec![line.clone()]
}

impl Kind {
    /// Runs cases one by one.
    fn each(&self, cases: &[Json], asker: &mut Asker) -> Vec<Verdict> {
        cases.iter().map(|case| self.verdict(case, asker)).collect()
    }

    fn verdict(&self, case: &Json, asker: &mut Asker) -> Verdict {
        let unknown = case.members().iter().find(|(name, _)| !self.fields.contains(&name.as_str()));
        match unknown {
            Some((name, _)) => Verdict::NotBuilt(format!("field {name}")),
            None => (self.run)(case, asker).unwrap_or_else(Verdict::broken),
        }
    }
}

/// The member `name` of a case, which must be a text.
fn text<'a>(case: &'a Json, name: &str) -> Result<&'a str, String> {
    case.get(name).and_then(Json::as_text).ok_or_else(|| format!("the case has no text {name}"))
}

/// The member `name` of a case, which must be there.
fn member<'a>(case: &'a Json, name: &str) -> Result<&'a Json, String> {
    case.get(name).ok_or_else(|| format!("the case has no {name}"))
}
