//! What an operator needs of a journal's directory on the day something went wrong, without the program that filled it:
//! to see what is there, to take it out, to put it back, and to send it. The command `opttrack-journal` is a skin over it.
//!
//! A directory of a client that lives is looked at, and otherwise left alone.

mod export;
mod import;
mod letters;
mod lines;
mod requeue;
mod send;
mod staging;
mod survey;
mod walk;

pub use export::{ExportOptions, Exported, export};
pub use import::{Answer, ImportOptions, Imported, import};
pub use requeue::{Requeued, Which, requeue};
pub use send::{SendOptions, Sent, send};
pub use survey::{
    ClientDirectory, DamagedFile, DeadLetterFile, Fault, Origin, SegmentFile, SegmentState, Survey, survey,
};
