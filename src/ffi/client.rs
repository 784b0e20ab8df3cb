//! Header section: clients.

use std::mem::MaybeUninit;

use super::error::opt_error;
use super::guard::{Out, guard, guard_or, out_handle, required, truth};
use super::options::opt_options;
use super::text::opt_str;
use crate::client::Client;
use crate::error::{Result, Status};

/// Decides and records for one environment of an Optimizely project.
///
/// Threads: share one client freely; every call that takes `const opt_client *` may run at the same time on any
/// thread. The first event starts the client's one delivery thread, which blocks all signals; without events there is
/// none, nor where the host drives (opt_options_set_host_driven). If the system refuses the thread, events wait, the
/// next one tries again, and flush and close deliver on their caller's thread. Fork: a child process may go on with its
/// parent's client. It keeps datafile, options, forced variations and listeners, and begins with zero counters, a queue,
/// a thread and connections of its own: what waits in the parent is sent by the parent alone, and a child that ends or
/// executes another program sends nothing. A child made by vfork must not call the library. Since 0.1.
pub struct opt_client(pub(super) Client);

/// Makes a client from `options`.
///
/// Ownership: consumes `options` always, also on failure. `*out_client` is the caller's, to be closed with
/// opt_client_close and freed with opt_client_free; it is NULL on failure.
/// Threads: any. Blocks: never on the network; parses the datafile on this thread (a few ms per MB).
/// Errors: INVALID_ARGUMENT (options out of range, each named in the message; no datafile given), INVALID_DATAFILE
/// (the place is the JSON path, the message says line and column), OUT_OF_MEMORY. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_client_new(
    options: Option<Box<opt_options>>,
    out_client: Option<&mut MaybeUninit<Option<Box<opt_client>>>>,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    guard(error, move || {
        let out = out_handle(out_client, "out_client");
        let options = required(options, "options");
        *out? = Some(Box::new(opt_client(Client::new(options?.into_client_options())?)));
        Ok(())
    })
}

/// Puts another datafile in force, for hosts that get theirs by webhook or from a cache. Calls that run keep the old
/// one to their end; events already recorded go out with the revision they were made under. A datafile that is refused
/// changes nothing.
///
/// Ownership: the text is copied as far as needed. Threads: any. Blocks: never on the network; parses on this thread.
/// Errors: INVALID_ARGUMENT, INVALID_UTF8, INVALID_DATAFILE (as opt_client_new), CLOSED, OUT_OF_MEMORY. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_client_set_datafile(
    client: Option<&opt_client>,
    datafile: opt_str,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    guard(error, || {
        // SAFETY: the header makes the caller promise readable text.
        let text = unsafe { datafile.to_str("datafile") }?;
        required(client, "client")?.0.set_datafile(text)
    })
}

/// Sends what was accepted before this call, without waiting for batches to fill, and waits for the server's answers.
/// Batches that had been told to wait before a retry are tried at once, unless the server itself named the time.
///
/// `out_left`, if not NULL, gets the number of those events that are still waiting: 0 on OK. They stay queued and are
/// sent later; the client stays usable.
///
/// Where the client has no thread, for the host drives it or none can be had, they are sent on the thread that calls; a
/// request is cut short at the deadline, and what was to be sent stays due. With a pulled transport other threads have
/// to make the requests meanwhile.
///
/// Threads: any; several may flush at once. Blocks: at most `timeout_ms` milliseconds (0: not at all), but where the
/// calling thread has to look a name up itself, which can't be cut short.
/// Errors: TIMEOUT, INVALID_ARGUMENT, CLOSED. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_client_flush(
    client: Option<&opt_client>,
    timeout_ms: u32,
    out_left: Option<&mut MaybeUninit<u64>>,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    until_deadline(client, timeout_ms, out_left, error, Client::flush)
}

/// Closes the client: refuses further events, sends what waits, ends the delivery thread, closes connections; a request
/// that is on its way at the deadline is broken off. Decisions still work
/// afterwards; their impressions are refused and say so. A second close waits like the first and gives its answer.
///
/// `out_left`, if not NULL, gets the number of accepted events that were not delivered: 0 on OK. With a journal on disk
/// those are safe there, and the next client of the directory sends them. In memory they are lost when the client is
/// freed; choose the time-out accordingly.
///
/// Threads: any, also while other threads use the client: their events are refused with CLOSED from then on.
/// Blocks: at most `timeout_ms` milliseconds, as opt_client_flush; 0 returns at once.
/// Errors: TIMEOUT (the message says how many events are left), INVALID_ARGUMENT (also when called from a callback
/// of this client). Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_client_close(
    client: Option<&opt_client>,
    timeout_ms: u32,
    out_left: Option<&mut MaybeUninit<u64>>,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    until_deadline(client, timeout_ms, out_left, error, Client::close)
}

/// What the calls that wait share.
pub(super) fn until_deadline(
    client: Option<&opt_client>,
    timeout_ms: u32,
    out_left: Option<&mut MaybeUninit<u64>>,
    error: Out<'_, opt_error>,
    call: fn(&Client, u32) -> (u64, Result<()>),
) -> Status {
    guard(error, || {
        let (left, result) = call(&required(client, "client")?.0, timeout_ms);
        if let Some(place) = out_left {
            place.write(left);
        }
        result
    })
}

/// Switches the recording of events on (1, as a client begins) or off (0), for a visitor's or an operator's consent.
/// While it is off opt_track returns TRACKING_OFF, which is counted and no error in the log; decisions work, and their
/// impressions are OPT_EVENT_SUPPRESSED. What was recorded before is delivered all the same: see opt_client_discard.
///
/// Threads: any; calls that run may still record. Blocks: never. Errors: INVALID_ARGUMENT. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_client_set_tracking(
    client: Option<&opt_client>,
    is_on: u32,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    guard(error, || {
        let is_on = truth(is_on, "is_on")?;
        required(client, "client")?.0.set_tracking(is_on);
        Ok(())
    })
}

/// Frees a client; NULL is ignored. Without opt_client_close before, it is closed with a time-out of 0.
///
/// Ownership: consumes `client`; handles made by it (decisions, users, errors) stay valid.
/// Threads: no other thread may be inside a call with it. Blocks: never. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn opt_client_free(client: Option<Box<opt_client>>) {
    guard_or((), || drop(client));
}
