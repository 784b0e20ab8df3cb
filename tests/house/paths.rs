//! Reads what a Rust file names: paths in imports, re-exports, expressions, types, macros and attributes.
//!
//! It works on tokens, so that comments and texts say nothing and a path inside a macro call says as much as any other.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::tree::File;

/// A path somewhere in a file. `inside`: `segments` start below the crate's root; otherwise they stand as written.
pub struct Reference {
    pub line: usize,
    pub segments: Vec<String>,
    pub inside: bool,
    /// It stands in a `use`, as opposed to an expression or a type.
    pub is_import: bool,
}

/// A name that a module offers although it is defined elsewhere. `name` is `*` for a glob.
pub struct Export {
    pub module: Vec<String>,
    pub name: String,
    pub target: Vec<String>,
    /// `target` starts below the crate's root; otherwise it is relative to `module` or names another crate.
    pub inside: bool,
}

/// What one file names. Code under `#[cfg(test)]` is left out.
#[derive(Default)]
pub struct Reading {
    pub references: Vec<Reference>,
    pub exports: Vec<Export>,
    /// Modules of this file that exist for tests only.
    pub test_modules: Vec<Vec<String>>,
}

impl Reading {
    pub fn of(file: &File) -> Self {
        let mut reading = Self::default();
        reading.walk(tokens(file), &module_of(&file.path), false);
        reading
    }

    fn walk(&mut self, stream: TokenStream, module: &[String], in_attribute: bool) {
        let tokens: Vec<_> = stream.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            at = self.step(&tokens, at, module, in_attribute);
        }
    }

    /// Reads what starts at `at`; returns where the next thing starts.
    fn step(&mut self, tokens: &[TokenTree], at: usize, module: &[String], in_attribute: bool) -> usize {
        if let Some(content) = attribute(tokens, at) {
            if content.to_string().replace(' ', "") == "cfg(test)" {
                return self.skip_test_item(tokens, at + 2, module);
            }
            if !content.to_string().starts_with("doc ") {
                self.walk(content, module, true);
            }
            return at + 2;
        }
        match &tokens[at] {
            TokenTree::Ident(word) if *word == "mod" => {
                if let (Some(TokenTree::Ident(name)), Some(TokenTree::Group(body))) =
                    (tokens.get(at + 1), tokens.get(at + 2))
                {
                    self.walk(body.stream(), &child(module, &name.to_string()), in_attribute);
                    return at + 3;
                }
                at + 1
            }
            TokenTree::Ident(word) if *word == "use" && !is_punct(tokens, at + 1, '<') => {
                let end = (at..tokens.len()).find(|&end| is_punct(tokens, end, ';')).unwrap_or(tokens.len());
                self.import(&tokens[at + 1..end], module, is_public(&tokens[..at]));
                end + 1
            }
            TokenTree::Ident(_) => {
                let (segments, end) = path(tokens, at);
                if segments.len() > 1 {
                    self.name(tokens[at].span().start().line, &segments, module, false);
                }
                end
            }
            TokenTree::Group(group) => {
                self.walk(group.stream(), module, in_attribute);
                at + 1
            }
            TokenTree::Literal(literal) if in_attribute => {
                let text = literal.to_string();
                let segments: Vec<_> = text.trim_matches('"').split("::").map(str::to_owned).collect();
                if segments.len() > 1 {
                    self.name(literal.span().start().line, &segments, module, false);
                }
                at + 1
            }
            _ => at + 1,
        }
    }

    /// Skips the item behind `#[cfg(test)]`, and other attributes before it; remembers the module it declares.
    fn skip_test_item(&mut self, tokens: &[TokenTree], from: usize, module: &[String]) -> usize {
        let mut at = from;
        while attribute(tokens, at).is_some() {
            at += 2;
        }
        while at < tokens.len() {
            match &tokens[at] {
                TokenTree::Ident(word) if *word == "mod" => {
                    if let Some(TokenTree::Ident(name)) = tokens.get(at + 1) {
                        self.test_modules.push(child(module, &name.to_string()));
                    }
                }
                TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => return at + 1,
                TokenTree::Punct(punct) if punct.as_char() == ';' => return at + 1,
                _ => {}
            }
            at += 1;
        }
        at
    }

    fn import(&mut self, tree: &[TokenTree], module: &[String], is_export: bool) {
        let mut leaves = Vec::new();
        use_leaves(tree, &[], &mut leaves);
        for leaf in leaves {
            self.name(leaf.line, &leaf.segments, module, true);
            if is_export {
                let absolute = absolute(&leaf.segments, module);
                self.exports.push(Export {
                    module: module.to_vec(),
                    name: leaf.name,
                    inside: absolute.is_some(),
                    target: absolute.unwrap_or(leaf.segments),
                });
            }
        }
    }

    fn name(&mut self, line: usize, segments: &[String], module: &[String], is_import: bool) {
        let absolute = absolute(segments, module);
        self.references.push(Reference {
            line,
            inside: absolute.is_some(),
            segments: absolute.unwrap_or_else(|| segments.to_vec()),
            is_import,
        });
    }
}

