//! A client's own directory inside the one that the host gave: its lock, its segments, and those it has in reserve.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::format::{Header, MEASURE};
use super::segment::Segment;
use super::writer::Writer;
use super::{Directory, Durability, Identity, Journal, Kind, Refusal};
use crate::platform::{Disk, DiskFile, DiskLock, Mapping, Random, write_all_at};

/// The file that is locked while somebody owns the directory.
pub(super) const LOCK: &str = "lock";

/// Ends the names of segments.
pub(super) const SEGMENT: &str = "seg";

/// Segments kept in reserve.
const SPARES: usize = 1;

/// Directories tried, each with a name of its own, before the system's randomness is to blame.
const ATTEMPTS: usize = 64;

/// Files take whole pages.
const PAGE: usize = 4096;

/// Bytes that are written at a time to make a segment empty again.
const ZEROS: [u8; 16 * 1024] = [0; 16 * 1024];

/// The directory of one client.
pub(super) struct Home {
    pub(super) disk: Arc<dyn Disk>,
    /// What the host gave.
    pub(super) root: PathBuf,
    /// The client's own, inside it.
    pub(super) path: PathBuf,
    pub(super) kind: Kind,
    lock: Mutex<Option<Box<dyn DiskLock>>>,
    /// Number of the next segment.
    next: AtomicU32,
    spares: Mutex<Vec<Spare>>,
    /// The error of the last thing that failed; 0 while the disk works.
    error: AtomicI32,
    /// Must it survive a loss of power?
    is_synced: bool,
    /// Its name has survived whatever comes.
    is_name_synced: AtomicBool,
    /// It is somebody else's from now on.
    is_released: AtomicBool,
}

/// A segment in reserve: empty, and taken of the budget.
struct Spare {
    path: PathBuf,
    file: Arc<dyn DiskFile>,
    capacity: usize,
    mapping: Option<Mapping>,
}

impl Home {
    /// Makes and locks a directory of its own.
    pub(super) fn open(directory: &Directory, random: &dyn Random) -> io::Result<Self> {
        let (disk, root) = (&directory.disk, &directory.path);
        disk.make_directories(root)?;
        let is_mapped = directory.kind == Kind::Mapped && disk.is_mappable(root);
        for _ in 0..ATTEMPTS {
            let number = number(random).ok_or_else(|| io::Error::other("the system gives no randomness"))?;
            let path = root.join(format!("{number:016x}"));
            let made = disk.make_directory(&path).and_then(|()| disk.lock(&path.join(LOCK), true));
            let lock = match made {
                Ok(Some(lock)) => lock,
                // Somebody took the directory for one of the dead before it was locked, or has the same name.
                Ok(None) => continue,
                Err(error)
                    if matches!(error.kind(), io::ErrorKind::AlreadyExists | io::ErrorKind::NotFound) =>
                {
                    continue;
                }
                Err(error) => {
                    let _ = disk.remove_directory(&path);
                    return Err(error);
                }
            };
            return Ok(Self {
                disk: Arc::clone(disk),
                root: root.clone(),
                path,
                kind: if is_mapped { Kind::Mapped } else { Kind::Written },
                lock: Mutex::new(Some(lock)),
                next: AtomicU32::new(1),
                spares: Mutex::default(),
                error: AtomicI32::new(0),
                is_synced: directory.durability == Durability::System,
                is_name_synced: AtomicBool::new(false),
                is_released: AtomicBool::new(false),
            });
        }
        Err(io::Error::other("no name for a directory of its own is free"))
    }

    /// Begins a segment of the first size that the budget and the disk have room for.
    pub(super) fn begin(
        &self,
        journal: &Journal,
        identity: &Arc<Identity>,
        sizes: [usize; 3],
        record: usize,
        base: u64,
        is_replacement: bool,
    ) -> Result<(Segment, Writer), Refusal> {
        let id = number(&*journal.seams.random).ok_or(Refusal::NoRandomness)?;
        let header = Header::new(id, Arc::clone(identity));
        let least = (header.start() + record).next_multiple_of(PAGE);
        let sizes = sizes.map(|size| size.next_multiple_of(PAGE).max(least));
        let spare = match self.take_spare(sizes[0]) {
            Some(spare) => spare,
            None => self.make(journal, sizes, is_replacement).or_else(|refusal| {
                // A smaller one in reserve is better than none.
                self.take_spare(least).ok_or(refusal)
            })?,
        };
        if let Err(error) = write_all_at(&*spare.file, &header.bytes(), 0) {
            self.discard(journal, &spare);
            return Err(self.failed(&error));
        }
        let Spare { path, file, capacity, mapping } = spare;
        let writer = match mapping {
            Some(mapping) => Writer::Mapped(mapping),
            None => {
                self.map(&file, capacity).map_or_else(|| Writer::Written(Arc::clone(&file)), Writer::Mapped)
            }
        };
        self.works();
        let start = header.start();
        Ok((Segment::in_file(header, path, Some(file), capacity, base, start), writer))
    }

