//! Runs of calls on one client that sends several events a payload.

use super::calls::with_url;
use super::{Set, inexpressible, member, one_case, text};
use crate::abi::{UNKNOWN_EVENT, UNKNOWN_FLAG};
use crate::client::{Client, Refusal};
use crate::json::Json;
use crate::normal::sort_attributes;
use crate::report::Verdict;
use crate::value;
use crate::world::{World, datafile_of};

pub const SET: Set = Set {
    name: "batches",
    fields: &["df", "op", "batch_size", "calls", "expect"],
    expectation: "expect",
    cases_of: one_case,
    run,
};

/// The members that a call of a run may have.
const CALL_FIELDS: [&str; 6] = ["op", "user", "attrs", "flag", "event", "tags"];

fn run(case: &Json, world: &World) -> Result<Verdict, String> {
    let calls = member(case, "calls")?.items();
    for call in calls {
        if let Some((unknown, _)) =
            call.members().iter().find(|(name, _)| !CALL_FIELDS.contains(&name.as_str()))
        {
            return Ok(Verdict::NotBuilt(format!("field {unknown} of a call")));
        }
        if ["attrs", "tags"].iter().any(|name| value::read_all(call.get(name)).is_none()) {
            return Ok(inexpressible());
        }
        if !["decide", "track"].contains(&text(call, "op")?) {
            return Ok(Verdict::NotBuilt(format!("call {}", text(call, "op")?)));
        }
    }
    let size = match member(case, "batch_size")? {
        Json::Number(digits) => digits.parse().map_err(|_| format!("no batch size: {digits}"))?,
        other => return Err(format!("no batch size: {other}")),
    };
    let (name, datafile) = datafile_of(case, world)?;
    let posting = world.posting(&datafile, size).map_err(|refusal| refusal.message)?;
    for call in calls {
        make(call, &posting.client, world)?;
    }
    let mut payloads = posting.bodies(false)?;
    if !payloads.is_empty() {
        let all_again = |client: &Client| calls.iter().try_for_each(|call| make(call, client, world));
        payloads = with_url(payloads, &world.event_url(&name, &datafile, all_again)?);
    }
    let mut expectation = member(case, "expect")?.clone();
    sort_attributes(&mut expectation);
    Ok(Verdict::of(world.comparer.difference(&expectation, &Json::List(payloads))))
}

/// Makes one call of the run; an unknown key is no failure of the call.
fn make(call: &Json, client: &Client, world: &World) -> Result<(), String> {
    let values = |name| value::read_all(call.get(name)).ok_or("a value that the C ABI can't say");
    let user = world.user(text(call, "user")?, &values("attrs")?, None)?;
    let made = match text(call, "op")? {
        "decide" => client.decide(&user, text(call, "flag")?, 0).map(drop),
        _ => client.track(&user, text(call, "event")?, &values("tags")?),
    };
    made.or_else(|Refusal { status, message }| match status {
        UNKNOWN_FLAG | UNKNOWN_EVENT => Ok(()),
        _ => Err(message),
    })
}
