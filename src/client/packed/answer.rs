//! Writes an answer of the flat form, in its caller's room.

use super::VERSION;
use crate::client::decision::{Decision, EventStatus};
use crate::client::predict::Needs;
use crate::error::{Error, Result, Status};
use crate::notification::Notification;

/// What an answer says before its body.
#[derive(Default)]
pub(super) struct Head {
    /// The profile to save, where it changed.
    pub(super) profile: Option<String>,
    /// What the caller is asked to predict.
    pub(super) needs: Needs,
    /// What the call caused.
    pub(super) notifications: Vec<Notification>,
}

/// What the call itself answers.
pub(super) enum Body<'b> {
    None,
    Decision(&'b Decision),
    Decisions(Vec<&'b Decision>),
    Keys(Vec<&'b str>, u64),
    Variable(u32, String),
    Variables(&'b str),
}

/// The caller's buffer.
pub(super) struct Room<'s> {
    pub(super) capacity: usize,
    pub(super) size: &'s mut usize,
}

impl Room<'_> {
    /// Does an answer of this size fit? Says so before anything is recorded.
    pub(super) fn check(&mut self, size: usize) -> Result<()> {
        *self.size = size;
        if size <= self.capacity {
            return Ok(());
        }
        let message = format!("answer: takes {size} bytes, and there is room for {}", self.capacity);
        Err(Error::new(Status::TooLarge, message).at("answer"))
    }
}

/// A whole answer, and where in it stands what is known only once impressions are recorded.
pub(super) struct Encoded {
    pub(super) bytes: Vec<u8>,
    /// The event status of each decision.
    statuses: Vec<usize>,
    /// The number of impressions that were refused.
    refused: Option<usize>,
}

/// Most answers with a decision are shorter.
const USUAL_SIZE: usize = 512;

impl Encoded {
    /// Fills in what became of impressions, in the order of the decisions.
    pub(super) fn settle(&mut self, statuses: impl Iterator<Item = EventStatus>, refused: u64) {
        for (place, status) in self.statuses.iter().zip(statuses) {
            self.bytes[*place] = status as u8;
        }
        if let Some(place) = self.refused {
            self.bytes[place..place + size_of::<u64>()].copy_from_slice(&refused.to_le_bytes());
        }
    }

    fn decision(&mut self, decided: &Decision) {
        self.statuses.push(self.bytes.len() + 1);
        decision(&mut self.bytes, decided);
    }
}

/// Writes an answer.
pub(super) fn encode(head: &Head, body: &Body<'_>) -> Encoded {
    let mut out = Vec::with_capacity(USUAL_SIZE);
    out.extend_from_slice(&[VERSION, u8::from(!matches!(body, Body::None)), 0, 0]);
    out.push(u8::from(head.profile.is_some()));
    if let Some(profile) = &head.profile {
        text(&mut out, profile);
    }
    number(&mut out, head.needs.len());
    for ask in &head.needs {
        text(&mut out, &ask.rule_id);
        text(&mut out, &ask.cmab_uuid);
        text(&mut out, &ask.body);
    }
    number(&mut out, head.notifications.len());
    for notification in &head.notifications {
        number(&mut out, notification.topic as usize);
        text(&mut out, &notification.key);
        text(&mut out, &notification.payload);
    }
    let mut encoded = Encoded { bytes: out, statuses: Vec::new(), refused: None };
    match body {
        Body::None => {}
        Body::Decision(decided) => encoded.decision(decided),
        Body::Decisions(all) => {
            number(&mut encoded.bytes, all.len());
            for decided in all {
                encoded.decision(decided);
            }
        }
        Body::Keys(keys, refused) => {
            number(&mut encoded.bytes, keys.len());
            for key in keys {
                text(&mut encoded.bytes, key);
            }
            encoded.refused = Some(encoded.bytes.len());
            encoded.bytes.extend_from_slice(&refused.to_le_bytes());
        }
        Body::Variable(kind, json) => {
            encoded.bytes.extend_from_slice(&kind.to_le_bytes());
            text(&mut encoded.bytes, json);
        }
        Body::Variables(json) => text(&mut encoded.bytes, json),
    }
    encoded
}

fn decision(out: &mut Vec<u8>, decision: &Decision) {
    let texts = [
        decision.flag_key(),
        decision.rule_key(),
        decision.variation_key(),
        decision.rule_id(),
        decision.variation_id(),
        decision.cmab_uuid(),
    ];
    let present = texts.iter().rev().fold(0, |bits, text| bits << 1 | u8::from(text.is_some()));
    out.extend_from_slice(&[
        u8::from(decision.enabled()),
        decision.event_status() as u8,
        decision.source() as u8,
        present,
    ]);
    number(out, decision.status() as usize);
    for part in texts.into_iter().flatten() {
        text(out, part);
    }
    text(out, decision.variables_json());
    number(out, decision.reasons().len());
    for reason in decision.reasons() {
        text(out, reason);
    }
    let (explained, explained_json) = decision.explanation().unwrap_or_default();
    text(out, explained);
    text(out, explained_json);
}

fn number(out: &mut Vec<u8>, number: usize) {
    out.extend_from_slice(&(number as u32).to_le_bytes());
}

fn text(out: &mut Vec<u8>, text: &str) {
    number(out, text.len());
    out.extend_from_slice(text.as_bytes());
}
