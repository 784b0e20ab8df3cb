//! A record as it lies in a segment, and how records are found again, also behind damage.
//!
//! ```text
//! word (4): length of the payload (24 bits), and 8 bits that tell a length from a number that happens to be there
//! checksum (4): of the payload, the segment's id and the offset
//! payload: uuid (16) | time in ms (8) | body
//! one to eight bytes 0xff, up to a multiple of eight
//! ```
//!
//! Numbers are little-endian. A word of zero is the end: what follows it is a record only if its checksum says so.

use crc32fast::Hasher;

/// Bytes in front of an event's body, which who encodes the body leaves free.
pub const ROOM: usize = 32;

/// Bytes of a payload before its body.
const STAMP: usize = 24;

/// Bytes of the word and the checksum.
const FRAME: usize = ROOM - STAMP;

/// Records begin at multiples of this.
pub(super) const GRAIN: usize = 8;

/// Ends every record, so that one that was cut short by a crash is told from one that rotted.
const MARK: u8 = 0xff;

/// The longest payload that a word can hold.
const LONGEST: usize = (1 << 24) - 1;

/// Bytes that a search behind damage may checksum: hostile files cost bounded time.
const EFFORT: usize = 64 * 1024 * 1024;

/// An event with what was fixed when it was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// Version 4 uuid, or the caller's own.
    pub uuid: [u8; 16],
    /// Milliseconds since 1970 UTC.
    pub time_ms: i64,
    /// What the event is.
    pub body: &'a [u8],
}

/// How the records of a segment are told from other bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    /// The segment's id.
    pub(super) id: u64,
    /// Memory needs no checksums.
    pub(super) is_checked: bool,
}

/// What lies at an offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found<'a> {
    /// An event.
    Record(Record<'a>),
    /// An event that was purged.
    Blank,
    /// Bytes that are no record; about so many they were.
    Damage(u64),
}

/// The bytes of a record whose body has so many.
pub(super) fn size(body: usize) -> usize {
    (ROOM + body) / GRAIN * GRAIN + GRAIN
}

impl Frame {
    /// Makes a record of a body that stands behind `ROOM` free bytes.
    pub(super) fn seal(self, record: &mut Vec<u8>, at: usize, uuid: [u8; 16], time_ms: i64) {
        let payload = record.len() - FRAME;
        record.resize(size(record.len() - ROOM), MARK);
        record[FRAME..FRAME + 16].copy_from_slice(&uuid);
        record[FRAME + 16..ROOM].copy_from_slice(&time_ms.to_le_bytes());
        let word = payload as u32 | u32::from(self.check(at, payload)) << 24;
        let checksum = if self.is_checked { self.checksum(&record[FRAME..FRAME + payload], at) } else { 0 };
        record[..4].copy_from_slice(&word.to_le_bytes());
        record[4..FRAME].copy_from_slice(&checksum.to_le_bytes());
    }

    /// What lies at `at` in `bytes`, whose first is the segment's byte `origin`, and where the next begins. Everything
    /// up to the end of `bytes` counts. `None`: nothing.
    pub(super) fn next(self, bytes: &[u8], origin: usize, at: usize) -> Option<(Found<'_>, usize)> {
        let rest = bytes.get(at - origin..).filter(|rest| !rest.is_empty())?;
        if let Some((record, size)) = self.record(rest, at) {
            let found = if record.uuid == [0; 16] { Found::Blank } else { Found::Record(record) };
            return Some((found, at + size));
        }
        let next = self.search(rest, at).unwrap_or(at + rest.len());
        Some((Found::Damage(self.count(rest, at, next)), next))
    }

    /// The length of what is plausible at the beginning of `rest`: of a whole record, its checksum aside.
    fn plausible(self, rest: &[u8], at: usize) -> Option<(usize, usize)> {
        self.length(rest, at).filter(|(_, size)| *size <= rest.len())
    }

