//! Makes a case smaller as long as the disagreement stays.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crate::case::Case;
use crate::compare::{Difference, Sdk, differences};
use crate::explain;
use crate::generator::users::MARK;
use crate::json::Json;
use crate::make::{get_mut, set, text_of, whole};
use crate::parties::{Answers, Parties};

/// How long a case may be made smaller.
const PATIENCE: Duration = Duration::from_secs(20);

/// Members that the library and the SDKs can't do without.
const NEEDED: [&str; 9] =
    ["op", "user", "version", "id", "key", "user_id", "experiment_bucket_map", "variation_id", MARK];

/// Lists whose items are tuples: these go whole.
const OF_TUPLES: [&str; 1] = ["forced_decisions"];

/// What has to stay while the case gets smaller.
struct Wanted {
    /// Whose answers are unexplained at the place: the one of the difference, and others.
    sdk: Sdk,
    sdks: BTreeSet<Sdk>,
    op: String,
    place: String,
    refusals: Vec<bool>,
}

/// A smaller case with the same disagreement, and the answers to it.
pub fn minimise(
    parties: &mut Parties,
    case: &Case,
    answers: &Answers,
    difference: &Difference,
) -> Result<(Case, Answers, Difference), String> {
    let op = difference.part.call.map_or("", |call| text_of(&case.calls[call], "op"));
    let place = first_steps(&difference.place);
    let wanted = Wanted {
        sdk: difference.sdk,
        sdks: unexplained(case, answers, op, &place).iter().map(|difference| difference.sdk).collect(),
        op: op.to_owned(),
        place,
        refusals: refusals(answers),
    };
    let mut smallest = (case.clone(), answers.clone(), difference.clone());
    let started = Instant::now();
    loop {
        let before = size(&smallest.0);
        for reduce in [calls, context, call_members, datafile] {
            let mut place = 0;
            while started.elapsed() < PATIENCE {
                let Some(mut smaller) = reduce(&smallest.0, place) else { break };
                mark(&mut smaller);
                match still(parties, &smaller, &wanted)? {
                    Some((answers, difference)) => smallest = (smaller, answers, difference),
                    None => place += 1,
                }
            }
        }
        if size(&smallest.0) == before || started.elapsed() >= PATIENCE {
            return Ok(smallest);
        }
    }
}

/// The answers and the difference, if the case still has it.
fn still(
    parties: &mut Parties,
    case: &Case,
    wanted: &Wanted,
) -> Result<Option<(Answers, Difference)>, String> {
    let asked = parties.ask(case)?;
    let answers = parties.answers(case, &asked)?;
    if refusals(&answers) != wanted.refusals {
        return Ok(None);
    }
    let found = unexplained(case, &answers, &wanted.op, &wanted.place);
    if found.iter().map(|difference| difference.sdk).collect::<BTreeSet<_>>() != wanted.sdks {
        return Ok(None);
    }
    Ok(found
        .into_iter()
        .find(|difference| difference.sdk == wanted.sdk)
        .map(|difference| (answers, difference)))
}

/// The unexplained differences of such calls at such a place.
fn unexplained(case: &Case, answers: &Answers, op: &str, place: &str) -> Vec<Difference> {
    let mut all = Vec::new();
    for (sdk, answer) in &answers.official {
        all.extend(differences(case, *sdk, answer, &answers.ours));
    }
    let mut unexplained = explain::verdict(case, answers, &all).unexplained;
    unexplained.retain(|difference| {
        let op_of_it = difference.part.call.map_or("", |call| text_of(&case.calls[call], "op"));
        op_of_it == op && first_steps(&difference.place) == place
    });
    unexplained
}

/// Who has no client, or whose calls fail.
fn refusals(answers: &Answers) -> Vec<bool> {
    let parties = answers.official.values().chain([&answers.ours]);
    parties
        .map(|one| one.refused.is_some() || one.outcomes.iter().any(|outcome| outcome.failed.is_some()))
        .collect()
}

/// The first two steps of a place: what it is about, whatever the names further in.
pub fn first_steps(place: &str) -> String {
    let mut steps = place.split(['.', '[']);
    [steps.next(), steps.next()].into_iter().flatten().collect::<Vec<_>>().join(".")
}

fn size(case: &Case) -> usize {
    let lists = [&case.calls, &case.forced_variations].map(|list| Json::List(list.clone()).to_string().len());
    case.datafile.to_string().len() + lists[0] + lists[1] + usize::from(case.profile.is_some())
}

/// Marks say where a call stands among those that are left.
fn mark(case: &mut Case) {
    for (number, call) in case.calls.iter_mut().enumerate() {
        if let Some(attributes) = get_mut(call, "attrs") {
            if attributes.get(MARK).is_some() {
                set(attributes, MARK, whole(number as i64));
            }
        }
    }
}

/// Without some of the calls: first all but one, then one.
fn calls(case: &Case, place: usize) -> Option<Case> {
    let count = case.calls.len();
    let mut smaller = case.clone();
    if count < 2 || place >= 2 * count {
        return None;
    }
    if place < count {
        smaller.calls = vec![case.calls[place].clone()];
    } else {
        smaller.calls.remove(place - count);
    }
    Some(smaller)
}

/// Without one of the forced variations, or the profile, or an entry of it.
fn context(case: &Case, place: usize) -> Option<Case> {
    let mut smaller = case.clone();
    let count = case.forced_variations.len();
    if place < count {
        smaller.forced_variations.remove(place);
        return Some(smaller);
    }
    let (_, profile) = smaller.profile.as_mut()?;
    if place == count {
        smaller.profile = None;
        return Some(smaller);
    }
    remove(profile, &mut (place - count - 1)).then_some(smaller)
}

fn call_members(case: &Case, place: usize) -> Option<Case> {
    let mut smaller = case.clone();
    let mut rest = place;
    smaller.calls.iter_mut().any(|call| remove(call, &mut rest)).then_some(smaller)
}

fn datafile(case: &Case, place: usize) -> Option<Case> {
    let mut smaller = case.clone();
    remove(&mut smaller.datafile, &mut { place }).then_some(smaller)
}

/// Removes the item or member that `rest` counts to, larger ones before what is in them.
fn remove(value: &mut Json, rest: &mut usize) -> bool {
    match value {
        Json::List(items) => {
            for place in 0..items.len() {
                if *rest == 0 {
                    items.remove(place);
                    return true;
                }
                *rest -= 1;
                if remove(&mut items[place], rest) {
                    return true;
                }
            }
            false
        }
        Json::Object(members) => {
            for place in 0..members.len() {
                if !NEEDED.contains(&members[place].0.as_str()) {
                    if *rest == 0 {
                        // What must be there may still be empty.
                        match &mut members[place].1 {
                            Json::List(items) if !items.is_empty() => items.clear(),
                            _ => drop(members.remove(place)),
                        }
                        return true;
                    }
                    *rest -= 1;
                }
                let (name, member) = &mut members[place];
                let is_done = match member {
                    Json::List(items) if OF_TUPLES.contains(&name.as_str()) => remove_tuple(items, rest),
                    _ => remove(member, rest),
                };
                if is_done {
                    return true;
                }
            }
            false
        }
        _ => false,
    }
}

fn remove_tuple(items: &mut Vec<Json>, rest: &mut usize) -> bool {
    if *rest < items.len() {
        items.remove(*rest);
        return true;
    }
    *rest -= items.len();
    false
}
