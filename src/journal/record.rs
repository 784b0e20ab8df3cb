//! A record as it lies in a segment: `length (4) | uuid (16) | time in ms (8) | body`, numbers little-endian.

/// Bytes in front of a record: its length.
pub(super) const LENGTH_BYTES: usize = 4;

/// Bytes of a record before its body.
pub(super) const HEADER_BYTES: usize = 24;

/// An event with what was fixed when it was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// Version 4 uuid.
    pub uuid: [u8; 16],
    /// Milliseconds since 1970 UTC.
    pub time_ms: i64,
    /// What the event is.
    pub body: &'a [u8],
}

/// The length and the header of a record, ready to be written before its body.
pub(super) fn head(uuid: [u8; 16], time_ms: i64, body: &[u8]) -> [u8; LENGTH_BYTES + HEADER_BYTES] {
    let mut bytes = [0; LENGTH_BYTES + HEADER_BYTES];
    bytes[..4].copy_from_slice(&((HEADER_BYTES + body.len()) as u32).to_le_bytes());
    bytes[4..20].copy_from_slice(&uuid);
    bytes[20..].copy_from_slice(&time_ms.to_le_bytes());
    bytes
}

/// The record at an offset and the offset of the next; `None` at the end.
pub(super) fn at(written: &[u8], at: usize) -> Option<(Record<'_>, usize)> {
    let length = u32::from_le_bytes(written.get(at..at + LENGTH_BYTES)?.try_into().ok()?) as usize;
    let start = at + LENGTH_BYTES;
    let bytes = written.get(start..start + length)?;
    let (header, body) = bytes.split_at_checked(HEADER_BYTES)?;
    let uuid = header[..16].try_into().ok()?;
    let time_ms = i64::from_le_bytes(header[16..].try_into().ok()?);
    Some((Record { uuid, time_ms, body }, start + length))
}
