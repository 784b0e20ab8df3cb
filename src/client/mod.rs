//! The client: the whole API of the library, in Rust. The C ABI is a skin over it.

mod built_in;
mod calls;
mod collect;
mod current;
pub mod decide_options;
mod decision;
mod desk;
mod endpoints;
mod explain;
mod forced;
mod host;
mod journal_options;
pub mod journal_tools;
mod keeper;
mod known;
mod lifecycle;
mod made;
mod network_options;
pub mod odp;
mod odp_options;
mod options;
pub mod packed;
mod polling_options;
mod predict;
mod readiness;
mod record;
mod room;
mod session;
mod stats;
mod tell;
mod trace;
mod track;
mod variables;
mod waiting;

#[cfg(test)]
mod tests;

pub use crate::cmab::{Ask, Predictor};
pub use crate::datafile::{VariableKind, VariableValue};
pub use crate::decision::Source;
pub use crate::event::Tags;
pub use crate::journal::{Durability, Kind as JournalKind};
pub use crate::notification::{Listener, Notification, Topic};
pub use crate::odp::OdpEvent;
#[cfg(feature = "test-panics")]
pub use crate::platform::lay_ambush;
pub use crate::platform::{LogFields, LogLevel, LogRecord, LogSink};
pub use crate::profile::{LookupError, ProfileService};
pub use crate::report::{
    OptimizelyConfig, OptimizelyExperiment, OptimizelyFeature, OptimizelyVariable, OptimizelyVariation,
};
pub use decision::{Decision, Decisions, EventStatus, Keys};
pub use host::{PulledRequest, REQUEST_HEADERS};
pub use journal_options::JournalOptions;
pub use lifecycle::Client;
pub use network_options::NetworkOptions;
pub use odp_options::OdpOptions;
pub use options::ClientOptions;
pub use polling_options::PollingOptions;
pub use stats::{Refused, Stats};
pub use variables::FeatureVariable;
