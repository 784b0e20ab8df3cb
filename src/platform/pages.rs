//! Memory by the page: it goes back to the system as soon as it is dropped, where an allocator would keep it.
#![allow(unsafe_code)]

use std::ptr::NonNull;

/// Zeroed memory of its own.
pub(super) struct Pages {
    base: NonNull<u8>,
    size: usize,
}

// SAFETY: the memory belongs to nobody else, and what is done with the pointer its users answer for.
unsafe impl Send for Pages {}
// SAFETY: as above.
unsafe impl Sync for Pages {}

impl Pages {
    /// So many bytes, all zero; `None` if the system does not give them.
    #[cfg(unix)]
    pub(super) fn new(size: usize) -> Option<Self> {
        let access = libc::PROT_READ | libc::PROT_WRITE;
        let kind = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        // SAFETY: a new mapping at an address of the system's choice touches nothing of anybody.
        let base = unsafe { libc::mmap(std::ptr::null_mut(), size.max(1), access, kind, -1, 0) };
        if base == libc::MAP_FAILED {
            return None;
        }
        NonNull::new(base.cast()).map(|base| Self { base, size: size.max(1) })
    }

    #[cfg(not(unix))]
    pub(super) fn new(size: usize) -> Option<Self> {
        let mut bytes: Vec<u8> = Vec::new();
        bytes.try_reserve_exact(size.max(1)).ok()?;
        bytes.resize(size.max(1), 0);
        let bytes = Box::leak(bytes.into_boxed_slice());
        let size = bytes.len();
        NonNull::new(bytes.as_mut_ptr()).map(|base| Self { base, size })
    }

    /// The first byte.
    pub(super) fn base(&self) -> *mut u8 {
        self.base.as_ptr()
    }

    /// Number of bytes.
    pub(super) fn size(&self) -> usize {
        self.size
    }
}

impl Drop for Pages {
    #[cfg(unix)]
    fn drop(&mut self) {
        // SAFETY: the mapping is ours, and with it goes the last pointer into it.
        unsafe { libc::munmap(self.base.as_ptr().cast(), self.size) };
    }

    #[cfg(not(unix))]
    fn drop(&mut self) {
        let bytes = std::ptr::slice_from_raw_parts_mut(self.base.as_ptr(), self.size);
        // SAFETY: the pointer and the length are those of a box that was leaked.
        drop(unsafe { Box::from_raw(bytes) });
    }
}
