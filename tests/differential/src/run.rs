//! A run: cases until enough decisions are made, and what came of them.

use std::collections::{BTreeMap, VecDeque};
use std::env;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::case::Case;
use crate::compare::{Difference, differences};
use crate::coverage::{Coverage, WHOLE_RUN};
use crate::explain::{self, ROWS};
use crate::generator;
use crate::make::text_of;
use crate::minimise::{first_steps, minimise};
use crate::parties::{Answers, Commands, Parties};
use crate::report;
use crate::service::Service;

/// How many cases are put before the first is answered.
const OPEN: usize = 8;

/// How many kinds of disagreement are minimised.
const MINIMISED: usize = 12;

/// What a run is asked for.
struct Settings {
    seed: u64,
    /// Ends after as many decisions.
    decisions: usize,
    /// The only case to run.
    case: Option<u64>,
    folder: PathBuf,
}

impl Settings {
    fn from_environment() -> Result<Self, String> {
        let number = |name: &str| {
            let text = env::var(name).ok().filter(|text| !text.is_empty());
            text.map(|text| text.parse::<u64>().map_err(|_| format!("{name} is no number: {text}")))
                .transpose()
        };
        let folder = env::var_os("OPT_DIFFERENTIAL").ok_or("OPT_DIFFERENTIAL does not name a folder")?;
        Ok(Self {
            seed: number("SEED")?.unwrap_or(1),
            decisions: number("CASES")?.map_or(WHOLE_RUN, |cases| cases as usize),
            case: number("CASE")?,
            folder: folder.into(),
        })
    }
}

/// A kind of disagreement that no row explains: how often, and where first.
struct Failure {
    count: usize,
    case: Case,
    answers: Answers,
    difference: Difference,
}

/// What a run has found.
#[derive(Default)]
struct Findings {
    coverage: Coverage,
    explained: BTreeMap<usize, usize>,
    failures: BTreeMap<String, Failure>,
}

/// Runs; true if all is explained and, in a whole run, all was met.
pub fn run() -> Result<bool, String> {
    let settings = Settings::from_environment()?;
    let commands = Commands::from_environment()?;
    let service = Arc::new(Service::start().map_err(|error| format!("no loopback service: {error}"))?);
    let mut parties = Parties::start(&commands, &service, settings.folder.join("datafiles"))?;
    let mut findings = Findings::default();
    match settings.case {
        Some(number) => {
            let case = generator::case(settings.seed, number);
            let asked = parties.ask(&case)?;
            let answers = parties.answers(&case, &asked)?;
            println!("{}", report::case(&case, &answers));
            findings.take(&case, &answers);
        }
        None => ask_all(&settings, &mut parties, &mut findings)?,
    }
    finish(&settings, &mut parties, &findings)
}

fn ask_all(settings: &Settings, parties: &mut Parties, findings: &mut Findings) -> Result<(), String> {
    let mut open = VecDeque::new();
    let mut numbers = 0..;
    loop {
        while open.len() < OPEN && findings.coverage.decisions < settings.decisions {
            let Some(number) = numbers.next() else { break };
            let case = generator::case(settings.seed, number);
            let asked = parties.ask(&case)?;
            open.push_back((case, asked));
        }
        let Some((case, asked)) = open.pop_front() else { return Ok(()) };
        let answers = parties.answers(&case, &asked)?;
        findings.take(&case, &answers);
    }
}

impl Findings {
    fn take(&mut self, case: &Case, answers: &Answers) {
        self.coverage.add(case, &answers.ours, &answers.raw);
        let mut all = Vec::new();
        for (sdk, answer) in &answers.official {
            all.extend(differences(case, *sdk, answer, &answers.ours));
        }
        let verdict = explain::verdict(case, answers, &all);
        for (row, count) in verdict.explained {
            *self.explained.entry(row).or_default() += count;
        }
        for difference in verdict.unexplained {
            let op = difference.part.call.map_or("client", |call| text_of(&case.calls[call], "op"));
            let kind = format!("{} {op} {}", difference.sdk.name(), first_steps(&difference.place));
            let failure = self.failures.entry(kind).or_insert_with(|| Failure {
                count: 0,
                case: case.clone(),
                answers: answers.clone(),
                difference,
            });
            failure.count += 1;
        }
    }
}

/// Prints what was found, and says if all is well.
fn finish(settings: &Settings, parties: &mut Parties, findings: &Findings) -> Result<bool, String> {
    let (tables, lacking) = findings.coverage.report();
    println!("seed {}\n{tables}", settings.seed);
    println!("explained differences, by row\n{}", report::rows(&findings.explained));
    let failed: usize = findings.failures.values().map(|failure| failure.count).sum();
    for (place, (kind, failure)) in findings.failures.iter().enumerate() {
        let Failure { count, case, answers, difference } = failure;
        println!(
            "UNEXPLAINED, {count} times: {kind}, first in case {} of seed {}",
            case.number, settings.seed
        );
        if place < MINIMISED {
            let (case, answers, difference) = minimise(parties, case, answers, difference)?;
            let file = file_of(&settings.folder, kind);
            println!("{}", report::failure(&case, &answers, &difference));
            println!("  kept in {}\n", report::keep(&file, &case, &answers)?);
        }
    }
    let is_whole = settings.case.is_none() && settings.decisions >= WHOLE_RUN;
    let lacking = if is_whole { lacking } else { Vec::new() };
    for what in &lacking {
        println!("LACKING: {what}");
    }
    let rows = findings.explained.values().sum::<usize>();
    println!("{rows} differences are explained, by {} of {} rows", findings.explained.len(), ROWS.len());
    println!("differential: {} passed, {} failed", findings.coverage.decisions, failed + lacking.len());
    Ok(failed == 0 && lacking.is_empty() && findings.coverage.decisions > 0)
}

fn file_of(folder: &Path, kind: &str) -> PathBuf {
    let name: String =
        kind.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' }).collect();
    folder.join("failures").join(format!("{name}.json"))
}
