//! Header section: decisions.

use std::mem::MaybeUninit;

use super::error::opt_error;
use super::guard::{guard, guard_or, required};
use super::pool;
use super::stats::fill;
use super::text::opt_str;
use crate::client::{Decision, Decisions, Keys, Source};
use crate::error::{Result, Status};

/// No impression was due: none is sent for such a decision, or an option suppressed it.
pub const OPT_EVENT_SUPPRESSED: u32 = 0;
/// The impression was accepted and will be delivered.
pub const OPT_EVENT_ACCEPTED: u32 = 1;
/// The impression was refused: the queue is full, the disk fails, or memory or randomness could not be had.
pub const OPT_EVENT_QUEUE_FULL: u32 = 2;
/// The impression was refused: the client is closed.
pub const OPT_EVENT_CLOSED: u32 = 3;
/// The impression was refused: with this user's attributes it is larger than the Events API takes.
pub const OPT_EVENT_TOO_LARGE: u32 = 4;

/// An experiment that was asked for by its own key decided.
pub const OPT_SOURCE_EXPERIMENT: u32 = 0;
/// An experiment of the flag decided, or a decision forced for the flag itself.
pub const OPT_SOURCE_FEATURE_TEST: u32 = 1;
/// A delivery rule of the flag decided, or nothing.
pub const OPT_SOURCE_ROLLOUT: u32 = 2;
/// A holdout decided.
pub const OPT_SOURCE_HOLDOUT: u32 = 3;

// The header needs literals; the decision has the numbers.
const _: () = {
    assert!(OPT_SOURCE_EXPERIMENT == Source::Experiment as u32);
    assert!(OPT_SOURCE_FEATURE_TEST == Source::FeatureTest as u32);
    assert!(OPT_SOURCE_ROLLOUT == Source::Rollout as u32);
    assert!(OPT_SOURCE_HOLDOUT == Source::Holdout as u32);
};

/// What was decided for a user. Read it with opt_decision_read and the calls below; free it with opt_decision_free.
/// It holds on to the datafile that it was made by, so free it when it is read.
///
/// Threads: immutable; may be read and freed on any thread, also after its client is gone. Since 0.1.
pub struct opt_decision(Option<Decision>);

// The header says that any thread may read and free it.
const _: fn() = || {
    const fn is_shared<T: Send + Sync>() {}
    is_shared::<opt_decision>();
};

impl opt_decision {
    pub(super) fn new(decision: Decision) -> Self {
        Self(Some(decision))
    }

    pub(super) fn put(&mut self, decision: Decision) {
        self.0 = Some(decision);
    }

    pub(super) fn clear(&mut self) {
        self.0 = None;
    }
}

/// The decision in a handle.
pub(super) fn decided(decision: Option<&opt_decision>) -> Option<&Decision> {
    decision.and_then(|decision| decision.0.as_ref())
}

/// The parts of a decision. The texts are borrowed from the decision; `data == NULL` means none.
///
/// Threads: a plain value. Since 0.1; fields are only ever added at the end.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct opt_decision_view {
    /// The flag decided; none for opt_activate, opt_get_variation and forced variations, which speak of experiments.
    pub flag_key: opt_str,
    /// The experiment, delivery rule or holdout that decided; none if no rule did.
    pub rule_key: opt_str,
    /// The variation; none if the user gets none.
    pub variation_key: opt_str,
    /// 1 if the variation enables the flag, else 0.
    pub enabled: u32,
    /// One of OPT_EVENT_…: what became of the impression.
    pub event_status: u32,
    /// The id of the rule that decided; none if no rule did.
    pub rule_id: opt_str,
    /// The id of the variation; none if the user gets none.
    pub variation_id: opt_str,
    /// The uuid that ties the impression to a contextual bandit's prediction; none if no bandit decided.
    pub cmab_uuid: opt_str,
    /// One of OPT_SOURCE_…: what decided.
    pub source: u32,
    /// OPT_STATUS_OK, or the opt_status that says why this is an error decision.
    pub status: u32,
}

