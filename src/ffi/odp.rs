//! Header section: the Optimizely Data Platform.

use std::mem::MaybeUninit;

use super::client::opt_client;
use super::error::opt_error;
use super::guard::{guard, guard_or, required, truth};
use super::options::{change, opt_options};
use super::text::opt_str;
use super::user::opt_user;
use super::value::{each_pair, opt_pair};
use crate::client::{OdpEvent, odp};
use crate::error::{Error, Status};
use crate::value::Value;

/// Segments are neither looked up in the cache nor kept there.
pub const OPT_SEGMENTS_IGNORE_CACHE: u32 = 1;
/// The cache forgets every user's segments before.
pub const OPT_SEGMENTS_RESET_CACHE: u32 = 2;

const _: () =
    assert!(OPT_SEGMENTS_IGNORE_CACHE == odp::IGNORE_CACHE && OPT_SEGMENTS_RESET_CACHE == odp::RESET_CACHE);

/// Has the client ask nothing of the Data Platform and tell it nothing: 1, or 0 (the default).
///
/// Threads: one at a time for these options. Blocks: never. Errors: INVALID_ARGUMENT. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_options_set_odp_disabled(
    options: Option<&mut opt_options>,
    is_disabled: u32,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    change(options, error, |options| {
        options.odp.is_disabled = truth(is_disabled, "is_disabled")?;
        Ok(())
    })
}

/// Where the Data Platform is, in place of the host in the datafile: an http:// or https:// URL without query. The public
/// key stays the datafile's.
///
/// Ownership: the text is copied. Threads: one at a time for these options. Blocks: never.
/// Errors: INVALID_ARGUMENT, INVALID_UTF8. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_options_set_odp_host(
    options: Option<&mut opt_options>,
    url: opt_str,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    change(options, error, |options| {
        // SAFETY: the header makes the caller promise readable text.
        options.odp.host = Some(unsafe { url.to_str("url") }?.to_owned());
        Ok(())
    })
}

/// How many users' segments are kept (default 10,000; 0: none's) and for how many milliseconds (default 600,000, ten
/// minutes; 0: for ever). Of a full cache the least recently used go first. A datafile with another Data Platform or with
/// other segments empties it.
///
/// Threads: one at a time for these options. Blocks: never. Errors: INVALID_ARGUMENT. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_options_set_segment_cache(
    options: Option<&mut opt_options>,
    entries: u32,
    ttl_ms: u32,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    change(options, error, |options| {
        options.odp.cache_entries = entries;
        options.odp.cache_ttl_ms = ttl_ms;
        Ok(())
    })
}

/// Asks the Data Platform which of the datafile's segments a user qualifies for, and gives them to the user in place of
/// any set before. Without an answer the user has none. What was fetched before comes from the cache; an empty answer is
/// not kept there. A datafile without segments asks nothing.
///
/// `options` is 0 or OPT_SEGMENTS_… joined by `|`. Rule: the official SDKs' fetchQualifiedSegments.
///
/// Threads: nobody else may use `user` meanwhile. Blocks: on the network, on this thread, at most `timeout_ms`
/// milliseconds (the official SDKs wait 10,000), but for a look-up of a name by the system's resolver; with a pulled
/// transport another thread has to make the request meanwhile.
/// Errors: NETWORK (no answer, a refusal, or an answer that can't be read; the message says which), TIMEOUT (pulled
/// transport), NOT_READY, NOT_SUPPORTED (disabled, or the datafile has no Data Platform), INVALID_ARGUMENT. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_fetch_qualified_segments(
    client: Option<&opt_client>,
    user: Option<&mut opt_user>,
    options: u32,
    timeout_ms: u32,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    guard(error, || {
        let client = required(client, "client")?;
        client.0.fetch_qualified_segments(&mut required(user, "user")?.0, options, timeout_ms)
    })
}

