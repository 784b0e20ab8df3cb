//! What the datafile has for the flag or experiment that a difference is about: rules, holdouts, conditions.

use super::seen::Seen;
use crate::json::Json;
use crate::make::{items, text_of};

impl<'a> Seen<'a> {
    /// All experiments of the datafile, those in groups included.
    pub fn all_experiments(&self) -> impl Iterator<Item = &'a Json> {
        let datafile = &self.case.datafile;
        let grouped = items(datafile, "groups").iter().flat_map(|group| items(group, "experiments"));
        items(datafile, "experiments").iter().chain(grouped)
    }

    /// The flags that the difference is about: the one it names, or all if it is about the client or a call as a whole.
    pub fn flags(&self) -> Vec<&'a Json> {
        let flags = items(&self.case.datafile, "featureFlags").iter();
        let flag = self.difference.part.flag.as_str();
        let is_about_all = self.difference.part.call.is_none() || self.is_at("failed");
        flags.filter(|known| is_about_all || text_of(known, "key") == flag).collect()
    }

    /// The experiments that may decide it.
    pub fn experiments(&self) -> Vec<&'a Json> {
        if self.difference.part.call.is_none() {
            return self.all_experiments().collect();
        }
        let key = text_of(self.call, "experiment");
        let flags = self.flags();
        self.all_experiments()
            .filter(|experiment| {
                let is_of_flag = || {
                    flags.iter().any(|flag| {
                        items(flag, "experimentIds").iter().any(|id| Some(id) == experiment.get("id"))
                    })
                };
                if key.is_empty() { is_of_flag() } else { text_of(experiment, "key") == key }
            })
            .collect()
    }

    /// The delivery rules that may decide it.
    pub fn delivery_rules(&self) -> Vec<&'a Json> {
        let flags = self.flags();
        items(&self.case.datafile, "rollouts")
            .iter()
            .filter(|rollout| flags.iter().any(|flag| flag.get("rolloutId") == rollout.get("id")))
            .flat_map(|rollout| items(rollout, "experiments"))
            .collect()
    }

    /// Experiments and delivery rules that may decide it.
    pub fn rules(&self) -> Vec<&'a Json> {
        let mut rules = self.experiments();
        rules.extend(self.delivery_rules());
        rules
    }

    /// Running holdouts of single rules that may decide it.
    pub fn local_holdouts(&self) -> Vec<&'a Json> {
        if !text_of(self.call, "experiment").is_empty() {
            return Vec::new();
        }
        let rules = self.rules();
        items(&self.case.datafile, "localHoldouts")
            .iter()
            .filter(|holdout| {
                text_of(holdout, "status") == "Running"
                    && items(holdout, "includedRules")
                        .iter()
                        .any(|id| rules.iter().any(|rule| rule.get("id") == Some(id)))
            })
            .collect()
    }

    /// The running holdouts that may decide it.
    pub fn holdouts(&self) -> Vec<&'a Json> {
        if !text_of(self.call, "experiment").is_empty() {
            return Vec::new();
        }
        let global = items(&self.case.datafile, "holdouts").iter();
        let mut holdouts: Vec<_> = global.filter(|holdout| text_of(holdout, "status") == "Running").collect();
        holdouts.extend(self.local_holdouts());
        holdouts
    }

    /// The trees of audience ids that may decide it.
    pub fn targeting(&self) -> Vec<&'a Json> {
        let rules = self.rules().into_iter().chain(self.holdouts());
        rules
            .filter_map(|rule| {
                let conditions =
                    rule.get("audienceConditions").filter(|conditions| **conditions != Json::Null);
                conditions.or_else(|| rule.get("audienceIds"))
            })
            .collect()
    }

    /// The conditions of the audiences that may decide it, each parsed.
    pub fn audiences(&self) -> Vec<Json> {
        let mut ids = Vec::new();
        self.targeting().into_iter().for_each(|tree| texts(tree, &mut ids));
        let sections = ["audiences", "typedAudiences"];
        sections
            .iter()
            .flat_map(|section| items(&self.case.datafile, section))
            .filter(|audience| ids.contains(&text_of(audience, "id")))
            .filter_map(|audience| match audience.get("conditions")? {
                Json::Text(text) => Json::parse(text).ok(),
                conditions => Some(conditions.clone()),
            })
            .collect()
    }

    /// The single conditions that may decide it.
    pub fn leaves(&self) -> Vec<Json> {
        let mut leaves = Vec::new();
        self.audiences().into_iter().for_each(|tree| leaves_of(tree, &mut leaves));
        leaves
    }

    /// May any such list decide it, of audiences or of conditions?
    pub fn any_list(&self, is_wanted: fn(&[Json]) -> bool) -> bool {
        self.targeting().into_iter().any(|tree| has_list(tree, is_wanted))
            || self.audiences().iter().any(|tree| has_list(tree, is_wanted))
    }

    /// May any such condition decide it?
    pub fn any_leaf(&self, is_wanted: impl Fn(&Json) -> bool) -> bool {
        self.leaves().iter().any(is_wanted)
    }
}

fn texts<'a>(tree: &'a Json, found: &mut Vec<&'a str>) {
    match tree {
        Json::Text(text) => found.push(text),
        Json::List(items) => items.iter().for_each(|item| texts(item, found)),
        _ => {}
    }
}

fn leaves_of(tree: Json, found: &mut Vec<Json>) {
    match tree {
        Json::List(items) => items.into_iter().for_each(|item| leaves_of(item, found)),
        Json::Object(_) => found.push(tree),
        _ => {}
    }
}

fn has_list(tree: &Json, is_wanted: fn(&[Json]) -> bool) -> bool {
    matches!(tree, Json::List(items) if is_wanted(items) || items.iter().any(|item| has_list(item, is_wanted)))
}

/// Is it the name of an operator?
pub fn is_operator(item: &Json) -> bool {
    matches!(item.as_text(), Some("and" | "or" | "not"))
}

/// A number as a double.
pub fn number(value: &Json) -> Option<f64> {
    match value {
        Json::Number(digits) => digits.parse().ok(),
        _ => None,
    }
}

/// Is it a number that no condition takes: beyond 2^53 as written, or none that JSON has?
pub fn is_beyond(value: &Json) -> bool {
    const BOUND: f64 = 9_007_199_254_740_992.0;
    let is_above = |digits: &str| match digits.parse::<i128>() {
        Ok(whole) => whole.unsigned_abs() > 1 << 53,
        Err(_) => digits.parse::<f64>().is_ok_and(|number| number.abs() > BOUND),
    };
    match value {
        Json::Number(digits) => is_above(digits),
        other => other.marked("$double").is_some(),
    }
}

/// Is it an integer beyond 2^53 that becomes 2^53 as a double, and so seems to be inside?
pub fn is_rounded_inside(value: &Json) -> bool {
    is_beyond(value) && number(value).is_some_and(|number| number.abs() <= 9_007_199_254_740_992.0)
}
