//! Events: an impression or a conversion becomes a compact record on the caller's thread, and the record becomes wire
//! JSON on the worker's. Rule: SPEC, sections 6 and 7.

mod attributes;
mod conversion;
mod identity;
mod impression;
mod platform;
mod raw;
mod record;
mod tags;
mod wire;

pub use conversion::conversion;
pub use identity::{LONGEST_CLOSING, closing, endpoint, opening, platform_endpoint, platform_parts};
pub use impression::{Asked, impression};
pub use platform::{PLATFORM_BATCH, PLATFORM_KEY_HEADER, PLATFORM_OPENING, PlatformEvent, platform};
pub use raw::raw;
pub use record::{Body, Outline, Sort, Stamp, key, outline, visitor};
pub use tags::Tags;
pub use wire::{event as write_event, most_bytes};

/// The largest JSON object that the Events API takes.
pub const MAX_EVENT_BYTES: usize = 3_500_000;

/// Listens to the making of an event.
pub trait Trace {
    /// An attribute or tag was left out of the event, which is kept.
    fn ignored(&mut self, part: Part, key: &str);
    /// A tag could not be taken as a metric; the tag itself is kept.
    fn metric_refused(&mut self, name: &str);
}

/// Where in an event something was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// An attribute.
    Attribute,
    /// An event tag.
    Tag,
}

#[cfg(test)]
mod tests;
