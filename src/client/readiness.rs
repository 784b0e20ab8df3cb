//! A client that gets its datafile by itself: waiting for the first, asking for a newer one, resting in the background.

use std::time::Instant;

use super::lifecycle::Client;
use crate::error::{Error, Result, Status};
use crate::platform::{LogLevel, milliseconds};

impl Client {
    /// Waits until there is a datafile to decide by.
    pub fn wait_ready(&self, timeout_ms: u32) -> Result<()> {
        let is_ready = || self.active.load().is_ready();
        if is_ready() {
            return Ok(());
        }
        self.need_open()?;
        let room = self.room();
        room.delivery.wait_until(deadline(timeout_ms), is_ready);
        if is_ready() {
            return Ok(());
        }
        self.need_open()?;
        let last = room.keeper.as_ref().and_then(|keeper| keeper.attempts().1.err());
        let why = last.map_or(String::new(), |error| format!(": {error}"));
        Err(Error::new(Status::Timeout, format!("wait_ready: no datafile came in time{why}")))
    }

    /// Asks for a newer datafile now, and waits for the answer.
    pub fn refresh_datafile(&self, timeout_ms: u32) -> Result<()> {
        self.need_open()?;
        let room = self.room();
        let Some(keeper) = &room.keeper else {
            return Err(Error::argument("client", "has no SDK key to ask for a datafile by"));
        };
        let wanted = keeper.hurry();
        room.delivery.look();
        room.delivery.wait_until(deadline(timeout_ms), || keeper.attempts().0 >= wanted);
        let (attempts, last) = keeper.attempts();
        if attempts >= wanted {
            return last;
        }
        Err(Error::new(Status::Timeout, "refresh_datafile: no answer came in time"))
    }

    /// Sends what waits, and rests until `resume`: nothing is polled, and nothing wakes the process.
    pub fn suspend(&self, timeout_ms: u32) -> (u64, Result<()>) {
        let room = self.room();
        if let Some(keeper) = &room.keeper {
            keeper.suspend();
        }
        let (left, result) = self.flush(timeout_ms);
        room.delivery.suspend();
        self.log.write(LogLevel::Info, format_args!("suspended with {left} events waiting"));
        (left, result)
    }

    /// Goes on after `suspend`.
    pub fn resume(&self) {
        let room = self.room();
        if let Some(keeper) = &room.keeper {
            keeper.resume();
        }
        room.delivery.resume();
        self.log.write(LogLevel::Info, format_args!("resumed"));
    }
}

fn deadline(timeout_ms: u32) -> Instant {
    Instant::now() + milliseconds(timeout_ms)
}

#[cfg(test)]
mod tests;
