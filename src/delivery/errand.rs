//! Errands: short requests for others that whoever drives runs between two batches, such as asking for a newer datafile.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::drive::{Shared, Turn, random};
use super::pulled::Outgoing;
use super::report::Report;
use super::worker::Drive;
use crate::transport::{Fetch, Fetched, Transport};

/// Longest time for an errand: events wait meanwhile.
pub(super) const LONGEST: Duration = Duration::from_secs(5);

/// An errand goes before a batch that is due only if it is so late.
const PATIENCE: Duration = Duration::from_secs(5);

/// A request, and the number by which who wants its answer knows it.
pub struct Errand {
    /// The number.
    pub id: u64,
    /// The request.
    pub fetch: Fetch,
}

/// Who has errands to run. Called by who drives, with no lock held.
pub trait Errands: Send + Sync {
    /// When the next errand is due, on the monotonic clock; `None`: none is.
    fn due(&self) -> Option<Duration>;

    /// Takes an errand that is due.
    fn begin(&self, now: Duration) -> Option<Errand>;

    /// Takes in what came of an errand that was taken; `random` is uniform over all u64.
    fn complete(&self, id: u64, fetched: Fetched, now: Duration, random: u64);
}

impl Shared {
    /// Is there an errand that goes before whatever else is due?
    pub(super) fn is_overdue(&self, now: Duration) -> bool {
        self.errands.due().is_some_and(|due| due + PATIENCE <= now)
    }

    /// Runs the errand that is due, or has the host run it; `None` if none is.
    pub(super) fn run_errand(&self, deadline: Option<Instant>, now: Duration) -> Option<Turn> {
        if self.is_stopping() || self.errands.due().is_none_or(|due| due > now) {
            return None;
        }
        let errand = self.errands.begin(now)?;
        let transport = match &self.drive {
            Drive::Thread(transport) | Drive::Host(transport) => transport,
            Drive::Pulled(_) => {
                if let Some(mut driving) = self.driving(None) {
                    driving.driver.pulled.offer(Outgoing::Errand(errand));
                }
                return Some(Turn::Sent);
            }
        };
        let longest = Instant::now() + LONGEST;
        let deadline = deadline.map_or(longest, |deadline| deadline.min(longest));
        let fetched = self.fetch(&**transport, &errand.fetch, deadline);
        if self.is_foreign() {
            return Some(Turn::Foreign);
        }
        Some(self.errand_is_done(errand.id, fetched))
    }

    fn fetch(&self, transport: &dyn Transport, fetch: &Fetch, deadline: Instant) -> Fetched {
        self.is_on_errand.store(true, Ordering::SeqCst);
        // In this order: who stops looks whether an errand is on its way after he has said so.
        let fetched = if self.is_stopping() {
            Fetched::Failed("the client is closed".to_owned())
        } else {
            catch_unwind(AssertUnwindSafe(|| transport.fetch(fetch, Some(deadline)))).unwrap_or_else(|_| {
                Report::Panicked.say(&self.log);
                Fetched::Failed("the library panicked".to_owned())
            })
        };
        self.is_on_errand.store(false, Ordering::SeqCst);
        fetched
    }

    /// Hands what came of an errand to whom it is for.
    pub(super) fn errand_is_done(&self, id: u64, fetched: Fetched) -> Turn {
        self.errands.complete(id, fetched, self.clock.monotonic(), random(&*self.random));
        self.board.nudge();
        if self.is_foreign() { Turn::Foreign } else { Turn::Sent }
    }
}

/// Nobody has errands.
#[cfg(test)]
pub struct NoErrands;

#[cfg(test)]
impl Errands for NoErrands {
    fn due(&self) -> Option<Duration> {
        None
    }

    fn begin(&self, _now: Duration) -> Option<Errand> {
        None
    }

    fn complete(&self, _id: u64, _fetched: Fetched, _now: Duration, _random: u64) {}
}