/// One name that a `use` brings in.
struct Leaf {
    line: usize,
    segments: Vec<String>,
    name: String,
}

/// Takes a `use` tree apart: `a::{b, c::*}` gives `a::b` and `a::c` under the name `*`.
fn use_leaves(tree: &[TokenTree], prefix: &[String], leaves: &mut Vec<Leaf>) {
    let mut segments = prefix.to_vec();
    let mut name = None;
    let mut at = 0;
    while at < tree.len() {
        match &tree[at] {
            TokenTree::Ident(word) if *word == "as" => {
                name = tree.get(at + 1).map(ToString::to_string);
                at += 1;
            }
            TokenTree::Ident(word) if *word == "self" && !segments.is_empty() => {}
            TokenTree::Ident(word) => segments.push(word.to_string()),
            TokenTree::Punct(punct) if punct.as_char() == '*' => name = Some("*".to_owned()),
            TokenTree::Group(group) => {
                let inner: Vec<_> = group.stream().into_iter().collect();
                for branch in
                    inner.split(|token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ','))
                {
                    if !branch.is_empty() {
                        use_leaves(branch, &segments, leaves);
                    }
                }
                return;
            }
            _ => {}
        }
        at += 1;
    }
    let line = tree.first().map_or(0, |token| token.span().start().line);
    let name = name.unwrap_or_else(|| segments.last().cloned().unwrap_or_default());
    leaves.push(Leaf { line, segments, name });
}

/// The module that a file is: `src/a/b.rs` and `src/a/b/mod.rs` are `a::b`, `src/lib.rs` is the root.
pub fn module_of(path: &str) -> Vec<String> {
    let path = path.strip_prefix("src/").unwrap_or(path);
    let path = path.strip_suffix(".rs").unwrap_or(path);
    path.split('/').filter(|part| !["lib", "mod"].contains(part)).map(str::to_owned).collect()
}

/// A file's tokens.
pub fn tokens(file: &File) -> TokenStream {
    file.text.parse().unwrap_or_else(|error| panic!("{}: {error}", file.path))
}

/// What stands in the brackets of `#[…]` at `at`; `#![…]` is found at its exclamation mark.
pub fn attribute(tokens: &[TokenTree], at: usize) -> Option<TokenStream> {
    let starts =
        is_punct(tokens, at, '#') || at > 0 && is_punct(tokens, at - 1, '#') && is_punct(tokens, at, '!');
    match tokens.get(at + 1) {
        Some(TokenTree::Group(group)) if starts && group.delimiter() == Delimiter::Bracket => {
            Some(group.stream())
        }
        _ => None,
    }
}

/// The segments of the path that starts at `at`, and where it ends.
fn path(tokens: &[TokenTree], at: usize) -> (Vec<String>, usize) {
    let mut segments = vec![tokens[at].to_string()];
    let mut end = at + 1;
    while let (true, true, Some(TokenTree::Ident(segment))) =
        (is_punct(tokens, end, ':'), is_punct(tokens, end + 1, ':'), tokens.get(end + 2))
    {
        segments.push(segment.to_string());
        end += 3;
    }
    (segments, end)
}

/// The path from the crate's root, where the first segment says that it lies in this crate.
fn absolute(segments: &[String], module: &[String]) -> Option<Vec<String>> {
    let mut base = match segments.first()?.as_str() {
        "crate" => Vec::new(),
        "self" => module.to_vec(),
        "super" => module[..module.len().saturating_sub(1)].to_vec(),
        _ => return None,
    };
    for segment in &segments[1..] {
        if segment == "super" {
            base.pop();
        } else {
            base.push(segment.clone());
        }
    }
    Some(base)
}

/// Do the tokens before an item end in `pub` or `pub(…)`?
fn is_public(before: &[TokenTree]) -> bool {
    let is_pub = |token: &TokenTree| matches!(token, TokenTree::Ident(word) if *word == "pub");
    match before {
        [.., public, TokenTree::Group(scope)] if scope.delimiter() == Delimiter::Parenthesis => {
            is_pub(public)
        }
        [.., public] => is_pub(public),
        [] => false,
    }
}

fn is_punct(tokens: &[TokenTree], at: usize, mark: char) -> bool {
    matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == mark)
}

fn child(module: &[String], name: &str) -> Vec<String> {
    [module, &[name.to_owned()]].concat()
}
