//! Header section: clients that get their datafile by themselves.

use std::mem::MaybeUninit;

use super::client::{opt_client, until_deadline};
use super::error::opt_error;
use super::guard::{guard, required};
use super::options::{change, opt_options};
use super::text::opt_str;
use crate::client::Client;
use crate::error::Status;

/// Has the client get its datafile by itself, by the SDK key of an environment: it asks Optimizely's CDN when it is made,
/// and then again and again (opt_options_set_polling_interval_ms). opt_client_new does not wait for the answer; until it
/// is there, calls that need a datafile return OPT_STATUS_NOT_READY, see opt_client_wait_ready. A datafile that is given
/// besides, or one that an earlier client has kept in the journal's directory, is used until then. A datafile that can't
/// be used, and an older revision, never replace a good one. The empty text: no SDK key.
///
/// It is asked for with If-None-Match and If-Modified-Since on the delivery thread, for 5 s at most, never while a full
/// batch waits, but for one that is 5 s late. What failed is tried again after 1 s, 2 s, 4 s up to the interval, each time
/// by a random half, or when Retry-After says. Up to 5 redirects are followed, never from https to http. Rule: the
/// official SDKs' config manager.
///
/// The key is a secret: messages show its first four characters.
///
/// Ownership: the text is copied. Threads: one at a time for these options. Blocks: never.
/// Errors: INVALID_ARGUMENT, INVALID_UTF8. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_options_set_sdk_key(
    options: Option<&mut opt_options>,
    sdk_key: opt_str,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    change(options, error, |options| {
        // SAFETY: the header makes the caller promise readable text.
        options.polling.sdk_key = Some(unsafe { sdk_key.to_str("sdk_key") }?.to_owned());
        Ok(())
    })
}

/// The access token of a secure environment, whose datafile is not open to everybody. It is sent as `Authorization:
/// Bearer` to the host that is asked, to no other that it redirects to, and is never logged. The empty text: no token.
///
/// Ownership: the text is copied. Threads: one at a time for these options. Blocks: never.
/// Errors: INVALID_ARGUMENT, INVALID_UTF8. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_options_set_access_token(
    options: Option<&mut opt_options>,
    token: opt_str,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    change(options, error, |options| {
        // SAFETY: the header makes the caller promise readable text.
        options.polling.access_token = Some(unsafe { token.to_str("token") }?.to_owned());
        Ok(())
    })
}

/// Where the datafile is asked for in place of Optimizely's CDN: an http:// or https:// URL, with `%s` where the SDK key
/// goes. One without `%s` needs no SDK key.
///
/// Ownership: the text is copied. Threads: one at a time for these options. Blocks: never.
/// Errors: INVALID_ARGUMENT, INVALID_UTF8. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_options_set_datafile_url(
    options: Option<&mut opt_options>,
    url_template: opt_str,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    change(options, error, |options| {
        // SAFETY: the header makes the caller promise readable text.
        options.polling.url = Some(unsafe { url_template.to_str("url_template") }?.to_owned());
        Ok(())
    })
}

/// Time between two attempts to get a newer datafile, in milliseconds: 100 to 31,536,000,000 (a year), give or take a
/// tenth at random; default 300,000 (5 minutes). 0: none after the first that succeeded.
///
/// Threads: one at a time for these options. Blocks: never. Errors: INVALID_ARGUMENT. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_options_set_polling_interval_ms(
    options: Option<&mut opt_options>,
    interval_ms: u64,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    change(options, error, |options| {
        options.polling.interval_ms = interval_ms;
        Ok(())
    })
}

/// Waits until there is a datafile to decide by; returns at once where there is one. A notification tells of it too
/// (OPT_NOTIFICATION_CONFIG_UPDATE).
///
/// Threads: any; where the client is host-driven this call drives it, and with a pulled transport other threads have to
/// make the requests meanwhile. Blocks: at most `timeout_ms` milliseconds.
/// Errors: TIMEOUT (the message says how the last attempt failed), CLOSED, INVALID_ARGUMENT. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_client_wait_ready(
    client: Option<&opt_client>,
    timeout_ms: u32,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    guard(error, || required(client, "client")?.0.wait_ready(timeout_ms))
}

/// Asks for a newer datafile now, and waits until it is in force or the server has said that there is none. An attempt
/// that is on its way already is followed by another.
///
/// Threads: any, as opt_client_wait_ready. Blocks: at most `timeout_ms` milliseconds.
/// Errors: NETWORK (no answer, or a refusal; the message says which), INVALID_DATAFILE, TIMEOUT, CLOSED, INVALID_ARGUMENT
/// (also for a client without SDK key and datafile URL). The datafile in force stays. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_client_refresh_datafile(
    client: Option<&opt_client>,
    timeout_ms: u32,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    guard(error, || required(client, "client")?.0.refresh_datafile(timeout_ms))
}

/// For a host that goes into the background: sends what waits, as opt_client_flush, and then rests until
/// opt_client_resume. Nothing is polled or sent meanwhile, and no timer wakes the process; events are recorded, and calls
/// that wait (flush, close) work. `out_left`, if not NULL, gets the number of events that still wait.
///
/// Threads: any. Blocks: at most `timeout_ms` milliseconds. Errors: TIMEOUT (it rests all the same), CLOSED,
/// INVALID_ARGUMENT. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_client_suspend(
    client: Option<&opt_client>,
    timeout_ms: u32,
    out_left: Option<&mut MaybeUninit<u64>>,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    until_deadline(client, timeout_ms, out_left, error, Client::suspend)
}

/// Goes on after opt_client_suspend: what has become due meanwhile is done at once, and once. Nothing for a client that
/// does not rest.
///
/// Threads: any. Blocks: never. Errors: INVALID_ARGUMENT. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_client_resume(
    client: Option<&opt_client>,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    guard(error, || {
        required(client, "client")?.0.resume();
        Ok(())
    })
}
