//! What events promise: the record says what the JSON says, and the JSON says what the caller said.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;
use crate::datafile::{self, Project};
use crate::decision::{Decision, Source};
use crate::user::User;
use crate::value::Value;

#[derive(Default)]
struct Notes {
    ignored: Vec<String>,
    refused: Vec<String>,
}

impl Trace for Notes {
    fn ignored(&mut self, part: Part, key: &str) {
        self.ignored.push(format!("{part:?} {key}"));
    }

    fn metric_refused(&mut self, name: &str) {
        self.refused.push(name.to_owned());
    }
}

fn project(extra: &str) -> Project {
    let text = format!(
        r#"{{"version":"4","accountId":"12001","projectId":"111001","revision":"42",{extra}
        "attributes":[{{"id":"111094","key":"plan"}},{{"id":"111095","key":"$opt_custom"}}],
        "events":[{{"id":"9001","key":"purchase"}}],
        "experiments":[{{"id":"7","key":"exp","layerId":"70","variations":[{{"id":"77","key":"on","featureEnabled":true}},
            {{"id":"x8","key":"odd"}}]}},{{"id":"8","key":"bare","variations":[{{"id":"1","key":"v"}}]}}]}}"#
    );
    datafile::parse(text, 1).expect("a datafile").project
}

fn render(body: &Body) -> Json {
    let stamp = Stamp { uuid: [0xab; 16], time_ms: 1_700_000_000_123 };
    let mut out = b"before".to_vec();
    write_event(&mut out, stamp, body.bytes()).expect("a body");
    assert!(
        out.len() - 6 <= most_bytes(body.bytes()),
        "{} bytes, said {}",
        out.len(),
        most_bytes(body.bytes())
    );
    for cut in 0..body.bytes().len() {
        let mut kept = b"before".to_vec();
        assert!(write_event(&mut kept, stamp, &body.bytes()[..cut]).is_none(), "cut at {cut}");
        assert_eq!(kept, b"before");
    }
    serde_json::from_slice(&out[6..]).expect("JSON")
}

fn track(project: &Project, user: &User, tags: &Tags<'_>) -> (Json, Notes, u32) {
    let (mut body, mut notes) = (Body::default(), Notes::default());
    let event = project.event("purchase").expect("an event");
    let ignored = conversion(&mut body, project, event, user, tags, &mut notes);
    (render(&body), notes, ignored)
}

fn tags<'a>(pairs: &[(&'a str, Value<'a>)]) -> Tags<'a> {
    let mut tags = Tags::new();
    for (key, value) in pairs {
        tags.push(key, *value);
    }
    tags
}

