//! Header section: options.

use std::ffi::c_void;

use super::error::opt_error;
use super::guard::{Out, guard, guard_or, required};
use super::text::opt_str;
use crate::client::ClientOptions;
use crate::error::{Result, Status};

/// What a client is made with. A builder: made with opt_options_new, filled by opt_options_set_…, consumed by
/// opt_client_new. Values out of range are reported by opt_client_new, all of them at once; what a setter can't even
/// keep (text that is not UTF-8, a log level that is none) it refuses itself, and keeps what was set before.
///
/// Threads: one thread at a time. Since 0.1.
pub struct opt_options(ClientOptions);

impl opt_options {
    pub(super) fn into_client_options(self) -> ClientOptions {
        self.0
    }
}

/// Releases what a callback was given as `user_data`. Called exactly once, when the library will not use it again.
///
/// Since 0.1.
pub type opt_release_callback = Option<unsafe extern "C" fn(user_data: *mut c_void)>;

/// New options with every default. Never NULL but when memory is gone.
///
/// Ownership: the caller owns them until opt_client_new or opt_options_free. Threads: any. Blocks: never. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn opt_options_new() -> Option<Box<opt_options>> {
    guard_or(None, || Some(Box::new(opt_options(ClientOptions::default()))))
}

/// Frees options that no client was made with; NULL is ignored.
///
/// Ownership: consumes `options`. Threads: any. Blocks: never. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn opt_options_free(options: Option<Box<opt_options>>) {
    guard_or((), || drop(options));
}

pub(super) fn change(
    options: Option<&mut opt_options>,
    error: Out<'_, opt_error>,
    set: impl FnOnce(&mut ClientOptions) -> Result<()>,
) -> Status {
    guard(error, || set(&mut required(options, "options")?.0))
}

/// The datafile to decide by: its JSON text, as the Optimizely CDN serves it. Required, unless opt_options_set_journal
/// names a directory in which an earlier client has kept its last good one. It is parsed by opt_client_new; at least
/// 64 MiB are taken.
///
/// Ownership: the text is copied. Threads: one at a time for these options. Blocks: never.
/// Errors: INVALID_ARGUMENT, INVALID_UTF8. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_options_set_datafile(
    options: Option<&mut opt_options>,
    datafile: opt_str,
    error: Option<&mut std::mem::MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    change(options, error, |options| {
        // SAFETY: the header makes the caller promise readable text.
        options.datafile = Some(unsafe { datafile.to_str("datafile") }?.into());
        Ok(())
    })
}

/// Where events are posted: an http:// or https:// URL, such as a collector or a proxy of yours. Default: the Events
/// API of the datafile's region.
///
/// Ownership: the text is copied. Threads: one at a time for these options. Blocks: never.
/// Errors: INVALID_ARGUMENT, INVALID_UTF8. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_options_set_event_endpoint(
    options: Option<&mut opt_options>,
    url: opt_str,
    error: Option<&mut std::mem::MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    change(options, error, |options| {
        // SAFETY: the header makes the caller promise readable text.
        options.event_endpoint = Some(unsafe { url.to_str("url") }?.to_owned());
        Ok(())
    })
}

/// Most events in one post: 1 to 1,000, default 1,000. A batch is sent when it is full, when its oldest event has
/// waited for the flush interval, or at flush and close.
///
/// Threads: one at a time for these options. Blocks: never. Errors: INVALID_ARGUMENT. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_options_set_batch_size(
    options: Option<&mut opt_options>,
    events: u32,
    error: Option<&mut std::mem::MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    change(options, error, |options| {
        options.batch_size = events;
        Ok(())
    })
}

/// Longest time an event waits for others before its batch is sent, in milliseconds: 1 to 86,400,000 (a day), default
/// 1,000.
///
/// Threads: one at a time for these options. Blocks: never. Errors: INVALID_ARGUMENT. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_options_set_flush_interval_ms(
    options: Option<&mut opt_options>,
    interval_ms: u32,
    error: Option<&mut std::mem::MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    change(options, error, |options| {
        options.flush_interval_ms = interval_ms;
        Ok(())
    })
}

