//! The committed header says what `src/ffi` says: it is generated again in memory and compared.
//!
//! `make header` (this test with `OPT_BLESS=1`) writes it.

use std::path::{Path, PathBuf};
use std::{env, fs};

const HEADER: &str = "include/opttrack.h";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The sections of the header in its order: the statuses, then what `src/ffi/mod.rs` makes public.
fn sections() -> Vec<PathBuf> {
    let sections: Vec<_> = read("src/ffi/mod.rs")
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';').map(str::to_owned))
        .map(|name| root().join("src/ffi").join(name).with_extension("rs"))
        .collect();
    assert!(!sections.is_empty(), "src/ffi/mod.rs has no `pub mod` line");
    [vec![root().join("src/error.rs")], sections].concat()
}

fn generated() -> String {
    let config =
        cbindgen::Config::from_file(root().join("cbindgen.toml")).expect("cbindgen.toml is readable");
    let builder = sections()
        .into_iter()
        .fold(cbindgen::Builder::new().with_config(config), cbindgen::Builder::with_src);
    let mut text = Vec::new();
    builder.generate().expect("src/ffi is readable to cbindgen").write(&mut text);
    String::from_utf8(text).expect("the header is UTF-8")
}

/// The first line in which two texts differ, as a sentence.
fn first_difference(committed: &str, generated: &str) -> Option<String> {
    if committed == generated {
        return None;
    }
    let same = committed.lines().zip(generated.lines()).take_while(|(left, right)| left == right).count();
    let line = |text: &str| text.lines().nth(same).unwrap_or("(the end)").to_owned();
    Some(format!("line {}: committed `{}`, generated `{}`", same + 1, line(committed), line(generated)))
}

#[test]
fn the_committed_header_is_what_the_source_generates() {
    let generated = generated();
    if env::var_os("OPT_BLESS").is_some() {
        fs::write(root().join(HEADER), &generated).expect("the header is writable");
    }
    if let Some(difference) = first_difference(&read(HEADER), &generated) {
        panic!("{HEADER} is stale, `make header` writes it; {difference}");
    }
}

#[test]
fn a_difference_is_seen_and_named() {
    assert_eq!(first_difference("one\ntwo\n", "one\ntwo\n"), None);
    let said = first_difference("one\ntwo\n", "one\n2\n").expect("a difference");
    assert_eq!(said, "line 2: committed `two`, generated `2`");
    assert!(first_difference("one\n", "one\ntwo\n").expect("a difference").contains("(the end)"));
}

/// The value of a `#define` in the header.
fn define<'a>(header: &'a str, name: &str) -> &'a str {
    header
        .lines()
        .find_map(|line| line.strip_prefix("#define ")?.strip_prefix(name)?.strip_prefix(' '))
        .unwrap_or_else(|| panic!("{HEADER} has no {name}"))
}

#[test]
fn the_version_macros_are_the_crates_version() {
    let header = read(HEADER);
    assert_eq!(define(&header, "OPT_VERSION"), format!("\"{}\"", env!("CARGO_PKG_VERSION")));
    assert_eq!(define(&header, "OPT_VERSION_MAJOR"), env!("CARGO_PKG_VERSION_MAJOR"));
    assert_eq!(define(&header, "OPT_VERSION_MINOR"), env!("CARGO_PKG_VERSION_MINOR"));
    assert_eq!(define(&header, "OPT_VERSION_PATCH"), env!("CARGO_PKG_VERSION_PATCH"));
}
