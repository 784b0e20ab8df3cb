//! The Data Platform with a transport that the test holds in its hands.

use serde_json::{Value as Json, json};

use super::super::{Client, ClientOptions, LogLevel, OdpEvent, PulledRequest};
use super::{IGNORE_CACHE, RESET_CACHE};
use crate::error::Status;
use crate::event::Tags;
use crate::user::User;
use crate::value::Value;

fn datafile(key: &str, segments: &str) -> String {
    format!(
        r#"{{"version":"4","accountId":"1","projectId":"1","revision":"{key}{}","events":[{{"id":"9","key":"bought"}}],
        "integrations":[{{"key":"other"}},{{"key":"odp","host":"https://odp.example.com","publicKey":"{key}"}}],
        "typedAudiences":[{{"id":"a","name":"a","conditions":["or",{segments}]}}]}}"#,
        segments.len()
    )
}

fn segment(name: &str) -> String {
    format!(
        r#"{{"name":"odp.audiences","type":"third_party_dimension","match":"qualified","value":"{name}"}}"#
    )
}

fn client(text: &str) -> Client {
    Client::new(ClientOptions {
        datafile: Some(text.into()),
        is_pulled: true,
        manual_clock_ms: Some(7),
        log_level: LogLevel::Off,
        client_name: "name".to_owned(),
        client_version: "1.2".to_owned(),
        ..ClientOptions::default()
    })
    .expect("a client")
}

/// Fetches with an answer for each request that is made.
fn fetch(
    client: &Client,
    user: &mut User,
    options: u32,
    answers: &[(u32, &str)],
) -> (Result<(), Status>, Vec<PulledRequest>) {
    std::thread::scope(|scope| {
        let fetching = scope.spawn(move || client.fetch_qualified_segments(user, options, 10_000));
        let mut requests = Vec::new();
        for (status, body) in answers {
            let request = client.next_request(10_000).expect("a request");
            client.complete(request.id, *status, &[], body.as_bytes()).expect("taken");
            requests.push(request);
        }
        (fetching.join().expect("no panic").map_err(|error| error.status()), requests)
    })
}

const QUALIFIED: &str =
    r#"{"data":{"customer":{"audiences":{"edges":[{"node":{"name":"one","state":"qualified"}}]}}}}"#;

#[test]
fn segments_are_fetched_once_and_then_come_from_the_cache() {
    let both = format!("{},{},{}", segment("one"), segment("two"), segment("one"));
    let client = client(&datafile("key", &both));
    let mut user = User::new("visitor");
    let (result, requests) = fetch(&client, &mut user, 0, &[(200, QUALIFIED)]);
    assert_eq!(result, Ok(()));
    assert_eq!(&*requests[0].url, "https://odp.example.com/v3/graphql");
    assert_eq!(requests[0].headers, [("x-api-key", "key".into())]);
    let body: Json = serde_json::from_slice(&requests[0].body).expect("JSON");
    assert_eq!(body["variables"], json!({"userId":"visitor","audiences":["one","two"]}));
    assert!(user.is_qualified("one") && !user.is_qualified("two"));

    let mut again = User::new("visitor");
    assert_eq!(fetch(&client, &mut again, 0, &[]).0, Ok(()), "from the cache");
    assert!(again.is_qualified("one"));
    for options in [IGNORE_CACHE, RESET_CACHE] {
        assert_eq!(fetch(&client, &mut again, options, &[(200, QUALIFIED)]).0, Ok(()));
    }
    // Another platform forgets what the former one said.
    client.set_datafile(&datafile("other", &both)).expect("a datafile");
    assert_eq!(fetch(&client, &mut again, 0, &[(503, "")]).0, Err(Status::Network));
    assert_eq!(again.qualified_segments(), None);
    assert_eq!(fetch(&client, &mut again, 4, &[]).0, Err(Status::InvalidArgument));
}

#[test]
fn without_a_platform_or_segments_nothing_is_asked() {
    let client = client(&datafile("", &segment("one")));
    let mut user = User::new("visitor");
    assert_eq!(fetch(&client, &mut user, 0, &[]).0, Err(Status::NotSupported));
    let event = OdpEvent { kind: "", action: "a", identifiers: &[("vuid", "v")], data: &[] };
    assert_eq!(client.send_odp_event(&event).map_err(|error| error.status()), Err(Status::NotSupported));
    client
        .set_datafile(&datafile("key", r#"{"name":"x","match":"exists","type":"custom_attribute"}"#))
        .expect("good");
    assert_eq!(fetch(&client, &mut user, 0, &[]).0, Ok(()));
    assert_eq!(user.qualified_segments().map(<[_]>::len), Some(0));
}

#[test]
fn events_go_to_the_platform_in_batches_of_ten_with_the_key_they_were_recorded_under() {
    let client = client(&datafile("first", &segment("one")));
    for number in 0..12 {
        let data = [("number", Value::Int(number))];
        let event = OdpEvent { kind: "t", action: "a", identifiers: &[("fs-user-id", "u")], data: &data };
        client.send_odp_event(&event).expect("recorded");
    }
    client.track(&User::new("u"), "bought", &Tags::default()).expect("recorded");
    client.set_datafile(&datafile("second", &segment("one"))).expect("a datafile");
    client.identify("u", "vuid_1").expect("recorded");
    client.identify("u", "").expect("nothing to tell");
    assert_eq!(client.stats().books.platform, 13);
    client.set_clock(7, 5_000).expect("a manual clock");

    let mut posts = Vec::new();
    while let Ok(request) = client.next_request(0) {
        client.complete(request.id, 202, &[], b"").expect("taken");
        let key = request.headers.first().map(|(name, key)| format!("{name}={key}")).unwrap_or_default();
        let body: Json = serde_json::from_slice(&request.body).expect("JSON");
        let count = body.as_array().map_or(0, Vec::len);
        posts.push((request.url.to_string(), key, count, body));
    }
    let seen: Vec<_> =
        posts.iter().map(|(url, key, count, _)| (url.as_str(), key.as_str(), *count)).collect();
    let events = "https://odp.example.com/v3/events";
    for expected in [
        (events, "x-api-key=first", 10),
        (events, "x-api-key=first", 2),
        (events, "x-api-key=second", 1),
        ("https://logx.optimizely.com/v1/events", "", 0),
    ] {
        assert!(seen.contains(&expected), "{seen:?}");
    }
    assert_eq!(seen.len(), 4);
    let first = &posts.iter().find(|post| post.2 == 10).expect("there").3[0];
    assert_eq!((&first["type"], &first["identifiers"]), (&json!("t"), &json!({"fs_user_id":"u"})));
    let data = first["data"].as_object().expect("an object");
    assert_eq!((&data["data_source"], &data["data_source_version"]), (&json!("name"), &json!("1.2")));
    assert!(crate::json::read_uuid(data["idempotence_id"].as_str().expect("a text")).is_some());
    let identified = &posts.iter().find(|post| post.2 == 1).expect("there").3[0];
    assert_eq!(identified["action"], json!("identified"));
    assert_eq!(client.stats().books.delivered, 14);
}
