//! A look at files that may be somebody else's: nothing is written, made or waited for.
#![allow(unsafe_code)]

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::path::Path;

use super::system::open;
use crate::platform::fork;

/// Opens a regular file to read it; follows no link and waits for no fifo.
pub fn open_to_read(path: &Path) -> io::Result<File> {
    let file = File::from(open(path, libc::O_RDONLY | libc::O_NONBLOCK)?);
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("is no regular file"));
    }
    Ok(file)
}

/// Does anybody hold the lock of a file? Of one that is not there, nobody does. A lock is shared for the moment that the
/// look takes, so that two who look do not see each other.
pub fn is_locked(path: &Path) -> io::Result<bool> {
    let descriptor = match open(path, libc::O_RDONLY | libc::O_NONBLOCK) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        result => result?,
    };
    let _closed_in_child = fork::register(descriptor.as_raw_fd());
    // SAFETY: no memory is involved.
    if unsafe { libc::flock(descriptor.as_raw_fd(), libc::LOCK_SH | libc::LOCK_NB) } == 0 {
        return Ok(false);
    }
    let error = io::Error::last_os_error();
    if error.kind() == io::ErrorKind::WouldBlock { Ok(true) } else { Err(error) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::{Disk, Random, SystemDisk, SystemRandom};

    #[test]
    fn a_look_sees_a_lock_and_takes_none() {
        let mut name = [0; 8];
        assert!(SystemRandom.fill(&mut name));
        let path = std::env::temp_dir().join(format!("opttrack-look-{:016x}", u64::from_ne_bytes(name)));
        assert!(!is_locked(&path).expect("nobody locks what is not there"));
        let lock = SystemDisk.lock(&path, true).expect("a file").expect("it is free");
        assert!(is_locked(&path).expect("it can be asked"));
        drop(lock);
        assert!(!is_locked(&path).expect("it can be asked"));
        assert!(SystemDisk.lock(&path, false).expect("it is there").is_some(), "the look is over");
        std::fs::remove_file(&path).expect("it is ours");
    }

    #[test]
    fn only_regular_files_are_read() {
        let folder = std::env::temp_dir();
        assert!(open_to_read(&folder).is_err());
        assert!(open_to_read(Path::new("/dev/null")).is_err());
    }
}
