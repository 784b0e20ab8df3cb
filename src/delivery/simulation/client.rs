//! One process of the simulation: a journal on the simulated disk, and a delivery that the world drives as a host does
//! who makes the requests itself.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::delivery::{DeadLetters, Delivery, Drive, Limits, Lost, NoErrands, Parts, PulledRequest, Witness};
use crate::journal::{
    Appended, Books, Bounds, Directory, Durability, Event, EventKind, Given, Identity, Journal, Kind, Place,
    Refusal, Seams, Sizes,
};
use crate::platform::{Clock, Log, LogLevel, LogRecord, LogSink, Random};
use crate::simulation::{Dice, Machine, SimClock, SimDisk};
use crate::transport::{Answer, Fetched, Outcome};

/// Where all processes have their journals.
pub(super) const ROOT: &str = "/host/journal";

/// What all processes of a world have in common.
#[derive(Clone)]
pub(super) struct Settings {
    pub(super) durability: Durability,
    pub(super) bounds: Bounds,
    pub(super) sizes: Sizes,
    pub(super) limits: Limits,
    pub(super) dead_letter_bytes: u64,
    /// How long a request may take.
    pub(super) timeout: Duration,
}

/// What a process has said and not yet been heard.
#[derive(Clone, Default)]
pub(super) struct Mouth(Arc<Mutex<Said>>);

#[derive(Default)]
pub(super) struct Said {
    /// Uuids of events that will never be delivered; is there a letter of each?
    pub(super) lost: Vec<(String, bool)>,
    pub(super) lines: Vec<String>,
}