    /// Makes a segment of the first size there is room for.
    fn make(&self, journal: &Journal, sizes: [usize; 3], is_forced: bool) -> Result<Spare, Refusal> {
        let mut refusal = Refusal::Full;
        for (at, capacity) in sizes.into_iter().enumerate() {
            let room = if at == 0 { [capacity; 3] } else { [0, 0, capacity] };
            let is_taken = journal.budget.take_segment(capacity)
                || is_forced && journal.budget.take_segment_of(room, true).is_some();
            if !is_taken {
                continue;
            }
            match self.create(capacity) {
                Ok((path, file)) => return Ok(Spare { path, file, capacity, mapping: None }),
                Err(error) => {
                    journal.budget.give_segment(capacity);
                    refusal = self.failed(&error);
                }
            }
        }
        Err(refusal)
    }

    fn create(&self, capacity: usize) -> io::Result<(PathBuf, Arc<dyn DiskFile>)> {
        if self.is_released() {
            return Err(io::ErrorKind::NotFound.into());
        }
        let path = self.next_path();
        match self.disk.create(&path, capacity as u64) {
            // Somebody has removed the directory under us.
            Err(error) if error.kind() == io::ErrorKind::NotFound && self.retake() => {
                self.disk.create(&path, capacity as u64)
            }
            result => result,
        }
        .map(|file| (path, file))
    }

    /// The name of the next segment.
    pub(super) fn next_path(&self) -> PathBuf {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.path.join(format!("{number:08x}.{SEGMENT}"))
    }

    /// Moves a file that was left behind into this directory.
    pub(super) fn take(&self, file: &Path) -> io::Result<PathBuf> {
        let path = self.next_path();
        self.sync_name()?;
        self.disk.rename(file, &path)?;
        Ok(path)
    }

    fn map(&self, file: &Arc<dyn DiskFile>, capacity: usize) -> Option<Mapping> {
        if self.kind == Kind::Mapped { file.map(capacity).ok() } else { None }
    }

    /// Has a segment ready before it is needed.
    pub(super) fn prepare(&self, journal: &Journal, capacity: usize) {
        if !self.spares().is_empty() || !journal.budget.take_segment(capacity) {
            return;
        }
        match self.create(capacity) {
            Ok((path, file)) => {
                let mapping = self.map(&file, capacity);
                self.spares().push(Spare { path, file, capacity, mapping });
            }
            // The appender meets the same error if it lasts, and says so.
            Err(_) => journal.budget.give_segment(capacity),
        }
    }

    /// Takes a finished segment back: one to use again is made empty, its records first, so that a crash in between
    /// finds a segment that is settled.
    pub(super) fn give_back(&self, journal: &Journal, segment: &Segment, is_own: bool) {
        let is_wanted = is_own
            && !segment.is_sealed()
            && segment.capacity >= journal.sizes.large
            && !self.is_released()
            && segment.set_cursor(journal.disk(), segment.written()).is_ok();
        let Some((path, file)) = segment.take_file() else { return };
        if self.is_released() {
            return;
        }
        // Before the segment itself, which tells that all is settled.
        for copy in segment.needless_copies() {
            let _ = self.disk.remove_file(&copy);
        }
        if let Some(file) = file.filter(|_| is_wanted && self.spares().len() < SPARES) {
            let parts = [(segment.start, segment.written()), (MEASURE, segment.start), (0, MEASURE)];
            let is_empty = parts.into_iter().try_for_each(|(from, to)| wipe(&*file, from, to));
            if is_empty.is_ok() && file.is_in_place() {
                let mapping = self.map(&file, segment.capacity);
                self.spares().push(Spare { path, file, capacity: segment.capacity, mapping });
                return;
            }
        }
        // What can't be removed is settled, and read by nobody who honours the cursor.
        if let Err(error) = self.disk.remove_file(&path) {
            self.failed(&error);
        }
        journal.budget.give_segment(segment.capacity);
    }

    /// Gives the segments in reserve back to the disk.
    pub(super) fn drop_spares(&self, journal: &Journal) {
        let spares = std::mem::take(&mut *self.spares());
        for spare in spares {
            self.discard(journal, &spare);
        }
    }

    fn discard(&self, journal: &Journal, spare: &Spare) {
        let _ = self.disk.remove_file(&spare.path);
        journal.budget.give_segment(spare.capacity);
    }

    fn take_spare(&self, least: usize) -> Option<Spare> {
        let mut spares = self.spares();
        let at = spares.iter().position(|spare| spare.capacity >= least)?;
        Some(spares.swap_remove(at))
    }

