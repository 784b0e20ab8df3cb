//! What the events of one request share: the fields of the batch, and where it goes.

use crate::datafile::{Project, Region};

const ENDPOINT_US: &str = "https://logx.optimizely.com/v1/events";
const ENDPOINT_EU: &str = "https://eu.logx.optimizely.com/v1/events";

/// The identity of a batch; events of two never share a request. Rule: SPEC, section 7.6 and S-29.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Where the batch is posted.
    pub endpoint: Box<str>,
    /// Wire `account_id`.
    pub account_id: Box<str>,
    /// Wire `project_id`.
    pub project_id: Box<str>,
    /// Wire `revision`.
    pub revision: Box<str>,
    /// Wire `client_name`.
    pub client_name: Box<str>,
    /// Wire `client_version`.
    pub client_version: Box<str>,
    /// Wire `anonymize_ip`.
    pub anonymize_ip: bool,
}

impl Identity {
    /// The identity of a project's events; the region chooses the endpoint unless the host set one.
    #[must_use]
    pub fn new(project: &Project, endpoint: Option<&str>, client_name: &str, client_version: &str) -> Self {
        let of_region = match project.region {
            Region::Us => ENDPOINT_US,
            Region::Eu => ENDPOINT_EU,
        };
        Self {
            endpoint: endpoint.unwrap_or(of_region).into(),
            account_id: project.account_id.clone(),
            project_id: project.project_id.clone(),
            revision: project.revision.clone(),
            client_name: client_name.into(),
            client_version: client_version.into(),
            anonymize_ip: project.anonymize_ip,
        }
    }
}
