//! F7: things that name themselves or each other, and trees made to be slow.

use std::time::Duration;

use opttrack::client::Client;
use opttrack::user::User;
use opttrack::value::Value;

use super::fixture::{client, flag, user, variation};
use super::probe::{self, Truth, leaf};
use super::row::{Row, assert_within, shortest};

/// For one decision.
const FIGURE: Duration = Duration::from_millis(1);

const EVERYONE: &str = r#""status":"Running","variations":[{"id":"v","key":"v"}],
    "trafficAllocation":[{"entityId":"v","endOfRange":10000}]"#;

fn timed(client: &Client, user: &User) -> Duration {
    shortest(20, || drop(client.get_variation(user, "in")))
}

/// An audience list that stands in for the probe's single one.
fn with_audiences(audiences: &str, conditions: &str) -> String {
    let text = probe::targeted("0", conditions, &format!(r#"["not",{conditions}]"#));
    let single = r#"[{"id":"1","name":"the audience","conditions":0}]"#;
    assert!(text.contains(single), "{text}");
    text.replace(single, audiences)
}

#[test]
fn audiences_of_audiences() {
    let mut row =
        Row::new("F7", "audiences that name audiences, themselves too, are unknown and end at once");
    let visitor = user("u", &[("a", Value::Int(1))]);
    let audience =
        |id: u32, conditions: &str| format!(r#"{{"id":"{id}","name":"{id}","conditions":{conditions}}}"#);
    let chain: Vec<String> =
        (1..=1_000).map(|id| audience(id, &format!(r#"["or","{}"]"#, id % 1_000 + 1))).collect();
    let holds = leaf("exact", "1");
    let mut slowest = Duration::ZERO;
    for (audiences, truth) in [
        (audience(1, r#"["or","1"]"#), Truth::Unknown),
        (audience(1, r#""1""#), Truth::Unknown),
        (audience(1, r#"["not",["not","1"]]"#), Truth::Unknown),
        (format!("{},{}", audience(1, r#"["and","2"]"#), audience(2, r#"["and","1"]"#)), Truth::Unknown),
        (audience(1, r#"["or",{"id":"1"},{"audienceConditions":["or","1"]}]"#), Truth::Unknown),
        (chain.join(","), Truth::Unknown),
        (audience(1, &format!(r#"["or","1",{holds}]"#)), Truth::True),
        (audience(1, &format!(r#"["and","1",{}]"#, leaf("exact", "2"))), Truth::False),
    ] {
        let client = client(&with_audiences(&format!("[{audiences}]"), r#"["or","1"]"#));
        assert_eq!(probe::truth(&client, &visitor), truth, "{audiences:.80}");
        slowest = slowest.max(timed(&client, &visitor));
        row.fire();
    }
    row.done(&format!("{slowest:?} at most"));
    assert_within("a decision", slowest, FIGURE);
}

#[test]
fn groups_and_holdouts_in_circles() {
    let mut row =
        Row::new("F7", "groups in groups, and rules, flags and holdouts that name each other, end at once");
    let u = User::new("u");
    let group_in_group = format!(
        r#""groups":[{{"id":"g","policy":"random","trafficAllocation":[{{"entityId":"g","endOfRange":10000}}],
            "groups":[{{"id":"g","groups":["g"]}}],"experiments":[{{"id":"g","key":"in",{EVERYONE}}},
            {{"id":"1","key":"out",{EVERYONE}}}]}}]"#
    );
    let holdouts_of_holdouts = format!(
        r#""experiments":[{{"id":"1","key":"in",{EVERYONE}}}],"featureFlags":[{{"key":"f","experimentIds":["1"],"rolloutId":"1"}}],
            "localHoldouts":[{{"id":"1","key":"h1","includedRules":["2","1","2"],"status":"Running"}},
            {{"id":"2","key":"h2","includedRules":["1","2","f"],"status":"Running"}}],
            "holdouts":[{{"id":"1","key":"h3","includedRules":["1"],"status":"Running"}}],
            "rollouts":[{{"id":"1","experiments":[{{"id":"1","key":"r",{EVERYONE}}}]}}]"#
    );
    let flags_of_flags = r#""featureFlags":[{"id":"f","key":"f","experimentIds":["f","g"],"rolloutId":"f"},
        {"id":"g","key":"g","experimentIds":["f"],"rolloutId":"g"}],"rollouts":[{"id":"f","experiments":[]}]"#;
    for (lists, in_key, flag_key) in [
        (group_in_group.as_str(), Some("v"), None),
        (&holdouts_of_holdouts, Some("v"), Some("v")),
        (flags_of_flags, None, None),
    ] {
        let client = client(&format!(r#"{{"version":"4",{lists}}}"#));
        assert_eq!(variation(&client, &u, "in").as_deref(), in_key, "{lists}");
        assert_eq!(flag(&client, &u, "f").variation_key(), flag_key, "{lists}");
        assert_eq!(variation(&client, &u, "out"), None, "{lists}");
        let taken = timed(&client, &u).max(shortest(20, || drop(flag(&client, &u, "f"))));
        assert_within("a decision", taken, FIGURE);
        row.fire();
    }
    row.done("");
}

#[test]
fn trees_made_to_be_slow() {
    let mut row = Row::new("F7", "the deepest and the most lopsided trees decide in time");
    let visitor = user("u", &[("a", Value::Int(1))]);
    let (holds, fails) = (leaf("exact", "1"), leaf("exact", "2"));
    let nested = |open: &str, core: &str, close: &str, depth| {
        format!("{}{core}{}", open.repeat(depth), close.repeat(depth))
    };
    let comb = |operator: &str, other: &str| nested(&format!(r#"["{operator}",{other},"#), &holds, "]", 511);
    let backwards = nested(r#"["or","#, &holds, &format!(",{fails}]"), 511);
    let mut slowest = Duration::ZERO;
    for (tree, truth) in [
        (nested(r#"["not","#, &holds, "]", 510), Truth::True),
        (nested(r#"["not","#, &holds, "]", 511), Truth::False),
        (nested("[", &holds, "]", 511), Truth::True),
        (comb("or", &fails), Truth::True),
        (comb("and", &holds), Truth::True),
        (comb("and", "[\"or\"]"), Truth::False),
        (comb("or", "[\"not\"]"), Truth::True),
        (backwards, Truth::True),
        ("[]".to_owned(), Truth::False),
        (format!("[{}[]]", "[],".repeat(1_000)), Truth::False),
        (format!(r#"["and"{}]"#, r#",["and"]"#.repeat(1_000)), Truth::True),
        (format!(r#"["or"{}]"#, r#",["not"]"#.repeat(1_000)), Truth::Unknown),
    ] {
        let client = client(&probe::datafile(&tree));
        assert_eq!(probe::truth(&client, &visitor), truth, "{tree:.60}");
        slowest = slowest.max(timed(&client, &visitor));
        row.fire();
    }
    row.done(&format!("{slowest:?} at most"));
    assert_within("a decision", slowest, FIGURE);
}

#[test]
fn one_audience_a_thousand_times() {
    let mut row = Row::new("F7", "a large audience named over and over costs as if it were named once");
    let visitor = user("u", &[("a", Value::Int(1))]);
    let fails = leaf("exact", "2");
    let audience = format!("[\"or\"{}]", format!(",{fails}").repeat(1_000));
    let named = |times| format!("[\"or\"{}]", ",\"1\"".repeat(times));
    let [once, often] = [1, 1_000].map(|times| {
        let client = client(&probe::targeted(&audience, &named(times), "[\"not\",\"1\"]"));
        assert_eq!(probe::truth(&client, &visitor), Truth::False);
        row.fire();
        timed(&client, &visitor)
    });
    row.done(&format!("once {once:?}, a thousand times {often:?}"));
    assert_within("a decision", often, FIGURE);
    assert!(often <= once * 50, "named a thousand times it costs {often:?}, once {once:?}");
}
