//! `requeue`: dead letters are sent again, and are in one place at any time.

use std::fs;
use std::io::Write;

use opttrack_collector::Collector;

use crate::support::{Folder, Orders, collector, events, poison, received, uuid, uuids};

/// A client that was killed after its server has refused three of ten events.
fn refused(folder: &Folder) -> Collector {
    let server = collector();
    poison(&server, &[2, 5, 8]);
    folder.killed(&Orders { endpoint: &server.events_url(), settled: 10, ..Orders::default() });
    assert_eq!(received(&server), uuids([1, 3, 4, 6, 7, 9, 10]));
    server.clear_faults();
    server
}

/// How many dead letters there are.
fn letters(folder: &Folder) -> u64 {
    let list = folder.list();
    let files = list["dead_letters"].as_array().expect("a list");
    files.iter().map(|file| file["events"].as_u64().expect("a number")).sum()
}

#[test]
fn those_asked_for_are_sent_again_as_they_were() {
    let folder = Folder::new();
    let server = refused(&folder);
    assert_eq!(letters(&folder), 3);
    folder.run("requeue", &["--uuid", &uuid(5)]).ended(0);
    assert_eq!((letters(&folder), folder.waiting()), (2, 1));
    folder.run("requeue", &["--key", "visit"]).ended(0);
    assert_eq!((letters(&folder), folder.waiting()), (0, 3));
    assert_eq!(folder.letters(), Vec::<std::path::PathBuf>::new(), "an empty file is of no use");
    folder.run("send", &[]).ended(0);
    assert_eq!(received(&server), uuids(1..=10));
    assert_eq!((server.stats().duplicates, server.stats().malformed_posts), (0, 0));
    let event = events(&server).into_iter().find(|event| event["uuid"] == uuid(5)).expect("the event");
    assert_eq!((&event["timestamp"], &event["revenue"]), (&1_700_000_000_004_i64.into(), &4200.into()));
    assert_eq!(event["visitor_id"], "visitor 5");
}

#[test]
fn the_next_client_of_the_directory_sends_them() {
    let folder = Folder::new();
    let server = refused(&folder);
    folder.run("requeue", &["--all"]).ended(0);
    let endpoint = server.events_url();
    let orders =
        Orders { endpoint: &endpoint, conversions: 1, first: 11, flush_interval_ms: 1, ..Orders::default() };
    let _live = folder.recorder(&orders);
    assert!(server.wait(crate::support::PATIENCE, |stats| stats.unique == 11), "{:?}", server.stats());
    assert_eq!(received(&server), uuids(1..=11));
}

#[test]
fn what_is_refused_again_is_a_dead_letter_again() {
    let folder = Folder::new();
    let server = refused(&folder);
    poison(&server, &[2, 5, 8]);
    for round in 0..2 {
        let run = folder.run("send", &["--dead-letters"]);
        assert!(run.out.contains("3 dead letters put back first"), "{round}: {}", run.out);
        run.ended(1);
        assert_eq!((letters(&folder), folder.waiting()), (3, 0), "{round}");
    }
    server.clear_faults();
    let out = folder.run("drain", &["--dead-letters"]).ended(0);
    assert!(out.contains("3 taken over = 3 delivered + 0 waiting + 0 dead letters + 0 dropped"), "{out}");
    assert_eq!((letters(&folder), received(&server)), (0, uuids(1..=10)));
    assert_eq!((server.stats().duplicates, server.stats().conflicting), (0, 0));
}

#[test]
fn what_is_no_event_stays_where_it_is() {
    let folder = Folder::new();
    refused(&folder);
    let path = folder.letters().pop().expect("a file");
    let added = "{\"uuid\":\"1\",\"key\":\"\",\"reason\":\"\",\"endpoint\":\"http://h/\",\"request\":\"00ff\"}\n{\"torn";
    fs::OpenOptions::new()
        .append(true)
        .open(&path)
        .and_then(|mut file| file.write_all(added.as_bytes()))
        .expect("written");
    let run = folder.run("requeue", &["--all"]);
    assert!(run.errors.contains("can't be sent"), "{}", run.errors);
    run.ended(1);
    assert_eq!(folder.waiting(), 3);
    assert_eq!(fs::read_to_string(&path).expect("readable"), added);
}

#[test]
fn what_is_not_there_or_in_use_is_said() {
    let folder = Folder::new();
    let server = collector();
    poison(&server, &[2]);
    let orders = Orders { endpoint: &server.events_url(), settled: 10, ..Orders::default() };
    let live = folder.recorder(&orders);
    let before = folder.contents();
    let run = folder.run("requeue", &["--all"]);
    assert!(run.errors.contains("left alone, for it is in use"), "{}", run.errors);
    run.ended(1);
    assert_eq!(folder.contents(), before);
    drop(live);
    for options in [&["--uuid", &*uuid(1)][..], &["--uuid", &uuid(2), &uuid(3)], &["--key", "nothing"]] {
        folder.run("requeue", options).ended(1);
    }
    assert_eq!((letters(&folder), folder.waiting()), (0, 1), "the second has put back what there was");
    folder.run("requeue", &["--all"]).ended(0);
    for options in [&[][..], &["--all", "--key", "k"], &["--key", "k", "--uuid", "u"]] {
        folder.run("requeue", options).ended(2);
    }
}
