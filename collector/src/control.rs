//! The answers under `/control`: what was received, waiting for it, and the faults. No fault touches these.

use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::answer::Answer;
use crate::fault_json;
use crate::http::Line;
use crate::json::Json;
use crate::parse::parse;
use crate::server::Shared;
use crate::shape::{Malformed, Node};
use crate::store::Stats;
use crate::{report, results};

/// How long a wait lasts that doesn't say.
const WAIT_MS: u64 = 10_000;
/// A wait longer than an hour is a mistake.
const LONGEST_WAIT_MS: u64 = 3_600_000;

/// Answers one request.
pub fn answer(shared: &Shared, line: &Line, body: &[u8]) -> Answer {
    match (line.method.as_str(), line.path.as_str()) {
        ("GET", "/control/stats") => Answer::json(200, shared.stats().to_json()),
        ("GET", "/control/batches") => Answer::json(200, shared.store.batches_json()),
        ("GET", "/control/events") => typed("application/x-ndjson", shared.store.events_jsonl()),
        ("GET", "/control/results") => Answer::json(200, results::to_json(&results::compute(&shared.store))),
        ("GET", "/control/report") => {
            typed("text/plain; charset=utf-8", report::table(&results::compute(&shared.store)))
        }
        ("GET", "/control/wait") => wait(shared, &line.query),
        ("GET", "/control/faults") => Answer::json(200, shared.faults.to_json()),
        ("PUT", "/control/faults") => set(shared, body, replace_faults),
        ("POST", "/control/faults") => set(shared, body, add_fault),
        ("DELETE", "/control/faults") => {
            shared.faults.clear();
            Answer::empty(204)
        }
        ("POST", "/control/reset") => {
            shared.reset();
            Answer::empty(204)
        }
        (
            _,
            "/control/stats" | "/control/batches" | "/control/events" | "/control/results"
            | "/control/report" | "/control/wait" | "/control/faults" | "/control/reset",
        ) => Answer::error(405, "this address does not take this method"),
        _ => Answer::error(404, "no such address under /control"),
    }
}

/// Sets the faults of a JSON array in place of all.
pub fn replace_faults(shared: &Shared, faults: &Json) -> Result<(), Malformed> {
    fault_json::faults(&Node::root(faults)).map(|faults| shared.faults.replace(faults))
}

/// Adds the fault of a JSON object.
pub fn add_fault(shared: &Shared, fault: &Json) -> Result<(), Malformed> {
    fault_json::fault(&Node::root(fault)).map(|fault| shared.faults.add(fault))
}

fn typed(kind: &str, body: String) -> Answer {
    Answer { status: 200, headers: vec![("Content-Type", kind.to_owned())], body }
}

fn set(shared: &Shared, body: &[u8], change: fn(&Shared, &Json) -> Result<(), Malformed>) -> Answer {
    let text = String::from_utf8_lossy(body);
    match parse(&text) {
        Err(error) => Answer::error(400, &error.to_string()),
        Ok(json) => match change(shared, &json) {
            Ok(()) => Answer::json(200, shared.faults.to_json()),
            Err(malformed) => Answer::json(400, malformed.to_json()),
        },
    }
}

fn wait(shared: &Shared, query: &str) -> Answer {
    let (mut unique, mut posts, mut timeout) = (None, None, WAIT_MS);
    for (key, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
        match (key, value.parse::<u64>()) {
            ("unique", Ok(number)) => unique = Some(number),
            ("posts", Ok(number)) => posts = Some(number),
            ("timeout_ms", Ok(number)) => timeout = number.min(LONGEST_WAIT_MS),
            _ => return Answer::error(400, "expected unique, posts and timeout_ms, each with a number"),
        }
    }
    if unique.or(posts).is_none() {
        return Answer::error(400, "expected unique=N or posts=N");
    }
    let there = |stats: &Stats| stats.unique >= unique.unwrap_or(0) && stats.posts >= posts.unwrap_or(0);
    let enough = |stats: &Stats| there(stats) || shared.ended.load(Ordering::SeqCst);
    shared.store.wait(Duration::from_millis(timeout), enough);
    let stats = shared.stats();
    Answer::json(if there(&stats) { 200 } else { 408 }, stats.to_json())
}
