//! A batch: spans of the journal that share an identity, cut at the limits of a post.

use std::io;
use std::sync::Arc;

use crate::event::{self, Stamp};
use crate::journal::{Identity, Reader, Record, Span, Taken, make_room};
use crate::platform::{Defect, planted};

/// More bytes of a request than an ordinary event takes, whose record is no larger than the second.
const ORDINARY: usize = 16 * 1024;
const ORDINARY_RECORD: usize = 512;

/// What there was to send.
pub(super) enum Cut {
    /// Events; none if there was nothing, or only what is purged.
    Batch(Batch),
    /// One record whose checksum fits, and which is no event all the same.
    NoEvent(Batch),
    /// Events older than the host allows.
    Expired(Batch),
    /// Bytes that are no records any more.
    Damage(Span),
    /// The disk does not give them back now, or there is no memory for a request.
    Failed(io::Error),
}

/// Events on their way together.
#[derive(Clone, Debug)]
pub(super) struct Batch {
    pub(super) identity: Arc<Identity>,
    pub(super) spans: Vec<Span>,
    /// The host has discarded it: it is not sent again.
    pub(super) is_discarded: bool,
}

impl Batch {
    pub(super) fn count(&self) -> u64 {
        self.spans.iter().map(|span| span.count).sum()
    }

    /// Takes as much as fits, writing the request at the same time.
    pub(super) fn take(
        reader: &mut Reader,
        identity: &Arc<Identity>,
        batch_size: u64,
        body_limit: usize,
        oldest_ms: Option<i64>,
        body: &mut Vec<u8>,
    ) -> Cut {
        let is_platform = event::platform_parts(&identity.endpoint, &identity.opening).is_some();
        let batch_size = if is_platform { batch_size.min(event::PLATFORM_BATCH) } else { batch_size };
        let mut count = 0;
        let mut is_unreadable = false;
        let mut is_expired = false;
        let mut short = None;
        if let Err(error) = open(body, identity) {
            return Cut::Failed(error);
        }
        let taken = reader.take(identity, |record| {
            if count == batch_size || is_unreadable {
                return false;
            }
            let is_too_old = oldest_ms.is_some_and(|oldest_ms| record.time_ms < oldest_ms);
            if count > 0 && is_too_old != is_expired {
                return false;
            }
            is_expired = is_too_old;
            if is_expired {
                count += 1;
                return true;
            }
            if let Err(error) = have_room(body, &record) {
                // What has found room goes without it.
                short = Some(error);
                return false;
            }
            let before = body.len();
            let is_readable = append(body, count > 0, record);
            if count > 0 && (!is_readable || body.len() > body_limit) {
                body.truncate(before);
                return false;
            }
            is_unreadable = !is_readable;
            count += 1;
            true
        });
        body.extend_from_slice(event::closing(&identity.opening));
        match taken {
            Taken::Events(spans) => {
                if let Some(error) = short.filter(|_| spans.is_empty()) {
                    return Cut::Failed(error);
                }
                let batch = Self { identity: Arc::clone(identity), spans, is_discarded: false };
                match (is_unreadable, is_expired) {
                    (true, _) => Cut::NoEvent(batch),
                    (false, true) => Cut::Expired(batch),
                    (false, false) => Cut::Batch(batch),
                }
            }
            Taken::Damage(span) => Cut::Damage(span),
            Taken::Failed(error) => Cut::Failed(error),
        }
    }

    /// Writes the request anew, for another attempt or after a split. False if not every record of it is there any more.
    pub(super) fn write(&self, reader: &mut Reader, body: &mut Vec<u8>) -> io::Result<bool> {
        open(body, &self.identity)?;
        let (mut is_first, mut count, mut room) = (true, 0, Ok(()));
        for span in &self.spans {
            count += reader.read(span, |record| {
                if room.is_ok() {
                    room = have_room(body, &record);
                }
                if room.is_ok() {
                    append(body, !is_first, record);
                    is_first = false;
                }
            })?;
        }
        room?;
        body.extend_from_slice(event::closing(&self.identity.opening));
        Ok(count == self.count())
    }

    /// Two halves, the first no smaller than the second.
    pub(super) fn halves(self, reader: &mut Reader) -> Result<(Self, Self), (io::Error, Self)> {
        let mut left_count = self.count().div_ceil(2);
        let identity = Arc::clone(&self.identity);
        let mut left = Self { identity, spans: Vec::new(), is_discarded: self.is_discarded };
        let mut right = left.clone();
        for span in &self.spans {
            if left_count == 0 {
                right.spans.push(span.clone());
            } else if span.count <= left_count {
                left_count -= span.count;
                left.spans.push(span.clone());
            } else {
                let (first, rest) = match reader.split(span, left_count) {
                    Ok(parts) => parts,
                    Err(error) => return Err((error, self)),
                };
                left_count = 0;
                left.spans.push(first);
                right.spans.push(rest);
            }
        }
        Ok((left, right))
    }
}

/// Begins a request.
fn open(body: &mut Vec<u8>, identity: &Identity) -> io::Result<()> {
    body.clear();
    make_room(body, identity.opening.len() + event::LONGEST_CLOSING)?;
    body.extend_from_slice(&identity.opening);
    Ok(())
}

/// Has room for one event and the request's end.
fn have_room(body: &mut Vec<u8>, record: &Record<'_>) -> io::Result<()> {
    let most = if record.body.len() <= ORDINARY_RECORD { ORDINARY } else { event::most_bytes(record.body) };
    make_room(body, most + 1 + event::LONGEST_CLOSING)
}

/// Appends one event, for which there is room; false if the record can't be read.
fn append(body: &mut Vec<u8>, needs_comma: bool, record: Record<'_>) -> bool {
    if needs_comma {
        body.push(b',');
    }
    let mut uuid = record.uuid;
    if planted(Defect::UuidAtSend) {
        uuid[15] ^= body.len() as u8;
    }
    let stamp = Stamp { uuid, time_ms: record.time_ms };
    event::write_event(body, stamp, record.body).is_some()
}
