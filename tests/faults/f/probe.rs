//! A project with one audience, which shows what the audience comes to: true, false or unknown.

use opttrack::client::Client;
use opttrack::user::User;

use super::fixture::{client, variation};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    True,
    False,
    Unknown,
}

/// A datafile whose experiment `in` takes those for whom the conditions are true, `out` those for whom they are false.
/// `conditions` is JSON.
pub fn datafile(conditions: &str) -> String {
    targeted(conditions, r#"["or","1"]"#, r#"["not",["or","1"]]"#)
}

/// A datafile of one audience `1` and the two experiments with these `audienceConditions`, all of it JSON.
pub fn targeted(conditions: &str, inside: &str, outside: &str) -> String {
    let experiment = |key: &str, audiences: &str| {
        format!(
            r#"{{"id":"{key}","key":"{key}","status":"Running","variations":[{{"id":"v","key":"v"}}],
                "trafficAllocation":[{{"entityId":"v","endOfRange":10000}}],"audienceConditions":{audiences}}}"#
        )
    };
    format!(
        r#"{{"version":"4","accountId":"1","projectId":"1","revision":"1",
            "typedAudiences":[{{"id":"1","name":"the audience","conditions":{conditions}}}],
            "experiments":[{},{}]}}"#,
        experiment("in", inside),
        experiment("out", outside),
    )
}

/// A condition object on the attribute `a`; `value` is JSON.
pub fn leaf(matcher: &str, value: &str) -> String {
    format!(r#"{{"type":"custom_attribute","name":"a","match":"{matcher}","value":{value}}}"#)
}

/// What the audience comes to for a user.
pub fn truth(client: &Client, user: &User) -> Truth {
    let is_in = |key| variation(client, user, key).is_some();
    match (is_in("in"), is_in("out")) {
        (true, false) => Truth::True,
        (false, true) => Truth::False,
        (false, false) => Truth::Unknown,
        (true, true) => panic!("an audience is both true and false"),
    }
}

/// The same, of a fresh client.
pub fn truth_of(conditions: &str, user: &User) -> Truth {
    truth(&client(&datafile(conditions)), user)
}
