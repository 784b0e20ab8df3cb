//! The Optimizely Data Platform: whose segments a user qualifies for, and what is told it. Rule: SPEC, section 11.

mod cache;
mod event;
mod segments;

pub use cache::SegmentCache;
pub use event::{EventFault, OdpEvent, check};
pub use segments::{USER_ID, answer, request};

/// The path of segments behind the host.
pub const SEGMENTS_PATH: &str = "/v3/graphql";

/// The path of events behind the host.
pub const EVENTS_PATH: &str = "/v3/events";

#[cfg(test)]
mod tests;
