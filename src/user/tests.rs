//! What a user context promises.

use super::*;

#[test]
fn the_last_value_of_a_key_wins_and_keeps_its_place() {
    let mut user = User::new("u");
    user.set_attribute("a", Value::Int(1));
    user.set_attribute("b", Value::Str("x"));
    user.set_attribute("a", Value::Str("é"));
    let all: Vec<_> = user.attributes().collect();
    assert_eq!(all, [("a", Value::Str("é")), ("b", Value::Str("x"))]);
    assert_eq!(user.attribute("c"), Value::Null);
}

#[test]
fn replacing_one_text_for_ever_stays_bounded() {
    let mut user = User::new("visitor");
    user.set_attribute("other", Value::Str("stays"));
    for round in 0..10_000 {
        user.set_attribute("page", Value::Str(&format!("/page/{round}")));
    }
    assert!(user.text.len() < 4096, "{}", user.text.len());
    assert_eq!(user.id(), "visitor");
    assert_eq!(user.attribute("other"), Value::Str("stays"));
    assert_eq!(user.attribute("page"), Value::Str("/page/9999"));
}

#[test]
fn a_bucketing_id_counts_if_it_is_a_text() {
    let mut user = User::new("u");
    assert_eq!(user.bucketing_id(), ("u", false));
    user.set_attribute(BUCKETING_ID, Value::Int(1));
    assert_eq!(user.bucketing_id(), ("u", true));
    user.set_attribute(BUCKETING_ID, Value::Str(""));
    assert_eq!(user.bucketing_id(), ("", false));
}

#[test]
fn encoded_attributes_belong_to_one_project_and_to_the_attributes_they_were_made_of() {
    let mut user = User::new("u");
    assert!(!user.should_keep_encoded(), "not for the first event");
    assert!(user.should_keep_encoded());
    user.keep_encoded(EncodedAttributes { generation: 1, block: Box::new([7]), ignored: 0 });
    assert!(user.encoded(1).is_some());
    assert!(user.encoded(2).is_none());
    user.set_attribute("a", Value::Bool(true));
    assert!(user.encoded(1).is_none());
}

#[test]
fn many_attributes_are_what_few_are() {
    let mut user = User::new("visitor");
    let name = |number: i64| format!("attribute {number}");
    for number in 0..1_000 {
        user.set_attribute(&name(number), Value::Str("first"));
    }
    user.set_attribute(BUCKETING_ID, Value::Str("bucket"));
    for number in 0..1_000 {
        user.set_attribute(&name(number), Value::Int(number));
    }
    let keys: Vec<String> = user.attributes().map(|(key, _)| key.to_owned()).collect();
    let expected: Vec<String> = (0..1_000).map(name).chain([BUCKETING_ID.to_owned()]).collect();
    assert_eq!(keys, expected);
    for number in 0..1_000 {
        assert_eq!(user.attribute(&name(number)), Value::Int(number));
    }
    assert!(!user.has_attribute("other") && user.attribute("other") == Value::Null);
    assert_eq!(user.bucketing_id(), ("bucket", false));
}
