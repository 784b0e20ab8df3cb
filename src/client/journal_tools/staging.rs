//! A journal in the making beside the clients' directories: nobody adopts it before it is whole and safe on the disk, and
//! then all of it appears at once. What a crash leaves half done is removed by the next one.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::walk;
use crate::error::{Error, Result, Status};
use crate::event::{Body, Sort};
use crate::journal::{
    Bounds, Directory, Durability, Event, EventKind, Given, Identity, Journal, Kind, LOCK_FILE, Place,
    Reader, Refusal, SEGMENT_ENDING, Seams, Sizes,
};
use crate::platform::{Disk, DiskLock, Random, SystemClock, SystemDisk, SystemRandom};

/// Begins the name of a directory in the making, which no client takes for one of its own kind.
const PREFIX: &str = "incoming-";

/// Bytes of what one identity may add: what a client's journal holds unless its host says otherwise.
const MOST_BYTES: u64 = 1024 * 1024 * 1024;

/// Journals of different identities that are filled at the same time; each costs a few descriptors.
const MOST_OPEN: usize = 32;

/// Directories tried before it is given up.
const ATTEMPTS: usize = 16;

/// Events after which files that are full are closed.
const CLOSE_EVERY: u64 = 64;

/// The journal in the making.
pub(super) struct Staging {
    directory: PathBuf,
    path: PathBuf,
    disk: Arc<dyn Disk>,
    _lock: Box<dyn DiskLock>,
    /// One an identity, the one used last first: a segment belongs to one identity, and events may come in any order.
    open: Vec<Open>,
    events: u64,
}

struct Open {
    identity: Arc<Identity>,
    journal: Arc<Journal>,
    reader: Reader,
}

impl Staging {
    /// An empty one. The directory is made if it is not there.
    pub(super) fn new(directory: &Path) -> Result<Self> {
        let directory = std::path::absolute(directory).map_err(|error| walk::failed(directory, &error))?;
        let disk: Arc<dyn Disk> = Arc::new(SystemDisk);
        disk.make_directories(&directory).map_err(|error| walk::failed(&directory, &error))?;
        clean(&*disk, &directory)?;
        let (path, lock) =
            make(&*disk, &directory).map_err(|error| walk::failed(&directory.join(PREFIX), &error))?;
        Ok(Self { directory, path, disk, _lock: lock, open: Vec::new(), events: 0 })
    }

    /// Adds an event.
    pub(super) fn append(
        &mut self,
        identity: &Arc<Identity>,
        sort: Sort,
        given: Given,
        body: &mut Body,
    ) -> Result<()> {
        let journal = self.journal(identity)?;
        let kind = match sort {
            Sort::Impression => EventKind::Impression,
            Sort::Conversion => EventKind::Conversion,
            Sort::Platform => EventKind::Platform,
        };
        let appended = journal.append(Event::new(identity, kind, Some(given), body.buffer()));
        appended.map_err(|refusal| self.refused(refusal))?;
        self.events += 1;
        if self.events % CLOSE_EVERY == 0 {
            self.open.iter_mut().for_each(|open| drop(open.reader.collect()));
        }
        Ok(())
    }

    /// Makes everything safe on the disk and lets the clients have it; answers how many events.
    pub(super) fn publish(mut self) -> Result<u64> {
        while let Some(open) = self.open.pop() {
            self.finish(&open)?;
        }
        if self.events > 0 {
            self.join().map_err(|error| walk::failed(&self.path, &error))?;
        }
        Ok(self.events)
    }

