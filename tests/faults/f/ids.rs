//! F9: ids that are numbers, huge, empty, or made of odd characters. They are compared as the bytes they are.

use opttrack::error::Status;
use opttrack::user::User;
use opttrack::value::Value;
use opttrack_collector::Collector;
use serde_json::{Value as Json, json};

use super::abi::AbiClient;
use super::fixture::{
    SHOP, answers, client, client_to, delivered, exercise, flag, refusal, track, user, variation,
};
use super::places::Place;
use super::row::Row;
use super::shapes::{self, Shape};

const MIB: usize = 1024 * 1024;

/// A project of one experiment, flag and event, everything in it named by one text.
fn named(name: &str) -> String {
    let variation = json!([{"id": name, "key": name, "featureEnabled": true}]);
    let range = json!([{"entityId": name, "endOfRange": 10_000}]);
    let condition = json!({"type": "custom_attribute", "name": name, "match": "exact", "value": name});
    json!({
        "version": "4", "accountId": "1", "projectId": "1", "revision": "1",
        "attributes": [{"id": name, "key": name}],
        "typedAudiences": [{"id": name, "name": name, "conditions": ["or", condition]}],
        "events": [{"id": name, "key": name, "experimentIds": [name]}],
        "experiments": [{"id": name, "key": name, "layerId": name, "variations": variation,
            "trafficAllocation": range, "audienceIds": [name]}],
        "featureFlags": [{"id": name, "key": name, "experimentIds": [name]}],
    })
    .to_string()
}

fn shop() -> Json {
    serde_json::from_str(SHOP).expect("the shop is JSON")
}

/// The shop with every id of digits written as a number.
fn numbered() -> Json {
    let mut shop = shop();
    for place in Place::all(&shop) {
        let value = place.get(&shop);
        let number = value.as_str().and_then(|text| text.parse::<u64>().ok());
        if let (Shape::Id, Some(number)) = (shapes::of(&place.kind()), number) {
            shop = place.with(&shop, json!(number));
        }
    }
    shop["experiments"][1]["audienceConditions"] = json!(["or", 401, 402]);
    shop
}

#[test]
fn numbers() {
    let mut row = Row::new("F9", "ids written as whole numbers count as their decimal text, on the wire too");
    let numbered = numbered();
    assert_eq!(answers(&client(&numbered.to_string())), answers(&client(SHOP)));
    row.fire();
    let events_of = |datafile: &str| {
        let collector = Collector::start().expect("the collector starts");
        let client = client_to(&collector, datafile);
        let visitor = user("ppid1", &[("country", Value::Str("DE")), ("cart_value", Value::Int(70))]);
        client.activate(&visitor, "checkout_button").expect("the experiment is there");
        track(&client, &visitor, "purchase").expect("the event is there");
        let mut events = delivered(&collector, &client);
        for event in &mut events {
            let fields = event.as_object_mut().expect("an event is an object");
            fields.retain(|key, _| !["uuid", "timestamp"].contains(&key.as_str()));
        }
        events
    };
    assert_eq!(events_of(&numbered.to_string()), events_of(SHOP));
    row.fire();
    row.done("");
}

#[test]
fn large_and_fractional_numbers() {
    let mut row =
        Row::new("F9", "whole numbers of any length are ids, fractions are refused with their place");
    let text = |id: &str, range: &str| {
        format!(
            r#"{{"version":"4","experiments":[{{"id":1,"key":"e","variations":[{{"id":{id},"key":"v"}}],
                "trafficAllocation":[{{"entityId":"{range}","endOfRange":10000}}]}}]}}"#
        )
    };
    for id in [
        "0",
        "-1",
        "9007199254740993",
        "-9223372036854775808",
        "18446744073709551615",
        "18446744073709551616",
    ] {
        let client = client(&text(id, id));
        assert_eq!(variation(&client, &User::new("u"), "e").as_deref(), Some("v"), "{id}");
        row.fire();
    }
    let in_force = client(SHOP);
    for id in ["1.5", "1.0", "1e3", "-0.0", "1e400"] {
        assert_eq!(refusal(&in_force, &text(id, id)).place(), "experiments[0].variations[0].id", "{id}");
        row.fire();
    }
    row.done("");
}

/// Walks a user through everything a name names; answers the events that arrived.
fn lived_through(name: &str) -> Vec<Json> {
    let collector = Collector::start().expect("the collector starts");
    let client = client_to(&collector, &named(name));
    let mut visitor = User::new(name);
    visitor.set_attribute(name, Value::Str(name));
    let decision = client.activate(&visitor, name).expect("the experiment is there");
    assert_eq!(decision.variation_key(), Some(name));
    assert!(flag(&client, &visitor, name).enabled());
    track(&client, &visitor, name).expect("the event is there");
    delivered(&collector, &client)
}

#[test]
fn odd_characters() {
    let mut row =
        Row::new("F9", "NUL, controls, emoji and texts that aren't normalised travel as the bytes they are");
    for name in [
        "a\0b",
        "\0",
        "\u{1}\u{7f}\u{85}",
        "e\u{301}",
        "\u{e9}",
        "😀",
        "\u{ffff}",
        "\u{feff}x",
        "\"\\/",
        " ",
        "a\nb",
    ] {
        let events = lived_through(name);
        assert_eq!(events.len(), 2, "{name:?}");
        let decision = &events[0]["decision"];
        for field in ["campaign_id", "experiment_id"] {
            assert_eq!(decision[field], *name, "{field}");
        }
        // A variation's id goes out only if it is digits; its key always does.
        assert_eq!(
            (&decision["variation_id"], &decision["metadata"]["variation_key"]),
            (&json!(null), &json!(name))
        );
        assert_eq!((&events[1]["key"], &events[1]["entity_id"]), (&json!(name), &json!(name)));
        assert_eq!(events[1]["visitor_id"], *name);
        assert_eq!(events[1]["attributes"][0]["entity_id"], *name);
        row.fire();
    }
    row.done("");
}

