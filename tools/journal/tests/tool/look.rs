//! `list`, `check` and `export`: they see everything and change nothing.

use std::fs;

use serde_json::{Value, json};

use crate::support::{Folder, NOWHERE, Orders, collector, poison, uuid, uuids};

#[test]
fn list_shows_whose_events_wait_and_who_lives() {
    let folder = Folder::new();
    let server = collector();
    let elsewhere = server.events_url();
    folder.killed(&Orders { endpoint: &elsewhere, conversions: 25, settled: 20, ..Orders::default() });
    let live = folder.recorder(&Orders { impressions: 3, ..Orders::default() });
    let before = folder.contents();

    let list = folder.list();
    let clients = list["clients"].as_array().expect("a list");
    let client = |state: &str| {
        let found = clients.iter().find(|client| client["state"] == state).expect(state);
        found["segments"].as_array().expect("a list")
    };
    assert_eq!(clients.len(), 2);
    let [dead] = &client("orphan")[..] else { panic!("{list}") };
    for (name, expected) in [
        ("state", json!("events")),
        ("account_id", json!("12001")),
        ("project_id", json!("111001")),
        ("revision", json!("42")),
        ("endpoint", json!(elsewhere)),
        ("client_name", json!("libopttrack")),
        ("waiting", json!(5)),
        ("settled", json!(20)),
        ("damaged", json!(0)),
        ("oldest_ms", json!(1_700_000_000_020_i64)),
    ] {
        assert_eq!(dead[name], expected, "{name}");
    }
    assert_eq!(client("live")[0]["waiting"], 13);
    assert_eq!(list["faults"], json!([]));

    let text = folder.run("list", &[]).ended(0);
    for expected in [": live\n", ": orphan\n", "12001", &elsewhere, "2 clients: 18 events that wait", " d "] {
        assert!(text.contains(expected), "{expected}:\n{text}");
    }
    folder.run("check", &[]).ended(0);
    folder.run("export", &["--settled", "--dead-letters"]).ended(0);
    assert_eq!(folder.contents(), before, "nothing has changed");
    drop(live);
    let states: Vec<_> = folder.list()["clients"].as_array().expect("a list").iter().map(state).collect();
    assert_eq!(states, ["orphan", "orphan"]);
}

fn state(client: &Value) -> String {
    client["state"].as_str().expect("a text").to_owned()
}

#[test]
fn check_names_the_file_and_the_bytes_of_every_damage() {
    let folder = Folder::new();
    folder.killed(&Orders { conversions: 3, ..Orders::default() });
    let healthy = folder.run("check", &[]).ended(0);
    assert!(healthy.contains("nothing is damaged"), "{healthy}");
    let path = folder.segments().pop().expect("a segment");
    let whole = fs::read(&path).expect("readable");
    // The second visitor stands in the middle record.
    let needle = b"visitor 2";
    let at = whole.windows(needle.len()).position(|window| window == needle).expect("the visitor");

    for (place, events) in [(at, 1), (10, 0)] {
        let mut bytes = whole.clone();
        bytes[place] ^= 0x10;
        fs::write(&path, &bytes).expect("written");
        let run = folder.run("check", &["--json"]).ended(1);
        let found: Value = serde_json::from_str(&run).expect("JSON");
        let [fault] = &found["faults"].as_array().expect("a list")[..] else { panic!("{found}") };
        let place = place as u64;
        assert!(fault["from"].as_u64() <= Some(place) && Some(place) < fault["to"].as_u64(), "{fault}");
        assert_eq!((&fault["path"], &fault["events"]), (&json!(path), &json!(events)));
        let text = folder.run("check", &[]).ended(1);
        assert!(text.contains(&format!("{}: bytes {}", path.display(), fault["from"])), "{text}");
        assert_eq!(fs::read(&path).expect("readable"), bytes, "nothing has changed");

        let exported = folder.run("export", &[]);
        let lines = exported.out.lines().count();
        assert_eq!((lines, exported.status), (3 - events, i32::from(events > 0)), "{}", exported.errors);
    }
}

