//! A client's life: made, given another datafile, flushed, closed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use once_cell::race::OnceBox;

use super::decide_options::DecideOptions;
use super::forced::Forced;
use super::journal_options::JournalOptions;
use super::options::ClientOptions;
use super::stats::Tally;
use crate::cmab::{Ask, CacheLimits, Cmab, Predictor};
use crate::config::{self, Snapshot};
use crate::datafile::Project;
use crate::delivery::{DeadLetters, Delivery, Limits, Parts, Witness};
use crate::error::{Error, Result, Status};
use crate::event;
use crate::journal::{Bounds, Durability, Identity, Journal, Place, Seams};
use crate::json;
use crate::notification::{Listeners, Notification, Topic};
use crate::platform::{Clock, Log, LogLevel, Random, SystemClock, SystemDisk, SystemRandom};
use crate::profile::{ProfileDirectory, ProfileService};
use crate::report::OptimizelyConfig;
use crate::transport::Transport;

/// Decides and records for one environment of a project. Shared freely between threads.
pub struct Client {
    pub(super) active: Snapshot<Active>,
    pub(super) forced: Forced,
    pub(super) journal: Arc<Journal>,
    pub(super) delivery: Delivery,
    pub(super) log: Arc<Log>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) tally: Tally,
    pub(super) listeners: Arc<Listeners>,
    pub(super) profiles: Option<Box<dyn ProfileService>>,
    pub(super) cmab: Cmab,
    pub(super) default_decide_options: DecideOptions,
    is_closed: AtomicBool,
    wire: WireOptions,
}

/// What a call works with: a project, and the identity of its events.
pub(super) struct Active {
    pub(super) project: Project,
    pub(super) identity: Arc<Identity>,
    report: OnceBox<Arc<OptimizelyConfig>>,
}

/// The options that shape the identity of events.
struct WireOptions {
    endpoint: Option<String>,
    client_name: String,
    client_version: String,
}

impl WireOptions {
    fn activate(&self, project: Project) -> Active {
        let endpoint = self.endpoint.as_deref().unwrap_or_else(|| event::endpoint(&project)).into();
        let opening = event::opening(&project, &self.client_name, &self.client_version).into();
        Active { project, identity: Arc::new(Identity { endpoint, opening }), report: OnceBox::new() }
    }
}

impl Client {
    /// Makes a client over the machine's own clock, randomness and network.
    pub fn new(options: ClientOptions) -> Result<Self> {
        Self::with_seams(
            options,
            Arc::new(SystemClock::default()),
            Arc::new(SystemRandom),
            built_in_transport,
        )
    }

    /// Makes a client over other seams.
    pub(crate) fn with_seams(
        mut options: ClientOptions,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        transport: impl FnOnce(&ClientOptions) -> Result<Box<dyn Transport>>,
    ) -> Result<Self> {
        let log = Arc::new(Log::new(options.log_level, options.log_sink.take(), Arc::clone(&clock)));
        let made = options
            .check()
            .and_then(|()| transport(&options))
            .and_then(|transport| Self::assemble(options, clock, random, transport, Arc::clone(&log)));
        match &made {
            Ok(_) => log.write(LogLevel::Debug, format_args!("client made")),
            Err(error) => log.write(LogLevel::Error, format_args!("no client: {error}")),
        }
        made
    }

