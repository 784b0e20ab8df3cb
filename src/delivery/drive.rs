//! Driving: one step after the other, by the worker or by a thread of the host's. Only who drives touches the engine,
//! and not while a request is on its way or a callback runs.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::board::Board;
use super::engine::{Engine, Posting, Step};
use super::errand::Errands;
use super::pulled::{Away, Outgoing, Pulled};
use super::report::{Report, Witness, describe};
use super::worker::Drive;
use crate::event::PLATFORM_KEY_HEADER;
use crate::journal::Journal;
use crate::platform::fork;
use crate::platform::{Ambush, Clock, Log, LogLevel, Random, Signal, Wake, pass_ambush};
use crate::transport::{Fetched, Outcome, Request, Transport};

/// What the threads of a delivery share.
pub(super) struct Shared {
    pub(super) witness: Box<dyn Witness>,
    pub(super) journal: Arc<Journal>,
    pub(super) drive: Drive,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<dyn Random>,
    pub(super) log: Arc<Log>,
    pub(super) batch_size: u64,
    /// What there is to do between two batches.
    pub(super) errands: Arc<dyn Errands>,
    /// Nothing is done until somebody waits for it or the client is resumed.
    pub(super) is_suspended: AtomicBool,
    /// The driver's thread waits for the answer to an errand.
    pub(super) is_on_errand: AtomicBool,
    /// Touched by who drives, and by nobody else.
    pub(super) driver: Mutex<Driver>,
    pub(super) board: Board,
    /// Wakes the worker.
    pub(super) signal: Signal,
    /// Wakes the host that drives.
    pub(super) wake: Wake,
    pub(super) is_stopping: AtomicBool,
    pub(super) threads: AtomicU32,
    /// The process that this delivery is of.
    pub(super) generation: u64,
}

/// What only who drives touches.
pub(super) struct Driver {
    pub(super) engine: Engine,
    pub(super) pulled: Pulled,
}

/// What a step came to.
pub(super) enum Turn {
    /// A request was made, or is ready to be pulled.
    Sent,
    /// There is nothing to do.
    Idle(Idle),
    /// Somebody else drove until the deadline.
    Late,
    /// This process is a child of the delivery's own.
    Foreign,
}

/// Nothing to do until something changes.
pub(super) struct Idle {
    /// When something is due; `None`: not before an event comes.
    pub(super) until: Option<Duration>,
    /// Events that the step has seen.
    pub(super) appended: u64,
    /// The state of the board that the step has seen.
    pub(super) epoch: u64,
}

/// The right to drive.
pub(super) struct Driving<'s> {
    pub(super) driver: MutexGuard<'s, Driver>,
    board: &'s Board,
}

impl Drop for Driving<'_> {
    fn drop(&mut self) {
        self.board.end();
    }
}

