//! The door to the rooms for the targets of `fuzz/`. It is there in their builds alone, `--cfg fuzzing`, and holds nothing
//! of its own.

pub use crate::audience::{Note, compare_versions};
pub use crate::bucketing::{bucket, find};
pub use crate::datafile::version::Version;
pub use crate::datafile::{Project, parse};
pub use crate::decision::{
    Decider, Decision, Inputs, Note as DecisionNote, Scratch, Source, Trace, Truth, experiment,
};
pub use crate::event::{
    Asked, Body, MAX_EVENT_BYTES, Part, Stamp, Trace as EventTrace, conversion, impression, key, opening,
    write_event,
};
pub use crate::report::OptimizelyConfig;
pub use crate::transport::{
    HttpSettings, HttpTransport, Outcome, Request, Timeouts, Transport, parse_retry_after,
};

/// Where events wait.
pub mod journal {
    pub use crate::journal::{
        Books, Bounds, Directory, DropReason, Durability, Event, EventKind, Identity, Journal, Kind, Place,
        ROOM, Reader, Refusal, Seams, Settlement, Sizes, Span, Taken,
    };
}

/// The machine, of which a target brings its own.
pub mod platform {
    pub use crate::platform::{Clock, Disk, DiskFile, DiskLock, Mapping, Random};
}
