//! Rules: a file has one reason to exist, which its first line says, and is no longer than that takes.

use proc_macro2::{TokenStream, TokenTree};

use super::paths::{attribute, tokens};
use super::tree::{File, Findings, Tree};

/// Past this, a file is two files.
const LONGEST_FILE: usize = 400;

/// Past this, tests move beside what they test, into `<name>/tests.rs`.
const LONGEST_TESTS_INSIDE: usize = 150;

/// No file is longer than a reader can hold, but for tests that stand beside what they test.
pub fn check_lengths(tree: &Tree) -> Findings {
    let mut findings = Findings::default();
    for file in tree.files().filter(|file| !file.path.ends_with("/tests.rs")) {
        findings.saw();
        let lines = file.text.lines().count();
        if lines > LONGEST_FILE {
            findings.broken(&file.path, lines, &format!("longer than {LONGEST_FILE} lines"));
        }
    }
    findings
}

/// Every Rust file starts with what it is for.
pub fn check_first_lines(tree: &Tree) -> Findings {
    let mut findings = Findings::default();
    for file in tree.files() {
        findings.saw();
        let first = file.text.lines().next().unwrap_or_default();
        let says_something = first.strip_prefix("//! ").is_some_and(|rest| !rest.trim().is_empty());
        if !says_something {
            findings.broken(&file.path, 1, "the first line does not say what the file is for (`//! …`)");
        }
    }
    findings
}

/// Tests inside a file are short.
pub fn check_tests_inside(tree: &Tree) -> Findings {
    let mut findings = Findings::default();
    for file in tree.files() {
        findings.saw();
        check_stream(file, tokens(file), &mut findings);
    }
    findings
}

fn check_stream(file: &File, stream: TokenStream, findings: &mut Findings) {
    let stream: Vec<_> = stream.into_iter().collect();
    for at in 0..stream.len() {
        let is_for_tests =
            attribute(&stream, at).is_some_and(|text| text.to_string().replace(' ', "") == "cfg(test)");
        let item = stream[at..].iter().find_map(|token| match token {
            TokenTree::Group(body) if body.delimiter() == proc_macro2::Delimiter::Brace => Some(body),
            _ => None,
        });
        let Some(body) = item.filter(|_| is_for_tests) else { continue };
        let (start, end) = (body.span_open().start().line, body.span_close().end().line);
        if end - start + 1 > LONGEST_TESTS_INSIDE {
            let what = format!(
                "tests of {} lines inside; past {LONGEST_TESTS_INSIDE} they move out",
                end - start + 1
            );
            findings.broken(&file.path, start, &what);
        }
    }
}

#[cfg(test)]
fn lines(count: usize, line: &str) -> String {
    format!("{line}\n").repeat(count)
}

#[test]
fn a_long_file_is_found() {
    let (fits, too_long) = (lines(LONGEST_FILE, "// line"), lines(LONGEST_FILE + 1, "// line"));
    check_lengths(&Tree::of(&[("src/a.rs", &fits)])).assert_kept("lengths", 1);
    check_lengths(&Tree::of(&[("src/a.rs", &too_long)])).assert_broken("src/a.rs:401: longer than 400 lines");
    check_lengths(&Tree::of(&[("src/a/tests.rs", &too_long)])).assert_kept("tests beside", 0);
}

#[test]
fn a_silent_first_line_is_found() {
    check_first_lines(&Tree::of(&[("src/a.rs", "//! Says it.\n")])).assert_kept("first lines", 1);
    for text in ["", "//!\n//! Late.\n", "//! \nuse x;\n", "use x;\n", "// A comment.\n"] {
        check_first_lines(&Tree::of(&[("src/a.rs", text)]))
            .assert_broken("does not say what the file is for");
    }
}

#[test]
fn long_tests_inside_are_found() {
    let module = |count: usize| {
        format!("fn f() {{}}\n#[cfg(test)]\nmod tests {{\n{}}}\n", lines(count, "    fn t() {}"))
    };
    let check = |text: &str| check_tests_inside(&Tree::of(&[("src/a.rs", text)]));
    check(&module(LONGEST_TESTS_INSIDE - 2)).assert_kept("tests inside", 1);
    check(&module(LONGEST_TESTS_INSIDE - 1)).assert_broken("src/a.rs:3: tests of 151 lines inside");
    let code = format!("#[cfg(feature = \"x\")]\nmod part {{\n{}}}\n", lines(200, "    fn f() {}"));
    check(&code).assert_kept("code is no test", 1);
}
