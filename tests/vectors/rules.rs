//! Tests of the runner itself: what its rules of comparison accept, and that an error of any kind is found.

#[allow(dead_code)] // the runner uses the rest
mod json;

mod compare;
mod normal;
mod number;
mod plant;
mod question;
mod rules_worker;
mod worker;

use compare::{Comparer, Difference};
use json::Json;
use std::collections::HashSet;
use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

const ONE_UUID: &str = "6e5d4c3b-2a19-4807-9f6e-5d4c3b2a1908";
const OTHER_UUID: &str = "0f1e2d3c-4b5a-4697-8877-665544332211";

fn json(text: &str) -> Json {
    Json::parse(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn difference(expected: &str, got: &str) -> Option<Difference> {
    Comparer::new("product", "1.2.3").difference(&json(expected), &json(got))
}

#[track_caller]
fn accepts(expected: &str, got: &str) {
    assert_eq!(difference(expected, got), None, "{expected} should accept {got}");
}

#[track_caller]
fn refuses(expected: &str, got: &str, place: &str) {
    let found = difference(expected, got).unwrap_or_else(|| panic!("{expected} should refuse {got}"));
    assert_eq!(found.place, place);
}

fn now_ms() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock past 1970").as_millis()
}

#[test]
fn whole_numbers_are_exact_and_others_are_doubles() {
    accepts("1", "1.0");
    accepts("1", "10e-1");
    accepts("0", "-0.0");
    accepts("1200", "1.2e3");
    accepts("9007199254740993", "9007199254740993");
    accepts("9007199254740993", "9007199254740993.0");
    accepts("-9223372036854775808", "-9223372036854775808");
    accepts("1.0", "1");
    accepts("0.1", "0.1000000000000000055");
    accepts("1e+16", "10000000000000000");
    accepts("9007199254740993.0", "9007199254740992");
    refuses("9007199254740993", "9007199254740992", "");
    refuses("9007199254740993", "9007199254740992.0", "");
    refuses("1", "-1", "");
    refuses("1", "1.0000000000000002", "");
    refuses("0.1", "0.10000000000000002", "");
    refuses("5e-324", "0", "");
}

#[test]
fn kinds_are_never_equal_to_each_other() {
    let kinds = ["true", "1", "\"1\"", "null", "[]", "{}"];
    for (expected, got) in kinds.iter().flat_map(|one| kinds.iter().map(move |other| (one, other))) {
        assert_eq!(difference(expected, got).is_none(), expected == got, "{expected} and {got}");
    }
    refuses("true", "false", "");
    refuses("\"a\"", "\"A\"", "");
    refuses("\"a\\u0000b\"", "\"a\"", "");
}

#[test]
fn members_may_come_in_any_order_but_none_may_lack_or_be_too_many() {
    accepts(r#"{"a":1,"b":{"c":null}}"#, r#"{"b":{"c":null},"a":1}"#);
    refuses(r#"{"a":1,"b":2}"#, r#"{"a":1}"#, ".b");
    refuses(r#"{"a":1}"#, r#"{"a":1,"b":null}"#, ".b");
    refuses(r#"{"a":1,"b":null}"#, r#"{"a":1}"#, ".b");
    refuses(r#"{"a":1}"#, r#"{"a":1,"a":1}"#, ".a");
    refuses(r#"{"a":[{"b":1},{"b":2}]}"#, r#"{"a":[{"b":1},{"b":3}]}"#, ".a[1].b");
}

#[test]
fn lists_are_equal_item_by_item() {
    accepts("[1,2]", "[1,2]");
    refuses("[1,2]", "[2,1]", "[0]");
    refuses("[1,2]", "[1]", " (2 items expected, 1 got)");
    refuses("[]", "[null]", " (0 items expected, 1 got)");
}

#[test]
fn any_accepts_each_of_its_values_and_no_other() {
    accepts(r#"{"id":{"$any":["",null]}}"#, r#"{"id":""}"#);
    accepts(r#"{"id":{"$any":["",null]}}"#, r#"{"id":null}"#);
    refuses(r#"{"id":{"$any":["",null]}}"#, r#"{"id":"1"}"#, ".id");
    refuses(r#"{"id":{"$any":["",null]}}"#, "{}", ".id");
}

#[test]
fn a_uuid_is_of_version_4_in_lower_case_and_comes_once_in_a_run() {
    let comparer = Comparer::new("product", "1.2.3");
    let refused = |uuid: &str| comparer.difference(&Json::text("<uuid>"), &Json::text(uuid)).is_some();
    assert!(!refused(ONE_UUID));
    assert!(!refused(OTHER_UUID));
    assert!(refused(ONE_UUID), "a second event with the same uuid");
    assert!(refused(&ONE_UUID.replace("19-48", "19-58").to_uppercase()));
    assert!(refused("6e5d4c3b-2a19-1807-9f6e-5d4c3b2a1908"), "version 1");
    assert!(refused("6e5d4c3b-2a19-4807-cf6e-5d4c3b2a1908"), "another variant");
    assert!(refused("6e5d4c3b2a1948079f6e5d4c3b2a1908"));
    assert!(comparer.difference(&Json::text("<uuid>"), &Json::Null).is_some());
}

#[test]
fn a_timestamp_is_a_whole_number_of_milliseconds_of_this_run() {
    accepts(r#""<timestamp>""#, &now_ms().to_string());
    refuses(r#""<timestamp>""#, &format!("\"{}\"", now_ms()), "");
    refuses(r#""<timestamp>""#, &format!("{}.0", now_ms()), "");
    refuses(r#""<timestamp>""#, &(now_ms() / 1_000).to_string(), "");
    refuses(r#""<timestamp>""#, &(now_ms() * 1_000).to_string(), "");
    refuses(r#""<timestamp>""#, r#""<timestamp>""#, "");
}

#[test]
fn the_product_goes_by_its_own_name_and_version() {
    accepts(r#"["<client_name>","<client_version>"]"#, r#"["product","1.2.3"]"#);
    refuses(r#"["<client_name>"]"#, r#"["python-sdk"]"#, "[0]");
    refuses(r#"["<client_version>"]"#, r#"["1.2.4"]"#, "[0]");
}

#[test]
fn numbers_and_texts_survive_reading_and_writing() {
    let text = r#"{"a":[9007199254740993,1.0,1e400,-0],"b":"\"\\ \u0000 ü 😀","a":{},"c":[]}"#;
    assert_eq!(json(text).to_string(), text);
    assert!(Json::parse("{\"a\":1").is_err());
    assert!(Json::parse("[1] 2").is_err());
}

#[test]
fn what_has_no_order_is_put_into_one() {
    let mut payload = json(r#"{"visitors":[{"attributes":[{"key":"b"},{"key":"B"},{"key":"a"}]}]}"#);
    normal::sort_attributes(&mut payload);
    assert_eq!(payload.to_string(), r#"{"visitors":[{"attributes":[{"key":"B"},{"key":"a"},{"key":"b"}]}]}"#);

    let sent = |flag: &str, kind: &str, rule: &str| {
        let metadata = format!(r#"{{"flag_key":"{flag}","rule_type":"{kind}","rule_key":"{rule}"}}"#);
        json(&format!(
            r#"{{"body":{{"visitors":[{{"snapshots":[{{"decisions":[{{"metadata":{metadata}}}]}}]}}]}}}}"#
        ))
    };
    let sorted = [sent("a", "rollout", "x"), sent("b", "experiment", "x"), sent("b", "experiment", "y")];
    let mut payloads = sorted.clone();
    payloads.reverse();
    normal::sort_by_decision(&mut payloads);
    assert_eq!(payloads, sorted);
}

#[test]
fn every_planted_error_is_found() {
    let expectation = r#"{"result":null,"set":[true,false],"events":[{"url":"https://here","body":{
        "id":{"$any":["",null]},"n":-7.25,"uuid":"<uuid>","revenue":9007199254740993,"none":[],
        "timestamp":"<timestamp>"}}]}"#;
    let expected = json(expectation);
    let answer = expectation.replace(r#"{"$any":["",null]}"#, "null").replace("<uuid>", ONE_UUID);
    let answer = json(&answer.replace("\"<timestamp>\"", &now_ms().to_string()));
    let difference = |expected: &Json| Comparer::new("product", "1.2.3").difference(expected, &answer);
    assert_eq!(difference(&expected), None);
    let mut planted: Vec<String> = Vec::new();
    for wrong in (0..20).flat_map(|turn| plant::wrong_versions(&expected, turn)) {
        assert!(difference(&wrong).is_some(), "not found: {wrong}");
        planted.push(wrong.to_string());
    }
    planted.sort();
    planted.dedup();
    // 9 leaves to alter; 5 lists and objects to take from; 6 to add to, an empty list among them.
    assert_eq!(planted.len(), 20);
}

/// Rows of the behaviour's table of choices that no question to a worker shows: what a client does between calls, over
/// a change of datafile, after its close, with its queue or its listeners. `README.md` says of each what shows it.
const NOT_ASKED: [u32; 15] = [15, 16, 22, 29, 30, 31, 32, 33, 35, 36, 37, 39, 40, 48, 49];

#[test]
fn every_choice_that_can_be_asked_has_a_case() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/choices.jsonl");
    let text = fs::read_to_string(path).expect("the choices are in the repository");
    let rows = text.lines().map(|line| json(line).get("row").and_then(Json::as_text).map(str::to_owned));
    let rows: HashSet<String> = rows.collect::<Option<_>>().expect("every case names its row");
    for number in 1..=60 {
        let row = format!("S-{number:02}");
        assert_eq!(rows.contains(&row), !NOT_ASKED.contains(&number), "{row}");
    }
}
