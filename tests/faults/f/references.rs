//! F6: references to nothing: each entity of the shop in turn is taken out, and what names it stays.

use opttrack::client::EventStatus;
use opttrack::user::User;
use opttrack::value::Value;
use opttrack_collector::Collector;
use serde_json::{Value as Json, json};

use super::fixture::{
    BUCKETS, SHOP, client, client_to, client_with_messages, delivered, exercise, flag, track, user, variation,
};
use super::places::Place;
use super::row::Row;

fn shop() -> Json {
    serde_json::from_str(SHOP).expect("the shop is JSON")
}

/// The shop without the entity of that id in a list at a JSON pointer.
fn without(list: &str, id: &str) -> String {
    let mut shop = shop();
    let entities = shop.pointer_mut(list).and_then(Json::as_array_mut).expect("the shop has the list");
    let before = entities.len();
    entities.retain(|entity| entity["id"] != id);
    assert_eq!(entities.len() + 1, before, "{list} has one {id}");
    shop.to_string()
}

#[test]
fn every_id_in_turn() {
    let mut row = Row::new("F6", "each id in turn deleted, or naming nothing: every call still answers");
    let shop = shop();
    for place in Place::all(&shop) {
        let kind = place.kind();
        let names = ["id", "Id", "Ids[]", "includedRules[]", "forcedVariations.anna", "key"];
        if names.iter().any(|name| kind.ends_with(name)) {
            let dangling = place.with(&shop, json!("nothing has this name"));
            for changed in [place.without(&shop), dangling] {
                // An integration without its key is the one thing that is not taken.
                if kind != "integrations[].key" {
                    exercise(&client(&changed.to_string()));
                    row.fire();
                }
            }
        }
    }
    row.done("");
}

#[test]
fn every_entity_in_turn() {
    let mut row = Row::new("F6", "each entity in turn deleted: every call still answers");
    let shop = shop();
    for place in Place::all(&shop) {
        if place.get(&shop).is_object() && !place.is_root() {
            exercise(&client(&place.without(&shop).to_string()));
            row.fire();
        }
    }
    row.done("");
}

#[test]
fn a_variation() {
    let mut row = Row::new(
        "F6",
        "a missing variation: its range and its whitelisted users get none, the others theirs",
    );
    let (client, messages) = client_with_messages(&without("/experiments/0/variations", "702"));
    for (id, bucket) in BUCKETS {
        let expected = (bucket < 5_000).then_some("blue");
        assert_eq!(
            variation(&client, &User::new(id), "checkout_button").as_deref(),
            expected,
            "bucket {bucket}"
        );
        row.fire();
    }
    variation(&client, &User::new("anna"), "checkout_button");
    assert!(messages.contain("whitelist names \"green\""), "the log gives the reason");
    row.done("");
}

#[test]
fn an_audience() {
    let mut row =
        Row::new("F6", "a missing audience is unknown: alone it lets nobody in, beside others they decide");
    let home = user("u", &[("country", Value::Str("DE"))]);
    let cart = user("u", &[("cart_value", Value::Int(51))]);
    let client = client(&without("/audiences", "401"));
    assert_eq!(variation(&client, &home, "free_shipping").as_deref(), Some("from_50"));
    assert_eq!(variation(&client, &cart, "free_shipping"), None);
    row.fire();
    let mut by_ids = shop();
    by_ids["audiences"] = json!([]);
    by_ids["experiments"][1].as_object_mut().expect("an experiment").remove("audienceConditions");
    for user in [&home, &cart] {
        assert_eq!(variation(&super::fixture::client(&by_ids.to_string()), user, "free_shipping"), None);
        row.fire();
    }
    row.done("");
}

#[test]
fn an_experiment() {
    let mut row = Row::new("F6", "a missing experiment: the flag goes on with the next, a warning names it");
    let home = user("berta", &[("country", Value::Str("DE"))]);
    let (client, messages) = client_with_messages(&without("/experiments", "1886780723"));
    assert!(
        messages.contain("flag \"checkout\": there is no experiment \"1886780723\""),
        "the log gives the reason"
    );
    let decision = flag(&client, &home, "checkout");
    assert!(decision.rule_key().is_some_and(|key| key.starts_with("checkout_")), "{decision:?}");
    row.fire();
    // Its group still reserves its share: who falls into it gets nothing there.
    let client = super::fixture::client(&without("/groups/0/experiments", "1886780725"));
    let ppid2 = User::new("ppid2"); // bucket 2434 of the group
    assert_eq!(variation(&client, &ppid2, "banner_image"), None);
    assert_eq!(flag(&client, &ppid2, "banner").variation_key(), None);
    row.fire();
    row.done("");
}

#[test]
fn a_rollout() {
    let mut row = Row::new("F6", "a missing rollout: the flag is off for those outside its experiments");
    let client = client(&without("/rollouts", "902"));
    for (id, _bucket) in BUCKETS {
        let decision = flag(&client, &User::new(id), "wish_list");
        assert_eq!((decision.enabled(), decision.rule_key(), decision.variation_key()), (false, None, None));
        row.fire();
    }
    row.done("");
}

#[test]
fn what_the_wire_shows() {
    let mut row =
        Row::new("F6", "missing layers, attributes and an event's experiments change events as they should");
    let mut shop = shop();
    shop["events"][0]["experimentIds"] = json!(["nothing has this id"]);
    shop["experiments"][0].as_object_mut().expect("an experiment").remove("layerId");
    shop["attributes"].as_array_mut().expect("a list").remove(0);
    let collector = Collector::start().expect("the collector starts");
    let client = client_to(&collector, &shop.to_string());
    let visitor = user("ppid1", &[("country", Value::Str("DE")), ("cart_value", Value::Int(70))]);
    let decision = client.activate(&visitor, "checkout_button").expect("the experiment is there");
    assert_eq!(decision.event_status(), EventStatus::Accepted);
    track(&client, &visitor, "purchase").expect("the event is there");
    let events = delivered(&collector, &client);
    assert_eq!(events.len(), 2);
    let decision = &events[0]["decision"];
    assert_eq!(decision["campaign_id"], "1886780721", "an experiment without a layer is its own: {decision}");
    row.fire();
    assert_eq!((&events[1]["key"], &events[1]["entity_id"]), (&json!("purchase"), &json!("501")));
    row.fire();
    for event in &events {
        let attributes = event["attributes"].as_array().expect("the event has attributes");
        let keys: Vec<_> = attributes.iter().filter_map(|attribute| attribute["key"].as_str()).collect();
        assert_eq!(keys, ["cart_value", "$opt_bot_filtering"], "an attribute the datafile lacks is not sent");
        row.fire();
    }
    row.done("");
}
