//! Header section: decisions.

use std::mem::MaybeUninit;

use super::error::opt_error;
use super::guard::{guard, guard_or, required};
use super::stats::fill;
use super::text::opt_str;
use crate::client::{Decision, Keys};
use crate::error::Status;

/// No impression was due: none is sent for such a decision, or an option suppressed it.
pub const OPT_EVENT_SUPPRESSED: u32 = 0;
/// The impression was accepted and will be delivered.
pub const OPT_EVENT_ACCEPTED: u32 = 1;
/// The impression was refused: the queue is full, or memory or randomness could not be had.
pub const OPT_EVENT_QUEUE_FULL: u32 = 2;
/// The impression was refused: the client is closed.
pub const OPT_EVENT_CLOSED: u32 = 3;
/// The impression was refused: with this user's attributes it is larger than the Events API takes.
pub const OPT_EVENT_TOO_LARGE: u32 = 4;

/// What was decided for a user. Read it with opt_decision_read; free it with opt_decision_free.
///
/// Threads: immutable; may be read and freed on any thread, also after its client is gone. Since 0.1.
pub struct opt_decision(pub(super) Decision);

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
        let decision = &required(decision, "decision")?.0;
        let view = opt_decision_view {
            flag_key: opt_str::borrow_optional(decision.flag_key()),
            rule_key: opt_str::borrow_optional(decision.rule_key()),
            variation_key: opt_str::borrow_optional(decision.variation_key()),
            enabled: u32::from(decision.enabled()),
            event_status: decision.event_status() as u32,
        };
        // SAFETY: the header makes the caller promise `size` writable bytes at `out_view`.
        unsafe { fill(out_view, &view, size, "out_view") }
    })
}

/// Frees a decision; NULL is ignored.
///
/// Ownership: consumes `decision` and what was borrowed from it. Threads: any. Blocks: never. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn opt_decision_free(decision: Option<Box<opt_decision>>) {
    guard_or((), || drop(decision));
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
