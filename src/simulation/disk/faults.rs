//! What a disk can do wrong, how likely, and how often it did.

use std::io;

/// A way to go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    /// A write takes some of the bytes, and says so.
    ShortWrite,
    /// A write takes some of the bytes, and fails.
    TornWrite,
    /// A write fails and takes nothing.
    WriteError,
    /// Every write to a file fails from now on.
    BrokenFile,
    /// A read fails.
    ReadError,
    /// A file or directory can't be made.
    CreateError,
    /// A file can't be opened or locked, or a directory not listed.
    OpenError,
    /// A name can't be removed or changed.
    NameError,
    /// What was written does not reach the disk; the sync says so, and the next one has forgotten it.
    SyncError,
    /// The names of a directory don't reach the disk.
    DirectorySyncError,
    /// A call takes seconds.
    Slow,
    /// A bit on the disk has turned.
    BitFlip,
    /// There is no room for a new file.
    Full,
    /// Everything that writes fails for a while.
    Refusal,
    /// The process dies, with everything that it has written.
    ProcessDeath,
    /// The power is lost, and with it some of what was not synced.
    PowerLoss,
}

impl Fault {
    pub(crate) const ALL: [Self; 16] = [
        Self::ShortWrite,
        Self::TornWrite,
        Self::WriteError,
        Self::BrokenFile,
        Self::ReadError,
        Self::CreateError,
        Self::OpenError,
        Self::NameError,
        Self::SyncError,
        Self::DirectorySyncError,
        Self::Slow,
        Self::BitFlip,
        Self::Full,
        Self::Refusal,
        Self::ProcessDeath,
        Self::PowerLoss,
    ];

    /// What the system says of it.
    pub(super) fn errors(self) -> &'static [i32] {
        match self {
            Self::TornWrite | Self::WriteError | Self::BrokenFile => &[
                libc::EIO,
                libc::ENOSPC,
                libc::EDQUOT,
                libc::EFBIG,
                libc::EROFS,
                libc::ENODEV,
                libc::ESTALE,
                libc::EAGAIN,
            ],
            Self::CreateError => &[libc::ENOSPC, libc::EDQUOT, libc::EACCES, libc::EMFILE, libc::EIO],
            Self::OpenError => &[libc::EMFILE, libc::EACCES, libc::EIO],
            Self::NameError => &[libc::EPERM, libc::EIO, libc::EROFS],
            Self::Full => &[libc::ENOSPC],
            Self::Refusal => &[libc::EROFS, libc::EIO, libc::ENOSPC],
            _ => &[libc::EIO],
        }
    }
}

/// The chance of each fault, in a million calls that it can happen to.
#[derive(Clone, Default)]
pub(crate) struct Rates([u32; Fault::ALL.len()]);

impl Rates {
    pub(crate) fn set(&mut self, fault: Fault, in_a_million: u32) {
        self.0[fault as usize] = in_a_million;
    }

    pub(super) fn of(&self, fault: Fault) -> u64 {
        self.0[fault as usize].into()
    }
}

/// How often each fault has happened.
#[derive(Clone, Copy, Default)]
pub(crate) struct Fired([u64; Fault::ALL.len()]);

impl Fired {
    pub(super) fn note(&mut self, fault: Fault) {
        self.0[fault as usize] += 1;
    }

    pub(crate) fn of(&self, fault: Fault) -> u64 {
        self.0[fault as usize]
    }
}

pub(super) fn error(number: i32) -> io::Error {
    io::Error::from_raw_os_error(number)
}
