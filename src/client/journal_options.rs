//! Options of the journal: where events wait, and how long.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::error::{Error, Result, Status, shown};
use crate::journal::{self, Durability, Kind, Place, Sizes};
use crate::platform::Disk;

/// How a journal is kept.
pub struct JournalOptions {
    /// The directory; none: in memory.
    pub directory: Option<PathBuf>,
    /// How segments are written.
    pub kind: Kind,
    /// What a loss of power may take.
    pub durability: Durability,
    /// Most bytes on the disk: 64 KiB to 1 TiB.
    pub bytes: u64,
    /// Most bytes of dead letters: up to 1 TiB.
    pub dead_letter_bytes: u64,
    /// Age past which events are given up; 0: never.
    pub max_age_ms: u64,
    /// How large segments are.
    pub sizes: Sizes,
}

impl Default for JournalOptions {
    fn default() -> Self {
        Self {
            directory: None,
            kind: Kind::Written,
            durability: Durability::Process,
            bytes: 1024 * 1024 * 1024,
            dead_letter_bytes: 64 * 1024 * 1024,
            max_age_ms: 0,
            sizes: Sizes::default(),
        }
    }
}

impl JournalOptions {
    /// Where the journal is. A relative path is resolved once, now.
    pub(super) fn place(&self, disk: Arc<dyn Disk>) -> Result<Place> {
        let Some(directory) = &self.directory else { return Ok(Place::Memory) };
        let path = std::path::absolute(directory).map_err(|error| self.failed(&error))?;
        let (kind, durability) = (self.kind, self.durability);
        Ok(Place::Directory(journal::Directory { disk, path, kind, durability }))
    }

    /// The error that says which directory can't be had, and why.
    pub(super) fn failed(&self, error: &std::io::Error) -> Error {
        let path = self.directory.as_deref().unwrap_or(std::path::Path::new("")).to_string_lossy();
        Error::new(Status::Disk, format!("the journal's directory {} can't be used: {error}", shown(&path)))
            .at("directory")
    }

    /// Age past which events are given up.
    pub(super) fn max_age(&self) -> Option<Duration> {
        (self.max_age_ms > 0).then(|| Duration::from_millis(self.max_age_ms))
    }
}
