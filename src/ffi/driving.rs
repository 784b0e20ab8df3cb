//! Header section: clients that the host drives.

use std::ffi::c_int;
use std::mem::MaybeUninit;

use super::client::opt_client;
use super::error::opt_error;
use super::guard::{guard, guard_or, out_handle, required, truth};
use super::options::{change, opt_options};
use super::stats::fill;
use super::text::{array, bytes, opt_str};
use crate::client::{PulledRequest, REQUEST_HEADERS};
use crate::error::Status;

/// Has the host drive the client, which then starts no thread at all: 1, or 0 (the default) for a thread of the
/// library's. Events are sent by opt_client_pump, and by opt_client_flush and opt_client_close on the thread that calls
/// them; predictions for contextual bandits are asked for on the thread that decides, one after the other.
///
/// Threads: one at a time for these options. Blocks: never. Errors: INVALID_ARGUMENT. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_options_set_host_driven(
    options: Option<&mut opt_options>,
    is_host_driven: u32,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    change(options, error, |options| {
        options.is_host_driven = truth(is_host_driven, "is_host_driven")?;
        Ok(())
    })
}

/// Has the host make the requests, too, with its own HTTP client: 1, or 0 (the default). It takes them by
/// opt_client_next_request and gives the answers by opt_client_complete. Such a client is host-driven. In a build
/// without HTTP it is the only one there is. Tests find here what would be sent.
///
/// Threads: one at a time for these options. Blocks: never. Errors: INVALID_ARGUMENT. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_options_set_pulled_transport(
    options: Option<&mut opt_options>,
    is_pulled: u32,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    change(options, error, |options| {
        options.is_pulled = truth(is_pulled, "is_pulled")?;
        Ok(())
    })
}

/// Has the client go by a clock that stands still until opt_client_set_clock sets it, for tests: `wall_ms` is what it
/// shows, in milliseconds since 1970 UTC, 0 to 253,402,300,799,999. It says when events happened and when something is
/// due; calls that wait go by the system's clock all the same. opt_client_new refuses it for a client that is not
/// host-driven.
///
/// Threads: one at a time for these options. Blocks: never. Errors: INVALID_ARGUMENT. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_options_set_manual_clock(
    options: Option<&mut opt_options>,
    wall_ms: i64,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    change(options, error, |options| {
        options.manual_clock_ms = Some(wall_ms);
        Ok(())
    })
}

/// Has uuids, delays between attempts and whatever else is random follow from a number, for tests: the same calls on one
/// thread give the same uuids. Never in production: two clients of one seed give the same uuids, and the Events API
/// counts what has the same uuid once.
///
/// Threads: one at a time for these options. Blocks: never. Errors: INVALID_ARGUMENT. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_options_set_id_seed(
    options: Option<&mut opt_options>,
    seed: u64,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    change(options, error, |options| {
        options.id_seed = Some(seed);
        Ok(())
    })
}

/// Sets the clock of opt_options_set_manual_clock: what it shows (0 to 253,402,300,799,999), and how much time has passed
/// since the client was made, in milliseconds, which never goes back. What has become due is done by the next call that
/// drives.
///
/// Threads: any. Blocks: never. Errors: INVALID_ARGUMENT (also for a client without a manual clock). Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_client_set_clock(
    client: Option<&opt_client>,
    wall_ms: i64,
    monotonic_ms: u64,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    guard(error, || required(client, "client")?.0.set_clock(wall_ms, monotonic_ms))
}

