//! An explanation of a decision: each rule tried, each audience with the values compared, the bucket number against the
//! ranges; as text for people and as JSON for programs. No official SDK has it.

use std::fmt::Write;

use crate::datafile::{Group, Rule};
use crate::decision::{Part, Truth};
use crate::json;

/// A rule that was looked at.
#[derive(Debug)]
pub(super) struct Tried {
    pub(super) part: Part,
    pub(super) id: Box<str>,
    key: Box<str>,
    is_targeted: bool,
    pub(super) audiences: Vec<Audience>,
    pub(super) is_in: Option<bool>,
    pub(super) draws: Vec<Draw>,
    pub(super) steps: Vec<String>,
}

/// An audience that was evaluated.
#[derive(Debug)]
pub(super) struct Audience {
    pub(super) id: String,
    pub(super) truth: Truth,
    pub(super) conditions: Vec<Condition>,
    pub(super) problem: Option<&'static str>,
}

/// A condition that was compared; values as JSON.
#[derive(Debug)]
pub(super) struct Condition {
    pub(super) attribute: String,
    pub(super) matcher: Option<&'static str>,
    pub(super) expected: Option<String>,
    pub(super) actual: String,
    pub(super) truth: Truth,
    pub(super) problem: Option<&'static str>,
}

/// A bucket held against ranges.
#[derive(Debug)]
pub(super) struct Draw {
    pub(super) parent: String,
    pub(super) of: &'static str,
    pub(super) bucket: u32,
    pub(super) ranges: Vec<Range>,
}

/// Buckets from `from` up to, but not with, `end`.
#[derive(Debug)]
pub(super) struct Range {
    pub(super) from: i64,
    pub(super) end: i64,
    /// The variation key or experiment id; none where the range gives nothing.
    pub(super) entity: Option<String>,
    pub(super) is_hit: bool,
}

impl Tried {
    pub(super) fn new(part: Part, rule: &Rule) -> Self {
        Self {
            part,
            id: rule.id.clone(),
            key: rule.key.clone(),
            is_targeted: !matches!(rule.targeting, crate::datafile::Targeting::Everyone),
            audiences: Vec::new(),
            is_in: None,
            draws: Vec::new(),
            steps: Vec::new(),
        }
    }

    fn kind(&self) -> &'static str {
        match self.part {
            Part::Holdout => "holdout",
            Part::LocalHoldout => "local holdout",
            Part::Experiment => "experiment",
            Part::Delivery { .. } => "delivery rule",
        }
    }
}

impl Draw {
    pub(super) fn traffic(rule: &Rule, bucket: u32) -> Self {
        let entity = |index: u32| rule.variations[index as usize].key.to_string();
        let ranges = rule.traffic.iter().map(|range| (range.end, range.variation.map(entity)));
        Self { parent: rule.id.to_string(), of: "traffic", bucket, ranges: cumulative(ranges, bucket) }
    }

    pub(super) fn group(group: &Group, bucket: u32) -> Self {
        let named = |id: &str| (!id.is_empty()).then(|| id.to_owned());
        let ranges = group.traffic.iter().map(|(end, experiment)| (*end, named(experiment)));
        Self { parent: group.id.to_string(), of: "group", bucket, ranges: cumulative(ranges, bucket) }
    }
}

/// Each range begins where the ones before it end; the first that ends past the bucket is hit.
fn cumulative(ranges: impl Iterator<Item = (i64, Option<String>)>, bucket: u32) -> Vec<Range> {
    let (mut from, mut is_found) = (0, false);
    ranges
        .map(|(end, entity)| {
            let is_hit = !is_found && i64::from(bucket) < end;
            is_found |= is_hit;
            let range = Range { from, end, entity, is_hit };
            from = from.max(end);
            range
        })
        .collect()
}

/// What a decision came to, for the end of its explanation.
pub(super) struct Outcome<'a> {
    pub(super) user_id: &'a str,
    pub(super) flag_key: &'a str,
    pub(super) rule_key: Option<&'a str>,
    pub(super) variation_key: Option<&'a str>,
    pub(super) source: &'static str,
    pub(super) is_enabled: bool,
    /// What kept the decision from being made.
    pub(super) error: Option<&'a str>,
}

const fn name(truth: Truth) -> &'static str {
    match truth {
        Truth::True => "true",
        Truth::False => "false",
        Truth::Unknown => "unknown",
    }
}

/// The explanation that a person reads.
pub(super) fn to_text(outcome: &Outcome<'_>, first: &[String], tried: &[Tried]) -> String {
    let mut out = format!("flag {:?} for user {:?}\n", outcome.flag_key, outcome.user_id);
    for step in first {
        let _ = writeln!(out, "  {step}");
    }
    for rule in tried {
        rule_to_text(&mut out, rule);
    }
    let _ = match (outcome.error, outcome.variation_key) {
        (Some(error), _) => writeln!(out, "error: {error}"),
        (None, None) => writeln!(out, "decided: no variation ({})", outcome.source),
        (None, Some(variation)) => {
            let enabled = if outcome.is_enabled { "enabled" } else { "not enabled" };
            let rule = outcome.rule_key.map_or(String::new(), |key| format!(" of {key:?}"));
            writeln!(out, "decided: variation {variation:?}{rule} ({}), {enabled}", outcome.source)
        }
    };
    out
}

