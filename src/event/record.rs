//! The compact body of an event: self-contained, typed, a third of its JSON. Lengths are LEB128, numbers little-endian.
//!
//! ```text
//! kind (1) | visitor id | attributes | what the kind has
//! attributes: byte length of the rest (4) | each: entity id, key, value
//! value: type (1) and what belongs to it
//! ```

use super::{conversion, impression, platform, raw};
use crate::value::Value;

pub(super) const CONVERSION: u8 = 1;
pub(super) const IMPRESSION: u8 = 2;
pub(super) const RAW: u8 = 3;
pub(super) const PLATFORM: u8 = 4;

const NULL: u8 = 0;
const FALSE: u8 = 1;
const TRUE: u8 = 2;
const INT: u8 = 3;
const DOUBLE: u8 = 4;
const TEXT: u8 = 5;

/// What is fixed when an event is accepted, and never made anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Version 4 uuid; the Events API drops repeats by it.
    pub uuid: [u8; 16],
    /// Milliseconds since 1970 UTC.
    pub time_ms: i64,
}

/// The body of a record in the making. Made of a buffer that its owner reuses, so that an ordinary event allocates
/// nothing.
#[derive(Default)]
pub struct Body {
    bytes: Vec<u8>,
    /// Bytes in front that are not the body's.
    room: usize,
    is_short: bool,
}

impl Body {
    /// An empty body in a buffer used before, behind so many bytes that are left free for who stores it.
    #[must_use]
    pub fn reusing(mut buffer: Vec<u8>, room: usize) -> Self {
        buffer.clear();
        buffer.resize(room, 0);
        Self { bytes: buffer, room, is_short: false }
    }

    /// Gives the buffer back.
    #[must_use]
    pub fn into_buffer(self) -> Vec<u8> {
        self.bytes
    }

    /// The bytes written so far.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[self.room..]
    }

    /// The buffer with the room in front.
    pub fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// Has everything found room? Where the system gave no memory the rest is missing, and the body is no event.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        !self.is_short
    }

    #[inline]
    pub(super) fn put(&mut self, bytes: &[u8]) {
        if self.has_room(bytes.len()) {
            self.bytes.extend_from_slice(bytes);
        }
    }

    #[inline]
    pub(super) fn byte(&mut self, byte: u8) {
        if self.has_room(1) {
            self.bytes.push(byte);
        }
    }

    /// Is there room for so many bytes more? A vector that grew by itself would end the process where it can't.
    #[inline]
    fn has_room(&mut self, count: usize) -> bool {
        self.bytes.capacity() - self.bytes.len() >= count || self.grow(count)
    }

    #[cold]
    fn grow(&mut self, count: usize) -> bool {
        let has_grown = self.bytes.try_reserve(count).is_ok();
        self.is_short |= !has_grown;
        has_grown
    }

    #[inline]
    pub(super) fn length(&mut self, length: usize) {
        let mut rest = length as u32;
        while rest >= 0x80 {
            self.byte(rest as u8 | 0x80);
            rest >>= 7;
        }
        self.byte(rest as u8);
    }

    #[inline]
    pub(super) fn text(&mut self, text: &str) {
        self.length(text.len());
        self.put(text.as_bytes());
    }

    pub(super) fn optional(&mut self, text: Option<&str>) {
        self.byte(u8::from(text.is_some()));
        if let Some(text) = text {
            self.text(text);
        }
    }

    /// Leaves room for the byte length of what follows; answers where.
    pub(super) fn open_block(&mut self) -> usize {
        let start = self.bytes.len();
        self.put(&[0; 4]);
        start
    }

    /// Fills in the length of the block opened at `start`.
    pub(super) fn close_block(&mut self, start: usize) {
        if self.is_short {
            return;
        }
        let (head, block) = self.bytes.split_at_mut(start + 4);
        head[start..].copy_from_slice(&(block.len() as u32).to_le_bytes());
    }

    /// The block opened at `start`, with its length; none where there was no memory for it.
    pub(super) fn block(&self, start: usize) -> Option<&[u8]> {
        if self.is_short { None } else { self.bytes.get(start..) }
    }

    #[inline]
    pub(super) fn value(&mut self, value: Value<'_>) {
        match value {
            Value::Null => self.byte(NULL),
            Value::Bool(false) => self.byte(FALSE),
            Value::Bool(true) => self.byte(TRUE),
            Value::Int(integer) => {
                self.byte(INT);
                self.put(&integer.to_le_bytes());
            }
            Value::Double(number) => {
                self.byte(DOUBLE);
                self.put(&number.to_le_bytes());
            }
            Value::Str(text) => {
                self.byte(TEXT);
                self.text(text);
            }
        }
    }
}