/// Fills `*out_view` with the parts of `decision`. `size` is sizeof(opt_decision_view) as the caller knows it: a
/// shorter struct is filled as far as it goes, of a longer one the rest is zeroed.
///
/// Ownership: the texts are borrowed from `decision`. Threads: any. Blocks: never.
/// Errors: INVALID_ARGUMENT (NULL; a size of 0, over 4,096 or no multiple of 8). Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_decision_read(
    decision: Option<&opt_decision>,
    out_view: *mut opt_decision_view,
    size: usize,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    guard(error, || {
        let decision = required(decided(decision), "decision")?;
        let reading = decision.read();
        let view = opt_decision_view {
            flag_key: opt_str::borrow_optional(reading.flag_key),
            rule_key: opt_str::borrow_optional(reading.rule_key),
            variation_key: opt_str::borrow_optional(reading.variation_key),
            enabled: u32::from(reading.enabled),
            event_status: decision.event_status() as u32,
            rule_id: opt_str::borrow_optional(reading.rule_id),
            variation_id: opt_str::borrow_optional(reading.variation_id),
            cmab_uuid: opt_str::borrow_optional(decision.cmab_uuid()),
            source: decision.source() as u32,
            status: decision.status() as u32,
        };
        // SAFETY: the header makes the caller promise `size` writable bytes at `out_view`.
        unsafe { fill(out_view, &view, size, "out_view") }
    })
}

/// The number of reasons; 0 for NULL. Errors are always among them, and come first: an unknown flag, a prediction that
/// could not be had, a variable that can't be read as its type. The others are there with OPT_DECIDE_INCLUDE_REASONS.
///
/// Threads: any. Blocks: never. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn opt_decision_reason_count(decision: Option<&opt_decision>) -> usize {
    guard_or(0, || decided(decision).map_or(0, |decision| decision.reasons().len()))
}

/// The reason at `index`, one sentence; none (`data == NULL`) for an index past the end or for NULL. Reasons hold user
/// ids; their wording may change between versions.
///
/// Ownership: borrowed from `decision`. Threads: any. Blocks: never. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn opt_decision_reason_at(decision: Option<&opt_decision>, index: usize) -> opt_str {
    guard_or(opt_str::NONE, || {
        let reason = decided(decision).and_then(|decision| decision.reasons().get(index));
        opt_str::borrow_optional(reason.map(String::as_str))
    })
}

/// The way to the decision, for a person: each rule that was tried, each audience with the values that were compared,
/// the bucket number against the ranges. None (`data == NULL`) without OPT_DECIDE_INCLUDE_REASONS. It holds the user's
/// id and attributes.
///
/// Ownership: borrowed from `decision`. Threads: any. Blocks: never. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn opt_decision_explain_text(decision: Option<&opt_decision>) -> opt_str {
    guard_or(opt_str::NONE, || {
        let explained = decided(decision).and_then(Decision::explanation);
        opt_str::borrow_optional(explained.map(|(text, _)| text))
    })
}

/// The same for a program: `{"flagKey", "userId", "steps", "rules": [{"kind", "key", "id", "audiences": [{"id",
/// "result", "problem", "conditions": [{"attribute", "match", "value", "actual", "result", "problem"}]}], "inAudience",
/// "buckets": [{"of", "parentId", "bucket", "ranges": [{"from", "end", "entity", "hit"}]}], "steps"}], "decision"}`.
/// Results are "true", "false" and "unknown"; a range goes up to, but not with, its end.
///
/// Ownership: borrowed from `decision`. Threads: any. Blocks: never. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn opt_decision_explain_json(decision: Option<&opt_decision>) -> opt_str {
    guard_or(opt_str::NONE, || {
        let explained = decided(decision).and_then(Decision::explanation);
        opt_str::borrow_optional(explained.map(|(_, json)| json))
    })
}

