//! A file's bytes as memory. One thread writes; who reads, reads the file.
#![allow(unsafe_code)]

use std::io;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, Ordering};

/// Bytes of a file, written through memory. What is written survives the process, as if by `write`.
pub struct Mapping {
    base: NonNull<u8>,
    size: usize,
}

// SAFETY: the mapping is memory of the whole process, and writing takes `&mut self`.
unsafe impl Send for Mapping {}

impl Mapping {
    /// Maps the first `size` bytes of a file, each page ready to be written.
    pub(super) fn new(descriptor: libc::c_int, size: usize) -> io::Result<Self> {
        let access = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: a new mapping at an address of the system's choice touches nothing of anybody.
        let base = unsafe { libc::mmap(std::ptr::null_mut(), size, access, libc::MAP_SHARED, descriptor, 0) };
        if base == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let base = NonNull::new(base.cast()).ok_or_else(|| io::Error::from_raw_os_error(libc::ENOMEM))?;
        let mapping = Self { base, size };
        mapping.advise();
        Ok(mapping)
    }

    /// A forked child must not write into its parent's journal, and pages are made writable before they are needed.
    /// Advice that an older system does not know changes speed alone.
    #[cfg(target_os = "linux")]
    fn advise(&self) {
        for advice in [libc::MADV_DONTFORK, libc::MADV_POPULATE_WRITE] {
            // SAFETY: the range is this mapping's own.
            unsafe { libc::madvise(self.base.as_ptr().cast(), self.size, advice) };
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn advise(&self) {}

    /// Writes `bytes` at an offset that is a multiple of four, the first four of them last and at once: whoever finds
    /// them finds the rest. False, and nothing written, if they don't fit.
    #[must_use]
    pub fn write(&mut self, at: usize, bytes: &[u8]) -> bool {
        let is_within = at.checked_add(bytes.len()).is_some_and(|end| end <= self.size);
        let (Some((first, rest)), true) = (bytes.split_first_chunk::<4>(), is_within && at % 4 == 0) else {
            return false;
        };
        // SAFETY: `at` is within the mapping.
        let place = unsafe { self.base.as_ptr().add(at) };
        // SAFETY: so is everything up to `at + bytes.len()`; the mapping and the caller's bytes can't overlap.
        unsafe { std::ptr::copy_nonoverlapping(rest.as_ptr(), place.add(4), rest.len()) };
        #[expect(
            clippy::cast_ptr_alignment,
            reason = "mappings begin at a page, and the offset is a multiple of four"
        )]
        let word = place.cast::<u32>();
        // SAFETY: the place is aligned, within the mapping, and written by atomic stores alone while others look.
        unsafe { AtomicU32::from_ptr(word) }.store(u32::from_le_bytes(*first).to_le(), Ordering::Release);
        true
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: the mapping is ours, and nobody has a pointer into it any more.
        unsafe { libc::munmap(self.base.as_ptr().cast(), self.size) };
    }
}
