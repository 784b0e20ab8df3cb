//! The rules of the house, executed. Beside each rule a violation is planted, which it must find.

use std::fs;
use std::path::Path;

mod house {
    pub mod arrows;
    pub mod dependencies;
    pub mod faults;
    pub mod files;
    pub mod header;
    pub mod paths;
    pub mod purity;
    pub mod tree;
    pub mod unsafety;

    mod arrows_planted;
}

use house::tree::{File, Tree};
use house::{arrows, dependencies, faults, files, header, purity, unsafety};

/// Everything written in Rust that is the library or stands beside it.
fn rust() -> Tree {
    Tree::read(&["src", "collector", "tests", "tools", "examples", "fuzz"], &[".rs"])
}

fn library() -> Tree {
    Tree::read(&["src"], &[".rs"])
}

fn every_language() -> Tree {
    let folders =
        ["src", "collector", "tests", "examples", "benches", "bindings", "scripts", "tools", "fuzz"];
    Tree::read(&folders, &[".rs", ".c", ".h", ".cpp", ".hpp", ".go", ".swift", ".py", ".mjs", ".sh"])
}

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn imports_point_one_way() {
    arrows::check(&library()).assert_kept("imports point one way", 100);
}

#[test]
fn rooms_that_decide_are_pure() {
    purity::check(&library()).assert_kept("rooms that decide are pure", 20);
}

#[test]
fn unsafe_lives_in_platform_and_ffi() {
    let ours = Tree::read(&["src", "collector", "tools"], &[".rs"]);
    unsafety::check(&ours).assert_kept("unsafe lives in platform and ffi", 30);
    assert!(unsafety::is_denied(&read("Cargo.toml")), "Cargo.toml does not deny unsafe_code");
}

#[test]
fn no_file_is_too_long() {
    files::check_lengths(&every_language()).assert_kept("no file is too long", 50);
}

#[test]
fn the_first_line_says_what_a_file_is_for() {
    files::check_first_lines(&rust()).assert_kept("the first line says what a file is for", 40);
}

#[test]
fn long_tests_stand_beside_what_they_test() {
    files::check_tests_inside(&library()).assert_kept("long tests stand beside what they test", 30);
}

#[test]
fn the_header_documents_every_item() {
    let path = "include/opttrack.h";
    let file = File { path: path.to_owned(), text: read(path) };
    header::check(&file).assert_kept("the header documents every item", 150);
}

#[test]
fn the_readme_lists_every_fault() {
    let readme = File { path: "README.md".to_owned(), text: read("README.md") };
    faults::check(&readme, &read("tests/faults/ids.txt")).assert_kept("the README lists every fault", 139);
}

#[test]
fn dependencies_are_few_and_each_has_its_reason() {
    dependencies::check_reasons(&read("Cargo.toml")).assert_kept("each dependency has its reason", 10);
    dependencies::check_budgets(&dependencies::budgets()).assert_kept("dependencies are few", 10);
}
