//! What a run has met: decisions by kind of rule, conditions by match type and truth value, reasons.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::case::{Case, Kind};
use crate::generator::conditions;
use crate::generator::leaf::{MATCHES, TRUTHS, Truth};
use crate::json::Json;
use crate::make::{items, text_of};
use crate::normal::Answer;
use crate::steps::STEPS;

/// How often a whole run has to meet each match type with each truth value, and each reason.
const AT_LEAST: usize = 1000;

/// What share of the decisions has to reach a variation, in a hundred.
const REACHING: usize = 30;

/// The decisions of a whole run, from which on the counts have to be met.
pub const WHOLE_RUN: usize = 200_000;

/// What was met so far.
#[derive(Default)]
pub struct Coverage {
    /// Flags and experiments decided, and variables and conversions asked for.
    pub decisions: usize,
    reaching: usize,
    calls: BTreeMap<String, usize>,
    rules: BTreeMap<&'static str, usize>,
    conditions: BTreeMap<(&'static str, Truth), usize>,
    steps: BTreeMap<&'static str, usize>,
}

impl Coverage {
    /// Counts a case by our answers. `raw` are they as the worker wrote them.
    pub fn add(&mut self, case: &Case, ours: &Answer, raw: &Json) {
        for (call, outcome) in case.calls.iter().zip(&ours.outcomes) {
            let op = text_of(call, "op");
            *self.calls.entry(op.to_owned()).or_default() += 1;
            if matches!(op, "get_enabled_features" | "get_forced_variation") {
                continue;
            }
            for (flag, result) in &outcome.results {
                self.decisions += 1;
                self.add_result(case, op, flag, result);
            }
        }
        let answers = items(raw, "answers");
        for (call, answer) in case.calls.iter().zip(answers) {
            let result = answer.get("result").unwrap_or(&Json::Null);
            match text_of(call, "op") {
                "decide" => self.add_reasons(call, result),
                "decide_for_keys" | "decide_all" => {
                    result.members().iter().for_each(|(_, decision)| self.add_reasons(call, decision));
                }
                _ => {}
            }
        }
    }

    fn add_result(&mut self, case: &Case, op: &str, flag: &str, result: &Json) {
        if op.starts_with("decide") {
            let variation = text_of(result, "variation");
            self.reaching += usize::from(!variation.is_empty());
            *self.rules.entry(kind_of(case, text_of(result, "rule"), variation)).or_default() += 1;
            if case.kind == Kind::Conditions {
                if let Some(matched) = conditions::match_of(case, flag) {
                    let truth = match variation {
                        "true" => Truth::True,
                        "false" => Truth::False,
                        _ => Truth::Unknown,
                    };
                    *self.conditions.entry((matched, truth)).or_default() += 1;
                }
            }
        } else if matches!(op, "activate" | "get_variation") {
            let variation = result.as_text().unwrap_or_default();
            self.reaching += usize::from(!variation.is_empty());
            *self.rules.entry("experiment, by its key").or_default() += usize::from(!variation.is_empty());
        }
    }

    fn add_reasons(&mut self, call: &Json, decision: &Json) {
        for reason in items(decision, "reasons") {
            let reason = reason.as_text().unwrap_or_default();
            for step in STEPS {
                if !step.words.is_empty() && step.words.iter().all(|words| reason.contains(words)) {
                    *self.steps.entry(step.name).or_default() += 1;
                }
            }
        }
        for option in items(call, "options") {
            let step =
                STEPS.iter().find(|step| step.words.is_empty() && Some(step.option) == option.as_text());
            if let Some(step) = step {
                *self.steps.entry(step.name).or_default() += 1;
            }
        }
    }

    /// The tables, and what of them a whole run lacks.
    pub fn report(&self) -> (String, Vec<String>) {
        let mut out = String::new();
        let mut lacking = Vec::new();
        let share = self.reaching * 100 / self.decisions.max(1);
        let _ = writeln!(out, "{} decisions, {share} % of which reach a variation", self.decisions);
        if share < REACHING {
            lacking.push(format!("{share} % of the decisions reach a variation, not {REACHING}"));
        }
        let _ = writeln!(out, "\ncalls");
        for (op, count) in &self.calls {
            let _ = writeln!(out, "  {count:8} {op}");
        }
        let _ = writeln!(out, "\ndecided by");
        for kind in KINDS {
            let count = self.rules.get(kind).copied().unwrap_or_default();
            let _ = writeln!(out, "  {count:8} {kind}");
            if count == 0 {
                lacking.push(format!("nothing was decided by: {kind}"));
            }
        }
        let _ = writeln!(out, "\n  conditions      true    false  unknown");
        for matched in MATCHES {
            let _ = write!(out, "  {matched:12}");
            for truth in TRUTHS {
                let count = self.conditions.get(&(matched, truth)).copied().unwrap_or_default();
                if matched == "exists" && truth == Truth::Unknown {
                    let _ = write!(out, "    never");
                    if count > 0 {
                        lacking.push("exists is never unknown".to_owned());
                    }
                    continue;
                }
                let _ = write!(out, " {count:8}");
                if count < AT_LEAST {
                    lacking.push(format!("{matched} was {truth:?} {count} times"));
                }
            }
            out.push('\n');
        }
        let _ = writeln!(out, "\nreasons");
        for step in STEPS {
            let count = self.steps.get(step.name).copied().unwrap_or_default();
            let _ = writeln!(out, "  {count:8} {}", step.name);
            if count < AT_LEAST {
                lacking.push(format!("reason met {count} times: {}", step.name));
            }
        }
        (out, lacking)
    }
}

/// What decides, in the order of the table.
const KINDS: [&str; 10] = [
    "experiment",
    "experiment in a group",
    "feature rollout",
    "bandit",
    "delivery rule",
    "holdout",
    "local holdout",
    "experiment, by its key",
    "forced decision of the flag",
    "nothing",
];

/// What the rule of this key is.
fn kind_of(case: &Case, rule: &str, variation: &str) -> &'static str {
    let datafile = &case.datafile;
    let has = |list: &[Json]| list.iter().any(|one| text_of(one, "key") == rule);
    let grouped = || items(datafile, "groups").iter().flat_map(|group| items(group, "experiments"));
    let experiment =
        items(datafile, "experiments").iter().chain(grouped()).find(|one| text_of(one, "key") == rule);
    match experiment {
        _ if rule.is_empty() && variation.is_empty() => "nothing",
        _ if rule.is_empty() => "forced decision of the flag",
        Some(experiment) if experiment.get("cmab").is_some() => "bandit",
        Some(experiment) if text_of(experiment, "type") == "fr" => "feature rollout",
        Some(_) if grouped().any(|one| text_of(one, "key") == rule) => "experiment in a group",
        Some(_) => "experiment",
        None if has(items(datafile, "holdouts")) => "holdout",
        None if has(items(datafile, "localHoldouts")) => "local holdout",
        None => "delivery rule",
    }
}
