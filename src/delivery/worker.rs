//! The worker: the one thread of a client, started by the first event. It drives the engine, waits, and sends.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use once_cell::sync::OnceCell;

use super::dead_letters::DeadLetters;
use super::engine::{DeliveryStats, Engine, Limits, Step};
use super::report::{Report, Witness, describe};
use crate::journal::{Appended, Journal, Reader};
use crate::platform::fork;
use crate::platform::{self, Clock, Log, LogLevel, Random, Signal};
use crate::transport::{Request, Transport};

/// Shown by debuggers and top; Linux takes 15 bytes.
const THREAD_NAME: &str = "opttrack";

/// Wait after a panic, so that a lasting fault does not burn the processor.
const AFTER_PANIC: Duration = Duration::from_secs(1);

/// What the delivery works with.
pub struct Parts {
    /// Who sees what is posted.
    pub witness: Box<dyn Witness>,
    /// Where events wait.
    pub journal: Arc<Journal>,
    /// Its reader.
    pub reader: Reader,
    /// The way out.
    pub transport: Arc<dyn Transport>,
    /// For waits.
    pub clock: Arc<dyn Clock>,
    /// For jitter.
    pub random: Arc<dyn Random>,
    /// For changes of state.
    pub log: Arc<Log>,
    /// How to go about it.
    pub limits: Limits,
    /// Where refused events are kept.
    pub dead_letters: Option<DeadLetters>,
}

/// The delivery of one client.
pub struct Delivery {
    shared: Arc<Shared>,
    worker: OnceCell<()>,
}

struct Shared {
    witness: Box<dyn Witness>,
    journal: Arc<Journal>,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    log: Arc<Log>,
    batch_size: u64,
    engine: Mutex<Engine>,
    /// Something was settled, or the worker ended.
    progress: Condvar,
    signal: Signal,
    is_stopping: AtomicBool,
    threads: AtomicU32,
    /// The process that this delivery is of.
    generation: u64,
}

impl Delivery {
    /// A delivery without a thread yet.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let has_orphans = parts.reader.has_orphans();
        let shared = Shared {
            witness: parts.witness,
            journal: parts.journal,
            transport: parts.transport,
            clock: parts.clock,
            random: parts.random,
            log: parts.log,
            batch_size: parts.limits.batch_size,
            engine: Mutex::new(Engine::new(parts.reader, parts.limits, parts.dead_letters)),
            progress: Condvar::new(),
            signal: Signal::default(),
            is_stopping: AtomicBool::new(false),
            threads: AtomicU32::new(0),
            generation: fork::generation(),
        };
        let delivery = Self { shared: Arc::new(shared), worker: OnceCell::new() };
        if has_orphans {
            delivery.start();
        }
        delivery
    }

    /// To be called after each append: starts the worker, and wakes it if it sleeps and has a reason to wake.
    pub fn appended(&self, appended: Appended) {
        if self.worker.get().is_none() {
            self.start();
        }
        let is_reason = appended.is_first || appended.must_sync || appended.waiting == self.shared.batch_size;
        if is_reason && self.shared.signal.is_asleep() {
            self.shared.signal.raise();
        }
    }

    /// A thread that can't be had now is tried again at the next event; what was accepted stays.
    fn start(&self) {
        let started = self.worker.get_or_try_init(|| {
            let shared = Arc::clone(&self.shared);
            shared.threads.store(1, Ordering::Relaxed);
            platform::spawn(THREAD_NAME, move || shared.run()).map(drop)
        });
        if let Err(error) = started {
            self.shared.threads.store(0, Ordering::Relaxed);
            let message =
                format_args!("events wait: the delivery thread can't be started ({error}); trying again");
            self.shared.log.write(LogLevel::Error, message);
        }
    }

    /// Waits until the events accepted before the call are settled; answers how many are not.
    #[must_use]
    pub fn flush(&self, timeout: Duration) -> u64 {
        let shared = &*self.shared;
        let deadline = shared.clock.monotonic() + timeout;
        let marks = shared.journal.marks();
        let mut engine = shared.engine();
        let mut left = shared.journal.left_before(&marks);
        if left == 0 {
            return 0;
        }
        engine.waiters += 1;
        engine.hurry();
        shared.signal.raise();
        while left > 0 && !shared.is_stopping() {
            let Some(rest) = deadline.checked_sub(shared.clock.monotonic()).filter(|rest| !rest.is_zero())
            else {
                break;
            };
            engine = shared.progress.wait_timeout(engine, rest).unwrap_or_else(PoisonError::into_inner).0;
            left = shared.journal.left_before(&marks);
        }
        engine.waiters -= 1;
        left
    }

    /// Ends the worker, waiting for it until the deadline; one that is stuck in a request is left to end by itself.
    pub fn stop(&self, deadline: Duration) {
        let shared = &*self.shared;
        shared.is_stopping.store(true, Ordering::SeqCst);
        shared.signal.raise();
        let mut engine = shared.engine();
        shared.progress.notify_all();
        while self.threads() > 0 {
            let Some(rest) = deadline.checked_sub(shared.clock.monotonic()).filter(|rest| !rest.is_zero())
            else {
                shared.journal.abandon();
                return;
            };
            engine = shared.progress.wait_timeout(engine, rest).unwrap_or_else(PoisonError::into_inner).0;
        }
        shared.journal.release();
    }

    /// Has the worker look whether there is something to do.
    pub fn look(&self) {
        if self.worker.get().is_none() {
            self.start();
        }
        self.shared.signal.raise();
    }

    /// Gives up what waits; answers how many events. What is on its way is given up if the attempt fails.
    pub fn discard(&self) -> io::Result<u64> {
        self.at_the_engine(Engine::discard)
    }

    /// Gives up what waits of one visitor, and its dead letters; answers how many events.
    pub fn purge(&self, visitor: &str) -> io::Result<u64> {
        self.at_the_engine(|engine, journal| engine.purge(journal, visitor))
    }

    fn at_the_engine(
        &self,
        change: impl FnOnce(&mut Engine, &Journal) -> io::Result<u64>,
    ) -> io::Result<u64> {
        let shared = &*self.shared;
        let (result, reports) = {
            let mut engine = shared.engine();
            engine.tells_drops = shared.witness.wants_drops();
            let result = change(&mut engine, &shared.journal);
            (result, engine.take_reports())
        };
        shared.progress.notify_all();
        shared.say(&reports);
        result
    }

    /// Counters, and when the oldest waiting event was recorded.
    #[must_use]
    pub fn stats(&self) -> (DeliveryStats, Option<i64>) {
        let engine = self.shared.engine();
        (engine.stats(), self.shared.journal.oldest_ms())
    }

    /// Threads that run: 0 or 1.
    #[must_use]
    pub fn threads(&self) -> u32 {
        self.shared.threads.load(Ordering::Acquire)
    }
}

