//! The calls of the vectors: the members that each takes, the statuses that are answers of it, and what it answers.

use crate::json::Json;

/// One call.
pub struct Op {
    /// Its name in `op`.
    pub name: &'static str,
    /// The members of a case that are its arguments, beside `user` and `attrs`.
    pub arguments: &'static [&'static str],
    /// Statuses, beside OK, by which it says that there is no such thing; every other is a failure.
    answers: &'static [&'static str],
    /// What it answers with.
    pub shape: Shape,
}

/// The form of an answer.
#[derive(Clone, Copy, PartialEq)]
pub enum Shape {
    /// None.
    Nothing,
    /// A text or null.
    Key,
    /// True or false.
    Switch,
    /// Keys in any order.
    Keys,
    /// A value, or null.
    Value,
    /// One decision.
    Decision,
    /// Decisions by flag key.
    Decisions,
}

/// What a user context has that calls on the client have not.
const DECIDE: [&str; 3] = ["segments", "forced_decisions", "options"];
const UNKNOWN: [&str; 2] = ["UNKNOWN_FLAG", "PREDICTION_FAILED"];
const VARIABLE: [&str; 5] =
    ["UNKNOWN_FLAG", "UNKNOWN_VARIABLE", "WRONG_TYPE", "BAD_VALUE", "PREDICTION_FAILED"];

/// Every call of the vectors.
const ALL: &[Op] = &[
    op("decide", &["flag", DECIDE[0], DECIDE[1], DECIDE[2]], &UNKNOWN, Shape::Decision),
    op("decide_for_keys", &["flags", DECIDE[0], DECIDE[1], DECIDE[2]], &[], Shape::Decisions),
    op("decide_all", &DECIDE, &[], Shape::Decisions),
    op("track_event", &["event", "tags"], &["UNKNOWN_EVENT"], Shape::Nothing),
    op("track", &["event", "tags"], &["UNKNOWN_EVENT"], Shape::Nothing),
    op("activate", &["experiment"], &["UNKNOWN_EXPERIMENT"], Shape::Key),
    op("get_variation", &["experiment"], &["UNKNOWN_EXPERIMENT"], Shape::Key),
    op("get_forced_variation", &["experiment"], &["UNKNOWN_EXPERIMENT", "NOT_FOUND"], Shape::Key),
    op("is_feature_enabled", &["flag"], &UNKNOWN, Shape::Switch),
    op("get_enabled_features", &[], &[], Shape::Keys),
    op("all_variables", &["flag"], &["UNKNOWN_FLAG", "PREDICTION_FAILED", "PARTIAL"], Shape::Value),
    op("variable", &["flag", "variable", "type"], &VARIABLE, Shape::Value),
];

const fn op(
    name: &'static str,
    arguments: &'static [&'static str],
    answers: &'static [&'static str],
    shape: Shape,
) -> Op {
    Op { name, arguments, answers, shape }
}

/// The call of this name; none if the runner knows none.
pub fn of(name: &str) -> Option<&'static Op> {
    ALL.iter().find(|op| op.name == name)
}

/// Is the decide option of this name among those of a case?
pub fn has_option(case: &Json, name: &str) -> bool {
    case.get("options").map_or(&[][..], Json::items).iter().any(|option| option.as_text() == Some(name))
}

impl Op {
    /// The call as a worker is asked for it: the case's members that it takes, and no other.
    pub fn call(&self, case: &Json) -> Json {
        let is_taken = |name: &str| ["op", "user", "attrs"].contains(&name) || self.arguments.contains(&name);
        Json::Object(case.members().iter().filter(|(name, _)| is_taken(name)).cloned().collect())
    }

    /// Refuses a status by which the call says that it failed.
    pub fn check_status(&self, status: &str) -> Result<(), String> {
        if status == "OK" || self.answers.contains(&status) {
            return Ok(());
        }
        Err(format!("{} failed: {status}", self.name))
    }

