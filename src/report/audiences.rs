//! Audience conditions of an experiment as a line for people: names for ids, operators in upper case.
//! Rule: SPEC, section 10, the `audiences` string.

use std::collections::HashMap;

use crate::datafile::{Op, Scanner, Token, operator};
use crate::json;

/// A list that is being written.
struct List {
    /// What joins the next operand: the operator that was met last, wherever it stood.
    op: Option<Op>,
    is_empty: bool,
}

impl List {
    const NEW: Self = Self { op: None, is_empty: true };
}

/// The line for conditions, which are valid JSON; empty unless they are a list. Written without recursion and in one
/// pass, however deep lists nest.
pub(super) fn line(conditions: &str, names: &HashMap<&str, &str>) -> String {
    if !conditions.starts_with('[') {
        return String::new();
    }
    json::to_string(|out| {
        let mut open: Vec<List> = Vec::new();
        for token in Scanner::new(conditions) {
            match token {
                Token::Open => {
                    if let Some(list) = open.last_mut() {
                        join(out, list);
                        out.push(b'(');
                    }
                    open.push(List::NEW);
                }
                Token::Close => {
                    open.pop();
                    if !open.is_empty() {
                        out.push(b')');
                    }
                }
                Token::Text(text) => match (operator(&text), open.last_mut()) {
                    (Some(op), Some(list)) => list.op = Some(op),
                    (_, list) => operand(out, list, &text, names),
                },
                Token::Scalar(id) => operand(out, open.last_mut(), id, names),
                // No id; it lets nobody in, as an unknown audience does.
                Token::Object(_) => operand(out, open.last_mut(), "", names),
            }
        }
    })
}

fn operand(out: &mut Vec<u8>, list: Option<&mut List>, id: &str, names: &HashMap<&str, &str>) {
    if let Some(list) = list {
        join(out, list);
    }
    json::text(out, names.get(id).copied().unwrap_or(id));
}

/// Writes what goes before an operand.
fn join(out: &mut Vec<u8>, list: &mut List) {
    let word: &[u8] = match list.op {
        Some(Op::And) => b"AND ",
        Some(Op::Not) => b"NOT ",
        Some(Op::Or) | None => b"OR ",
    };
    if !std::mem::take(&mut list.is_empty) {
        out.push(b' ');
        out.extend_from_slice(word);
    } else if list.op == Some(Op::Not) {
        out.extend_from_slice(word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(conditions: &str) -> String {
        let names = [("1", "us"), ("2", "female"), ("3", "adult"), ("4", "é \"q\" \\"), ("5", "")];
        line(conditions, &names.into())
    }

    #[test]
    fn conditions_read_as_the_specification_says() {
        for (conditions, expected) in [
            (r#"["or","1","2"]"#, r#""us" OR "female""#),
            (r#"["not","1"]"#, r#"NOT "us""#),
            (r#"["and",["or","1","2"],"3"]"#, r#"("us" OR "female") AND "adult""#),
            (r#"["1"]"#, r#""us""#),
            (r#"["and",["not","1"],"unknownId"]"#, r#"(NOT "us") AND "unknownId""#),
            (r#"["1","2"]"#, r#""us" OR "female""#),
            ("[]", ""),
            // Beyond the table: the walk.
            (r#"["not","nobody"]"#, r#"NOT "nobody""#),
            (r#"["not",["and","1","2"]]"#, r#"NOT ("us" AND "female")"#),
            (r#"["not","1","2"]"#, r#"NOT "us" NOT "female""#),
            (r#"["1","and","2","or","3"]"#, r#""us" AND "female" OR "adult""#),
            (r#"["and","1",[],["or"]]"#, r#""us" AND () AND ()"#),
            (r#"[["1"]]"#, r#"("us")"#),
            (r#"["and"]"#, ""),
            (r#"["AND","1"]"#, r#""AND" OR "us""#),
            (r#"[ 1 , 7 , null, {"a":["2"]} ]"#, r#""us" OR "7" OR "null" OR """#),
            (r#"["or","4","5"]"#, r#""é \"q\" \\" OR """#),
            (r#"["\u0031"]"#, r#""us""#),
            // No list, no line.
            (r#""1""#, ""),
            ("{}", ""),
            ("7", ""),
            ("null", ""),
        ] {
            assert_eq!(shown(conditions), expected, "{conditions}");
        }
    }

    #[test]
    fn deep_nesting_costs_no_stack() {
        const LEVELS: usize = 100_000;
        let conditions = format!("{}\"1\"{}", r#"["not","#.repeat(LEVELS), "]".repeat(LEVELS));
        let expected = format!("{}NOT \"us\"{}", "NOT (".repeat(LEVELS - 1), ")".repeat(LEVELS - 1));
        assert!(shown(&conditions) == expected, "100,000 levels are written as few are");
    }
}
