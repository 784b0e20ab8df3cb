//! The datafile in force, and the one way in which another takes its place, whether the host brings it or it was polled.

use std::sync::Arc;

use arc_swap::Guard;
use once_cell::race::OnceBox;

use super::odp_options::OdpOptions;
use crate::config::{self, KeptDatafile, Snapshot};
use crate::datafile::{Odp, Project};
use crate::error::Result;
use crate::event;
use crate::journal::{Identity, Journal};
use crate::json;
use crate::notification::{Listeners, Notification, Queue, Topic};
use crate::odp::{EVENTS_PATH, SegmentCache};
use crate::platform::fork::PerProcess;
use crate::platform::{Log, LogLevel};
use crate::report::OptimizelyConfig;

/// What a call works with: a project, and the identity of its events.
pub(super) struct Active {
    pub(super) project: Project,
    pub(super) identity: Arc<Identity>,
    /// The identity of events for the Data Platform, if the project has one.
    pub(super) platform: Option<Arc<Identity>>,
    pub(super) report: OnceBox<Arc<OptimizelyConfig>>,
}

impl Active {
    /// Is there a datafile? Where there is none yet the project has nothing in it.
    #[inline]
    pub(super) fn is_ready(&self) -> bool {
        self.project.generation != config::NOTHING
    }
}

/// Why there is no decision without a datafile, in the official SDKs' words.
pub(super) const NOT_READY: &str = "Optimizely SDK not configured properly yet.";

/// The options that shape the identity of events.
pub(super) struct WireOptions {
    pub(super) endpoint: Option<String>,
    pub(super) client_name: String,
    pub(super) client_version: String,
    pub(super) odp: OdpOptions,
}

impl WireOptions {
    pub(super) fn activate(&self, project: Project) -> Active {
        let endpoint = self.endpoint.as_deref().unwrap_or_else(|| event::endpoint(&project)).into();
        let opening = event::opening(&project, &self.client_name, &self.client_version).into();
        let platform = self.platform(&project.odp);
        let identity = Arc::new(Identity { endpoint, opening });
        Active { project, identity, platform, report: OnceBox::new() }
    }

    fn platform(&self, odp: &Odp) -> Option<Arc<Identity>> {
        if self.odp.is_disabled || !odp.is_integrated() {
            return None;
        }
        let url = format!("{}{EVENTS_PATH}", self.odp_host(odp));
        let endpoint = event::platform_endpoint(&url, &odp.public_key).into();
        Some(Arc::new(Identity { endpoint, opening: event::PLATFORM_OPENING.into() }))
    }

    fn odp_host<'o>(&'o self, odp: &'o Odp) -> &'o str {
        self.odp.host.as_deref().unwrap_or(&odp.host).trim_end_matches('/')
    }
}

/// The datafile in force.
pub(super) struct Current {
    snapshot: Snapshot<Active>,
    wire: WireOptions,
    datafiles: Option<KeptDatafile>,
    log: Arc<Log>,
    listeners: Arc<Listeners>,
    /// Segments that were fetched. Its lock may be held by a thread that a child does not have.
    segments: PerProcess<SegmentCache>,
}

impl Current {
    /// Begins with a datafile and the project in it, or with none.
    pub(super) fn new(
        first: Option<(Project, Arc<str>)>,
        wire: WireOptions,
        datafiles: Option<KeptDatafile>,
        log: Arc<Log>,
        listeners: Arc<Listeners>,
    ) -> Result<Self> {
        let (project, text) = match first {
            Some((project, text)) => (project, Some(text)),
            None => (config::nothing()?, None),
        };
        let snapshot = Snapshot::new(wire.activate(project));
        let segments = PerProcess::new(wire.odp.cache());
        let current = Self { snapshot, wire, datafiles, log, listeners, segments };
        if let Some(text) = text {
            current.keep(&text);
        }
        Ok(current)
    }

    /// What is in force now.
    #[inline]
    pub(super) fn load(&self) -> Guard<Arc<Active>> {
        self.snapshot.load()
    }

    /// Puts the host's datafile in force; one that is refused changes nothing.
    pub(super) fn put(&self, text: &str, journal: &Journal, queue: &Queue) -> Result<()> {
        let project = parse(text, &self.log).inspect_err(|error| {
            self.log.write(LogLevel::Error, format_args!("the datafile in force stays: {error}"));
        })?;
        self.swap(project, text, journal, queue);
        Ok(())
    }