    /// What a word says of the length of its payload and of its record, wherever that may end.
    fn length(self, rest: &[u8], at: usize) -> Option<(usize, usize)> {
        let word = u32::from_le_bytes(*rest.first_chunk()?);
        let payload = word as usize & LONGEST;
        let is_word = (word >> 24) as u8 == self.check(at, payload) && payload >= STAMP;
        is_word.then(|| (payload, size(payload - STAMP)))
    }

    fn record(self, rest: &[u8], at: usize) -> Option<(Record<'_>, usize)> {
        let (payload, size) = self.plausible(rest, at)?;
        let bytes = &rest[FRAME..FRAME + payload];
        let checksum = u32::from_le_bytes(*rest[4..].first_chunk()?);
        // Without its end it was never accepted, though all that counts is there.
        let is_begun = rest[size - 1] == 0;
        if self.is_checked && (is_begun || checksum != self.checksum(bytes, at)) {
            return None;
        }
        let (uuid, bytes) = bytes.split_first_chunk::<16>()?;
        let (time_ms, body) = bytes.split_first_chunk::<8>()?;
        Some((Record { uuid: *uuid, time_ms: i64::from_le_bytes(*time_ms), body }, size))
    }

    /// Where the first record behind damage begins.
    fn search(self, rest: &[u8], at: usize) -> Option<usize> {
        let mut effort = 0;
        let mut offset = GRAIN;
        while offset < rest.len() && effort < EFFORT {
            if let Some((payload, _)) = self.plausible(&rest[offset..], at + offset) {
                effort += payload;
                if self.record(&rest[offset..], at + offset).is_some() {
                    return Some(at + offset);
                }
            }
            offset += GRAIN;
        }
        None
    }

    /// How many records the damaged bytes were, as far as their lengths tell.
    fn count(self, rest: &[u8], at: usize, next: usize) -> u64 {
        let (mut offset, mut count) = (0, 0);
        while at + offset < next {
            match self.plausible(&rest[offset..], at + offset) {
                Some((_, size)) => offset += size,
                None => return count + 1,
            }
            count += 1;
        }
        count
    }

    /// Where the records end in a segment of which nothing is known but where they begin: behind the last one that was
    /// whole when it was written. What a crash has cut short is no record.
    pub(super) fn end(self, bytes: &[u8], origin: usize) -> usize {
        let mut at = origin;
        while let Some((found, next)) = self.next(bytes, origin, at) {
            let is_last = next == origin + bytes.len();
            if is_last && matches!(found, Found::Damage(_)) {
                return at + self.whole(&bytes[at - origin..], at);
            }
            at = next;
        }
        at
    }

    /// How many of the bytes behind the last readable record are records that were whole once.
    fn whole(self, rest: &[u8], at: usize) -> usize {
        let mut whole = 0;
        while let Some((_, size)) = self.plausible(&rest[whole..], at + whole) {
            if rest[whole + size - 1] != MARK {
                break;
            }
            whole += size;
        }
        let used = rest.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        let is_marked = used >= whole + size(0) && used % GRAIN == 0 && rest[used - 1] == MARK;
        // A word of zero ends the records; behind it lies what never became one.
        let is_begun = rest.get(whole..whole + 4).is_some_and(|word| word != [0; 4]);
        if is_marked && is_begun && !self.is_cut(&rest[whole..used], at + whole) { used } else { whole }
    }

    /// Is that the beginning of one record, which ends with 0xff by chance? So its word says; and it is no other word that
    /// has rotted, for then the checksum would be that of what is there.
    fn is_cut(self, begun: &[u8], at: usize) -> bool {
        let is_longer = self.length(begun, at).is_some_and(|(_, size)| size > begun.len());
        let Some(checksum) = begun.get(4..).and_then(|rest| rest.first_chunk()) else { return false };
        let is_whole = |marks: usize| {
            let payload = begun.get(FRAME..begun.len() - marks);
            payload.is_some_and(|payload| self.checksum(payload, at) == u32::from_le_bytes(*checksum))
        };
        is_longer && !(1..=GRAIN).any(is_whole)
    }