/// Does what is due for a client that is host-driven: posts batches that are full or have waited long enough, and what
/// waits for another attempt, one after the other, on this thread. With a pulled transport it makes requests ready for
/// opt_client_next_request, and counts those as failed that were not completed in time.
///
/// `*out_next_ms`, if `out_next_ms` is not NULL, gets the time after which to call again, in milliseconds: 0 if the
/// budget was used up, or a request is ready to be pulled; UINT32_MAX if there is nothing to do until an event comes.
/// Events may bring it forward: see opt_client_wake_descriptor. A request is given what is left of the budget, so a
/// budget below the time that an answer takes delivers nothing; a budget of 0 sends nothing.
///
/// Threads: any; several may pump at once. Blocks: at most `budget_ms` milliseconds, but for a look-up of a name by the
/// system's resolver, which can't be cut short. Errors: CLOSED, INVALID_ARGUMENT (also for a client that is not
/// host-driven). Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_client_pump(
    client: Option<&opt_client>,
    budget_ms: u32,
    out_next_ms: Option<&mut MaybeUninit<u32>>,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    guard(error, || {
        let next = required(client, "client")?.0.pump(budget_ms)?;
        if let Some(place) = out_next_ms {
            place.write(next.map_or(u32::MAX, |next| u32::try_from(next).unwrap_or(u32::MAX - 1)));
        }
        Ok(())
    })
}

/// A descriptor for select, poll or epoll, which is readable when opt_client_pump, or opt_client_next_request of a
/// pulled transport, is to be called: when the first event came, a batch became full, another thread waits in a flush,
/// or there is more to do than the last call has done. The call makes it unreadable. The time that opt_client_pump gave
/// has to be heeded besides.
///
/// Ownership: the descriptor is the client's, is closed with it and must not be read, written or closed. A child of a
/// fork asks for one of its own. Threads: any. Blocks: never. Errors: INVALID_ARGUMENT (also for a client that is not
/// host-driven), OUT_OF_MEMORY (no descriptor can be had), NOT_SUPPORTED (the platform has no eventfd). Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_client_wake_descriptor(
    client: Option<&opt_client>,
    out_descriptor: Option<&mut MaybeUninit<c_int>>,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    guard(error, || {
        let out = required(out_descriptor, "out_descriptor")?;
        out.write(required(client, "client")?.0.wake_descriptor()?);
        Ok(())
    })
}

/// A header of a request or an answer. Threads: a plain value. Since 0.1; fields are only ever added at the end.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct opt_header {
    /// Its name, in any case.
    pub name: opt_str,
    /// Its value, without what surrounds it.
    pub value: opt_str,
}

/// A request that the host is to make. Read it with opt_request_read, free it with opt_request_free at any time: it is
/// completed by its id.
///
/// Threads: immutable; may be read on any thread. Since 0.1.
pub struct opt_request {
    request: PulledRequest,
    /// Borrowed from the request, whose texts stay where they are, or static.
    headers: Vec<opt_header>,
}

// SAFETY: the texts of the headers are the request's own or static, and nothing here changes.
unsafe impl Send for opt_request {}
// SAFETY: as above.
unsafe impl Sync for opt_request {}

/// The parts of a request. Threads: a plain value. Since 0.1; fields are only ever added at the end.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct opt_request_view {
    /// By which opt_client_complete knows it; unique in the process.
    pub id: u64,
    /// "POST", or "GET" for a datafile.
    pub method: opt_str,
    /// An http:// or https:// URL.
    pub url: opt_str,
    /// The headers to send.
    pub headers: *const opt_header,
    /// How many.
    pub header_count: usize,
    /// What to post: JSON. The empty text for a get.
    pub body: opt_str,
    /// How long the request may take, in milliseconds from opt_client_next_request on: the total time-out of
    /// opt_options_set_timeouts_ms. One that is not completed by then counts as failed.
    pub timeout_ms: u64,
}

