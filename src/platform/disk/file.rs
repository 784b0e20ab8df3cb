//! A file of the operating system, whose descriptor may be taken from us: a host that closes all descriptors, as
//! daemons do, must never find our bytes in a file that it opens next.
#![allow(unsafe_code)]

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{IntoRawFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI32, Ordering};

use super::{DiskFile, Mapping, system};

/// What a file is, whatever it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::platform) struct Inode {
    device: u64,
    number: u64,
}

impl Inode {
    /// What a descriptor leads to; `None` if to nothing.
    pub(in crate::platform) fn of(descriptor: libc::c_int) -> Option<Self> {
        let mut info = MaybeUninit::<libc::stat>::uninit();
        // SAFETY: the pointer is valid for a write; a descriptor that is closed is an error.
        let result = unsafe { libc::fstat(descriptor, info.as_mut_ptr()) };
        // SAFETY: fstat succeeded and has written it.
        (result == 0).then(|| unsafe { info.assume_init() }).map(Self::from)
    }

    /// What a path leads to.
    pub(super) fn at(path: &Path) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;

        let info = std::fs::symlink_metadata(path).ok()?;
        Some(Self { device: info.dev(), number: info.ino() })
    }
}

impl From<libc::stat> for Inode {
    #[allow(clippy::unnecessary_cast, reason = "the fields' types differ between systems")]
    fn from(info: libc::stat) -> Self {
        Self { device: info.st_dev as u64, number: info.st_ino as u64 }
    }
}

/// Closes a descriptor if it is still ours; another's is left alone.
pub(in crate::platform) fn close_own(descriptor: libc::c_int, inode: Inode) {
    if Inode::of(descriptor) == Some(inode) {
        // SAFETY: the descriptor leads to our file and is used no more.
        unsafe { libc::close(descriptor) };
    }
}

/// An open regular file.
pub(super) struct SystemFile {
    descriptor: AtomicI32,
    inode: Inode,
    path: PathBuf,
}

impl SystemFile {
    pub(super) fn new(descriptor: OwnedFd, path: &Path) -> io::Result<Self> {
        let descriptor = descriptor.into_raw_fd();
        let inode = Inode::of(descriptor).ok_or_else(io::Error::last_os_error)?;
        Ok(Self { descriptor: AtomicI32::new(descriptor), inode, path: path.to_owned() })
    }

    /// A descriptor that is proved to be ours, opened again where the host has closed it.
    fn descriptor(&self) -> io::Result<libc::c_int> {
        let known = self.descriptor.load(Ordering::Relaxed);
        if Inode::of(known) == Some(self.inode) { Ok(known) } else { self.open_again(known) }
    }

    #[cold]
    fn open_again(&self, known: libc::c_int) -> io::Result<libc::c_int> {
        let fresh = system::open(&self.path, libc::O_RDWR | libc::O_NONBLOCK)?.into_raw_fd();
        if Inode::of(fresh) != Some(self.inode) {
            // SAFETY: the descriptor was opened above and is used no more.
            unsafe { libc::close(fresh) };
            return Err(io::Error::from_raw_os_error(libc::ESTALE));
        }
        match self.descriptor.compare_exchange(known, fresh, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => Ok(fresh),
            Err(others) => {
                // SAFETY: as above; another thread was faster.
                unsafe { libc::close(fresh) };
                Ok(others)
            }
        }
    }
}

impl Drop for SystemFile {
    fn drop(&mut self) {
        close_own(*self.descriptor.get_mut(), self.inode);
    }
}

impl DiskFile for SystemFile {
    fn read_at(&self, bytes: &mut [u8], at: u64) -> io::Result<usize> {
        let descriptor = self.descriptor()?;
        let mut done = 0;
        while done < bytes.len() {
            let rest = &mut bytes[done..];
            let place = offset(at + done as u64)?;
            // SAFETY: the pointer and the length are those of a slice that is ours to write.
            let count = unsafe { libc::pread(descriptor, rest.as_mut_ptr().cast(), rest.len(), place) };
            match transferred(count)? {
                Some(0) => break,
                Some(count) => done += count,
                None => {}
            }
        }
        Ok(done)
    }

    fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<usize> {
        // Also within a file that has its size already: the limit may have been lowered since.
        system::check_size_limit(at + bytes.len() as u64)?;
        let descriptor = self.descriptor()?;
        loop {
            let place = offset(at)?;
            // SAFETY: the pointer and the length are those of a slice.
            let count = unsafe { libc::pwrite(descriptor, bytes.as_ptr().cast(), bytes.len(), place) };
            if let Some(count) = transferred(count)? {
                return Ok(count);
            }
        }
    }

    fn sync(&self) -> io::Result<()> {
        let descriptor = self.descriptor()?;
        system::again(|| sync(descriptor)).map(drop)
    }

    fn size(&self) -> io::Result<u64> {
        let descriptor = self.descriptor()?;
        // SAFETY: no memory is involved; nothing of ours reads or writes at the file's own offset.
        let size = unsafe { libc::lseek(descriptor, 0, libc::SEEK_END) };
        u64::try_from(size).map_err(|_| io::Error::last_os_error())
    }

    fn is_in_place(&self) -> bool {
        Inode::at(&self.path) == Some(self.inode)
    }

    fn map(&self, size: usize) -> io::Result<Mapping> {
        system::map(self.descriptor()?, size)
    }
}

fn offset(at: u64) -> io::Result<libc::off_t> {
    libc::off_t::try_from(at).map_err(|_| io::Error::from_raw_os_error(libc::EFBIG))
}

/// What a read or write came to: bytes, or `None` if a signal interrupted it.
fn transferred(count: libc::ssize_t) -> io::Result<Option<usize>> {
    if let Ok(count) = usize::try_from(count) {
        return Ok(Some(count));
    }
    let error = io::Error::last_os_error();
    if error.kind() == io::ErrorKind::Interrupted { Ok(None) } else { Err(error) }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn sync(descriptor: libc::c_int) -> libc::c_int {
    // SAFETY: no memory is involved.
    unsafe { libc::fdatasync(descriptor) }
}

/// Only this call asks an Apple disk to write what it has cached.
#[cfg(target_vendor = "apple")]
fn sync(descriptor: libc::c_int) -> libc::c_int {
    // SAFETY: no memory is involved.
    unsafe { libc::fcntl(descriptor, libc::F_FULLFSYNC) }
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn sync(descriptor: libc::c_int) -> libc::c_int {
    // SAFETY: no memory is involved.
    unsafe { libc::fsync(descriptor) }
}
