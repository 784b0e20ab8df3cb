//! Wrong expectations made from right ones: a runner that lets one of them pass can't be believed.

use crate::json::Json;

/// One altered copy of `expectation` for each kind of error that it has a place for: another value, a member or item
/// missing, a member or item too many. `turn` picks the place.
pub fn wrong_versions(expectation: &Json, turn: usize) -> Vec<Json> {
    [alter_leaf, drop_one, add_one].iter().filter_map(|plant| planted(expectation, turn, *plant)).collect()
}

/// Changes a value if it is of a kind that the error can strike; tells whether it did.
type Plant = fn(&mut Json) -> bool;

fn planted(expectation: &Json, turn: usize, plant: Plant) -> Option<Json> {
    let places = count(&mut expectation.clone(), plant);
    let mut chosen = turn.checked_rem(places)?;
    let mut copy = expectation.clone();
    visit(&mut copy, &mut |value| {
        let strikes = plant(&mut value.clone());
        if strikes && chosen == 0 {
            plant(value);
            return true;
        }
        chosen -= usize::from(strikes);
        false
    });
    Some(copy)
}

fn count(expectation: &mut Json, plant: Plant) -> usize {
    let mut places = 0;
    visit(expectation, &mut |value| {
        places += usize::from(plant(&mut value.clone()));
        false
    });
    places
}

/// Shows each value to `act`, parents first, until it says that it is done. What `$any` offers is no place of its own.
fn visit(value: &mut Json, act: &mut dyn FnMut(&mut Json) -> bool) -> bool {
    if act(value) {
        return true;
    }
    match value {
        _ if value.marked("$any").is_some() => false,
        Json::List(items) => items.iter_mut().any(|item| visit(item, act)),
        Json::Object(members) => members.iter_mut().any(|(_, member)| visit(member, act)),
        _ => false,
    }
}

fn alter_leaf(value: &mut Json) -> bool {
    *value = match &*value {
        Json::Null => Json::text("planted"),
        Json::Bool(value) => Json::Bool(!value),
        Json::Number(digits) => Json::Number(format!("1{}", digits.trim_start_matches('-'))),
        Json::Text(text) => Json::text(format!("{text}, planted")),
        _ if value.marked("$any").is_some() => Json::text("planted"),
        Json::List(_) | Json::Object(_) => return false,
    };
    true
}

fn drop_one(value: &mut Json) -> bool {
    match value {
        _ if value.marked("$any").is_some() => false,
        Json::List(items) => items.pop().is_some(),
        Json::Object(members) => members.pop().is_some(),
        _ => false,
    }
}

fn add_one(value: &mut Json) -> bool {
    match value {
        _ if value.marked("$any").is_some() => return false,
        Json::List(items) => items.push(Json::text("planted")),
        Json::Object(members) => members.push(("planted".to_owned(), Json::Null)),
        _ => return false,
    }
    true
}
