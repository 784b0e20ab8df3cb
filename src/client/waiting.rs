//! What a host asks of events that wait: to be safe on the disk, or to be given up.

use std::io;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use super::lifecycle::Client;
use crate::error::{Error, Result, Status};
use crate::journal::Journal;
use crate::platform::{self, milliseconds};

impl Client {
    /// Makes what was accepted before the call survive a loss of power.
    pub fn sync(&self, timeout_ms: u32) -> Result<()> {
        let room = self.room();
        if room.journal.kind().is_none() {
            let what = "sync: the client has no journal on disk, and memory survives nothing";
            return Err(Error::new(Status::NotSupported, what));
        }
        let Some(synced) = within(milliseconds(timeout_ms), &room.journal) else {
            return Err(Error::new(Status::Timeout, "sync: the disk has not answered in time"));
        };
        if synced.is_err() {
            // The delivery writes anew what the disk has failed to keep.
            room.delivery.look();
        }
        synced.map_err(|error| self.disk_error("sync", &error))
    }

    /// Gives up what waits; answers how many events.
    pub fn discard(&self) -> Result<u64> {
        self.room().delivery.discard().map_err(|error| self.disk_error("discard", &error))
    }

    /// Gives up what waits of a visitor, and the visitor's dead letters; answers how many events.
    pub fn purge_visitor(&self, visitor: &str) -> Result<u64> {
        self.room().delivery.purge(visitor).map_err(|error| self.disk_error("purge", &error))
    }

    fn disk_error(&self, call: &str, error: &io::Error) -> Error {
        Error::new(Status::Disk, format!("{call}: {}", self.disk_text(error)))
    }
}

/// Nobody can interrupt a disk, so a thread of its own waits for it, and is left behind at the deadline. Where none can be
/// had the caller's waits.
fn within(timeout: Duration, journal: &Arc<Journal>) -> Option<io::Result<()>> {
    let (answer, answered) = mpsc::channel();
    let waiting = Arc::clone(journal);
    let body = move || {
        // Who asked may have gone.
        let _ = answer.send(waiting.sync());
    };
    match platform::spawn("opttrack-sync", body) {
        Ok(_) => answered.recv_timeout(timeout).ok(),
        Err(_) => Some(journal.sync()),
    }
}