#[test]
fn alike_but_not_the_same() {
    let mut row = Row::new("F9", "names that differ in bytes only are two");
    for (one, other) in
        [("é", "e\u{301}"), ("a", "a\0"), ("a", "A"), ("a", "a "), ("ſ", "s"), ("１", "1"), ("", "\u{200b}")]
    {
        let client = client(&named(one));
        let visitor = user("u", &[(one, Value::Str(one))]);
        let impostor = user("u", &[(other, Value::Str(one))]);
        assert!(variation(&client, &visitor, one).is_some());
        assert!(variation(&client, &impostor, one).is_none(), "attribute {other:?} is not {one:?}");
        assert!(variation(&client, &user("u", &[(one, Value::Str(other))]), one).is_none());
        assert_eq!(
            client.activate(&visitor, other).map(drop).map_err(|error| error.status()),
            Err(Status::UnknownExperiment)
        );
        assert_eq!(
            track(&client, &visitor, other).map_err(|error| error.status()),
            Err(Status::UnknownEvent)
        );
        row.fire();
    }
    row.done("");
}

#[test]
fn a_mebibyte() {
    let mut row =
        Row::new("F9", "ids and keys of 1 MiB decide; an event goes out whole or is refused as too large");
    let name = "é".repeat(MIB / 2);
    let client = client(&named(&name));
    let visitor = user("u", &[(&name, Value::Str(&name))]);
    assert_eq!(variation(&client, &visitor, &name).as_deref(), Some(&*name));
    row.fire();
    let error =
        track(&client, &visitor, &name).expect_err("key, id, attribute and its id make more than 3.5 MB");
    assert_eq!((error.status(), client.stats().books.conversions), (Status::TooLarge, 0));
    row.fire();
    let collector = Collector::start().expect("the collector starts");
    let client = client_to(&collector, &named(&name));
    track(&client, &User::new("u"), &name).expect("key and id alone fit");
    let events = delivered(&collector, &client);
    assert_eq!((&events[0]["key"], &events[0]["entity_id"]), (&json!(name), &json!(name)));
    row.fire();
    row.done("");
}

#[test]
fn empty() {
    let mut row = Row::new("F9", "empty ids and keys are names like others");
    let client = client(&named(""));
    let visitor = user("", &[("", Value::Str(""))]);
    assert_eq!(variation(&client, &visitor, "").as_deref(), Some(""));
    track(&client, &visitor, "").expect("the event with the empty key is there");
    row.fire();
    let shop = shop();
    for place in Place::all(&shop) {
        if shapes::of(&place.kind()) == Shape::Id {
            exercise(&super::fixture::client(&place.with(&shop, json!("")).to_string()));
            row.fire();
        }
    }
    row.done("");
}

#[test]
fn lone_surrogates() {
    let mut row =
        Row::new("F9", "a lone surrogate is no text: refused with its place, unknown inside conditions");
    let in_force = client(SHOP);
    for escape in ["\\ud800", "\\udc00", "\\udc00\\ud800", "a\\ud800b", "\\ud800\\n", "\\ud800\\u0041"] {
        let text = format!(r#"{{"version":"4","experiments":[{{"id":"{escape}"}}]}}"#);
        assert_eq!(refusal(&in_force, &text).place(), "experiments[0].id", "{escape}");
        let text = format!(r#"{{"version":"4","events":[{{"key":"{escape}"}}]}}"#);
        assert_eq!(refusal(&in_force, &text).place(), "events[0].key", "{escape}");
        let condition = super::probe::leaf("exact", &format!("\"{escape}\""));
        let visitor = user("u", &[("a", Value::Str("\u{fffd}"))]);
        assert_eq!(super::probe::truth_of(&condition, &visitor), super::probe::Truth::Unknown, "{escape}");
        row.fire();
    }
    row.done("");
}

#[test]
fn bytes_that_are_no_text() {
    let mut row = Row::new("F9", "invalid UTF-8 is refused with the offset of its first bad byte");
    let client = AbiClient::new(SHOP.as_bytes()).expect("the shop is taken");
    let sequences: [&[u8]; 8] = [
        b"\x80",
        b"\xff",
        b"\xc0\xaf",
        b"\xe0\x80\x80",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"\xc3",
        b"\xf0\x9f\x98",
    ];
    for bad in sequences {
        for offset in [0, 1, SHOP.find("1886780721").expect("an id"), SHOP.len() - 1, SHOP.len()] {
            let (before, after) = SHOP.as_bytes().split_at(offset);
            let refused = client.set_datafile(&[before, bad, after].concat()).expect_err("it is not UTF-8");
            assert_eq!(refused.status, Status::InvalidUtf8, "{bad:x?}");
            assert!(
                refused.message.contains(&format!("byte {offset} ")),
                "{bad:x?} at {offset}: {refused:?}"
            );
            row.fire();
        }
    }
    row.done("");
}
