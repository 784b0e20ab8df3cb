//! Header section: the journal on disk.

use std::mem::MaybeUninit;

use super::error::opt_error;
use super::options::{change, opt_options};
use super::text::opt_str;
use crate::client::{Durability, JournalKind};
use crate::error::{Error, Status};

/// Events are written to the journal by system calls, about 1 us each. The default.
pub const OPT_JOURNAL_WRITTEN: u32 = 1;
/// Events are written through memory that is shared with the file, a tenth of that. The host takes a risk: the kernel
/// raises SIGBUS in the thread that tracks if the disk can't give a page back, or if somebody cuts or locks the file.
/// On file systems that copy on write or reach over a network OPT_JOURNAL_WRITTEN is taken instead; opt_stats says
/// which.
pub const OPT_JOURNAL_MAPPED: u32 = 2;

/// What was accepted survives the process, however it ends. The default.
pub const OPT_DURABILITY_PROCESS: u32 = 0;
/// It survives a loss of power too, but for the last second, 64 KiB or 100 events, whichever is least: the delivery
/// thread asks the disk that often. opt_client_sync asks at once.
pub const OPT_DURABILITY_SYSTEM: u32 = 1;

/// Keeps events on disk until they are delivered, in `directory`: a path, which need not be UTF-8. opt_client_new makes
/// the directory, for this user alone, and fails with DISK where it can't be used; a relative path is resolved then,
/// once. Any number of clients and processes may share a directory: each has one of its own inside it, locked, and what
/// a client that is no more has left is taken over by the next one whose events go to the same endpoint.
///
/// The last good datafile is kept there too (datafile.json): a client that is given none decides by it. Clients of
/// different environments need different directories for that.
///
/// Every event that was accepted is then delivered by this process or a later one, kept as a dead letter, or counted as
/// dropped: the process may be killed at any moment. `kind` is one of OPT_JOURNAL_…. Without a journal events wait in
/// memory.
///
/// Ownership: the path is copied. Threads: one at a time for these options. Blocks: never.
/// Errors: INVALID_ARGUMENT (an empty path, a `kind` that is none). Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_options_set_journal(
    options: Option<&mut opt_options>,
    directory: opt_str,
    kind: u32,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    change(options, error, |options| {
        // SAFETY: the header makes the caller promise readable bytes.
        let directory = unsafe { directory.to_path("directory") }?;
        options.journal.kind = match kind {
            OPT_JOURNAL_WRITTEN => JournalKind::Written,
            OPT_JOURNAL_MAPPED => JournalKind::Mapped,
            other => return Err(Error::argument("kind", &format!("is {other}, which is no OPT_JOURNAL_…"))),
        };
        options.journal.directory = Some(directory);
        Ok(())
    })
}

/// What a loss of power may take: one of OPT_DURABILITY_…. Nothing but a journal on disk survives one.
///
/// Threads: one at a time for these options. Blocks: never. Errors: INVALID_ARGUMENT. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_options_set_durability(
    options: Option<&mut opt_options>,
    durability: u32,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    change(options, error, |options| {
        options.journal.durability = match durability {
            OPT_DURABILITY_PROCESS => Durability::Process,
            OPT_DURABILITY_SYSTEM => Durability::System,
            other => {
                let what = format!("is {other}, which is no OPT_DURABILITY_…");
                return Err(
                    Error::new(Status::InvalidArgument, format!("durability: {what}")).at("durability")
                );
            }
        };
        Ok(())
    })
}

/// Most bytes that this client's journal takes on the disk (64 KiB to 1 TiB, default 1 GiB) and that its dead letters
/// take (up to 1 TiB, default 64 MiB). At the first limit new events are refused with QUEUE_FULL; past the second an
/// event that the server refuses is dropped, counted and logged.
///
/// Threads: one at a time for these options. Blocks: never. Errors: INVALID_ARGUMENT (by opt_client_new). Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_options_set_journal_limits(
    options: Option<&mut opt_options>,
    journal_bytes: u64,
    dead_letter_bytes: u64,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    change(options, error, |options| {
        options.journal.bytes = journal_bytes;
        options.journal.dead_letter_bytes = dead_letter_bytes;
        Ok(())
    })
}

/// Gives events up that are older than this when their turn comes, in milliseconds: up to ten years; 0, the default:
/// never. Each is counted, logged and notified.
///
/// Threads: one at a time for these options. Blocks: never. Errors: INVALID_ARGUMENT (by opt_client_new). Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_options_set_max_age_ms(
    options: Option<&mut opt_options>,
    max_age_ms: u64,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    change(options, error, |options| {
        options.journal.max_age_ms = max_age_ms;
        Ok(())
    })
}
