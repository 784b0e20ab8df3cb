//! F3: lists and objects inside each other, up to a million deep, on a thread of 64 KiB of stack. Run in a process of
//! its own, for an overflow of the stack ends the process.

use std::thread;

use opttrack::value::Value;

use super::child;
use super::fixture::{client, refusal, try_client, user};
use super::probe::{self, Truth, leaf};
use super::row::{Row, say};

const SMALL_STACK: usize = 64 * 1024;
const DEPTHS: [usize; 6] = [100, 512, 1_000, 10_000, 100_000, 1_000_000];

/// Levels that are taken: in conditions, and anywhere else.
const CONDITION_LEVELS: usize = 512;
const OTHER_LEVELS: usize = 64;

#[test]
fn on_a_small_stack() {
    let output = child::run("nesting::in_a_process_of_its_own");
    // The child's rows, with its own counts.
    for line in output.lines().filter_map(|line| line.find("F3: ").map(|start| &line[start..])) {
        say(line);
    }
    assert_eq!(output.matches("F3: ").count(), ROWS.len(), "{output}");
    let mut row = Row::new("F3", "a host with threads of 64 KiB of stack survives all of it");
    row.fire();
    row.done("");
}

const ROWS: [fn(); 5] = [elsewhere, at_the_bounds, conditions, audience_conditions, texts_inside_texts];

#[test]
#[ignore = "an overflow of the stack would end the process; `on_a_small_stack` runs it in one of its own"]
fn in_a_process_of_its_own() {
    for row in ROWS {
        let thread = thread::Builder::new().stack_size(SMALL_STACK).spawn(row).expect("a thread starts");
        thread.join().expect("the row holds");
    }
}

fn lists(depth: usize) -> String {
    format!("{}{}", "[".repeat(depth), "]".repeat(depth))
}

