//! Header section: what a client does for a user.

use std::mem::MaybeUninit;

use super::client::opt_client;
use super::decision::{opt_decision, opt_decisions, opt_keys};
use super::error::opt_error;
use super::guard::{Out, guard, out_handle, required};
use super::pool;
use super::text::{opt_str, texts};
use super::user::opt_user;
use super::value::{each_pair, opt_pair};
use crate::client::{Client, Decision, Tags, decide_options as option};
use crate::error::{Result, Status};
use crate::user::User;

/// Record no impression.
pub const OPT_DECIDE_DISABLE_DECISION_EVENT: u32 = 1;
/// Of several flags, leave those out that are not enabled; their impressions are recorded all the same. Error decisions
/// stay. Nothing changes for opt_decide.
pub const OPT_DECIDE_ENABLED_FLAGS_ONLY: u32 = 2;
/// Neither look the user's profile up nor save it.
pub const OPT_DECIDE_IGNORE_USER_PROFILE_SERVICE: u32 = 4;
/// Report the reasons of the decision, and explain it: opt_decision_reason_at, opt_decision_explain_text.
pub const OPT_DECIDE_INCLUDE_REASONS: u32 = 8;
/// Give no variables.
pub const OPT_DECIDE_EXCLUDE_VARIABLES: u32 = 16;
/// Ask for the predictions of contextual bandits anew, and leave the cache as it is.
pub const OPT_DECIDE_IGNORE_CMAB_CACHE: u32 = 32;
/// Empty the cache of predictions first, for all users.
pub const OPT_DECIDE_RESET_CMAB_CACHE: u32 = 64;
/// First forget the predictions that the cache has for this user and the experiments that the call comes to.
pub const OPT_DECIDE_INVALIDATE_USER_CMAB_CACHE: u32 = 128;
/// Do not wait for predictions: experiments whose prediction is not in the cache are passed over. For threads that must
/// never wait on the network.
pub const OPT_DECIDE_NO_WAIT: u32 = 256;

// The header needs literals; the client has the numbers.
const _: () = {
    assert!(OPT_DECIDE_DISABLE_DECISION_EVENT == option::DISABLE_DECISION_EVENT);
    assert!(OPT_DECIDE_ENABLED_FLAGS_ONLY == option::ENABLED_FLAGS_ONLY);
    assert!(OPT_DECIDE_IGNORE_USER_PROFILE_SERVICE == option::IGNORE_USER_PROFILE_SERVICE);
    assert!(OPT_DECIDE_INCLUDE_REASONS == option::INCLUDE_REASONS);
    assert!(OPT_DECIDE_EXCLUDE_VARIABLES == option::EXCLUDE_VARIABLES);
    assert!(OPT_DECIDE_IGNORE_CMAB_CACHE == option::IGNORE_CMAB_CACHE);
    assert!(OPT_DECIDE_RESET_CMAB_CACHE == option::RESET_CMAB_CACHE);
    assert!(OPT_DECIDE_INVALIDATE_USER_CMAB_CACHE == option::INVALIDATE_USER_CMAB_CACHE);
    assert!(OPT_DECIDE_NO_WAIT == option::NO_WAIT);
};

/// Decides which variation of an experiment the user gets, and records the impression of it.
/// Rule: the official SDKs' Activate: forced variation, whitelist, audience, exclusion group, traffic; no impression
/// where there is no variation.
///
/// `*out_decision` is NULL on failure. A decision is made also after close; its event_status says that the impression
/// was refused.
///
/// Ownership: the arguments are borrowed for the call; the caller frees `*out_decision` with opt_decision_free.
/// Threads: any. Blocks: as opt_decide.
/// Errors: UNKNOWN_EXPERIMENT, NOT_READY, PREDICTION_FAILED, INVALID_ARGUMENT, INVALID_UTF8. Since 0.1.
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
/// Threads: any. Blocks: as opt_decide.
/// Errors: UNKNOWN_EXPERIMENT, NOT_READY, PREDICTION_FAILED, INVALID_ARGUMENT, INVALID_UTF8. Since 0.1.
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
        *out = Some(pool::lend(call(&client.0, &user.0, key)?));
        Ok(())
    })
}

/// Decides a flag for the user, and records the impression where one is due.
/// Rule: the official SDKs' Decide: a decision forced for the flag; holdouts; the flag's experiments in order, each with
/// its forced decision, its holdouts, forced variation, whitelist, profile, audience, group, and traffic or prediction;
/// then its delivery rules. The impression of a delivery rule, or of no variation, is recorded only where the datafile
/// says `sendFlagDecisions`.
///
/// `options` is a sum of OPT_DECIDE_…; bits that this version does not know are refused.
/// On UNKNOWN_FLAG, NOT_READY and PREDICTION_FAILED `*out_decision` holds an error decision: no variation, not enabled,
/// a reason.
///
/// Ownership: the arguments are borrowed for the call; the caller frees `*out_decision` with opt_decision_free.
/// Threads: any. Blocks: never, but where an experiment of the flag is a contextual bandit whose prediction is not in the
/// cache: then for two attempts at most (opt_options_set_cmab_timeout_ms), made on a short-lived thread of the library's,
/// unless OPT_DECIDE_NO_WAIT is given; and for as long as the host's own user profile service takes.
/// Errors: UNKNOWN_FLAG, NOT_READY, PREDICTION_FAILED, INVALID_ARGUMENT, INVALID_UTF8. Since 0.1.
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
        *out = Some(pool::lend(decision));
        result
    })
}

