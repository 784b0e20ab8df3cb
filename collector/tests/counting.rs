//! What was received is counted, kept byte for byte, told apart by uuid, and waited for.

mod common;

use std::thread;
use std::time::{Duration, Instant};

use common::{PATIENCE, Peer, batch, conversion, impression, one, request, uuid};
use opttrack_collector::{Collector, Stats};
use serde_json::{Value, json};

fn started() -> (Collector, Peer) {
    let collector = Collector::start().expect("it starts");
    let peer = Peer::to(&collector);
    (collector, peer)
}

#[test]
fn repeats_are_counted_and_conflicts_among_them() {
    let (collector, mut peer) = started();
    let event = |more: &str| batch(&[conversion(1, "v", 5, more)]);
    let original = event(r#","revenue":4200,"tags":{"a":1,"b":2}"#);
    let rearranged = event(r#","tags":{"b":2,"a":1.0},"revenue":4200"#);
    let other_revenue = event(r#","revenue":4201,"tags":{"a":1,"b":2}"#);
    let other_revision = original.replace("\"42\"", "\"43\"");
    let other_visitor = original.replace("\"v\"", "\"w\"");
    let other_attribute = original.replace("gold", "silver");
    for body in [&original, &rearranged, &other_revenue, &other_revision, &other_visitor, &other_attribute] {
        assert_eq!(peer.posted(body).status, 204);
    }
    assert_eq!(
        peer.posted(&batch(&[impression(2, "v", 5, "r", "on"), conversion(3, "v", 5, "")])).status,
        204
    );
    assert_eq!(peer.posted("{}").status, 400);
    let stats = Stats { faults_fired: Vec::new(), ..collector.stats() };
    let expected = Stats {
        posts: 8,
        accepted_posts: 7,
        rejected_posts: 0,
        malformed_posts: 1,
        events: 8,
        unique: 3,
        duplicates: 5,
        conflicting: 4,
        impressions: 1,
        conversions: 2,
        connections: 1,
        faults_fired: Vec::new(),
    };
    assert_eq!(stats, expected);
    let told = peer.ask("GET", "/control/stats", "").json();
    assert_eq!(
        (&told["unique"], &told["conflicting"], &told["faults_fired"]["delay"]),
        (&json!(3), &json!(4), &json!(0))
    );
}

#[test]
fn the_same_uuid_twice_in_one_batch_is_a_repeat() {
    let (collector, mut peer) = started();
    assert_eq!(peer.posted(&batch(&[conversion(1, "v", 5, ""), conversion(1, "v", 5, "")])).status, 204);
    let stats = collector.stats();
    assert_eq!((stats.events, stats.unique, stats.duplicates, stats.conflicting), (2, 1, 1, 0));
}

#[test]
fn batches_are_kept_as_they_came() {
    let (collector, mut peer) = started();
    let body =
        batch(&[conversion(1, "v", 5, r#","tags":{"big":12345678901234567890123,"f":0.10,"z":1,"a":2}"#)]);
    peer.send(&format!(
        "POST /proxy/v1/events?x=1 HTTP/1.1\r\nX-Seen: yes\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    ));
    assert_eq!(peer.answer().status, 204);
    assert_eq!(peer.posted(&one(2)).status, 204);
    let length = body.len();
    let kept = format!(
        r#"[{{"path":"/proxy/v1/events","headers":{{"x-seen":"yes","content-length":"{length}"}},"body":{body}}},"#
    );
    assert!(collector.batches().starts_with(&kept), "{}", collector.batches());
    let batches = peer.ask("GET", "/control/batches", "").json();
    assert_eq!(batches.as_array().map(Vec::len), Some(2));
    assert_eq!(batches[1]["body"]["visitors"][0]["snapshots"][0]["events"][0]["uuid"], uuid(2));
}

#[test]
fn events_are_told_once_each_with_all_that_surrounds_them() {
    let (_collector, mut peer) = started();
    let bodies = [
        batch(&[
            conversion(1, "v", 5, r#","revenue":9007199254740993,"tags":{"t":true}"#),
            impression(2, "w", 6, "r", "on"),
        ]),
        batch(&[
            conversion(1, "v", 5, r#","revenue":9007199254740993,"tags":{"t":true}"#),
            conversion(3, "x", 7, ""),
        ]),
    ];
    for body in bodies {
        assert_eq!(peer.posted(&body).status, 204);
    }
    let text = peer.ask("GET", "/control/events", "").body;
    let events: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect();
    let identity = json!({"account_id":"12001","project_id":"111001","revision":"42","client_name":"libopttrack",
        "client_version":"1.0.0","anonymize_ip":false,"enrich_decisions":true});
    assert_eq!(events.len(), 3);
    assert_eq!(
        events[0],
        json!({"visitor_id":"v","attributes":[{"entity_id":"111094","key":"plan","type":"custom","value":"gold"}],
            "entity_id":"111095","key":"purchase","timestamp":5,"uuid":uuid(1),"revenue":9_007_199_254_740_993_i64,
            "tags":{"t":true},"decision":null,"batch":identity,"count":2})
    );
    assert_eq!((&events[1]["decision"]["experiment_id"], &events[1]["count"]), (&json!("e-r"), &json!(1)));
    assert_eq!(events[2]["visitor_id"], "x");
}

#[test]
fn wait_returns_as_soon_as_enough_is_there() {
    let (collector, mut peer) = started();
    let mut waiting = Peer::to(&collector);
    waiting.send(&request("GET", "/control/wait?unique=2&posts=3&timeout_ms=20000", ""));
    let waiting = thread::spawn(move || waiting.answer());
    for number in [1, 1, 2] {
        assert_eq!(peer.posted(&one(number)).status, 204);
    }
    let answer = waiting.join().expect("no panic");
    assert_eq!((answer.status, &answer.json()["unique"]), (200, &json!(2)));
}

#[test]
fn wait_tells_that_the_time_is_up_and_what_it_does_not_understand() {
    let (collector, mut peer) = started();
    let start = Instant::now();
    let answer = peer.ask("GET", "/control/wait?unique=1&timeout_ms=30", "");
    assert!(start.elapsed() >= Duration::from_millis(30));
    assert_eq!((answer.status, &answer.json()["unique"]), (408, &json!(0)));
    for query in ["", "?timeout_ms=1", "?unique=x", "?uniqe=1"] {
        assert_eq!(peer.ask("GET", &format!("/control/wait{query}"), "").status, 400, "{query}");
    }
    assert!(!collector.wait(Duration::ZERO, |stats| stats.posts > 0));
}

#[test]
fn a_wait_ends_with_the_collector() {
    let (collector, mut peer) = started();
    let start = Instant::now();
    assert_eq!(peer.ask("GET", "/control/stats", "").status, 200);
    peer.send(&request("GET", "/control/wait?unique=1&timeout_ms=3600000", ""));
    drop(collector);
    assert!(start.elapsed() < PATIENCE);
}

#[test]
fn reset_forgets_everything() {
    let (collector, mut peer) = started();
    assert_eq!(peer.posted(&one(1)).status, 204);
    assert_eq!(peer.ask("POST", "/control/reset", "").status, 204);
    assert_eq!(Stats { faults_fired: Vec::new(), ..collector.stats() }, Stats::default());
    assert_eq!((collector.batches(), collector.events()), ("[]".to_owned(), String::new()));
    assert_eq!(peer.posted(&one(1)).status, 204);
    assert_eq!((collector.stats().unique, collector.stats().duplicates), (1, 0));
}

#[test]
fn connections_are_those_that_carried_events() {
    let (collector, mut peer) = started();
    assert_eq!(peer.ask("GET", "/control/stats", "").status, 200);
    for _ in 0..3 {
        let mut other = Peer::to(&collector);
        assert_eq!((other.posted(&one(1)).status, other.posted(&one(2)).status), (204, 204));
    }
    assert_eq!(collector.stats().connections, 3);
}

#[test]
fn many_clients_at_once_lose_nothing() {
    let (collector, _) = started();
    thread::scope(|scope| {
        for client in 0..8 {
            let collector = &collector;
            scope.spawn(move || {
                let mut peer = Peer::to(collector);
                for number in 0..50 {
                    assert_eq!(peer.posted(&one(client * 25 + number)).status, 204);
                }
            });
        }
    });
    let stats = collector.stats();
    assert_eq!((stats.events, stats.unique, stats.duplicates, stats.conflicting), (400, 225, 175, 0));
}
