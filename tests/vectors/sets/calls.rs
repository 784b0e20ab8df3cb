//! Single calls with all that they leave behind: `track`, `decisions-classic` and `decisions`.

use super::ops::{self, Op};
use super::{Kind, Set, member, one_case, text};
use crate::json::Json;
use crate::normal::{sort_attributes, sort_by_decision};
use crate::question::{Answer, Given, Question};
use crate::report::Verdict;
use crate::world::{Asker, payloads};

pub const TRACK: Set = set("track");
pub const CLASSIC: Set = set("decisions-classic");
pub const DECISIONS: Set = set("decisions");

const fn set(name: &'static str) -> Set {
    Set { name, cases_of: one_case, run: |cases, asker| KIND.each(cases, asker) }
}

/// The kind of a case that makes one call.
pub const KIND: Kind = Kind {
    fields: &[
        "df",
        "datafile",
        "op",
        "user",
        "attrs",
        "segments",
        "forced_decisions",
        "forced_variations",
        "ups",
        "prediction",
        "options",
        "flag",
        "flags",
        "experiment",
        "event",
        "variable",
        "type",
        "tags",
        "shows",
        "expect",
    ],
    run,
};

fn run(case: &Json, asker: &mut Asker) -> Result<Verdict, String> {
    let Some(op) = ops::of(text(case, "op")?) else {
        return Ok(Verdict::NotBuilt(format!("call {}", text(case, "op")?)));
    };
    let datafile = asker.datafile_of(case)?;
    let mailbox = asker.world.sink.mailbox(case.get("prediction").and_then(Json::as_text));
    let question = Asker::posting(&datafile, &mailbox, 1, vec![op.call(case)]);
    let answer = asker.ask(with_state(question, case)?);
    let posted = mailbox.take();
    let events = payloads(posted.events, &datafile, asker.world.library)?;
    let left = match answer? {
        Answer::Given(given) => Left::of(given, op, case, events)?,
        // Without its datafile a client is not ready: nothing is set, decided or sent.
        Answer::Refused { status, .. } if status == "INVALID_DATAFILE" => {
            Left::without_datafile(op, case, events)
        }
        Answer::Refused { status, message } => return Err(format!("{status}: {message}")),
        Answer::Skipped(why) => return Ok(Verdict::Skipped(why)),
    };
    let mut expectation = member(case, "expect")?.clone();
    let mut answer = left.answer(case)?;
    if !posted.predictions.is_empty() {
        answer.push(("predictions".to_owned(), requests(posted.predictions)?));
    }
    let mut answer = Json::Object(answer);
    sort_attributes(&mut answer);
    sort_attributes(&mut expectation);
    Ok(Verdict::of(asker.world.comparer.difference(&expectation, &answer)))
}

/// What a call left behind.
struct Left {
    status: String,
    result: Option<Json>,
    /// The result as it came, before anything in it was sorted.
    order: Json,
    events: Vec<Json>,
    set: Vec<Json>,
    saved: Option<Json>,
}

impl Left {
    fn of(mut given: Given, op: &Op, case: &Json, mut events: Vec<Json>) -> Result<Self, String> {
        let (status, result) = given.answers.swap_remove(0);
        op.check_status(&status)?;
        // Flags that an option leaves out of the answer have their impressions all the same.
        let may_be_more = ops::has_option(case, "ENABLED_FLAGS_ONLY");
        let is_wrong =
            |accepted: &usize| *accepted > events.len() || (*accepted < events.len() && !may_be_more);
        if let Some(accepted) = op.accepted_events(&result).filter(is_wrong) {
            return Err(format!("{accepted} impressions are said to be accepted, and {} came", events.len()));
        }
        if op.is_unordered() {
            sort_by_decision(&mut events);
        }
        let order = result;
        let result = op.result(&order, ops::has_option(case, "INCLUDE_REASONS"))?;
        Ok(Self { status, result, order, events, set: given.set, saved: given.saved })
    }

    fn without_datafile(op: &Op, case: &Json, events: Vec<Json>) -> Self {
        let forced = case.get("forced_variations").map_or(0, |forced| forced.items().len());
        let result = op.answer_without_datafile(case);
        let set = vec![Json::Bool(false); forced];
        Self { status: "NOT_READY".to_owned(), result, order: Json::Null, events, set, saved: None }
    }