impl Mouth {
    fn hear(&self) -> Said {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Witness for Mouth {
    fn posting(&self, _: &str, _: &[u8]) {}

    fn wants_drops(&self) -> bool {
        true
    }

    fn lost(&self, lost: &Lost<'_>) {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        said.lost.push((lost.uuid.to_owned(), lost.http_status.is_some()));
        said.lines.push(format!("{} is lost: {}", lost.uuid, lost.reason));
    }
}

impl LogSink for Mouth {
    fn log(&self, record: &LogRecord<'_>) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).lines.push(record.message.to_owned());
        true
    }
}

/// A process that lives.
pub(super) struct Client {
    pub(super) process: u32,
    /// Whose orphans it adopts.
    pub(super) endpoint: usize,
    pub(super) journal: Arc<Journal>,
    delivery: Delivery,
    clock: Arc<SimClock>,
    mouth: Mouth,
    /// When the delivery wants to be asked again.
    pub(super) wake: Option<Duration>,
    /// The numbers of the events that it has accepted, and when.
    pub(super) accepted: Vec<(usize, Duration)>,
    /// How many of them a loss of power must not take.
    pub(super) durable: usize,
    /// What the end of the process waits for, and until when.
    pub(super) closing: Option<(Box<[u64]>, Duration)>,
}

impl Client {
    pub(super) fn open(
        machine: &Machine,
        clock: &Arc<SimClock>,
        dice: &Dice,
        settings: &Settings,
        endpoint: (usize, &str),
    ) -> (SimDisk, io::Result<Self>) {
        let disk = machine.process();
        let made = Self::make(&disk, clock, dice, settings, endpoint);
        (disk, made)
    }

    fn make(
        disk: &SimDisk,
        clock: &Arc<SimClock>,
        dice: &Dice,
        settings: &Settings,
        (endpoint, url): (usize, &str),
    ) -> io::Result<Self> {
        let random: Arc<dyn Random> = Arc::new(dice.clone());
        let directory = Directory {
            disk: Arc::new(disk.clone()),
            path: ROOT.into(),
            kind: Kind::Written,
            durability: settings.durability,
        };
        let time = Arc::clone(clock) as Arc<dyn Clock>;
        let seams = Seams { random: Arc::clone(&random), clock: Arc::clone(&time) };
        let (journal, reader) =
            Journal::open(seams, &Place::Directory(directory), settings.bounds, settings.sizes)?;
        journal.set_endpoints(vec![url.into()]);
        let letters = PathBuf::from(ROOT).join("dead-letters").join(format!("{:016x}.jsonl", dice.roll()));
        let is_synced = settings.durability == Durability::System;
        let letters =
            DeadLetters::new(Arc::new(disk.clone()), letters, settings.dead_letter_bytes, is_synced);
        let wake = reader.has_orphans().then_some(Duration::ZERO);
        let mouth = Mouth::default();
        let log = Log::new(LogLevel::Info, Some(Box::new(mouth.clone())), Arc::clone(&time));
        let parts = Parts {
            witness: Box::new(mouth.clone()),
            journal: Arc::clone(&journal),
            reader,
            drive: Drive::Pulled(settings.timeout),
            clock: time,
            random,
            log: Arc::new(log),
            limits: settings.limits,
            dead_letters: Some(letters),
            errands: Arc::new(NoErrands),
        };
        Ok(Self {
            process: disk.process(),
            endpoint,
            journal,
            delivery: Delivery::new(parts),
            clock: Arc::clone(clock),
            mouth,
            wake,
            accepted: Vec::new(),
            durable: 0,
            closing: None,
        })
    }

    fn now(&self) -> Duration {
        self.clock.monotonic()
    }

    /// A track call.
    pub(super) fn append(
        &mut self,
        identity: &Arc<Identity>,
        record: &mut Vec<u8>,
        given: Option<Given>,
        batch_size: u64,
    ) -> Result<(), Refusal> {
        let event = Event::new(identity, EventKind::Conversion, given, record);
        let appended = self.journal.append(event)?;
        self.delivery.appended(appended);
        let Appended { is_first, waiting, must_sync } = appended;
        if is_first || must_sync || waiting == batch_size {
            self.wake = Some(self.now());
        }
        Ok(())
    }

    /// One turn: a call of the pump, and the request that comes of it.
    pub(super) fn turn(&mut self) -> Option<PulledRequest> {
        let rest = self.delivery.pump(Duration::ZERO);
        self.wake = rest.map(|rest| self.now() + rest);
        if rest != Some(Duration::ZERO) {
            return None;
        }
        self.delivery.next_request(Duration::ZERO)
    }

    /// The answer to a request; false if it comes too late.
    pub(super) fn complete(&mut self, id: u64, outcome: &Outcome) -> bool {
        let fetched = match outcome.clone() {
            Outcome::Answered { status, retry_after, text } => Fetched::Answered(Answer {
                status,
                retry_after,
                body: text.into_bytes(),
                ..Answer::default()
            }),
            Outcome::Failed(why) | Outcome::Cut(why) | Outcome::Barred(why) => Fetched::Failed(why),
        };
        let is_taken = self.delivery.complete(id, fetched);
        self.wake = Some(self.now());
        is_taken
    }

    /// What it has said since the last call.
    pub(super) fn hear(&self) -> Said {
        self.mouth.hear()
    }

    pub(super) fn books(&self) -> Books {
        self.journal.books()
    }

    /// What waits is to be sent at once.
    pub(super) fn flush(&mut self) {
        let _ = self.delivery.flush(Duration::ZERO);
        self.wake = Some(self.now());
    }

    /// The barrier.
    pub(super) fn sync(&mut self) -> io::Result<()> {
        let synced = self.journal.sync();
        if synced.is_err() {
            self.delivery.look();
            self.wake = Some(self.now());
        }
        synced
    }

    pub(super) fn discard(&mut self) -> io::Result<u64> {
        let discarded = self.delivery.discard();
        self.wake = Some(self.now());
        discarded
    }

    pub(super) fn purge(&mut self, visitor: &str) -> io::Result<u64> {
        let purged = self.delivery.purge(visitor);
        self.wake = Some(self.now());
        purged
    }

    /// Takes no more events, and ends when what waits is sent, or then.
    pub(super) fn begin_to_close(&mut self, until: Duration) {
        self.journal.close();
        self.flush();
        self.closing = Some((self.journal.marks(), until));
    }

    /// Is the time come?
    pub(super) fn is_closing_over(&self) -> bool {
        let is_over = |(marks, until): &(Box<[u64]>, Duration)| {
            self.now() >= *until || self.journal.left_before(marks) == 0
        };
        self.closing.as_ref().is_some_and(is_over)
    }

    pub(super) fn stop(&self) {
        self.delivery.stop(Instant::now());
    }
}
