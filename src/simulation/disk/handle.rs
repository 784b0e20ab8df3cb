//! The disk as one process sees it: its calls, its open files and its locks.

use std::ffi::OsString;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, MutexGuard};

use super::faults::error;
use super::file::File;
use super::tree::{Directory, Inode, Node};
use super::{Fault, Kind, Machine, State, WRITES_A_WRITE_BACK};
use crate::platform::{Disk, DiskFile, DiskLock, Mapping};

/// The disk of one process.
#[derive(Clone)]
pub(crate) struct SimDisk {
    machine: Machine,
    process: u32,
}

struct SimFile {
    disk: SimDisk,
    inode: Inode,
    path: PathBuf,
}

struct SimLock {
    disk: SimDisk,
    inode: Inode,
    path: PathBuf,
    number: u64,
}

impl SimDisk {
    pub(super) fn new(machine: Machine, process: u32) -> Self {
        Self { machine, process }
    }

    /// The number of the process.
    pub(crate) fn process(&self) -> u32 {
        self.process
    }

    /// A call that writes, with the faults it can have. If the process dies in it, it had its effect or it had none.
    fn change<T>(
        &self,
        name: &str,
        path: &Path,
        fault: Fault,
        change: impl FnOnce(&mut State) -> io::Result<T>,
    ) -> io::Result<T> {
        let (mut state, is_last) = self.machine.begin(self.process, Kind::Writes)?;
        state.trace(self.process, name, path, if is_last { "and dies" } else { "" });
        if is_last {
            if self.machine.dice.chance(1, 2) {
                let _ = change(&mut state);
            }
            return Err(state.die(self.process));
        }
        state.check(&self.machine.dice, fault)?;
        let result = change(&mut state);
        if let Err(error) = &result {
            state.trace(self.process, name, path, &error.to_string());
        }
        result
    }

    /// A call that only looks.
    fn look(&self, name: &str, path: &Path, fault: Fault) -> io::Result<MutexGuard<'_, State>> {
        let (mut state, is_last) = self.machine.begin(self.process, Kind::Reads)?;
        state.trace(self.process, name, path, if is_last { "and dies" } else { "" });
        if is_last {
            return Err(state.die(self.process));
        }
        state.check(&self.machine.dice, fault)?;
        Ok(state)
    }

    fn handle(&self, inode: Inode, path: &Path) -> Arc<dyn DiskFile> {
        Arc::new(SimFile { disk: self.clone(), inode, path: path.to_owned() })
    }
}

impl Disk for SimDisk {
    fn make_directories(&self, path: &Path) -> io::Result<()> {
        self.change("make directories", path, Fault::CreateError, |state| {
            let mut so_far = PathBuf::from("/");
            for component in path.components() {
                let Component::Normal(name) = component else { continue };
                so_far.push(name);
                match state.tree.add(&so_far, Node::Directory(Directory::default())) {
                    Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                    _ => {}
                }
            }
            let inode = state.tree.find(path)?;
            state.tree.directory(inode).map(drop)
        })
    }

    fn make_directory(&self, path: &Path) -> io::Result<()> {
        self.change("make directory", path, Fault::CreateError, |state| {
            state.tree.add(path, Node::Directory(Directory::default())).map(drop)
        })
    }

    fn names(&self, path: &Path, most: usize) -> io::Result<Vec<OsString>> {
        let mut state = self.look("names", path, Fault::OpenError)?;
        let inode = state.tree.find(path)?;
        let mut names: Vec<OsString> = state.tree.directory(inode)?.names.keys().cloned().collect();
        // A real directory has an order of its own.
        for last in (1..names.len()).rev() {
            names.swap(last, self.machine.dice.index(last + 1));
        }
        names.truncate(most);
        Ok(names)
    }

    fn create(&self, path: &Path, size: u64) -> io::Result<Arc<dyn DiskFile>> {
        let inode = self.change("create", path, Fault::CreateError, |state| {
            if state.tree.used().saturating_add(size) > state.capacity {
                state.fired.note(Fault::Full);
                return Err(error(libc::ENOSPC));
            }
            state.tree.add(path, Node::File(File::new(size as usize)))
        })?;
        Ok(self.handle(inode, path))
    }

