//! Options of a client, each with its range and default; checked all at once.

use std::ops::RangeInclusive;
use std::sync::Arc;

use super::decide_options::DecideOptions;
use super::endpoints::{endpoint_fault, template_fault};
use super::journal_options::JournalOptions;
use super::network_options::NetworkOptions;
use super::odp_options::OdpOptions;
use super::polling_options::PollingOptions;
use super::track::TIME_MS;
use crate::cmab::{DEFAULT_ENDPOINT, Predictor};
use crate::error::{Error, Result, Status};
use crate::journal::Sizes;
use crate::notification::Topic;
use crate::platform::{LogLevel, LogSink};
use crate::profile::ProfileService;

const BATCH_SIZE: RangeInclusive<u64> = 1..=1_000;
const FLUSH_INTERVAL_MS: RangeInclusive<u64> = 1..=86_400_000;
const TIMEOUT_MS: RangeInclusive<u64> = 1..=600_000;
const RETRY_MS: RangeInclusive<u64> = 1..=3_600_000;
const CACHE_ENTRIES: RangeInclusive<u64> = 1..=1_000_000;
const CACHE_TTL_MS: RangeInclusive<u64> = 1..=86_400_000;
const DEAD_LETTER_BYTES: RangeInclusive<u64> = 0..=1 << 40;
/// Ten years.
const MAX_AGE_MS: RangeInclusive<u64> = 0..=315_360_000_000;
const QUEUE_BYTES: RangeInclusive<u64> = 64 * 1024..=1 << 40;

/// What a client is made with.
pub struct ClientOptions {
    /// The datafile's text. Required, unless the journal's directory keeps one, or there is an SDK key.
    pub datafile: Option<Arc<str>>,
    /// Where the datafile comes from, if the client is to get it by itself.
    pub polling: PollingOptions,
    /// Where events are posted; none for the endpoint of the datafile's region.
    pub event_endpoint: Option<String>,
    /// Most events in a post: 1 to 1,000.
    pub batch_size: u32,
    /// Longest wait of an event for others, 1 ms to a day.
    pub flush_interval_ms: u32,
    /// Longest time for look-up, connecting and TLS: 1 ms to 10 minutes.
    pub connect_timeout_ms: u32,
    /// Longest time for a whole request: 1 ms to 10 minutes.
    pub request_timeout_ms: u32,
    /// First delay between attempts: 1 ms to an hour.
    pub first_retry_ms: u32,
    /// Longest delay between attempts: from the first to an hour.
    pub longest_retry_ms: u32,
    /// Does the host drive the delivery, without a thread of the library's?
    pub is_host_driven: bool,
    /// Does the host also make the requests? Then it drives, too.
    pub is_pulled: bool,
    /// What a clock shows that stands still until the host sets it; none for the system's. Host-driven clients only.
    pub manual_clock_ms: Option<i64>,
    /// What uuids follow from, for tests; none for the system's randomness.
    pub id_seed: Option<u64>,
    /// Memory that waiting events may take: 64 KiB to 1 TiB.
    pub queue_limit_bytes: u64,
    /// Events that may wait; 0 for as many as the memory holds.
    pub queue_limit_events: u64,
    /// How the built-in HTTP client goes to the network.
    pub network: NetworkOptions,
    /// How it goes about the Data Platform.
    pub odp: OdpOptions,
    /// Where events wait on the disk.
    pub journal: JournalOptions,
    /// Decide options that every decision on a user context has.
    pub default_decide_options: u32,
    /// Keeps profiles; none for no sticky decisions.
    pub profile_service: Option<Box<dyn ProfileService>>,
    /// Where the built-in profile service keeps its files, if there is no other.
    pub profile_directory: Option<String>,
    /// Predicts for contextual bandits in place of the endpoint.
    pub cmab_predictor: Option<Box<dyn Predictor>>,
    /// The endpoint that predicts: a URL with `%s` once, for the rule id.
    pub cmab_endpoint: String,
    /// Longest time for one attempt to get a prediction: 1 ms to 10 minutes.
    pub cmab_timeout_ms: u32,
    /// Predictions that are kept: 1 to 1,000,000.
    pub cmab_cache_entries: u32,
    /// How long a prediction is kept: 1 ms to a day.
    pub cmab_cache_ttl_ms: u32,
    /// Topics of notifications that wait in the queue to be pulled.
    pub queued_topics: u32,
    /// Notifications that may wait: up to 100,000.
    pub notification_capacity: u32,
    /// Wire `client_name`; not empty.
    pub client_name: String,
    /// Wire `client_version`; not empty.
    pub client_version: String,
    /// The least important level that is logged.
    pub log_level: LogLevel,
    /// Takes messages in place of standard error.
    pub log_sink: Option<Box<dyn LogSink>>,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            datafile: None,
            polling: PollingOptions::default(),
            event_endpoint: None,
            batch_size: 1_000,
            flush_interval_ms: 1_000,
            connect_timeout_ms: 5_000,
            request_timeout_ms: 10_000,
            first_retry_ms: 200,
            longest_retry_ms: 60_000,
            is_host_driven: false,
            is_pulled: false,
            manual_clock_ms: None,
            id_seed: None,
            queue_limit_bytes: 32 * 1024 * 1024,
            queue_limit_events: 0,
            network: NetworkOptions::default(),
            odp: OdpOptions::default(),
            journal: JournalOptions::default(),
            default_decide_options: 0,
            profile_service: None,
            profile_directory: None,
            cmab_predictor: None,
            cmab_endpoint: DEFAULT_ENDPOINT.to_owned(),
            cmab_timeout_ms: 10_000,
            cmab_cache_entries: 10_000,
            cmab_cache_ttl_ms: 1_800_000,
            queued_topics: 0,
            notification_capacity: 0,
            client_name: "libopttrack".to_owned(),
            client_version: env!("CARGO_PKG_VERSION").to_owned(),
            log_level: LogLevel::Warning,
            log_sink: None,
        }
    }
}