    /// Is the directory still there, and still ours? If not, it is made and locked again.
    pub(super) fn check(&self) -> bool {
        let is_held = self.lock().as_ref().is_some_and(|lock| lock.is_held());
        is_held || self.retake()
    }

    /// Makes the directory where it is gone, and locks it where the lock is lost.
    fn retake(&self) -> bool {
        let mut held = self.lock();
        if self.is_released() || held.as_ref().is_some_and(|lock| lock.is_held()) {
            return !self.is_released();
        }
        let path = self.path.join(LOCK);
        self.is_name_synced.store(false, Ordering::Relaxed);
        if self.disk.make_directories(&self.path).is_err() {
            return false;
        }
        let lock = match self.disk.lock(&path, false) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.disk.lock(&path, true),
            result => result,
        };
        let lock = lock.ok().flatten();
        let is_taken = lock.is_some();
        if is_taken {
            *held = lock;
        }
        is_taken
    }

    /// Before segments of others are moved here: a loss of power must not take the directory that they are in.
    pub(super) fn sync_name(&self) -> io::Result<()> {
        if self.is_synced && !self.is_name_synced.load(Ordering::Relaxed) {
            self.sync_names()?;
        }
        Ok(())
    }

    /// Makes the names that lead here survive a loss of power: this directory's and the host's own, which may be new.
    fn sync_names(&self) -> io::Result<()> {
        self.disk.sync_directory(&self.root)?;
        if let Some(above) = self.root.parent() {
            // It may be nobody's business of ours, and then it was there before.
            match self.disk.sync_directory(above) {
                Err(error) if error.kind() != io::ErrorKind::PermissionDenied => return Err(error),
                _ => {}
            }
        }
        self.is_name_synced.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Makes the names of the segments survive it too.
    pub(super) fn sync_directory(&self) -> io::Result<()> {
        self.disk.sync_directory(&self.path)?;
        if self.is_name_synced.load(Ordering::Relaxed) { Ok(()) } else { self.sync_names() }
    }

    /// Notes that something failed.
    pub(super) fn failed(&self, error: &io::Error) -> Refusal {
        let number = number_of(error);
        self.error.store(number, Ordering::Relaxed);
        Refusal::Disk(number)
    }

    /// Notes that the disk works.
    pub(super) fn works(&self) {
        if self.error() != 0 {
            self.error.store(0, Ordering::Relaxed);
        }
    }

    /// The number of the system's last error; 0 while the disk works.
    pub(super) fn error(&self) -> i32 {
        self.error.load(Ordering::Relaxed)
    }

    pub(super) fn is_released(&self) -> bool {
        self.is_released.load(Ordering::Acquire)
    }

    /// Leaves what is in the directory to whoever comes next; an empty one is removed.
    pub(super) fn release(&self, journal: &Journal) {
        // What was abandoned may be another's by now.
        if self.is_released() {
            return;
        }
        self.drop_spares(journal);
        let mut lock = self.lock();
        if self.is_released.swap(true, Ordering::AcqRel) || lock.is_none() {
            return;
        }
        let is_empty = self
            .disk
            .names(&self.path, 2)
            .is_ok_and(|names| names.iter().all(|name| Path::new(name) == Path::new(LOCK)));
        if is_empty {
            let _ = self.disk.remove_file(&self.path.join(LOCK));
            let _ = self.disk.remove_directory(&self.path);
        }
        *lock = None;
    }

    /// Leaves everything as it is to whoever comes next.
    pub(super) fn abandon(&self) {
        self.is_released.store(true, Ordering::Release);
        *self.lock() = None;
    }

    fn spares(&self) -> MutexGuard<'_, Vec<Spare>> {
        self.spares.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Box<dyn DiskLock>>> {
        self.lock.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The system's number of an error; one that the system has not made is want of memory, or counts as one of input and
/// output.
pub(super) fn number_of(error: &io::Error) -> i32 {
    const EIO: i32 = 5;
    const ENOMEM: i32 = 12;
    let is_memory = error.kind() == io::ErrorKind::OutOfMemory;
    error.raw_os_error().unwrap_or(if is_memory { ENOMEM } else { EIO })
}

/// A random number that is not zero.
pub(super) fn number(random: &dyn Random) -> Option<u64> {
    let mut bytes = [0; 8];
    random.fill(&mut bytes).then(|| u64::from_le_bytes(bytes).max(1))
}

pub(super) fn wipe(file: &dyn DiskFile, from: usize, to: usize) -> io::Result<()> {
    let mut at = from;
    while at < to {
        let count = (to - at).min(ZEROS.len());
        write_all_at(file, &ZEROS[..count], at as u64)?;
        at += count;
    }
    Ok(())
}
