//! `MurmurHash3`, x86, 32 bit, fed in pieces so that two texts need not be joined first.

const C1: u32 = 0xcc9e_2d51;
const C2: u32 = 0x1b87_3593;

/// The state of a hash in the making.
pub(super) struct Murmur3 {
    hash: u32,
    length: u32,
    /// Bytes that do not fill a block yet, lowest first.
    tail: u32,
    tail_bytes: u32,
}

impl Murmur3 {
    pub(super) fn new(seed: u32) -> Self {
        Self { hash: seed, length: 0, tail: 0, tail_bytes: 0 }
    }

    pub(super) fn write(&mut self, bytes: &[u8]) {
        self.length = self.length.wrapping_add(bytes.len() as u32);
        // What an earlier piece left over fills each block from below, and as much is left over again.
        let left_over = 8 * self.tail_bytes;
        let mut blocks = bytes.chunks_exact(4);
        for block in &mut blocks {
            let block = u64::from(u32::from_le_bytes([block[0], block[1], block[2], block[3]])) << left_over;
            self.block(self.tail | block as u32);
            self.tail = (block >> 32) as u32;
        }
        for byte in blocks.remainder() {
            self.push(*byte);
        }
    }

    pub(super) fn finish(mut self) -> u32 {
        self.hash ^= scramble(self.tail) ^ self.length;
        self.hash ^= self.hash >> 16;
        self.hash = self.hash.wrapping_mul(0x85eb_ca6b);
        self.hash ^= self.hash >> 13;
        self.hash = self.hash.wrapping_mul(0xc2b2_ae35);
        self.hash ^ (self.hash >> 16)
    }

    fn push(&mut self, byte: u8) {
        self.tail |= u32::from(byte) << (8 * self.tail_bytes);
        self.tail_bytes += 1;
        if self.tail_bytes == 4 {
            let block = std::mem::take(&mut self.tail);
            self.tail_bytes = 0;
            self.block(block);
        }
    }

    fn block(&mut self, block: u32) {
        self.hash = (self.hash ^ scramble(block)).rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64);
    }
}

/// Zero stays zero, so an empty tail leaves the hash alone.
fn scramble(block: u32) -> u32 {
    block.wrapping_mul(C1).rotate_left(15).wrapping_mul(C2)
}
