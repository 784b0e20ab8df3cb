//! What a journal has to say, collected where it happens and said by who listens to it.

use std::path::PathBuf;

/// One thing to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// Events of a client that is no more were taken over.
    Adopted {
        /// How many.
        events: u64,
    },
    /// A directory was left alone.
    Foreign {
        /// Which.
        path: PathBuf,
        /// Why.
        why: &'static str,
    },
    /// A segment whose beginning can't be read was put aside.
    Unreadable {
        /// Which.
        path: PathBuf,
    },
    /// Events were lost to damage on the disk.
    Damaged {
        /// About how many.
        events: u64,
    },
    /// The directory was gone, or the disk forgot what it was given; what waits was written anew.
    Moved,
    /// The disk fails, with that error of the system.
    Failing(i32),
    /// The disk works again.
    Working,
}
