//! Tests of how workers are asked: one that hangs, ends, or answers out of form fails its question and no more.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::json::Json;
use crate::question::{Answer, Given, Question};
use crate::worker::Worker;

/// Long enough for a shell to answer on a busy machine.
const PATIENT: Duration = Duration::from_secs(60);
/// For a worker that never answers.
const HASTY: Duration = Duration::from_millis(100);

/// A worker that is `odd_worker.sh`, whose standard error goes to a file of this name.
fn worker(name: &str, deadline: Duration) -> Worker {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/odd_worker.sh");
    Worker::new(&program, log(name), deadline)
}

fn log(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("worker-{name}.log"))
}

#[test]
fn a_worker_answers_line_by_line_and_ends_with_its_input() {
    let mut worker = worker("even", PATIENT);
    assert_eq!(worker.ask("one"), Ok("got one".to_owned()));
    assert_eq!(worker.ask("two"), Ok("got two".to_owned()));
    assert_eq!(worker.finish(), Ok(()));
}

#[test]
fn a_worker_that_hangs_is_ended_and_given_up_in_the_end() {
    let mut worker = worker("hang", HASTY);
    for _ in 0..3 {
        let problem = worker.ask("hang").expect_err("it never answers");
        assert!(problem.starts_with("no answer in 0.1 s (signal: 9"), "{problem}");
    }
    let problem = worker.ask("one").expect_err("it is not started again");
    assert!(problem.starts_with("the worker was lost 3 times"), "{problem}");
}

#[test]
fn a_worker_that_ends_fails_one_question_and_is_started_again() {
    let mut worker = worker("die", PATIENT);
    let problem = worker.ask("die").expect_err("it ends");
    assert_eq!(problem, "the worker ended (exit status: 3); it said: no more");
    assert_eq!(worker.ask("one"), Ok("got one".to_owned()));
    assert_eq!(worker.finish(), Ok(()));
}

#[test]
fn a_worker_has_to_end_well() {
    let mut worker = worker("fail", PATIENT);
    assert_eq!(worker.ask("end badly"), Ok("got end badly".to_owned()));
    assert_eq!(worker.finish(), Err("the worker ended with exit status: 4".to_owned()));
}

#[test]
fn a_worker_answers_no_more_than_it_was_asked() {
    let mut worker = worker("chat", PATIENT);
    assert_eq!(worker.ask("say more"), Ok("more".to_owned()));
    assert_eq!(worker.finish(), Err("an answer too many: got say more".to_owned()));
}

#[test]
fn a_program_that_can_t_be_run_is_named() {
    let missing = PathBuf::from("/nowhere/worker");
    let problem = Worker::new(&missing, log("missing"), PATIENT).ask("one").expect_err("there is none");
    assert!(problem.starts_with("/nowhere/worker can't be run: "), "{problem}");
}

#[test]
fn a_question_is_one_line() {
    let call = Json::object([("op", Json::text("decide")), ("user", Json::text("a\nb\u{0}"))]);
    let question = Question::new("/d.json".as_ref(), "http://127.0.0.1:9", 1, vec![call]);
    assert_eq!(question.calls(), 1);
    assert_eq!(
        question.with("flush", Json::Bool(true)).line(),
        r#"{"datafile":"/d.json","endpoint":"http://127.0.0.1:9","batch_size":1,"flush_interval_ms":86400000,"#
            .to_owned()
            + r#""calls":[{"op":"decide","user":"a\nb\u0000"}],"flush":true}"#
    );
}

#[test]
fn answers_are_read_strictly() {
    let given = r#"{"set":[true],"answers":[{"status":"OK","result":null}],"saved":{"user_id":"u"}}"#;
    let saved = Json::object([("user_id", Json::text("u"))]);
    let wanted = Given {
        set: vec![Json::Bool(true)],
        answers: vec![("OK".to_owned(), Json::Null)],
        saved: Some(saved),
    };
    assert_eq!(Answer::read(given, 1), Ok(Answer::Given(wanted)));
    assert_eq!(Answer::read(r#"{"skipped":"no lists"}"#, 1), Ok(Answer::Skipped("no lists".to_owned())));
    let refused = r#"{"refused":{"status":"INVALID_DATAFILE","message":"line 1"}}"#;
    let wanted = Answer::Refused { status: "INVALID_DATAFILE".to_owned(), message: "line 1".to_owned() };
    assert_eq!(Answer::read(refused, 1), Ok(wanted));
    assert_eq!(Answer::read(r#"{"problem":"close: TIMEOUT"}"#, 1), Err("close: TIMEOUT".to_owned()));
    for (line, calls) in [
        (given, 2),
        (r#"{"answers":[]}"#, 0),
        (r#"{"set":[]}"#, 0),
        (r#"{"set":[],"answers":[{"status":"OK"}]}"#, 1),
        (r#"{"set":[],"answers":[{"result":null}]}"#, 1),
        (r#"{"refused":{"status":"OK"}}"#, 0),
        ("OK", 0),
    ] {
        assert!(Answer::read(line, calls).is_err(), "{line} should be refused");
    }
}
