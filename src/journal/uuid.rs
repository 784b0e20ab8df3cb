//! Version 4 uuids from a pool of the system's random bytes: one system call for each would cost more than all the
//! rest of an event.

use crate::platform::Random;

const POOL_BYTES: usize = 4096;
const UUID_BYTES: usize = 16;

/// Random bytes not yet used.
pub(super) struct UuidPool {
    bytes: Box<[u8; POOL_BYTES]>,
    next: usize,
}

impl Default for UuidPool {
    fn default() -> Self {
        Self { bytes: Box::new([0; POOL_BYTES]), next: POOL_BYTES }
    }
}

impl UuidPool {
    /// A uuid never given before; the event's nanoseconds are mixed into its random bits, so that a cloned machine with
    /// a copy of the pool does not repeat itself. `None` if the system gives no randomness.
    pub(super) fn next(&mut self, random: &dyn Random, now_ns: i64) -> Option<[u8; UUID_BYTES]> {
        if self.next == POOL_BYTES {
            if !random.fill(&mut self.bytes[..]) {
                return None;
            }
            self.next = 0;
        }
        let (start, end) = (self.next, self.next + UUID_BYTES);
        let mut uuid: [u8; UUID_BYTES] = self.bytes[start..end].try_into().ok()?;
        self.bytes[start..end].fill(0);
        self.next = end;
        let now_ns = if random.is_repeatable() { 0 } else { now_ns };
        for (byte, nanoseconds) in uuid[8..].iter_mut().zip(now_ns.to_le_bytes()) {
            *byte ^= nanoseconds;
        }
        uuid[6] = uuid[6] & 0x0f | 0x40;
        uuid[8] = uuid[8] & 0x3f | 0x80;
        Some(uuid)
    }
}
