//! An event out of any texts and numbers: what is written is JSON that says what the caller said. And any bytes as a
//! stored event: JSON or nothing.
#![no_main]

mod shared;

use libfuzzer_sys::fuzz_target;
use opttrack::client::Tags;
use opttrack::fuzzing::{Body, Project, Stamp, conversion, key, parse, write_event};
use opttrack::user::User;
use opttrack_fuzz::json::{self, Json};
use opttrack_fuzz::{Given, Silent, Source};
use shared::grow::quoted;

const BOUND: u64 = 1 << 53;

/// The JSON of a stored event; none if it is none.
fn render(body: &[u8], stamp: Stamp) -> Option<String> {
    let mut out = b"before".to_vec();
    let written = write_event(&mut out, stamp, body);
    let out = String::from_utf8(out).expect("an event is UTF-8");
    let event = out.strip_prefix("before").expect("what stood there stays");
    assert_eq!(written.is_some(), !event.is_empty(), "all or nothing");
    written.map(|()| event.to_owned())
}

/// Does the JSON say what was given?
fn says(json: Option<&Json<'_>>, given: Given<'_>) -> bool {
    match (json, given) {
        (Some(Json::Bool(boolean)), Given::Bool(given)) => *boolean == given,
        (Some(Json::Text(text)), Given::Text(given)) => text.said.as_deref() == Some(given),
        (Some(Json::Number(number)), Given::Int(given)) => number.parse() == Ok(given),
        (Some(Json::Number(number)), Given::Double(given)) => {
            number.parse::<f64>().is_ok_and(|found| found == given)
        }
        _ => false,
    }
}

/// May an attribute of this value travel?
fn is_attribute(value: Given<'_>) -> bool {
    match value {
        Given::Null => false,
        Given::Bool(_) | Given::Text(_) => true,
        Given::Int(integer) => integer.unsigned_abs() <= BOUND,
        Given::Double(number) => number.abs() <= BOUND as f64,
    }
}

fn is_tag(value: Given<'_>) -> bool {
    !matches!(value, Given::Null) && !matches!(value, Given::Double(number) if !number.is_finite())
}

/// The last value of each key.
fn last<'a>(given: &[(&'a str, Given<'a>)]) -> Vec<(&'a str, Given<'a>)> {
    let is_last = |at: usize| given[at + 1..].iter().all(|(later, _)| *later != given[at].0);
    (0..given.len()).filter(|at| is_last(*at)).map(|at| given[at]).collect()
}

