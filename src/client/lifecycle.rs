//! A client's life: made, given another datafile, flushed, closed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use super::built_in::{CallingOut, built_in_drive, built_in_predictor};
use super::current::{Current, WireOptions, parse};
use super::decide_options::DecideOptions;
use super::forced::Forced;
use super::options::ClientOptions;
use super::room::{Plan, Polling, Room};
use crate::cmab::{CacheLimits, Cmab};
use crate::config::KeptDatafile;
use crate::datafile::Project;
use crate::delivery::{Drive, Limits};
use crate::error::{Error, Result, Status};
use crate::journal::{Bounds, Place};
use crate::notification::Listeners;
use crate::platform::fork::{self, PerProcess};
use crate::platform::{
    Clock, Log, LogLevel, ManualClock, Random, SeededRandom, SystemClock, SystemDisk, SystemRandom,
    milliseconds,
};
use crate::profile::{ProfileDirectory, ProfileService};
use crate::report::OptimizelyConfig;

/// Decides and records for one environment of a project. Shared freely between threads.
pub struct Client {
    pub(super) active: Arc<Current>,
    pub(super) forced: Forced,
    room: PerProcess<Room>,
    plan: Plan,
    pub(super) log: Arc<Log>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) listeners: Arc<Listeners>,
    pub(super) profiles: Option<Box<dyn ProfileService>>,
    pub(super) cmab: Cmab,
    pub(super) default_decide_options: DecideOptions,
    is_closed: AtomicBool,
    is_tracking: AtomicBool,
    /// The clock that the host sets, if it is one.
    pub(super) manual_clock: Option<Arc<ManualClock>>,
}

impl Client {
    /// Makes a client over the machine's own clock, randomness and network.
    pub fn new(options: ClientOptions) -> Result<Self> {
        let manual_clock = options.manual_clock_ms.map(|wall_ms| Arc::new(ManualClock::new(wall_ms)));
        let clock: Arc<dyn Clock> = match &manual_clock {
            Some(clock) => Arc::<ManualClock>::clone(clock),
            None => Arc::new(SystemClock::default()),
        };
        let random: Arc<dyn Random> = match options.id_seed {
            Some(seed) => Arc::new(SeededRandom::new(seed)),
            None => Arc::new(SystemRandom),
        };
        let mut client = Self::with_seams(options, clock, random, built_in_drive)?;
        client.manual_clock = manual_clock;
        Ok(client)
    }

    /// Makes a client over other seams.
    pub(crate) fn with_seams(
        mut options: ClientOptions,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        drive: impl FnOnce(&ClientOptions) -> Result<Drive>,
    ) -> Result<Self> {
        let log = Arc::new(Log::new(options.log_level, options.log_sink.take(), Arc::clone(&clock)));
        let made = options
            .check()
            .and_then(|()| drive(&options))
            .and_then(|drive| Self::assemble(options, clock, random, drive, Arc::clone(&log)));
        match &made {
            Ok(_) => log.write(LogLevel::Debug, format_args!("client made")),
            Err(error) => log.write(LogLevel::Error, format_args!("no client: {error}")),
        }
        made
    }

