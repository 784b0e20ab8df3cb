//! Version 4 uuids from a pool of the system's random bytes: one system call for each would cost more than all the
//! rest of an event.

use crate::platform::Random;

/// Of 64 uuids: a system call for each pool is as good as none, and a client that sends little stays small.
const POOL_BYTES: usize = 1024;
const UUID_BYTES: usize = 16;

/// Bits of a uuid, its first byte the lowest, that say of which version it is.
const MARKED: u128 = 0xf0 << 48 | 0xc0 << 64;
const VERSION_4: u128 = 0x40 << 48 | 0x80 << 64;

/// Random bytes not yet used.
#[derive(Default)]
pub(super) struct UuidPool {
    /// Had with the first uuid: most shards never give one.
    bytes: Vec<u8>,
    next: usize,
}

impl UuidPool {
    /// A uuid never given before; the event's nanoseconds are mixed into its random bits, so that a cloned machine with
    /// a copy of the pool does not repeat itself. `None` if the system gives no randomness.
    pub(super) fn next(&mut self, random: &dyn Random, now_ns: i64) -> Option<[u8; UUID_BYTES]> {
        if self.next == self.bytes.len() && !self.fill(random) {
            return None;
        }
        let unused: &mut [u8; UUID_BYTES] = self.bytes.get_mut(self.next..)?.first_chunk_mut()?;
        let random_bits = u128::from_le_bytes(*unused);
        *unused = [0; UUID_BYTES];
        self.next += UUID_BYTES;
        let now_ns = if random.is_repeatable() { 0 } else { now_ns };
        // The last eight bytes; version and variant stand in bytes 6 and 8.
        let mixed = random_bits ^ u128::from(u64::from_le_bytes(now_ns.to_le_bytes())) << 64;
        Some((mixed & !MARKED | VERSION_4).to_le_bytes())
    }

    /// New bytes in the place of the used ones; false if the system gives no memory or no randomness.
    #[cold]
    fn fill(&mut self, random: &dyn Random) -> bool {
        if self.bytes.is_empty() {
            if self.bytes.try_reserve_exact(POOL_BYTES).is_err() {
                return false;
            }
            self.bytes.resize(POOL_BYTES, 0);
            self.next = POOL_BYTES;
        }
        let is_filled = random.fill(&mut self.bytes);
        if is_filled {
            self.next = 0;
        }
        is_filled
    }
}
