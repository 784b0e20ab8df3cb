//! Every field of the wire format, broken one at a time: the answer names its path.

mod common;

use common::{Peer, uuid};
use opttrack_collector::Collector;
use serde_json::{Value, json};

const CONVERSION: &str = "/visitors/0/snapshots/0/events/0";
const IMPRESSION: &str = "/visitors/1/snapshots/0/events/0";
const DECISION: &str = "/visitors/1/snapshots/0/decisions/0";

/// A conversion and an impression with every field there is.
fn full() -> Value {
    json!({
        "account_id": "12001", "project_id": "111001", "revision": "42", "client_name": "libopttrack",
        "client_version": "1.0.0", "anonymize_ip": false, "enrich_decisions": true, "region": "EU",
        "visitors": [
            {"visitor_id": "user-1", "session_id": "s", "attributes": [
                {"entity_id": "1", "key": "plan", "type": "custom", "value": "gold"},
                {"entity_id": "2", "key": "age", "type": "custom", "value": 41.5},
                {"entity_id": "3", "key": "member", "type": "custom", "value": true}],
             "snapshots": [{"events": [
                {"entity_id": "111095", "key": "purchase", "timestamp": 1_700_000_000_123_i64, "uuid": uuid(1),
                 "revenue": i64::MIN, "value": -1.5, "tags": {"revenue": i64::MAX, "sku": "A-7", "gift": true, "": 1.5},
                 "type": "purchase", "quantity": 2, "properties": {"any": [null]}}]}]},
            {"visitor_id": "", "attributes": [], "snapshots": [{"decisions": [
                {"campaign_id": "c", "experiment_id": "e", "variation_id": "77", "is_campaign_holdback": false,
                 "metadata": {"flag_key": "f", "rule_key": "r", "rule_type": "holdout", "variation_key": "on",
                              "enabled": true, "cmab_uuid": "0b7e5a52-8f0f-4a8e-9d61-0d7b7a6c3a10"}}],
             "events": [{"entity_id": "c", "key": "campaign_activated", "timestamp": 1, "uuid": uuid(2)}]}]}
        ]
    })
}

