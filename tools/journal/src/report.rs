//! Tables, times and numbers for people.

use std::io::{self, Write};
use std::time::{SystemTime, UNIX_EPOCH};

/// A table whose columns are as wide as they have to be; numbers stand on the right.
pub struct Table {
    rows: Vec<Vec<String>>,
    /// Columns whose cells stand on the right.
    right: &'static [bool],
}

impl Table {
    /// A table without rows yet; a heading that ends in `>` is of a column of numbers.
    pub fn new(headings: &[&str], right: &'static [bool]) -> Self {
        Self { rows: vec![headings.iter().map(ToString::to_string).collect()], right }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// Are there rows?
    pub fn is_empty(&self) -> bool {
        self.rows.len() == 1
    }

    /// Prints it.
    pub fn print(&self, out: &mut impl Write) -> io::Result<()> {
        let width =
            |column: usize| self.rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<_> = (0..self.right.len()).map(width).collect();
        for row in &self.rows {
            let mut line = String::new();
            for ((cell, width), is_right) in row.iter().zip(&widths).zip(self.right) {
                let space = " ".repeat(width - cell.chars().count());
                let (before, behind) = if *is_right { (&*space, "") } else { ("", &*space) };
                line.push_str("  ");
                line.push_str(before);
                line.push_str(cell);
                line.push_str(behind);
            }
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// Milliseconds since 1970.
pub fn now_ms() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_millis()).unwrap_or(i64::MAX)
}

/// How long ago something was, in its two largest units.
pub fn age(ms: i64) -> String {
    if ms < 0 {
        return "in the future".to_owned();
    }
    let seconds = ms / 1000;
    let units = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    let Some(at) = units.iter().position(|(size, _)| seconds >= *size) else { return format!("{ms} ms") };
    let (size, name) = units[at];
    let first = format!("{} {name}", seconds / size);
    match units.get(at + 1) {
        Some((next, next_name)) => format!("{first} {} {next_name}", seconds % size / next),
        None => first,
    }
}

/// So many of something.
pub fn count(number: u64, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_for_people() {
        for (ms, text) in [
            (-1, "in the future"),
            (0, "0 ms"),
            (999, "999 ms"),
            (59_999, "59 s"),
            (61_000, "1 min 1 s"),
            (7_199_000, "1 h 59 min"),
            (90_000_000, "1 d 1 h"),
        ] {
            assert_eq!(age(ms), text);
        }
    }

    #[test]
    fn numbers_stand_on_the_right() {
        let mut table = Table::new(&["A", "N"], &[false, true]);
        assert!(table.is_empty());
        table.row(vec!["longer".to_owned(), "5".to_owned()]);
        table.row(vec!["é".to_owned(), "1234".to_owned()]);
        let mut out = Vec::new();
        table.print(&mut out).expect("memory takes it");
        assert_eq!(String::from_utf8_lossy(&out), "  A          N\n  longer     5\n  é       1234\n");
    }
}
