//! Rule: the header is the manual. Every item in it says what it is, every function how it is to be used.

use super::tree::{File, Findings};

/// What each exported function says, beside what it does.
const ALWAYS_SAID: &[&str] = &["Threads:", "Blocks:", "Since "];

pub fn check(header: &File) -> Findings {
    let mut findings = Findings::default();
    for item in items(&header.text) {
        findings.saw();
        for missing in missing(&item) {
            findings.broken(&header.path, item.line, &format!("`{}` {missing}", item.head()));
        }
    }
    findings
}

/// A declaration, a macro, a field or an enumerator, with the comment right before it.
#[derive(Default)]
struct Item {
    line: usize,
    comment: String,
    code: String,
}

impl Item {
    fn head(&self) -> &str {
        self.code.lines().find(|line| *line != "OPT_MUST_USE").unwrap_or_default()
    }

    fn is_exported_function(&self) -> bool {
        let is_type = self.code.starts_with("typedef") || self.code.starts_with('#');
        !is_type && !self.code.starts_with("static inline") && self.code.contains('(')
    }

    fn is_struct(&self) -> bool {
        self.code.starts_with("typedef struct") || self.code.starts_with("typedef union")
    }
}

fn missing(item: &Item) -> Vec<String> {
    if item.comment.trim().is_empty() {
        return vec!["has no comment".to_owned()];
    }
    let mut words = Vec::new();
    if item.is_exported_function() {
        words.extend(ALWAYS_SAID);
        if item.code.contains("opt_error **") {
            words.push("Errors:");
        }
    }
    if item.is_struct() {
        words.push("Threads:");
    }
    words.retain(|word| !item.comment.contains(*word));
    words.into_iter().map(|word| format!("does not say `{word}`")).collect()
}

/// Takes the header apart. It is generated, so that its layout can be relied upon: a comment stands right before what
/// it speaks of, a declaration ends in `;`, an enumerator in `,`, and an inline function in `}` at the line's start.
fn items(header: &str) -> Vec<Item> {
    let mut items = Vec::new();
    let mut comment = String::new();
    let mut open: Option<Item> = None;
    let mut is_in_body = false;
    let start = header.lines().take_while(|line| !line.starts_with("#define OPTTRACK_H")).count() + 1;
    for (at, line) in header.lines().enumerate().skip(start) {
        let text = line.trim();
        if is_in_body {
            is_in_body = line != "}";
        } else if text.is_empty() {
            comment.clear();
        } else if text.starts_with("//") || text.starts_with("/*") {
            comment += text.trim_matches(['/', '*']);
            comment.push('\n');
        } else if text.starts_with("#define") {
            // Macros that belong together stand under one comment.
            items.push(Item { line: at + 1, comment: comment.clone(), code: text.to_owned() });
        } else if !is_apart(text) {
            let item = open.get_or_insert_with(|| Item { line: at + 1, ..Item::default() });
            item.comment += &std::mem::take(&mut comment);
            item.code += text;
            item.code.push('\n');
            if is_complete(&item.code) {
                is_in_body = item.code.starts_with("static inline");
                items.extend(open.take());
            }
        }
    }
    items
}

/// What only tells compilers apart, closes what was opened, or repeats it.
fn is_apart(text: &str) -> bool {
    const APART: &[&str] = &["#", "extern \"C\"", "}", "{", ": int32_t", "typedef int32_t opt_status;"];
    APART.iter().any(|mark| text.starts_with(mark))
}

fn is_complete(code: &str) -> bool {
    let is_in_parameters = code.matches('(').count() > code.matches(')').count();
    !is_in_parameters && code.trim_end().ends_with([';', ',', '{']) || code.starts_with("enum ")
}

#[cfg(test)]
const DOCUMENTED: &str = "#define OPTTRACK_H\n\n/* A version. */\n#define OPT_MAJOR 0\n#define OPT_MINOR 1\n\n\
    // What came of it.\nenum opt_status\n#ifdef __cplusplus\n  : int32_t\n#endif\n {\n  // Done.\n  OPT_OK = 0,\n};\n\n\
    // A text.\n//\n// Threads: a plain value. Since 0.1.\ntypedef struct {\n  // Bytes.\n  const char *data;\n} opt_str;\n\n\
    // Tracks.\n//\n// Threads: any. Blocks: never. Errors: CLOSED. Since 0.1.\nOPT_MUST_USE\n\
    opt_status opt_track(const opt_client *client,\n                     opt_error **error);\n\n\
    // Makes one.\nstatic inline opt_str opt_empty(void) {\n  opt_str result;\n  return result;\n}\n";

#[cfg(test)]
fn planted(find: &str, replacement: &str) -> Findings {
    assert!(DOCUMENTED.contains(find), "`{find}` is not in the fixture");
    let text = DOCUMENTED.replacen(find, replacement, 1);
    check(&File { path: "opttrack.h".to_owned(), text })
}

#[test]
fn a_documented_header_passes_and_each_of_its_items_is_seen() {
    planted("", "").assert_kept("documented", 8);
}

#[test]
fn an_item_without_a_comment_is_found() {
    planted("/* A version. */\n", "").assert_broken("opttrack.h:3: `#define OPT_MAJOR 0` has no comment");
    planted("// What came of it.\n", "").assert_broken("`enum opt_status` has no comment");
    planted("  // Done.\n", "").assert_broken("`OPT_OK = 0,` has no comment");
    planted("  // Bytes.\n", "").assert_broken("`const char *data;` has no comment");
    planted("// Makes one.\n", "").assert_broken("`static inline opt_str opt_empty(void) {` has no comment");
    planted("// Makes one.\n", "// Makes one.\n\n").assert_broken("opt_empty(void) {` has no comment");
}

#[test]
fn a_function_that_does_not_say_how_to_use_it_is_found() {
    planted("Threads: any. ", "").assert_broken("does not say `Threads:`");
    planted("Blocks: never. ", "").assert_broken("does not say `Blocks:`");
    planted("Errors: CLOSED. ", "").assert_broken("does not say `Errors:`");
    planted("CLOSED. Since 0.1.", "CLOSED.").assert_broken("does not say `Since `");
    planted("Threads: a plain value. ", "").assert_broken("`typedef struct {` does not say `Threads:`");
}