    fn open(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>> {
        let mut state = self.look("open", path, Fault::OpenError)?;
        let inode = state.tree.find(path)?;
        state.tree.file(inode)?.handles += 1;
        drop(state);
        Ok(self.handle(inode, path))
    }

    fn lock(&self, path: &Path, is_new: bool) -> io::Result<Option<Box<dyn DiskLock>>> {
        let take = |state: &mut State| {
            let inode = if is_new {
                state.tree.add(path, Node::File(File::new(0)))?
            } else {
                state.tree.find(path)?
            };
            let number = state.next_lock;
            state.next_lock += 1;
            let holder = state.tree.file(inode)?.lock;
            if holder.is_some_and(|(_, process)| state.living.contains(&process)) {
                return Ok(None);
            }
            let file = state.tree.file(inode)?;
            file.lock = Some((number, self.process));
            file.handles += u32::from(!is_new);
            Ok(Some((inode, number)))
        };
        let taken = if is_new {
            self.change("lock new", path, Fault::CreateError, take)?
        } else {
            take(&mut *self.look("lock", path, Fault::OpenError)?)?
        };
        Ok(taken.map(|(inode, number)| {
            Box::new(SimLock { disk: self.clone(), inode, path: path.to_owned(), number })
                as Box<dyn DiskLock>
        }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.change(&format!("rename to {} from", to.display()), from, Fault::NameError, |state| {
            state.tree.rename(from, to)
        })
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.change("remove", path, Fault::NameError, |state| state.tree.remove(path, false))
    }

    fn remove_directory(&self, path: &Path) -> io::Result<()> {
        self.change("remove directory", path, Fault::NameError, |state| state.tree.remove(path, true))
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        self.change("sync directory", path, Fault::DirectorySyncError, |state| {
            let inode = state.tree.find(path)?;
            state.tree.sync_directory(inode)
        })
    }

    fn is_mappable(&self, _: &Path) -> bool {
        false
    }
}

impl DiskFile for SimFile {
    fn read_at(&self, bytes: &mut [u8], at: u64) -> io::Result<usize> {
        let mut state = self.disk.look("read", &self.path, Fault::ReadError)?;
        let file = state.tree.file(self.inode)?;
        let rest = file.bytes.get(at as usize..).unwrap_or_default();
        let count = rest.len().min(bytes.len());
        bytes[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }

    fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<usize> {
        let SimDisk { machine, process } = &self.disk;
        let dice = &machine.dice;
        let (mut state, is_last) = machine.begin(*process, Kind::Writes)?;
        let is_broken = state.tree.file(self.inode)?.is_broken;
        let partly = |dice: &super::Dice| dice.index(bytes.len() + 1);
        let (taken, outcome) = if is_last {
            (partly(dice), None)
        } else if is_broken || state.happens(dice, Fault::BrokenFile) {
            state.tree.file(self.inode)?.is_broken = true;
            if is_broken {
                state.fired.note(Fault::BrokenFile);
            }
            (if is_broken { 0 } else { partly(dice) }, Some(Err(Fault::BrokenFile)))
        } else if state.happens(dice, Fault::WriteError) {
            (0, Some(Err(Fault::WriteError)))
        } else if state.happens(dice, Fault::TornWrite) {
            (partly(dice), Some(Err(Fault::TornWrite)))
        } else if bytes.len() > 1 && state.happens(dice, Fault::ShortWrite) {
            let taken = 1 + dice.index(bytes.len() - 1);
            (taken, Some(Ok(taken)))
        } else {
            (bytes.len(), Some(Ok(bytes.len())))
        };
        state.trace(
            *process,
            "write",
            &self.path,
            &format!("{taken} of {} at {at}: {outcome:?}", bytes.len()),
        );
        let other = state.tree.file(self.inode)?.writer.filter(|writer| writer != process);
        if let Some(other) = other.filter(|other| state.living.contains(other)) {
            let wrong = format!("{process} writes to {}, and so does {other}", self.path.display());
            state.wrongs.push(wrong);
        }
        let file = state.tree.file(self.inode)?;
        file.write(&bytes[..taken], at as usize);
        file.writer = Some(*process);
        if dice.chance(1, WRITES_A_WRITE_BACK) {
            file.write_back(dice);
        }
        match outcome {
            Some(result) => result.map_err(|fault| error(dice.pick(fault.errors()))),
            None => Err(state.die(*process)),
        }
    }

    fn sync(&self) -> io::Result<()> {
        let SimDisk { machine, process } = &self.disk;
        let (mut state, is_last) = machine.begin(*process, Kind::Reads)?;
        let fails = !is_last && state.happens(&machine.dice, Fault::SyncError);
        state.trace(*process, "sync", &self.path, if fails { "fails" } else { "" });
        let file = state.tree.file(self.inode)?;
        if is_last {
            file.write_back(&machine.dice);
            return Err(state.die(*process));
        }
        if fails {
            file.fail_sync(&machine.dice);
            return Err(error(libc::EIO));
        }
        file.sync();
        Ok(())
    }

    fn size(&self) -> io::Result<u64> {
        let mut state = self.disk.look("size", &self.path, Fault::ReadError)?;
        Ok(state.tree.file(self.inode)?.bytes.len() as u64)
    }

    fn is_in_place(&self) -> bool {
        let mut state = self.disk.machine.state();
        state.tree.find(&self.path).is_ok_and(|found| found == self.inode)
    }

    fn map(&self, _: usize) -> io::Result<Mapping> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

impl Drop for SimFile {
    fn drop(&mut self) {
        self.disk.machine.state().tree.close(self.inode);
    }
}

impl DiskLock for SimLock {
    fn is_held(&self) -> bool {
        let mut state = self.disk.machine.state();
        let is_ours = state.living.contains(&self.disk.process)
            && state.tree.find(&self.path).is_ok_and(|found| found == self.inode);
        is_ours
            && state
                .tree
                .file(self.inode)
                .is_ok_and(|file| file.lock.is_some_and(|lock| lock.0 == self.number))
    }
}

impl Drop for SimLock {
    fn drop(&mut self) {
        let mut state = self.disk.machine.state();
        if let Ok(file) = state.tree.file(self.inode) {
            if file.lock.is_some_and(|lock| lock.0 == self.number) {
                file.lock = None;
            }
        }
        state.tree.close(self.inode);
    }
}