/// Reads a record; every call gives `None` once the bytes do not say what a record says.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|byte| byte[0])
    }

    pub(super) fn eight(&mut self) -> Option<[u8; 8]> {
        self.take(8)?.try_into().ok()
    }

    /// The bytes of a block that says its own length.
    pub(super) fn block(&mut self) -> Option<Self> {
        let length = u32::from_le_bytes(self.take(4)?.try_into().ok()?);
        self.take(length as usize).map(Self)
    }

    pub(super) fn length(&mut self) -> Option<usize> {
        let mut length = 0_u32;
        for shift in [0, 7, 14, 21, 28] {
            let byte = self.byte()?;
            length |= u32::from(byte & 0x7f).checked_shl(shift)?;
            if byte < 0x80 {
                return Some(length as usize);
            }
        }
        None
    }

    pub(super) fn text(&mut self) -> Option<&'a str> {
        let length = self.length()?;
        std::str::from_utf8(self.take(length)?).ok()
    }

    /// Outer `None`: malformed; inner `None`: there is none.
    #[expect(clippy::option_option, reason = "every read may find the record malformed")]
    pub(super) fn optional(&mut self) -> Option<Option<&'a str>> {
        match self.byte()? {
            0 => Some(None),
            1 => self.text().map(Some),
            _ => None,
        }
    }

    pub(super) fn value(&mut self) -> Option<Value<'a>> {
        Some(match self.byte()? {
            NULL => Value::Null,
            FALSE => Value::Bool(false),
            TRUE => Value::Bool(true),
            INT => Value::Int(i64::from_le_bytes(self.eight()?)),
            DOUBLE => Value::Double(f64::from_le_bytes(self.eight()?)),
            TEXT => Value::Str(self.text()?),
            _ => return None,
        })
    }
}

/// The visitor of an event.
#[must_use]
pub fn visitor(body: &[u8]) -> Option<&str> {
    let mut reader = Reader(body);
    reader.byte()?;
    reader.text()
}

/// What sort of event a body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// A decision.
    Impression,
    /// What a user did.
    Conversion,
    /// What the Data Platform is told of a user.
    Platform,
}

/// What can be told of an event at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outline<'a> {
    /// What sort it is of.
    pub sort: Sort,
    /// Whose it is.
    pub visitor_id: &'a str,
    /// What a log line calls it: its event key, the rule key of an impression, the action of an event of the platform.
    pub key: &'a str,
}

/// What can be told of a body; `None` if the bytes are none.
#[must_use]
pub fn outline(body: &[u8]) -> Option<Outline<'_>> {
    let mut reader = Reader(body);
    let kind = reader.byte()?;
    let visitor_id = reader.text()?;
    reader.block()?;
    let (sort, key) = match kind {
        CONVERSION => (Sort::Conversion, conversion::read(&mut reader)?.event_key),
        IMPRESSION => (Sort::Impression, impression::read(&mut reader)?.rule_key),
        RAW => {
            let raw = raw::read(&mut reader)?;
            (raw.sort, raw.key)
        }
        PLATFORM => (Sort::Platform, platform::read(&mut reader)?.action),
        _ => return None,
    };
    Some(Outline { sort, visitor_id, key })
}

/// What a log line calls an event.
#[must_use]
pub fn key(body: &[u8]) -> Option<&str> {
    outline(body).map(|outline| outline.key)
}