impl Shared {
    fn engine(&self) -> MutexGuard<'_, Engine> {
        self.engine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_stopping(&self) -> bool {
        self.is_stopping.load(Ordering::SeqCst)
    }

    /// Has a callback forked, and is this the child? Then everything here is the parent's: its locks, its connections,
    /// and its events.
    fn is_foreign(&self) -> bool {
        self.generation != fork::generation()
    }

    /// The thread's whole life. A panic in it is a fault of ours, and must not end the delivery.
    fn run(&self) {
        while !self.is_stopping() && !self.is_foreign() {
            if catch_unwind(AssertUnwindSafe(|| self.turn())).is_err() {
                Report::Panicked.say(&self.log);
                self.signal.sleep(Some(AFTER_PANIC), || self.is_stopping());
            }
        }
        if self.is_foreign() {
            return;
        }
        let engine = self.engine();
        self.journal.release();
        self.threads.store(0, Ordering::Release);
        self.progress.notify_all();
        drop(engine);
    }

    /// One request, or one wait.
    fn turn(&self) {
        let appended = self.journal.appended();
        let now = self.clock.monotonic();
        let (step, reports) = {
            let mut engine = self.engine();
            engine.tells_drops = self.witness.wants_drops();
            (engine.step(&self.journal, now), engine.take_reports())
        };
        self.say(&reports);
        if self.is_foreign() {
            return;
        }
        match step {
            Step::WaitUntil(until) => {
                let timeout = until.map(|until| until.saturating_sub(self.clock.monotonic()));
                let has_work = || self.is_stopping() || self.journal.appended() != appended;
                self.signal.sleep(timeout, has_work);
            }
            Step::Send(posting) => {
                let request = Request { url: &posting.endpoint, body: &posting.body };
                let size = posting.body.len();
                self.log.write(LogLevel::Debug, format_args!("posting {size} bytes to {}", posting.endpoint));
                if posting.is_first {
                    self.witness.posting(&posting.endpoint, &posting.body);
                }
                if self.is_foreign() {
                    return;
                }
                let outcome = self.transport.post(&request);
                self.log.write(LogLevel::Debug, format_args!("{} {}", posting.endpoint, describe(&outcome)));
                if self.is_foreign() {
                    return;
                }
                let mut random = [0; 8];
                // Without randomness the longest delay is taken.
                let random =
                    if self.random.fill(&mut random) { u64::from_le_bytes(random) } else { u64::MAX };
                let reports = {
                    let mut engine = self.engine();
                    engine.complete(&self.journal, posting, &outcome, self.clock.monotonic(), random);
                    engine.take_reports()
                };
                self.progress.notify_all();
                self.say(&reports);
            }
        }
    }

    fn say(&self, reports: &[Report]) {
        for report in reports {
            report.say(&self.log);
            report.tell(&*self.witness);
        }
    }
}
