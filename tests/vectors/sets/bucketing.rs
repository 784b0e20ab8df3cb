//! The bucket of a user for an entity: found by an experiment of that id, whose variations split the range of buckets,
//! first into hundreds and then into the buckets of the hundred that was hit.

use super::{Set, member, one_case, text};
use crate::datafile;
use crate::json::Json;
use crate::report::Verdict;
use crate::world::World;

pub const SET: Set = Set {
    name: "bucketing",
    fields: &["user", "entity", "bucket"],
    expectation: "bucket",
    cases_of: one_case,
    run,
};

fn run(case: &Json, world: &World) -> Result<Verdict, String> {
    let (user, entity) = (text(case, "user")?, text(case, "entity")?);
    let hundreds: Vec<u32> = (1..=100).map(|hundred| hundred * 100).collect();
    let end = end_of_range(user, entity, &hundreds, world)?;
    let buckets: Vec<u32> = (end - 100..=end).collect();
    let end = end_of_range(user, entity, &buckets, world)?;
    let bucket = Json::Number((i64::from(end) - 1).to_string());
    Ok(Verdict::of(world.comparer.difference(member(case, "bucket")?, &bucket)))
}

/// The end of the range that the user's bucket lies in, of ranges that end at `ends`.
fn end_of_range(user: &str, entity: &str, ends: &[u32], world: &World) -> Result<u32, String> {
    let datafile = datafile::with_ranges(entity, ends);
    let answer = world.asked(&datafile).and_then(|client| {
        let user = world.library.user(user, &[], None)?;
        client.get_variation(&user, "bucket")
    });
    let variation = answer.map_err(|refusal| refusal.message)?.ok_or("the user is in no range")?;
    variation.parse().map_err(|_| format!("a variation that the datafile lacks: {variation:?}"))
}
