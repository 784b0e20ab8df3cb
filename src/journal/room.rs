//! Buffers that grow with the backlog: what they took goes back to the system once it is over.

/// A buffer up to this size is kept while nothing waits.
pub const KEPT: usize = 64 * 1024;

/// A larger one is had whole. The allocator maps a block of this size for itself, and unmaps it when it is freed; one that
/// grows by doubling leaves its former sizes in the heap, which hardly ever shrinks.
const WHOLE: usize = 1024 * 1024 + KEPT;

/// Sees to it that so many bytes more can be appended without another step of growth, up to the size of a whole buffer.
pub fn make_room(bytes: &mut Vec<u8>, more: usize) {
    let wanted = bytes.len() + more;
    if wanted > bytes.capacity().max(KEPT) && wanted <= WHOLE {
        bytes.reserve_exact(WHOLE - bytes.len());
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
        bytes.resize(WHOLE, 0);
        make_room(&mut bytes, 1);
        assert_eq!(bytes.capacity(), WHOLE);
    }
}