impl Shared {
    /// Takes the right to drive, unless somebody else has it until the deadline.
    pub(super) fn driving(&self, deadline: Option<Instant>) -> Option<Driving<'_>> {
        if !self.board.begin(deadline) {
            return None;
        }
        let driver = self.driver.lock().unwrap_or_else(PoisonError::into_inner);
        Some(Driving { driver, board: &self.board })
    }

    /// Does the host make the requests?
    pub(super) fn is_pulled(&self) -> bool {
        matches!(self.drive, Drive::Pulled(_))
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.is_stopping.load(Ordering::SeqCst)
    }

    /// Has a callback forked, and is this the child? Then everything here is the parent's: its locks, its connections,
    /// and its events.
    pub(super) fn is_foreign(&self) -> bool {
        self.generation != fork::generation()
    }

    /// One step, and the request that it asks for.
    pub(super) fn turn(&self, deadline: Option<Instant>) -> Turn {
        let appended = self.journal.appended();
        let now = self.clock.monotonic();
        let has_waiters = self.board.has_waiters();
        if !has_waiters && self.is_suspended.load(Ordering::SeqCst) {
            return Turn::Idle(Idle { until: None, appended, epoch: self.board.epoch() });
        }
        if !has_waiters && self.is_overdue(now) {
            if let Some(turn) = self.run_errand(deadline, now) {
                return turn;
            }
        }
        let (step, reports, errands, epoch) = {
            let Some(mut driving) = self.driving(deadline) else { return Turn::Late };
            pass_ambush(Ambush::Step);
            let Driver { engine, pulled } = &mut *driving.driver;
            let demands = self.board.demands();
            engine.waiters = demands.waiters;
            engine.tells_drops = self.witness.wants_drops();
            if demands.is_hurried {
                engine.hurry();
            }
            let errands = self.expire(engine, pulled, now);
            let kept = if self.is_pulled() { None } else { pulled.next_batch() };
            let step = kept.map_or_else(|| engine.step(&self.journal, now), Step::Send);
            let step = match step {
                Step::WaitUntil(until) => Step::WaitUntil(until.into_iter().chain(pulled.expiry()).min()),
                Step::Send(posting) => Step::Send(posting),
            };
            (step, engine.take_reports(), errands, self.board.publish(engine, &self.journal))
        };
        self.say(&reports);
        for (id, fetched) in errands {
            self.errand_is_done(id, fetched);
        }
        if self.is_foreign() {
            return Turn::Foreign;
        }
        match step {
            Step::Send(posting) => self.send(posting, deadline),
            // Who waits for events is not to wait for anything else.
            Step::WaitUntil(until) if has_waiters => Turn::Idle(Idle { until, appended, epoch }),
            Step::WaitUntil(until) => self.run_errand(deadline, now).unwrap_or_else(|| {
                let until = until.into_iter().chain(self.errands.due()).min();
                Turn::Idle(Idle { until, appended, epoch })
            }),
        }
    }

    /// Counts as failed what the host has not completed in time; answers what came of errands among it.
    pub(super) fn expire(
        &self,
        engine: &mut Engine,
        pulled: &mut Pulled,
        now: Duration,
    ) -> Vec<(u64, Fetched)> {
        let mut errands = Vec::new();
        while let Some((away, why)) = pulled.expired(now) {
            match away {
                Away::Batch(posting) => {
                    let random = random(&*self.random);
                    engine.complete(&self.journal, posting, &Outcome::Failed(why), now, random);
                }
                Away::Errand { id, .. } => errands.push((id, Fetched::Failed(why))),
            }
        }
        errands
    }

    /// Posts, or keeps the request for the host, or for a time when there is time.
    fn send(&self, posting: Posting, deadline: Option<Instant>) -> Turn {
        let transport = match &self.drive {
            Drive::Thread(transport) | Drive::Host(transport) => transport,
            Drive::Pulled(_) => return self.keep(posting, Turn::Sent),
        };
        if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
            return self.keep(posting, Turn::Late);
        }
        let posted = catch_unwind(AssertUnwindSafe(|| self.post(&**transport, &posting, deadline)));
        let outcome = match posted {
            Ok(Some(outcome)) => outcome,
            Ok(None) => return Turn::Foreign,
            Err(_) => {
                Report::Panicked.say(&self.log);
                Outcome::Failed("the library panicked".to_owned())
            }
        };
        self.complete(posting, &outcome)
    }

    fn keep(&self, posting: Posting, turn: Turn) -> Turn {
        if let Some(mut driving) = self.driving(None) {
            driving.driver.pulled.offer(Outgoing::Batch(posting));
        }
        turn
    }

    /// Tells that a request is about to be made, and makes it; nothing in a child that was forked meanwhile.
    fn post(
        &self,
        transport: &dyn Transport,
        posting: &Posting,
        deadline: Option<Instant>,
    ) -> Option<Outcome> {
        self.announce(posting);
        if self.is_foreign() {
            return None;
        }
        pass_ambush(Ambush::Post);
        let key = posting.public_key.as_deref().map(|key| (PLATFORM_KEY_HEADER, key));
        let headers = key.as_slice();
        let request = Request { url: &posting.endpoint, headers, body: &posting.body, deadline };
        let outcome = transport.post(&request);
        self.log.write(LogLevel::Debug, format_args!("{} {}", posting.endpoint, describe(&outcome)));
        (!self.is_foreign()).then_some(outcome)
    }

    /// Says that a request is about to be made.
    pub(super) fn announce(&self, posting: &Posting) {
        let size = posting.body.len();
        self.log.write(LogLevel::Debug, format_args!("posting {size} bytes to {}", posting.endpoint));
        // The log event of the official SDKs tells of the Events API alone.
        if posting.is_first && posting.public_key.is_none() {
            self.witness.posting(&posting.endpoint, &posting.body);
        }
    }

    /// Takes in what came of a request.
    pub(super) fn complete(&self, posting: Posting, outcome: &Outcome) -> Turn {
        // However late it is: what was answered must not be sent again.
        let Some(mut driving) = self.driving(None) else { return Turn::Late };
        let engine = &mut driving.driver.engine;
        let (now, random, ticket) = (self.clock.monotonic(), random(&*self.random), posting.ticket());
        let taken_in = catch_unwind(AssertUnwindSafe(|| {
            pass_ambush(Ambush::Answer);
            engine.complete(&self.journal, posting, outcome, now, random);
        }));
        if taken_in.is_err() {
            // Nobody will bring the answer again; what it was for is sent again.
            engine.give_up_on(ticket, now, random);
        }
        let reports = engine.take_reports();
        self.board.publish(engine, &self.journal);
        drop(driving);
        self.say(&reports);
        if self.is_foreign() { Turn::Foreign } else { Turn::Sent }
    }

    pub(super) fn say(&self, reports: &[Report]) {
        for report in reports {
            report.say(&self.log);
            report.tell(&*self.witness);
        }
    }

    /// Drives on this thread until it is done, nothing more can be done, or the time is over.
    pub(super) fn drive_until(&self, deadline: Instant, is_done: impl Fn() -> bool) {
        while !is_done() && !self.is_stopping() && Instant::now() < deadline {
            match self.turn(Some(deadline)) {
                Turn::Sent => {}
                Turn::Idle(idle) => self.rest(&idle, deadline),
                Turn::Late | Turn::Foreign => return,
            }
        }
    }

    /// Sleeps until there may be something to do, but not beyond the deadline.
    pub(super) fn rest(&self, idle: &Idle, deadline: Instant) {
        let due = idle.until.map(|until| until.saturating_sub(self.clock.monotonic()));
        // A clock that the host sets does not go by itself; who sets it changes the board.
        let due = due.filter(|_| !self.clock.is_manual()).and_then(|due| Instant::now().checked_add(due));
        let until = due.map_or(deadline, |due| due.min(deadline));
        let has_work = || self.is_stopping() || self.journal.appended() != idle.appended;
        self.board.sleep(idle.epoch, Some(until), has_work);
    }
}

/// Uniform over all u64; without randomness the longest delay is taken.
pub(super) fn random(random: &dyn Random) -> u64 {
    let mut bytes = [0; 8];
    if random.fill(&mut bytes) { u64::from_le_bytes(bytes) } else { u64::MAX }
}
