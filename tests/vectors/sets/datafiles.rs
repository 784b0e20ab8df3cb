//! Which datafiles a client accepts.

use super::{Set, member, one_case};
use crate::abi::INVALID_DATAFILE;
use crate::json::Json;
use crate::report::Verdict;
use crate::world::{World, datafile_of};

pub const SET: Set = Set {
    name: "datafiles",
    fields: &["title", "text", "df", "accepted"],
    expectation: "accepted",
    cases_of: one_case,
    run,
};

fn run(case: &Json, world: &World) -> Result<Verdict, String> {
    let answer = match case.get("text").and_then(Json::as_text) {
        Some(text) => world.asked(text),
        None => world.asked(&datafile_of(case, world)?.1),
    };
    let accepted = match answer {
        Ok(_) => true,
        Err(refusal) if refusal.status == INVALID_DATAFILE => false,
        Err(refusal) => return Err(refusal.message),
    };
    Ok(Verdict::of(world.comparer.difference(member(case, "accepted")?, &Json::Bool(accepted))))
}