#[test]
fn check_reads_dead_letters_and_what_nobody_can_read() {
    let folder = Folder::new();
    folder.killed(&Orders::default());
    let letters = folder.journal().join("dead-letters");
    fs::create_dir(&letters).expect("a folder");
    let path = letters.join("00000000000000aa.jsonl");
    fs::write(&path, "{\"uuid\":1}\nwhat\n{\"cut\":").expect("written");
    let segment = folder.segments().pop().expect("a segment");
    fs::write(segment.with_file_name("000000ff.seg"), [b'x'; 4096]).expect("written");
    let run = folder.run("check", &["--json"]).ended(1);
    let found: Value = serde_json::from_str(&run).expect("JSON");
    let faults = found["faults"].as_array().expect("a list");
    assert_eq!(faults.len(), 3, "the last line was cut short by a crash: {found}");
    let of_letters: Vec<_> = faults.iter().filter(|fault| fault["path"] == json!(path)).collect();
    assert_eq!(of_letters.len(), 2);
    assert_eq!((&of_letters[1]["from"], &of_letters[1]["to"]), (&json!(11), &json!(16)));
}

#[test]
fn export_prints_what_waits_and_what_else_is_asked_for() {
    let folder = Folder::new();
    let server = collector();
    poison(&server, &[4]);
    let endpoint = server.events_url();
    let orders =
        Orders { endpoint: &endpoint, conversions: 9, settled: 6, impressions: 1, ..Orders::default() };
    folder.killed(&orders);
    let lines = folder.export(&[]);
    assert_eq!(lines.len(), 4);
    let purchase = &lines[0];
    assert_eq!(
        purchase,
        &json!({"uuid": uuid(7), "time": 1_700_000_000_006_i64, "visitor_id": "visitor 7", "kind": "conversion",
            "key": "purchase", "endpoint": endpoint, "state": "waiting", "client": purchase["client"],
            "request": {"account_id": "12001", "project_id": "111001", "revision": "42",
                "client_name": "libopttrack", "client_version": env!("CARGO_PKG_VERSION"), "anonymize_ip": false,
                "enrich_decisions": true, "visitors": [{"visitor_id": "visitor 7",
                    "attributes": [{"entity_id": "111094", "key": "plan", "type": "custom", "value": "gold \"1\""}],
                    "snapshots": [{"events": [{"entity_id": "9001", "key": "purchase", "uuid": uuid(7),
                        "timestamp": 1_700_000_000_006_i64, "revenue": 4200, "tags": {"revenue": 4200}}]}]}]}})
    );
    let impression = &lines[3];
    assert_eq!((&impression["kind"], &impression["key"]), (&json!("impression"), &json!("exp")));

    let all = folder.export(&["--settled", "--dead-letters"]);
    let of = |state: &str| {
        let found = all.iter().filter(|line| line["state"] == state && line["kind"] == "conversion");
        found.map(|line| line["uuid"].as_str().expect("a uuid").to_owned()).collect()
    };
    assert_eq!(uuids(7..=9), of("waiting"));
    assert_eq!(uuids([4]), of("dead-letter"));
    assert_eq!(uuids(1..=6), of("settled"), "the dead letter's record is settled too");
    let letter = all.iter().find(|line| line["state"] == "dead-letter").expect("a dead letter");
    assert_eq!((&letter["httpStatus"], &letter["visitor_id"]), (&json!(400), &json!("visitor 4")));
    assert!(letter["reason"].is_string() && letter["refusedAt"].is_i64());
}

#[test]
fn another_version_is_said_and_left_alone() {
    let folder = Folder::new();
    folder.killed(&Orders::default());
    let path = folder.segments().pop().expect("a segment");
    let mut bytes = fs::read(&path).expect("readable");
    let blocks = (0..bytes.len()).step_by(64);
    let starts: Vec<_> = blocks.filter(|at| bytes[*at..].starts_with(b"opttrack")).collect();
    assert_eq!(starts.len(), 2, "the header stands twice");
    for at in starts {
        bytes[at + 8] += 1;
    }
    fs::write(&path, &bytes).expect("written");
    assert_eq!(state(&folder.list()["clients"][0]), "foreign version");
    folder.run("check", &[]).ended(0);
    let run = folder.run("drain", &[]);
    assert!(run.errors.contains("1 segment of another version"), "{}", run.errors);
    run.ended(1);
    folder.run("send", &["--endpoint", NOWHERE]).ended(1);
    assert_eq!(fs::read(&path).expect("readable"), bytes);
}
