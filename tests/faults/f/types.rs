//! F5: each value of a datafile in turn replaced by null, true, 0, "", [] and {}.

use serde_json::{Value, json};

use super::fixture::{SHOP, answers, client, exercise, refusal};
use super::places::Place;
use super::row::Row;
use super::shapes::{self, Shape};

/// Does a place of that shape take the value? Null is an absent field, and only a field can be absent.
fn is_taken(shape: Shape, value: &Value, is_field: bool) -> bool {
    match (shape, value) {
        (Shape::Anything, _) => true,
        (Shape::Version, _) | (Shape::NeededText, Value::Null) => false,
        (_, Value::Null) => is_field,
        (Shape::Text | Shape::NeededText, value) => value.is_string(),
        (Shape::Id, value) => value.is_string() || value.is_number(),
        (Shape::Bool, value) => value.is_boolean(),
        (Shape::Whole, value) => value.is_number(),
        (Shape::List, value) => value.is_array(),
        (Shape::Object, value) => value.is_object(),
    }
}

/// What an object can't do without.
fn needed_field(place: &Place) -> Option<&'static str> {
    match place.kind().as_str() {
        "" => Some("version"),
        "integrations[]" => Some("key"),
        _ => None,
    }
}

/// Where a refused value is said to be.
fn expected_place(place: &Place, value: &Value) -> String {
    match (place.is_root(), needed_field(place).filter(|_| value.is_object())) {
        (true, Some(field)) => field.to_owned(),
        (true, None) => "datafile".to_owned(),
        (false, Some(field)) => format!("{place}.{field}"),
        (false, None) => place.to_string(),
    }
}

fn shop() -> Value {
    serde_json::from_str(SHOP).expect("the shop is JSON")
}

#[test]
fn a_wrong_value_at_every_place() {
    let mut row = Row::new(
        "F5",
        "null, true, 0, \"\", [], {} at every place: refused with the path, or taken by the rules",
    );
    let shop = shop();
    let in_force = client(SHOP);
    let before = answers(&in_force);
    let (mut places, mut taken) = (0, 0);
    for place in Place::all(&shop) {
        places += 1;
        for value in [json!(null), json!(true), json!(0), json!(""), json!([]), json!({})] {
            let text = place.with(&shop, value.clone()).to_string();
            let shape = shapes::of(&place.kind());
            if is_taken(shape, &value, place.is_field())
                && !(value.is_object() && needed_field(&place).is_some())
            {
                let changed = client(&text);
                exercise(&changed);
                taken += 1;
            } else {
                let error = refusal(&in_force, &text);
                assert_eq!(error.place(), expected_place(&place, &value), "{value} for {shape:?}: {error}");
                let expected = ["expected", "supported", "needs one"];
                let says_type = expected.iter().any(|part| error.message().contains(part));
                assert!(says_type, "{value} at {place}: what is expected there? {error}");
                assert_eq!(answers(&in_force), before, "{value} at {place}");
            }
            row.fire();
        }
    }
    row.done(&format!("{places} places × 6, {taken} taken"));
}

#[test]
fn null_is_absence() {
    let mut row = Row::new("F5", "null for a field answers as the field's absence");
    let shop = shop();
    for place in Place::all(&shop) {
        let shape = shapes::of(&place.kind());
        let can_be_absent = place.is_field() && !matches!(shape, Shape::Version | Shape::NeededText);
        // Inside a condition null is a value.
        let is_condition = ["onditions[", "onditions."].iter().any(|inside| place.kind().contains(inside));
        if can_be_absent && !is_condition {
            let null = client(&place.with(&shop, Value::Null).to_string());
            let absent = client(&place.without(&shop).to_string());
            assert_eq!(answers(&null), answers(&absent), "{place}");
            row.fire();
        }
    }
    row.done("");
}

#[test]
fn unread_fields_change_nothing() {
    let mut row = Row::new("F5", "an unknown field of any type at any level changes nothing");
    let shop = shop();
    let before = answers(&client(SHOP));
    for place in Place::all(&shop) {
        let Value::Object(fields) = place.get(&shop) else { continue };
        // What a whitelist holds are users, so that there is no unknown field in it.
        if place.kind().ends_with("forcedVariations") {
            continue;
        }
        for value in
            [json!(null), json!(true), json!(-1.5), json!("x"), json!([[{}]]), json!({"id": 1, "key": []})]
        {
            let mut fields = fields.clone();
            fields.insert("soughtInVain".to_owned(), value);
            let changed = client(&place.with(&shop, Value::Object(fields)).to_string());
            assert_eq!(answers(&changed), before, "{place}");
            row.fire();
        }
    }
    row.done("");
}