impl ClientOptions {
    /// Takes what suits a phone: posts that are small, and rare when little happens, and small files.
    pub fn use_mobile_preset(&mut self) {
        self.batch_size = 10;
        self.flush_interval_ms = 30_000;
        self.journal.sizes = Sizes { small: 16 * 1024, large: 64 * 1024 };
    }

    /// Every fault of the options in one error, each named.
    pub(super) fn check(&self) -> Result<()> {
        let mut faults: Vec<(&'static str, String)> = Vec::new();
        for (name, value, range) in [
            ("batch_size", u64::from(self.batch_size), BATCH_SIZE),
            ("flush_interval_ms", u64::from(self.flush_interval_ms), FLUSH_INTERVAL_MS),
            ("connect_ms", u64::from(self.connect_timeout_ms), TIMEOUT_MS),
            ("total_ms", u64::from(self.request_timeout_ms), TIMEOUT_MS),
            ("first_ms", u64::from(self.first_retry_ms), RETRY_MS),
            ("longest_ms", u64::from(self.longest_retry_ms), RETRY_MS),
            ("queue_limit_bytes", self.queue_limit_bytes, QUEUE_BYTES),
            ("journal_bytes", self.journal.bytes, QUEUE_BYTES),
            ("dead_letter_bytes", self.journal.dead_letter_bytes, DEAD_LETTER_BYTES),
            ("max_age_ms", self.journal.max_age_ms, MAX_AGE_MS),
            ("cmab_timeout_ms", u64::from(self.cmab_timeout_ms), TIMEOUT_MS),
            ("cmab_cache_entries", u64::from(self.cmab_cache_entries), CACHE_ENTRIES),
            ("cmab_cache_ttl_ms", u64::from(self.cmab_cache_ttl_ms), CACHE_TTL_MS),
            ("notification_capacity", u64::from(self.notification_capacity), 0..=100_000),
        ] {
            if !range.contains(&value) {
                faults.push((name, format!("is {value}; {} to {} are taken", range.start(), range.end())));
            }
        }
        if let Some(wall_ms) = self.manual_clock_ms {
            if !TIME_MS.contains(&wall_ms) {
                let (first, last) = (TIME_MS.start(), TIME_MS.end());
                faults.push(("manual_clock", format!("is {wall_ms}; {first} to {last} are taken")));
            }
            if !self.is_host_driven && !self.is_pulled {
                faults.push(("manual_clock", "is for host-driven clients only".to_owned()));
            }
        }
        if self.first_retry_ms > self.longest_retry_ms {
            faults.push(("first_ms", "is above longest_ms".to_owned()));
        }
        for (name, text) in [("client_name", &self.client_name), ("client_version", &self.client_version)] {
            if text.is_empty() {
                faults.push((name, "is empty".to_owned()));
            }
        }
        if let Err(error) = DecideOptions::new(self.default_decide_options, "default_decide_options") {
            let what = error.message().trim_start_matches("default_decide_options: ");
            faults.push(("default_decide_options", what.to_owned()));
        }
        if self.queued_topics & !Topic::ALL != 0 {
            faults.push(("types", "has bits that are not known".to_owned()));
        }
        // The default is nobody's fault, also where this build has no TLS to ask it with.
        let is_given = self.cmab_endpoint != DEFAULT_ENDPOINT;
        if let Some(fault) = template_fault(&self.cmab_endpoint).filter(|_| is_given) {
            faults.push(("cmab_endpoint", fault.to_owned()));
        }
        if self.profile_service.is_some() && self.profile_directory.is_some() {
            faults.push(("user_profile_directory", "is given beside a user profile service".to_owned()));
        }
        if let Some(fault) =
            self.event_endpoint.as_deref().and_then(|url| endpoint_fault(url, self.is_pulled))
        {
            faults.push(("event_endpoint", fault.to_owned()));
        }
        faults.extend(self.network.faults(self.is_pulled));
        faults.extend(self.odp.faults(self.is_pulled));
        faults.extend(self.polling.faults(self.is_pulled));
        let may_be_kept = self.datafile.is_none() && self.journal.directory.is_some();
        if !may_be_kept && !self.polling.is_on() && self.datafile.as_ref().is_none_or(|text| text.is_empty())
        {
            faults.push(("datafile", "is not given".to_owned()));
        }
        let Some((place, _)) = faults.first() else { return Ok(()) };
        let place = *place;
        let all: Vec<String> = faults.into_iter().map(|(name, what)| format!("{name}: {what}")).collect();
        Err(Error::new(Status::InvalidArgument, format!("options: {}", all.join("; "))).at(place))
    }
}