#[test]
fn a_conversion_on_the_wire() {
    let project = project(r#""botFiltering":false,"#);
    let mut user = User::new("user-1");
    user.set_attribute("plan", Value::Str("gold \"\\\n\u{1}é"));
    user.set_attribute("unknown", Value::Int(1));
    user.set_attribute("$opt_user_agent", Value::Str("agent"));
    user.set_attribute("$opt_bot_filtering", Value::Bool(true));
    user.set_attribute("$opt_custom", Value::Double(1.5));
    let given = tags(&[
        ("revenue", Value::Int(4200)),
        ("value", Value::Double(1.5)),
        ("sku", Value::Str("A-7")),
        ("gift", Value::Bool(true)),
        ("exact", Value::Int(i64::MIN)),
    ]);
    let (json, notes, ignored) = track(&project, &user, &given);
    let uuid = "abababab-abab-abab-abab-abababababab";
    let attribute =
        |id: &str, key: &str, value: Json| json!({"entity_id":id,"key":key,"type":"custom","value":value});
    assert_eq!(
        json,
        json!({"visitor_id":"user-1","attributes":[
            attribute("111094", "plan", json!("gold \"\\\n\u{1}é")),
            attribute("$opt_user_agent", "$opt_user_agent", json!("agent")),
            attribute("111095", "$opt_custom", json!(1.5)),
            attribute("$opt_bot_filtering", "$opt_bot_filtering", json!(false)),
        ],"snapshots":[{"events":[{"entity_id":"9001","key":"purchase","timestamp":1_700_000_000_123_i64,"uuid":uuid,
            "revenue":4200,"value":1.5,
            "tags":{"revenue":4200,"value":1.5,"sku":"A-7","gift":true,"exact":i64::MIN}}]}]})
    );
    assert_eq!((ignored, notes.ignored.len(), notes.refused.len()), (0, 0, 0));
}

#[test]
fn metrics_are_taken_from_what_is_a_number() {
    let project = project("");
    let cents = |value| track(&project, &User::new("u"), &tags(&[("revenue", value)])).0;
    let number = |value| track(&project, &User::new("u"), &tags(&[("value", value)])).0;
    let event = |json: &Json, name: &str| json["snapshots"][0]["events"][0].get(name).cloned();
    for (value, expected) in [
        (Value::Int(0), Some(json!(0))),
        (Value::Int(i64::MAX), Some(json!(i64::MAX))),
        (Value::Double(4.9), Some(json!(4))),
        (Value::Double(-4.9), Some(json!(-4))),
        (Value::Double(9.3e18), None),
        (Value::Double(-9_223_372_036_854_775_808.0), Some(json!(i64::MIN))),
        (Value::Str("12"), None),
        (Value::Bool(true), None),
    ] {
        assert_eq!(event(&cents(value), "revenue"), expected, "{value:?}");
    }
    for (value, expected) in [
        (Value::Int(3), Some(json!(3))),
        (Value::Double(4.0), Some(json!(4))),
        (Value::Double(1e300), Some(json!(1e300))),
        (Value::Str(" 1e3 "), Some(json!(1000))),
        (Value::Str("12abc"), None),
        (Value::Bool(false), None),
    ] {
        assert_eq!(event(&number(value), "value"), expected, "{value:?}");
    }
}

#[test]
fn what_json_lacks_is_left_out_by_name_and_the_event_kept() {
    let project = project("");
    let mut user = User::new("u");
    user.set_attribute("plan", Value::Double(f64::NAN));
    user.set_attribute("$opt_x", Value::Int(1 << 60));
    user.set_attribute("none", Value::Null);
    let given = tags(&[
        ("a", Value::Null),
        ("revenue", Value::Double(f64::INFINITY)),
        ("value", Value::Double(f64::NAN)),
    ]);
    let (json, notes, ignored) = track(&project, &user, &given);
    assert_eq!(ignored, 5);
    let expected = ["Attribute plan", "Attribute $opt_x", "Tag a", "Tag revenue", "Tag value"];
    assert_eq!(notes.ignored, expected);
    assert_eq!(notes.refused, ["revenue", "value"]);
    let event = &json["snapshots"][0]["events"][0];
    assert_eq!(event["tags"], json!({}), "tags that were given and dropped leave an object");
    assert_eq!((event.get("revenue"), event.get("value")), (None, None));
    assert_eq!(json["attributes"], json!([]));
    let (json, ..) = track(&project, &user, &Tags::new());
    assert_eq!(json["snapshots"][0]["events"][0].get("tags"), None, "no tags, no object");
}

#[test]
fn the_last_tag_of_a_key_wins_also_among_many() {
    let project = project("");
    for count in [2_usize, 9, 40] {
        let keys: Vec<String> = (0..count).map(|number| format!("k{}", number % (count - 1))).collect();
        let mut given = Tags::new();
        for (number, key) in (0..).zip(&keys) {
            given.push(key, Value::Int(number));
        }
        let (json, ..) = track(&project, &User::new("u"), &given);
        let sent = json["snapshots"][0]["events"][0]["tags"].as_object().expect("tags").clone();
        assert_eq!(sent.len(), count - 1);
        assert_eq!(sent["k0"], json!(count - 1));
    }
}

#[test]
fn an_impression_on_the_wire() {
    let project = project("");
    let make_of = |decision: &Decision<'_>, asked: Asked<'_>| {
        let (mut body, mut notes) = (Body::default(), Notes::default());
        impression(&mut body, &project, decision, asked, &User::new("u"), &mut notes);
        render(&body)["snapshots"][0].clone()
    };
    let make =
        |decision: &Decision<'_>, flag_key: &str| make_of(decision, Asked { flag_key, cmab_uuid: None });
    let rule = project.experiment("exp").expect("an experiment");
    let hit = |index: usize, source| Decision {
        rule: Some(rule),
        variation: Some(&rule.variations[index]),
        ..Decision::none(source)
    };
    let decision = |snapshot: &Json| snapshot["decisions"][0].clone();

    let snapshot = make(&hit(0, Source::FeatureTest), "flag");
    assert_eq!(
        decision(&snapshot),
        json!({"campaign_id":"70","experiment_id":"7","variation_id":"77","metadata":{"flag_key":"flag",
            "rule_key":"exp","rule_type":"feature-test","variation_key":"on","enabled":true}})
    );
    assert_eq!(snapshot["events"][0]["entity_id"], "70");
    assert_eq!(snapshot["events"][0]["key"], "campaign_activated");

    let odd = decision(&make(&hit(1, Source::Experiment), ""));
    assert_eq!(odd["variation_id"], Json::Null, "an id that is not of digits");
    assert_eq!(odd["metadata"]["enabled"], true, "activate always says enabled");
    let bare = project.experiment("bare").expect("an experiment");
    let without_layer = Decision {
        rule: Some(bare),
        variation: Some(&bare.variations[0]),
        ..Decision::none(Source::Experiment)
    };
    assert_eq!(decision(&make(&without_layer, ""))["campaign_id"], "8");

    let predicted = Asked { flag_key: "flag", cmab_uuid: Some("uuid") };
    let predicted = decision(&make_of(&hit(0, Source::FeatureTest), predicted));
    assert_eq!(predicted["metadata"]["cmab_uuid"], "uuid");

    let forced = Decision { rule: None, ..hit(0, Source::FeatureTest) };
    assert_eq!(
        decision(&make(&forced, "flag")),
        json!({"campaign_id":"","experiment_id":"","variation_id":"77","metadata":{"flag_key":"flag","rule_key":"",
            "rule_type":"feature-test","variation_key":"on","enabled":true}}),
        "a forced decision of the flag itself has no rule"
    );

    let nothing = make(&Decision::none(Source::Rollout), "flag");
    assert_eq!(
        decision(&nothing),
        json!({"campaign_id":"","experiment_id":"","variation_id":null,"metadata":{"flag_key":"flag","rule_key":"",
            "rule_type":"rollout","variation_key":"","enabled":false}})
    );
    assert_eq!(nothing["events"][0]["entity_id"], "");
}

#[test]
fn attributes_encoded_once_read_the_same() {
    let project = project("");
    let mut user = User::new("u");
    user.set_attribute("plan", Value::Str("gold"));
    let first = track(&project, &user, &Tags::new()).0;
    assert!(user.encoded(1).is_none(), "one event is not worth a copy");
    let second = track(&project, &user, &Tags::new()).0;
    assert!(user.encoded(1).is_some());
    let third = track(&project, &user, &Tags::new()).0;
    assert_eq!((&first, &second), (&second, &third));
}

/// A conversion as the wire has it.
const VISITOR: &str = r#"{"visitor_id":"v \u00e9","attributes":[],"snapshots":[{"events":[{"entity_id":"9001","key":"purchase",
    "timestamp":1700000000123,"uuid":"ABABABAB-abab-abab-abab-abababababab","quantity":1.0}]}]}"#;

