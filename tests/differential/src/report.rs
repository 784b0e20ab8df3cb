//! How a run tells what it found.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use crate::case::{Addresses, Case};
use crate::compare::Difference;
use crate::explain::ROWS;
use crate::json::Json;
use crate::make::text;
use crate::normal::{Answer, Outcome};
use crate::parties::Answers;

/// The rows that explained something, with their counts.
pub fn rows(explained: &BTreeMap<usize, usize>) -> String {
    let mut out = String::new();
    for (row, count) in explained {
        let row = &ROWS[*row];
        let names: Vec<_> = row.sdks.iter().map(|sdk| sdk.name()).collect();
        let _ = writeln!(out, "  {count:8} {:7} {} ({})", row.cites, row.what, names.join(", "));
    }
    out
}

/// A disagreement that no row explains.
pub fn failure(case: &Case, answers: &Answers, difference: &Difference) -> String {
    let shown = |value: &Option<Json>| value.as_ref().map_or_else(|| "nothing".to_owned(), Json::to_string);
    format!(
        "  {} at {}{}: {} has {}, ours {}\n{}",
        difference.sdk.name(),
        difference.place,
        if difference.part.flag.is_empty() { String::new() } else { format!(" of {}", difference.part.flag) },
        difference.sdk.name(),
        shown(&difference.theirs),
        shown(&difference.ours),
        self::case(case, answers)
    )
}

/// A case and all answers to it.
pub fn case(case: &Case, answers: &Answers) -> String {
    let mut out = format!("  datafile {}\n  question {}\n", case.datafile, question(case));
    let official = answers.official.iter().map(|(sdk, answer)| (sdk.name(), answer));
    for (name, answer) in official.chain([("ours", &answers.ours)]) {
        let _ = writeln!(out, "  {name:10} {}", answered(answer));
    }
    out
}

fn question(case: &Case) -> String {
    let addresses = Addresses {
        datafile: "datafile.json",
        events: "http://127.0.0.1/e",
        predictions: "http://127.0.0.1/%s",
    };
    case.question(&addresses)
}

fn answered(answer: &Answer) -> Json {
    if let Some(refused) = &answer.refused {
        return Json::object([("refused", text(refused))]);
    }
    let mut members = vec![("calls".to_owned(), Json::List(answer.outcomes.iter().map(outcome).collect()))];
    members.extend(answer.set.clone().map(|set| ("set".to_owned(), set)));
    members.extend(answer.saved.clone().map(|saved| ("saved".to_owned(), saved)));
    if !answer.predictions.is_empty() {
        members.push(("predictions".to_owned(), Json::List(answer.predictions.clone())));
    }
    Json::Object(members)
}

fn outcome(outcome: &Outcome) -> Json {
    if let Some(failed) = &outcome.failed {
        return Json::object([("failed", text(failed))]);
    }
    let results = outcome.results.clone().into_iter().collect();
    let events =
        outcome.events.iter().map(|(flag, events)| (flag.clone(), Json::List(events.clone()))).collect();
    Json::object([("results", Json::Object(results)), ("events", Json::Object(events))])
}

/// Writes a case and its answers into a file, from which a vector can be made; its path.
pub fn keep(file: &Path, case: &Case, answers: &Answers) -> Result<String, String> {
    let failed = |error: std::io::Error| format!("{}: {error}", file.display());
    fs::create_dir_all(file.parent().unwrap_or(Path::new("."))).map_err(failed)?;
    let official = answers.official.iter().map(|(sdk, answer)| (sdk.name().to_owned(), answered(answer)));
    let mut members = vec![
        ("datafile".to_owned(), case.datafile.clone()),
        ("question".to_owned(), Json::parse(&question(case))?),
    ];
    members.extend(official);
    members.push(("ours".to_owned(), answered(&answers.ours)));
    fs::write(file, format!("{}\n", Json::Object(members))).map_err(failed)?;
    Ok(file.display().to_string())
}
