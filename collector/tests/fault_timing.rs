//! When faults fire: skip, count, duration, probability from a seed; and what is said about them.

mod common;

use std::time::{Duration, Instant};

use common::{Peer, faulty, fired, one};
use opttrack_collector::{Collector, Options};
use serde_json::json;

fn statuses(collector: &Collector, posts: u32) -> Vec<u16> {
    let mut peer = Peer::to(collector);
    (0..posts).map(|number| peer.posted(&one(number)).status).collect()
}

#[test]
fn skip_lets_pass_and_count_limits() {
    let collector = faulty(r#"[{"kind":"status","status":503,"skip":2,"count":3}]"#);
    assert_eq!(statuses(&collector, 7), [204, 204, 503, 503, 503, 204, 204]);
}

#[test]
fn the_first_fault_that_fires_decides() {
    let collector =
        faulty(r#"[{"kind":"status","status":500,"count":1},{"kind":"status","status":429,"count":2}]"#);
    assert_eq!(statuses(&collector, 4), [500, 429, 429, 204]);
}

#[test]
fn duration_ends_a_fault() {
    let start = Instant::now();
    let collector = faulty(r#"[{"kind":"status","status":503,"duration_ms":100}]"#);
    let mut peer = Peer::to(&collector);
    let mut refused = 0;
    while peer.posted(&one(1)).status == 503 {
        refused += 1;
    }
    assert!(start.elapsed() >= Duration::from_millis(100));
    assert_eq!(fired(&collector, "status"), refused);
}

#[test]
fn probability_replays_from_its_seed() {
    let run = |seed: u64| {
        let collector = Collector::start_with(&Options { seed, ..Options::default() }).expect("it starts");
        collector.set_faults(r#"[{"kind":"status","status":503,"probability":0.3}]"#).expect("well-formed");
        statuses(&collector, 300)
    };
    let first = run(7);
    assert_eq!(first, run(7));
    assert_ne!(first, run(8));
    let refused = first.iter().filter(|status| **status == 503).count();
    assert!((60..=120).contains(&refused), "{refused} of 300 at 0.3");
    let never = faulty(r#"[{"kind":"status","status":503,"probability":0}]"#);
    assert!(statuses(&never, 50).iter().all(|status| *status == 204));
}

#[test]
fn faults_are_set_added_shown_and_cleared_over_http() {
    let collector = Collector::start().expect("it starts");
    let mut peer = Peer::to(&collector);
    let first = json!({"kind":"status","status":503,"retry_after":"1","probability":1.0,"count":1});
    let second = json!({"kind":"garbage","text":"}"});
    assert_eq!(peer.ask("PUT", "/control/faults", &format!("[{first}]")).status, 200);
    assert_eq!(peer.ask("POST", "/control/faults", &second.to_string()).status, 200);
    assert_eq!(peer.posted(&one(1)).status, 503);
    let with = |fault: &serde_json::Value, fired: u64| {
        let mut shown = fault.clone();
        shown["fired"] = json!(fired);
        shown
    };
    assert_eq!(peer.ask("GET", "/control/faults", "").json(), json!([with(&first, 1), with(&second, 0)]));
    assert_eq!(peer.ask("DELETE", "/control/faults", "").status, 204);
    assert_eq!(peer.ask("GET", "/control/faults", "").json(), json!([]));
    assert_eq!(peer.posted(&one(1)).status, 204);
    assert_eq!(peer.ask("GET", "/control/stats", "").json()["faults_fired"]["status"], 1);
}

#[test]
fn control_is_never_subject_to_faults() {
    let collector =
        faulty(r#"[{"kind":"drop_before"},{"kind":"keepalive_race"},{"kind":"status","status":500}]"#);
    let mut peer = Peer::to(&collector);
    for _ in 0..3 {
        assert_eq!(peer.ask("GET", "/control/stats", "").status, 200);
    }
    assert_eq!(peer.ask("POST", "/control/reset", "").status, 204);
    assert_eq!(peer.posted(&one(1)).status, 204, "a reset forgets the faults");
}

#[test]
fn a_malformed_fault_is_refused_with_its_path_and_changes_nothing() {
    let collector = faulty(r#"[{"kind":"garbage"}]"#);
    let mut peer = Peer::to(&collector);
    for (faults, path) in [
        (r#"{"kind":"garbage"}"#, ""),
        (r#"[{"kind":"nonsense"}]"#, "[0].kind"),
        (r#"[{"kind":"status"}]"#, "[0].status"),
        (r#"[{"kind":"status","status":1000}]"#, "[0].status"),
        (r#"[{"kind":"status","status":503,"retry_after":"a\r\nb"}]"#, "[0].retry_after"),
        (r#"[{"kind":"status","status":503,"early":true,"commit":true}]"#, "[0].commit"),
        (r#"[{"kind":"garbage"},{"kind":"delay"}]"#, "[1].delay_ms"),
        (r#"[{"kind":"delay","delay_ms":-1}]"#, "[0].delay_ms"),
        (r#"[{"kind":"garbage","probability":1.1}]"#, "[0].probability"),
        (r#"[{"kind":"garbage","count":0.5}]"#, "[0].count"),
        (r#"[{"kind":"garbage","visitor":"x"}]"#, "[0].visitor"),
        (r#"[{"kind":"poison","visitor":[]}]"#, "[0].visitor"),
        (r#"[{"kind":"max_bytes"}]"#, "[0].bytes"),
        (r#"[{"kind":"wrong_length"}]"#, "[0].declared"),
        (r#"[{"kind":"truncate","part":"foot"}]"#, "[0].part"),
        (r#"[{"kind":"redirect","status":200}]"#, "[0].status"),
    ] {
        let answer = peer.ask("PUT", "/control/faults", faults);
        assert_eq!((answer.status, &answer.json()["path"]), (400, &json!(path)), "{faults}: {}", answer.body);
    }
    assert_eq!(peer.ask("GET", "/control/faults", "").json(), json!([{"kind":"garbage","fired":0}]));
}
