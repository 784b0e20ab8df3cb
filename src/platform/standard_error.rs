//! Standard error without the lock that std keeps around it: in a child of a fork nobody would open it, had another
//! thread of the parent been writing.
#![allow(unsafe_code)]

use std::io::Write;

/// Writes a line. A closed standard error is the host's wish; there is nowhere left to say so.
#[cfg(unix)]
pub(super) fn write(line: &[u8]) {
    use std::fs::File;
    use std::mem::ManuallyDrop;
    use std::os::fd::FromRawFd;

    // SAFETY: the descriptor is only written to; it is not closed here, whoever owns it.
    let file = ManuallyDrop::new(unsafe { File::from_raw_fd(libc::STDERR_FILENO) });
    let _ = (&*file).write_all(line);
}

/// Writes a line. A closed standard error is the host's wish; there is nowhere left to say so.
#[cfg(not(unix))]
pub(super) fn write(line: &[u8]) {
    let _ = std::io::stderr().write_all(line);
}
