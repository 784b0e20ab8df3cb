//! Header section: what a client does for a user.

use std::mem::MaybeUninit;

use super::client::opt_client;
use super::decision::{opt_decision, opt_keys};
use super::error::opt_error;
use super::guard::{Out, guard, out_handle, required};
use super::text::opt_str;
use super::user::opt_user;
use super::value::{each_pair, opt_pair};
use crate::client::{Client, Decision, Tags};
use crate::error::{Result, Status};
use crate::user::User;

/// For opt_decide: record no impression.
pub const OPT_DECIDE_DISABLE_DECISION_EVENT: u32 = 1;

/// Decides which variation of an experiment the user gets, and records the impression of it.
/// Rule: the official SDKs' Activate: forced variation, whitelist, audience, exclusion group, traffic; no impression
/// where there is no variation.
///
/// `*out_decision` is NULL on failure. A decision is made also after close; its event_status says that the impression
/// was refused.
///
/// Ownership: the arguments are borrowed for the call; the caller frees `*out_decision` with opt_decision_free.
/// Threads: any. Blocks: never.
/// Errors: UNKNOWN_EXPERIMENT, NOT_READY, INVALID_ARGUMENT, INVALID_UTF8. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_activate(
    client: Option<&opt_client>,
    user: Option<&opt_user>,
    experiment_key: opt_str,
    out_decision: Option<&mut MaybeUninit<Option<Box<opt_decision>>>>,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    on_experiment(client, user, experiment_key, out_decision, error, Client::activate)
}

/// Decides as opt_activate does, and records nothing.
/// Rule: the official SDKs' GetVariation.
///
/// Ownership: the arguments are borrowed for the call; the caller frees `*out_decision` with opt_decision_free.
/// Threads: any. Blocks: never.
/// Errors: UNKNOWN_EXPERIMENT, NOT_READY, INVALID_ARGUMENT, INVALID_UTF8. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_get_variation(
    client: Option<&opt_client>,
    user: Option<&opt_user>,
    experiment_key: opt_str,
    out_decision: Option<&mut MaybeUninit<Option<Box<opt_decision>>>>,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    on_experiment(client, user, experiment_key, out_decision, error, Client::get_variation)
}

/// What the calls on one experiment share.
fn on_experiment(
    client: Option<&opt_client>,
    user: Option<&opt_user>,
    experiment_key: opt_str,
    out_decision: Out<'_, opt_decision>,
    error: Out<'_, opt_error>,
    call: fn(&Client, &User, &str) -> Result<Decision>,
) -> Status {
    guard(error, || {
        let out = out_handle(out_decision, "out_decision")?;
        let (client, user) = (required(client, "client")?, required(user, "user")?);
        // SAFETY: the header makes the caller promise readable text.
        let key = unsafe { experiment_key.to_str("experiment_key") }?;
        *out = Some(Box::new(opt_decision(call(&client.0, &user.0, key)?)));
        Ok(())
    })
}

/// Decides a flag for the user, and records the impression where one is due.
/// Rule: the official SDKs' Decide: holdouts, then the flag's experiments in order, then its delivery rules; the
/// impression of a delivery rule, or of no variation, only where the datafile says `sendFlagDecisions`.
///
/// `options` is a sum of OPT_DECIDE_…; bits that this version does not know are refused.
/// On UNKNOWN_FLAG and NOT_READY `*out_decision` holds a decision too: no variation, not enabled.
///
/// Ownership: the arguments are borrowed for the call; the caller frees `*out_decision` with opt_decision_free.
/// Threads: any. Blocks: never.
/// Errors: UNKNOWN_FLAG, NOT_READY, INVALID_ARGUMENT, INVALID_UTF8. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_decide(
    client: Option<&opt_client>,
    user: Option<&opt_user>,
    flag_key: opt_str,
    options: u32,
    out_decision: Option<&mut MaybeUninit<Option<Box<opt_decision>>>>,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    guard(error, || {
        let out = out_handle(out_decision, "out_decision")?;
        let (client, user) = (required(client, "client")?, required(user, "user")?);
        // SAFETY: the header makes the caller promise readable text.
        let key = unsafe { flag_key.to_str("flag_key") }?;
        let (decision, result) = client.0.decide(&user.0, key, options)?;
        *out = Some(Box::new(opt_decision(decision)));
        result
    })
}

