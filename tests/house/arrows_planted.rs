//! Plants every arrow that the house does not have, in every way of writing it, and expects each to be found.

use super::arrows::{check, rooms, targets};
use super::tree::{Findings, Tree};

/// Ways to name `TARGET` in a room's `mod.rs`.
const WAYS: &[&str] = &[
    "use crate::TARGET::Decision;",
    "use super::TARGET::Decision;",
    "pub use crate::TARGET::Decision;",
    "pub(crate) use super::TARGET::Decision as Renamed;",
    "use crate::{error::Error, TARGET::{Decision}};",
    "use super::{TARGET::Decision, error::Error};",
    "fn call() { crate::TARGET::Decision::make(); }",
    "fn call(decision: &crate::TARGET::Decision) {}",
    "fn call() { println!(\"{}\", super::TARGET::Decision::NAME); }",
    "mod inner { use super::super::TARGET::Decision; }",
    "macro_rules! make { () => { $crate::TARGET::Decision::make() }; }",
    "#[serde(with = \"crate::TARGET::Decision\")] struct Shape;",
];

fn planted(room: &str, text: &str, others: &[(&str, &str)]) -> Findings {
    let path = format!("src/{room}/mod.rs");
    check(&Tree::of(&[&[(path.as_str(), text)], others].concat()))
}

fn is_allowed(room: &str, target: &str) -> bool {
    room == target
        || targets(room).contains(&target)
        || targets(room).contains(&format!("{target} (results)").as_str())
}

fn pairs(allowed: bool) -> impl Iterator<Item = (&'static str, &'static str)> {
    rooms()
        .flat_map(|room| rooms().map(move |target| (room, target)))
        .filter(move |(room, target)| is_allowed(room, target) == allowed)
}

#[test]
fn every_forbidden_arrow_is_found_in_every_way_of_writing_it() {
    for (room, target) in pairs(false) {
        for way in WAYS {
            let findings = planted(room, &way.replace("TARGET", target), &[]);
            findings.assert_broken(&format!("{room} -> {target}"));
        }
    }
}

#[test]
fn every_arrow_of_the_house_is_let_pass_in_every_way_of_writing_it() {
    for (room, target) in pairs(true) {
        for way in WAYS {
            let findings = planted(room, &way.replace("TARGET", target), &[]);
            findings.assert_kept(&format!("{room} -> {target} by `{way}`"), 1);
        }
    }
}

#[test]
fn a_re_export_at_the_root_leads_to_its_room() {
    for (room, target) in pairs(false) {
        for map in [
            "pub use TARGET::Decision;",
            "pub use crate::TARGET::{Other, Decision};",
            "pub use self::TARGET::*;",
        ] {
            let map = map.replace("TARGET", target);
            let here = format!("src/{target}/mod.rs");
            let others = [("src/lib.rs", map.as_str()), (here.as_str(), "")];
            planted(room, "use crate::Decision;", &others).assert_broken(&format!("{room} -> {target}"));
        }
    }
}

#[test]
fn a_re_export_of_a_neighbour_does_not_hide_where_it_comes_from() {
    let journal = ("src/journal/mod.rs", "pub struct Segment;");
    let delivery = ("src/delivery/mod.rs", "mod part; pub use part::Renamed;");
    let part = ("src/delivery/part.rs", "pub(super) use crate::journal::Segment as Renamed;");
    let others = [journal, delivery, part];
    planted("odp", "use crate::delivery::Renamed;", &others).assert_kept("odp may use both", 1);
    planted("cmab", "use crate::delivery::Renamed;", &others).assert_broken("cmab -> journal");
}

#[test]
fn what_the_client_passes_on_is_its_own_face() {
    let client = ("src/client/mod.rs", "pub use crate::decision::Decision;");
    planted("ffi", "use crate::client::Decision;", &[client]).assert_kept("ffi sees the client", 1);
    planted("ffi", "use crate::decision::Decision;", &[client]).assert_broken("ffi -> decision");
    planted("event", "use crate::client::Decision;", &[client]).assert_broken("event -> client");
}

#[test]
fn only_results_of_decisions_travel_on() {
    for room in ["event", "notification"] {
        planted(room, "use crate::decision::{Decision, Source};", &[]).assert_kept("results", 2);
        planted(room, "use crate::decision::Trace;", &[]).assert_broken("for results only");
        planted(room, "use crate::decision::rollout::decide;", &[]).assert_broken("for results only");
        planted(room, "use crate::decision;", &[]).assert_broken("for results only");
        planted(room, "use crate::decision::*;", &[]).assert_broken("for results only");
    }
}

#[test]
fn names_that_hide_an_arrow_are_refused() {
    planted("text", "use crate as root;", &[]).assert_broken("the root of the crate");
    planted("text", "use super as root;", &[]).assert_broken("the root of the crate");
    planted("text", "use crate::*;", &[]).assert_broken("the root of the crate");
    planted("text", "use crate::{self as root};", &[]).assert_broken("the root of the crate");
    planted("text", "use crate::helper;", &[]).assert_broken("no room of the house");
    planted("text", "#[path = \"../client/mod.rs\"]\nmod client;", &[]).assert_broken("hides its arrows");
    planted("text", "extern crate self as opttrack;", &[]).assert_broken("hides its arrows");
    planted("helpers", "fn help() {}", &[]).assert_broken("`helpers` is no room");
    check(&Tree::of(&[("src/lib.rs", "//! Map.\nfn help() {}")])).assert_broken("lib.rs is a map");
}

#[test]
fn comments_texts_and_tests_say_nothing() {
    let text = "//! crate::client::Client\n/// super::client::Client\n/* crate::client::x */\n\
                const TEXT: &str = \"crate::client::Client\";\n\
                use crate::error::Error;\n\
                #[cfg(test)]\nmod tests;\n\
                #[cfg(test)]\nmod inline { use crate::client::Client; }";
    let tests = ("src/text/tests.rs", "use crate::client::Client;");
    planted("text", text, &[tests]).assert_kept("no arrow but text -> error", 1);
    // A file is a test only if it is declared as one.
    planted("text", "mod tests;", &[tests]).assert_broken("text -> client");
}

#[test]
fn the_table_has_no_circle() {
    let mut left: Vec<_> = rooms().collect();
    while !left.is_empty() {
        let before = left.len();
        let uses_one_that_is_left = |room: &str| {
            targets(room).iter().any(|target| left.contains(&target.trim_end_matches(" (results)")))
        };
        let kept: Vec<_> = left.iter().copied().filter(|room| uses_one_that_is_left(room)).collect();
        assert!(kept.len() < before, "these use each other: {kept:?}");
        left = kept;
    }
}