    /// A record that holds nothing, of the size of the one that was there.
    pub(super) fn blank(self, size: usize, at: usize) -> Vec<u8> {
        let mut record = vec![0; size - GRAIN];
        self.seal(&mut record, at, [0; 16], 0);
        record
    }

    fn check(self, at: usize, payload: usize) -> u8 {
        let place = self.id ^ (at as u64).rotate_left(24) ^ (payload as u64);
        (place.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8
    }

    fn checksum(self, payload: &[u8], at: usize) -> u32 {
        let mut hasher = Hasher::new();
        hasher.update(payload);
        let place = (self.id ^ (at as u64).rotate_left(32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
        hasher.finalize() ^ (place >> 32) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAMED: Frame = Frame { id: 0x1234_5678_9abc_def0, is_checked: true };

    /// Where the records begin.
    const START: usize = 64;

    /// Records whose bodies are 0xff throughout, and where each ends.
    fn records(bodies: &[usize]) -> (Vec<u8>, Vec<usize>) {
        let (mut bytes, mut ends) = (Vec::new(), Vec::new());
        for body in bodies {
            let mut record = vec![MARK; ROOM + body];
            FRAMED.seal(&mut record, START + bytes.len(), [MARK; 16], -1);
            bytes.extend(record);
            ends.push(bytes.len());
        }
        (bytes, ends)
    }

    /// How many records there are, and about how many that can't be read.
    fn found(bytes: &[u8]) -> (u64, u64) {
        let end = FRAMED.end(bytes, START) - START;
        let (mut records, mut damaged, mut at) = (0, 0, START);
        while let Some((found, next)) = FRAMED.next(&bytes[..end], START, at) {
            match found {
                Found::Record(_) => records += 1,
                Found::Blank => {}
                Found::Damage(count) => damaged += count,
            }
            at = next;
        }
        (records, damaged)
    }

    #[test]
    fn a_record_that_was_cut_short_behind_0xff_is_no_damage() {
        let (bytes, ends) = records(&[100, 33, 500]);
        for cut in ends[1]..ends[2] {
            assert_eq!(found(&bytes[..cut]), (2, 0), "a file of {cut} bytes");
            let mut torn = bytes.clone();
            torn[cut..].fill(0);
            torn.resize(4096, 0);
            assert_eq!(found(&torn), (2, 0), "zeros from {cut} on");
        }
    }

    #[test]
    fn a_last_record_that_rotted_is_damage_wherever_the_bit_is() {
        let (bytes, ends) = records(&[100, 33, 500]);
        for bit in 8 * ends[1]..8 * (ends[2] - GRAIN) {
            let mut rotten = bytes.clone();
            rotten.resize(4096, 0);
            rotten[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(found(&rotten), (2, 1), "bit {bit}");
        }
    }

    #[test]
    fn what_is_0xff_throughout_hides_nothing_behind_it() {
        let (bytes, ends) = records(&[100, 33, 500, 60]);
        for from in (ends[0]..ends[1]).step_by(3) {
            // From the middle of a record on, and all of it, its word included.
            let mut filled = bytes.clone();
            filled[ends[0]..from].fill(0);
            filled[from..ends[1]].fill(MARK);
            assert_eq!(found(&filled), (3, 1), "from {from}");
            // And where a record was cut short, the next one lies behind it.
            let mut torn = bytes.clone();
            torn[from..ends[1]].fill(0);
            assert_eq!(found(&torn), (3, 1), "torn at {from}");
        }
        let mut last = bytes.clone();
        last[ends[2]..].fill(MARK);
        assert_eq!(found(&last), (3, 1));
        last.resize(4096, MARK);
        assert_eq!(found(&last), (3, 1));
    }
}
