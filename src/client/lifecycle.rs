//! A client's life: made, given another datafile, flushed, closed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;

use super::options::ClientOptions;
use super::stats::Tally;
use crate::config::{self, Snapshot};
use crate::datafile::Project;
use crate::decision::ForcedVariations;
use crate::delivery::{Delivery, Limits, Parts};
use crate::error::{Error, Result, Status};
use crate::event;
use crate::journal::{Bounds, Identity, Journal, Seams};
use crate::platform::{Clock, Log, LogLevel, MemoryStorage, Random, SystemClock, SystemRandom};
use crate::transport::Transport;

/// Decides and records for one environment of a project. Shared freely between threads.
pub struct Client {
    pub(super) active: Snapshot<Active>,
    pub(super) forced: ArcSwap<ForcedVariations>,
    pub(super) journal: Arc<Journal>,
    pub(super) delivery: Delivery,
    pub(super) log: Arc<Log>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) tally: Tally,
    is_closed: AtomicBool,
    wire: WireOptions,
}

/// What a call works with: a project, and the identity of its events.
pub(super) struct Active {
    pub(super) project: Project,
    pub(super) identity: Arc<Identity>,
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
        Active { project, identity: Arc::new(Identity { endpoint, opening }) }
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
        let (project, warnings) = config::given(options.datafile.as_deref().unwrap_or_default())?;
        warn(&log, &warnings);
        log.write(LogLevel::Info, format_args!("datafile is valid: revision {:?}", project.revision));

        let storage = Box::new(MemoryStorage);
        let seams = Seams { storage, random: Arc::clone(&random), clock: Arc::clone(&clock) };
        let bounds = Bounds { bytes: options.queue_limit_bytes, events: options.queue_limit_events };
        let (journal, reader) = Journal::new(seams, bounds);
        let milliseconds = |ms: u32| Duration::from_millis(u64::from(ms));
        let limits = Limits {
            batch_size: u64::from(options.batch_size),
            flush_interval: milliseconds(options.flush_interval_ms),
            first_retry: milliseconds(options.first_retry_ms),
            longest_retry: milliseconds(options.longest_retry_ms),
        };
        let delivery = Delivery::new(Parts {
            journal: Arc::clone(&journal),
            reader,
            transport,
            clock: Arc::clone(&clock),
            random,
            log: Arc::clone(&log),
            limits,
        });
        Ok(Self {
            active: Snapshot::new(wire.activate(project)),
            forced: ArcSwap::default(),
            journal,
            delivery,
            log,
            clock,
            tally: Tally::default(),
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
        self.active.swap(self.wire.activate(project));
        Ok(())
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
            let what = "the client can't be closed from its own log callback";
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

fn warn(log: &Log, warnings: &[String]) {
    for warning in warnings {
        log.write(LogLevel::Warning, format_args!("datafile: {warning}"));
    }
}

#[cfg(feature = "http")]
#[expect(clippy::unnecessary_wraps, reason = "a build without HTTP has no transport to give")]
fn built_in_transport(options: &ClientOptions) -> Result<Box<dyn Transport>> {
    use crate::transport::{HttpTransport, Timeouts};

    let timeouts = Timeouts {
        connect: Duration::from_millis(u64::from(options.connect_timeout_ms)),
        total: Duration::from_millis(u64::from(options.request_timeout_ms)),
    };
    let user_agent = concat!("libopttrack/", env!("CARGO_PKG_VERSION"));
    Ok(Box::new(HttpTransport::new(timeouts, user_agent)))
}

#[cfg(not(feature = "http"))]
fn built_in_transport(_options: &ClientOptions) -> Result<Box<dyn Transport>> {
    Err(Error::new(Status::NotSupported, "this build has no HTTP client"))
}