#[test]
fn the_most_that_an_event_takes_is_known_before_it_is_written() {
    let project = project("");
    let escaped = "\u{1}".repeat(2000);
    let mut user = User::new(&escaped);
    for plan in ["$opt_custom", "plan"] {
        user.set_attribute(plan, Value::Bool(false));
    }
    let mut tags = Tags::new();
    let keys: Vec<String> = (0..300).map(|number| number.to_string()).collect();
    for key in &keys {
        tags.push(key, Value::Int(i64::MIN));
    }
    tags.push(&escaped, Value::Str(&escaped));
    // What is rendered is measured there.
    let (json, ..) = track(&project, &user, &tags);
    assert_eq!(json["visitor_id"], escaped);
}

#[test]
fn a_raw_event_goes_on_the_wire_byte_for_byte() {
    let mut body = Body::default();
    let (stamp, sort) = raw(&mut body, VISITOR).expect("an event");
    assert_eq!((stamp, sort), (Stamp { uuid: [0xab; 16], time_ms: 1_700_000_000_123 }, Sort::Conversion));
    assert_eq!(render(&body)["visitor_id"], "v é");
    let mut out = Vec::new();
    write_event(&mut out, stamp, body.bytes()).expect("a body");
    assert_eq!(out, VISITOR.as_bytes());
    let expected = Outline { sort, visitor_id: "v é", key: "purchase" };
    assert_eq!(outline(body.bytes()), Some(expected));
}

#[test]
fn what_was_rendered_is_raw_and_has_the_same_outline() {
    let project = project("");
    let rule = project.experiment("exp").expect("an experiment");
    let decision = Decision {
        rule: Some(rule),
        variation: Some(&rule.variations[0]),
        ..Decision::none(Source::FeatureTest)
    };
    let asked = Asked { flag_key: "flag", cmab_uuid: None };
    let (mut impression_body, mut conversion_body) = (Body::default(), Body::default());
    impression(&mut impression_body, &project, &decision, asked, &User::new("u"), &mut Notes::default());
    let event = project.event("purchase").expect("an event");
    conversion(&mut conversion_body, &project, event, &User::new("u"), &Tags::new(), &mut Notes::default());
    for (body, sort, key) in
        [(impression_body, Sort::Impression, "exp"), (conversion_body, Sort::Conversion, "purchase")]
    {
        let stamp = Stamp { uuid: [7; 16], time_ms: 5 };
        let mut visitor = Vec::new();
        write_event(&mut visitor, stamp, body.bytes()).expect("a body");
        let mut again = Body::default();
        let made = raw(&mut again, std::str::from_utf8(&visitor).expect("UTF-8")).expect("an event");
        assert_eq!(made, (stamp, sort));
        let expected = Some(Outline { sort, visitor_id: "u", key });
        assert_eq!((outline(body.bytes()), outline(again.bytes())), (expected, expected));
    }
}

