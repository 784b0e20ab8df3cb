//! What lies beside the segments: files of dead letters, and bytes that recovery could not read.

use std::io;
use std::path::{Path, PathBuf};

use super::DEAD_LETTERS;
use super::home::{Home, LOCK};
use crate::platform::write_all_at;

/// Ends the names of files of dead letters.
const LETTERS: &str = "jsonl";

/// Where recovery puts what it can't read.
pub(super) const DAMAGED: &str = "damaged";

impl Home {
    /// Where this client's dead letters are kept.
    pub(super) fn dead_letter_path(&self) -> Option<PathBuf> {
        let name = self.path.file_name()?;
        Some(self.root.join(DEAD_LETTERS).join(name).with_extension(LETTERS))
    }

    /// The files of dead letters whose owner is this client or nobody.
    pub(super) fn dead_letter_files(&self) -> Vec<PathBuf> {
        let directory = self.root.join(DEAD_LETTERS);
        let names = self.disk.names(&directory, usize::MAX).unwrap_or_default();
        let files = names.iter().map(|name| directory.join(name));
        let is_letters = |path: &PathBuf| path.extension().is_some_and(|extension| extension == LETTERS);
        files.filter(is_letters).filter(|path| self.is_unowned(path)).collect()
    }

    fn is_unowned(&self, letters: &Path) -> bool {
        let Some(name) = letters.file_stem() else { return false };
        let owner = self.root.join(name);
        // A lock that is there and can't be had is somebody's.
        owner == self.path || !matches!(self.disk.lock(&owner.join(LOCK), false), Ok(None))
    }

    /// Puts bytes that can't be read where a person may look at them.
    pub(super) fn keep_aside(&self, name: &str, bytes: &[u8]) {
        let directory = self.root.join(DAMAGED);
        let kept = self.disk.make_directories(&directory).and_then(|()| {
            let file = self.disk.create(&directory.join(name), 0)?;
            write_all_at(&*file, bytes, 0)
        });
        // It may be there already: recovery that was interrupted begins anew.
        if let Err(error) = kept
            .or_else(|error| if error.kind() == io::ErrorKind::AlreadyExists { Ok(()) } else { Err(error) })
        {
            self.failed(&error);
        }
    }
}