    /// Puts a datafile in force that was polled, if it is another and not an older one. Rule: SPEC, section 8.4.
    pub(super) fn put_polled(&self, text: &str, journal: &Journal, queue: &Queue) -> Result<()> {
        let (project, warnings) = config::given(text)?;
        {
            let active = self.load();
            let (there, came) = (&active.project.revision, &project.revision);
            if active.is_ready() && there == came {
                self.log
                    .write(LogLevel::Debug, format_args!("the datafile has not changed: revision {came:?}"));
                return Ok(());
            }
            if active.is_ready() && is_older(came, there) {
                let message = format_args!(
                    "the datafile in force stays: the server has revision {came:?}, which is older than {there:?}"
                );
                self.log.write(LogLevel::Warning, message);
                return Ok(());
            }
        }
        warn(&self.log, &warnings);
        self.swap(project, text, journal, queue);
        Ok(())
    }

    fn swap(&self, project: Project, text: &str, journal: &Journal, queue: &Queue) {
        let revision = project.revision.clone();
        let active = self.wire.activate(project);
        let is_other_platform = !is_same(&self.load().project.odp, &active.project.odp);
        let endpoints = endpoints(&active);
        self.keep(text);
        self.snapshot.swap(active);
        journal.set_endpoints(endpoints);
        if is_other_platform {
            self.segments().reset();
        }
        self.log.write(LogLevel::Info, format_args!("another datafile is in force: revision {revision:?}"));
        if self.listeners.want(Topic::ConfigUpdate) {
            let payload =
                json::to_string(|out| json::object(out, |members| members.text("revision", &revision)));
            let notification = Notification { topic: Topic::ConfigUpdate, key: revision, payload };
            // Into the queue first: a listener may fork, and then this queue is the parent's.
            queue.push(notification.clone());
            self.log.calling_out(|| self.listeners.tell(&notification));
        }
    }

    /// Where events go. Until there is a datafile only a host that has said so itself knows.
    pub(super) fn endpoints(&self) -> Vec<Box<str>> {
        let active = self.load();
        if active.is_ready() || self.wire.endpoint.is_some() { endpoints(&active) } else { Vec::new() }
    }

    /// Segments that were fetched.
    pub(super) fn segments(&self) -> &SegmentCache {
        self.segments.get(|| self.wire.odp.cache())
    }

    /// Where the Data Platform is.
    pub(super) fn odp_host<'o>(&'o self, odp: &'o Odp) -> &'o str {
        self.wire.odp_host(odp)
    }

    pub(super) fn is_odp_disabled(&self) -> bool {
        self.wire.odp.is_disabled
    }

    /// The name and version on the wire.
    pub(super) fn client_name(&self) -> (&str, &str) {
        (&self.wire.client_name, &self.wire.client_version)
    }

    /// Keeps a datafile that is in force, for a start without one. Nothing depends on it now.
    fn keep(&self, text: &str) {
        if let Some(Err(error)) = self.datafiles.as_ref().map(|datafiles| datafiles.keep(text)) {
            self.log.write(
                LogLevel::Warning,
                format_args!("the datafile can't be kept in the journal's directory: {error}"),
            );
        }
    }
}

fn endpoints(active: &Active) -> Vec<Box<str>> {
    let all = [Some(&active.identity), active.platform.as_ref()];
    all.into_iter().flatten().map(|identity| identity.endpoint.clone()).collect()
}

/// Is it the same platform, asked for the same segments in whatever order? Rule: SPEC, section 11.
fn is_same(odp: &Odp, other: &Odp) -> bool {
    let sorted = |odp: &Odp| {
        let mut segments: Vec<_> = odp.segments.to_vec();
        segments.sort_unstable();
        segments
    };
    odp.host == other.host && odp.public_key == other.public_key && sorted(odp) == sorted(other)
}

/// Parses a datafile that the host brought or that was kept, and says what it is.
pub(super) fn parse(text: impl AsRef<str> + Into<Arc<str>>, log: &Log) -> Result<Project> {
    let (project, warnings) = config::given(text)?;
    warn(log, &warnings);
    log.write(LogLevel::Info, format_args!("datafile is valid: revision {:?}", project.revision));
    Ok(project)
}

fn warn(log: &Log, warnings: &[String]) {
    for warning in warnings {
        log.write(LogLevel::Warning, format_args!("datafile: {warning}"));
    }
}

/// Is a revision older than another? Only numbers say so.
fn is_older(revision: &str, other: &str) -> bool {
    match (revision.parse::<u64>(), other.parse::<u64>()) {
        (Ok(revision), Ok(other)) => revision < other,
        _ => false,
    }
}
