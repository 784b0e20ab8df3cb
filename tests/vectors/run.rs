//! Runs the cases of one set with a few workers, and some of them again with planted errors.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{fs, thread};

use crate::json::Json;
use crate::plant;
use crate::report::{SetReport, Tally, Verdict};
use crate::sets::{EXPECTATIONS, Set};
use crate::worker::Worker;
use crate::world::{Asker, World};

/// Cases of each set that are run again with planted errors.
const PLANTED_CASES: usize = 40;

/// Runs the set `set` of `folder` and prints what came of it, failures to `failures` too; none if the folder lacks the
/// set.
pub fn run_set(
    set: &Set,
    folder: &Path,
    world: &World,
    workers: &mut [Worker],
    failures: &mut Vec<String>,
) -> Result<Option<Tally>, String> {
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
    let groups: Vec<Vec<Json>> = lines.iter().map(|line| (set.cases_of)(line)).collect();
    let verdicts = in_parallel(set, &groups, world, workers);
    let cases = groups.concat();
    let planted: Vec<Vec<Json>> =
        planted_cases(&cases, &verdicts).into_iter().map(|case| vec![case]).collect();
    let outcomes = in_parallel(set, &planted, world, workers);
    let missed = outcomes.iter().zip(&planted).filter(|(verdict, _)| !matches!(verdict, Verdict::Failed(_)));
    let missed = missed.map(|(_, case)| case[0].clone()).collect();
    let report = SetReport { name: set.name, cases: &cases, verdicts, planted: planted.len(), missed };
    Ok(Some(report.print(failures)))
}

/// Passed cases from all over the set, each with an expectation made wrong.
fn planted_cases(cases: &[Json], verdicts: &[Verdict]) -> Vec<Json> {
    let passed = cases.iter().zip(verdicts).filter(|(_, verdict)| matches!(verdict, Verdict::Passed));
    let passed: Vec<&Json> = passed.map(|(case, _)| case).collect();
    let step = passed.len().div_ceil(PLANTED_CASES).max(1);
    let chosen = passed.into_iter().step_by(step).enumerate();
    let wrong = chosen.flat_map(|(turn, case)| {
        let expectation = EXPECTATIONS.into_iter().find_map(|name| Some((name, case.get(name)?))).into_iter();
        expectation.flat_map(move |(name, expectation)| {
            let versions = plant::wrong_versions(expectation, turn * 7);
            versions.into_iter().map(move |wrong| replaced(case, name, wrong))
        })
    });
    wrong.collect()
}

fn replaced(case: &Json, name: &str, value: Json) -> Json {
    let mut members = case.members().to_vec();
    members.retain(|(member, _)| member != name);
    members.push((name.to_owned(), value));
    Json::Object(members)
}

/// Runs groups of cases, with a thread for each worker; the verdicts are in the cases' order.
fn in_parallel(set: &Set, groups: &[Vec<Json>], world: &World, workers: &mut [Worker]) -> Vec<Verdict> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(groups.len()));
    let work = |worker: &mut Worker| {
        let mut asker = Asker { world, worker };
        let mut mine = Vec::new();
        while let Some((index, cases)) = {
            let index = next.fetch_add(1, Ordering::Relaxed);
            groups.get(index).map(|cases| (index, cases))
        } {
            mine.push((index, (set.run)(cases, &mut asker)));
        }
        done.lock().expect("no thread panics while it holds the lock").append(&mut mine);
    };
    let work = &work;
    thread::scope(|scope| {
        for worker in workers {
            scope.spawn(move || work(worker));
        }
    });
    let mut done = done.into_inner().expect("no thread panics while it holds the lock");
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().flat_map(|(_, verdicts)| verdicts).collect()
}