    /// The same in the form of an expectation; with what the case `shows` beside it.
    fn answer(self, case: &Json) -> Result<Vec<(String, Json)>, String> {
        let shows =
            |name: &str| case.get("shows").is_some_and(|shown| shown.items().contains(&Json::text(name)));
        let mut answer = vec![("events".to_owned(), Json::List(self.events))];
        let mut add =
            |name: &str, value: Option<Json>| answer.extend(value.map(|value| (name.to_owned(), value)));
        add("result", self.result);
        add("set", case.get("forced_variations").map(|_| Json::List(self.set)));
        add("order", shows("order").then_some(self.order));
        add("status", shows("status").then(|| Json::text(self.status)));
        let user = text(case, "user")?;
        add("saved", self.saved.map(|saved| map_of_profile(&saved, user)).transpose()?);
        Ok(answer)
    }
}

/// The question with what the client and its plug-ins have before the call.
fn with_state(mut question: Question, case: &Json) -> Result<Question, String> {
    let user = text(case, "user")?;
    if let Some(ups) = case.get("ups") {
        let profile = if *ups == Json::Null { Json::Null } else { profile_of_map(ups, user) };
        question = question.with("profile", profile).with("profile_user", Json::text(user));
    }
    if let Some(forced) = case.get("forced_variations") {
        let with_user = |pair: &Json| match pair.items() {
            [experiment, variation] => {
                Ok(Json::List(vec![experiment.clone(), Json::text(user), variation.clone()]))
            }
            _ => Err(format!("no forced variation: {pair}")),
        };
        let forced = forced.items().iter().map(with_user).collect::<Result<_, _>>()?;
        question = question.with("forced_variations", Json::List(forced));
    }
    Ok(question.with("flush", Json::Bool(true)))
}

/// A stored profile, from experiment id to variation id.
fn profile_of_map(ups: &Json, user: &str) -> Json {
    let entry = |(experiment, variation): &(String, Json)| {
        (experiment.clone(), Json::object([("variation_id", variation.clone())]))
    };
    let map = ups.members().iter().map(entry).collect();
    Json::object([("user_id", Json::text(user)), ("experiment_bucket_map", Json::Object(map))])
}

/// The other way. A profile that is not exactly of that form, or another user's, is none.
fn map_of_profile(profile: &Json, user: &str) -> Result<Json, String> {
    let wrong = || format!("a profile out of form, or another user's: {profile}");
    let map = profile.get("experiment_bucket_map").ok_or_else(wrong)?;
    let entry = |(experiment, decision): &(String, Json)| {
        decision.marked("variation_id").map(|variation| (experiment.clone(), variation.clone()))
    };
    let entries = map.members().iter().map(entry).collect::<Option<Vec<_>>>().ok_or_else(wrong)?;
    let entries = Json::Object(entries);
    if *profile != profile_of_map(&entries, user) && *profile != reversed(&profile_of_map(&entries, user)) {
        return Err(wrong());
    }
    Ok(entries)
}

fn reversed(object: &Json) -> Json {
    Json::Object(object.members().iter().rev().cloned().collect())
}

/// Distinct requests for predictions, each its path and its one instance without its UUID, in order of path.
fn requests(asked: Vec<(String, String)>) -> Result<Json, String> {
    let mut requests: Vec<Json> = Vec::new();
    for (path, body) in asked {
        let wrong = || format!("a request for a prediction out of form: {path} {body}");
        let body = Json::parse(&body).map_err(|_| wrong())?;
        let Some([Json::Object(instance)]) = body.marked("instances").map(Json::items) else {
            return Err(wrong());
        };
        let (uuids, mut instance): (Vec<_>, Vec<_>) =
            instance.iter().cloned().partition(|(name, _)| name == "cmabUUID");
        let [(_, Json::Text(_))] = &uuids[..] else { return Err(wrong()) };
        for (_, attributes) in instance.iter_mut().filter(|(name, _)| name == "attributes") {
            if let Json::List(attributes) = attributes {
                attributes.sort_by_key(|attribute| attribute.get("id").map(Json::to_string));
            }
        }
        let request = Json::object([("path", Json::text(path)), ("instance", Json::Object(instance))]);
        if !requests.contains(&request) {
            requests.push(request);
        }
    }
    requests.sort_by_key(Json::to_string);
    Ok(Json::List(requests))
}
