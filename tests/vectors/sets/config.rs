//! OptimizelyConfig: the part of it that a case's path names.

use super::{Kind, Set, member, one_case, text};
use crate::json::Json;
use crate::question::Answer;
use crate::report::Verdict;
use crate::world::Asker;

pub const SET: Set = Set { name: "config", cases_of: one_case, run: |cases, asker| KIND.each(cases, asker) };

/// The kind of a case over a part of OptimizelyConfig.
pub const KIND: Kind = Kind { fields: &["df", "datafile", "path", "value"], run };

/// What a feature has beside itself, and is asked for apart.
const RULES: [&str; 3] = ["experimentRules", "deliveryRules", "experimentsMap"];

fn run(case: &Json, asker: &mut Asker) -> Result<Verdict, String> {
    let datafile = asker.datafile_of(case)?;
    let answer = asker.config(&datafile)?;
    let part = match &*answer {
        Answer::Given(given) => match &given.answers[..] {
            [(status, config)] if status == "OK" => part(config, text(case, "path")?)?,
            answers => return Err(format!("optimizely_config: {answers:?}")),
        },
        Answer::Refused { status, .. } if status == "INVALID_DATAFILE" => Json::Null,
        Answer::Refused { status, message } => return Err(format!("{status}: {message}")),
        Answer::Skipped(why) => return Ok(Verdict::Skipped(why.clone())),
    };
    Ok(Verdict::of(asker.world.comparer.difference(member(case, "value")?, &part)))
}

/// The part at a path: a section, or an entity of one.
fn part(config: &Json, path: &str) -> Result<Json, String> {
    let missing = || format!("OptimizelyConfig has no {path}");
    let (section, key) = path.split_once('/').map_or((path, None), |(section, key)| (section, Some(key)));
    let found = match (section, key) {
        ("config", None) => Some(config.clone()),
        ("head", None) => Some(only(config, &["revision", "sdkKey", "environmentKey"])),
        ("attributes" | "events" | "audiences", None) => {
            let ids = config.get(section).map(|items| items.items().iter().filter_map(|item| item.get("id")));
            ids.map(|ids| sorted(ids.cloned().collect()))
        }
        ("attributes" | "events" | "audiences", Some(id)) => {
            let items = config.get(section).map_or(&[][..], Json::items);
            items.iter().find(|item| item.get("id").and_then(Json::as_text) == Some(id)).map(with_conditions)
        }
        ("experimentsMap" | "featuresMap", None) => {
            let keys =
                config.get(section).map(|map| map.members().iter().map(|(key, _)| Json::text(key.clone())));
            keys.map(|keys| sorted(keys.collect()))
        }
        ("experimentsMap", Some(key)) => config.get(section).and_then(|map| map.get(key)).cloned(),
        ("featuresMap", Some(path)) => config.get(section).and_then(|map| of_feature(map, path)),
        _ => None,
    };
    found.ok_or_else(missing)
}

/// A feature without its rules, or one kind of them.
fn of_feature(features: &Json, path: &str) -> Option<Json> {
    if let Some(feature) = features.get(path) {
        let bare = feature.members().iter().filter(|(name, _)| !RULES.contains(&name.as_str()));
        return Some(Json::Object(bare.cloned().collect()));
    }
    let (key, rules) = path.rsplit_once('/')?;
    features.get(key)?.get(rules).cloned()
}

/// An entity whose conditions, if it has any, are parsed.
fn with_conditions(entity: &Json) -> Json {
    let parsed = |(name, value): &(String, Json)| {
        let conditions =
            value.as_text().filter(|_| name == "conditions").and_then(|text| Json::parse(text).ok());
        (name.clone(), conditions.unwrap_or_else(|| value.clone()))
    };
    Json::Object(entity.members().iter().map(parsed).collect())
}

fn only(object: &Json, names: &[&str]) -> Json {
    let kept = object.members().iter().filter(|(name, _)| names.contains(&name.as_str()));
    Json::Object(kept.cloned().collect())
}

fn sorted(mut texts: Vec<Json>) -> Json {
    texts.sort_by(|one, other| one.as_text().cmp(&other.as_text()));
    Json::List(texts)
}