    /// What it answers on a client that is not ready; none of a call that answers nothing.
    pub fn answer_without_datafile(&self, case: &Json) -> Option<Json> {
        Some(match self.shape {
            Shape::Nothing => return None,
            Shape::Key | Shape::Value => Json::Null,
            Shape::Switch => Json::Bool(false),
            Shape::Keys => Json::List(Vec::new()),
            Shape::Decision => Json::object([
                ("flag", case.get("flag").cloned().unwrap_or(Json::Null)),
                ("rule", Json::Null),
                ("variation", Json::Null),
                ("enabled", Json::Bool(false)),
                ("variables", Json::Object(Vec::new())),
            ]),
            Shape::Decisions => Json::Object(Vec::new()),
        })
    }

    /// May the payloads come in any order? (Those of one decision are one at most.)
    pub fn is_unordered(&self) -> bool {
        matches!(self.shape, Shape::Decision | Shape::Decisions | Shape::Keys)
    }

    /// The result in the form of `expect.result`; none of a call that answers nothing.
    pub fn result(&self, result: &Json, wants_reasons: bool) -> Result<Option<Json>, String> {
        Ok(match (self.shape, result) {
            (Shape::Nothing, Json::Null) => None,
            (Shape::Nothing, other) => return Err(format!("{} answered {other}", self.name)),
            (Shape::Keys, Json::List(keys)) => {
                let mut keys = keys.clone();
                keys.sort_by(|one, other| one.as_text().cmp(&other.as_text()));
                Some(Json::List(keys))
            }
            (Shape::Decision, decision) => Some(bare(decision, wants_reasons)?),
            (Shape::Decisions, Json::Object(decisions)) => {
                let bare =
                    |(flag, decision): &(String, Json)| Ok((flag.clone(), bare(decision, wants_reasons)?));
                Some(Json::Object(decisions.iter().map(bare).collect::<Result<_, String>>()?))
            }
            (_, other) => Some(other.clone()),
        })
    }

    /// How many impressions the decisions of a result say were accepted; none of a call that does not say.
    pub fn accepted_events(&self, result: &Json) -> Option<usize> {
        let is_accepted =
            |decision: &&Json| decision.get("event_status").and_then(Json::as_text) == Some("ACCEPTED");
        match self.shape {
            Shape::Decision => Some(usize::from(is_accepted(&result))),
            Shape::Decisions => {
                Some(result.members().iter().map(|(_, decision)| decision).filter(is_accepted).count())
            }
            _ => None,
        }
    }
}

/// A decision without what the vectors do not compare. Reasons have to be texts, and there if they were asked for; else
/// there only where something went wrong.
fn bare(decision: &Json, wants_reasons: bool) -> Result<Json, String> {
    let Some(Json::List(reasons)) = decision.get("reasons") else {
        return Err(format!("a decision without a list of reasons: {decision}"));
    };
    if reasons.iter().any(|reason| reason.as_text().is_none()) {
        return Err(format!("a reason that is no text: {decision}"));
    }
    if wants_reasons && reasons.is_empty() {
        return Err(format!("reasons were asked for, and there are none: {decision}"));
    }
    if !wants_reasons && !reasons.is_empty() && !has_gone_wrong(decision) {
        return Err(format!("nobody asked for these reasons: {decision}"));
    }
    let kept = |(name, _): &&(String, Json)| !["reasons", "event_status"].contains(&name.as_str());
    Ok(Json::Object(decision.members().iter().filter(kept).cloned().collect()))
}

/// May this be an error decision, or one with a variable that could not be read?
fn has_gone_wrong(decision: &Json) -> bool {
    let variables = decision.get("variables").map_or(&[][..], Json::members);
    let is_of_nothing = decision.get("variation") == Some(&Json::Null) && variables.is_empty();
    is_of_nothing || variables.iter().any(|(_, value)| *value == Json::Null)
}
