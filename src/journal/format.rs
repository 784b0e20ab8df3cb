//! How a segment begins: who its events belong to, twice, and how far they are settled.
//!
//! ```text
//! copy:   magic (8) | version (4) | bytes of a copy (4) | segment id (8) | length of the endpoint (4), of the opening (4)
//!         | endpoint | opening | zeros | checksum of all that (4)      a multiple of 64 bytes
//! header: copy | copy | cursor: two words of position (4) and checksum (4), used in turn | zeros up to 64 bytes
//! ```
//!
//! A version that is not ours may look different behind the version; such a segment is left alone.

use std::ops::Range;
use std::sync::Arc;

use super::Identity;

const MAGIC: &[u8; 8] = b"opttrack";

/// The version of the format that is written.
pub(super) const VERSION: u32 = 1;

/// Copies are multiples of this, so that the second is found where the first is damaged.
const STEP: usize = 64;

/// Bytes of a copy before its texts.
const FIXED: usize = 32;

/// Bytes that tell how long a copy is; they are written over last.
pub(super) const MEASURE: usize = 16;

/// The longest copy that is looked for.
const LONGEST_COPY: usize = 8 * 1024 * 1024;

/// Bytes that the cursor takes.
const CURSOR: usize = 64;

/// What the beginning of a segment says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) id: u64,
    pub(super) identity: Arc<Identity>,
    /// Where the cursor lies; the records begin behind it.
    cursor: usize,
}

/// What a file's first bytes are.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Opening {
    /// A segment of ours.
    Segment(Header),
    /// Zeros, or a header that a crash has cut short: nothing was ever written to it.
    Empty,
    /// A segment of another version of the format.
    OtherVersion,
    /// Neither copy can be read.
    Damaged,
}

impl Header {
    /// The header of a new segment.
    pub(super) fn new(id: u64, identity: Arc<Identity>) -> Self {
        let texts = identity.endpoint.len() + identity.opening.len();
        let cursor = 2 * (FIXED + texts + 4).next_multiple_of(STEP);
        Self { id, identity, cursor }
    }

    /// Where the first record begins.
    pub(super) fn start(&self) -> usize {
        self.cursor + CURSOR
    }

