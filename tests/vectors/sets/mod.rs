//! The sets of vectors: how each file's lines become cases, and how a case is run.

mod batches;
mod bucketing;
mod calls;
mod conditions;
mod datafiles;
mod trees;

use crate::json::Json;
use crate::report::Verdict;
use crate::world::World;

/// One set.
pub struct Set {
    /// Its file's name without `.jsonl`.
    pub name: &'static str,
    /// The members that a case may have, and what has others is not built; none: any may come.
    pub fields: &'static [&'static str],
    /// The member that says what is expected.
    pub expectation: &'static str,
    /// The cases of one line.
    pub cases_of: fn(&Json) -> Vec<Json>,
    /// Runs a case. An error says why there is no answer at all, and fails it.
    pub run: fn(&Json, &World) -> Result<Verdict, String>,
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
    not_built("decisions"),
    not_built("config"),
];

/// A set for which the library has no calls yet: none of its cases is run.
const fn not_built(name: &'static str) -> Set {
    let run = |_: &Json, _: &World| Ok(Verdict::NotBuilt("the whole set".to_owned()));
    Set { name, fields: &[], expectation: "", cases_of: one_case, run }
}

/// A line that is one case.
fn one_case(line: &Json) -> Vec<Json> {
    vec![line.clone()]
}

/// For a case whose attributes no array of `opt_pair` holds.
fn inexpressible() -> Verdict {
    Verdict::Skipped("an attribute value that is a list, an object or too large".to_owned())
}

/// The member `name` of a case, which must be a text.
fn text<'a>(case: &'a Json, name: &str) -> Result<&'a str, String> {
    case.get(name).and_then(Json::as_text).ok_or_else(|| format!("the case has no text {name}"))
}

/// The member `name` of a case, which must be there.
fn member<'a>(case: &'a Json, name: &str) -> Result<&'a Json, String> {
    case.get(name).ok_or_else(|| format!("the case has no {name}"))
}
