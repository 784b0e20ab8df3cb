//! Rule: imports point one way. The table is the map of the house; a room that it does not name does not exist.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::TokenTree;

use super::paths::{Export, Reading, module_of, tokens};
use super::tree::{File, Findings, Tree};

/// Who may use whom. `decision (results)` is the part of `decision` that others carry on: see `RESULTS`.
#[rustfmt::skip]
pub const ARROWS: &[(&str, &[&str])] = &[
    ("ffi", &["client", "user", "error", "value", "text"]),
    // The notes of audiences are rendered by the client.
    ("client", &["config", "decision", "audience", "event", "journal", "delivery", "transport", "notification", "report", "odp",
        "cmab", "profile", "user", "datafile", "platform", "json", "value", "error"]),
    ("config", &["transport", "datafile", "platform", "error"]),
    ("odp", &["transport", "datafile", "platform", "journal", "delivery", "json", "value", "error"]),
    ("cmab", &["transport", "datafile", "platform", "json", "text", "error"]),
    ("profile", &["platform", "text", "error"]),
    ("report", &["datafile", "json", "order", "error"]),
    ("notification", &["event", "decision (results)", "json", "error"]),
    ("delivery", &["journal", "transport", "event", "platform", "json", "error"]),
    ("journal", &["platform", "error"]),
    ("transport", &["platform", "error"]),
    ("event", &["datafile", "decision (results)", "user", "json", "value", "error"]),
    ("decision", &["bucketing", "audience", "user", "datafile", "json", "error"]),
    ("user", &["value", "datafile", "error"]),
    ("audience", &["datafile", "value", "user", "error"]),
    ("datafile", &["value", "text", "order", "error"]),
    ("json", &["value", "error"]),
    ("value", &["text", "error"]),
    ("text", &["error"]),
    ("bucketing", &["error"]),
    ("order", &["error"]),
    ("platform", &["error"]),
    ("error", &[]),
    // The door for the targets of fuzz/, which are no part of the library: it passes on what they look at.
    ("fuzzing", &["audience", "bucketing", "datafile", "decision", "event", "report", "transport", "journal",
        "platform", "error"]),
];

/// What a decision comes to, as opposed to the making of it.
const RESULTS: &[&str] = &["Decision", "Source"];

/// The room whose public face is its own: what it passes on it answers for, and only `ffi` may look at it.
const FACE: &str = "client";

/// No path of the house is longer; one that grows past it goes in a circle.
const LONGEST: usize = 12;

/// Words that define something; `src/lib.rs` only says which rooms there are.
const DEFINING: &[&str] = &["fn", "struct", "enum", "union", "trait", "impl", "static", "macro_rules"];

pub fn check(tree: &Tree) -> Findings {
    let mut findings = Findings::default();
    let readings: Vec<_> = tree.files().map(|file| (file, Reading::of(file))).collect();
    let exports = Exports::of(tree, &readings);
    let tests: BTreeSet<_> =
        readings.iter().flat_map(|(_, reading)| &reading.test_modules).cloned().collect();

    for (file, reading) in &readings {
        let module = module_of(&file.path);
        let Some(room) = module.first() else {
            check_map(file, &mut findings);
            continue;
        };
        if (1..=module.len()).any(|depth| tests.contains(&module[..depth])) {
            continue;
        }
        if rooms().all(|known| known != room) {
            findings.broken(&file.path, 1, &format!("`{room}` is no room of the house"));
        }
        check_shortcuts(file, &mut findings);
        for reference in reading.references.iter().filter(|reference| reference.inside) {
            findings.saw();
            for path in exports.follow(room, &reference.segments) {
                if let Err(fault) = allowed(room, &path) {
                    findings.broken(&file.path, reference.line, &fault);
                }
            }
        }
    }
    findings
}

pub fn rooms() -> impl Iterator<Item = &'static str> {
    ARROWS.iter().map(|(room, _)| *room)
}

/// The rooms that `room` may use.
pub fn targets(room: &str) -> &'static [&'static str] {
    ARROWS.iter().find(|(from, _)| *from == room).map_or(&[], |(_, to)| to)
}

