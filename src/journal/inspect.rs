//! A segment as who looks into a journal sees it: the bytes of its file, read and never written.

use std::ops::Range;

use super::Identity;
use super::adoption::LARGEST;
use super::aside::DAMAGED;
use super::format::{Header, Opening};
use super::home::{LOCK, SEGMENT};
use super::record::{Found, Frame, GRAIN, Record};

/// The file in a client's directory that is locked while the client lives.
pub const LOCK_FILE: &str = LOCK;

/// The folder of what recovery could not read.
pub const DAMAGED_FOLDER: &str = DAMAGED;

/// Ends the names of segments.
pub const SEGMENT_ENDING: &str = SEGMENT;

/// No segment's file is larger.
pub const LARGEST_SEGMENT: u64 = LARGEST;

/// What a file is.
pub enum Inspected<'b> {
    /// A segment.
    Segment(Inspection<'b>),
    /// A segment in reserve.
    Reserve,
    /// A segment of another version of the format.
    OtherVersion,
    /// A segment whose beginning can't be read.
    Unreadable,
}

/// A segment that can be read.
pub struct Inspection<'b> {
    bytes: &'b [u8],
    header: Header,
    /// Where its first event begins that is not settled.
    from: usize,
    /// Where its events end.
    end: usize,
}

/// What lies in a segment.
#[derive(Debug, PartialEq, Eq)]
pub enum Seen<'b> {
    /// An event.
    Event {
        /// The event.
        record: Record<'b>,
        /// Where its record lies.
        place: Range<usize>,
        /// Does nobody send it any more?
        is_settled: bool,
    },
    /// Bytes that are no records, and wait to be found so.
    Damage {
        /// Where they lie.
        place: Range<usize>,
        /// About how many events they were.
        events: u64,
    },
}

/// Tells what a file of these bytes is.
#[must_use]
pub fn inspect(bytes: &[u8]) -> Inspected<'_> {
    let header = match Header::read(bytes) {
        Opening::Segment(header) => header,
        Opening::Empty => return Inspected::Reserve,
        Opening::OtherVersion => return Inspected::OtherVersion,
        Opening::Damaged => return Inspected::Unreadable,
    };
    let start = header.start();
    let end = frame(&header).end(bytes.get(start..).unwrap_or_default(), start);
    let cursor = header.cursor(bytes).min(end);
    let from = if cursor % GRAIN == 0 { cursor } else { start };
    Inspected::Segment(Inspection { bytes, header, from, end })
}

fn frame(header: &Header) -> Frame {
    Frame { id: header.id, is_checked: true }
}

