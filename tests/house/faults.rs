//! Rule: the README's table of faults has every row that there is, in their order, and what came of it.

use super::tree::{File, Findings};

/// Begins the two comments between which `scripts/faults.sh --readme` writes.
const MARK: &str = "<!-- faults: ";

/// What a row can have come to.
const VERDICTS: &[&str] = &["passed", "not run: ", "not injected yet: "];

pub fn check(readme: &File, ids: &str) -> Findings {
    let mut findings = Findings::default();
    let table = readme.text.split(MARK).nth(1).unwrap_or_default();
    let mut rows = table.lines().filter_map(cells).filter(|cells| is_id(cells[0])).peekable();
    for id in ids.lines() {
        findings.saw();
        match rows.next_if(|cells| cells[0] == id) {
            None => findings.broken(&readme.path, 1, &format!("row {id} is not in its place in the table")),
            Some(cells) => {
                let verdict = cells.last().copied().unwrap_or_default();
                let is_known = VERDICTS.iter().any(|known| verdict.starts_with(known));
                let has_fired =
                    verdict != "passed" || cells.iter().rev().nth(1).is_some_and(|fired| *fired != "0");
                if !is_known || !has_fired {
                    findings.broken(&readme.path, 1, &format!("row {id} has come to {verdict:?}"));
                }
            }
        }
    }
    if let Some(cells) = rows.next() {
        findings.broken(&readme.path, 1, &format!("row {} is in no list", cells[0]));
    }
    findings
}

/// The cells of a line of a table.
fn cells(line: &str) -> Option<Vec<&str>> {
    let inside = line.strip_prefix("| ")?.strip_suffix(" |")?;
    Some(inside.split(" | ").collect())
}

/// A letter and a number, and another letter where a fault is injected in another way too.
fn is_id(cell: &str) -> bool {
    let mut characters = cell.chars();
    let number = |text: &str| !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
    let is_family = characters.next().is_some_and(|letter| letter.is_ascii_uppercase());
    let rest = characters.as_str();
    is_family
        && (number(rest) || rest.strip_suffix(|last: char| last.is_ascii_lowercase()).is_some_and(number))
}

#[cfg(test)]
fn planted(rows: &str) -> Findings {
    let text = format!("{MARK}begin -->\n| Id | fault | fired | verdict |\n{rows}{MARK}end -->\n");
    check(&File { path: "README.md".to_owned(), text }, "P1\nP2\n")
}

#[test]
fn a_row_that_is_missing_unknown_misplaced_or_failed_is_found() {
    let good = "| P1 | kill | 9 | passed |\n| P2 | wire | 0 | not injected yet: why |\n";
    planted(good).assert_kept("both rows", 2);
    for (bad, words) in [
        ("", "row P1 is not in its place"),
        ("| P1 | kill | 9 | passed |\n", "row P2 is not in its place"),
        ("| P2 | wire | 9 | passed |\n| P1 | kill | 9 | passed |\n", "row P1 is not in its place"),
        (
            "| P1 | kill | 9 | passed |\n| P2 | wire | 9 | FAILED: lost |\n",
            "row P2 has come to \"FAILED: lost\"",
        ),
        ("| P1 | kill | 0 | passed |\n| P2 | wire | 9 | passed |\n", "row P1 has come to"),
        (
            "| P1 | kill | 9 | passed |\n| P2 | wire | 9 | passed |\n| P3 | more | 9 | passed |\n",
            "row P3 is in no list",
        ),
    ] {
        planted(bad).assert_broken(words);
    }
}
