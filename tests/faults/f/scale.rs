//! F12: a million events, a hundred thousand attributes, conditions of a hundred thousand leaves.

use std::fmt::Write;
use std::time::Duration;

use opttrack::client::{Client, ClientOptions};
use opttrack::user::User;
use opttrack::value::Value;

use super::fixture::{options, track, user};
use super::probe::{self, Truth, leaf};
use super::row::{Row, shortest};

const EVENTS: usize = 1_000_000;
const ATTRIBUTES: usize = 100_000;
const LEAVES: usize = 100_000;

/// How many times as long as on a small file a decision or a conversion may take.
const FACTOR: u32 = 10;

/// Calls in one timing, each about another entity.
const CALLS: usize = 1_000;

fn entities(count: usize, name: &str) -> String {
    let mut list = String::with_capacity(count * 36);
    for number in 0..count {
        let separator = if number == 0 { "" } else { "," };
        write!(list, r#"{separator}{{"id":"{}","key":"{name}_{number}"}}"#, 9_000_000 + number)
            .expect("a text takes a text");
    }
    list
}

/// A project whose experiment everyone is in, with that many events and attributes.
fn project(events: usize, attributes: usize) -> Client {
    let probe = probe::targeted("0", "[]", "[]");
    let lists = format!(
        r#"{{"events":[{}],"attributes":[{}],"#,
        entities(events, "event"),
        entities(attributes, "attribute")
    );
    let datafile = probe.replacen('{', &lists, 1);
    // Room for every conversion of the timings, which nobody takes.
    let options = ClientOptions { queue_limit_bytes: 1 << 30, ..options(&datafile) };
    Client::new(options).unwrap_or_else(|error| panic!("{error}"))
}

/// Names spread over the whole list, so that no cache holds all of them.
fn spread(count: usize, name: &str) -> Vec<String> {
    (0..CALLS).map(|call| format!("{name}_{}", call * 7_919 % count)).collect()
}

fn deciding(client: &Client, user: &User) -> Duration {
    let calls = || (0..CALLS).for_each(|_| drop(client.get_variation(user, "in")));
    shortest(9, calls) / CALLS as u32
}

fn tracking(client: &Client, count: usize, attributes: usize) -> Duration {
    let events = spread(count, "event");
    let users: Vec<User> = spread(attributes, "attribute")
        .iter()
        .map(|key| user("u", &[(key.as_str(), Value::Int(1))]))
        .collect();
    let calls = || {
        for (event, user) in events.iter().zip(&users) {
            track(client, user, event).expect("the event is known and there is room");
        }
    };
    shortest(9, calls) / CALLS as u32
}

#[test]
fn a_million_events() {
    let mut row = Row::new(
        "F12",
        "10^6 events and 10^5 attributes: decisions and conversions at most 10 × a small file's",
    );
    let (small, large) = (project(10, 10), project(EVENTS, ATTRIBUTES));
    let visitor = user("u", &[("attribute_5", Value::Int(1))]);
    let decide = (deciding(&small, &visitor), deciding(&large, &visitor));
    row.fire();
    let track = (tracking(&small, 10, 10), tracking(&large, EVENTS, ATTRIBUTES));
    row.fire();
    row.done(&format!("decide {:?} and {:?}, track {:?} and {:?}", decide.0, decide.1, track.0, track.1));
    for (what, (small, large)) in [("decide", decide), ("track", track)] {
        assert!(large <= small * FACTOR, "{what}: {large:?} is more than {FACTOR} × {small:?}");
    }
}

/// An OR of that many conditions of which one at an index holds.
fn leaves(count: usize, index: usize) -> String {
    let leaf = |number| leaf("exact", if number == index { "1" } else { "2" });
    let leaves: Vec<String> = (0..count).map(leaf).collect();
    format!("[\"or\",{}]", leaves.join(","))
}

#[test]
fn a_hundred_thousand_leaves() {
    let mut row =
        Row::new("F12", "conditions of 10^5 leaves: at once where the first decides, else in linear time");
    let visitor = user("u", &[("a", Value::Int(1))]);
    let timed = |count, index| {
        let client = super::fixture::client(&probe::datafile(&leaves(count, index)));
        assert_eq!(probe::truth(&client, &visitor), if index < count { Truth::True } else { Truth::False });
        shortest(9, || drop(client.get_variation(&visitor, "in")))
    };
    let small = timed(10, 0);
    let first = timed(LEAVES, 0);
    row.fire();
    let (tenth, last) = (timed(LEAVES / 10, LEAVES / 10 - 1), timed(LEAVES, LEAVES - 1));
    row.fire();
    let nothing = timed(LEAVES, LEAVES);
    row.fire();
    row.done(&format!(
        "first {first:?} (of 10 {small:?}), last {last:?} (of 10^4 {tenth:?}), none {nothing:?}"
    ));
    let floor = Duration::from_micros(2); // below it, the clock is what is measured
    assert!(first <= small.max(floor) * FACTOR, "first of 10^5: {first:?}, of 10: {small:?}");
    assert!(last <= tenth * FACTOR * 4, "10 × the leaves took {last:?} after {tenth:?}");
    assert!(nothing <= last * 4, "none of 10^5: {nothing:?}, the last: {last:?}");
}

#[test]
fn audiences_by_the_thousand() {
    let mut row = Row::new("F12", "audienceIds of 10^5 audiences: linear");
    let visitor = user("u", &[("a", Value::Int(1))]);
    let mut timed = |count: usize| {
        let audience =
            |number| format!(r#"{{"id":"{number}","name":"n","conditions":{}}}"#, leaf("exact", "2"));
        let audiences: Vec<String> = (0..count).map(audience).collect();
        let ids: Vec<String> = (0..count).map(|number| format!("\"{number}\"")).collect();
        let probe = probe::targeted("0", &format!("[{}]", ids.join(",")), "[\"not\",\"1\"]");
        let single = r#"[{"id":"1","name":"the audience","conditions":0}]"#;
        assert!(probe.contains(single));
        let client = super::fixture::client(&probe.replace(single, &format!("[{}]", audiences.join(","))));
        assert_eq!(probe::truth(&client, &visitor), Truth::False);
        row.fire();
        shortest(9, || drop(client.get_variation(&visitor, "in")))
    };
    let (tenth, whole) = (timed(LEAVES / 10), timed(LEAVES));
    row.done(&format!("10^4 {tenth:?}, 10^5 {whole:?}"));
    assert!(whole <= tenth * FACTOR * 4, "10 × the audiences took {whole:?} after {tenth:?}");
}