    fn assemble(
        mut options: ClientOptions,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        drive: Drive,
        log: Arc<Log>,
    ) -> Result<Self> {
        if !fork::watch() {
            return Err(Error::new(Status::OutOfMemory, "the system has no memory to watch for forks"));
        }
        let wire = WireOptions {
            endpoint: options.event_endpoint.take(),
            client_name: std::mem::take(&mut options.client_name),
            client_version: std::mem::take(&mut options.client_version),
            odp: options.odp.clone(),
        };
        let kept = &options.journal;
        let place = kept.place(Arc::new(SystemDisk))?;
        let listeners = Arc::new(Listeners::new(options.queued_topics));
        let sdk_key = options.polling.sdk_key.as_deref().unwrap_or_default();
        let datafiles = kept_datafile(&place, sdk_key, &random);
        let poller = options.polling.poller();
        let first = first_datafile(options.datafile.take(), datafiles.as_ref(), poller.is_some(), &log)?;
        let current = Current::new(first, wire, datafiles, Arc::clone(&log), Arc::clone(&listeners));
        let active = Arc::new(current?);

        let bytes = if kept.directory.is_some() { kept.bytes } else { options.queue_limit_bytes };
        let bounds = Bounds { bytes, events: options.queue_limit_events };
        let limits = Limits {
            batch_size: u64::from(options.batch_size),
            flush_interval: milliseconds(options.flush_interval_ms),
            first_retry: milliseconds(options.first_retry_ms),
            longest_retry: milliseconds(options.longest_retry_ms),
            max_age: kept.max_age(),
        };
        let ttl = milliseconds(options.cmab_cache_ttl_ms);
        let cache = CacheLimits { entries: options.cmab_cache_entries, ttl };
        let predictor = match options.cmab_predictor.take() {
            Some(predictor) => Box::new(CallingOut { predictor, log: Arc::clone(&log) }),
            None => built_in_predictor(&options)?,
        };
        let cmab = Cmab::new(predictor, cache, Arc::clone(&clock), Arc::clone(&random));
        let profiles = match (options.profile_service, options.profile_directory) {
            (Some(service), _) => Some(service),
            (None, Some(path)) => {
                let directory = ProfileDirectory::open(&path, Arc::clone(&random))?;
                Some(Box::new(directory) as Box<dyn ProfileService>)
            }
            (None, None) => None,
        };
        let default_decide_options =
            DecideOptions::new(options.default_decide_options, "default_decide_options")?;
        let plan = Plan {
            bounds,
            limits,
            queued_topics: options.queued_topics,
            notification_capacity: options.notification_capacity as usize,
            drive,
            clock: Arc::clone(&clock),
            random,
            log: Arc::clone(&log),
            listeners: Arc::clone(&listeners),
            polling: poller.map(|_| Polling { options: options.polling, current: Arc::clone(&active) }),
            place,
            sizes: kept.sizes,
            dead_letter_bytes: kept.dead_letter_bytes,
        };
        let room = plan.room(active.endpoints()).map_err(|error| kept.failed(&error))?;
        Ok(Self {
            active,
            forced: Forced::default(),
            room: PerProcess::new(room),
            plan,
            log,
            clock,
            listeners,
            profiles,
            cmab,
            default_decide_options,
            is_closed: AtomicBool::new(false),
            is_tracking: AtomicBool::new(true),
            manual_clock: None,
        })
    }

    /// Puts another datafile in force; one that is refused changes nothing.
    pub fn set_datafile(&self, text: &str) -> Result<()> {
        self.need_open()?;
        if text.is_empty() {
            return Err(Error::argument("datafile", "is not given"));
        }
        let room = self.room();
        self.active.put(text, &room.journal, &room.queue)?;
        // Only now: a listener may have forked, and then this is the child.
        let room = self.room();
        if let Some(keeper) = &room.keeper {
            keeper.forget();
        }
        room.delivery.nudge();
        Ok(())
    }

    /// What the datafile in force holds; made at the first call for it.
    pub fn optimizely_config(&self) -> Result<Arc<OptimizelyConfig>> {
        let active = self.active.load();
        self.need_datafile(&active)?;
        let report = || OptimizelyConfig::of(&active.project).map(|config| Box::new(Arc::new(config)));
        active.report.get_or_try_init(report).map(Arc::clone)
    }

    /// Sends what was accepted before the call and waits for it; answers how much is left.
    pub fn flush(&self, timeout_ms: u32) -> (u64, Result<()>) {
        if let Err(error) = self.need_open() {
            return (self.room().journal.books().pending, Err(error));
        }
        let left = self.room().delivery.flush(milliseconds(timeout_ms));
        (left, self.timed_out("flush", left))
    }

