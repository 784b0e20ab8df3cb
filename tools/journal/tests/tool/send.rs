//! `send` and `drain`: what the dead have left is delivered, what the living have is theirs.

use std::collections::BTreeSet;
use std::time::Instant;

use crate::support::{Folder, NOWHERE, Orders, PATIENCE, collector, received, uuids};

#[test]
fn everything_that_dead_clients_have_left_is_delivered_once() {
    let folder = Folder::new();
    let server = collector();
    let endpoint = server.events_url();
    let mut accepted = BTreeSet::new();
    // A client adopts what the one before it has left, and would send it.
    server.set_faults(r#"[{"kind":"status","status":503}]"#).expect("a fault");
    for first in [1, 101, 201] {
        let orders =
            Orders { endpoint: &endpoint, first, conversions: 100, impressions: 5, ..Orders::default() };
        accepted.extend(folder.killed(&orders));
    }
    assert_eq!((accepted.len(), folder.waiting()), (300, 315));
    server.clear_faults();
    let out = folder.run("send", &[]).ended(0);
    assert!(out.contains("315 taken over = 315 delivered + 0 waiting"), "{out}");
    let received = received(&server);
    assert!(received.is_superset(&accepted), "{:?}", accepted.difference(&received));
    let stats = server.stats();
    assert_eq!((stats.unique, stats.impressions, stats.duplicates, stats.conflicting), (315, 15, 0, 0));
    assert_eq!(folder.segments(), Vec::<std::path::PathBuf>::new(), "nothing is left behind");
    assert_eq!(folder.list()["clients"], serde_json::json!([]));
    assert_eq!(folder.run("send", &[]).ended(0), "nothing waits\n");
}

#[test]
fn events_go_where_they_were_to_go() {
    let folder = Folder::new();
    let servers = [collector(), collector()];
    for (first, server) in [1, 11].into_iter().zip(&servers) {
        folder.killed(&Orders { endpoint: &server.events_url(), first, ..Orders::default() });
    }
    let run = folder.run("send", &[]);
    assert!(run.errors.contains(&servers[0].events_url()) && run.errors.contains("drain"), "{}", run.errors);
    run.ended(2);
    folder.run("send", &["--endpoint", &servers[1].events_url()]).ended(0);
    assert_eq!((received(&servers[0]), received(&servers[1])), (BTreeSet::new(), uuids(11..=20)));
    folder.killed(&Orders { endpoint: &servers[1].events_url(), first: 21, ..Orders::default() });
    let out = folder.run("drain", &[]).ended(0);
    assert_eq!(out.matches("10 taken over = 10 delivered").count(), 2, "{out}");
    assert_eq!(received(&servers[0]), uuids(1..=10));
    assert_eq!(received(&servers[1]), uuids(11..=30));
}

#[test]
fn a_client_that_lives_keeps_its_events() {
    let folder = Folder::new();
    let server = collector();
    let endpoint = server.events_url();
    let live = folder.recorder(&Orders { endpoint: &endpoint, ..Orders::default() });
    folder.killed(&Orders { endpoint: &endpoint, first: 11, ..Orders::default() });
    folder.run("send", &[]).ended(0);
    assert_eq!(received(&server), uuids(11..=20));
    assert_eq!(folder.list()["clients"][0]["segments"][0]["waiting"], 10);
    drop(live);
    folder.run("send", &[]).ended(0);
    assert_eq!(received(&server), uuids(1..=20));
    assert_eq!(server.stats().duplicates, 0);
}

#[test]
fn what_is_left_at_the_time_out_waits_as_before() {
    let folder = Folder::new();
    let server = collector();
    server.set_faults(r#"[{"kind":"status","status":503}]"#).expect("a fault");
    folder.killed(&Orders { endpoint: &server.events_url(), ..Orders::default() });
    let out = folder.run("send", &["--timeout", "1"]).ended(1);
    assert!(
        out.contains("10 waiting") && out.contains("the last answered 503") && out.contains("10 left"),
        "{out}"
    );
    let posts = server.stats().posts;
    assert!((1..=10).contains(&posts), "a server that fails has its pauses: {posts} posts");
    assert_eq!(folder.waiting(), 10);
    let healed = folder.run("send", &["--timeout", "0"]).ended(1);
    assert!(healed.contains("10 left"), "{healed}");
    server.clear_faults();
    folder.run("send", &["--timeout", "none"]).ended(0);
    assert_eq!(received(&server), uuids(1..=10));
}

#[test]
fn an_endpoint_that_refuses_everything_ends_it_at_once() {
    let folder = Folder::new();
    let server = collector();
    server.set_faults(r#"[{"kind":"status","status":404}]"#).expect("a fault");
    folder.killed(&Orders { endpoint: &server.events_url(), ..Orders::default() });
    let before = Instant::now();
    folder.run("send", &["--timeout", "none"]).ended(1);
    assert!(before.elapsed() < PATIENCE, "the next attempt would be a minute away");
    assert_eq!((server.stats().posts, folder.waiting()), (1, 10));
}

#[test]
fn nobody_there_and_no_endpoint_at_all_are_told_apart() {
    let folder = Folder::new();
    folder.killed(&Orders::default());
    let out = folder.run("send", &["--timeout", "1", "--request-timeout", "1"]).ended(1);
    assert!(out.contains("no answer to the last") && out.contains(NOWHERE), "{out}");
    folder.run("send", &["--endpoint", "ftp://host/"]).ended(3);
    folder.run("send", &["--endpoint", "http://127.0.0.1:9/other"]).ended(0);
    folder.run("send", &["--request-timeout", "0"]).ended(2);
}
