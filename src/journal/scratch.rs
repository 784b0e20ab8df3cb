//! Bytes of segments that were read last.

use super::room::KEPT;

/// Bytes read last, kept, for the next batch often begins where the last one ended.
#[derive(Default)]
pub(super) struct Scratch {
    /// Number of the segment; 0 for none.
    pub(super) segment: u64,
    pub(super) from: usize,
    pub(super) bytes: Vec<u8>,
}

impl Scratch {
    /// Forgets what was read, for it has been written over.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// Forgets what has grown large.
    pub(super) fn rest(&mut self) {
        if self.bytes.capacity() > KEPT {
            self.forget();
        }
    }

    /// Drops what lies before the bytes that are asked for, once that is the greater part: else a segment that fills
    /// slowly would be here as a whole in the end.
    pub(super) fn drop_what_is_over(&mut self, from: usize) {
        let over = from - self.from;
        if over > self.bytes.len() / 2 {
            self.bytes.drain(..over);
            self.from = from;
        }
    }
}