impl<'b> Inspection<'b> {
    /// Whose events they are, and where they go.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.header.identity
    }

    /// Visits what is settled, as far as it is still there, and then everything that waits.
    pub fn each(&self, mut visit: impl FnMut(Seen<'b>)) {
        let start = self.header.start();
        for range in [start..self.from, self.from..self.end] {
            let is_settled = range.start < self.from;
            let Some(bytes) = self.bytes.get(range.clone()) else { continue };
            let mut at = range.start;
            while let Some((found, next)) = frame(&self.header).next(bytes, range.start, at) {
                match found {
                    Found::Record(record) => visit(Seen::Event { record, place: at..next, is_settled }),
                    Found::Damage(events) if !is_settled => visit(Seen::Damage { place: at..next, events }),
                    // What is settled may be on its way to be used again.
                    Found::Damage(_) | Found::Blank => {}
                }
                at = next;
            }
        }
    }

    /// What is damaged in the beginning of the segment, which stands there twice.
    #[must_use]
    pub fn header_damage(&self) -> Vec<Range<usize>> {
        self.header.damage(self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::journal::record::size;

    /// A segment of `count` events, the first of them settled, and where each begins.
    fn segment(count: u8) -> (Vec<u8>, Vec<usize>) {
        let identity = Identity { endpoint: "here".into(), opening: b"{".as_slice().into() };
        let header = Header::new(77, Arc::new(identity));
        let mut bytes = header.bytes();
        let mut starts = Vec::new();
        for number in 1..=count {
            starts.push(bytes.len());
            let mut record = vec![number; 32 + 50];
            frame(&header).seal(&mut record, bytes.len(), [number; 16], i64::from(number));
            assert_eq!(record.len(), size(50));
            bytes.extend_from_slice(&record);
        }
        let (word, at) = header.cursor_word(starts[1], 1);
        bytes[at..at + word.len()].copy_from_slice(&word);
        bytes.resize(4096, 0);
        (bytes, starts)
    }

    /// The times of settled and of waiting events, and where damage lies.
    fn seen(bytes: &[u8]) -> (Vec<i64>, Vec<i64>, Vec<usize>) {
        let Inspected::Segment(inspection) = inspect(bytes) else { panic!("a segment") };
        let (mut settled, mut waiting, mut damage) = (Vec::new(), Vec::new(), Vec::new());
        inspection.each(|seen| match seen {
            Seen::Event { record, is_settled: true, .. } => settled.push(record.time_ms),
            Seen::Event { record, .. } => waiting.push(record.time_ms),
            Seen::Damage { place, events } => {
                assert_eq!(events, 1);
                damage.push(place.start);
            }
        });
        (settled, waiting, damage)
    }

    #[test]
    fn what_is_settled_what_waits_and_what_is_damaged_is_told_apart() {
        let (mut bytes, starts) = segment(4);
        assert_eq!(seen(&bytes), (vec![1], vec![2, 3, 4], vec![]));
        bytes[starts[2] + 40] ^= 1;
        assert_eq!(seen(&bytes), (vec![1], vec![2, 4], vec![starts[2]]));
        bytes[starts[0] + 40] ^= 1;
        assert_eq!(seen(&bytes), (vec![], vec![2, 4], vec![starts[2]]), "nobody needs what is settled");
    }

    #[test]
    fn every_bit_of_the_beginning_is_looked_at() {
        let (bytes, starts) = segment(2);
        let damage = |bytes: &[u8]| {
            let Inspected::Segment(inspection) = inspect(bytes) else { panic!("a segment") };
            inspection.header_damage()
        };
        assert_eq!(damage(&bytes), []);
        // Behind the copies and the cursor's words there are zeros up to the first record, which mean nothing.
        for at in 0..starts[0] - 48 {
            let mut bytes = bytes.clone();
            bytes[at] ^= 1;
            let damage = damage(&bytes);
            assert!(damage.len() == 1 && damage[0].contains(&at), "{at}: {damage:?}");
        }
    }

    #[test]
    fn a_file_that_was_cut_has_what_is_left() {
        let (bytes, starts) = segment(3);
        for length in 0..starts[0] {
            if let Inspected::Segment(inspection) = inspect(&bytes[..length]) {
                assert!(
                    !inspection.header_damage().is_empty() || length >= starts[0] - 48,
                    "cut at {length}"
                );
                inspection.each(|seen| panic!("cut at {length}: {seen:?}"));
            }
        }
        for length in starts[2]..starts[2] + 50 {
            assert_eq!(seen(&bytes[..length]), (vec![1], vec![2], vec![]), "cut at {length}");
        }
    }

    #[test]
    fn other_files_are_what_they_are() {
        let (mut bytes, _) = segment(2);
        bytes[8] += 1;
        assert!(matches!(inspect(&bytes), Inspected::Segment(_)), "the second copy is whole");
        for at in (0..1024).step_by(64) {
            if bytes[at..].starts_with(b"opttrack") {
                bytes[at + 8] = 2;
            }
        }
        assert!(matches!(inspect(&bytes), Inspected::OtherVersion));
        bytes[0] = 0;
        assert!(matches!(inspect(&bytes), Inspected::Unreadable));
        assert!(matches!(inspect(&[0; 4096]), Inspected::Reserve));
        assert!(matches!(inspect(b""), Inspected::Reserve));
    }
}
