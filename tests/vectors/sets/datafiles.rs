//! Which datafiles a client accepts.

use super::{Kind, Set, member, one_case};
use crate::json::Json;
use crate::question::Answer;
use crate::report::Verdict;
use crate::world::Asker;

pub const SET: Set =
    Set { name: "datafiles", cases_of: one_case, run: |cases, asker| KIND.each(cases, asker) };

/// The kind of a case that asks whether a datafile is accepted.
pub const KIND: Kind = Kind { fields: &["title", "text", "df", "datafile", "accepted"], run };

fn run(case: &Json, asker: &mut Asker) -> Result<Verdict, String> {
    let datafile = asker.datafile_of(case)?;
    let accepted = match asker.ask_only(&datafile, Vec::new())? {
        Answer::Given(_) => true,
        Answer::Refused { status, .. } if status == "INVALID_DATAFILE" => false,
        Answer::Refused { status, message } => return Err(format!("{status}: {message}")),
        Answer::Skipped(why) => return Ok(Verdict::Skipped(why)),
    };
    Ok(Verdict::of(asker.world.comparer.difference(member(case, "accepted")?, &Json::Bool(accepted))))
}