fn check_attributes(
    visitor: &Json<'_>,
    project: &Project,
    attributes: &[(&str, Given<'_>)],
    is_bot: Option<bool>,
) {
    let mut expected: Vec<(String, &str, Given<'_>)> = Vec::new();
    for (key, value) in attributes.iter().filter(|(_, value)| is_attribute(*value)) {
        let is_ours = *key == "$opt_bot_filtering" && is_bot.is_some();
        let id = project.attribute_id(key).or(Some(*key).filter(|key| key.starts_with("$opt_")));
        if let Some(id) = id.filter(|_| !is_ours) {
            expected.push((id.to_owned(), key, *value));
        }
    }
    if let Some(is_bot) = is_bot {
        expected.push(("$opt_bot_filtering".to_owned(), "$opt_bot_filtering", Given::Bool(is_bot)));
    }
    let found = visitor.get("attributes").and_then(Json::list).expect("attributes");
    assert_eq!(found.len(), expected.len(), "{found:?} for {expected:?}");
    // A user keeps the place of an attribute that is set again, so only the set is compared.
    for (id, key, value) in expected {
        let attribute = found.iter().find(|one| one.get("key").and_then(Json::text) == Some(key));
        let attribute = attribute.unwrap_or_else(|| panic!("{key:?} is not in {found:?}"));
        assert_eq!(attribute.get("entity_id").and_then(Json::text), Some(&*id));
        assert_eq!(attribute.get("type").and_then(Json::text), Some("custom"));
        assert!(says(attribute.get("value"), value), "{attribute:?} for {value:?}");
    }
}

fn check_metrics(event: &Json<'_>, tags: &[(&str, Given<'_>)]) {
    let tag = |name| tags.iter().find(|(key, _)| *key == name).map_or(Given::Null, |(_, value)| *value);
    let revenue = match tag("revenue") {
        Given::Int(integer) => Some(i128::from(integer)),
        // Beyond 64 bits there is none; a double this large is whole.
        Given::Double(number) if number.is_finite() => Some(number.trunc() as i128),
        _ => None,
    };
    let revenue = revenue.and_then(|cents| i64::try_from(cents).ok());
    let found =
        event.get("revenue").map(|number| number.number().expect("a number").parse::<i64>().expect("whole"));
    assert_eq!(found, revenue, "revenue of {tags:?}");
    let value = match tag("value") {
        Given::Int(integer) => Some(integer as f64),
        Given::Double(number) => Some(number).filter(|number| number.is_finite()),
        // Which texts are numbers is for the library's own tests; here only that a finite one comes of it.
        Given::Text(_) => {
            let found = event.get("value").map(|number| number.number().expect("a number").parse::<f64>());
            assert!(found.is_none_or(|number| number.is_ok_and(f64::is_finite)));
            return;
        }
        _ => None,
    };
    let found =
        event.get("value").map(|number| number.number().expect("a number").parse::<f64>().expect("a number"));
    assert_eq!(found, value, "value of {tags:?}");
}

fuzz_target!(|data: &[u8]| {
    let mut source = Source::new(data);
    let stamp = Stamp { uuid: [source.byte(); 16], time_ms: source.i64() };
    if source.below(4) == 0 {
        let stored = source.rest();
        if let Some(event) = render(stored, stamp) {
            assert!(json::read(&event, 16).is_some() && key(stored).is_some(), "{event}");
        }
        return;
    }

    let bot = source.pick(&["", "\"botFiltering\":true,", "\"botFiltering\":false,"]);
    let is_bot = (!bot.is_empty()).then(|| bot.contains("true"));
    let (id, event_key) = (source.text(), source.text());
    let text = format!(
        r#"{{"version":"4",{bot}"attributes":[{{"id":"1","key":"plan"}},{{"id":"é\"2","key":"$opt_x"}},{{"id":"3","key":"$opt_bot_filtering"}}],
        "events":[{{"id":"9","key":{}}}]}}"#,
        quoted(event_key)
    );
    let project = parse(text, 1).expect("a datafile").project;
    let mut user = User::new(id);
    let mut attributes: Vec<(&str, Given<'_>)> = Vec::new();
    for _ in 0..source.below(6) {
        let own = source.text();
        let key = source.pick(&["plan", "$opt_x", "$opt_bot_filtering", "$opt_user_agent", "unknown", own]);
        let value = source.value();
        user.set_attribute(key, value.value());
        attributes.push((key, value));
    }
    let mut given: Vec<(&str, Given<'_>)> = Vec::new();
    // More than the few that are kept on the stack, and than those whose keys are compared one by one.
    for _ in 0..source.pick(&[0, 1, 3, 9, 40]) {
        let own = source.text();
        given.push((source.pick(&["revenue", "value", "sku", own]), source.value()));
    }
    let mut tags = Tags::new();
    given.iter().for_each(|(key, value)| tags.push(key, value.value()));

    let event = project.event(event_key).expect("an event");
    let mut body = Body::default();
    conversion(&mut body, &project, event, &user, &tags, &mut Silent);
    assert_eq!(key(body.bytes()), Some(event_key));
    for cut in (0..body.bytes().len()).rev().take(9) {
        assert_eq!(render(&body.bytes()[..cut], stamp), None, "cut at {cut}");
    }
    let written = render(body.bytes(), stamp).expect("an event");
    // The second event of a user takes the attributes from the first.
    for _ in 0..2 {
        let mut again = Body::default();
        conversion(&mut again, &project, event, &user, &tags, &mut Silent);
        assert_eq!(again.bytes(), body.bytes());
    }

    let visitor = json::read(&written, 16).unwrap_or_else(|| panic!("no JSON: {written}"));
    assert_eq!(visitor.get("visitor_id").and_then(Json::text), Some(id));
    check_attributes(&visitor, &project, &last(&attributes), is_bot);
    let snapshot = &visitor.get("snapshots").and_then(Json::list).expect("snapshots")[0];
    let event = &snapshot.get("events").and_then(Json::list).expect("events")[0];
    assert_eq!(event.get("key").and_then(Json::text), Some(event_key));
    assert_eq!(event.get("timestamp").and_then(Json::number), Some(&*stamp.time_ms.to_string()));
    check_metrics(event, &last(&given));
    let expected: Vec<_> = last(&given).into_iter().filter(|(_, value)| is_tag(*value)).collect();
    let found = match event.get("tags") {
        Some(Json::Object(members)) => members.clone(),
        None => {
            assert!(given.is_empty(), "tags were given");
            Vec::new()
        }
        Some(other) => panic!("tags are {other:?}"),
    };
    let is_equal = |((name, value), (key, given)): (&(json::Text<'_>, Json<'_>), &(&str, Given<'_>))| {
        name.said.as_deref() == Some(*key) && says(Some(value), *given)
    };
    assert!(
        found.len() == expected.len() && found.iter().zip(&expected).all(is_equal),
        "{found:?} for {expected:?}"
    );
});
