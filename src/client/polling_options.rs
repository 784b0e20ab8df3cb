//! Options of a client that gets its datafile by itself.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::endpoints::endpoint_fault;
use crate::config::{PLACEHOLDER, Poller, Source};

/// From a tenth of a second, for tests, to a year.
const INTERVAL_MS: RangeInclusive<u64> = 100..=31_536_000_000;

/// Where datafiles come from, and how often they are asked for.
#[derive(Clone)]
pub struct PollingOptions {
    /// The environment's SDK key.
    pub sdk_key: Option<String>,
    /// The token of an environment whose datafile is not open to everybody.
    pub access_token: Option<String>,
    /// A URL in place of Optimizely's, with `%s` where the SDK key goes; without it no key is needed.
    pub url: Option<String>,
    /// Time between two attempts: 100 ms to a year; 0: only until the first success.
    pub interval_ms: u64,
}

impl Default for PollingOptions {
    fn default() -> Self {
        Self { sdk_key: None, access_token: None, url: None, interval_ms: 300_000 }
    }
}

impl PollingOptions {
    /// Does the client get its datafile by itself?
    pub(super) fn is_on(&self) -> bool {
        self.sdk_key.as_ref().is_some_and(|key| !key.is_empty()) || self.url.is_some()
    }

    /// What polls, if anything is to.
    pub(super) fn poller(&self) -> Option<Poller> {
        let interval = (self.interval_ms > 0).then(|| Duration::from_millis(self.interval_ms));
        let token = self.access_token.as_deref().filter(|token| !token.is_empty());
        let key = self.sdk_key.as_deref().unwrap_or_default();
        self.is_on().then(|| Poller::new(Source::new(key, token, self.url.as_deref()), interval))
    }

    /// What is wrong with them, with the option that it is wrong with.
    pub(super) fn faults(&self, is_pulled: bool) -> Vec<(&'static str, String)> {
        let mut faults = Vec::new();
        let key = self.sdk_key.as_deref().unwrap_or_default();
        if !key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)) {
            faults.push(("sdk_key", "has characters that no SDK key has".to_owned()));
        }
        let token = self.access_token.as_deref().unwrap_or_default();
        if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            faults.push(("access_token", "has characters that no access token has".to_owned()));
        }
        if !token.is_empty() && !self.is_on() {
            faults.push(("access_token", "is given without an SDK key".to_owned()));
        }
        if let Some(url) = &self.url {
            let count = url.matches(PLACEHOLDER).count();
            if count > 1 || count == 1 && key.is_empty() {
                faults.push((
                    "datafile_url",
                    "has %s more than once, or there is no SDK key for it".to_owned(),
                ));
            }
            // As a key with a character that is escaped, which a path takes and a host or a port does not.
            if let Some(fault) = endpoint_fault(&url.replace(PLACEHOLDER, "%31"), is_pulled) {
                faults.push(("datafile_url", fault.to_owned()));
            }
        } else if self.is_on() && !is_pulled && !cfg!(feature = "tls") {
            faults.push(("sdk_key", "needs TLS, which this build lacks; give a datafile_url".to_owned()));
        }
        if self.interval_ms != 0 && !INTERVAL_MS.contains(&self.interval_ms) {
            let (first, last) = (INTERVAL_MS.start(), INTERVAL_MS.end());
            let what = format!("is {}; 0 and {first} to {last} are taken", self.interval_ms);
            faults.push(("polling_interval_ms", what));
        }
        faults
    }
}
