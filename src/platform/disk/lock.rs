//! Locks by flock: unlike those of fcntl they are seen within a process, and end with their own descriptor only.
#![allow(unsafe_code)]

use std::io;
use std::os::fd::{AsRawFd, IntoRawFd, OwnedFd};
use std::path::{Path, PathBuf};

use super::DiskLock;
use super::file::{Inode, close_own};
use crate::platform::fork::{self, ClosedInChild};

/// A file that is locked.
pub(super) struct SystemLock {
    descriptor: libc::c_int,
    inode: Inode,
    path: PathBuf,
    /// A child of a fork would hold the lock beyond this process's death.
    closed_in_child: Option<ClosedInChild>,
}

impl SystemLock {
    /// Takes the lock if it is free.
    pub(super) fn take(descriptor: OwnedFd, path: &Path) -> io::Result<Option<Self>> {
        let closed_in_child = Some(fork::register(descriptor.as_raw_fd()));
        // SAFETY: no memory is involved.
        if unsafe { libc::flock(descriptor.as_raw_fd(), libc::LOCK_EX | libc::LOCK_NB) } != 0 {
            let error = io::Error::last_os_error();
            drop(closed_in_child);
            return if error.kind() == io::ErrorKind::WouldBlock { Ok(None) } else { Err(error) };
        }
        let Some(inode) = Inode::of(descriptor.as_raw_fd()) else {
            let error = io::Error::last_os_error();
            drop(closed_in_child);
            return Err(error);
        };
        // Who held it before may have removed the file between the opening and the locking.
        let lock =
            Self { descriptor: descriptor.into_raw_fd(), inode, path: path.to_owned(), closed_in_child };
        Ok(lock.is_held().then_some(lock))
    }
}

impl DiskLock for SystemLock {
    fn is_held(&self) -> bool {
        Inode::of(self.descriptor) == Some(self.inode) && Inode::at(&self.path) == Some(self.inode)
    }
}

impl Drop for SystemLock {
    fn drop(&mut self) {
        self.closed_in_child = None;
        close_own(self.descriptor, self.inode);
    }
}