fn allowed(room: &str, path: &[String]) -> Result<(), String> {
    let Some(target) = path.first() else {
        return Err(format!("{room} names the root of the crate, from which everything can be reached"));
    };
    if rooms().all(|known| known != target) {
        return Err(format!("{room} names `crate::{target}`, which is no room of the house"));
    }
    let allowed = targets(room);
    if target == room || allowed.contains(&target.as_str()) {
        return Ok(());
    }
    if !allowed.contains(&format!("{target} (results)").as_str()) {
        return Err(format!("{room} -> {target} is no arrow of the house"));
    }
    match path.get(1) {
        Some(name) if RESULTS.contains(&name.as_str()) => Ok(()),
        _ => Err(format!("{room} -> {target} is for results only: {RESULTS:?}")),
    }
}

/// What modules pass on of others, by module and name.
struct Exports(BTreeMap<(Vec<String>, String), Vec<Vec<String>>>);

impl Exports {
    fn of(tree: &Tree, readings: &[(&File, Reading)]) -> Self {
        let modules: BTreeSet<_> = tree.files().map(|file| module_of(&file.path)).collect();
        let mut exports = BTreeMap::<_, Vec<_>>::new();
        for export in readings.iter().flat_map(|(_, reading)| &reading.exports) {
            if let Some(target) = target(export, &modules) {
                exports.entry((export.module.clone(), export.name.clone())).or_default().push(target);
            }
        }
        Self(exports)
    }

    /// A path as it is written in `room`, and every path that it leads to by way of re-exports.
    fn follow(&self, room: &str, path: &[String]) -> BTreeSet<Vec<String>> {
        let mut found = BTreeSet::new();
        let mut open = vec![path.to_vec()];
        while let Some(path) = open.pop() {
            if path.len() > LONGEST || !found.insert(path.clone()) {
                continue;
            }
            for depth in 0..path.len() {
                let (module, name, rest) = (&path[..depth], &path[depth], &path[depth + 1..]);
                let is_room = depth == 0 && rooms().any(|room| room == name);
                let is_face = room != FACE && module.first().is_some_and(|first| first == FACE);
                if is_room || is_face {
                    continue;
                }
                for target in self.0.get(&(module.to_vec(), name.clone())).into_iter().flatten() {
                    open.push([target, rest].concat());
                }
                for target in self.0.get(&(module.to_vec(), "*".to_owned())).into_iter().flatten() {
                    open.push([target, &path[depth..]].concat());
                }
            }
        }
        // A name that the root passes on is no room, and stands for where it leads.
        let leads_on = found.len() > 1;
        found.retain(|path| !leads_on || path.first().is_none_or(|first| rooms().any(|room| room == first)));
        found
    }
}

/// Where a re-export leads within the crate; none for what comes from another crate.
fn target(export: &Export, modules: &BTreeSet<Vec<String>>) -> Option<Vec<String>> {
    if export.inside {
        return Some(export.target.clone());
    }
    let relative = [&export.module[..], &export.target].concat();
    let child = relative.get(..=export.module.len())?;
    modules.contains(child).then(|| relative.clone())
}

/// `src/lib.rs` may name every room, and so must hold nothing else.
fn check_map(file: &File, findings: &mut Findings) {
    findings.saw();
    for token in tokens(file) {
        if let TokenTree::Ident(word) = token {
            if DEFINING.iter().any(|defining| word == defining) {
                let what = format!("lib.rs is a map: `{word}` belongs into a room");
                findings.broken(&file.path, word.span().start().line, &what);
            }
        }
    }
}

/// Ways to name a module that leave no path to read.
fn check_shortcuts(file: &File, findings: &mut Findings) {
    for (line, text) in file.text.lines().enumerate() {
        let text = text.trim_start();
        if text.starts_with("#[path")
            || text.starts_with("extern crate self")
            || text.starts_with("include!(")
        {
            findings.broken(&file.path, line + 1, "names a module in a way that hides its arrows");
        }
    }
}
