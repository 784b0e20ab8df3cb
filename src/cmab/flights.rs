//! Questions that are being asked right now: who has the same one waits for the answer instead of asking again.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::Answer;
use crate::platform::fork::{self, PerProcess};

/// What a question came to.
pub(super) type Outcome = Result<Answer, String>;

/// The questions in the air. The lock is held to look at the table and never while anybody is asked.
pub(super) struct Flights {
    table: PerProcess<Table>,
}

type Table = Mutex<HashMap<Box<str>, Arc<Flight>>>;

impl Default for Flights {
    fn default() -> Self {
        Self { table: PerProcess::new(Table::default()) }
    }
}

/// One question in the air, and those who wait for it.
#[derive(Default)]
struct Flight {
    outcome: Mutex<Option<Outcome>>,
    landed: Condvar,
}

impl Flights {
    /// What `ask` comes to, or, while another thread asks the same, what comes of that. Nobody waits for a thread that
    /// waits itself, so the waiting ends with the asking.
    pub(super) fn join(&self, key: Box<str>, ask: impl FnOnce() -> Outcome) -> Outcome {
        let mut is_first = false;
        let flight = Arc::clone(self.table().entry(key.clone()).or_insert_with(|| {
            is_first = true;
            Arc::default()
        }));
        if !is_first {
            return flight.wait();
        }
        let generation = fork::generation();
        let mut landing = Landing { flights: self, key, flight, generation, outcome: None };
        landing.outcome.insert(ask()).clone()
    }

    /// How many wait for others' questions: of each flight, the table and the first hold one reference.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        self.table().values().map(|flight| Arc::strong_count(flight) - 2).sum()
    }

    fn table(&self) -> MutexGuard<'_, HashMap<Box<str>, Arc<Flight>>> {
        self.table.get(Table::default).lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Flight {
    fn wait(&self) -> Outcome {
        let outcome = self.outcome.lock().unwrap_or_else(PoisonError::into_inner);
        let outcome = self.landed.wait_while(outcome, |outcome| outcome.is_none());
        let outcome = outcome.unwrap_or_else(PoisonError::into_inner).clone();
        outcome.unwrap_or_else(|| Err(BROKEN_OFF.to_owned()))
    }
}

/// What those who wait are told if the one who asks panics.
const BROKEN_OFF: &str = "the question was broken off";

/// Ends a flight on every path, a panic included.
struct Landing<'f> {
    flights: &'f Flights,
    key: Box<str>,
    flight: Arc<Flight>,
    generation: u64,
    outcome: Option<Outcome>,
}

impl Drop for Landing<'_> {
    fn drop(&mut self) {
        // Who forks while asking has nobody waiting in the child, but locks that may never open.
        if self.generation != fork::generation() {
            return;
        }
        self.flights.table().remove(&self.key);
        let outcome = self.outcome.take().unwrap_or_else(|| Err(BROKEN_OFF.to_owned()));
        *self.flight.outcome.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
        self.flight.landed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::thread;

    fn until_somebody_waits(flights: &Flights) {
        while flights.waiting() == 0 {
            thread::yield_now();
        }
    }

    #[test]
    fn a_question_whose_asker_panics_answers_those_who_wait() {
        let flights = Flights::default();
        thread::scope(|scope| {
            let asker = scope.spawn(|| {
                catch_unwind(AssertUnwindSafe(|| {
                    flights.join("key".into(), || {
                        until_somebody_waits(&flights);
                        panic!("planted");
                    })
                }))
            });
            while flights.table().is_empty() {
                thread::yield_now();
            }
            assert_eq!(flights.join("key".into(), || unreachable!()), Err(BROKEN_OFF.to_owned()));
            assert!(asker.join().expect("caught").is_err());
        });
        assert_eq!(flights.join("key".into(), || Err("again".into())), Err("again".to_owned()));
    }

    #[test]
    fn different_questions_do_not_wait_for_each_other() {
        let flights = Flights::default();
        let inner = || flights.join("2".into(), || Err("inner".into()));
        assert_eq!(flights.join("1".into(), inner), Err("inner".to_owned()));
    }
}
