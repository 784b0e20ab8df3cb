//! F2, F12: small datafiles that would take memory out of proportion, each in a process of its own.

use super::child;
use super::fixture::{client, try_client};
use super::row::Row;

const KIB: usize = 1024;

/// Memory for a file of a few hundred KiB, as a multiple of its size: tables and indices, but no copies for each entry.
const MULTIPLE: u64 = 40;

#[test]
fn a_holdout_of_many_rules() {
    let mut row = Row::new("F12", "a large holdout of 10^4 rules takes memory in proportion to the file");
    let figures = measured("amplification::a_holdout_in_a_process_of_its_own");
    row.fire();
    row.done(&figures.to_string());
    figures.assert_bounded();
}

#[test]
fn a_feature_rollout_of_many_flags() {
    let mut row =
        Row::new("F12", "a feature rollout that 10^3 flags list takes memory in proportion to the file");
    let figures = measured("amplification::a_feature_rollout_in_a_process_of_its_own");
    row.fire();
    row.done(&figures.to_string());
    figures.assert_bounded();
}

#[test]
fn holdouts_of_rules_with_one_id() {
    let mut row =
        Row::new("F12", "10^4 rules of one id with 10^4 holdouts take memory in proportion to the file");
    let figures = measured("amplification::holdouts_of_one_id_in_a_process_of_its_own");
    row.fire();
    row.done(&figures.to_string());
    figures.assert_bounded();
}

#[test]
fn feature_rollouts_with_one_id() {
    let mut row = Row::new(
        "F12",
        "2,000 feature rollouts of one id for as many flags take memory in proportion to the file",
    );
    let figures = measured("amplification::feature_rollouts_of_one_id_in_a_process_of_its_own");
    row.fire();
    row.done(&figures.to_string());
    figures.assert_bounded();
}

#[test]
fn a_flag_that_warnings_name() {
    let mut row =
        Row::new("F12", "10^4 warnings about a flag with a large key take memory in proportion to the file");
    let figures = measured("amplification::warnings_in_a_process_of_their_own");
    row.fire();
    row.done(&figures.to_string());
    figures.assert_bounded();
}

struct Figures {
    text_kib: u64,
    taken_kib: u64,
}

impl Figures {
    fn assert_bounded(&self) {
        assert!(self.taken_kib <= MULTIPLE * self.text_kib, "{self}: more than {MULTIPLE} ×");
    }
}

impl std::fmt::Display for Figures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} KiB for {} KiB of datafile", self.taken_kib, self.text_kib)
    }
}

fn measured(test: &str) -> Figures {
    let output = child::run(test);
    Figures { text_kib: child::figure(&output, "text_kib"), taken_kib: child::figure(&output, "taken_kib") }
}

/// Parses a datafile and prints what it took; refusing it would do as well.
fn measure(datafile: &str) {
    // Whatever a first client takes once is not the datafile's.
    drop(client(r#"{"version":"4"}"#));
    let before = child::peak_kib();
    let client = try_client(datafile);
    println!("text_kib={} taken_kib={}", datafile.len() / KIB, child::peak_kib() - before);
    drop(client);
}

#[test]
#[ignore = "measures its own process; `a_holdout_of_many_rules` runs it in one of its own"]
fn a_holdout_in_a_process_of_its_own() {
    let rules: Vec<String> = (0..10_000).map(|number| format!("\"{number}\"")).collect();
    measure(&format!(
        r#"{{"version":"4","localHoldouts":[{{"id":"h","key":"{}","status":"Running","includedRules":[{}]}}]}}"#,
        "k".repeat(64 * KIB),
        rules.join(",")
    ));
}

#[test]
#[ignore = "measures its own process; `a_feature_rollout_of_many_flags` runs it in one of its own"]
fn a_feature_rollout_in_a_process_of_its_own() {
    let flags: Vec<String> = (0..1_000)
        .map(|number| format!(r#"{{"key":"{number}","rolloutId":"r","experimentIds":["e"]}}"#))
        .collect();
    measure(&format!(
        r#"{{"version":"4","featureFlags":[{}],"experiments":[{{"id":"e","key":"e","type":"fr"}}],
            "rollouts":[{{"id":"r","experiments":[{{"id":"d","key":"d","variations":[{{"id":"v","key":"{}"}}]}}]}}]}}"#,
        flags.join(","),
        "k".repeat(64 * KIB)
    ));
}

#[test]
#[ignore = "measures its own process; `holdouts_of_rules_with_one_id` runs it in one of its own"]
fn holdouts_of_one_id_in_a_process_of_its_own() {
    let rules = vec![r#"{"id":"x"}"#; 10_000].join(",");
    let holdouts = vec![r#"{"status":"Running","includedRules":["x"]}"#; 10_000].join(",");
    measure(&format!(r#"{{"version":"4","experiments":[{rules}],"localHoldouts":[{holdouts}]}}"#));
}

#[test]
#[ignore = "measures its own process; `feature_rollouts_with_one_id` runs it in one of its own"]
fn feature_rollouts_of_one_id_in_a_process_of_its_own() {
    let many = |entry: &dyn Fn(usize) -> String| (0..2_000).map(entry).collect::<Vec<_>>().join(",");
    measure(&format!(
        r#"{{"version":"4","featureFlags":[{}],"experiments":[{}],"rollouts":[{}]}}"#,
        many(&|number| format!(r#"{{"key":"{number}","rolloutId":"{number}","experimentIds":["x"]}}"#)),
        many(&|_| r#"{"id":"x","type":"fr"}"#.to_owned()),
        many(&|number| format!(
            r#"{{"id":"{number}","experiments":[{{"id":"d","variations":[{{"id":"{number}"}}]}}]}}"#
        ))
    ));
}

#[test]
#[ignore = "measures its own process; `a_flag_that_warnings_name` runs it in one of its own"]
fn warnings_in_a_process_of_their_own() {
    let ids: Vec<String> = (0..10_000).map(|number| format!("\"{number}\"")).collect();
    let key = "k".repeat(256 * KIB);
    measure(&format!(
        r#"{{"version":"4","featureFlags":[{{"key":"{key}","experimentIds":[{}]}}]}}"#,
        ids.join(",")
    ));
}
