//! `import`: conversions that happened elsewhere and exported events arrive, wholly or not at all.

use std::io::Write;

use opttrack_collector::Collector;
use serde_json::{Value, json};

use crate::support::{DATAFILE, Folder, Orders, PATIENCE, collector, command, events, received, uuid, uuids};

/// The options that name a datafile and an endpoint.
fn options(folder: &Folder, server: &Collector) -> [String; 4] {
    let datafile = folder.write("datafile.json", DATAFILE).to_string_lossy().into_owned();
    ["--datafile".to_owned(), datafile, "--endpoint".to_owned(), server.events_url()]
}

/// Runs import with these lines, and expects an ending; answers what it says of each.
fn import(folder: &Folder, options: &[&str], lines: &str, status: i32) -> Vec<Value> {
    let out = folder.run_with("import", options, lines).ended(status);
    out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[test]
fn conversions_of_elsewhere_arrive_as_they_were_told() {
    let folder = Folder::new();
    let server = collector();
    let options = options(&folder, &server);
    let options: Vec<_> = options.iter().map(String::as_str).collect();
    let lines = format!(
        "{}\n\n{}\n",
        json!({"user_id": "ü1", "event_key": "purchase", "time": 1_600_000_000_123_i64, "uuid": uuid(1),
            "attributes": {"plan": "gold", "unknown": 1}, "tags": {"revenue": 4200, "value": 1.5, "gift": true}}),
        json!({"user_id": "u2", "event_key": "visit", "tags": {"list": null}}),
    );
    let answers = import(&folder, &options, &lines, 0);
    let made = answers[1]["uuid"].as_str().expect("a uuid");
    assert_eq!(
        answers,
        [
            json!({"line": 1, "status": "imported", "uuid": uuid(1)}),
            json!({"line": 3, "status": "imported", "uuid": made, "ignored": ["tags.list"]})
        ]
    );
    assert_eq!(folder.waiting(), 2);
    folder.run("send", &[]).ended(0);
    assert_eq!(received(&server), [uuid(1), made.to_owned()].into());
    let received = events(&server);
    let first = received.iter().find(|event| event["uuid"] == uuid(1)).expect("the event");
    for (name, expected) in [
        ("visitor_id", json!("ü1")),
        ("timestamp", json!(1_600_000_000_123_i64)),
        ("entity_id", json!("9001")),
        ("revenue", json!(4200)),
        ("value", json!(1.5)),
        ("tags", json!({"revenue": 4200, "value": 1.5, "gift": true})),
    ] {
        assert_eq!(first[name], expected, "{name}");
    }
    assert_eq!(server.stats().malformed_posts, 0);
}

#[test]
fn a_bad_line_is_named_and_nothing_is_half_done() {
    let folder = Folder::new();
    let server = collector();
    let options = options(&folder, &server);
    let mut options: Vec<_> = options.iter().map(String::as_str).collect();
    let good = |number: u64| json!({"user_id": "u", "event_key": "visit", "uuid": uuid(number)}).to_string();
    let bad = [
        ("nothing", "expected"),
        ("[]", "an object"),
        (r#"{"event_key":"visit"}"#, "user_id: is not given"),
        (r#"{"user_id":1,"event_key":"visit"}"#, "user_id: is no text"),
        (r#"{"user_id":"","event_key":"visit"}"#, "user_id: is empty"),
        (r#"{"user_id":"u","event_key":"what"}"#, "no event \"what\""),
        (r#"{"user_id":"u","event_key":"visit","time":1.5}"#, "time: "),
        (r#"{"user_id":"u","event_key":"visit","time":-1}"#, "time_ms: "),
        (r#"{"user_id":"u","event_key":"visit","uuid":"1"}"#, "uuid: "),
        (r#"{"user_id":"u","event_key":"visit","tags":[]}"#, "tags: is no object"),
        (r#"{"user_id":"u","event_key":"visit","tags":{"a":{}}}"#, "tags.a: "),
        (r#"{"user_id":"u","event_key":"visit","userId":"u"}"#, "userId: is unknown"),
        (r#"{"request":{"visitors":[{}]},"endpoint":"http://h/"}"#, "visitor_id"),
    ];
    let mut lines = vec![good(1)];
    lines.extend(bad.iter().map(|(line, _)| (*line).to_owned()));
    lines.push(good(2));
    let lines = lines.join("\n");
    let answers = import(&folder, &options, &lines, 1);
    assert_eq!(answers.len(), bad.len() + 2);
    assert_eq!(answers[0], json!({"line": 1, "status": "withheld", "uuid": uuid(1)}));
    for ((number, (line, what)), answer) in (2..).zip(bad).zip(&answers[1..]) {
        assert_eq!((&answer["line"], &answer["status"]), (&json!(number), &json!("bad")), "{line}");
        assert!(answer["error"].as_str().expect("a text").contains(what), "{line}: {answer}");
    }
    assert_eq!(folder.files(), Vec::<std::path::PathBuf>::new());

    options.extend(["--partial", "--quiet"]);
    let answers = import(&folder, &options, &lines, 1);
    assert_eq!(answers.len(), bad.len(), "only what is bad");
    folder.run("send", &[]).ended(0);
    assert_eq!(received(&server), uuids([1, 2]));
}

#[test]
fn exported_lines_are_imported_as_they_are() {
    let folder = Folder::new();
    let server = collector();
    folder.killed(&Orders { endpoint: &server.events_url(), impressions: 5, ..Orders::default() });
    let lines = folder.run("export", &[]).ended(0);
    let copy = Folder::new();
    let answers = import(&copy, &[], &lines, 0);
    assert_eq!((answers.len(), copy.waiting()), (15, 15));
    let exported = |folder: &Folder| {
        let mut lines = folder.export(&[]);
        for line in &mut lines {
            line["client"] = Value::Null;
        }
        lines
    };
    assert_eq!(exported(&copy), exported(&folder));
    // Both reach the same server: the copies are repeats, equal in every field.
    folder.run("send", &[]).ended(0);
    copy.run("send", &[]).ended(0);
    let stats = server.stats();
    assert_eq!((stats.unique, stats.duplicates, stats.conflicting, stats.malformed_posts), (15, 15, 0, 0));

    let elsewhere = collector();
    let file = copy.write("lines", &lines);
    import(&copy, &[&file.to_string_lossy(), "--endpoint", &elsewhere.events_url()], "", 0);
    copy.run("send", &[]).ended(0);
    assert_eq!((elsewhere.stats().unique, elsewhere.stats().impressions), (15, 5));
}

#[test]
fn events_of_many_identities_take_no_segment_each() {
    let folder = Folder::new();
    let line = |number: u64| {
        let event = json!({"entity_id": "1", "key": "k", "timestamp": number, "uuid": uuid(number)});
        json!({"endpoint": "http://127.0.0.1:9/", "request": {"account_id": "1", "project_id": "2",
            "revision": (number % 40).to_string(), "client_name": "c", "client_version": "1", "anonymize_ip": true,
            "enrich_decisions": true,
            "visitors": [{"visitor_id": "v", "attributes": [], "snapshots": [{"events": [event]}]}]}})
    };
    let lines: Vec<_> = (0..400).map(|number| line(number).to_string()).collect();
    // One after the other, and one revision at a time.
    for (order, most) in [(1, 400), (40, 48)] {
        let mut sorted: Vec<_> = lines.iter().enumerate().collect();
        sorted.sort_by_key(|(at, _)| (at % order, *at));
        let lines: Vec<_> = sorted.into_iter().map(|(_, line)| line.as_str()).collect();
        import(&folder, &["--quiet"], &lines.join("\n"), 0);
        assert!(folder.segments().len() <= most, "{}", folder.segments().len());
        assert_eq!(folder.waiting(), 400);
        std::fs::remove_dir_all(folder.journal()).expect("it is ours");
    }
}

#[test]
fn an_import_that_is_killed_leaves_nothing_that_is_sent() {
    let folder = Folder::new();
    let server = collector();
    let options = options(&folder, &server);
    let directory = folder.journal();
    let arguments = ["import".as_ref(), directory.as_os_str()].into_iter();
    let mut child = command(arguments.chain(options.iter().map(AsRef::as_ref))).spawn().expect("it starts");
    let mut stdin = child.stdin.take().expect("it is piped");
    let line = json!({"user_id": "u", "event_key": "visit"}).to_string() + "\n";
    let begun = std::time::Instant::now();
    while folder.segments().is_empty() {
        assert!(begun.elapsed() < PATIENCE, "it never begins");
        stdin.write_all(line.repeat(100).as_bytes()).expect("it reads");
    }
    child.kill().expect("it is ours");
    child.wait().expect("it is gone");
    assert_eq!(folder.waiting(), 0);
    assert_eq!(folder.run("send", &[]).ended(0), "nothing waits\n");
    let options: Vec<_> = options.iter().map(String::as_str).collect();
    import(&folder, &options, &line, 0);
    assert_eq!((folder.waiting(), folder.segments().len()), (1, 1), "what was half done is gone");
}

#[test]
fn conversions_need_a_datafile() {
    let folder = Folder::new();
    let answers = import(&folder, &[], r#"{"user_id":"u","event_key":"visit"}"#, 1);
    assert!(answers[0]["error"].as_str().expect("a text").contains("datafile"), "{answers:?}");
    let datafile = folder.write("datafile.json", "{}");
    folder.run("import", &["--datafile", &datafile.to_string_lossy()]).ended(3);
    folder.run("import", &["--datafile", "nowhere"]).ended(3);
    folder.run("import", &["nowhere"]).ended(3);
    folder.run("import", &["--endpoint", "nowhere"]).ended(3);
}
