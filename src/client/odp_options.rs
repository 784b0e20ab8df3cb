//! Options of the Data Platform.

use super::endpoints::endpoint_fault;
use crate::odp::SegmentCache;
use crate::platform::milliseconds;

/// How the client goes about the Data Platform.
#[derive(Clone)]
pub struct OdpOptions {
    /// Nothing is asked of it, and nothing told.
    pub is_disabled: bool,
    /// Its origin in place of the datafile's.
    pub host: Option<String>,
    /// Users whose segments are kept; 0: none.
    pub cache_entries: u32,
    /// How long they are kept; 0: for ever.
    pub cache_ttl_ms: u32,
}

impl Default for OdpOptions {
    fn default() -> Self {
        Self { is_disabled: false, host: None, cache_entries: 10_000, cache_ttl_ms: 600_000 }
    }
}

impl OdpOptions {
    pub(super) fn cache(&self) -> SegmentCache {
        let ttl = milliseconds(self.cache_ttl_ms);
        SegmentCache::new(self.cache_entries as usize, ttl)
    }

    pub(super) fn faults(&self, is_pulled: bool) -> Vec<(&'static str, String)> {
        let fault = self.host.as_deref().and_then(|url| {
            if url.contains(['?', '#']) {
                return Some("has a query or a fragment");
            }
            endpoint_fault(url, is_pulled)
        });
        fault.map(|fault| ("odp_host", fault.to_owned())).into_iter().collect()
    }
}
