//! A segment as its appender, the books and the reader share it. Who reads does not know which kind it is.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Identity;
use super::format::Header;
use super::record::Frame;
use super::room::make_room;
use super::scratch::Scratch;
use crate::platform::{Defect, Disk, DiskFile, SegmentReader, planted, write_all_at};

/// A run of records that share an identity.
pub(super) struct Segment {
    /// Tells it from every other segment of the process.
    number: u64,
    pub(super) identity: Arc<Identity>,
    pub(super) frame: Frame,
    /// Where the records begin.
    pub(super) start: usize,
    /// Where those begin that were not settled when the segment was made or adopted.
    first: usize,
    /// Bytes taken of the budget.
    pub(super) capacity: usize,
    /// Events that came through its shard before its first.
    pub(super) base: u64,
    /// Where the records end that readers may see.
    written: AtomicUsize,
    /// Where the records end that would survive a loss of power.
    synced: AtomicUsize,
    /// Nothing may be appended any more.
    is_sealed: AtomicBool,
    /// A sync has failed: the system may have forgotten what it could not write, and says so once.
    has_lost_sync: AtomicBool,
    store: Store,
}

enum Store {
    Memory(SegmentReader),
    File(Box<FileStore>),
}

struct FileStore {
    header: Header,
    place: Mutex<Place>,
    /// Held by who asks the disk to keep it.
    syncing: Mutex<()>,
}

/// Where a segment's file is. It moves when its directory vanishes or its disk fails to sync.
struct Place {
    path: PathBuf,
    /// Closed while many segments wait, and opened again when its turn comes.
    file: Option<Arc<dyn DiskFile>>,
    /// Cursor words written.
    turns: usize,
    /// How often it has moved.
    moves: u64,
    /// Another process has written the file: nobody knows what of it the disk has kept.
    is_inherited: bool,
    /// Other files of the same records, which stay until this one has been synced by who wrote it, or is settled.
    copies: Vec<PathBuf>,
    /// It is nobody's any more.
    is_given_up: bool,
}

impl Segment {
    /// A segment in memory.
    pub(super) fn in_memory(
        reader: SegmentReader,
        identity: Arc<Identity>,
        capacity: usize,
        base: u64,
    ) -> Self {
        let frame = Frame { id: 0, is_checked: false };
        Self {
            number: next_number(),
            identity,
            frame,
            start: 0,
            first: 0,
            capacity,
            base,
            written: AtomicUsize::new(0),
            synced: AtomicUsize::new(0),
            is_sealed: AtomicBool::new(false),
            has_lost_sync: AtomicBool::new(false),
            store: Store::Memory(reader),
        }
    }

    /// A segment in a file whose records end at `end`.
    pub(super) fn in_file(
        header: Header,
        path: PathBuf,
        file: Option<Arc<dyn DiskFile>>,
        capacity: usize,
        base: u64,
        end: usize,
    ) -> Self {
        let place = Place {
            path,
            file,
            turns: 0,
            moves: 0,
            is_inherited: false,
            copies: Vec::new(),
            is_given_up: false,
        };
        Self {
            number: next_number(),
            identity: Arc::clone(&header.identity),
            frame: Frame { id: header.id, is_checked: true },
            start: header.start(),
            first: header.start(),
            capacity,
            base,
            written: AtomicUsize::new(end),
            synced: AtomicUsize::new(header.start()),
            is_sealed: AtomicBool::new(false),
            has_lost_sync: AtomicBool::new(false),
            store: Store::File(Box::new(FileStore {
                header,
                place: Mutex::new(place),
                syncing: Mutex::new(()),
            })),
        }
    }

    /// The same as another process has left it: everything before an offset is settled.
    pub(super) fn inherited(self, first: usize) -> Self {
        if let Some(store) = self.store() {
            store.place().is_inherited = true;
        }
        Self { first, ..self }
    }

    /// Where the first record is that has to be delivered.
    pub(super) fn first(&self) -> usize {
        self.first
    }

    /// Where the records end that are there to be read.
    pub(super) fn written(&self) -> usize {
        self.written.load(Ordering::Acquire)
    }

