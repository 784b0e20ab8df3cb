//! The last good datafile, kept in the journal's directory: a start without one decides by it.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::platform::{Disk, Random, read_first, write_all_at};

/// Its name in the directory that the host gave; with an SDK key the key's checksum is a part of it, lest one environment
/// decides by another's.
fn name(sdk_key: &str) -> String {
    match sdk_key {
        "" => "datafile.json".to_owned(),
        key => format!("datafile-{:08x}.json", crc32fast::hash(key.as_bytes())),
    }
}

/// The largest that is read back.
const LARGEST: u64 = 1024 * 1024 * 1024;

/// Where the last good datafile is kept.
pub struct KeptDatafile {
    disk: Arc<dyn Disk>,
    directory: PathBuf,
    name: String,
    random: Arc<dyn Random>,
}

impl KeptDatafile {
    /// One that is kept in that directory; without an SDK key the key is empty.
    #[must_use]
    pub fn new(disk: Arc<dyn Disk>, directory: &Path, sdk_key: &str, random: Arc<dyn Random>) -> Self {
        Self { disk, directory: directory.to_owned(), name: name(sdk_key), random }
    }

    /// What is kept; none if nothing is.
    pub fn read(&self) -> io::Result<Option<String>> {
        let file = match self.disk.open(&self.directory.join(&self.name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            result => result?,
        };
        let size = file.size()?;
        if size > LARGEST {
            return Err(io::Error::other("it is larger than any datafile"));
        }
        String::from_utf8(read_first(&*file, size)?)
            .map(Some)
            .map_err(|_| io::Error::other("it is not UTF-8"))
    }

    /// Keeps a datafile that is in force. Whoever reads finds the former one or this one, whole.
    pub fn keep(&self, text: &str) -> io::Result<()> {
        // Reading costs a disk less than writing, and most starts find what they bring.
        if matches!(self.read(), Ok(Some(kept)) if kept == text) {
            return Ok(());
        }
        let mut number = [0; 8];
        if !self.random.fill(&mut number) {
            return Err(io::Error::other("the system gives no randomness"));
        }
        self.disk.make_directories(&self.directory)?;
        let unfinished = self.directory.join(format!("{}.{:016x}", self.name, u64::from_le_bytes(number)));
        let written = self.write(&unfinished, text);
        if written.is_err() {
            let _ = self.disk.remove_file(&unfinished);
        }
        written
    }

    fn write(&self, unfinished: &Path, text: &str) -> io::Result<()> {
        let file = self.disk.create(unfinished, 0)?;
        write_all_at(&*file, text.as_bytes(), 0)?;
        self.disk.rename(unfinished, &self.directory.join(&self.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::{SystemDisk, SystemRandom};

    #[test]
    fn the_last_one_that_was_kept_is_read_and_nothing_else_is_left() {
        let mut number = [0; 8];
        assert!(SystemRandom.fill(&mut number));
        let directory =
            std::env::temp_dir().join(format!("opttrack-datafile-{:016x}", u64::from_le_bytes(number)));
        let kept = KeptDatafile::new(Arc::new(SystemDisk), &directory, "", Arc::new(SystemRandom));
        let other = KeptDatafile::new(Arc::new(SystemDisk), &directory, "key", Arc::new(SystemRandom));
        assert_eq!(kept.read().expect("readable"), None);
        for text in ["{\"first\":1}", "{\"second\":2}", "{\"second\":2}", "{}"] {
            kept.keep(text).expect("kept");
            assert_eq!(kept.read().expect("readable").as_deref(), Some(text));
        }
        assert_eq!(std::fs::read_dir(&directory).expect("there").count(), 1);
        assert_eq!(other.read().expect("readable"), None, "another SDK key's");
        std::fs::remove_dir_all(&directory).expect("removed");
    }
}
