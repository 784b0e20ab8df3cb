//! Header section: events that wait.

use std::mem::MaybeUninit;

use super::client::opt_client;
use super::error::opt_error;
use super::guard::{guard, required};
use super::text::opt_str;
use crate::error::Status;

/// Returns when what was accepted before this call survives a loss of power: asks the disk to keep the journal, and the
/// names of its files. What the disk fails to keep is written anew by the delivery thread; call again to be sure of it.
///
/// Threads: any. Blocks: on the disk, at most `timeout_ms` milliseconds: a thread of its own waits for the disk, and is
/// left behind at the deadline.
/// Errors: TIMEOUT, NOT_SUPPORTED (no journal on disk), DISK, INVALID_ARGUMENT. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_client_sync(
    client: Option<&opt_client>,
    timeout_ms: u32,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    guard(error, || required(client, "client")?.0.sync(timeout_ms))
}

/// Gives up everything that waits, as for a user who withdraws consent. `out_count`, if not NULL, gets how many events
/// that were. A batch on its way is given up too if its attempt fails, and can't be called back if it does not. Each
/// event is counted as dropped, and notified. Dead letters stay; events of other clients in the same directory too.
///
/// Threads: any. Blocks: on the disk for a moment; never on the network. Errors: DISK, INVALID_ARGUMENT. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_client_discard(
    client: Option<&opt_client>,
    out_count: Option<&mut MaybeUninit<u64>>,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    guard(error, || {
        let count = required(client, "client")?.0.discard()?;
        if let Some(place) = out_count {
            place.write(count);
        }
        Ok(())
    })
}

/// Gives up what waits of one visitor, and overwrites it on the disk; removes the visitor's dead letters, those of clients
/// that are no more included. `out_count`, if not NULL, gets how many events and letters that were. A batch on its way
/// is looked through if its attempt fails.
///
/// Threads: any. Blocks: on the disk, for as long as reading what waits takes; never on the network.
/// Errors: DISK, INVALID_UTF8, INVALID_ARGUMENT. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_client_purge_visitor(
    client: Option<&opt_client>,
    visitor_id: opt_str,
    out_count: Option<&mut MaybeUninit<u64>>,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    guard(error, || {
        let client = required(client, "client")?;
        // SAFETY: the header makes the caller promise readable text.
        let count = client.0.purge_visitor(unsafe { visitor_id.to_str("visitor_id") }?)?;
        if let Some(place) = out_count {
            place.write(count);
        }
        Ok(())
    })
}
