//! Where a journal is, and how.

use std::path::PathBuf;
use std::sync::Arc;

use crate::platform::Disk;

/// Where a journal's segments are.
pub enum Place {
    /// In memory: gone with the process.
    Memory,
    /// On a disk.
    Directory(Directory),
}

/// A directory that the host gives; any number of clients share it.
pub struct Directory {
    /// The disk that it is on.
    pub disk: Arc<dyn Disk>,
    /// Its absolute path.
    pub path: PathBuf,
    /// How segments are written.
    pub kind: Kind,
    /// What a loss of power may take.
    pub durability: Durability,
}

/// How segments are written; the numbers are those of the header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// By system calls.
    #[default]
    Written = 1,
    /// Through memory that is shared with the file.
    Mapped = 2,
}

/// What survives; the numbers are those of the header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// What was accepted survives the process, however it ends.
    #[default]
    Process = 0,
    /// It survives a loss of power too, but for the last second.
    System = 1,
}

#[cfg(test)]
mod tests;
