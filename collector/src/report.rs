//! The results as a table to read.

use std::fmt::Write as _;

use crate::results::{Experiment, Variation};

const HEADINGS: [&str; 6] =
    ["experiment / variation", "visitors", "converted", "conversions", "rate", "revenue"];

/// A table of all experiments, a line for each variation, columns aligned.
pub fn table(experiments: &[Experiment]) -> String {
    let mut rows = vec![HEADINGS.map(str::to_owned)];
    for experiment in experiments {
        rows.push(heading(experiment));
        rows.extend(experiment.variations.iter().map(cells));
    }
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; 6] = std::array::from_fn(width);
    rows.iter().map(|row| line(row, &widths)).collect()
}

fn heading(experiment: &Experiment) -> [String; 6] {
    let mut row = <[String; 6]>::default();
    let about = match (experiment.flag_key.as_str(), experiment.rule_type.as_str()) {
        ("", kind) => kind.to_owned(),
        (flag, kind) if flag == experiment.name() => kind.to_owned(),
        (flag, kind) => format!("{kind} of {flag}"),
    };
    row[0] = format!("{} ({about})", experiment.name());
    row
}

fn cells(variation: &Variation) -> [String; 6] {
    let name = if variation.variation_key.is_empty() { "(no variation)" } else { &variation.variation_key };
    [
        format!("  {name}"),
        variation.visitors.to_string(),
        variation.converted_visitors.to_string(),
        variation.conversions.to_string(),
        format!("{:.2} %", variation.rate() * 100.0),
        money(variation.revenue),
    ]
}

/// Hundredths as currency units with two decimals.
fn money(cents: i128) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", cents.unsigned_abs() / 100, cents.unsigned_abs() % 100)
}

fn line(row: &[String; 6], widths: &[usize; 6]) -> String {
    let mut line = format!("{:<width$}", row[0], width = widths[0]);
    for (cell, width) in row.iter().zip(widths).skip(1) {
        write!(line, "  {cell:>width$}").expect("a String takes every write");
    }
    line.trim_end().to_owned() + "\n"
}
