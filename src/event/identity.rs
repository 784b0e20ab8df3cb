//! What the events of one request share, and where they go. Rule: SPEC, sections 7.1 and 7.2.

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

/// The JSON that ends a batch.
pub const CLOSING: &[u8] = b"]}";