/// Records an event for the Data Platform, which is kept and delivered as conversions are, in batches of at most 10.
///
/// `type` is the event's type, "fullstack" if it is empty; `action` says what happened. `identifiers` are texts by name,
/// at least one; if none is named `fs_user_id`, the first that is named so but for case, or `fs-user-id`, counts as it.
/// `data` is what else is known: `idempotence_id` (the event's uuid), `data_source_type`, `data_source` and
/// `data_source_version` are added unless they are given. Rule: the official SDKs' sendOdpEvent.
///
/// Ownership: the arguments are borrowed for the call. Threads: any. Blocks: never on the network.
/// Errors: INVALID_ARGUMENT (no identifier, no action, an identifier that is no text, data that is a NaN, infinite or
/// beyond 2^53), INVALID_UTF8, NOT_READY, NOT_SUPPORTED (disabled, or the datafile has no Data Platform), and those of
/// opt_track: CLOSED, TRACKING_OFF, QUEUE_FULL, DISK, TOO_LARGE, OUT_OF_MEMORY. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_send_odp_event(
    client: Option<&opt_client>,
    r#type: opt_str,
    action: opt_str,
    identifiers: *const opt_pair,
    identifier_count: usize,
    data: *const opt_pair,
    data_count: usize,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    guard(error, || {
        let client = required(client, "client")?;
        // SAFETY: the header makes the caller promise readable texts.
        let kind = unsafe { r#type.to_str("type") }?;
        // SAFETY: as above.
        let action = unsafe { action.to_str("action") }?;
        let mut names = Vec::new();
        // SAFETY: the header makes the caller promise `identifier_count` readable pairs.
        unsafe {
            each_pair(identifiers, identifier_count, "identifiers", |name, value| {
                let Value::Str(value) = value else {
                    return Err(Error::argument("identifiers", "one is no text"));
                };
                names.push((name, value));
                Ok(())
            })
        }?;
        let mut members = Vec::new();
        // SAFETY: the header makes the caller promise `data_count` readable pairs.
        unsafe {
            each_pair(data, data_count, "data", |key, value| {
                members.push((key, value));
                Ok(())
            })
        }?;
        client.0.send_odp_event(&OdpEvent { kind, action, identifiers: &names, data: &members })
    })
}

/// Tells the Data Platform that a user id and a device's `vuid` are one user. Where either is the empty text there is
/// nothing to tell, and OK is returned. Rule: the official SDKs' identify event.
///
/// Ownership: the arguments are borrowed for the call. Threads: any. Blocks: never on the network.
/// Errors: those of opt_send_odp_event. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_identify(
    client: Option<&opt_client>,
    user_id: opt_str,
    vuid: opt_str,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    guard(error, || {
        // SAFETY: the header makes the caller promise readable texts.
        let user_id = unsafe { user_id.to_str("user_id") }?;
        // SAFETY: as above.
        let vuid = unsafe { vuid.to_str("vuid") }?;
        required(client, "client")?.0.identify(user_id, vuid)
    })
}

/// Does the user qualify for a segment? False if segments were neither fetched nor set, and for what is no text.
///
/// Threads: any number while none changes `user`. Blocks: never. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn opt_user_is_qualified_for(user: Option<&opt_user>, segment: opt_str) -> bool {
    guard_or(false, || {
        // SAFETY: the header makes the caller promise readable text.
        let segment = unsafe { segment.to_str("segment") };
        user.zip(segment.ok()).is_some_and(|(user, segment)| user.0.is_qualified(segment))
    })
}

/// Have segments been fetched or set for the user, were it none?
///
/// Threads: any number while none changes `user`. Blocks: never. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn opt_user_has_qualified_segments(user: Option<&opt_user>) -> bool {
    guard_or(false, || user.is_some_and(|user| user.0.qualified_segments().is_some()))
}

/// How many segments the user qualifies for.
///
/// Threads: any number while none changes `user`. Blocks: never. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn opt_user_qualified_segment_count(user: Option<&opt_user>) -> usize {
    guard_or(0, || user.and_then(|user| user.0.qualified_segments()).map_or(0, <[_]>::len))
}

/// The segment at a place, counted from 0; none beyond the last.
///
/// Ownership: borrowed from `user` until its segments are changed or it is freed. Threads: any number while none changes
/// `user`. Blocks: never. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn opt_user_qualified_segment_at(user: Option<&opt_user>, index: usize) -> opt_str {
    guard_or(opt_str::NONE, || {
        let segments = user.and_then(|user| user.0.qualified_segments());
        opt_str::borrow_optional(segments.and_then(|all| all.get(index)).map(|segment| &**segment))
    })
}

/// Forgets the user's segments, as before they were fetched or set.
///
/// Threads: nobody else may use `user` meanwhile. Blocks: never. Errors: INVALID_ARGUMENT. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_user_clear_qualified_segments(
    user: Option<&mut opt_user>,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    guard(error, || {
        required(user, "user")?.0.clear_qualified_segments();
        Ok(())
    })
}