fn rule_to_text(out: &mut String, rule: &Tried) {
    let number = match rule.part {
        Part::Delivery { number, is_last: true } => format!(" {number}, for everyone else,"),
        Part::Delivery { number, .. } => format!(" {number}"),
        _ => String::new(),
    };
    let _ = writeln!(out, "  {}{number} {:?} (id {})", rule.kind(), rule.key, rule.id);
    for audience in &rule.audiences {
        let problem = audience.problem.map_or(String::new(), |problem| format!(": {problem}"));
        let _ = writeln!(out, "    audience {} is {}{problem}", audience.id, name(audience.truth));
        for condition in &audience.conditions {
            let matcher = condition.matcher.unwrap_or("with a condition that can't be evaluated");
            let expected = condition.expected.as_deref().map_or(String::new(), |value| format!(" {value}"));
            let problem = condition.problem.map_or(String::new(), |problem| format!(" ({problem})"));
            let (attribute, actual) = (&condition.attribute, &condition.actual);
            let truth = name(condition.truth);
            let _ = if condition.matcher == Some("qualified") {
                writeln!(out, "      segments {matcher}{expected}: {truth}{problem}")
            } else {
                writeln!(
                    out,
                    "      {attribute:?} {matcher}{expected}, the user has {actual}: {truth}{problem}"
                )
            };
        }
    }
    match rule.is_in {
        Some(true) if !rule.is_targeted => out.push_str("    no audience: everyone may get in\n"),
        Some(true) => out.push_str("    the user is in the audience\n"),
        Some(false) => out.push_str("    the user is not in the audience\n"),
        None => {}
    }
    for draw in &rule.draws {
        let _ = writeln!(out, "    {}: bucket {} under {:?}", draw.of, draw.bucket, draw.parent);
        for range in &draw.ranges {
            let entity = match &range.entity {
                Some(entity) => format!("{entity:?}"),
                None if draw.of == "prediction" => "a prediction".to_owned(),
                None => "nothing".to_owned(),
            };
            let hit = if range.is_hit { "  <- here" } else { "" };
            let _ = writeln!(out, "      {} to {}: {entity}{hit}", range.from, range.end.saturating_sub(1));
        }
    }
    for step in &rule.steps {
        let _ = writeln!(out, "    {step}");
    }
}

/// The explanation that a program reads.
pub(super) fn to_json(outcome: &Outcome<'_>, first: &[String], tried: &[Tried]) -> String {
    json::to_string(|out| {
        json::object(out, |members| {
            members.text("flagKey", outcome.flag_key);
            members.text("userId", outcome.user_id);
            json::list(members.name("steps"), first, |out, step| json::text(out, step));
            json::list(members.name("rules"), tried, rule_to_json);
            json::object(members.name("decision"), |members| {
                members.text_or_null("ruleKey", outcome.rule_key);
                members.text_or_null("variationKey", outcome.variation_key);
                members.text("source", outcome.source);
                members.boolean("enabled", outcome.is_enabled);
                members.text_or_null("error", outcome.error);
            });
        });
    })
}

fn rule_to_json(out: &mut Vec<u8>, rule: &Tried) {
    json::object(out, |members| {
        members.text("kind", rule.kind());
        members.text("key", &rule.key);
        members.text("id", &rule.id);
        json::list(members.name("audiences"), &rule.audiences, |out, audience| {
            json::object(out, |members| {
                members.text("id", &audience.id);
                members.text("result", name(audience.truth));
                members.text_or_null("problem", audience.problem);
                json::list(members.name("conditions"), &audience.conditions, condition_to_json);
            });
        });
        match rule.is_in {
            Some(is_in) => members.boolean("inAudience", is_in),
            None => json::null(members.name("inAudience")),
        }
        json::list(members.name("buckets"), &rule.draws, draw_to_json);
        json::list(members.name("steps"), &rule.steps, |out, step| json::text(out, step));
    });
}

fn condition_to_json(out: &mut Vec<u8>, condition: &Condition) {
    json::object(out, |members| {
        members.text("attribute", &condition.attribute);
        members.text_or_null("match", condition.matcher);
        let expected = condition.expected.as_deref().unwrap_or("null");
        members.name("value").extend_from_slice(expected.as_bytes());
        members.name("actual").extend_from_slice(condition.actual.as_bytes());
        members.text("result", name(condition.truth));
        members.text_or_null("problem", condition.problem);
    });
}

fn draw_to_json(out: &mut Vec<u8>, draw: &Draw) {
    json::object(out, |members| {
        members.text("of", draw.of);
        members.text("parentId", &draw.parent);
        json::integer(members.name("bucket"), i64::from(draw.bucket));
        json::list(members.name("ranges"), &draw.ranges, |out, range| {
            json::object(out, |members| {
                json::integer(members.name("from"), range.from);
                json::integer(members.name("end"), range.end);
                members.text_or_null("entity", range.entity.as_deref());
                members.boolean("hit", range.is_hit);
            });
        });
    });
}
