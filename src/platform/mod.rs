//! The seams to the machine: clock, randomness, storage, threads, log sink. Traits, and the real ones behind them; with
//! `ffi` the only place for `unsafe`. The simulator gives its own.

mod ambush;
mod clock;
mod disk;
pub mod fork;
mod log;
mod pages;
mod planted;
mod random;
mod segment;
mod signal;
#[cfg(feature = "http")]
mod socket;
mod standard_error;
mod thread;
mod wake;

#[cfg(feature = "test-panics")]
pub use ambush::lay as lay_ambush;
pub use ambush::{Ambush, pass as pass_ambush};
pub use clock::{Clock, ManualClock, SystemClock, milliseconds};
pub use disk::{
    Disk, DiskFile, DiskLock, Mapping, SystemDisk, is_locked, open_to_read, read_first, write_all_at,
};
pub use log::{Log, LogFields, LogLevel, LogRecord, LogSink};
#[cfg(test)]
pub use planted::plant;
pub use planted::{Defect, planted};
pub use random::{Random, SeededRandom, SystemRandom};
pub use segment::{MemoryStorage, SegmentReader, SegmentWriter};
pub use signal::Signal;
#[cfg(feature = "http")]
pub use socket::OwnStream;
#[cfg(all(test, unix))]
pub use thread::processor_time;
pub use thread::{give_stack_back, spawn, spawn_scoped};
pub use wake::Wake;
