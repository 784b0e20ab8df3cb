//! One audience condition against one attribute value, or against the user's segments.

use super::{Set, inexpressible, member, text, trees};
use crate::json::Json;
use crate::report::Verdict;
use crate::value::Scalar;
use crate::world::World;

pub const SET: Set = Set {
    name: "conditions",
    fields: &["condition", "given", "value", "result"],
    expectation: "result",
    cases_of,
    run,
};

/// One case for each row of a line: `[result]` or `[result, value]`.
fn cases_of(line: &Json) -> Vec<Json> {
    let rows = line.get("rows").map_or(&[][..], Json::items);
    let shared = line.members().iter().filter(|(name, _)| name != "rows");
    let case = |row: &Json| {
        let of_row = ["result", "value"].into_iter().zip(row.items());
        let of_row = of_row.map(|(name, value)| (name.to_owned(), value.clone()));
        Json::Object(shared.clone().cloned().chain(of_row).collect())
    };
    rows.iter().map(case).collect()
}

fn run(case: &Json, world: &World) -> Result<Verdict, String> {
    let condition = member(case, "condition")?;
    let value = case.get("value");
    let (mut attributes, mut segments) = (Vec::new(), None);
    match text(case, "given")? {
        "attribute" => {
            let name = condition.get("name").and_then(Json::as_text);
            if let Some(value) = value {
                let (Some(name), Some(value)) = (name, Scalar::read(value)) else {
                    return Ok(inexpressible());
                };
                attributes.push((name.to_owned(), value));
            }
        }
        "segments" => {
            segments = value.map(|value| value.items().iter().filter_map(Json::as_text).collect::<Vec<_>>());
        }
        other => return Ok(Verdict::NotBuilt(format!("a condition given {other}"))),
    }
    let conditions = Json::List(vec![Json::text("or"), condition.clone()]);
    let user = world.user("user", &attributes, segments.as_deref())?;
    let answer = trees::truth_of(conditions, &user, world)?;
    Ok(Verdict::of(world.comparer.difference(member(case, "result")?, &answer)))
}
