//! A disk in memory, as the journal sees it, with room that runs out at a byte, syncs that fail, and a clock and chance
//! that are the input's.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use opttrack::fuzzing::platform::{Clock, Disk, DiskFile, DiskLock, Mapping, Random};

const ENOSPC: i32 = 28;
const EIO: i32 = 5;

/// The disk; its clones are the same disk.
#[derive(Clone, Default)]
pub struct Ram(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    /// A directory has no file.
    nodes: BTreeMap<PathBuf, Option<Arc<File>>>,
    /// Bytes that writes may still take; any number if none.
    room: Option<usize>,
    fails_to_sync: bool,
}

#[derive(Default)]
struct File {
    bytes: Mutex<Vec<u8>>,
    is_locked: AtomicBool,
}

struct Handle {
    disk: Ram,
    path: PathBuf,
    file: Arc<File>,
}

/// Held until it is dropped.
struct Lock(Handle);

impl File {
    fn bytes(&self) -> MutexGuard<'_, Vec<u8>> {
        self.bytes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ram {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on writes take so many bytes together, and then fail; `None`: as many as there are.
    pub fn set_room(&self, room: Option<usize>) {
        self.state().room = room;
    }

    pub fn set_fails_to_sync(&self, fails: bool) {
        self.state().fails_to_sync = fails;
    }

    /// Another disk with the same on it; nothing is locked there.
    pub fn copy(&self) -> Self {
        let state = self.state();
        let copy =
            |file: &Arc<File>| Arc::new(File { bytes: Mutex::new(file.bytes().clone()), ..File::default() });
        let nodes = state.nodes.iter().map(|(path, file)| (path.clone(), file.as_ref().map(copy))).collect();
        Self(Arc::new(Mutex::new(State { nodes, room: state.room, fails_to_sync: state.fails_to_sync })))
    }

    /// Every file whose name ends so, with its bytes.
    pub fn files(&self, ending: &str) -> Vec<(PathBuf, Vec<u8>)> {
        let is_meant = |path: &Path| path.to_string_lossy().ends_with(ending);
        let state = self.state();
        let files = state.nodes.iter().filter_map(|(path, file)| Some((path, file.as_ref()?)));
        files
            .filter(|(path, _)| is_meant(path))
            .map(|(path, file)| (path.clone(), file.bytes().clone()))
            .collect()
    }

    /// Puts a file there, whatever was.
    pub fn put(&self, path: &Path, bytes: Vec<u8>) {
        let file = File { bytes: Mutex::new(bytes), ..File::default() };
        self.state().nodes.insert(path.to_owned(), Some(Arc::new(file)));
    }

    fn find(&self, path: &Path) -> io::Result<Arc<File>> {
        self.state().nodes.get(path).cloned().flatten().ok_or(ErrorKind::NotFound.into())
    }

    fn handle(&self, path: &Path, file: Arc<File>) -> Handle {
        Handle { disk: self.clone(), path: path.to_owned(), file }
    }

    /// Is there a directory?
    fn has_directory(state: &State, path: Option<&Path>) -> bool {
        path.is_none_or(|path| path == Path::new("/") || matches!(state.nodes.get(path), Some(None)))
    }
}

impl Disk for Ram {
    fn make_directories(&self, path: &Path) -> io::Result<()> {
        for path in path.ancestors().filter(|path| path.parent().is_some()) {
            self.state().nodes.entry(path.to_owned()).or_insert(None);
        }
        Ok(())
    }

    fn make_directory(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        if !Self::has_directory(&state, path.parent()) {
            return Err(ErrorKind::NotFound.into());
        }
        match state.nodes.insert(path.to_owned(), None) {
            Some(former) => {
                state.nodes.insert(path.to_owned(), former);
                Err(ErrorKind::AlreadyExists.into())
            }
            None => Ok(()),
        }
    }

    fn names(&self, path: &Path, most: usize) -> io::Result<Vec<OsString>> {
        let state = self.state();
        if !Self::has_directory(&state, Some(path)) {
            return Err(ErrorKind::NotFound.into());
        }
        let inside = state.nodes.keys().filter(|node| node.parent() == Some(path));
        Ok(inside.filter_map(|node| node.file_name()).map(OsString::from).take(most).collect())
    }