fn objects(depth: usize) -> String {
    format!("{}0{}", r#"{"a":"#.repeat(depth), "}".repeat(depth))
}

/// `depth` levels of nested lists around a condition that a user with `a` = `x` meets; the condition is the last level.
fn nested_condition(depth: usize, operator: &str) -> String {
    let levels = depth - 1;
    let open = format!("[\"{operator}\",").repeat(levels);
    format!("{open}{}{}", leaf("exact", "\"x\""), "]".repeat(levels))
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn elsewhere() {
    let mut row = Row::new("F3", "lists and objects nested 10^2 to 10^6 deep are refused with their place");
    let client = client(r#"{"version":"4"}"#);
    for depth in DEPTHS {
        for (hostile, is_whole) in [
            (lists(depth), true),
            (objects(depth), true),
            ("[".repeat(depth), false),
            (r#"{"a":"#.repeat(depth), false),
        ] {
            let places = [
                (hostile.clone(), "datafile"),
                (format!(r#"{{"version":"4","extra":{hostile}}}"#), "extra"),
                (format!(r#"{{"version":"4","experiments":{hostile}}}"#), "experiments"),
                (
                    format!(r#"{{"version":"4","experiments":[{{"extra":{hostile}}}]}}"#),
                    "experiments[0].extra",
                ),
                (format!(r#"{{"version":"4","experiments":[{{"id":{hostile}}}]}}"#), "experiments[0].id"),
                (
                    format!(r#"{{"version":"4","featureFlags":[{{"variables":[{{"x":{hostile}}}]}}]}}"#),
                    "featureFlags[0].variables[0].x",
                ),
                (
                    format!(r#"{{"version":"4","typedAudiences":[{{"id":{hostile}}}]}}"#),
                    "typedAudiences[0].id",
                ),
            ];
            for (text, place) in places {
                let error = refusal(&client, &text);
                // A text that ends too early may be wrong about more than the place.
                let holds = error.place().starts_with(place) || !is_whole || hostile.starts_with('{');
                assert!(holds, "{depth}: {:?} is not in {place}: {error}", error.place());
                row.fire();
            }
        }
    }
    row.done("");
}

fn at_the_bounds() {
    let mut row = Row::new("F3", "64 levels are taken, 65 refused; 512 of conditions are used, 513 not");
    let nested = |depth| format!(r#"{{"version":"4","extra":{}}}"#, lists(depth - 1));
    try_client(&nested(OTHER_LEVELS)).unwrap_or_else(|error| panic!("{error}"));
    let error = try_client(&nested(OTHER_LEVELS + 1)).err().expect("one level too many");
    assert_eq!(error.place(), "extra", "{error}");
    row.fire();
    let deep = |depth| format!(r#"{{"version":"4","events":[{{"extra":{}}}]}}"#, lists(depth - 3));
    try_client(&deep(OTHER_LEVELS)).unwrap_or_else(|error| panic!("{error}"));
    let error = try_client(&deep(OTHER_LEVELS + 1)).err().expect("one level too many");
    assert_eq!(error.place(), "events[0].extra", "{error}");
    row.fire();
    let visitor = user("u", &[("a", Value::Str("x"))]);
    for (depth, truth) in [(CONDITION_LEVELS, Truth::True), (CONDITION_LEVELS + 1, Truth::Unknown)] {
        for operator in ["and", "or"] {
            let tree = nested_condition(depth, operator);
            assert_eq!(probe::truth_of(&tree, &visitor), truth, "{depth} levels");
            assert_eq!(probe::truth_of(&quoted(&tree), &visitor), truth, "{depth} levels in a text");
            row.fire();
        }
    }
    row.done("");
}

fn conditions() {
    let mut row =
        Row::new("F3", "conditions nested 10^2 to 10^6 deep make their audience unknown, not the datafile");
    let visitor = user("u", &[("a", Value::Str("x"))]);
    for depth in DEPTHS {
        for operator in ["and", "or", "not"] {
            let tree = nested_condition(depth, operator);
            let negations = if operator == "not" { depth - 1 } else { 0 };
            let truth = match (depth <= CONDITION_LEVELS, negations % 2) {
                (false, _) => Truth::Unknown,
                (true, 0) => Truth::True,
                (true, _) => Truth::False,
            };
            assert_eq!(probe::truth_of(&tree, &visitor), truth, "{depth} × {operator}");
            assert_eq!(probe::truth_of(&quoted(&tree), &visitor), truth, "{depth} × {operator} in a text");
            row.fire();
        }
        let hostile_value = format!("[{}]", leaf("exact", &lists(depth)));
        assert_eq!(probe::truth_of(&hostile_value, &visitor), Truth::Unknown, "a value of {depth} lists");
        let hostile_value = leaf("exact", &objects(depth));
        assert_eq!(probe::truth_of(&hostile_value, &visitor), Truth::Unknown, "a value of {depth} objects");
        row.fire();
    }
    row.done("");
}

fn audience_conditions() {
    let mut row =
        Row::new("F3", "audienceConditions nested 10^2 to 10^6 deep let nobody in beyond 512 levels");
    let visitor = user("u", &[("a", Value::Str("x"))]);
    for depth in DEPTHS {
        for operator in ["and", "or"] {
            let open = format!("[\"{operator}\",").repeat(depth);
            let tree = format!("{open}\"1\"{}", "]".repeat(depth));
            let outside = format!("[\"not\",{tree}]");
            let client = client(&probe::targeted(&leaf("exact", "\"x\""), &tree, &outside));
            let truth = if depth <= CONDITION_LEVELS { Truth::True } else { Truth::Unknown };
            assert_eq!(probe::truth(&client, &visitor), truth, "{depth} × {operator}");
            row.fire();
        }
    }
    row.done("");
}

/// Each text inside a text doubles the backslashes, so that eighteen levels make megabytes.
fn texts_inside_texts() {
    let mut row = Row::new("F3", "conditions in texts in conditions are unknown leaves, however deep");
    let visitor = user("u", &[("a", Value::Str("x"))]);
    let mut tree = format!("[{}]", leaf("exact", "\"x\""));
    for _level in 0..18 {
        // A list that holds the text of a list: the text is a leaf of a wrong type.
        tree = format!("[\"or\",{}]", quoted(&tree));
        assert_eq!(probe::truth_of(&tree, &visitor), Truth::Unknown);
        assert_eq!(probe::truth_of(&quoted(&tree), &visitor), Truth::Unknown);
        row.fire();
    }
    for depth in DEPTHS {
        let inside = quoted(&nested_condition(depth, "and"));
        let tree = format!("[\"or\",{inside}]");
        assert_eq!(probe::truth_of(&tree, &visitor), Truth::Unknown, "{depth} in a text in a tree");
        assert_eq!(probe::truth_of(&quoted(&tree), &visitor), Truth::Unknown, "{depth} in a text in a text");
        let either = format!("[\"or\",{inside},{}]", leaf("exact", "\"x\""));
        assert_eq!(probe::truth_of(&either, &visitor), Truth::True, "its neighbours still count");
        row.fire();
    }
    row.done("");
}
