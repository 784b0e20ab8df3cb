//! Runs the cases of one set on a few threads, and then again with planted errors.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{fs, thread};

use crate::compare::Difference;
use crate::json::Json;
use crate::plant;
use crate::report::{SetReport, Tally, Verdict};
use crate::sets::Set;
use crate::world::World;

/// Cases of each set that are run again with planted errors.
const PLANTED_CASES: usize = 40;

/// Runs the set `set` of `folder` and prints what came of it; none if the folder lacks the set.
pub fn run_set(set: &Set, folder: &Path, world: &World) -> Result<Option<Tally>, String> {
    let path = folder.join(format!("{}.jsonl", set.name));
    if !path.is_file() {
        println!("{:<18} no {} here, skipped", set.name, path.display());
        return Ok(None);
    }
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let lines = text
        .split('\n')
        .filter(|line| !line.trim().is_empty())
        .map(|line| Json::parse(line).map_err(|error| format!("{}: {error}: {line}", path.display())));
    let lines: Vec<Json> = lines.collect::<Result<_, _>>()?;
    let cases: Vec<Json> = lines.iter().flat_map(|line| (set.cases_of)(line)).collect();
    let verdicts = in_parallel(&cases, |case| verdict_of(set, case, world));
    let planted = planted_cases(set, &cases, &verdicts);
    let outcomes = in_parallel(&planted, |case| verdict_of(set, case, world));
    let missed = outcomes.iter().zip(&planted).filter(|(verdict, _)| !matches!(verdict, Verdict::Failed(_)));
    let missed = missed.map(|(_, case)| case.clone()).collect();
    let report = SetReport { name: set.name, cases: &cases, verdicts, planted: planted.len(), missed };
    Ok(Some(report.print()))
}

fn verdict_of(set: &Set, case: &Json, world: &World) -> Verdict {
    let is_unknown = |name: &str| !set.fields.is_empty() && !set.fields.contains(&name);
    if let Some((unknown, _)) = case.members().iter().find(|(name, _)| is_unknown(name)) {
        return Verdict::NotBuilt(format!("field {unknown}"));
    }
    (set.run)(case, world).unwrap_or_else(|problem| {
        Verdict::Failed(Difference { place: String::new(), expected: "an answer".to_owned(), got: problem })
    })
}

/// Passed cases from all over the set, each with an expectation made wrong.
fn planted_cases(set: &Set, cases: &[Json], verdicts: &[Verdict]) -> Vec<Json> {
    let passed = cases.iter().zip(verdicts).filter(|(_, verdict)| matches!(verdict, Verdict::Passed));
    let passed: Vec<&Json> = passed.map(|(case, _)| case).collect();
    let step = passed.len().div_ceil(PLANTED_CASES).max(1);
    let chosen = passed.into_iter().step_by(step).enumerate();
    let wrong = chosen.flat_map(|(turn, case)| {
        let expectation = case.get(set.expectation).into_iter();
        let versions = expectation.flat_map(move |expectation| plant::wrong_versions(expectation, turn * 7));
        versions.map(|wrong| replaced(case, set.expectation, wrong))
    });
    wrong.collect()
}

fn replaced(case: &Json, name: &str, value: Json) -> Json {
    let mut members = case.members().to_vec();
    members.retain(|(member, _)| member != name);
    members.push((name.to_owned(), value));
    Json::Object(members)
}

/// Applies `act` to all of `cases` on a few threads; the answers are in the cases' order.
fn in_parallel(cases: &[Json], act: impl Fn(&Json) -> Verdict + Sync) -> Vec<Verdict> {
    let threads = thread::available_parallelism().map_or(2, usize::from).clamp(2, 4);
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(cases.len()));
    let work = || {
        let mut mine = Vec::new();
        while let Some((index, case)) = {
            let index = next.fetch_add(1, Ordering::Relaxed);
            cases.get(index).map(|case| (index, case))
        } {
            mine.push((index, act(case)));
        }
        done.lock().expect("no thread panics while it holds the lock").append(&mut mine);
    };
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    let mut done = done.into_inner().expect("no thread panics while it holds the lock");
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, verdict)| verdict).collect()
}
