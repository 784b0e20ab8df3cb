//! The delivery as a host drives it: by calls, or by making the requests itself.

use std::io;
use std::time::{Duration, Instant};

use super::drive::{Driver, Turn};
use super::pulled::{Away, Outgoing, PulledRequest};
use super::worker::Delivery;
use crate::transport::{Fetched, Outcome};

impl Delivery {
    /// Does what is due until the budget is used up; answers when to be called again, `None` if not before an event
    /// comes.
    #[must_use]
    pub fn pump(&self, budget: Duration) -> Option<Duration> {
        let shared = &*self.shared;
        shared.wake.clear();
        let deadline = Instant::now() + budget;
        loop {
            match shared.turn(Some(deadline)) {
                Turn::Sent if shared.is_pulled() || Instant::now() < deadline => {}
                Turn::Idle(idle) if !self.is_ready(deadline) => {
                    return idle.until.map(|until| until.saturating_sub(shared.clock.monotonic()));
                }
                Turn::Foreign => return None,
                Turn::Sent | Turn::Idle(_) | Turn::Late => break,
            }
        }
        shared.wake.raise();
        Some(Duration::ZERO)
    }

    /// Does a request wait to be pulled? Yes if it can't be told.
    fn is_ready(&self, deadline: Instant) -> bool {
        self.shared.driving(Some(deadline)).is_none_or(|driving| driving.driver.pulled.is_ready())
    }

    /// A descriptor that is readable when `pump` is to be called.
    pub fn wake_descriptor(&self) -> io::Result<i32> {
        self.shared.wake.descriptor()
    }

    /// Does the host make the requests?
    #[must_use]
    pub fn is_pulled(&self) -> bool {
        self.shared.is_pulled()
    }

    /// Has it been stopped?
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.shared.is_stopping()
    }

    /// The next request for the host to make, waiting until there is one or the time is over.
    #[must_use]
    pub fn next_request(&self, timeout: Duration) -> Option<PulledRequest> {
        let shared = &*self.shared;
        shared.wake.clear();
        let deadline = Instant::now() + timeout;
        while !shared.is_stopping() {
            if let Some(request) = self.take(deadline) {
                // There may be more.
                shared.wake.raise();
                return Some(request);
            }
            match shared.turn(Some(deadline)) {
                Turn::Sent => {}
                Turn::Idle(idle) if Instant::now() < deadline => shared.rest(&idle, deadline),
                Turn::Idle(_) | Turn::Late | Turn::Foreign => return None,
            }
        }
        None
    }

    fn take(&self, deadline: Instant) -> Option<PulledRequest> {
        let shared = &*self.shared;
        let outgoing = shared.driving(Some(deadline))?.driver.pulled.next()?;
        if let Outgoing::Batch(posting) = &outgoing {
            shared.announce(posting);
        }
        if shared.is_foreign() {
            return None;
        }
        // However late it is: the request is out of the queue.
        let request = shared.driving(None)?.driver.pulled.hand_out(outgoing, shared.clock.monotonic());
        Some(request)
    }

    /// Takes in what came of a request that was pulled; false if there is none of that id, or it is settled already.
    #[must_use]
    pub fn complete(&self, id: u64, fetched: Fetched) -> bool {
        let shared = &*self.shared;
        let Some(mut driving) = shared.driving(None) else { return false };
        let Driver { engine, pulled } = &mut *driving.driver;
        let expired = shared.expire(engine, pulled, shared.clock.monotonic());
        let away = pulled.settle(id);
        let reports = engine.take_reports();
        shared.board.publish(engine, &shared.journal);
        drop(driving);
        // What has expired meanwhile is told of now, and not when another answer comes.
        shared.say(&reports);
        for (id, fetched) in expired {
            shared.errand_is_done(id, fetched);
        }
        let _ = match (away, fetched) {
            (None, _) => return false,
            (Some(Away::Batch(posting)), fetched) => shared.complete(posting, &Outcome::from(fetched)),
            (Some(Away::Errand { id, most }), Fetched::Answered(answer)) if answer.body.len() > most => {
                let why = format!("its answer is larger than {most} bytes");
                shared.errand_is_done(id, Fetched::Failed(why))
            }
            (Some(Away::Errand { id, .. }), fetched) => shared.errand_is_done(id, fetched),
        };
        shared.wake.raise();
        true
    }
}
