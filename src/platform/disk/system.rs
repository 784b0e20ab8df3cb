//! The machine's disk.
#![allow(unsafe_code)]

use std::ffi::{CString, OsString};
use std::fs::{self, DirBuilder, File};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::Arc;

use super::file::SystemFile;
use super::lock::SystemLock;
use super::{Disk, DiskFile, DiskLock, Mapping};

/// Directories are for this user of the machine alone.
const DIRECTORY_MODE: u32 = 0o700;

/// And so are files.
const FILE_MODE: libc::c_uint = 0o600;

/// Directories, files and locks of the operating system.
pub struct SystemDisk;

impl Disk for SystemDisk {
    fn make_directories(&self, path: &Path) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(DIRECTORY_MODE).create(path)
    }

    fn make_directory(&self, path: &Path) -> io::Result<()> {
        DirBuilder::new().mode(DIRECTORY_MODE).create(path)
    }

    fn names(&self, path: &Path, most: usize) -> io::Result<Vec<OsString>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(path)?.take(most) {
            names.try_reserve(1)?;
            names.push(entry?.file_name());
        }
        Ok(names)
    }

    fn create(&self, path: &Path, size: u64) -> io::Result<Arc<dyn DiskFile>> {
        check_size_limit(size)?;
        let descriptor = open(path, libc::O_RDWR | libc::O_CREAT | libc::O_EXCL)?;
        if let Err(error) = reserve(&descriptor, size) {
            let _ = fs::remove_file(path);
            return Err(error);
        }
        Ok(Arc::new(SystemFile::new(descriptor, path)?))
    }

    fn open(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>> {
        // Without O_NONBLOCK a fifo would wait for its other end.
        let descriptor = open(path, libc::O_RDWR | libc::O_NONBLOCK)?;
        let file = File::from(descriptor);
        if !file.metadata()?.is_file() {
            return Err(io::Error::other("is no regular file"));
        }
        Ok(Arc::new(SystemFile::new(file.into(), path)?))
    }

    fn lock(&self, path: &Path, is_new: bool) -> io::Result<Option<Box<dyn DiskLock>>> {
        let how = if is_new { libc::O_CREAT | libc::O_EXCL } else { libc::O_NONBLOCK };
        let descriptor = open(path, libc::O_RDWR | how)?;
        let lock = SystemLock::take(descriptor, path)?;
        Ok(lock.map(|lock| Box::new(lock) as Box<dyn DiskLock>))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn remove_directory(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir(path)
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    fn is_mappable(&self, directory: &Path) -> bool {
        is_mappable(directory)
    }
}

/// Opens a file, never through a link, and never for a program that this one becomes.
pub(super) fn open(path: &Path, flags: libc::c_int) -> io::Result<OwnedFd> {
    let name = CString::new(path.as_os_str().as_bytes())?;
    let flags = flags | libc::O_CLOEXEC | libc::O_NOFOLLOW;
    again(|| {
        // SAFETY: the name is a string with its terminator; the mode is read only where a file is made.
        unsafe { libc::open(name.as_ptr(), flags, FILE_MODE) }
    })
    .map(|descriptor| {
        // SAFETY: the descriptor is fresh, and nobody else's.
        unsafe { OwnedFd::from_raw_fd(descriptor) }
    })
}

/// Runs a system call until no signal interrupts it.
pub(super) fn again(mut call: impl FnMut() -> libc::c_int) -> io::Result<libc::c_int> {
    loop {
        let result = call();
        if result >= 0 {
            return Ok(result);
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
}

/// A file that grows past the process's limit brings a signal that kills the host; so the limit is read first.
pub(super) fn check_size_limit(size: u64) -> io::Result<()> {
    let mut limit = MaybeUninit::<libc::rlimit>::uninit();
    // SAFETY: the pointer is valid for a write of the limit.
    if unsafe { libc::getrlimit(libc::RLIMIT_FSIZE, limit.as_mut_ptr()) } != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: getrlimit succeeded and has written it.
    let limit = unsafe { limit.assume_init() }.rlim_cur;
    if size > limit { Err(io::Error::from_raw_os_error(libc::EFBIG)) } else { Ok(()) }
}

/// Reserves a file's space, so that a full disk is met here and not in a write.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn reserve(descriptor: &OwnedFd, size: u64) -> io::Result<()> {
    let length = libc::off_t::try_from(size).map_err(|_| io::Error::from_raw_os_error(libc::EFBIG))?;
    if length == 0 {
        return Ok(());
    }
    let reserved = again(|| {
        // SAFETY: the descriptor is open.
        unsafe { libc::fallocate(descriptor.as_raw_fd(), 0, 0, length) }
    });
    match reserved {
        Err(error) if error.raw_os_error() == Some(libc::EOPNOTSUPP) => fill(descriptor, size),
        result => result.map(drop),
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn reserve(descriptor: &OwnedFd, size: u64) -> io::Result<()> {
    fill(descriptor, size)
}

/// Writes zeros, where the file system can't reserve space otherwise.
fn fill(descriptor: &OwnedFd, size: u64) -> io::Result<()> {
    use std::os::unix::fs::FileExt;

    // On the heap: as a constant they would be a fortieth of the library.
    let zeros = vec![0; 64 * 1024];
    let file = File::from(descriptor.try_clone()?);
    let mut at = 0;
    while at < size {
        let count = (size - at).min(zeros.len() as u64);
        file.write_all_at(&zeros[..count as usize], at)?;
        at += count;
    }
    Ok(())
}

/// On these a mapped page may fail to be written back or read, or is copied at every write.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn is_mappable(directory: &Path) -> bool {
    /// Btrfs, ZFS, bcachefs, NFS, SMB 1, SMB 2, 9P, AFS, Ceph, FUSE, GFS2, OCFS2.
    const REFUSED: [u32; 12] = [
        0x9123_683e,
        0x2fc1_2fc1,
        0xca45_1a4e,
        0x6969,
        0xff53_4d42,
        0xfe53_4d42,
        0x0102_1997,
        0x5346_414f,
        0x00c3_6400,
        0x6573_5546,
        0x0116_1970,
        0x7461_636f,
    ];
    let Ok(name) = CString::new(directory.as_os_str().as_bytes()) else { return false };
    let mut info = MaybeUninit::<libc::statfs>::uninit();
    // SAFETY: the name is a string with its terminator, and the pointer is valid for a write.
    if unsafe { libc::statfs(name.as_ptr(), info.as_mut_ptr()) } != 0 {
        return false;
    }
    // SAFETY: statfs succeeded and has written it.
    let kind = unsafe { info.assume_init() }.f_type;
    // The field's type and size differ between systems; the numbers have 32 bits.
    #[allow(clippy::cast_sign_loss)]
    let kind = kind as u32;
    !REFUSED.contains(&kind)
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn is_mappable(_directory: &Path) -> bool {
    true
}

/// A mapping of a file's first bytes.
pub(super) fn map(descriptor: libc::c_int, size: usize) -> io::Result<Mapping> {
    Mapping::new(descriptor, size)
}
