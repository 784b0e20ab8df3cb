//! Disks: directories and files as the journal needs them. Traits, so that a simulator can break them; the machine's own
//! disk is `SystemDisk`.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::sync::Arc;

mod file;
mod lock;
mod look;
mod mapping;
mod system;

#[cfg(feature = "http")]
pub(super) use file::{Inode, close_own};
pub use look::{is_locked, open_to_read};
pub use mapping::Mapping;
pub use system::SystemDisk;

/// A tree of directories.
pub trait Disk: Send + Sync {
    /// Makes a directory for this user of the machine alone, and those above it; one that is there is fine.
    fn make_directories(&self, path: &Path) -> io::Result<()>;

    /// Makes one directory for this user of the machine alone; one that is there is an error.
    fn make_directory(&self, path: &Path) -> io::Result<()>;

    /// Names in a directory, at most `most` of them.
    fn names(&self, path: &Path, most: usize) -> io::Result<Vec<OsString>>;

    /// Makes a file that was not there, for this user alone, with `size` bytes reserved, which read as zero. On an error
    /// nothing is left behind.
    fn create(&self, path: &Path, size: u64) -> io::Result<Arc<dyn DiskFile>>;

    /// Opens a regular file to read and write it; follows no link and waits for no fifo.
    fn open(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>>;

    /// Locks a file, which is made if `is_new` and must be there otherwise. `None`: another process or another part of
    /// this one holds it, or has just removed it.
    fn lock(&self, path: &Path, is_new: bool) -> io::Result<Option<Box<dyn DiskLock>>>;

    /// Gives a file another name, in place of whatever had that name.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file's name.
    fn remove_file(&self, path: &Path) -> io::Result<()>;

    /// Removes an empty directory.
    fn remove_directory(&self, path: &Path) -> io::Result<()>;

    /// Makes the names in a directory survive a loss of power.
    fn sync_directory(&self, path: &Path) -> io::Result<()>;

    /// May a file of this directory be mapped? Not on file systems that copy on write or reach over a network.
    fn is_mappable(&self, directory: &Path) -> bool;
}

/// An open file. All calls may run at the same time on any thread.
pub trait DiskFile: Send + Sync {
    /// Reads from an offset; fewer bytes than asked for at the end of the file only.
    fn read_at(&self, bytes: &mut [u8], at: u64) -> io::Result<usize>;

    /// Writes at an offset; answers how many bytes were taken, which may be fewer.
    fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<usize>;

    /// Makes what was written survive a loss of power.
    fn sync(&self) -> io::Result<()>;

    /// Bytes of the file.
    fn size(&self) -> io::Result<u64>;

    /// Does its path still lead to it?
    fn is_in_place(&self) -> bool;

    /// The first bytes of the file as memory that is shared with it.
    fn map(&self, size: usize) -> io::Result<Mapping>;
}

/// A lock that is held until it is dropped, or until the process ends.
pub trait DiskLock: Send + Sync {
    /// Is it still held, and does its path still lead to it? A host that closes our descriptor takes it away.
    fn is_held(&self) -> bool;
}

/// Writes all of `bytes`, however many the disk takes at a time. On an error some may be written.
pub fn write_all_at(file: &dyn DiskFile, mut bytes: &[u8], mut at: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match file.write_at(bytes, at)? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            taken => {
                bytes = &bytes[taken..];
                at += taken as u64;
            }
        }
    }
    Ok(())
}

/// The first `size` bytes of a file, or all it has where those are fewer.
pub fn read_first(file: &dyn DiskFile, size: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(size as usize)?;
    bytes.resize(size as usize, 0);
    let read = file.read_at(&mut bytes, 0)?;
    bytes.truncate(read);
    Ok(bytes)
}
