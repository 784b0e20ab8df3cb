//! The delivery of one client, and its worker: the one thread, started by the first event, that drives it. Where the
//! host drives, or no thread can be had, those who wait drive by themselves.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use once_cell::sync::OnceCell;

use super::board::Board;
use super::dead_letters::DeadLetters;
use super::drive::{Driver, Shared, Turn};
use super::engine::{DeliveryStats, Engine, Limits};
use super::errand::Errands;
use super::pulled::Pulled;
use super::report::{Report, Witness};
use crate::journal::{Appended, Journal, Reader};
use crate::platform::fork;
use crate::platform::{self, Clock, Defect, Log, LogLevel, Random, Signal, Wake, planted};
use crate::transport::Transport;

/// Shown by debuggers and top; Linux takes 15 bytes.
const THREAD_NAME: &str = "opttrack";

/// Wait after a panic, so that a lasting fault does not burn the processor. The delivery goes on within a second.
const AFTER_PANIC: Duration = Duration::from_millis(500);

/// A sleep before which the thread gives back what it does not need meanwhile.
const LONG_SLEEP: Duration = Duration::from_secs(10);

/// Who drives the delivery, and how requests are made.
#[derive(Clone)]
pub enum Drive {
    /// A thread of its own.
    Thread(Arc<dyn Transport>),
    /// The host, by calling.
    Host(Arc<dyn Transport>),
    /// The host, which also makes the requests, each within this time.
    Pulled(Duration),
}

/// What the delivery works with.
pub struct Parts {
    /// Who sees what is posted.
    pub witness: Box<dyn Witness>,
    /// Where events wait.
    pub journal: Arc<Journal>,
    /// Its reader.
    pub reader: Reader,
    /// Who drives.
    pub drive: Drive,
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
    /// What there is to do between two batches.
    pub errands: Arc<dyn Errands>,
}

/// The delivery of one client.
pub struct Delivery {
    pub(super) shared: Arc<Shared>,
    worker: OnceCell<()>,
    /// The last attempt to start the worker has failed, and that was said.
    has_failed: AtomicBool,
}