/// Decides several flags for the user as opt_decide does, all by one datafile; the predictions that contextual bandits
/// need are asked for at once, on short-lived threads of the library's. A key that stands twice counts once; one that
/// the datafile does not have gives an error decision among the others.
/// Rule: the official SDKs' DecideForKeys. The decisions are in the order of the keys.
///
/// Ownership: the arguments are borrowed for the call; the caller frees `*out_decisions` with opt_decisions_free. It is
/// NULL on failure. Threads: any. Blocks: as opt_decide. Errors: NOT_READY, INVALID_ARGUMENT, INVALID_UTF8. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_decide_for_keys(
    client: Option<&opt_client>,
    user: Option<&opt_user>,
    flag_keys: *const opt_str,
    count: usize,
    options: u32,
    out_decisions: Option<&mut MaybeUninit<Option<Box<opt_decisions>>>>,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    guard(error, || {
        let out = out_handle(out_decisions, "out_decisions")?;
        let (client, user) = (required(client, "client")?, required(user, "user")?);
        // SAFETY: the header makes the caller promise `count` readable texts.
        let keys = unsafe { texts(flag_keys, count, "flag_keys") }?;
        *out = Some(Box::new(opt_decisions::new(client.0.decide_for_keys(&user.0, &keys, options)?)));
        Ok(())
    })
}

/// Decides every flag of the datafile for the user as opt_decide_for_keys does, in the datafile's order.
/// Rule: the official SDKs' DecideAll.
///
/// Ownership: the arguments are borrowed for the call; the caller frees `*out_decisions` with opt_decisions_free. It is
/// NULL on failure. Threads: any. Blocks: as opt_decide. Errors: NOT_READY, INVALID_ARGUMENT. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_decide_all(
    client: Option<&opt_client>,
    user: Option<&opt_user>,
    options: u32,
    out_decisions: Option<&mut MaybeUninit<Option<Box<opt_decisions>>>>,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    guard(error, || {
        let out = out_handle(out_decisions, "out_decisions")?;
        let (client, user) = (required(client, "client")?, required(user, "user")?);
        *out = Some(Box::new(opt_decisions::new(client.0.decide_all(&user.0, options)?)));
        Ok(())
    })
}

/// Is the flag on for the user? Decides it as opt_decide does, but heeds neither forced decisions of the user nor the
/// client's default decide options, and records the impression where one is due.
/// Rule: the official SDKs' IsFeatureEnabled.
///
/// `*out_enabled` is false on failure. `out_event_status`, if not NULL, gets one of OPT_EVENT_….
///
/// Ownership: the arguments are borrowed for the call. Threads: any. Blocks: as opt_decide.
/// Errors: UNKNOWN_FLAG, NOT_READY, PREDICTION_FAILED, INVALID_ARGUMENT, INVALID_UTF8. Since 0.1.
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
/// Threads: any. Blocks: as opt_decide. Errors: NOT_READY, INVALID_ARGUMENT. Since 0.1.
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
/// Ownership: the arguments are borrowed for the call. Threads: any. Blocks: never on the network; with a journal on
/// disk, for one write to it.
/// Errors: UNKNOWN_EVENT, NOT_READY, CLOSED, TRACKING_OFF, TOO_LARGE, QUEUE_FULL, DISK, OUT_OF_MEMORY, INVALID_ARGUMENT,
/// INVALID_UTF8, INTERNAL; on each of them nothing was recorded. Since 0.1.
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
    tracked(client, user, event_key, (tags, tag_count), error, |client, user, key, tags| {
        client.track(user, key, tags)
    })
}

/// Counts a conversion as opt_track does, that happened at another time or has a uuid of its own: for consumers of
/// queues and for jobs that are run again. The Events API counts events with the same uuid once.
///
/// `time_ms` is the time on the wire, in milliseconds since 1970 UTC: 0 to 253,402,300,799,999 (the end of the year
/// 9999). `uuid` is a uuid's canonical text, `8-4-4-4-12` hexadecimal digits in either case, which becomes lower case
/// on the wire (the Events API means those of version 4); empty: one is made, as opt_track does.
///
/// Ownership: the arguments are borrowed for the call. Threads: any. Blocks: never on the network.
/// Errors: those of opt_track; INVALID_ARGUMENT also for a time out of range and for what is no uuid. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_track_at(
    client: Option<&opt_client>,
    user: Option<&opt_user>,
    event_key: opt_str,
    tags: *const opt_pair,
    tag_count: usize,
    time_ms: i64,
    uuid: opt_str,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    tracked(client, user, event_key, (tags, tag_count), error, |client, user, key, tags| {
        // SAFETY: the header makes the caller promise readable text.
        let uuid = unsafe { uuid.to_str("uuid") }?;
        client.track_at(user, key, tags, time_ms, uuid)
    })
}

/// What the calls that count a conversion share.
#[inline]
fn tracked(
    client: Option<&opt_client>,
    user: Option<&opt_user>,
    event_key: opt_str,
    (tags, tag_count): (*const opt_pair, usize),
    error: Out<'_, opt_error>,
    call: impl FnOnce(&Client, &User, &str, &Tags<'_>) -> Result<()>,
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
        call(&client.0, &user.0, key, &list)
    })
}
