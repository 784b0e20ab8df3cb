//! Rule: `unsafe` lives in `src/platform` and `src/ffi`, and the compiler refuses it elsewhere. The collector, which is
//! no part of the library, has one file for what sockets need.

use proc_macro2::{TokenStream, TokenTree};

use super::paths::{attribute, tokens};
use super::tree::{File, Findings, Tree};

const ROOMS: &[&str] = &["src/platform/", "src/ffi/", "collector/src/socket.rs"];

pub fn check(tree: &Tree) -> Findings {
    let mut findings = Findings::default();
    for file in tree.files() {
        findings.saw();
        if ROOMS.iter().all(|room| !file.path.starts_with(room)) {
            check_stream(file, tokens(file), &mut findings);
        }
    }
    findings
}

fn check_stream(file: &File, stream: TokenStream, findings: &mut Findings) {
    let stream: Vec<_> = stream.into_iter().collect();
    for (at, token) in stream.iter().enumerate() {
        let line = token.span().start().line;
        if attribute(&stream, at).is_some_and(|content| content.to_string().contains("unsafe_code")) {
            findings.broken(&file.path, line, "the lint unsafe_code is set outside platform and ffi");
        }
        match token {
            TokenTree::Ident(word) if *word == "unsafe" => {
                findings.broken(&file.path, line, "`unsafe` outside platform and ffi");
            }
            TokenTree::Group(group) => check_stream(file, group.stream(), findings),
            _ => {}
        }
    }
}

/// Does the manifest make the compiler refuse `unsafe` where no room allows it?
pub fn is_denied(manifest: &str) -> bool {
    let lints = manifest.split("[lints.rust]").nth(1).unwrap_or_default();
    let lints = lints.split("\n[").next().unwrap_or_default();
    lints.lines().any(|line| {
        line.starts_with("unsafe_code = \"deny\"") || line.starts_with("unsafe_code = \"forbid\"")
    })
}

#[cfg(test)]
fn planted(path: &str, text: &str) -> Findings {
    check(&Tree::of(&[(path, text)]))
}

#[test]
fn unsafe_is_found_wherever_it_hides() {
    for text in [
        "fn f() { unsafe { g() } }",
        "unsafe fn f() {}",
        "unsafe impl Send for T {}",
        "#[unsafe(no_mangle)] fn f() {}",
        "macro_rules! m { () => { unsafe { g() } } }",
        "mod tests { fn f() { if true { unsafe { g() } } } }",
    ] {
        planted("src/journal/mod.rs", text).assert_broken("`unsafe` outside");
        planted("src/ffi/mod.rs", text).assert_kept("unsafe", 1);
        planted("src/platform/mod.rs", text).assert_kept("unsafe", 1);
    }
    for text in
        ["#![allow(unsafe_code)]", "#[expect(unsafe_code)] fn f() {}", "mod m { #![warn(unsafe_code)] }"]
    {
        planted("src/journal/mod.rs", text).assert_broken("the lint unsafe_code");
        planted("src/ffi/mod.rs", text).assert_kept("unsafe", 1);
    }
    planted("src/journal/mod.rs", "// unsafe\nconst TEXT: &str = \"unsafe\";").assert_kept("words", 1);
}

#[test]
fn a_manifest_without_the_lint_is_found() {
    assert!(is_denied("[lints.rust]\nmissing_docs = \"warn\"\nunsafe_code = \"deny\"\n[lints.clippy]\n"));
    assert!(!is_denied("[lints.rust]\nunsafe_code = \"warn\"\n"));
    assert!(!is_denied("[lints.rust]\n[lints.clippy]\nunsafe_code = \"deny\"\n"));
}
