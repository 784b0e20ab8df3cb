//! One process of the simulation: a journal on the simulated disk, and the engine that empties it.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::super::dead_letters::DeadLetters;
use super::super::engine::{Engine, Limits, Posting, Step};
use super::super::report::Report;
use crate::journal::{
    Appended, Books, Bounds, Directory, Durability, Event, EventKind, Given, Identity, Journal, Kind, Place,
    Refusal, Seams, Sizes,
};
use crate::platform::{Clock, Random};
use crate::simulation::{Dice, Machine, SimClock, SimDisk};
use crate::transport::Outcome;

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
}

/// A process that lives.
pub(super) struct Client {
    pub(super) process: u32,
    /// Whose orphans it adopts.
    pub(super) endpoint: usize,
    pub(super) journal: Arc<Journal>,
    engine: Engine,
    /// When the engine wants to be asked again.
    pub(super) wake: Option<Duration>,
    /// The numbers of the events that it has accepted, and when.
    pub(super) accepted: Vec<(usize, Duration)>,
    /// How many of them a loss of power must not take.
    pub(super) durable: usize,
    /// How many were given up because their records were damaged.
    pub(super) corrupt: u64,
    /// What a flush waits for, and until when.
    pub(super) flushing: Option<(Box<[u64]>, Duration)>,
    pub(super) is_closing: bool,
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
        let seams = Seams { random, clock: Arc::clone(clock) as Arc<dyn Clock> };
        let (journal, reader) =
            Journal::open(seams, &Place::Directory(directory), settings.bounds, settings.sizes)?;
        journal.set_endpoint(url);
        let letters = PathBuf::from(ROOT).join("dead-letters").join(format!("{:016x}.jsonl", dice.roll()));
        let is_synced = settings.durability == Durability::System;
        let letters =
            DeadLetters::new(Arc::new(disk.clone()), letters, settings.dead_letter_bytes, is_synced);
        let has_orphans = reader.has_orphans();
        Ok(Self {
            process: disk.process(),
            endpoint,
            engine: Engine::new(reader, settings.limits, Some(letters)),
            journal,
            wake: has_orphans.then_some(Duration::ZERO),
            accepted: Vec::new(),
            durable: 0,
            corrupt: 0,
            flushing: None,
            is_closing: false,
        })
    }

    /// A track call.
    pub(super) fn append(
        &mut self,
        identity: &Arc<Identity>,
        record: &mut Vec<u8>,
        given: Option<Given>,
        batch_size: u64,
        now: Duration,
    ) -> Result<(), Refusal> {
        let event = Event::new(identity, EventKind::Conversion, given, record);
        let Appended { is_first, waiting, must_sync } = self.journal.append(event)?;
        if is_first || must_sync || waiting == batch_size {
            self.wake = Some(now);
        }
        Ok(())
    }

    /// One turn of the worker; what it has to say comes with it.
    pub(super) fn turn(&mut self, now: Duration) -> (Option<Posting>, Vec<Report>) {
        let step = self.engine.step(&self.journal, now);
        let posting = match step {
            Step::Send(posting) => {
                self.wake = Some(now);
                Some(posting)
            }
            Step::WaitUntil(wake) => {
                self.wake = wake;
                None
            }
        };
        self.corrupt = self.books().dropped.corrupt;
        (posting, self.engine.take_reports())
    }

    /// The answer to a post.
    pub(super) fn complete(
        &mut self,
        posting: Posting,
        outcome: &Outcome,
        now: Duration,
        random: u64,
    ) -> Vec<Report> {
        self.engine.complete(&self.journal, posting, outcome, now, random);
        self.wake = Some(now);
        self.engine.take_reports()
    }

    pub(super) fn books(&self) -> Books {
        self.journal.books()
    }

    /// Begins to wait for everything that was accepted so far.
    pub(super) fn flush(&mut self, now: Duration, timeout: Duration) {
        if self.flushing.is_none() {
            self.flushing = Some((self.journal.marks(), now + timeout));
            self.engine.waiters += 1;
            self.engine.hurry();
            self.wake = Some(now);
        }
    }

    /// Is there a flush that is over, all sent or not?
    pub(super) fn end_flush(&mut self, now: Duration) -> bool {
        let is_over = self
            .flushing
            .as_ref()
            .is_some_and(|(marks, until)| now >= *until || self.journal.left_before(marks) == 0);
        if is_over {
            self.flushing = None;
            self.engine.waiters -= 1;
        }
        is_over
    }
}
