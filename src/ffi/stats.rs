//! Header section: statistics.

use std::mem::MaybeUninit;

use super::client::opt_client;
use super::error::opt_error;
use super::guard::{guard, required};
use crate::client::Stats;
use crate::error::{Error, Status};

/// Nothing waits, or what waits is sent as it comes.
pub const OPT_DELIVERY_OK: u32 = 0;
/// The last post failed in a way that may pass; the next attempt is timed.
pub const OPT_DELIVERY_RETRYING: u32 = 1;
/// The server refuses what only a person can mend (401, 403, 404, a redirect, …); attempts are a minute apart.
pub const OPT_DELIVERY_HELD: u32 = 2;

/// The books of a client, from its making on. At any instant
/// `accepted + recovered == delivered + pending + dead_lettered + dropped`.
///
/// Threads: a plain value. Since 0.1; fields are only ever added at the end.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct opt_stats {
    /// Events accepted: calls of opt_track that returned OK, and decisions with OPT_EVENT_ACCEPTED.
    pub accepted: u64,
    /// Of those, impressions.
    pub accepted_impressions: u64,
    /// Of those, conversions.
    pub accepted_conversions: u64,
    /// Events adopted from earlier processes: 0 without a journal directory.
    pub recovered: u64,
    /// Events that the server has taken (answered 2xx).
    pub delivered: u64,
    /// Events that wait or are on their way, counted in the queue.
    pub pending: u64,
    /// Events that the server refused one by one; each was logged with its uuid, key and the answer.
    pub dead_lettered: u64,
    /// Events dropped for another reason: the sum of the dropped_… below.
    pub dropped: u64,
    /// Events refused because the queue was full; never accepted.
    pub refused_queue_full: u64,
    /// Events refused because each alone was larger than the Events API takes.
    pub refused_too_large: u64,
    /// Conversions refused for an event key that the datafile lacks.
    pub refused_unknown_event: u64,
    /// Events refused for any other reason: closed, not ready, no memory, no randomness.
    pub refused_other: u64,
    /// Attributes and tags left out of accepted events because the Events API can't take their value.
    pub ignored_values: u64,
    /// Posts sent, repeats included.
    pub posts: u64,
    /// Posts that will be or were repeated after a failure.
    pub retries: u64,
    /// HTTP status of the last answer; 0 before the first, and after a post without an answer.
    pub last_http_status: u32,
    /// One of OPT_DELIVERY_…: the worst over all endpoints.
    pub delivery_state: u32,
    /// Bytes of the records that wait.
    pub pending_bytes: u64,
    /// Time since the oldest waiting event was recorded, in milliseconds; 0 if none waits.
    pub oldest_pending_ms: u64,
    /// 1 if waiting events survive the process, 0 if they are in memory only.
    pub is_durable: u32,
    /// Threads that the library runs for this client: 0 or 1.
    pub threads: u32,
    /// Of the dropped: their records were damaged on the disk; the bytes were put aside.
    pub dropped_corrupt: u64,
    /// Of the dropped: opt_client_discard.
    pub dropped_discarded: u64,
    /// Of the dropped: opt_client_purge_visitor.
    pub dropped_purged: u64,
    /// Of the dropped: older than opt_options_set_max_age_ms allows.
    pub dropped_expired: u64,
    /// Of the dropped: refused by the server while the file of dead letters was full.
    pub dropped_dead_letter_limit: u64,
    /// Events refused because the disk failed; never accepted.
    pub refused_disk: u64,
    /// Events refused while tracking was off; never accepted.
    pub refused_tracking_off: u64,
    /// Bytes that the journal takes: of the disk, or of memory.
    pub journal_bytes: u64,
    /// Bytes of this client's dead letters on the disk.
    pub dead_letter_bytes: u64,
    /// Directories of earlier clients that were left alone, for another endpoint or another version of the format.
    pub foreign_directories: u64,
    /// How events are kept: 0 in memory, OPT_JOURNAL_WRITTEN or OPT_JOURNAL_MAPPED.
    pub journal_kind: u32,
    /// The system's number of the disk's last error; 0 while the disk works.
    pub disk_errno: u32,
    /// Of the accepted events, those for the Data Platform (opt_send_odp_event).
    pub accepted_odp_events: u64,
}

