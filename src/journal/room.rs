//! Buffers that grow with the backlog: what they took goes back to the system once it is over, and what can't be had is
//! an error, for a vector that grows by itself ends the process where it can't.

use std::io;

/// A buffer up to this size is kept while nothing waits.
pub const KEPT: usize = 64 * 1024;

/// A larger one is had whole: addresses, of which only what is used becomes memory. The C library maps a block past
/// 32 MiB for itself each time, and unmaps it when it is freed; anything smaller may come to lie in its heap, which hardly
/// ever shrinks. Where so much can't be had, the buffer grows as any other.
const WHOLE: usize = 32 * 1024 * 1024 + KEPT;

/// Sees to it that so many bytes more can be appended, without growth in steps once a buffer is no longer a small one.
pub fn make_room(bytes: &mut Vec<u8>, more: usize) -> io::Result<()> {
    let (capacity, wanted) = (bytes.capacity(), bytes.len().saturating_add(more));
    if wanted <= capacity {
        return Ok(());
    }
    let size = if wanted <= KEPT { wanted.max(2 * capacity).min(KEPT) } else { wanted.max(WHOLE) };
    // What is asked for may be there where more is not.
    let mut had = bytes.try_reserve_exact(size - bytes.len());
    had = had.or_else(|_| bytes.try_reserve(more));
    Ok(had.or_else(|_| bytes.try_reserve_exact(more))?)
}

/// A copy.
pub fn copy_of(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut copy = Vec::new();
    copy.try_reserve_exact(bytes.len())?;
    copy.extend_from_slice(bytes);
    Ok(copy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_is_small_or_whole() {
        let mut bytes = vec![0; KEPT - 10];
        bytes.shrink_to_fit();
        make_room(&mut bytes, 10).expect("memory");
        assert_eq!(bytes.capacity(), KEPT);
        make_room(&mut bytes, 11).expect("memory");
        assert_eq!(bytes.capacity(), WHOLE);
        make_room(&mut bytes, WHOLE - KEPT).expect("memory");
        assert_eq!(bytes.capacity(), WHOLE);
    }

    #[test]
    fn room_that_is_nowhere_is_an_error() {
        let mut bytes = vec![7; 10];
        let error = make_room(&mut bytes, isize::MAX as usize - 10).expect_err("so much is nowhere");
        assert_eq!(error.kind(), io::ErrorKind::OutOfMemory);
        assert_eq!(bytes, [7; 10]);
    }
}
