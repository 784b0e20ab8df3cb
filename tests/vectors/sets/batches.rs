//! Runs of calls on one client that sends several events a payload.

use super::{Kind, Set, member, one_case, ops, text};
use crate::json::Json;
use crate::normal::sort_attributes;
use crate::question::Answer;
use crate::report::Verdict;
use crate::world::{Asker, payloads};

pub const SET: Set = Set { name: "batches", cases_of: one_case, run: |cases, asker| KIND.each(cases, asker) };

/// The kind of a case that makes several calls.
pub const KIND: Kind = Kind { fields: &["df", "datafile", "op", "batch_size", "calls", "expect"], run };

/// The members that a call of a run may have.
const CALL_FIELDS: [&str; 6] = ["op", "user", "attrs", "flag", "event", "tags"];

fn run(case: &Json, asker: &mut Asker) -> Result<Verdict, String> {
    let calls = member(case, "calls")?.items();
    for call in calls {
        let unknown = call.members().iter().find(|(name, _)| !CALL_FIELDS.contains(&name.as_str()));
        if let Some((name, _)) = unknown {
            return Ok(Verdict::NotBuilt(format!("field {name} of a call")));
        }
    }
    let size = member(case, "batch_size")?;
    let size = size.to_string().parse().map_err(|_| format!("no batch size: {size}"))?;
    let datafile = asker.datafile_of(case)?;
    let mailbox = asker.world.sink.mailbox(None);
    let question = Asker::posting(&datafile, &mailbox, size, calls.to_vec());
    let answer = asker.ask(question);
    let posted = mailbox.take();
    let given = match answer? {
        Answer::Given(given) => given,
        Answer::Refused { status, message } => return Err(format!("{status}: {message}")),
        Answer::Skipped(why) => return Ok(Verdict::Skipped(why)),
    };
    for (call, (status, _)) in calls.iter().zip(&given.answers) {
        let op = ops::of(text(call, "op")?).ok_or_else(|| format!("no such call: {call}"))?;
        op.check_status(status)?;
    }
    let mut payloads = Json::List(payloads(posted.events, &datafile, asker.world.library)?);
    sort_attributes(&mut payloads);
    let mut expectation = member(case, "expect")?.clone();
    sort_attributes(&mut expectation);
    Ok(Verdict::of(asker.world.comparer.difference(&expectation, &payloads)))
}