#[test]
fn what_is_no_single_event_is_not_taken_as_raw() {
    let event = r#"{"entity_id":"9001","key":"purchase","timestamp":1700000000123,"uuid":"abababab-abab-abab-abab-abababababab"}"#;
    let visitor = |events: &str| {
        format!(r#"{{"visitor_id":"v","attributes":[],"snapshots":[{{"events":[{events}]}}]}}"#)
    };
    assert!(raw(&mut Body::default(), &visitor(event)).is_ok());
    for (text, place) in [
        (String::new(), "visitor"),
        ("[]".into(), "visitor_id"),
        (visitor(event).replace("\"v\"", "1"), "visitor_id"),
        (visitor(event).replace("snapshots", "snaps"), "snapshots"),
        (visitor(""), "events"),
        (visitor(&format!("{event},{event}")), "events"),
        (visitor(&event.replace("abab-", "")), "uuid"),
        (visitor(&event.replace("uuid", "id")), "uuid"),
        (visitor(&event.replace("1700000000123", "1.5")), "timestamp"),
        (visitor(&event.replace("\"key\"", "\"name\"")), "key"),
        (visitor(event) + "x", "visitor"),
    ] {
        let mut body = Body::default();
        let error = raw(&mut body, &text).expect_err(&text);
        assert_eq!((error.place(), body.bytes()), (place, &[][..]), "{text}");
    }
}

#[test]
fn the_region_chooses_the_endpoint() {
    for (region, expected) in [
        ("", "https://logx.optimizely.com/v1/events"),
        (r#""region":"US","#, "https://logx.optimizely.com/v1/events"),
        (r#""region":"eu","#, "https://eu.logx.optimizely.com/v1/events"),
        (r#""region":"XX","#, "https://logx.optimizely.com/v1/events"),
    ] {
        assert_eq!(endpoint(&project(region)), expected, "{region}");
    }
}

#[test]
fn a_batch_has_its_identity_and_its_visitors() {
    let mut out = opening(&project(r#""anonymizeIP":true,"#), "c\"", "1");
    out.extend_from_slice(closing(&out.clone()));
    let json: Json = serde_json::from_slice(&out).expect("JSON");
    assert_eq!(
        json,
        json!({"account_id":"12001","project_id":"111001","revision":"42","client_name":"c\"","client_version":"1",
            "anonymize_ip":true,"enrich_decisions":true,"visitors":[]})
    );
}

proptest! {
    /// Encode, render and parse is the identity on what may be sent.
    #[test]
    fn tags_come_out_as_they_went_in(
        texts in proptest::collection::vec((".*", ".*"), 0..12),
        integer in any::<i64>(),
        number in any::<f64>(),
        id in ".*",
    ) {
        let project = project("");
        let mut given = Tags::new();
        let mut expected = serde_json::Map::new();
        for (key, text) in &texts {
            given.push(key, Value::Str(text));
            expected.insert(key.clone(), json!(text));
        }
        given.push("integer", Value::Int(integer));
        expected.insert("integer".into(), json!(integer));
        given.push("number", Value::Double(number));
        expected.remove("number");
        if number.is_finite() {
            expected.insert("number".into(), json!(number));
        }
        let (json, ..) = track(&project, &User::new(&id), &given);
        prop_assert_eq!(json["visitor_id"].as_str(), Some(id.as_str()));
        let sent = json["snapshots"][0]["events"][0]["tags"].as_object().expect("tags").clone();
        prop_assert_eq!(sent.len(), expected.len());
        for (key, value) in expected {
            // This reader rounds doubles its own way; the next property looks at their text.
            prop_assert!(key == "number" || sent[&key] == value, "{key}: {} for {value}", sent[&key]);
        }
    }

    /// A double's text is the double, and is a number of JSON.
    #[test]
    fn doubles_come_out_as_they_went_in(number in any::<f64>().prop_filter("JSON has it", |number| number.is_finite())) {
        let mut out = Vec::new();
        crate::json::double(&mut out, number);
        let text = String::from_utf8(out).expect("ASCII");
        prop_assert_eq!(text.parse::<f64>(), Ok(number));
        prop_assert!(serde_json::from_str::<Json>(&text).is_ok(), "{}", text);
    }
}