    /// The bytes that a segment begins with.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let size = self.cursor / 2;
        let mut copy = Vec::with_capacity(self.start());
        copy.extend_from_slice(MAGIC);
        copy.extend_from_slice(&VERSION.to_le_bytes());
        copy.extend_from_slice(&(size as u32).to_le_bytes());
        copy.extend_from_slice(&self.id.to_le_bytes());
        copy.extend_from_slice(&(self.identity.endpoint.len() as u32).to_le_bytes());
        copy.extend_from_slice(&(self.identity.opening.len() as u32).to_le_bytes());
        copy.extend_from_slice(self.identity.endpoint.as_bytes());
        copy.extend_from_slice(&self.identity.opening);
        copy.resize(size - 4, 0);
        let checksum = crc32fast::hash(&copy);
        copy.extend_from_slice(&checksum.to_le_bytes());
        copy.extend_from_within(..);
        copy.resize(self.start(), 0);
        copy
    }

    /// Reads the beginning of a file.
    pub(super) fn read(bytes: &[u8]) -> Opening {
        if let Some(header) = Self::copy(bytes) {
            return Opening::Segment(header);
        }
        // The second copy begins where a whole first one would have ended.
        let second = (STEP..bytes.len().min(LONGEST_COPY)).step_by(STEP).find_map(|at| {
            let header = Self::copy(&bytes[at..])?;
            (header.cursor == 2 * at).then_some(header)
        });
        match second {
            Some(header) => Opening::Segment(header),
            None if is_unfinished(bytes) => Opening::Empty,
            None if bytes.starts_with(MAGIC) && bytes.get(8..12) != Some(&VERSION.to_le_bytes()) => {
                Opening::OtherVersion
            }
            None => Opening::Damaged,
        }
    }

    fn copy(bytes: &[u8]) -> Option<Self> {
        let number = |at: usize| Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?));
        if !bytes.starts_with(MAGIC) || number(8)? != VERSION {
            return None;
        }
        let size = number(12)? as usize;
        if size % STEP != 0 || !(FIXED + 4..=LONGEST_COPY).contains(&size) {
            return None;
        }
        let copy = bytes.get(..size)?;
        let (content, checksum) = copy.split_last_chunk::<4>()?;
        if u32::from_le_bytes(*checksum) != crc32fast::hash(content) {
            return None;
        }
        let id = u64::from_le_bytes(*content[16..].first_chunk()?);
        let (endpoint, opening) = (number(24)? as usize, number(28)? as usize);
        let texts = &content[FIXED..];
        let endpoint_text = std::str::from_utf8(texts.get(..endpoint)?).ok()?;
        let opening = texts.get(endpoint..endpoint.checked_add(opening)?)?;
        let identity = Identity { endpoint: endpoint_text.into(), opening: opening.into() };
        Some(Self { id, identity: Arc::new(identity), cursor: 2 * size })
    }

    /// The cursor's word for a position, and where it is written; the two words take turns.
    pub(super) fn cursor_word(&self, position: usize, turn: usize) -> ([u8; 8], usize) {
        let position = position as u32;
        let mut word = [0; 8];
        word[..4].copy_from_slice(&position.to_le_bytes());
        word[4..].copy_from_slice(&self.cursor_checksum(position).to_le_bytes());
        (word, self.cursor + 8 * (turn % 2))
    }

    /// The position up to which the events are settled: the larger of the words that can be read, for it only moves
    /// forward; where none can be, the beginning.
    pub(super) fn cursor(&self, bytes: &[u8]) -> usize {
        let word = |turn: usize| {
            let word = bytes.get(self.cursor + 8 * turn..)?.first_chunk::<8>()?;
            let position = u32::from_le_bytes(*word.first_chunk()?);
            let checksum = u32::from_le_bytes(*word[4..].first_chunk()?);
            (checksum == self.cursor_checksum(position)).then_some(position as usize)
        };
        word(0).max(word(1)).map_or(self.start(), |position| position.max(self.start()))
    }

    /// Where the copies and the words of the cursor do not say what they should. A word of zeros was never written.
    pub(super) fn damage(&self, bytes: &[u8]) -> Vec<Range<usize>> {
        let size = self.cursor / 2;
        let is_copy =
            |range: &Range<usize>| bytes.get(range.clone()).and_then(Self::copy).as_ref() == Some(self);
        let is_word = |range: &Range<usize>| {
            let Some(word) = bytes.get(range.clone()) else { return false };
            let (position, checksum) = word.split_at(4);
            let number = |bytes: &[u8]| bytes.first_chunk().map(|bytes| u32::from_le_bytes(*bytes));
            *word == [0; 8]
                || number(position).map(|position| self.cursor_checksum(position)) == number(checksum)
        };
        let copies = [0..size, size..self.cursor].into_iter().filter(|range| !is_copy(range));
        let words = [0, 8].map(|at| self.cursor + at..self.cursor + at + 8);
        copies.chain(words.into_iter().filter(|range| !is_word(range))).collect()
    }

    fn cursor_checksum(&self, position: u32) -> u32 {
        let mut bytes = [0; 12];
        bytes[..8].copy_from_slice(&self.id.to_le_bytes());
        bytes[8..].copy_from_slice(&position.to_le_bytes());
        crc32fast::hash(&bytes)
    }
}

/// Is there nothing behind what could be a part of a header, written or wiped so far?
fn is_unfinished(bytes: &[u8]) -> bool {
    let number = |at: usize| {
        bytes.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |number| u32::from_le_bytes(*number))
    };
    let (version, size) = (number(8), number(12) as usize);
    let header = if size > LONGEST_COPY { MEASURE } else { 2 * size + CURSOR };
    (version == 0 || version == VERSION) && bytes.iter().skip(header).all(|byte| *byte == 0)
}