    fn assemble(
        options: ClientOptions,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        transport: Box<dyn Transport>,
        log: Arc<Log>,
    ) -> Result<Self> {
        let wire = WireOptions {
            endpoint: options.event_endpoint,
            client_name: options.client_name,
            client_version: options.client_version,
        };
        let (project, warnings) = config::given(options.datafile.unwrap_or_default())?;
        warn(&log, &warnings);
        log.write(LogLevel::Info, format_args!("datafile is valid: revision {:?}", project.revision));

        let active = wire.activate(project);
        let seams = Seams { random: Arc::clone(&random), clock: Arc::clone(&clock) };
        let kept = &options.journal;
        let place = kept.place(Arc::new(SystemDisk))?;
        let bytes = if kept.directory.is_some() { kept.bytes } else { options.queue_limit_bytes };
        let bounds = Bounds { bytes, events: options.queue_limit_events };
        let (journal, reader) =
            Journal::open(seams, &place, bounds, kept.sizes).map_err(|error| kept.failed(&error))?;
        journal.set_endpoint(&active.identity.endpoint);
        let dead_letters = dead_letters(&place, &journal, kept);
        let milliseconds = |ms: u32| Duration::from_millis(u64::from(ms));
        let limits = Limits {
            batch_size: u64::from(options.batch_size),
            flush_interval: milliseconds(options.flush_interval_ms),
            first_retry: milliseconds(options.first_retry_ms),
            longest_retry: milliseconds(options.longest_retry_ms),
            max_age: kept.max_age(),
        };
        let listeners =
            Arc::new(Listeners::new(options.queued_topics, options.notification_capacity as usize));
        let ttl = milliseconds(options.cmab_cache_ttl_ms);
        let cache = CacheLimits { entries: options.cmab_cache_entries, ttl };
        let predictor = match options.cmab_predictor {
            Some(predictor) => Box::new(CallingOut { predictor, log: Arc::clone(&log) }),
            None => built_in_predictor(&options.cmab_endpoint, milliseconds(options.cmab_timeout_ms)),
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
        let delivery = Delivery::new(Parts {
            witness: Box::new(PostWitness { listeners: Arc::clone(&listeners), log: Arc::clone(&log) }),
            journal: Arc::clone(&journal),
            reader,
            transport,
            clock: Arc::clone(&clock),
            random,
            log: Arc::clone(&log),
            limits,
            dead_letters,
        });
        Ok(Self {
            active: Snapshot::new(active),
            forced: Forced::default(),
            journal,
            delivery,
            log,
            clock,
            tally: Tally::default(),
            listeners,
            profiles,
            cmab,
            default_decide_options,
            is_closed: AtomicBool::new(false),
            wire,
        })
    }

    /// Puts another datafile in force; one that is refused changes nothing.
    pub fn set_datafile(&self, text: &str) -> Result<()> {
        if self.is_closed() {
            return Err(Error::new(Status::Closed, "the client is closed"));
        }
        if text.is_empty() {
            return Err(Error::argument("datafile", "is not given"));
        }
        let (project, warnings) = config::given(text).inspect_err(|error| {
            self.log.write(LogLevel::Error, format_args!("the datafile in force stays: {error}"));
        })?;
        warn(&self.log, &warnings);
        self.log.write(LogLevel::Info, format_args!("datafile is valid: revision {:?}", project.revision));
        let revision = project.revision.clone();
        let active = self.wire.activate(project);
        self.journal.set_endpoint(&active.identity.endpoint);
        self.active.swap(active);
        self.tell_config_update(&revision);
        Ok(())
    }

    /// What the datafile in force holds; made at the first call for it.
    pub fn optimizely_config(&self) -> Result<Arc<OptimizelyConfig>> {
        let active = self.active.load();
        let report = || OptimizelyConfig::of(&active.project).map(|config| Box::new(Arc::new(config)));
        active.report.get_or_try_init(report).map(Arc::clone)
    }

    /// Sends what was accepted before the call and waits for it; answers how much is left.
    pub fn flush(&self, timeout_ms: u32) -> (u64, Result<()>) {
        if self.is_closed() {
            let left = self.journal.books().pending;
            return (left, Err(Error::new(Status::Closed, "the client is closed")));
        }
        let left = self.delivery.flush(Duration::from_millis(u64::from(timeout_ms)));
        (left, self.timed_out("flush", left))
    }

    /// Refuses further events, sends what waits, ends the worker; answers how much is left.
    pub fn close(&self, timeout_ms: u32) -> (u64, Result<()>) {
        if self.log.is_calling() {
            let what = "the client can't be closed from a callback of its own";
            return (self.journal.books().pending, Err(Error::new(Status::InvalidArgument, what)));
        }
        let timeout = Duration::from_millis(u64::from(timeout_ms));
        let deadline = self.clock.monotonic() + timeout;
        let is_first = !self.is_closed.swap(true, Ordering::SeqCst);
        if is_first {
            self.log.write(LogLevel::Debug, format_args!("closing within {timeout_ms} ms"));
        }
        self.journal.close();
        let left = self.delivery.flush(timeout);
        self.delivery.stop(deadline);
        self.listeners.close();
        let result = self.timed_out("close", left);
        if is_first && left == 0 {
            self.log.write(LogLevel::Info, format_args!("closed: every event was settled"));
        }
        (left, result)
    }

    pub(super) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Relaxed)
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
        if !self.is_closed() {
            let _ = self.close(0);
        }
    }
}

