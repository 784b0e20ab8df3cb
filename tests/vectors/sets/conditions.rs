//! One audience condition against one attribute value, or against the user's segments.

use super::trees::{Said, User, truths_of};
use super::{Set, member, text};
use crate::json::Json;
use crate::report::Verdict;
use crate::world::Asker;

pub const SET: Set = Set { name: "conditions", cases_of, run };

const FIELDS: [&str; 4] = ["condition", "given", "value", "result"];

/// One case for each row of a line: `[result]` or `[result, value]`.
pub fn cases_of(line: &Json) -> Vec<Json> {
    let rows = line.get("rows").map_or(&[][..], Json::items);
    let shared = line.members().iter().filter(|(name, _)| name != "rows");
    let case = |row: &Json| {
        let of_row = ["result", "value"].into_iter().zip(row.items());
        let of_row = of_row.map(|(name, value)| (name.to_owned(), value.clone()));
        Json::Object(shared.clone().cloned().chain(of_row).collect())
    };
    rows.iter().map(case).collect()
}

/// The cases of a line share their condition, and so one question. Where a worker can't say one of them, each is asked
/// alone.
pub fn run(cases: &[Json], asker: &mut Asker) -> Vec<Verdict> {
    let Some(first) = cases.first() else { return Vec::new() };
    let unknown = cases.iter().flat_map(Json::members).find(|(name, _)| !FIELDS.contains(&name.as_str()));
    if let Some((name, _)) = unknown {
        return cases.iter().map(|_| Verdict::NotBuilt(format!("field {name}"))).collect();
    }
    match truths(member(first, "condition"), cases, asker) {
        Ok(Ok(answers)) => {
            let comparer = asker.world.comparer;
            let verdict = |(case, answer): (&Json, &Json)| match case.get("result") {
                Some(expected) => Verdict::of(comparer.difference(expected, answer)),
                None => Verdict::broken("the case has no result".to_owned()),
            };
            cases.iter().zip(&answers).map(verdict).collect()
        }
        Ok(Err(why)) if cases.len() == 1 => vec![Verdict::Skipped(why)],
        Err(problem) if cases.len() == 1 => vec![Verdict::broken(problem)],
        _ => cases.iter().flat_map(|case| run(std::slice::from_ref(case), asker)).collect(),
    }
}

fn truths(
    condition: Result<&Json, String>,
    cases: &[Json],
    asker: &mut Asker,
) -> Result<Said<Vec<Json>>, String> {
    let users = cases.iter().map(user_of).collect::<Result<Vec<_>, _>>()?;
    truths_of(Json::List(vec![Json::text("or"), condition?.clone()]), &users, asker)
}

/// The user of a case: an attribute of the condition's name with the value, or the segments that are the value.
fn user_of(case: &Json) -> Result<User, String> {
    let Some(value) = case.get("value") else { return Ok(User::new()) };
    match text(case, "given")? {
        "attribute" => {
            let name = text(member(case, "condition")?, "name")?;
            let attributes = Json::Object(vec![(name.to_owned(), value.clone())]);
            Ok(vec![("attrs".to_owned(), attributes)])
        }
        "segments" => Ok(vec![("segments".to_owned(), value.clone())]),
        other => Err(format!("a condition given {other}")),
    }
}
