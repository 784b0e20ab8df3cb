//! Cases written by hand, one or more for each point where the official SDKs differ: they hold what libopttrack does.
//! `row` names the point, `why` says what is held; the rest is a case of one of the other sets.

use super::{Kind, Set, batches, calls, conditions, config, datafiles, sequences, trees};
use crate::json::Json;
use crate::report::Verdict;
use crate::world::Asker;

pub const SET: Set = Set { name: "choices", cases_of, run };

fn cases_of(line: &Json) -> Vec<Json> {
    if line.get("rows").is_some() { conditions::cases_of(line) } else { vec![line.clone()] }
}

/// The case as the set that it belongs to knows it.
fn without_name(case: &Json) -> Json {
    let kept = |(name, _): &&(String, Json)| !["row", "why"].contains(&name.as_str());
    Json::Object(case.members().iter().filter(kept).cloned().collect())
}

fn run(cases: &[Json], asker: &mut Asker) -> Vec<Verdict> {
    let cases: Vec<Json> = cases.iter().map(without_name).collect();
    let Some(first) = cases.first() else { return Vec::new() };
    let kinds: [(&str, &Kind); 8] = [
        ("batch_size", &batches::KIND),
        ("calls", &sequences::KIND),
        ("op", &calls::KIND),
        ("path", &config::KIND),
        ("accepted", &datafiles::KIND),
        ("tree", &trees::KIND),
        ("audienceIds", &trees::KIND),
        ("audienceConditions", &trees::KIND),
    ];
    match kinds.iter().find(|(name, _)| first.get(name).is_some()) {
        Some((_, kind)) => kind.each(&cases, asker),
        None => conditions::run(&cases, asker),
    }
}