/// Takes the next request that is due, waiting for one if there is none: a batch of events to post, or a datafile to get
/// where the client polls. No redirect is to be followed: the library does that itself. At most one
/// request to each endpoint is on its way at a time. The requests of a parent process are unknown in a child.
///
/// Ownership: the caller frees `*out_request` with opt_request_free; it is NULL on failure.
/// Threads: any. Blocks: at most `timeout_ms` milliseconds (0: not at all). Errors: TIMEOUT (none is due), CLOSED,
/// INVALID_ARGUMENT (also for a client without pulled transport). Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_client_next_request(
    client: Option<&opt_client>,
    timeout_ms: u32,
    out_request: Option<&mut MaybeUninit<Option<Box<opt_request>>>>,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    guard(error, || {
        let out = out_handle(out_request, "out_request")?;
        let request = required(client, "client")?.0.next_request(timeout_ms)?;
        let own = request.headers.iter().map(|(name, value)| (*name, &**value));
        let headers = REQUEST_HEADERS
            .into_iter()
            .chain(own)
            .map(|(name, value)| opt_header { name: opt_str::borrow(name), value: opt_str::borrow(value) })
            .collect();
        *out = Some(Box::new(opt_request { request, headers }));
        Ok(())
    })
}

/// Fills `*out_view` with the parts of `request`. `size` is sizeof(opt_request_view) as the caller knows it: a shorter
/// struct is filled as far as it goes, of a longer one the rest is zeroed.
///
/// Ownership: texts and headers are borrowed from `request`. Threads: any. Blocks: never.
/// Errors: INVALID_ARGUMENT (NULL; a size of 0, over 4,096 or no multiple of 8). Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_request_read(
    request: Option<&opt_request>,
    out_view: *mut opt_request_view,
    size: usize,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    guard(error, || {
        let opt_request { request, headers } = required(request, "request")?;
        let view = opt_request_view {
            id: request.id,
            method: opt_str::borrow(request.method.name()),
            url: opt_str::borrow(&request.url),
            headers: headers.as_ptr(),
            header_count: headers.len(),
            body: opt_str { data: request.body.as_ptr().cast(), len: request.body.len() },
            timeout_ms: u64::try_from(request.timeout.as_millis()).unwrap_or(u64::MAX),
        };
        // SAFETY: the header makes the caller promise `size` writable bytes at `out_view`.
        unsafe { fill(out_view, &view, size, "out_view") }
    })
}

/// Frees a request; NULL is ignored. It may be freed before it is completed.
///
/// Ownership: consumes `request` and what was borrowed from it. Threads: any. Blocks: never. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn opt_request_free(request: Option<Box<opt_request>>) {
    guard_or((), || drop(request));
}

/// Gives the answer to a request that was taken by opt_client_next_request: its HTTP status with headers and body, or 0
/// if no whole answer came; then the body may say why, for the log. What the answer means is the library's to know: a
/// request that may succeed later comes again, no earlier than Retry-After says (read against Date, if it is there). For
/// datafiles ETag, Last-Modified and Location are read, too, and the body has to be decompressed. Other headers are
/// passed over. Of texts, what is not UTF-8 is replaced.
///
/// Ownership: everything is borrowed for the call. Threads: any. Blocks: never on the network.
/// Errors: NOT_FOUND (no such request, or it is settled already: completed, or timed out), INVALID_ARGUMENT (a status
/// other than 0 and 100 to 999; also for a client without pulled transport). Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_client_complete(
    client: Option<&opt_client>,
    request_id: u64,
    http_status: u32,
    headers: *const opt_header,
    header_count: usize,
    body: opt_str,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    guard(error, || {
        let client = required(client, "client")?;
        // SAFETY: the header makes the caller promise `header_count` readable headers.
        let given = unsafe { array(headers, header_count, "headers") }?;
        let mut texts = Vec::new();
        for header in given {
            // SAFETY: as above, each text readable.
            let name = unsafe { bytes(header.name.data.cast(), header.name.len, "headers") }?;
            // SAFETY: as above.
            let value = unsafe { bytes(header.value.data.cast(), header.value.len, "headers") }?;
            texts.push((String::from_utf8_lossy(name), String::from_utf8_lossy(value)));
        }
        let headers: Vec<_> = texts.iter().map(|(name, value)| (&**name, &**value)).collect();
        // SAFETY: the header makes the caller promise readable text.
        let body = unsafe { bytes(body.data.cast(), body.len, "body") }?;
        client.0.complete(request_id, http_status, &headers, body)
    })
}
