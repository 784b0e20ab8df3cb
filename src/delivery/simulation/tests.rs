//! The simulation as a test: many seeds, and mistakes that it must find.

use std::collections::BTreeMap;

use super::run::run;
use crate::platform::{Defect, plant};

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

#[test]
fn nothing_accepted_is_lost_whatever_happens() {
    let steps = number("STEPS").unwrap_or(1000);
    if let Some(seed) = number("SEED") {
        let story = run(seed, steps, true);
        eprintln!("seed {seed}: {} steps, {} events: {:?}", story.steps, story.events, story.result);
        story.result.expect("nothing is lost");
        return;
    }
    let seeds = number("SEEDS").unwrap_or(1000);
    let mut fired = BTreeMap::<String, u64>::new();
    let (mut taken, mut events) = (0, 0);
    let mut failed = 0;
    for seed in 0..seeds {
        let story = run(seed, steps, false);
        taken += story.steps;
        events += story.events;
        for (fault, count) in story.fired {
            *fired.entry(fault).or_default() += u64::from(count > 0);
        }
        if let Err(wrong) = story.result {
            failed += 1;
            eprintln!("seed {seed}: {wrong}");
        }
    }
    println!("{seeds} seeds, {taken} steps, {events} events, {failed} failed");
    for (fault, count) in fired {
        println!("{count:6} {fault}");
    }
    assert_eq!(failed, 0);
}

#[test]
fn every_planted_defect_is_found() {
    let defects = [
        Defect::NoStepBack,
        Defect::SyncRetried,
        Defect::CursorBeforeAnswer,
        Defect::SegmentBeforeCursor,
        Defect::UuidAtSend,
        Defect::DeadLetterWhenBusy,
        Defect::LockByPid,
        Defect::WallTimer,
        Defect::CloseWaits,
        Defect::WrongBatch,
    ];
    let mut unfound = Vec::new();
    for defect in defects {
        plant(Some(defect));
        let found = (0..1000).find_map(|seed| Some((seed, run(seed, 1000, false).result.err()?)));
        plant(None);
        match found {
            Some((seed, wrong)) => println!("FOUND {defect:?} by seed {seed}: {wrong}"),
            None => unfound.push(defect),
        }
    }
    assert_eq!(unfound, []);
}