    /// Refuses further events, sends what waits, ends the worker; answers how much is left.
    pub fn close(&self, timeout_ms: u32) -> (u64, Result<()>) {
        if self.log.is_calling() {
            let what = "the client can't be closed from a callback of its own";
            return (self.room().journal.books().pending, Err(Error::new(Status::InvalidArgument, what)));
        }
        let timeout = milliseconds(timeout_ms);
        let deadline = Instant::now() + timeout;
        let is_first = !self.is_closed.swap(true, Ordering::SeqCst);
        if is_first {
            self.log.write(LogLevel::Debug, format_args!("closing within {timeout_ms} ms"));
        }
        let room = self.room();
        room.journal.close();
        let left = room.delivery.flush(timeout);
        room.delivery.stop(deadline);
        room.queue.close();
        let result = self.timed_out("close", left);
        if is_first && left == 0 {
            self.log.write(LogLevel::Info, format_args!("closed: every event was settled"));
        }
        (left, result)
    }

    /// What this process has of the client. To be asked for right before each use: what was called in between may have
    /// forked.
    #[inline]
    pub(super) fn room(&self) -> &Room {
        self.room.get(|| {
            let room = self.plan.room_of_child(self.active.endpoints());
            if self.is_closed() {
                room.close();
            }
            room
        })
    }

    /// Switches the recording of events off or on; what was recorded before is delivered.
    pub fn set_tracking(&self, is_on: bool) {
        if self.is_tracking.swap(is_on, Ordering::Relaxed) != is_on {
            let state = if is_on { "on" } else { "off" };
            self.log.write(LogLevel::Info, format_args!("tracking is {state}"));
        }
    }

    /// Who drives, and how requests are made.
    pub(super) fn drive(&self) -> &Drive {
        &self.plan.drive
    }

    pub(super) fn is_tracking(&self) -> bool {
        self.is_tracking.load(Ordering::Relaxed)
    }

    pub(super) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Relaxed)
    }

    /// Refuses a call that comes after `close`.
    pub(super) fn need_open(&self) -> Result<()> {
        if self.is_closed() { Err(Error::closed()) } else { Ok(()) }
    }

    fn timed_out(&self, call: &str, left: u64) -> Result<()> {
        if left == 0 {
            return Ok(());
        }
        let message = format!("{call}: the deadline passed with {left} events not delivered");
        self.log.write(LogLevel::Warning, format_args!("{message}"));
        Err(Error::new(Status::Timeout, message))
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // What a child has not used is its parent's.
        if !self.is_closed() && self.room.current().is_some() {
            let _ = self.close(0);
        }
    }
}

/// Where a client with a journal on disk keeps its last good datafile.
fn kept_datafile(place: &Place, sdk_key: &str, random: &Arc<dyn Random>) -> Option<KeptDatafile> {
    let Place::Directory(directory) = place else { return None };
    Some(KeptDatafile::new(Arc::clone(&directory.disk), &directory.path, sdk_key, Arc::clone(random)))
}

/// The datafile to begin with, and its project: the given one, the one that an earlier client has kept, or none if one
/// can be polled.
fn first_datafile(
    given: Option<Arc<str>>,
    datafiles: Option<&KeptDatafile>,
    is_polled: bool,
    log: &Log,
) -> Result<Option<(Project, Arc<str>)>> {
    let text = given.filter(|text| !text.is_empty()).map_or_else(|| last_good(datafiles, log), Ok);
    match text.and_then(|text| Ok((parse(Arc::clone(&text), log)?, text))) {
        Ok(first) => Ok(Some(first)),
        // What can be replaced by what the server has is no reason to have no client. Rule: SPEC, section 8.6.
        Err(error) if is_polled => {
            if error.status() != Status::InvalidArgument {
                log.write(LogLevel::Error, format_args!("{error}; waiting for the server's datafile"));
            }
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// The datafile that an earlier client has kept.
fn last_good(datafiles: Option<&KeptDatafile>, log: &Log) -> Result<Arc<str>> {
    match datafiles.map_or(Ok(None), KeptDatafile::read) {
        Ok(Some(text)) => {
            let message = format_args!("deciding by the datafile that an earlier client has kept");
            log.write(LogLevel::Info, message);
            Ok(text.into())
        }
        Ok(None) => {
            Err(Error::argument("datafile", "is not given, and none is kept in the journal's directory"))
        }
        Err(error) => {
            let what = format!("the datafile kept in the journal's directory can't be read: {error}");
            Err(Error::new(Status::Disk, what).at("directory"))
        }
    }
}