/// Each case: the object or array that is changed, the field or index, and the broken value; `None` takes it away.
fn broken() -> Vec<(String, &'static str, Option<Value>)> {
    let mut cases = Vec::new();
    let mut fields = |place: &str, fields: &[(&'static str, Vec<Option<Value>>)]| {
        for (field, values) in fields {
            cases.extend(values.iter().map(|value| (place.to_owned(), *field, value.clone())));
        }
    };
    let some = |values: &[Value]| values.iter().cloned().map(Some).collect::<Vec<_>>();
    let required = |values: &[Value]| [vec![None], some(values)].concat();
    let text = || required(&[json!(1), json!(null), json!(["a"])]);
    let boolean = || required(&[json!("true"), json!(0), json!(null)]);
    let list = || required(&[json!({}), json!(null)]);
    let unknown = || some(&[json!(1)]);
    fields(
        "",
        &[
            ("account_id", [text(), some(&[json!("")])].concat()),
            ("project_id", text()),
            ("revision", text()),
            ("client_name", text()),
            ("client_version", text()),
            ("anonymize_ip", boolean()),
            ("enrich_decisions", boolean()),
            ("region", some(&[json!(1), json!(null)])),
            ("visitors", [list(), some(&[json!([])])].concat()),
            ("surprise", unknown()),
        ],
    );
    fields(
        "/visitors/0",
        &[
            ("visitor_id", text()),
            ("session_id", some(&[json!(1)])),
            ("attributes", list()),
            ("snapshots", [list(), some(&[json!([])])].concat()),
            ("surprise", unknown()),
        ],
    );
    let no_scalar = || some(&[json!(null), json!([]), json!({})]);
    fields(
        "/visitors/0/attributes/1",
        &[
            ("entity_id", text()),
            ("key", text()),
            ("type", required(&[json!("other"), json!(1)])),
            ("value", [vec![None], no_scalar()].concat()),
            ("surprise", unknown()),
        ],
    );
    fields(
        "/visitors/0/snapshots/0",
        &[
            ("events", [list(), some(&[json!([])])].concat()),
            ("decisions", some(&[json!([]), json!(null)])),
            ("surprise", unknown()),
        ],
    );
    let event = || {
        vec![
            ("entity_id", text()),
            ("key", text()),
            (
                "timestamp",
                required(&[json!(0), json!(-1), json!(1.5), json!("1"), json!(1_700_000_000_123_456_i64)]),
            ),
            ("uuid", required(&[json!(1), json!(""), json!(uuid(1).replace('-', "")), json!("not a uuid")])),
            ("uuid", some(&[json!("3F8F5F0E-7C1F-4F6B-9F0C-0A6A2A0F4D11")])),
            ("uuid", some(&[json!("3f8f5f0e-7c1f-1f6b-9f0c-0a6a2a0f4d11")])),
            ("uuid", some(&[json!("3f8f5f0e-7c1f-4f6b-cf0c-0a6a2a0f4d11")])),
            ("type", some(&[json!(1)])),
            ("quantity", some(&[json!("1"), json!(1.5)])),
            ("properties", some(&[json!([]), json!(null)])),
            ("surprise", unknown()),
        ]
    };
    fields(CONVERSION, &event());
    fields(IMPRESSION, &event());
    fields(
        CONVERSION,
        &[
            ("revenue", some(&[json!(1.5), json!("1"), json!(null), json!(u64::MAX)])),
            ("value", some(&[json!("1"), json!(null), json!(true)])),
            ("tags", some(&[json!(null), json!([]), json!("x")])),
        ],
    );
    fields(&format!("{CONVERSION}/tags"), &[("sku", no_scalar()), ("revenue", some(&[json!(null)]))]);
    fields(
        IMPRESSION,
        &[
            ("revenue", some(&[json!(1)])),
            ("value", some(&[json!(1)])),
            ("tags", some(&[json!({})])),
            ("key", some(&[json!("purchase")])),
            ("entity_id", some(&[json!("C"), json!("c ")])),
        ],
    );
    fields(
        DECISION,
        &[
            ("experiment_id", text()),
            ("variation_id", required(&[json!(""), json!("7a"), json!(77), json!("-1"), json!(false)])),
            ("is_campaign_holdback", some(&[json!("false")])),
            ("metadata", required(&[json!(null), json!([])])),
            ("campaign_id", text()),
            ("surprise", unknown()),
        ],
    );
    fields(
        &format!("{DECISION}/metadata"),
        &[
            ("flag_key", text()),
            ("rule_key", text()),
            ("rule_type", required(&[json!(""), json!("cmab"), json!(1)])),
            ("variation_key", text()),
            ("enabled", boolean()),
            ("cmab_uuid", some(&[json!(1), json!(null)])),
            ("surprise", unknown()),
        ],
    );
    cases
}

/// `/visitors/0/key` as `visitors[0].key`.
fn dotted(pointer: &str) -> String {
    let mut path = String::new();
    for step in pointer.split('/').skip(1) {
        match step.parse::<usize>() {
            Ok(index) => path = format!("{path}[{index}]"),
            Err(_) if path.is_empty() => path += step,
            Err(_) => path = format!("{path}.{step}"),
        }
    }
    path
}

#[test]
fn a_batch_with_every_field_is_accepted() {
    let collector = Collector::start().expect("it starts");
    assert_eq!(Peer::to(&collector).posted(&full().to_string()).status, 204);
    let stats = collector.stats();
    assert_eq!((stats.impressions, stats.conversions), (1, 1));
}

#[test]
fn each_broken_field_is_named() {
    let collector = Collector::start().expect("it starts");
    let mut peer = Peer::to(&collector);
    let cases = broken();
    for (place, field, value) in &cases {
        let mut payload = full();
        let object =
            payload.pointer_mut(place).and_then(Value::as_object_mut).expect("a place in the payload");
        match value {
            Some(value) => object.insert((*field).to_owned(), value.clone()),
            None => Some(object.remove(*field).expect("a field of the payload")),
        };
        let answer = peer.posted(&payload.to_string());
        let path = dotted(&format!("{place}/{field}"));
        assert_eq!(
            (answer.status, &answer.json()["path"]),
            (400, &json!(path)),
            "{value:?}: {}",
            answer.body
        );
        assert!(answer.json()["error"].as_str().expect("a text").contains("expected"), "{}", answer.body);
    }
    let stats = collector.stats();
    assert_eq!(
        (stats.malformed_posts, stats.posts, stats.events),
        (cases.len() as u64, cases.len() as u64, 0)
    );
}

#[test]
fn empty_ids_of_an_impression_without_a_rule_are_accepted() {
    let mut payload = full();
    for (place, value) in
        [("campaign_id", json!("")), ("experiment_id", json!("")), ("variation_id", json!(null))]
    {
        payload.pointer_mut(DECISION).expect("a decision")[place] = value;
    }
    payload.pointer_mut(IMPRESSION).expect("an event")["entity_id"] = json!("");
    let collector = Collector::start().expect("it starts");
    assert_eq!(Peer::to(&collector).posted(&payload.to_string()).status, 204);
}

#[test]
fn numbers_beyond_a_double_two_decisions_and_texts_that_are_no_json_are_refused() {
    let collector = Collector::start().expect("it starts");
    let mut peer = Peer::to(&collector);
    let text = full().to_string();
    let decisions = "visitors[1].snapshots[0].decisions";
    let mut two = full();
    let decision = two.pointer(DECISION).expect("a decision").clone();
    two["visitors"][1]["snapshots"][0]["decisions"] = json!([decision.clone(), decision]);
    for (body, path) in [
        (text.replace("-1.5", "1e400"), "visitors[0].snapshots[0].events[0].value"),
        (text.replace("\"A-7\"", "1e400"), "visitors[0].snapshots[0].events[0].tags.sku"),
        (text.replace("41.5", "-1e400"), "visitors[0].attributes[1].value"),
        (text.replace(&i64::MIN.to_string(), "4.0"), "visitors[0].snapshots[0].events[0].revenue"),
        (two.to_string(), decisions),
        (text.replace("\"revision\"", "\"account_id\""), ""),
        (text.replace("-1.5", "NaN"), ""),
        (text[1..].to_owned(), ""),
        (text[..text.len() - 1].to_owned(), ""),
        (String::new(), ""),
        ("[]".to_owned(), ""),
        ("[".repeat(100_000), ""),
    ] {
        let answer = peer.posted(&body);
        assert_eq!((answer.status, &answer.json()["path"]), (400, &json!(path)), "{}", answer.body);
    }
}
