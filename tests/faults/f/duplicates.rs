//! F4: the same key, id or name twice. Who wins stands in the specification, list by list.

use std::collections::HashMap;

use opttrack::client::Client;
use opttrack::user::User;
use opttrack::value::Value;
use opttrack_collector::Collector;

use super::fixture::{client, client_to, delivered, flag, track, try_client, user, variation};
use super::probe::{self, Truth, leaf};
use super::row::Row;

/// An experiment of one variation for everyone.
fn experiment(id: &str, key: &str, variation: &str) -> String {
    format!(
        r#"{{"id":"{id}","key":"{key}","variations":[{{"id":"{variation}","key":"{variation}","featureEnabled":true}}],
            "trafficAllocation":[{{"entityId":"{variation}","endOfRange":10000}}]}}"#
    )
}

fn project(lists: &str) -> String {
    format!(r#"{{"version":"4","accountId":"1","projectId":"1","revision":"1",{lists}}}"#)
}

fn of(client: &Client, experiment: &str) -> Option<String> {
    variation(client, &User::new("u"), experiment)
}

#[test]
fn keys_of_an_object() {
    let mut row = Row::new("F4", "of a key that is repeated inside an object the last wins, at every level");
    let (a, b) = (experiment("1", "e", "a"), experiment("1", "e", "b"));
    let twice =
        |first: &str, second: &str| project(&format!(r#""experiments":{first},"experiments":{second}"#));
    let replace_key =
        |from: &str, to: &str| project(&format!(r#""experiments":[{}]"#, a.replacen(from, to, 1)));
    let wide = r#""endOfRange":10000"#;
    for (text, expected) in [
        (twice(&format!("[{a}]"), &format!("[{b}]")), Some("b")),
        (twice(&format!("[{a}]"), "[]"), None),
        (twice(&format!("[{a}]"), "null"), None),
        (twice("null", &format!("[{b}]")), Some("b")),
        (replace_key(r#""key":"e""#, r#""key":"x","key":"e""#), Some("a")),
        (replace_key(r#""key":"e""#, r#""key":"e","key":"x""#), None),
        (replace_key(wide, r#""endOfRange":0,"endOfRange":10000"#), Some("a")),
        (replace_key(wide, r#""endOfRange":10000,"endOfRange":0"#), None),
        (replace_key(r#""id":"1""#, r#""id":"1","status":"Paused","status":"Running""#), Some("a")),
        (replace_key(r#""id":"1""#, r#""id":"1","status":"Running","status":"Paused""#), None),
        // Another case is another key.
        (replace_key(r#""key":"e""#, r#""key":"e","KEY":"x","Key":"y""#), Some("a")),
        // The same key, once with an escape.
        (replace_key(r#""key":"e""#, r#""key":"x","\u006bey":"e""#), Some("a")),
    ] {
        assert_eq!(of(&client(&text), "e").as_deref(), expected, "{text}");
        row.fire();
    }
    let versions = |first, second| format!(r#"{{"version":"{first}","version":"{second}"}}"#);
    try_client(&versions("1", "4")).unwrap_or_else(|error| panic!("{error}"));
    let error = try_client(&versions("4", "1")).err().expect("the last version is not supported");
    assert_eq!(error.place(), "version");
    row.fire();
    row.done("");
}

#[test]
fn keys_of_a_whitelist_and_of_a_condition() {
    let mut row = Row::new("F4", "so it is in a whitelist and in a condition");
    let text = project(
        r#""experiments":[{"id":"1","key":"e","variations":[{"id":"a","key":"a"},{"id":"b","key":"b"}],
            "forcedVariations":{"u":"a","w":"a","u":"b"}}]"#,
    );
    let client = client(&text);
    assert_eq!(of(&client, "e").as_deref(), Some("b"));
    assert_eq!(variation(&client, &User::new("w"), "e").as_deref(), Some("a"));
    row.fire();
    let visitor = user("u", &[("a", Value::Int(1))]);
    let condition = leaf("exact", "1");
    for (from, to, truth) in [
        (r#""value":1"#, r#""value":2,"value":1"#, Truth::True),
        (r#""value":1"#, r#""value":1,"value":2"#, Truth::False),
        (r#""match":"exact""#, r#""match":"gt","match":"exact""#, Truth::True),
        (r#""match":"exact""#, r#""match":"exact","match":"gt""#, Truth::False),
        (r#""name":"a""#, r#""name":"b","name":"a""#, Truth::True),
        (r#""name":"a""#, r#""name":"a","name":"b""#, Truth::Unknown),
        (r#""type":"custom_attribute""#, r#""type":"?","type":"custom_attribute""#, Truth::True),
        (r#""type":"custom_attribute""#, r#""type":"custom_attribute","type":"?""#, Truth::Unknown),
    ] {
        assert_eq!(probe::truth_of(&condition.replace(from, to), &visitor), truth, "{to}");
        row.fire();
    }
    row.done("");
}

#[test]
fn entities() {
    let mut row =
        Row::new("F4", "of experiments, variations, flags and rollouts with one name the last wins");
    let (a, b) = (experiment("1", "e", "a"), experiment("1", "e", "b"));
    let c = experiment("2", "e", "c");
    let flags = r#""featureFlags":[{"key":"f","experimentIds":["1"]},{"key":"g","rolloutId":"r"}]"#;
    let flagged = |experiments: &str| client(&project(&format!(r#"{flags},"experiments":[{experiments}]"#)));
    let u = User::new("u");
    let of_flag = |client: &Client, key: &str| flag(client, &u, key).variation_key().map(str::to_owned);

    let same_id = flagged(&format!("{a},{b}"));
    assert_eq!(of(&same_id, "e").as_deref(), Some("b"));
    assert_eq!(of_flag(&same_id, "f").as_deref(), Some("b"));
    row.fire();
    let same_key = flagged(&format!("{a},{c}"));
    assert_eq!(of(&same_key, "e").as_deref(), Some("c"));
    assert_eq!(of_flag(&same_key, "f").as_deref(), Some("a"), "the flag names its experiment by id");
    row.fire();
    let grouped =
        project(&format!(r#"{flags},"groups":[{{"id":"g","experiments":[{b}]}}],"experiments":[{a}]"#));
    assert_eq!(of(&client(&grouped), "e").as_deref(), Some("b"), "those of groups come after the others");
    row.fire();
    // Key to id, id to experiment: the key of the replaced one leads to what replaced it.
    let renamed = flagged(&format!("{a},{}", experiment("1", "renamed", "b")));
    assert_eq!(of(&renamed, "renamed").as_deref(), Some("b"));
    assert_eq!(of(&renamed, "e").as_deref(), Some("b"), "the id is another experiment's now");
    row.fire();

    let rollout = |variation| format!(r#"{{"id":"r","experiments":[{}]}}"#, experiment("3", "d", variation));
    let rollouts = client(&project(&format!(r#"{flags},"rollouts":[{},{}]"#, rollout("a"), rollout("b"))));
    assert_eq!(of_flag(&rollouts, "g").as_deref(), Some("b"));
    row.fire();

    let variations = r#""experiments":[{"id":"1","key":"e","variations":[{"id":"v","key":"old"},{"id":"v","key":"new"}],
        "trafficAllocation":[{"entityId":"v","endOfRange":10000}]}]"#;
    assert_eq!(of(&client(&project(variations)), "e").as_deref(), Some("new"));
    row.fire();
    row.done("");
}

#[test]
fn flags() {
    let mut row = Row::new("F4", "of flags with one key the last wins, and it is one flag");
    let lists = format!(
        r#""featureFlags":[{{"key":"f","experimentIds":["1"]}},{{"key":"f","experimentIds":["2"]}}],
            "experiments":[{},{}]"#,
        experiment("1", "e", "a"),
        experiment("2", "d", "b")
    );
    let client = client(&project(&lists));
    let u = User::new("u");
    assert_eq!(flag(&client, &u, "f").variation_key(), Some("b"));
    row.fire();
    let (keys, refused) = client.get_enabled_features(&u).expect("the features are given");
    assert_eq!(
        (keys.len(), keys.get(0), refused),
        (1, Some("f"), 0),
        "a key that is there twice is one flag"
    );
    assert_eq!(client.stats().books.impressions, 1);
    row.fire();
    row.done("");
}

#[test]
fn audiences() {
    let mut row = Row::new("F4", "of audiences with one id the typed one wins, then the first");
    let visitor = user("u", &[("a", Value::Int(1))]);
    let (holds, fails) = (leaf("exact", "1"), leaf("exact", "2"));
    let audience = |conditions: &str| format!(r#"{{"id":"1","name":"n","conditions":{conditions}}}"#);
    let base = probe::datafile("0");
    let typed = r#""typedAudiences":[{"id":"1","name":"the audience","conditions":0}]"#;
    for (lists, truth) in [
        (format!(r#""typedAudiences":[{},{}]"#, audience(&holds), audience(&fails)), Truth::True),
        (format!(r#""typedAudiences":[{},{}]"#, audience(&fails), audience(&holds)), Truth::False),
        (format!(r#""audiences":[{},{}]"#, audience(&holds), audience(&fails)), Truth::True),
        (
            format!(r#""audiences":[{}],"typedAudiences":[{}]"#, audience(&fails), audience(&holds)),
            Truth::True,
        ),
        (
            format!(r#""typedAudiences":[{}],"audiences":[{}]"#, audience(&fails), audience(&holds)),
            Truth::False,
        ),
        (
            format!(r#""typedAudiences":[{}],"audiences":[{}]"#, audience("null"), audience(&holds)),
            Truth::Unknown,
        ),
    ] {
        assert!(base.contains(typed), "{base}");
        assert_eq!(probe::truth(&client(&base.replace(typed, &lists)), &visitor), truth, "{lists}");
        row.fire();
    }
    row.done("");
}

#[test]
fn events_and_attributes() {
    let mut row = Row::new("F4", "of events with one key the last id is sent, of attributes the first");
    let collector = Collector::start().expect("the collector starts");
    let client = client_to(
        &collector,
        &project(
            r#""events":[{"id":"51","key":"buy"},{"id":"52","key":"look"},{"id":"53","key":"buy"}],
            "attributes":[{"id":"31","key":"plan"},{"id":"32","key":"plan"},{"id":"31","key":"age"}]"#,
        ),
    );
    let visitor = user("u", &[("plan", Value::Str("free")), ("age", Value::Int(40))]);
    for event in ["buy", "look"] {
        track(&client, &visitor, event).expect("the event is known");
        row.fire();
    }
    let events = delivered(&collector, &client);
    let ids: HashMap<_, _> =
        events.iter().map(|event| (event["key"].as_str(), event["entity_id"].as_str())).collect();
    assert_eq!(ids, HashMap::from([(Some("buy"), Some("53")), (Some("look"), Some("52"))]));
    for event in &events {
        let attributes = event["attributes"].as_array().expect("the event has attributes");
        let ids: Vec<_> =
            attributes.iter().map(|one| (one["key"].as_str(), one["entity_id"].as_str())).collect();
        assert_eq!(ids, [(Some("plan"), Some("31")), (Some("age"), Some("31"))]);
    }
    row.done("");
}

#[test]
fn holdouts() {
    let mut row = Row::new("F4", "a holdout id in both sections is evaluated in both");
    let holdout = |key: &str, end: u32, rules: &str| {
        format!(
            r#"{{"id":"h","key":"{key}","status":"Running","variations":[{{"id":"v","key":"{key}"}}],
                "trafficAllocation":[{{"entityId":"v","endOfRange":{end}}}]{rules}}}"#
        )
    };
    for (global_end, expected) in [(10_000, "everyone"), (0, "one_rule")] {
        let lists = format!(
            r#""featureFlags":[{{"key":"f","experimentIds":["1"]}}],"experiments":[{}],
                "holdouts":[{}],"localHoldouts":[{}]"#,
            experiment("1", "e", "a"),
            holdout("everyone", global_end, ""),
            holdout("one_rule", 10_000, r#","includedRules":["1"]"#)
        );
        assert_eq!(flag(&client(&project(&lists)), &User::new("u"), "f").variation_key(), Some(expected));
        row.fire();
    }
    row.done("");
}
