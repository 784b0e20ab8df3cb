//! Buffers that grow with the backlog: what they took goes back to the system once it is over.

/// A buffer up to this size is kept while nothing waits.
pub const KEPT: usize = 64 * 1024;

/// A larger one is had whole: addresses, of which only what is used becomes memory. The C library maps a block past
/// 32 MiB for itself each time, and unmaps it when it is freed; anything smaller may come to lie in its heap, which hardly
/// ever shrinks. Where so much can't be had, the buffer grows as any other.
const WHOLE: usize = 32 * 1024 * 1024 + KEPT;

/// Sees to it that so many bytes more can be appended without growth in steps, once a buffer is no longer a small one.
pub fn make_room(bytes: &mut Vec<u8>, more: usize) {
    let wanted = bytes.len() + more;
    if wanted > bytes.capacity().max(KEPT) && wanted <= WHOLE {
        let _ = bytes.try_reserve_exact(WHOLE - bytes.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_is_small_or_whole() {
        let mut bytes = vec![0; KEPT - 10];
        bytes.shrink_to_fit();
        make_room(&mut bytes, 10);
        assert_eq!(bytes.capacity(), KEPT - 10);
        make_room(&mut bytes, 11);
        assert_eq!(bytes.capacity(), WHOLE);
        make_room(&mut bytes, WHOLE);
        assert_eq!(bytes.capacity(), WHOLE);
    }
}
