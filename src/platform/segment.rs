//! Memory: append-only segments that one thread writes while another reads what is already there, without a lock.
#![allow(unsafe_code)]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::pages::Pages;

/// Segments in memory: gone with the process.
pub struct MemoryStorage;

impl MemoryStorage {
    /// A new segment of `capacity` bytes; `None` if it can't be had.
    pub fn segment(capacity: usize) -> Option<(SegmentWriter, SegmentReader)> {
        let pages = Pages::new(capacity)?;
        let shared = Arc::new(Shared { pages, written: AtomicUsize::new(0), settled: Mutex::new(()) });
        Some((SegmentWriter(Arc::clone(&shared)), SegmentReader(shared)))
    }
}

/// Bytes from `written` on belong to the one writer, those below it to who holds `settled`: the writer touches bytes from
/// `written` on only, and raises it, with release, after it has written; there is one writer, for `SegmentWriter` is not
/// Clone and its append takes `&mut self`.
struct Shared {
    pages: Pages,
    written: AtomicUsize,
    settled: Mutex<()>,
}

/// The one end that appends.
pub struct SegmentWriter(Arc<Shared>);

impl SegmentWriter {
    /// Appends all parts as one; false, and nothing appended, if they don't fit. Readers see all of it or nothing.
    #[must_use]
    pub fn append(&mut self, parts: &[&[u8]]) -> bool {
        let start = self.0.written.load(Ordering::Relaxed);
        let size: usize = parts.iter().map(|part| part.len()).sum();
        if size > self.0.pages.size() - start {
            return false;
        }
        let base = self.0.pages.base();
        let mut at = start;
        for part in parts {
            // SAFETY: `at + part.len()` is within the pages, and only this writer touches bytes from `start` on.
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
    /// Appends bytes that have been written, between two offsets, to `out`.
    pub fn copy(&self, from: usize, to: usize, out: &mut Vec<u8>) {
        let to = to.min(self.0.written.load(Ordering::Acquire));
        if from < to {
            let _held = self.0.settled.lock().unwrap_or_else(PoisonError::into_inner);
            // SAFETY: these bytes were written before the store that was just read, and the lock keeps others off them.
            let bytes = unsafe { std::slice::from_raw_parts(self.0.pages.base().add(from), to - from) };
            out.extend_from_slice(bytes);
        }
    }

    /// Writes over bytes that have been written before; what reaches further is left out.
    pub fn overwrite(&self, at: usize, bytes: &[u8]) {
        let end = self.0.written.load(Ordering::Acquire);
        let count = bytes.len().min(end.saturating_sub(at));
        let _held = self.0.settled.lock().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: `at + count` is below what has been written, and the lock keeps others off these bytes.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), self.0.pages.base().add(at.min(end)), count) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_leaves_nothing_behind() {
        let (mut writer, reader) = MemoryStorage::segment(8).expect("memory");
        assert!(writer.append(&[b"abc", b"de"]));
        assert!(!writer.append(&[b"fg", b"hi"]));
        assert!(writer.append(&[b"fgh"]));
        assert!(!writer.append(&[b"i"]));
        let mut read = Vec::new();
        reader.copy(0, 9, &mut read);
        assert_eq!(read, b"abcdefgh");
        reader.overwrite(6, b"GHI");
        reader.copy(5, 8, &mut read);
        assert_eq!(read, b"abcdefghfGH");
    }

    #[test]
    fn an_impossible_size_is_refused() {
        assert!(MemoryStorage::segment(isize::MAX as usize).is_none());
    }

    #[test]
    fn a_reader_sees_whole_appends_while_the_writer_goes_on() {
        let (mut writer, reader) = MemoryStorage::segment(64 * 1024).expect("memory");
        std::thread::scope(|scope| {
            scope.spawn(move || while writer.append(&[&[1; 3], &[2; 5]]) {});
            let mut seen = 0;
            while seen < 64 * 1024 {
                let mut bytes = Vec::new();
                reader.copy(seen, 64 * 1024, &mut bytes);
                assert_eq!(bytes.len() % 8, 0);
                assert!(bytes.chunks(8).all(|chunk| chunk == [1, 1, 1, 2, 2, 2, 2, 2]));
                seen += bytes.len();
            }
        });
    }
}