    fn create(&self, path: &Path, size: u64) -> io::Result<Arc<dyn DiskFile>> {
        let mut state = self.state();
        if !Self::has_directory(&state, path.parent()) {
            return Err(ErrorKind::NotFound.into());
        }
        if state.nodes.contains_key(path) {
            return Err(ErrorKind::AlreadyExists.into());
        }
        if state.room == Some(0) {
            return Err(io::Error::from_raw_os_error(ENOSPC));
        }
        let file = Arc::new(File { bytes: Mutex::new(vec![0; size as usize]), ..File::default() });
        state.nodes.insert(path.to_owned(), Some(Arc::clone(&file)));
        Ok(Arc::new(self.handle(path, file)))
    }

    fn open(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>> {
        Ok(Arc::new(self.handle(path, self.find(path)?)))
    }

    fn lock(&self, path: &Path, is_new: bool) -> io::Result<Option<Box<dyn DiskLock>>> {
        if is_new {
            let mut state = self.state();
            if !Self::has_directory(&state, path.parent()) {
                return Err(ErrorKind::NotFound.into());
            }
            state.nodes.entry(path.to_owned()).or_insert_with(|| Some(Arc::default()));
        }
        let file = self.find(path)?;
        let is_taken = file.is_locked.swap(true, Ordering::SeqCst);
        Ok((!is_taken).then(|| Box::new(Lock(self.handle(path, file))) as Box<dyn DiskLock>))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.state();
        if !Self::has_directory(&state, to.parent()) {
            return Err(ErrorKind::NotFound.into());
        }
        let file = state.nodes.remove(from).ok_or(ErrorKind::NotFound)?;
        state.nodes.insert(to.to_owned(), file);
        Ok(())
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.find(path)?;
        self.state().nodes.remove(path);
        Ok(())
    }

    fn remove_directory(&self, path: &Path) -> io::Result<()> {
        if !self.names(path, 1)?.is_empty() {
            return Err(ErrorKind::DirectoryNotEmpty.into());
        }
        self.state().nodes.remove(path);
        Ok(())
    }

    fn sync_directory(&self, _: &Path) -> io::Result<()> {
        if self.state().fails_to_sync { Err(io::Error::from_raw_os_error(EIO)) } else { Ok(()) }
    }

    fn is_mappable(&self, _: &Path) -> bool {
        false
    }
}

impl DiskFile for Handle {
    fn read_at(&self, bytes: &mut [u8], at: u64) -> io::Result<usize> {
        let all = self.file.bytes();
        let rest = all.get(at as usize..).unwrap_or_default();
        let count = rest.len().min(bytes.len());
        bytes[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }

    fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<usize> {
        let mut state = self.disk.state();
        let count = bytes.len().min(state.room.unwrap_or(usize::MAX));
        if count == 0 && !bytes.is_empty() {
            return Err(io::Error::from_raw_os_error(ENOSPC));
        }
        state.room = state.room.map(|room| room - count);
        let (mut all, at) = (self.file.bytes(), at as usize);
        let size = all.len().max(at + count);
        all.resize(size, 0);
        all[at..at + count].copy_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn sync(&self) -> io::Result<()> {
        self.disk.sync_directory(&self.path)
    }

    fn size(&self) -> io::Result<u64> {
        Ok(self.file.bytes().len() as u64)
    }

    fn is_in_place(&self) -> bool {
        self.disk.find(&self.path).is_ok_and(|file| Arc::ptr_eq(&file, &self.file))
    }

    fn map(&self, _: usize) -> io::Result<Mapping> {
        Err(ErrorKind::Unsupported.into())
    }
}

impl DiskLock for Lock {
    fn is_held(&self) -> bool {
        self.0.is_in_place()
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        self.0.file.is_locked.store(false, Ordering::SeqCst);
    }
}

/// A clock that the input moves, and chance that is none.
#[derive(Default)]
pub struct Steady {
    milliseconds: AtomicU64,
    drawn: AtomicU64,
}

impl Steady {
    pub fn pass(&self, milliseconds: u64) -> Duration {
        Duration::from_millis(self.milliseconds.fetch_add(milliseconds, Ordering::Relaxed) + milliseconds)
    }
}

impl Clock for Steady {
    fn wall_ns(&self) -> i64 {
        1_700_000_000_000_000_000
    }

    fn monotonic(&self) -> Duration {
        self.pass(0)
    }
}

impl Random for Steady {
    fn fill(&self, bytes: &mut [u8]) -> bool {
        for chunk in bytes.chunks_mut(8) {
            let number = self.drawn.fetch_add(1, Ordering::Relaxed) + 1;
            let mixed = number
                .wrapping_mul(0x9e37_79b9_7f4a_7c15)
                .rotate_left(29)
                .wrapping_mul(0xbf58_476d_1ce4_e5b9);
            chunk.copy_from_slice(&mixed.to_le_bytes()[..chunk.len()]);
        }
        true
    }
}
