//! Header section: errors.

use super::guard::guard_or;
use super::text::opt_str;
use crate::error::{Error, Status};

/// What went wrong: a status, a sentence, the place in the input, and whether a retry can help. Written by a call
/// that fails and was given a place for it; freed by the caller with opt_error_free.
///
/// Threads: immutable; may be read and freed on any thread. Since 0.1.
pub struct opt_error(Error);

impl From<Error> for opt_error {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

/// The status that the call returned; OPT_STATUS_OK for NULL.
///
/// Threads: any. Blocks: never. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn opt_error_status(error: Option<&opt_error>) -> Status {
    guard_or(Status::Internal, || error.map_or(Status::Ok, |error| error.0.status()))
}

/// One line for a log: what was wrong, where, what was expected. It holds no visitor ids and no attribute values.
/// None for NULL.
///
/// Ownership: borrowed from `error`. Threads: any. Blocks: never. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn opt_error_message(error: Option<&opt_error>) -> opt_str {
    guard_or(opt_str::NONE, || opt_str::borrow_optional(error.map(|error| error.0.message())))
}

/// The argument ("tags"), the option ("batch_size") or the JSON path ("experiments[3].id") that the message speaks of;
/// the empty text if there is no such place, none for NULL.
///
/// Ownership: borrowed from `error`. Threads: any. Blocks: never. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn opt_error_place(error: Option<&opt_error>) -> opt_str {
    guard_or(opt_str::NONE, || opt_str::borrow_optional(error.map(|error| error.0.place())))
}

/// True if the same call may succeed later (queue full, not ready, time-out), false if its input is wrong or for NULL.
///
/// Threads: any. Blocks: never. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn opt_error_is_retriable(error: Option<&opt_error>) -> bool {
    guard_or(false, || error.is_some_and(|error| error.0.is_retriable()))
}

/// Frees `error`; NULL is ignored.
///
/// Ownership: consumes `error`. Threads: any. Blocks: never. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn opt_error_free(error: Option<Box<opt_error>>) {
    guard_or((), || drop(error));
}
