//! The client: the whole API of the library, in Rust. The C ABI is a skin over it.

mod calls;
mod decision;
mod forced;
mod lifecycle;
mod options;
pub mod packed;
mod record;
mod stats;
mod trace;

pub use crate::event::Tags;
pub use crate::platform::{LogLevel, LogSink};
pub use decision::{Decision, EventStatus, Keys};
pub use lifecycle::Client;
pub use options::ClientOptions;
pub use stats::{Refused, Stats};