/// Is the flag on for the user? Decides it as opt_decide does and records the impression where one is due.
/// Rule: the official SDKs' IsFeatureEnabled.
///
/// `*out_enabled` is false on failure. `out_event_status`, if not NULL, gets one of OPT_EVENT_….
///
/// Ownership: the arguments are borrowed for the call. Threads: any. Blocks: never.
/// Errors: UNKNOWN_FLAG, NOT_READY, INVALID_ARGUMENT, INVALID_UTF8. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_is_feature_enabled(
    client: Option<&opt_client>,
    user: Option<&opt_user>,
    flag_key: opt_str,
    out_enabled: Option<&mut MaybeUninit<bool>>,
    out_event_status: Option<&mut MaybeUninit<u32>>,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    guard(error, || {
        let enabled = required(out_enabled, "out_enabled")?.write(false);
        let (client, user) = (required(client, "client")?, required(user, "user")?);
        // SAFETY: the header makes the caller promise readable text.
        let key = unsafe { flag_key.to_str("flag_key") }?;
        let decision = client.0.is_feature_enabled(&user.0, key)?;
        *enabled = decision.enabled();
        if let Some(place) = out_event_status {
            place.write(decision.event_status() as u32);
        }
        Ok(())
    })
}

/// The keys of all flags that are on for the user, in the datafile's order. Decides each as opt_is_feature_enabled
/// does, all by one datafile, and records the impressions that are due, also of flags that are off.
/// Rule: the official SDKs' GetEnabledFeatures.
///
/// `*out_keys` is NULL on failure. `out_refused`, if not NULL, gets the number of impressions that were refused.
///
/// Ownership: the arguments are borrowed for the call; the caller frees `*out_keys` with opt_keys_free.
/// Threads: any. Blocks: never. Errors: NOT_READY, INVALID_ARGUMENT. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_get_enabled_features(
    client: Option<&opt_client>,
    user: Option<&opt_user>,
    out_keys: Option<&mut MaybeUninit<Option<Box<opt_keys>>>>,
    out_refused: Option<&mut MaybeUninit<u64>>,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    guard(error, || {
        let out = out_handle(out_keys, "out_keys")?;
        let (client, user) = (required(client, "client")?, required(user, "user")?);
        let (keys, refused) = client.0.get_enabled_features(&user.0)?;
        if let Some(place) = out_refused {
            place.write(refused);
        }
        *out = Some(Box::new(opt_keys(keys)));
        Ok(())
    })
}

/// Counts a conversion of the user for the event `event_key`, once for each experiment whose impression this user
/// already had. Sends no impression itself.
/// Rule: the official SDKs' Track: an event key that the datafile lacks is refused and logged. The tag `revenue` (a
/// number, in cents; a fraction is cut off) and the tag `value` (a number, or a text that is one) feed metrics; they
/// and all other tags travel as they are. Tags that the Events API can't take (no value, NaN, infinities) are left out,
/// logged and counted in opt_stats.ignored_values; the event is kept.
///
/// On OK the event is accepted: from then on opt_client_stats accounts for it.
///
/// Ownership: the arguments are borrowed for the call. Threads: any. Blocks: never on the network.
/// Errors: UNKNOWN_EVENT, NOT_READY, CLOSED, TOO_LARGE, QUEUE_FULL, OUT_OF_MEMORY, INVALID_ARGUMENT, INVALID_UTF8,
/// INTERNAL; on each of them nothing was recorded. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_track(
    client: Option<&opt_client>,
    user: Option<&opt_user>,
    event_key: opt_str,
    tags: *const opt_pair,
    tag_count: usize,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    guard(error, || {
        let (client, user) = (required(client, "client")?, required(user, "user")?);
        // SAFETY: the header makes the caller promise readable text.
        let key = unsafe { event_key.to_str("event_key") }?;
        let mut list = Tags::new();
        // SAFETY: the header makes the caller promise `tag_count` readable pairs.
        unsafe {
            each_pair(tags, tag_count, "tags", |key, value| {
                list.push(key, value);
                Ok(())
            })
        }?;
        client.0.track(&user.0, key, &list)
    })
}
