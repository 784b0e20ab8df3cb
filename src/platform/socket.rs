//! A connection whose descriptor may be taken from us, as a file's may: a host that closes all descriptors, as daemons do,
//! must never find our bytes in what it opens next, nor have that closed by us.

use std::io;
use std::mem::ManuallyDrop;
use std::net::TcpStream;
use std::os::fd::AsRawFd;

use super::disk::{Inode, close_own};

/// A stream that is proved ours before each use.
pub struct OwnStream {
    stream: ManuallyDrop<TcpStream>,
    inode: Inode,
}

impl OwnStream {
    /// A stream that was just made.
    pub fn new(stream: TcpStream) -> io::Result<Self> {
        let inode = Inode::of(stream.as_raw_fd()).ok_or_else(io::Error::last_os_error)?;
        Ok(Self { stream: ManuallyDrop::new(stream), inode })
    }

    /// The stream; an error as of a broken connection where its descriptor is closed, or another's.
    pub fn get(&self) -> io::Result<&TcpStream> {
        let is_ours = Inode::of(self.stream.as_raw_fd()) == Some(self.inode);
        if is_ours { Ok(&self.stream) } else { Err(io::ErrorKind::ConnectionReset.into()) }
    }
}

impl Drop for OwnStream {
    fn drop(&mut self) {
        close_own(self.stream.as_raw_fd(), self.inode);
    }
}