/// Time-outs of a post in milliseconds, each 1 to 600,000: `connect_ms` for name look-up, connecting and TLS together
/// (default 5,000), `total_ms` for the whole request (default 10,000).
///
/// Threads: one at a time for these options. Blocks: never. Errors: INVALID_ARGUMENT. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_options_set_timeouts_ms(
    options: Option<&mut opt_options>,
    connect_ms: u32,
    total_ms: u32,
    error: Option<&mut std::mem::MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    change(options, error, |options| {
        options.connect_timeout_ms = connect_ms;
        options.request_timeout_ms = total_ms;
        Ok(())
    })
}

/// Delays between attempts of a post that may succeed later, in milliseconds: the n-th is random between 0 and
/// min(`longest_ms`, `first_ms` * 2^n). Each 1 to 3,600,000, `first_ms` at most `longest_ms`; default 200 and 60,000.
///
/// Threads: one at a time for these options. Blocks: never. Errors: INVALID_ARGUMENT. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_options_set_retry_delays_ms(
    options: Option<&mut opt_options>,
    first_ms: u32,
    longest_ms: u32,
    error: Option<&mut std::mem::MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    change(options, error, |options| {
        options.first_retry_ms = first_ms;
        options.longest_retry_ms = longest_ms;
        Ok(())
    })
}

/// Takes what suits a phone: batches of 10 events, sent 30 s after the oldest at the latest, and a journal in files of 16
/// to 64 KiB. Options that are set later count.
///
/// Threads: one at a time for these options. Blocks: never. Errors: INVALID_ARGUMENT. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_options_use_mobile_preset(
    options: Option<&mut opt_options>,
    error: Option<&mut std::mem::MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    change(options, error, |options| {
        options.use_mobile_preset();
        Ok(())
    })
}

/// How much may wait for delivery: `bytes` of memory (64 KiB to 1 TiB, default 32 MiB) and `events` (0, the default:
/// as many as the bytes hold). At the limit new events are refused with OPT_STATUS_QUEUE_FULL; what was accepted stays.
///
/// Threads: one at a time for these options. Blocks: never. Errors: INVALID_ARGUMENT. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_options_set_queue_limit(
    options: Option<&mut opt_options>,
    bytes: u64,
    events: u64,
    error: Option<&mut std::mem::MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    change(options, error, |options| {
        options.queue_limit_bytes = bytes;
        options.queue_limit_events = events;
        Ok(())
    })
}

/// The product's own name and version on the wire (`client_name`, `client_version`), for wrappers of this library.
/// Default: "libopttrack" and opt_version(). Neither may be empty.
///
/// Ownership: the texts are copied. Threads: one at a time for these options. Blocks: never.
/// Errors: INVALID_ARGUMENT, INVALID_UTF8. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_options_set_client_name(
    options: Option<&mut opt_options>,
    name: opt_str,
    version: opt_str,
    error: Option<&mut std::mem::MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    change(options, error, |options| {
        // SAFETY: the header makes the caller promise readable text.
        let name = unsafe { name.to_str("name") }?;
        // SAFETY: as above.
        let version = unsafe { version.to_str("version") }?;
        name.clone_into(&mut options.client_name);
        version.clone_into(&mut options.client_version);
        Ok(())
    })
}

/// Decide options that every opt_decide, opt_decide_for_keys and opt_decide_all has beside its own: a sum of
/// OPT_DECIDE_…, default 0. A call can't switch one of them off.
///
/// Threads: one at a time for these options. Blocks: never. Errors: INVALID_ARGUMENT. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_options_set_default_decide_options(
    options: Option<&mut opt_options>,
    decide_options: u32,
    error: Option<&mut std::mem::MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    change(options, error, |options| {
        options.default_decide_options = decide_options;
        Ok(())
    })
}
