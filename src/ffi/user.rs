//! Header section: users.

use std::mem::MaybeUninit;

use super::error::opt_error;
use super::guard::{guard, guard_or, out_handle, required};
use super::text::{array, opt_str};
use super::value::{each_pair, opt_pair, opt_value};
use crate::error::Status;
use crate::user::User;

/// A user context: a visitor's id, attributes and qualified segments. Cheap; make one for each request.
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
        let texts = unsafe { array(segments, count, "segments") }?;
        let segments = texts
            .iter()
            // SAFETY: as above, each readable.
            .map(|text| unsafe { text.to_str("segments") })
            .collect::<Result<Vec<_>, _>>()?;
        user.0.set_qualified_segments(&segments);
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