/// Where refused events are kept; in memory they are logged alone.
fn dead_letters(place: &Place, journal: &Journal, options: &JournalOptions) -> Option<DeadLetters> {
    let Place::Directory(directory) = place else { return None };
    let path = journal.dead_letter_path()?;
    let is_synced = directory.durability == Durability::System;
    Some(DeadLetters::new(Arc::clone(&directory.disk), path, options.dead_letter_bytes, is_synced))
}

fn warn(log: &Log, warnings: &[String]) {
    for warning in warnings {
        log.write(LogLevel::Warning, format_args!("datafile: {warning}"));
    }
}

/// Tells listeners of each batch before it is posted for the first time. Rule: SPEC, section 9.1.
struct PostWitness {
    listeners: Arc<Listeners>,
    log: Arc<Log>,
}

impl Witness for PostWitness {
    fn posting(&self, url: &str, body: &[u8]) {
        if !self.listeners.want(Topic::LogEvent) {
            return;
        }
        let payload = json::to_string(|out| {
            json::object(out, |members| {
                members.text("url", url);
                members.text("httpVerb", "POST");
                members.name("params").extend_from_slice(body);
            });
        });
        let notification = Notification { topic: Topic::LogEvent, key: url.into(), payload };
        self.log.calling_out(|| self.listeners.tell(notification));
    }
}

/// Remembers while the host predicts that the thread is inside a callback, as every callback does.
struct CallingOut {
    predictor: Box<dyn Predictor>,
    log: Arc<Log>,
}

impl Predictor for CallingOut {
    fn predict(&self, user_id: &str, ask: &Ask) -> std::result::Result<Box<str>, String> {
        self.log.calling_out(|| self.predictor.predict(user_id, ask))
    }
}

#[cfg(feature = "http")]
fn built_in_predictor(endpoint: &str, timeout: Duration) -> Box<dyn Predictor> {
    use crate::cmab::HttpPredictor;
    use crate::transport::{HttpTransport, Timeouts};

    let timeouts = Timeouts { connect: timeout, total: timeout };
    Box::new(HttpPredictor::new(
        Box::new(HttpTransport::with_idle(timeouts, USER_AGENT, crate::cmab::AT_ONCE)),
        endpoint,
    ))
}

#[cfg(not(feature = "http"))]
fn built_in_predictor(_endpoint: &str, _timeout: Duration) -> Box<dyn Predictor> {
    /// Predicts nothing, for there is nobody to ask.
    struct NoPredictor;

    impl Predictor for NoPredictor {
        fn predict(&self, _user_id: &str, _ask: &Ask) -> std::result::Result<Box<str>, String> {
            Err("this build has no HTTP client; give it a predictor".to_owned())
        }
    }

    Box::new(NoPredictor)
}

/// How the built-in HTTP client names itself.
#[cfg(feature = "http")]
const USER_AGENT: &str = concat!("libopttrack/", env!("CARGO_PKG_VERSION"));

#[cfg(feature = "http")]
#[expect(clippy::unnecessary_wraps, reason = "a build without HTTP has no transport to give")]
fn built_in_transport(options: &ClientOptions) -> Result<Box<dyn Transport>> {
    use crate::transport::{HttpTransport, Timeouts};

    let timeouts = Timeouts {
        connect: Duration::from_millis(u64::from(options.connect_timeout_ms)),
        total: Duration::from_millis(u64::from(options.request_timeout_ms)),
    };
    Ok(Box::new(HttpTransport::new(timeouts, USER_AGENT)))
}

#[cfg(not(feature = "http"))]
fn built_in_transport(_options: &ClientOptions) -> Result<Box<dyn Transport>> {
    Err(Error::new(Status::NotSupported, "this build has no HTTP client"))
}
