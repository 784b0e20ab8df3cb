//! Storage: append-only segments that one thread writes while another reads what is already there, without a lock.
#![allow(unsafe_code)]

use std::cell::UnsafeCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Where segments come from.
pub trait Storage: Send + Sync {
    /// A new segment of `capacity` bytes; `None` if it can't be had.
    fn segment(&self, capacity: usize) -> Option<(SegmentWriter, SegmentReader)>;
}

/// Segments in memory: gone with the process.
pub struct MemoryStorage;

impl Storage for MemoryStorage {
    fn segment(&self, capacity: usize) -> Option<(SegmentWriter, SegmentReader)> {
        let mut bytes: Vec<u8> = Vec::new();
        bytes.try_reserve_exact(capacity).ok()?;
        bytes.resize(capacity, 0);
        let bytes = UnsafeCell::new(bytes.into_boxed_slice());
        let shared = Arc::new(Shared { bytes, written: AtomicUsize::new(0) });
        Some((SegmentWriter(Arc::clone(&shared)), SegmentReader(shared)))
    }
}

/// Bytes below `written` never change again; those above belong to the one writer.
struct Shared {
    bytes: UnsafeCell<Box<[u8]>>,
    written: AtomicUsize,
}

// SAFETY: readers look below `written` only, which the writer raises after it has written, with release, and never
// lowers; there is one writer, for `SegmentWriter` is not Clone and its append takes `&mut self`.
unsafe impl Send for Shared {}
// SAFETY: as above.
unsafe impl Sync for Shared {}

/// The one end that appends.
pub struct SegmentWriter(Arc<Shared>);

impl SegmentWriter {
    /// Appends all parts as one; false, and nothing appended, if they don't fit. Readers see all of it or nothing.
    #[must_use]
    pub fn append(&mut self, parts: &[&[u8]]) -> bool {
        let start = self.0.written.load(Ordering::Relaxed);
        let size: usize = parts.iter().map(|part| part.len()).sum();
        // SAFETY: the box itself is never replaced, so its length may be read at any time.
        let capacity = unsafe { (&raw const **self.0.bytes.get()).len() };
        if size > capacity - start {
            return false;
        }
        // SAFETY: the pointer comes from the cell; no reference to the whole slice is made.
        let base = unsafe { (&raw mut **self.0.bytes.get()).cast::<u8>() };
        let mut at = start;
        for part in parts {
            // SAFETY: `at + part.len() <= capacity`, and only this writer touches bytes from `start` on.
            unsafe { std::ptr::copy_nonoverlapping(part.as_ptr(), base.add(at), part.len()) };
            at += part.len();
        }
        self.0.written.store(at, Ordering::Release);
        true
    }
}

/// An end that reads what has been appended.
#[derive(Clone)]
pub struct SegmentReader(Arc<Shared>);

impl SegmentReader {
    /// The bytes appended so far.
    #[must_use]
    pub fn written(&self) -> &[u8] {
        let length = self.0.written.load(Ordering::Acquire);
        // SAFETY: the first `length` bytes were written before the store that was just read, and never change.
        unsafe { std::slice::from_raw_parts((&raw const **self.0.bytes.get()).cast::<u8>(), length) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_leaves_nothing_behind() {
        let (mut writer, reader) = MemoryStorage.segment(8).expect("memory");
        assert!(writer.append(&[b"abc", b"de"]));
        assert!(!writer.append(&[b"fg", b"hi"]));
        assert!(writer.append(&[b"fgh"]));
        assert!(!writer.append(&[b"i"]));
        assert_eq!(reader.written(), b"abcdefgh");
    }

    #[test]
    fn an_impossible_size_is_refused() {
        assert!(MemoryStorage.segment(isize::MAX as usize).is_none());
    }

    #[test]
    fn a_reader_sees_whole_appends_while_the_writer_goes_on() {
        let (mut writer, reader) = MemoryStorage.segment(64 * 1024).expect("memory");
        std::thread::scope(|scope| {
            scope.spawn(move || while writer.append(&[&[1; 3], &[2; 5]]) {});
            let mut seen = 0;
            while seen < 64 * 1024 {
                let bytes = reader.written();
                assert!(bytes.len() >= seen && bytes.len() % 8 == 0);
                assert!(bytes[seen..].chunks(8).all(|chunk| chunk == [1, 1, 1, 2, 2, 2, 2, 2]));
                seen = bytes.len();
            }
        });
    }
}
