//! Trees of conditions, and trees and lists of audiences.

use super::{Set, inexpressible, member, one_case};
use crate::abi::DISABLE_DECISION_EVENT;
use crate::client::User;
use crate::datafile::{self, Rule};
use crate::json::Json;
use crate::report::Verdict;
use crate::value;
use crate::world::World;

pub const SET: Set = Set {
    name: "trees",
    fields: &["tree", "audienceConditions", "audienceIds", "attrs", "result"],
    expectation: "result",
    cases_of: one_case,
    run,
};

/// The audiences that trees and lists of audiences speak of: `aud_p` is true if the attribute `p` is exactly "x".
const AUDIENCES: [&str; 5] = ["p", "q", "r", "s", "t"];

fn run(case: &Json, world: &World) -> Result<Verdict, String> {
    let Some(attributes) = value::read_all(case.get("attrs")) else {
        return Ok(inexpressible());
    };
    let user = world.user("user", &attributes, None)?;
    let answer = if let Some(tree) = case.get("tree") {
        truth_of(tree.clone(), &user, world)?
    } else {
        let audience_ids = case.get("audienceIds").cloned().unwrap_or(Json::List(Vec::new()));
        let audience_conditions = case.get("audienceConditions").cloned();
        let rule = Rule { key: "in", audience_ids, audience_conditions };
        Json::Bool(lets_in(named_audiences(), &[rule], &user, world)? == [true])
    };
    Ok(Verdict::of(world.comparer.difference(member(case, "result")?, &answer)))
}

/// What an audience of these conditions says of a user: true, false, or null where that is unknown. Unknown is what
/// neither the audience nor its negation lets in.
pub fn truth_of(conditions: Json, user: &User, world: &World) -> Result<Json, String> {
    let rule = |key, operator| {
        let tree = Json::List(vec![Json::text(operator), Json::text("audience")]);
        Rule { key, audience_ids: Json::List(vec![Json::text("audience")]), audience_conditions: Some(tree) }
    };
    let audiences = vec![datafile::audience("audience", conditions)];
    match lets_in(audiences, &[rule("true", "or"), rule("false", "not")], user, world)?[..] {
        [true, false] => Ok(Json::Bool(true)),
        [false, true] => Ok(Json::Bool(false)),
        [false, false] => Ok(Json::Null),
        _ => Err("both the audience and its negation let the user in".to_owned()),
    }
}

/// Which of the rules let the user in.
fn lets_in(audiences: Vec<Json>, rules: &[Rule], user: &User, world: &World) -> Result<Vec<bool>, String> {
    let datafile = datafile::with_audiences(audiences, rules);
    let client = world.asked(&datafile).map_err(|refusal| refusal.message)?;
    let decide = |rule: &Rule| client.decide(user, rule.key, DISABLE_DECISION_EVENT);
    let decided = rules.iter().map(|rule| decide(rule).map(|variation| variation.is_some()));
    decided.collect::<Result<_, _>>().map_err(|refusal| refusal.message)
}

fn named_audiences() -> Vec<Json> {
    let audience = |name: &str| {
        let leaf = Json::object([
            ("name", Json::text(name)),
            ("type", Json::text("custom_attribute")),
            ("match", Json::text("exact")),
            ("value", Json::text("x")),
        ]);
        datafile::audience(&format!("aud_{name}"), Json::List(vec![Json::text("or"), leaf]))
    };
    AUDIENCES.map(audience).into()
}
