//! Runs of calls on one client whose answers are looked at one by one: what an earlier call leaves for a later one.

use super::{Kind, member, ops, text};
use crate::json::Json;
use crate::question::{Answer, Given};
use crate::report::Verdict;
use crate::world::Asker;

/// The kind of a case that makes several calls and expects `results` of them, and says of which users predictions are
/// `asked`, in order and with repeats. Events are not looked at.
pub const KIND: Kind = Kind { fields: &["df", "datafile", "prediction", "calls", "expect"], run };

fn run(case: &Json, asker: &mut Asker) -> Result<Verdict, String> {
    let cases = member(case, "calls")?.items();
    let mut calls = Vec::new();
    for case in cases {
        let op = ops::of(text(case, "op")?).ok_or_else(|| format!("no such call: {case}"))?;
        let call = op.call(case);
        if call.members().len() != case.members().len() {
            return Ok(Verdict::NotBuilt(format!("a field of the call {case}")));
        }
        calls.push((op, call));
    }
    let datafile = asker.datafile_of(case)?;
    let mailbox = asker.world.sink.mailbox(case.get("prediction").and_then(Json::as_text));
    let lines = calls.iter().map(|(_, call)| call.clone()).collect();
    let question = Asker::posting(&datafile, &mailbox, 1, lines);
    let answer = asker.ask(question);
    let posted = mailbox.take();
    let given: Given = match answer? {
        Answer::Given(given) => given,
        Answer::Refused { status, message } => return Err(format!("{status}: {message}")),
        Answer::Skipped(why) => return Ok(Verdict::Skipped(why)),
    };
    let mut results = Vec::new();
    for ((op, call), (status, result)) in calls.iter().zip(&given.answers) {
        op.check_status(status)?;
        let result = op.result(result, ops::has_option(call, "INCLUDE_REASONS"))?;
        results.push(result.unwrap_or(Json::Null));
    }
    let asked = posted.predictions.iter().map(|(_, body)| visitor_of(body)).collect::<Result<_, _>>()?;
    let answer = Json::object([("results", Json::List(results)), ("asked", Json::List(asked))]);
    Ok(Verdict::of(asker.world.comparer.difference(member(case, "expect")?, &answer)))
}

/// The user of a request for a prediction.
fn visitor_of(body: &str) -> Result<Json, String> {
    let request = Json::parse(body)?;
    let instance = request.get("instances").and_then(|instances| instances.items().first());
    let visitor = instance.and_then(|instance| instance.get("visitorId"));
    visitor.cloned().ok_or_else(|| format!("a request for a prediction of nobody: {body}"))
}