    /// Lets readers see what was appended.
    pub(super) fn publish(&self, end: usize) {
        self.written.store(end, Ordering::Release);
    }

    pub(super) fn is_sealed(&self) -> bool {
        self.is_sealed.load(Ordering::Acquire)
    }

    pub(super) fn seal(&self) {
        self.is_sealed.store(true, Ordering::Release);
    }

    /// The bytes of records, between two offsets.
    pub(super) fn read<'s>(
        &'s self,
        disk: Option<&dyn Disk>,
        from: usize,
        to: usize,
        scratch: &'s mut Scratch,
    ) -> io::Result<&'s [u8]> {
        let is_known = scratch.segment == self.number && from >= scratch.from;
        if !is_known || from > scratch.from + scratch.bytes.len() {
            *scratch = Scratch { segment: self.number, from, bytes: std::mem::take(&mut scratch.bytes) };
            scratch.bytes.clear();
        }
        scratch.drop_what_is_over(from);
        let known = scratch.from + scratch.bytes.len();
        if known < to {
            make_room(&mut scratch.bytes, to - known)?;
            match &self.store {
                Store::Memory(reader) => reader.copy(known, to, &mut scratch.bytes),
                Store::File(store) => {
                    let file = store.open(disk)?;
                    let kept = scratch.bytes.len();
                    scratch.bytes.resize(kept + to - known, 0);
                    // A file that somebody has cut reads as if zeros were there, which is damage.
                    if let Err(error) = file.read_at(&mut scratch.bytes[kept..], known as u64) {
                        scratch.bytes.truncate(kept);
                        return Err(error);
                    }
                }
            }
        }
        Ok(&scratch.bytes[from - scratch.from..to - scratch.from])
    }

    /// Writes over records that are settled or purged.
    pub(super) fn overwrite(&self, disk: Option<&dyn Disk>, at: usize, bytes: &[u8]) -> io::Result<()> {
        let store = match &self.store {
            Store::Memory(reader) => {
                reader.overwrite(at, bytes);
                return Ok(());
            }
            Store::File(store) => store,
        };
        write_all_at(&*store.open(disk)?, bytes, at as u64)?;
        let copies = store.place().copies.clone();
        for copy in disk.iter().flat_map(|disk| copies.iter().map(|copy| disk.open(copy))) {
            match copy {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                copy => write_all_at(&*copy?, bytes, at as u64)?,
            }
        }
        Ok(())
    }

    /// Notes on the disk that everything before `position` is settled.
    pub(super) fn set_cursor(&self, disk: Option<&dyn Disk>, position: usize) -> io::Result<()> {
        let Some(store) = self.store() else { return Ok(()) };
        let file = store.open(disk)?;
        let turn = {
            let mut place = store.place();
            place.turns += 1;
            place.turns
        };
        let (word, at) = store.header.cursor_word(position, turn);
        write_all_at(&*file, &word, at as u64)
    }

    /// Is there something that a loss of power would take?
    pub(super) fn is_unsynced(&self) -> bool {
        self.store().is_some() && self.synced.load(Ordering::Acquire) < self.written()
    }

    /// Makes what was appended survive a loss of power. A file that has failed once is not asked again: the system has
    /// forgotten then what it could not write, and would say that all is well.
    pub(super) fn sync(&self, disk: Option<&dyn Disk>) -> io::Result<()> {
        let Some(store) = self.store() else { return Ok(()) };
        // One at a time: of two who ask at once the system tells one alone that it failed.
        let _asking = store.syncing.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if self.has_lost_sync() {
                return Err(io::Error::other("the file has failed to sync before"));
            }
            let (end, moves) = (self.written(), store.place().moves);
            let synced = store.open(disk)?.sync();
            let place = store.place();
            // What was said of a file says nothing of the one that has taken its place meanwhile.
            if place.moves != moves {
                continue;
            }
            if synced.is_ok() {
                self.synced.fetch_max(end, Ordering::AcqRel);
            } else if !planted(Defect::SyncRetried) {
                self.has_lost_sync.store(true, Ordering::Release);
                self.seal();
            }
            return synced;
        }
    }

    /// Has the disk failed to keep what it was given?
    pub(super) fn has_lost_sync(&self) -> bool {
        self.has_lost_sync.load(Ordering::Acquire)
    }

    /// Does its path still lead to its file? A file that is closed is where it was left.
    pub(super) fn is_in_place(&self) -> bool {
        self.store().is_none_or(|store| store.place().file.as_ref().is_none_or(|file| file.is_in_place()))
    }

    /// Copies the segment to another file, which takes the place of the one it had. That one is answered if nobody needs
    /// it; else it stays as a copy, for it may hold what was safe. Nothing is appended meanwhile: the segment is sealed.
    pub(super) fn move_to(
        &self,
        disk: &dyn Disk,
        path: PathBuf,
        settled: usize,
    ) -> io::Result<Option<PathBuf>> {
        let Some(store) = self.store() else { return Ok(None) };
        let end = self.written();
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(end)?;
        bytes.resize(end, 0);
        store.open(Some(disk))?.read_at(&mut bytes, 0)?;
        let header = store.header.bytes();
        bytes[..header.len()].copy_from_slice(&header);
        let (word, at) = store.header.cursor_word(settled, 0);
        bytes[at..at + word.len()].copy_from_slice(&word);
        let file = disk.create(&path, end as u64)?;
        if let Err(error) = write_all_at(&*file, &bytes, 0) {
            let _ = disk.remove_file(&path);
            return Err(error);
        }
        let mut place = store.place();
        place.file = Some(file);
        place.moves += 1;
        let former = std::mem::replace(&mut place.path, path);
        let was_inherited = std::mem::take(&mut place.is_inherited);
        let was_synced = self.synced.swap(self.start, Ordering::AcqRel) > self.start;
        self.has_lost_sync.store(false, Ordering::Release);
        // A disk that goes on failing would fill with copies of copies.
        if was_inherited || was_synced || place.copies.is_empty() {
            place.copies.push(former);
            return Ok(None);
        }
        Ok(Some(former))
    }

    /// Keeps another file of the same records for as long as it may be needed; false if it is not.
    pub(super) fn keep_copy(&self, path: &Path) -> bool {
        let Some(store) = self.store() else { return false };
        let mut place = store.place();
        if !place.is_given_up {
            place.copies.push(path.to_owned());
        }
        !place.is_given_up
    }

    /// Gives up the copies, if all is settled, or the disk known to have kept the segment itself: names are synced too.
    pub(super) fn needless_copies(&self) -> Vec<PathBuf> {
        let Some(store) = self.store() else { return Vec::new() };
        let mut place = store.place();
        let is_safe = !place.is_inherited && !self.has_lost_sync() && !self.is_unsynced();
        if place.is_given_up || is_safe { std::mem::take(&mut place.copies) } else { Vec::new() }
    }

    /// Closes the file until it is needed again.
    pub(super) fn close(&self) {
        if let Some(store) = self.store() {
            store.place().file = None;
        }
    }

    /// Gives up the file; it is the caller's to remove or to use again.
    pub(super) fn take_file(&self) -> Option<(PathBuf, Option<Arc<dyn DiskFile>>)> {
        let store = self.store()?;
        // There is nothing left that a loss of power could take.
        self.synced.store(self.written(), Ordering::Release);
        let mut place = store.place();
        place.is_given_up = true;
        Some((place.path.clone(), place.file.take()))
    }

    fn store(&self) -> Option<&FileStore> {
        match &self.store {
            Store::Memory(_) => None,
            Store::File(store) => Some(store),
        }
    }
}

fn next_number() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

impl FileStore {
    fn place(&self) -> MutexGuard<'_, Place> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(&self, disk: Option<&dyn Disk>) -> io::Result<Arc<dyn DiskFile>> {
        let mut place = self.place();
        if let Some(file) = &place.file {
            return Ok(Arc::clone(file));
        }
        let disk = disk.ok_or(io::ErrorKind::NotFound)?;
        let file = disk.open(&place.path)?;
        place.file = Some(Arc::clone(&file));
        Ok(file)
    }
}
