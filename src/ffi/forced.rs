//! Header section: forced variations.

use std::mem::MaybeUninit;

use super::client::opt_client;
use super::decision::opt_decision;
use super::error::opt_error;
use super::guard::{guard, out_handle, required};
use super::pool;
use super::text::opt_str;
use crate::error::Status;

/// Forces a variation of an experiment on a user id: it outranks whitelist, audience and traffic, but not a paused
/// experiment. Kept in memory by this client until removed; survives opt_client_set_datafile.
/// Rule: the official SDKs' SetForcedVariation.
///
/// Ownership: the texts are copied. Threads: any. Blocks: never.
/// Errors: UNKNOWN_EXPERIMENT, NOT_FOUND (the experiment has no such variation; the empty key is none), NOT_READY,
/// INVALID_ARGUMENT, INVALID_UTF8. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_client_set_forced_variation(
    client: Option<&opt_client>,
    experiment_key: opt_str,
    user_id: opt_str,
    variation_key: opt_str,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    guard(error, || {
        let client = required(client, "client")?;
        // SAFETY: the header makes the caller promise readable text.
        let experiment = unsafe { experiment_key.to_str("experiment_key") }?;
        // SAFETY: as above.
        let user = unsafe { user_id.to_str("user_id") }?;
        // SAFETY: as above.
        let variation = unsafe { variation_key.to_str("variation_key") }?;
        client.0.set_forced_variation(experiment, user, variation)
    })
}

/// Removes a forced variation; OK also if none was set.
/// Rule: the official SDKs' SetForcedVariation with no variation.
///
/// Threads: any. Blocks: never. Errors: UNKNOWN_EXPERIMENT, NOT_READY, INVALID_ARGUMENT, INVALID_UTF8. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_client_remove_forced_variation(
    client: Option<&opt_client>,
    experiment_key: opt_str,
    user_id: opt_str,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    guard(error, || {
        let client = required(client, "client")?;
        // SAFETY: the header makes the caller promise readable text.
        let experiment = unsafe { experiment_key.to_str("experiment_key") }?;
        // SAFETY: as above.
        let user = unsafe { user_id.to_str("user_id") }?;
        client.0.remove_forced_variation(experiment, user)
    })
}

/// The variation forced on a user id, as a decision that has rule key and variation key.
/// Rule: the official SDKs' GetForcedVariation.
///
/// Ownership: the caller frees `*out_decision` with opt_decision_free; it is NULL on failure.
/// Threads: any. Blocks: never.
/// Errors: NOT_FOUND (none is set, or the datafile no longer has it), UNKNOWN_EXPERIMENT, NOT_READY, INVALID_ARGUMENT,
/// INVALID_UTF8. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_client_get_forced_variation(
    client: Option<&opt_client>,
    experiment_key: opt_str,
    user_id: opt_str,
    out_decision: Option<&mut MaybeUninit<Option<Box<opt_decision>>>>,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    guard(error, || {
        let out = out_handle(out_decision, "out_decision")?;
        let client = required(client, "client")?;
        // SAFETY: the header makes the caller promise readable text.
        let experiment = unsafe { experiment_key.to_str("experiment_key") }?;
        // SAFETY: as above.
        let user = unsafe { user_id.to_str("user_id") }?;
        *out = Some(pool::lend(client.0.get_forced_variation(experiment, user)?));
        Ok(())
    })
}