/// The decision as a JSON object, as the official SDKs write theirs, but for the user: `{"variationKey", "enabled",
/// "variables", "ruleKey", "flagKey", "reasons"}`; null for a key that there is none of. None (`data == NULL`) for NULL.
///
/// Ownership: borrowed from `decision`. Threads: any. Blocks: never. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn opt_decision_json(decision: Option<&opt_decision>) -> opt_str {
    guard_or(opt_str::NONE, || opt_str::borrow_optional(decided(decision).map(Decision::to_json)))
}

/// Frees a decision; NULL is ignored. Not for decisions that are borrowed from an opt_decisions.
///
/// Ownership: consumes `decision` and what was borrowed from it. Threads: any. Blocks: never. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn opt_decision_free(decision: Option<Box<opt_decision>>) {
    guard_or((), || decision.map(pool::give_back).unwrap_or_default());
}

/// The decisions of one call over several flags, all by one datafile. Free it with opt_decisions_free.
///
/// Threads: immutable; may be read and freed on any thread, also after its client is gone. Since 0.1.
pub struct opt_decisions(Vec<opt_decision>);

impl opt_decisions {
    pub(super) fn new(all: Decisions) -> Self {
        Self(all.into_iter().map(opt_decision::new).collect())
    }
}

/// The number of decisions; 0 for NULL.
///
/// Threads: any. Blocks: never. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn opt_decisions_count(decisions: Option<&opt_decisions>) -> usize {
    guard_or(0, || decisions.map_or(0, |decisions| decisions.0.len()))
}

/// The decision at `index`; NULL for an index past the end or for NULL.
///
/// Ownership: borrowed from `decisions`, and not to be freed. Threads: any. Blocks: never. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn opt_decisions_at(decisions: Option<&opt_decisions>, index: usize) -> Option<&opt_decision> {
    guard_or(None, || decisions.and_then(|decisions| decisions.0.get(index)))
}

/// The decision of the flag `flag_key`; NULL if it is not among them, or for NULL.
///
/// Ownership: borrowed from `decisions`, and not to be freed. Threads: any. Blocks: never. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn opt_decisions_find(
    decisions: Option<&opt_decisions>,
    flag_key: opt_str,
) -> Option<&opt_decision> {
    guard_or(None, || {
        // SAFETY: the header makes the caller promise readable text.
        let key = unsafe { flag_key.to_str("flag_key") }.ok();
        let is_it = |decision: &&opt_decision| decided(Some(decision)).and_then(Decision::flag_key) == key;
        key.and_then(|_| decisions.and_then(|decisions| decisions.0.iter().find(is_it)))
    })
}

/// Frees a list of decisions; NULL is ignored.
///
/// Ownership: consumes `decisions` and what was borrowed from it. Threads: any. Blocks: never. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn opt_decisions_free(decisions: Option<Box<opt_decisions>>) {
    guard_or((), || drop(decisions));
}

/// A list of keys. Read it with opt_keys_count and opt_keys_at; free it with opt_keys_free.
///
/// Threads: immutable; may be read and freed on any thread, also after its client is gone. Since 0.1.
pub struct opt_keys(pub(super) Keys);

/// The number of keys; 0 for NULL.
///
/// Threads: any. Blocks: never. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn opt_keys_count(keys: Option<&opt_keys>) -> usize {
    guard_or(0, || keys.map_or(0, |keys| keys.0.len()))
}

/// The key at `index`; none (`data == NULL`) for an index past the end or for NULL.
///
/// Ownership: borrowed from `keys`. Threads: any. Blocks: never. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn opt_keys_at(keys: Option<&opt_keys>, index: usize) -> opt_str {
    guard_or(opt_str::NONE, || opt_str::borrow_optional(keys.and_then(|keys| keys.0.get(index))))
}

/// Frees a list of keys; NULL is ignored.
///
/// Ownership: consumes `keys` and what was borrowed from it. Threads: any. Blocks: never. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn opt_keys_free(keys: Option<Box<opt_keys>>) {
    guard_or((), || drop(keys));
}

/// The decision in a handle that must not be NULL.
pub(super) fn required_decision(decision: Option<&opt_decision>) -> Result<&Decision> {
    required(decided(decision), "decision")
}