impl From<Stats> for opt_stats {
    fn from(stats: Stats) -> Self {
        Self {
            accepted: stats.books.accepted(),
            accepted_impressions: stats.books.impressions,
            accepted_conversions: stats.books.conversions,
            recovered: stats.books.recovered,
            delivered: stats.books.delivered,
            pending: stats.books.pending,
            dead_lettered: stats.books.dead_lettered,
            dropped: stats.books.dropped.total(),
            refused_queue_full: stats.refused.queue_full,
            refused_too_large: stats.refused.too_large,
            refused_unknown_event: stats.refused.unknown_event,
            refused_other: stats.refused.other,
            ignored_values: stats.ignored_values,
            posts: stats.delivery.posts,
            retries: stats.delivery.retries,
            last_http_status: stats.delivery.last_http_status,
            delivery_state: stats.delivery.state as u32,
            pending_bytes: stats.books.pending_bytes,
            oldest_pending_ms: stats.oldest_pending_ms,
            is_durable: u32::from(stats.journal_kind.is_some()),
            threads: stats.threads,
            dropped_corrupt: stats.books.dropped.corrupt,
            dropped_discarded: stats.books.dropped.discarded,
            dropped_purged: stats.books.dropped.purged,
            dropped_expired: stats.books.dropped.expired,
            dropped_dead_letter_limit: stats.books.dropped.dead_letter_limit,
            refused_disk: stats.refused.disk,
            refused_tracking_off: stats.refused.tracking_off,
            journal_bytes: stats.journal_bytes,
            dead_letter_bytes: stats.delivery.dead_letter_bytes,
            foreign_directories: stats.delivery.foreign_directories,
            journal_kind: stats.journal_kind.map_or(0, |kind| kind as u32),
            disk_errno: stats.disk_error.unsigned_abs(),
            accepted_odp_events: stats.books.platform,
        }
    }
}

/// Fills `*out_stats` with the client's books. `size` is sizeof(opt_stats) as the caller knows it: a shorter struct is
/// filled as far as it goes, of a longer one the rest is zeroed.
///
/// Threads: any, at any time, also after close. Blocks: never. Errors: INVALID_ARGUMENT (NULL; a size of 0, over 4,096
/// or no multiple of 8). Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_client_stats(
    client: Option<&opt_client>,
    out_stats: *mut opt_stats,
    size: usize,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    guard(error, || {
        let client = required(client, "client")?;
        let stats = opt_stats::from(client.0.stats());
        // SAFETY: the header makes the caller promise `size` writable bytes at `out_stats`.
        unsafe { fill(out_stats, &stats, size, "out_stats") }
    })
}

/// Copies a view into a caller's struct of another size: a shorter one is cut, a longer one's tail zeroed.
///
/// # Safety
/// `out` is NULL or points to `size` writable bytes; `T` is a plain C struct without padding that may not be copied.
pub(super) unsafe fn fill<T: Copy>(
    out: *mut T,
    value: &T,
    size: usize,
    name: &'static str,
) -> crate::error::Result<()> {
    if out.is_null() {
        return Err(Error::argument(name, "is NULL"));
    }
    if size == 0 || size > 4096 || size % 8 != 0 {
        return Err(Error::argument("size", &format!("is {size}; pass sizeof of the struct")));
    }
    if size == size_of::<T>() {
        // SAFETY: `out` has `size` writable bytes; aligned it need not be.
        unsafe { out.write_unaligned(*value) };
        return Ok(());
    }
    let known = size.min(size_of::<T>());
    // SAFETY: `out` has `size` writable bytes, and `known` of the value's bytes exist; they can't overlap.
    unsafe { std::ptr::copy_nonoverlapping(std::ptr::from_ref(value).cast::<u8>(), out.cast(), known) };
    // SAFETY: within the caller's `size` bytes.
    let tail = unsafe { out.cast::<u8>().add(known) };
    // SAFETY: `size - known` bytes are left from there.
    unsafe { std::ptr::write_bytes(tail, 0, size - known) };
    Ok(())
}