    /// The journal of an identity.
    fn journal(&mut self, identity: &Arc<Identity>) -> Result<Arc<Journal>> {
        if let Some(at) = self.open.iter().position(|open| open.identity == *identity) {
            self.open[..=at].rotate_right(1);
        } else {
            if self.open.len() == MOST_OPEN {
                if let Some(open) = self.open.pop() {
                    self.finish(&open)?;
                }
            }
            let place = Place::Directory(Directory {
                disk: Arc::clone(&self.disk),
                path: self.path.clone(),
                kind: Kind::Written,
                durability: Durability::Process,
            });
            let seams = Seams { random: Arc::new(SystemRandom), clock: Arc::new(SystemClock::default()) };
            let bounds = Bounds { bytes: MOST_BYTES, events: 0 };
            let opened = Journal::open(seams, &place, bounds, Sizes::default());
            let (journal, reader) = opened.map_err(|error| walk::failed(&self.path, &error))?;
            self.open.insert(0, Open { identity: Arc::clone(identity), journal, reader });
        }
        Ok(Arc::clone(&self.open[0].journal))
    }

    fn finish(&self, open: &Open) -> Result<()> {
        open.journal.sync().map_err(|error| walk::failed(&self.path, &error))?;
        open.journal.release();
        Ok(())
    }

    /// Brings the segments of all journals into the directory of the first, and that one among the clients'.
    fn join(&self) -> io::Result<()> {
        let folders = walk::folders(&self.path).map_err(io::Error::other)?;
        let Some((first, others)) = folders.split_first() else { return Ok(()) };
        let taken = walk::segments(first).map_err(io::Error::other)?;
        let mut number = taken.iter().filter_map(|path| number_of(path)).max().unwrap_or_default();
        for segment in others.iter().map(walk::segments) {
            for segment in segment.map_err(io::Error::other)? {
                number += 1;
                self.disk.rename(&segment, &first.path.join(format!("{number:08x}.{SEGMENT_ENDING}")))?;
            }
        }
        self.disk.sync_directory(&first.path)?;
        self.disk.rename(&first.path, &self.directory.join(first.path.file_name().unwrap_or_default()))?;
        self.disk.sync_directory(&self.directory)
    }

    fn refused(&self, refusal: Refusal) -> Error {
        match refusal {
            Refusal::Disk(number) => walk::failed(&self.path, &io::Error::from_raw_os_error(number)),
            Refusal::Full => {
                let what =
                    format!("more than {MOST_BYTES} bytes of events of one project; take them in parts");
                Error::new(Status::QueueFull, what)
            }
            Refusal::Closed | Refusal::NoMemory | Refusal::NoRandomness => {
                Error::new(Status::OutOfMemory, "the system gives no memory or randomness")
            }
        }
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // What can't be removed now the next one removes.
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

/// Makes and locks a directory. Another tool may take one that is not locked yet for what a crash has left, and remove it.
fn make(disk: &dyn Disk, directory: &Path) -> io::Result<(PathBuf, Box<dyn DiskLock>)> {
    for _ in 0..ATTEMPTS {
        let mut number = [0; 8];
        if !SystemRandom.fill(&mut number) {
            break;
        }
        let path = directory.join(format!("{PREFIX}{:016x}", u64::from_le_bytes(number)));
        disk.make_directory(&path)?;
        match disk.lock(&path.join(LOCK_FILE), true) {
            Ok(Some(lock)) => return Ok((path, lock)),
            Ok(None) => {}
            Err(error) if walk::is_gone(&error) => {}
            Err(error) => {
                let _ = disk.remove_directory(&path);
                return Err(error);
            }
        }
    }
    Err(io::Error::other("no directory of its own can be had"))
}

/// The number that is a segment's name.
fn number_of(path: &Path) -> Option<u32> {
    u32::from_str_radix(path.file_stem()?.to_str()?, 16).ok()
}

/// Removes what others have left half done.
fn clean(disk: &dyn Disk, directory: &Path) -> Result<()> {
    for path in walk::files(directory)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let is_real = std::fs::symlink_metadata(&path).is_ok_and(|info| info.is_dir());
        if !name.starts_with(PREFIX) || !is_real {
            continue;
        }
        match disk.lock(&path.join(LOCK_FILE), false) {
            Ok(Some(_lock)) => drop(std::fs::remove_dir_all(&path)),
            // It may just be made; if it was left before it was locked, it is empty.
            Err(error) if walk::is_gone(&error) => drop(disk.remove_directory(&path)),
            Ok(None) | Err(_) => {}
        }
    }
    Ok(())
}
