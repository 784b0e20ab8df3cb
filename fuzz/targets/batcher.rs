//! Events of many sizes, some of them poison, and a server that the input plays: no event is lost, none is given up that
//! was not refused alone, none is delivered and given up, and the posts are bounded.
#![no_main]

use std::collections::{BTreeMap, BTreeSet};

use libfuzzer_sys::fuzz_target;
use opttrack::client::{Client, ClientOptions, LogLevel, Tags};
use opttrack::user::User;
use opttrack::value::Value;
use opttrack_fuzz::Source;
use opttrack_fuzz::json::{self, Json};

const DATAFILE: &str =
    r#"{"version":"4","accountId":"1","projectId":"2","revision":"3","events":[{"id":"9","key":"e"}]}"#;

/// A batch takes no further event past this; one that is larger goes alone.
const MAX_BODY: usize = 1024 * 1024;

/// What became of each event, by its visitor.
#[derive(Default)]
struct Books {
    uuids: BTreeMap<String, String>,
    delivered: BTreeSet<String>,
    refused_alone: BTreeSet<String>,
}

/// The visitors of a post, each with the uuid of its event.
fn visitors(body: &[u8]) -> Vec<(String, String)> {
    let text = std::str::from_utf8(body).expect("a body is text");
    let batch = json::read(text, 16).expect("a body is JSON");
    let visitors = batch.get("visitors").and_then(Json::list).expect("visitors");
    let of = |visitor: &Json<'_>| {
        let snapshot = &visitor.get("snapshots").and_then(Json::list).expect("snapshots")[0];
        let event = &snapshot.get("events").and_then(Json::list).expect("events")[0];
        let text = |json: &Json<'_>, name| json.get(name).and_then(Json::text).expect("a text").to_owned();
        (text(visitor, "visitor_id"), text(event, "uuid"))
    };
    visitors.iter().map(of).collect()
}

impl Books {
    /// Takes a post in, and what it is answered.
    fn post(&mut self, body: &[u8], most: usize, status: impl FnOnce(&[(String, String)]) -> u32) -> u32 {
        let visitors = visitors(body);
        assert!((1..=most).contains(&visitors.len()), "{} events in a post", visitors.len());
        assert!(visitors.len() == 1 || body.len() <= MAX_BODY + 2, "{} bytes in a post", body.len());
        let status = status(&visitors);
        for (visitor, uuid) in &visitors {
            let known = self.uuids.entry(visitor.clone()).or_insert_with(|| uuid.clone());
            assert_eq!(known, uuid, "an event has one uuid");
            assert!(!self.delivered.contains(visitor), "{visitor} was delivered before");
            if (200..300).contains(&status) {
                self.delivered.insert(visitor.clone());
            }
            if visitors.len() == 1 && [400, 413, 422].contains(&status) {
                self.refused_alone.insert(visitor.clone());
            }
        }
        status
    }
}

fuzz_target!(|data: &[u8]| {
    let mut source = Source::new(data);
    // Now and then a few so large that three fill a post; that takes long.
    let (is_large, most) = (source.below(16) == 15, 1 + source.below(20));
    let count = 1 + source.below(if is_large { 6 } else { 60 });
    let options = ClientOptions {
        datafile: Some(DATAFILE.into()),
        event_endpoint: Some("http://127.0.0.1:9/v1/events".into()),
        batch_size: most as u32,
        log_level: LogLevel::Off,
        is_pulled: true,
        ..ClientOptions::default()
    };
    let client = Client::new(options).expect("a client");
    let mut books = Books::default();
    let mut accepted = 0_u64;
    for number in 0..count {
        let size = if is_large { 60_000 * source.below(7) } else { source.below(200) };
        let poison = if source.below(8) == 7 { "poison" } else { "visitor" };
        let note = "n".repeat(size);
        let mut tags = Tags::new();
        tags.push("note", Value::Str(&note));
        client.track(&User::new(&format!("{poison}-{number}")), "e", &tags).expect("room");
        accepted += 1;
    }

    // The input answers until it ends; from then on the server takes everything. Many posts are one split after another.
    let (mut posts, mut script) = (0, 0);
    loop {
        let _ = client.flush(0);
        let Ok(request) = client.next_request(0) else { break };
        posts += 1;
        let is_scripted = !source.is_empty();
        script += usize::from(is_scripted);
        let (choice, limit) = (if is_scripted { source.below(12) } else { 0 }, 200 * (1 + source.below(64)));
        let status = books.post(&request.body, most, |visitors| match choice {
            1..4 if visitors.iter().any(|(visitor, _)| visitor.starts_with("poison")) => 400,
            4 | 5 if request.body.len() > limit => 413,
            6 => 503,
            7 => 0,
            8 => 422,
            9 => 404,
            10 => 429,
            _ => 204,
        });
        client.complete(request.id, status, &[], b"because").expect("a request that waits for its answer");
        assert!(client.complete(request.id, 204, &[], b"").is_err(), "a request is completed once");
        let stats = client.stats().books;
        assert_eq!(stats.delivered, books.delivered.len() as u64, "delivered");
        assert_eq!(
            stats.accepted(),
            stats.delivered + stats.pending + stats.dead_lettered + stats.dropped.total()
        );
        assert!(posts <= script + 2 * count, "{posts} posts, {script} of them troubled, for {count} events");
    }
    let stats = client.stats().books;
    assert_eq!(
        (stats.accepted(), stats.pending),
        (accepted, 0),
        "all is settled once the server takes everything"
    );
    let given_up: BTreeSet<_> =
        books.uuids.keys().filter(|visitor| !books.delivered.contains(*visitor)).collect();
    assert_eq!(given_up.len() as u64, stats.dead_lettered, "dead letters");
    for visitor in given_up {
        assert!(books.refused_alone.contains(visitor), "{visitor} was given up and never refused alone");
    }
});