impl Delivery {
    /// A delivery without a thread yet, but where events of earlier processes wait or there are errands. Calls nothing of
    /// the host's: a child of a fork makes its delivery inside any call.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let timeout = if let Drive::Pulled(timeout) = parts.drive { timeout } else { Duration::ZERO };
        let has_work = parts.reader.has_orphans() || parts.errands.due().is_some();
        let engine = Engine::new(parts.reader, parts.limits, parts.dead_letters);
        let driver = Driver { engine, pulled: Pulled::new(timeout) };
        let shared = Shared {
            witness: parts.witness,
            journal: parts.journal,
            drive: parts.drive,
            clock: parts.clock,
            random: parts.random,
            log: parts.log,
            batch_size: parts.limits.batch_size,
            errands: parts.errands,
            is_on_errand: AtomicBool::new(false),
            is_suspended: AtomicBool::new(false),
            driver: Mutex::new(driver),
            board: Board::default(),
            signal: Signal::default(),
            wake: Wake::default(),
            is_stopping: AtomicBool::new(false),
            threads: AtomicU32::new(0),
            generation: fork::generation(),
        };
        let shared = Arc::new(shared);
        let delivery = Self { shared, worker: OnceCell::new(), has_failed: AtomicBool::new(false) };
        if has_work {
            delivery.shared.wake.raise();
            // A thread that can't be had is tried again, and said, at the next event.
            let _ = delivery.try_start();
        }
        delivery
    }

    /// Has whoever drives look whether there is something to do that no event brings.
    pub fn look(&self) {
        self.start();
        self.nudge();
    }

    /// Wakes those who wait, for something has changed that is not the delivery's.
    pub fn nudge(&self) {
        self.shared.signal.raise();
        self.shared.wake.raise();
        self.shared.board.nudge();
    }

    /// To be called after each append: starts the worker, and wakes who drives if there is a reason to.
    #[inline]
    pub fn appended(&self, appended: Appended) {
        if self.worker.get().is_none() {
            self.start();
        }
        let is_reason = appended.is_first || appended.must_sync || appended.waiting == self.shared.batch_size;
        if is_reason {
            self.wake_driver();
        }
    }

    fn wake_driver(&self) {
        let shared = &*self.shared;
        if shared.signal.is_asleep() {
            shared.signal.raise();
        }
        if self.is_host_driven() {
            shared.wake.raise();
        }
        shared.board.event_came();
    }

    /// Does the host drive?
    #[must_use]
    pub fn is_host_driven(&self) -> bool {
        !matches!(self.shared.drive, Drive::Thread(_))
    }

    /// Starts the worker, if it is to be and is not there; answers whether it is. A thread that can't be had now is tried
    /// again at the next event; what was accepted stays.
    fn start(&self) -> bool {
        let started = self.try_start();
        if let Err(error) = &started {
            if !self.has_failed.swap(true, Ordering::Relaxed) {
                let message =
                    format_args!("events wait: the delivery thread can't be started ({error}); trying again");
                self.shared.log.write(LogLevel::Error, message);
            }
        }
        started.unwrap_or(false)
    }

    /// The same, saying nothing.
    fn try_start(&self) -> io::Result<bool> {
        if self.is_host_driven() || self.shared.is_stopping() {
            return Ok(self.worker.get().is_some());
        }
        let started = self.worker.get_or_try_init(|| {
            let shared = Arc::clone(&self.shared);
            self.shared.threads.store(1, Ordering::Relaxed);
            let started = platform::spawn(THREAD_NAME, move || shared.run()).map(drop);
            if started.is_err() {
                self.shared.threads.store(0, Ordering::Relaxed);
            }
            started
        });
        started.map(|()| true)
    }

    /// Waits until the events accepted before the call are settled; answers how many are not.
    #[must_use]
    pub fn flush(&self, timeout: Duration) -> u64 {
        let shared = &*self.shared;
        let deadline = Instant::now() + timeout;
        // In this order: what is pending after the marks were taken includes all that is pending of them.
        let marks = shared.journal.marks();
        let pending = shared.journal.books().pending;
        if pending == 0 {
            return 0;
        }
        let ticket = shared.board.join(marks, pending);
        let left = if self.start() {
            shared.signal.raise();
            shared.board.wait_for(ticket, deadline, || shared.is_stopping())
        } else {
            shared.wake.raise();
            shared.drive_until(deadline, || shared.board.left(ticket) == 0);
            shared.board.left(ticket)
        };
        shared.board.leave(ticket, self.is_host_driven());
        if shared.errands.due().is_some() {
            // Nobody has looked at them while somebody waited for events.
            self.wake_driver();
        }
        left
    }

    /// Ends the worker, waiting for it until the deadline; one that is stuck is left to end by itself. Then requests are
    /// broken off.
    pub fn stop(&self, deadline: Instant) {
        let deadline =
            if planted(Defect::CloseWaits) { deadline + Duration::from_secs(60) } else { deadline };
        let shared = &*self.shared;
        shared.is_stopping.store(true, Ordering::SeqCst);
        shared.signal.raise();
        shared.board.nudge();
        if shared.is_on_errand.load(Ordering::SeqCst) {
            // Nothing is lost with it, and nobody has to wait for it.
            self.shut_down();
        }
        shared.board.wait_until(deadline, || self.threads() == 0);
        // Where nobody drives any more nobody writes either, and an empty directory can go.
        match shared.driving(Some(deadline)).filter(|_| self.threads() == 0) {
            Some(mut driving) => driving.driver.engine.reader.leave(),
            None => shared.journal.abandon(),
        }
        self.shut_down();
    }

    fn shut_down(&self) {
        if let Drive::Thread(transport) | Drive::Host(transport) = &self.shared.drive {
            transport.shut_down();
        }
    }

    /// Waits until it is over, driving on this thread where nobody else does. What ends it has to nudge.
    pub fn wait_until(&self, deadline: Instant, is_over: impl Fn() -> bool) {
        let shared = &*self.shared;
        if self.start() {
            shared.board.wait_until(deadline, || is_over() || shared.is_stopping());
        } else {
            shared.wake.raise();
            shared.drive_until(deadline, is_over);
        }
    }

    /// Has whoever drives do nothing by himself until `resume`.
    pub fn suspend(&self) {
        self.shared.is_suspended.store(true, Ordering::SeqCst);
    }

    /// Goes on after `suspend`.
    pub fn resume(&self) {
        self.shared.is_suspended.store(false, Ordering::SeqCst);
        self.look();
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
        let Some(mut driving) = shared.driving(None) else { return Ok(0) };
        let engine = &mut driving.driver.engine;
        engine.tells_drops = shared.witness.wants_drops();
        let result = change(engine, &shared.journal);
        let reports = engine.take_reports();
        shared.board.publish(engine, &shared.journal);
        drop(driving);
        shared.say(&reports);
        result
    }

    /// Counters, and when the oldest waiting event was recorded in milliseconds since 1970.
    #[must_use]
    pub fn stats(&self) -> (DeliveryStats, Option<i64>) {
        (self.shared.board.stats(), self.shared.journal.oldest_ms())
    }

    /// Threads that run: 0 or 1.
    #[must_use]
    pub fn threads(&self) -> u32 {
        self.shared.threads.load(Ordering::Acquire)
    }
}

impl Shared {
    /// The thread's whole life. A panic in it is a fault of ours, and must not end the delivery.
    fn run(&self) {
        while !self.is_stopping() && !self.is_foreign() {
            match catch_unwind(AssertUnwindSafe(|| self.turn(None))) {
                Ok(Turn::Idle(idle)) => {
                    let timeout = idle.until.map(|until| until.saturating_sub(self.clock.monotonic()));
                    if timeout.is_none_or(|timeout| timeout >= LONG_SLEEP) {
                        platform::give_stack_back();
                    }
                    let has_work = || self.is_stopping() || self.journal.appended() != idle.appended;
                    self.signal.sleep(timeout, has_work);
                }
                Ok(Turn::Sent | Turn::Late | Turn::Foreign) => {}
                Err(_) => {
                    Report::Panicked.say(&self.log);
                    self.signal.sleep(Some(AFTER_PANIC), || self.is_stopping());
                }
            }
        }
        if !self.is_foreign() {
            // Here, for a disk may take long, and who closes has a deadline.
            if let Some(mut driving) = self.driving(None) {
                driving.driver.engine.reader.leave();
            }
            self.threads.store(0, Ordering::Release);
            self.board.nudge();
        }
    }
}
