//! Trees of conditions, and trees and lists of audiences.

use super::{Kind, Set, member, one_case};
use crate::generated::{self, Rule};
use crate::json::Json;
use crate::question::Answer;
use crate::report::Verdict;
use crate::world::Asker;

pub const SET: Set = Set { name: "trees", cases_of: one_case, run: |cases, asker| KIND.each(cases, asker) };

/// The kind of a case over a tree of conditions or of audiences.
pub const KIND: Kind =
    Kind { fields: &["tree", "audienceConditions", "audienceIds", "attrs", "result"], run };

/// The audiences that trees and lists of audiences speak of: `aud_p` is true if the attribute `p` is exactly "x".
const AUDIENCES: [&str; 5] = ["p", "q", "r", "s", "t"];

/// A user who is asked about: the members of a call that say who it is.
pub type User = Vec<(String, Json)>;

/// A group of answers, or why the worker can't say what was asked.
pub type Said<T> = Result<T, String>;

fn run(case: &Json, asker: &mut Asker) -> Result<Verdict, String> {
    let user: User =
        case.get("attrs").map(|attributes| ("attrs".to_owned(), attributes.clone())).into_iter().collect();
    let users = [user];
    let said = if let Some(tree) = case.get("tree") {
        truths_of(tree.clone(), &users, asker)?
    } else {
        let audience_ids = case.get("audienceIds").cloned().unwrap_or(Json::List(Vec::new()));
        let audience_conditions = case.get("audienceConditions").cloned();
        let rule = Rule { key: "in", audience_ids, audience_conditions };
        let said = lets_in(named_audiences(), &[rule], &users, asker)?;
        said.map(|admitted| admitted.into_iter().map(|of_user| Json::Bool(of_user == [true])).collect())
    };
    match said {
        Ok(answers) => Ok(Verdict::of(asker.world.comparer.difference(member(case, "result")?, &answers[0]))),
        Err(why) => Ok(Verdict::Skipped(why)),
    }
}

/// What an audience of these conditions says of each user: true, false, or null where that is unknown. Unknown is what
/// neither the audience nor its negation lets in.
pub fn truths_of(conditions: Json, users: &[User], asker: &mut Asker) -> Result<Said<Vec<Json>>, String> {
    let rule = |key, operator| {
        let tree = Json::List(vec![Json::text(operator), Json::text("audience")]);
        Rule { key, audience_ids: Json::List(vec![Json::text("audience")]), audience_conditions: Some(tree) }
    };
    let audiences = vec![generated::audience("audience", conditions)];
    let admitted = match lets_in(audiences, &[rule("true", "or"), rule("false", "not")], users, asker)? {
        Ok(admitted) => admitted,
        Err(why) => return Ok(Err(why)),
    };
    let truth = |of_user: Vec<bool>| match of_user[..] {
        [true, false] => Ok(Json::Bool(true)),
        [false, true] => Ok(Json::Bool(false)),
        [false, false] => Ok(Json::Null),
        _ => Err("both the audience and its negation let the user in".to_owned()),
    };
    admitted.into_iter().map(truth).collect::<Result<_, _>>().map(Ok)
}

/// Which of the rules let each user in.
fn lets_in(
    audiences: Vec<Json>,
    rules: &[Rule],
    users: &[User],
    asker: &mut Asker,
) -> Result<Said<Vec<Vec<bool>>>, String> {
    let datafile = asker.world.scratch.datafile(generated::with_audiences(audiences, rules))?;
    let decide = |user: &User, rule: &Rule| {
        let Json::Object(mut call) = Json::object([
            ("op", Json::text("decide")),
            ("user", Json::text("user")),
            ("flag", Json::text(rule.key)),
            ("options", Json::List(vec![Json::text("DISABLE_DECISION_EVENT")])),
        ]) else {
            unreachable!("an object was made");
        };
        call.extend(user.iter().cloned());
        Json::Object(call)
    };
    let calls = users.iter().flat_map(|user| rules.iter().map(|rule| decide(user, rule))).collect();
    let given = match asker.ask_only(&datafile, calls)? {
        Answer::Given(given) => given,
        Answer::Skipped(why) => return Ok(Err(why)),
        Answer::Refused { message, .. } => return Err(message),
    };
    let admitted = |(status, decision): &(String, Json)| match decision.get("variation") {
        Some(variation) if status == "OK" => Ok(*variation != Json::Null),
        _ => Err(format!("decide: {status}, {decision}")),
    };
    let admitted = given.answers.iter().map(admitted).collect::<Result<Vec<_>, _>>()?;
    Ok(Ok(admitted.chunks(rules.len()).map(<[bool]>::to_vec).collect()))
}

fn named_audiences() -> Vec<Json> {
    let audience = |name: &str| {
        let leaf = Json::object([
            ("name", Json::text(name)),
            ("type", Json::text("custom_attribute")),
            ("match", Json::text("exact")),
            ("value", Json::text("x")),
        ]);
        generated::audience(&format!("aud_{name}"), Json::List(vec![Json::text("or"), leaf]))
    };
    AUDIENCES.map(audience).into()
}
