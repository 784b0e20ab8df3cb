//! The bucket of a user for an entity: found by an experiment of that id, whose variations split the range of buckets,
//! first into hundreds and then into the buckets of the hundred that was hit.

use super::{Kind, Set, member, one_case, text};
use crate::generated;
use crate::json::Json;
use crate::question::Answer;
use crate::report::Verdict;
use crate::world::Asker;

pub const SET: Set =
    Set { name: "bucketing", cases_of: one_case, run: |cases, asker| KIND.each(cases, asker) };

const KIND: Kind = Kind { fields: &["user", "entity", "bucket"], run };

fn run(case: &Json, asker: &mut Asker) -> Result<Verdict, String> {
    let hundreds: Vec<u32> = (1..=100).map(|hundred| hundred * 100).collect();
    let end = match end_of_range(case, &hundreds, asker)? {
        Ok(end) => end,
        Err(why) => return Ok(Verdict::Skipped(why)),
    };
    let buckets: Vec<u32> = (end - 100..=end).collect();
    let end = match end_of_range(case, &buckets, asker)? {
        Ok(end) => end,
        Err(why) => return Ok(Verdict::Skipped(why)),
    };
    let bucket = Json::Number((i64::from(end) - 1).to_string());
    Ok(Verdict::of(asker.world.comparer.difference(member(case, "bucket")?, &bucket)))
}

/// The end of the range that the user's bucket lies in, of ranges that end at `ends`; or why that can't be asked.
fn end_of_range(case: &Json, ends: &[u32], asker: &mut Asker) -> Result<Result<u32, String>, String> {
    let datafile = asker.world.scratch.datafile(generated::with_ranges(text(case, "entity")?, ends))?;
    let call = Json::object([
        ("op", Json::text("get_variation")),
        ("user", Json::text(text(case, "user")?)),
        ("experiment", Json::text("bucket")),
    ]);
    let given = match asker.ask_only(&datafile, vec![call])? {
        Answer::Given(given) => given,
        Answer::Skipped(why) => return Ok(Err(why)),
        Answer::Refused { message, .. } => return Err(message),
    };
    let [(_, Json::Text(variation))] = &given.answers[..] else {
        return Err(format!("the user is in no range: {:?}", given.answers));
    };
    let end = variation.parse().map_err(|_| format!("a variation that the datafile lacks: {variation:?}"))?;
    Ok(Ok(end))
}
