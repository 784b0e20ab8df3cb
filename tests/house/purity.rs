//! Rule: the rooms that decide are pure. What they need of the world is an argument.

use super::paths::{Reading, module_of};
use super::tree::{File, Findings, Tree};

const PURE: &[&str] = &["datafile", "audience", "bucketing", "user", "decision", "event", "value", "text"];

/// Threads, clocks, files, sockets, the process, randomness and locks, by the paths that lead to them.
const WORLD: &[&str] = &[
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
    "std::fs",
    "std::net",
    "std::os",
    "std::env",
    "std::process",
    "std::io::stdin",
    "std::io::stdout",
    "std::io::stderr",
    "std::sync::Mutex",
    "std::sync::RwLock",
    "std::sync::Condvar",
    "std::sync::Barrier",
    "std::sync::mpsc",
    "getrandom",
    "libc",
    "ureq",
    "rustls",
];

/// Macros that write to the process's streams.
const PRINTING: &[&str] = &["println!", "print!", "eprintln!", "eprint!", "dbg!"];

pub fn check(tree: &Tree) -> Findings {
    let mut findings = Findings::default();
    for file in tree.files() {
        let is_pure = module_of(&file.path).first().is_some_and(|room| PURE.contains(&room.as_str()));
        let is_test = file.path.ends_with("/tests.rs");
        if is_pure && !is_test {
            findings.saw();
            check_file(file, &mut findings);
        }
    }
    findings
}

fn check_file(file: &File, findings: &mut Findings) {
    for reference in Reading::of(file).references.iter().filter(|reference| !reference.inside) {
        let path = reference.segments.join("::");
        let leads_to = |world: &&&str| {
            let is_below = path == **world || path.starts_with(&format!("{world}::"));
            // A module above is as good as what it holds, once it is imported.
            let is_above = reference.is_import && world.starts_with(&format!("{path}::"));
            is_below || is_above
        };
        if let Some(world) = WORLD.iter().find(leads_to) {
            findings.broken(
                &file.path,
                reference.line,
                &format!("`{path}` leads to {world}; this room is pure"),
            );
        }
    }
    for (line, text) in file.text.lines().enumerate() {
        let code = text.split("//").next().unwrap_or_default();
        if let Some(name) = PRINTING.iter().find(|name| code.contains(**name)) {
            findings.broken(
                &file.path,
                line + 1,
                &format!("{name} writes to the process's streams; this room is pure"),
            );
        }
    }
}

#[cfg(test)]
fn planted(path: &str, text: &str) -> Findings {
    check(&Tree::of(&[(path, text)]))
}

#[test]
fn the_world_is_found_in_every_pure_room() {
    for room in PURE {
        for world in WORLD {
            let path = format!("src/{room}/part.rs");
            planted(&path, &format!("use {world};")).assert_broken("this room is pure");
            planted(&path, &format!("fn f() {{ {world}::now(); }}")).assert_broken("this room is pure");
            planted(&format!("src/{room}.rs"), &format!("use {world}::*;"))
                .assert_broken("this room is pure");
        }
    }
}

#[test]
fn the_world_is_found_however_it_is_named() {
    planted("src/user.rs", "use std::{sync::{Arc, Mutex}, fmt};").assert_broken("std::sync::Mutex");
    planted("src/user.rs", "use std::sync;").assert_broken("std::sync::Mutex");
    planted("src/user.rs", "use std::time as t;").assert_broken("std::time::Instant");
    planted("src/user.rs", "use std::fs::File as F;").assert_broken("std::fs");
    planted("src/user.rs", "fn f() { println!(\"\"); }").assert_broken("println!");
}

#[test]
fn other_rooms_and_harmless_names_are_let_pass() {
    planted("src/user.rs", "use std::sync::Arc; use std::time::Duration; // std::fs").assert_kept("pure", 1);
    planted("src/platform/clock.rs", "use std::time::Instant;").assert_kept("not pure", 0);
}
