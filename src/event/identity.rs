//! What the events of one request share, and where they go. Rule: SPEC, sections 7.1 and 7.2.

use super::platform::PLATFORM_OPENING;
use crate::datafile::{Project, Region};
use crate::json;

/// The Events API of a project's region.
#[must_use]
pub fn endpoint(project: &Project) -> &'static str {
    match project.region {
        Region::Us => "https://logx.optimizely.com/v1/events",
        Region::Eu => "https://eu.logx.optimizely.com/v1/events",
    }
}

/// The JSON that begins a batch; events follow, separated by commas. It holds every field of the batch but the
/// visitors, so two batches may share a request if their openings are equal.
#[must_use]
pub fn opening(project: &Project, client_name: &str, client_version: &str) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, text) in [
        ("{\"account_id\":", &*project.account_id),
        (",\"project_id\":", &project.project_id),
        (",\"revision\":", &project.revision),
        (",\"client_name\":", client_name),
        (",\"client_version\":", client_version),
    ] {
        out.extend_from_slice(name.as_bytes());
        json::text(&mut out, text);
    }
    out.extend_from_slice(b",\"anonymize_ip\":");
    json::boolean(&mut out, project.anonymize_ip);
    out.extend_from_slice(b",\"enrich_decisions\":true,\"visitors\":[");
    out
}

/// Bytes of the longest of them.
pub const LONGEST_CLOSING: usize = 2;

/// The JSON that ends a batch which begins like that.
#[must_use]
pub fn closing(opening: &[u8]) -> &'static [u8] {
    if is_platform(opening) { b"]" } else { b"]}" }
}

/// Does a batch that begins like that go to the Data Platform?
fn is_platform(opening: &[u8]) -> bool {
    opening == PLATFORM_OPENING
}

/// Where events of the Data Platform go, with the key that their requests carry: what is recorded under one key goes out
/// with it, whatever the datafile says by then.
#[must_use]
pub fn platform_endpoint(url: &str, public_key: &str) -> String {
    format!("{url}#{public_key}")
}

/// The URL and the public key of an endpoint, if batches that begin like that go to the Data Platform.
#[must_use]
pub fn platform_parts<'e>(endpoint: &'e str, opening: &[u8]) -> Option<(&'e str, &'e str)> {
    if is_platform(opening) { endpoint.split_once('#') } else { None }
}
