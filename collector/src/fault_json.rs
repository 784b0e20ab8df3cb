//! Faults as they are written down: `{"kind":"status","status":503,"probability":0.3}`.

use std::time::Duration;

use crate::fault::Fault;
use crate::json::Json;
use crate::kind::{Kind, NAMES, Part};
use crate::shape::{Checked, Node};

/// What every fault may say about when it fires.
const WHEN: [&str; 5] = ["kind", "probability", "count", "duration_ms", "skip"];
/// What `huge` sends if it isn't told.
const HUGE: i64 = 16 << 20;
/// Neither a status line nor the start of one.
const GARBAGE: &str = "\u{1}\u{2}\u{3} this is not HTTP \u{0}\r\n\r\n";

/// Reads one fault.
pub fn fault(node: &Node) -> Checked<Fault> {
    let kind = kind(node)?;
    let probability = match node.optional("probability") {
        Some(p) if (0.0..=1.0).contains(&p.number()?) => p.number()?,
        Some(p) => return Err(p.expected("a number from 0 to 1")),
        None => 1.0,
    };
    Ok(Fault {
        kind,
        probability,
        count: natural(node, "count")?,
        duration: milliseconds(node, "duration_ms")?,
        skip: natural(node, "skip")?.unwrap_or(0),
        commit: node.optional("commit").map(|commit| commit.boolean()).transpose()?,
        text: node.rendered(),
    })
}

/// Reads an array of faults.
pub fn faults(node: &Node) -> Checked<Vec<Fault>> {
    node.collect(fault)
}

fn kind(node: &Node) -> Checked<Kind> {
    let name = node
        .member("kind")
        .text_that(&format!("one of {}", NAMES.join(", ")), |name| NAMES.contains(&name))?;
    let fields: &[&str] = match name {
        "status" => &["status", "retry_after", "early", "commit"],
        "delay" => &["delay_ms"],
        "drop_after" => &["commit"],
        "stall" => &["stall_ms", "commit"],
        "truncate" => &["status", "part", "commit"],
        "wrong_length" => &["status", "declared", "commit"],
        "huge" => &["status", "part", "bytes", "declared", "commit"],
        "trickle" => &["status", "delay_ms", "commit"],
        "garbage" => &["text", "commit"],
        "redirect" => &["status", "location", "commit"],
        "poison" => &["status", "visitor"],
        "max_bytes" => &["bytes", "early"],
        _ => &[],
    };
    node.object(&[&WHEN, fields].concat())?;
    Ok(match name {
        "status" => Kind::Status {
            status: status(node, None)?,
            retry_after: words(node, "retry_after")?,
            early: early(node)?,
        },
        "delay" => Kind::Delay { delay: delay(node)? },
        "drop_before" => Kind::DropBefore,
        "drop_after" => Kind::DropAfter,
        "stall" => Kind::Stall { bound: milliseconds(node, "stall_ms")? },
        "truncate" => Kind::Truncate { status: status(node, Some(200))?, part: part(node, Part::Head)? },
        "wrong_length" => Kind::WrongLength { status: status(node, Some(200))?, declared: declared(node)? },
        "huge" => Kind::Huge {
            status: status(node, Some(200))?,
            part: part(node, Part::Body)?,
            bytes: natural(node, "bytes")?.unwrap_or(HUGE as u64),
            declared: words(node, "declared")?.into_iter().next(),
        },
        "trickle" => Kind::Trickle { status: status(node, Some(200))?, delay: delay(node)? },
        "garbage" => {
            Kind::Garbage { text: optional_text(node, "text")?.unwrap_or_else(|| GARBAGE.to_owned()) }
        }
        "redirect" => Kind::Redirect { status: redirect(node)?, location: optional_text(node, "location")? },
        "poison" => Kind::Poison { status: status(node, Some(400))?, visitors: visitors(node)? },
        "max_bytes" => Kind::MaxBytes {
            bytes: node.member("bytes").integer("a number of bytes", 0..)?.unsigned_abs(),
            early: early(node)?,
        },
        _ => Kind::KeepaliveRace,
    })
}

fn status(node: &Node, default: Option<u16>) -> Checked<u16> {
    let status = node.member("status");
    match default {
        Some(default) if status.is_absent() => Ok(default),
        _ => Ok(status.integer("a status from 0 to 999", 0..=999)?.unsigned_abs() as u16),
    }
}

fn redirect(node: &Node) -> Checked<u16> {
    let status = status(node, Some(302))?;
    if matches!(status, 300..=399) {
        Ok(status)
    } else {
        Err(node.member("status").expected("a status from 300 to 399"))
    }
}

fn early(node: &Node) -> Checked<bool> {
    let early = node.optional("early").map_or(Ok(false), |early| early.boolean())?;
    match node.optional("commit") {
        Some(commit) if early => {
            Err(commit.expected("no such field on an early answer, whose request is never read"))
        }
        _ => Ok(early),
    }
}

fn part(node: &Node, default: Part) -> Checked<Part> {
    let Some(part) = node.optional("part") else { return Ok(default) };
    let name = part.text_that("\"head\" or \"body\"", |name| matches!(name, "head" | "body"))?;
    Ok(if name == "head" { Part::Head } else { Part::Body })
}

fn declared(node: &Node) -> Checked<Vec<String>> {
    let declared = words(node, "declared")?;
    if declared.is_empty() {
        Err(node.member("declared").expected("a length or an array of lengths"))
    } else {
        Ok(declared)
    }
}

fn visitors(node: &Node) -> Checked<Vec<String>> {
    let visitor = node.member("visitor");
    let ids: Option<Vec<String>> = visitor.list().iter().map(|id| id.as_str().map(str::to_owned)).collect();
    ids.filter(|ids| !ids.is_empty()).ok_or_else(|| visitor.expected("a visitor id or an array of them"))
}

/// Header values: a string or a number, or an array of these, each written as it was given.
fn words(node: &Node, key: &str) -> Checked<Vec<String>> {
    let member = node.member(key);
    let word = |value: &Json| match value {
        Json::Number(text) => Some((*text).to_owned()),
        Json::String(text) if !text.contains(['\r', '\n']) => Some(text.to_string()),
        _ => None,
    };
    let words: Option<Vec<String>> = member.list().iter().map(word).collect();
    words.ok_or_else(|| member.expected("a string of one line or a number, or an array of these"))
}

fn optional_text(node: &Node, key: &str) -> Checked<Option<String>> {
    node.optional(key).map(|member| member.text().map(str::to_owned)).transpose()
}

fn natural(node: &Node, key: &str) -> Checked<Option<u64>> {
    let Some(member) = node.optional(key) else { return Ok(None) };
    member.integer("a number that is not negative", 0..).map(|number| Some(number.unsigned_abs()))
}

fn milliseconds(node: &Node, key: &str) -> Checked<Option<Duration>> {
    let Some(member) = node.optional(key) else { return Ok(None) };
    // A day is longer than any test, and far from where adding it to a clock overflows.
    let span = member.integer("milliseconds, at most a day", 0..=86_400_000)?;
    Ok(Some(Duration::from_millis(span.unsigned_abs())))
}

fn delay(node: &Node) -> Checked<Duration> {
    milliseconds(node, "delay_ms")?.ok_or_else(|| node.member("delay_ms").expected("milliseconds"))
}
