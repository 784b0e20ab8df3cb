//! A descriptor that an event loop can wait for.
#![allow(unsafe_code)]

use std::io;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

const NONE: i32 = -1;

/// Readable while raised. It costs a descriptor only if somebody asks for one, and a system call only when it changes.
pub struct Wake {
    descriptor: AtomicI32,
    is_raised: AtomicBool,
}

impl Default for Wake {
    fn default() -> Self {
        Self { descriptor: AtomicI32::new(NONE), is_raised: AtomicBool::new(false) }
    }
}

impl Wake {
    /// Makes it readable.
    pub fn raise(&self) {
        if !self.is_raised.swap(true, Ordering::SeqCst) {
            self.with_descriptor(system::write);
        }
    }

    /// Makes it unreadable. To be called before looking at what it is raised for.
    pub fn clear(&self) {
        // Read first: who raises meanwhile comes before the look, and who raises after the store writes again.
        self.with_descriptor(system::read);
        self.is_raised.store(false, Ordering::SeqCst);
    }

    fn with_descriptor(&self, call: impl FnOnce(i32)) {
        let descriptor = self.descriptor.load(Ordering::SeqCst);
        if descriptor != NONE {
            call(descriptor);
        }
    }

    /// The descriptor, made at the first call; it is closed with `self`.
    pub fn descriptor(&self) -> io::Result<i32> {
        let known = self.descriptor.load(Ordering::SeqCst);
        if known != NONE {
            return Ok(known);
        }
        let new = system::make()?;
        match self.descriptor.compare_exchange(NONE, new, Ordering::SeqCst, Ordering::SeqCst) {
            Ok(_) => {
                // Raised before there was a descriptor to write to; written twice is as good.
                if self.is_raised.load(Ordering::SeqCst) {
                    system::write(new);
                }
                Ok(new)
            }
            Err(known) => {
                system::close(new);
                Ok(known)
            }
        }
    }
}

impl Drop for Wake {
    fn drop(&mut self) {
        self.with_descriptor(system::close);
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod system {
    use std::io;

    pub fn make() -> io::Result<i32> {
        // SAFETY: no memory is involved.
        match unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) } {
            -1 => Err(io::Error::last_os_error()),
            descriptor => Ok(descriptor),
        }
    }

    pub fn write(descriptor: i32) {
        let one = 1_u64;
        // SAFETY: the eight bytes are readable.
        let _ = unsafe { libc::write(descriptor, (&raw const one).cast(), size_of::<u64>()) };
    }

    pub fn read(descriptor: i32) {
        let mut count = 0_u64;
        // SAFETY: the eight bytes are writable.
        let _ = unsafe { libc::read(descriptor, (&raw mut count).cast(), size_of::<u64>()) };
    }

    pub fn close(descriptor: i32) {
        // SAFETY: the descriptor is of this module's making, and nobody else closes it.
        unsafe { libc::close(descriptor) };
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod system {
    use std::io;

    pub fn make() -> io::Result<i32> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub fn write(_descriptor: i32) {}

    pub fn read(_descriptor: i32) {}

    pub fn close(_descriptor: i32) {}
}

#[cfg(all(test, any(target_os = "linux", target_os = "android")))]
mod tests {
    use super::*;

    fn is_readable(descriptor: i32) -> bool {
        let mut asked = libc::pollfd { fd: descriptor, events: libc::POLLIN, revents: 0 };
        // SAFETY: one struct is given, and it is writable.
        let count = unsafe { libc::poll(&raw mut asked, 1, 0) };
        count == 1 && asked.revents == libc::POLLIN
    }

    #[test]
    fn it_is_readable_while_raised_however_early_it_was_raised() {
        let wake = Wake::default();
        wake.raise();
        let descriptor = wake.descriptor().expect("a descriptor");
        assert!(is_readable(descriptor));
        assert_eq!(wake.descriptor().expect("the same"), descriptor);
        wake.clear();
        wake.clear();
        assert!(!is_readable(descriptor));
        wake.raise();
        wake.raise();
        assert!(is_readable(descriptor));
        wake.clear();
        assert!(!is_readable(descriptor), "one clearing is enough");
    }
}
