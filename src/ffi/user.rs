//! Header section: users.

use std::mem::MaybeUninit;

use super::error::opt_error;
use super::guard::{guard, guard_or, out_handle, required};
use super::text::{opt_str, texts};
use super::value::{each_pair, opt_pair, opt_value};
use crate::error::{Error, Status};
use crate::user::User;

/// A user context: a visitor's id, attributes, qualified segments and forced decisions. Cheap; make one for each request.
///
/// Threads: one thread at a time may change a user; any number may read it (decide, track) while none does.
/// Independent of any client: one user may serve several. Since 0.1.
pub struct opt_user(pub(super) User);

/// Makes a user with `count` attributes. Every value is kept as given; what a decision or an event can't use (NaN,
/// infinities, numbers beyond 2^53) counts as unknown there, is left out there, and is logged there.
/// The reserved attribute `$opt_bucketing_id`, a text, is what the user is bucketed by instead of the id.
///
/// `id` may be empty, but the Events API needs one: events of an empty id are logged with a warning.
///
/// Ownership: everything is copied; the caller frees `*out_user` with opt_user_free. It is NULL on failure.
/// Threads: any. Blocks: never. Errors: INVALID_ARGUMENT, INVALID_UTF8. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_user_new(
    id: opt_str,
    attributes: *const opt_pair,
    count: usize,
    out_user: Option<&mut MaybeUninit<Option<Box<opt_user>>>>,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    guard(error, || {
        let out = out_handle(out_user, "out_user")?;
        // SAFETY: the header makes the caller promise readable text.
        let mut user = User::new(unsafe { id.to_str("id") }?);
        // SAFETY: the header makes the caller promise `count` readable pairs.
        unsafe {
            each_pair(attributes, count, "attributes", |key, value| {
                user.set_attribute(key, value);
                Ok(())
            })
        }?;
        *out = Some(Box::new(opt_user(user)));
        Ok(())
    })
}

/// Sets one attribute, or replaces it.
///
/// Ownership: key and value are copied. Threads: nobody else may use `user` meanwhile. Blocks: never.
/// Errors: INVALID_ARGUMENT, INVALID_UTF8. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_user_set_attribute(
    user: Option<&mut opt_user>,
    key: opt_str,
    value: opt_value,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    guard(error, || {
        let user = required(user, "user")?;
        // SAFETY: the header makes the caller promise readable text.
        let key = unsafe { key.to_str("key") }?;
        // SAFETY: the header makes the caller promise a set value.
        let value = unsafe { value.to_value("value") }?;
        user.0.set_attribute(key, value);
        Ok(())
    })
}

/// Sets the segments that the user qualifies for, as the audience match `qualified` reads them, in place of any set
/// before.
///
/// Ownership: the texts are copied. Threads: nobody else may use `user` meanwhile. Blocks: never.
/// Errors: INVALID_ARGUMENT, INVALID_UTF8. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_user_set_qualified_segments(
    user: Option<&mut opt_user>,
    segments: *const opt_str,
    count: usize,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    guard(error, || {
        let user = required(user, "user")?;
        // SAFETY: the header makes the caller promise `count` readable texts.
        let segments = unsafe { texts(segments, count, "segments") }?;
        user.0.set_qualified_segments(&segments);
        Ok(())
    })
}

/// The texts that name a forced decision.
///
/// # Safety
/// The header makes the caller promise readable texts.
unsafe fn forced_keys<'a>(flag_key: opt_str, rule_key: opt_str) -> crate::error::Result<(&'a str, &'a str)> {
    // SAFETY: passed on from our own caller.
    let flag = unsafe { flag_key.to_str("flag_key") }?;
    // SAFETY: as above.
    Ok((flag, unsafe { rule_key.to_str("rule_key") }?))
}

/// Forces a variation on this user's decisions of a flag: of its rule `rule_key`, or, where that is the empty text, of
/// the flag itself, before anything else is looked at. Nothing is checked here: at opt_decide, a variation that the
/// flag does not have counts as not forced, and the reasons say so. Forced decisions count for opt_decide,
/// opt_decide_for_keys and opt_decide_all only.
/// Rule: the official SDKs' setForcedDecision.
///
/// Ownership: the texts are copied. Threads: nobody else may use `user` meanwhile. Blocks: never.
/// Errors: INVALID_ARGUMENT, INVALID_UTF8. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_user_set_forced_decision(
    user: Option<&mut opt_user>,
    flag_key: opt_str,
    rule_key: opt_str,
    variation_key: opt_str,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    guard(error, || {
        let user = required(user, "user")?;
        // SAFETY: the header makes the caller promise readable texts.
        let (flag, rule) = unsafe { forced_keys(flag_key, rule_key) }?;
        // SAFETY: as above.
        let variation = unsafe { variation_key.to_str("variation_key") }?;
        user.0.set_forced_decision(flag, rule, variation);
        Ok(())
    })
}

/// The key of the variation that is forced for a flag (`rule_key` empty) or for one of its rules.
/// Rule: the official SDKs' getForcedDecision.
///
/// Ownership: `*out_variation_key` is borrowed from `user` until it is changed or freed. Threads: any number while
/// none changes `user`. Blocks: never. Errors: NOT_FOUND, INVALID_ARGUMENT, INVALID_UTF8. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_user_get_forced_decision(
    user: Option<&opt_user>,
    flag_key: opt_str,
    rule_key: opt_str,
    out_variation_key: Option<&mut MaybeUninit<opt_str>>,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    guard(error, || {
        let out = required(out_variation_key, "out_variation_key")?;
        let user = required(user, "user")?;
        // SAFETY: the header makes the caller promise readable texts.
        let (flag, rule) = unsafe { forced_keys(flag_key, rule_key) }?;
        let variation = user.0.forced_decision(flag, Some(rule)).ok_or_else(no_forced_decision)?;
        out.write(opt_str::borrow(variation));
        Ok(())
    })
}

fn no_forced_decision() -> Error {
    Error::new(Status::NotFound, "no decision is forced for this flag and rule")
}

/// Removes the decision that is forced for a flag (`rule_key` empty) or for one of its rules.
/// Rule: the official SDKs' removeForcedDecision.
///
/// Threads: nobody else may use `user` meanwhile. Blocks: never.
/// Errors: NOT_FOUND (none was forced), INVALID_ARGUMENT, INVALID_UTF8. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_user_remove_forced_decision(
    user: Option<&mut opt_user>,
    flag_key: opt_str,
    rule_key: opt_str,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    guard(error, || {
        let user = required(user, "user")?;
        // SAFETY: the header makes the caller promise readable texts.
        let (flag, rule) = unsafe { forced_keys(flag_key, rule_key) }?;
        if user.0.remove_forced_decision(flag, rule) { Ok(()) } else { Err(no_forced_decision()) }
    })
}

/// Removes every forced decision of the user; OK also if there is none.
/// Rule: the official SDKs' removeAllForcedDecisions.
///
/// Threads: nobody else may use `user` meanwhile. Blocks: never. Errors: INVALID_ARGUMENT. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_user_remove_all_forced_decisions(
    user: Option<&mut opt_user>,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    guard(error, || {
        required(user, "user")?.0.remove_all_forced_decisions();
        Ok(())
    })
}

/// Frees a user; NULL is ignored.
///
/// Ownership: consumes `user`. Threads: nobody else may use it. Blocks: never. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn opt_user_free(user: Option<Box<opt_user>>) {
    guard_or((), || drop(user));
}
