//! The program: one line on standard output, an end with standard input, and the report.

mod common;

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};

use opttrack_collector::{Collector, Options};

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_opttrack-collector"))
}

#[test]
fn it_says_where_it_listens_and_ends_with_standard_input() {
    let mut child = program()
        .arg("--exit-with-stdin")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut out = BufReader::new(child.stdout.take().expect("it is piped"));
    let mut line = String::new();
    out.read_line(&mut line).expect("a line comes");
    let url = line.strip_prefix("listening on ").expect("it says so").trim_end();
    assert!(url.starts_with("http://127.0.0.1:"));
    let report = program().args(["report", url]).output().expect("the program runs");
    assert!(report.status.success());
    assert!(String::from_utf8_lossy(&report.stdout).starts_with("experiment / variation"));
    drop(child.stdin.take());
    assert!(child.wait().expect("it ends").success());
    let mut rest = String::new();
    out.read_to_string(&mut rest).expect("the pipe ends");
    assert_eq!(rest, "", "exactly one line");
}

#[test]
fn the_report_is_that_of_the_collector() {
    let collector = Collector::start().expect("it starts");
    let body = common::batch(&[common::impression(1, "v", 1, "r", "a")]);
    assert_eq!(common::Peer::to(&collector).posted(&body).status, 204);
    let report = program().args(["report", &collector.url()]).output().expect("the program runs");
    assert_eq!(String::from_utf8_lossy(&report.stdout), collector.report());
}

#[test]
fn one_that_is_killed_and_started_again_has_its_books() {
    let folder = std::env::temp_dir().join(format!("collector-keep-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let keep = folder.join("received");
    let start = || Collector::start_with(&Options { keep: Some(keep.clone()), ..Options::default() });
    let bodies = [common::one(1), common::one(2).replace(":[", ":\n[")];
    {
        let collector = start().expect("it starts");
        let mut peer = common::Peer::to(&collector);
        for body in &bodies {
            assert_eq!(peer.posted(body).status, 204);
        }
    }
    // A death in the middle of a line.
    let mut torn = std::fs::OpenOptions::new().append(true).open(&keep).expect("the file is there");
    torn.write_all(b"/v1/events\t{\"acc").expect("it is written");
    for expected in [2, 3] {
        let collector = start().expect("it starts again");
        let mut peer = common::Peer::to(&collector);
        assert_eq!((collector.stats().unique, collector.stats().duplicates), (2, expected - 2));
        assert_eq!(peer.posted(&bodies[0]).status, 204, "and goes on");
        assert_eq!((collector.stats().unique, collector.stats().duplicates), (2, expected - 1));
        assert_eq!(collector.stats().conflicting, 0);
    }
    std::fs::remove_dir_all(&folder).expect("it is ours");
}

#[test]
fn wrong_arguments_are_named() {
    for arguments in [
        &["--port", "x"][..],
        &["--port"],
        &["--seed", "-1"],
        &["--keep"],
        &["report"],
        &["report", "a", "b"],
        &["what"],
    ] {
        let output = program().args(arguments).stdin(Stdio::null()).output().expect("the program runs");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("usage:"));
    }
    let nobody = program().args(["report", "https://127.0.0.1"]).output().expect("the program runs");
    assert_eq!(nobody.status.code(), Some(1));
}
