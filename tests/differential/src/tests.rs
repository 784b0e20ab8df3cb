//! Tests of what judges the answers: a program that finds nothing must be one that would have found something.

use std::collections::BTreeMap;

use crate::case::{Addresses, Case, Kind};
use crate::compare::{Difference, Sdk, differences};
use crate::explain;
use crate::generator;
use crate::json::Json;
use crate::make::set;
use crate::normal::{self, Answer};
use crate::parties::Answers;

fn parsed(text: &str) -> Json {
    Json::parse(text).unwrap_or_else(|error| panic!("{error} in {text}"))
}

/// A flag whose one experiment is paused or not, decided for one user.
fn case(status: &str) -> Case {
    let datafile = format!(
        r#"{{"version": "4", "experiments": [{{"id": "1", "key": "e", "status": "{status}"}}],
            "featureFlags": [{{"id": "2", "key": "f", "experimentIds": ["1"]}}]}}"#
    );
    Case {
        number: 0,
        kind: Kind::Plain,
        datafile: parsed(&datafile),
        profile: None,
        forced_variations: Vec::new(),
        predictions: None,
        calls: vec![parsed(r#"{"op": "decide", "user": "u", "flag": "f"}"#)],
    }
}

/// An answer that decides for this variation, or for none.
fn answer(case: &Case, variation: &str) -> Answer {
    let decision = format!(
        r#"{{"answers": [{{"status": "OK", "result": {{"flag": "f", "rule": null, "variation": {variation},
            "enabled": false, "variables": {{}}, "reasons": []}}, "events": []}}]}}"#
    );
    normal::answer(case, &parsed(&decision), &[], Vec::new())
}

/// What is unexplained where Python, JavaScript and Go answer so, and we answer `ours`.
fn unexplained(case: &Case, [python, javascript, go]: [&str; 3], ours: &str) -> Vec<Difference> {
    let sdks = [(Sdk::Python, python), (Sdk::JavaScript, javascript), (Sdk::Go, go)];
    let official: BTreeMap<_, _> =
        sdks.into_iter().map(|(sdk, variation)| (sdk, answer(case, variation))).collect();
    let answers = Answers { ours: answer(case, ours), official, raw: Json::Null };
    let found =
        answers.official.iter().flat_map(|(sdk, theirs)| differences(case, *sdk, theirs, &answers.ours));
    let found: Vec<_> = found.collect();
    explain::verdict(case, &answers, &found).unexplained
}

#[test]
fn agreement_is_no_difference() {
    assert!(unexplained(&case("Running"), ["\"a\""; 3], "\"a\"").is_empty());
}

#[test]
fn an_answer_that_no_row_explains_is_found() {
    let alone = unexplained(&case("Running"), ["\"a\""; 3], "\"b\"");
    let sdks: Vec<_> = alone.iter().map(|difference| difference.sdk).collect();
    assert_eq!(sdks, [Sdk::Python, Sdk::JavaScript, Sdk::Go]);
    assert!(alone.iter().all(|difference| difference.place == "result.variation"));
    let go = unexplained(&case("Running"), ["null", "null", "\"a\""], "null");
    assert_eq!(go.len(), 1, "a running experiment explains nothing");
}

#[test]
fn a_row_explains_its_sdk_only_where_another_backs_us() {
    let paused = case("Paused");
    assert!(unexplained(&paused, ["null", "null", "\"a\""], "null").is_empty());
    assert_eq!(unexplained(&paused, ["null", "\"a\"", "null"], "null").len(), 1, "the row is about Go");
    assert_eq!(unexplained(&paused, ["\"a\""; 3], "null").len(), 3, "nobody gives our answer");
}

#[test]
fn a_seed_makes_the_same_cases() {
    let question = |seed, number| {
        let case = generator::case(seed, number);
        let addresses = Addresses { datafile: "d", events: "e", predictions: "p" };
        format!("{} {}", case.datafile, case.question(&addresses))
    };
    let mut kinds = Vec::new();
    for number in 0..100 {
        assert_eq!(question(1, number), question(1, number));
        assert_ne!(question(1, number), question(2, number));
        kinds.push(generator::case(1, number).kind);
    }
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(kinds.len(), 6, "every recipe is used");
}

#[test]
fn numbers_are_compared_by_value_and_kinds_are_not_mixed() {
    let case = case("Running");
    let with = |value: &str| {
        let mut one = answer(&case, "null");
        let result = one.outcomes[0].results.get_mut("f").expect("a decision for f");
        set(result, "variables", parsed(&format!(r#"{{"v": {value}}}"#)));
        one
    };
    let found = |theirs: &str, ours: &str| differences(&case, Sdk::Python, &with(theirs), &with(ours)).len();
    assert_eq!(found("1.0", "1"), 0);
    assert_eq!(found("[1, {\"a\": 2}]", "[1, {\"a\": 2}]"), 0);
    assert_eq!(found("1", "true"), 1);
    assert_eq!(found("9007199254740993", "9007199254740992"), 1);
    assert_eq!(found("[1]", "[1, 2]"), 1);
    assert_eq!(found("{\"a\": null}", "{}"), 1);
}

#[test]
fn an_event_belongs_to_the_call_that_marked_it() {
    let mut case = case("Running");
    case.calls
        .push(parsed(r#"{"op": "activate", "user": "u", "experiment": "e", "attrs": {"$opt_call": 1}}"#));
    let body = parsed(
        r#"{"visitors": [{"visitor_id": "u", "attributes": [{"entity_id": "$opt_call", "key": "$opt_call",
            "type": "custom", "value": 1}], "snapshots": [{"events": [{"key": "campaign_activated"}]}]}]}"#,
    );
    let answers = normal::answer(&case, &parsed(r#"{"answers": []}"#), &[body], Vec::new());
    let counts: Vec<_> =
        answers.outcomes.iter().map(|outcome| outcome.events.values().flatten().count()).collect();
    assert_eq!(counts, [0, 1]);
}
