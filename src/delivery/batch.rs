//! A batch: spans of the journal that share an identity, cut at the limits of a post.

use std::sync::Arc;

use super::engine::Limits;
use crate::event::{self, Stamp};
use crate::journal::{Identity, Reader, Record, Span};

/// Bytes of a request past which no further event is added. An event larger than that goes alone.
const MAX_BODY: usize = 1024 * 1024;

/// Events on their way together.
#[derive(Clone, Debug)]
pub(super) struct Batch {
    pub(super) identity: Arc<Identity>,
    pub(super) spans: Vec<Span>,
}

impl Batch {
    pub(super) fn count(&self) -> u64 {
        self.spans.iter().map(|span| span.count).sum()
    }

    /// Takes as much as fits, writing the request at the same time. A record that can't be read comes alone, as an
    /// error.
    pub(super) fn take(
        reader: &mut Reader,
        identity: &Arc<Identity>,
        limits: Limits,
        body: &mut Vec<u8>,
    ) -> Result<Self, Self> {
        let mut count = 0;
        let mut is_unreadable = false;
        body.clear();
        body.extend_from_slice(&identity.opening);
        let spans = reader.take(identity, |record| {
            if count == limits.batch_size || is_unreadable {
                return false;
            }
            let before = body.len();
            let is_readable = append(body, count > 0, record);
            if count > 0 && (!is_readable || body.len() > MAX_BODY) {
                body.truncate(before);
                return false;
            }
            is_unreadable = !is_readable;
            count += 1;
            true
        });
        body.extend_from_slice(event::CLOSING);
        let batch = Self { identity: Arc::clone(identity), spans };
        if is_unreadable { Err(batch) } else { Ok(batch) }
    }

    /// Writes the request anew, for another attempt or after a split.
    pub(super) fn write(&self, reader: &Reader, body: &mut Vec<u8>) {
        body.clear();
        body.extend_from_slice(&self.identity.opening);
        let mut is_first = true;
        for span in &self.spans {
            reader.read(span, |record| {
                append(body, !is_first, record);
                is_first = false;
            });
        }
        body.extend_from_slice(event::CLOSING);
    }

    /// Two halves, the first no smaller than the second.
    pub(super) fn halves(self, reader: &Reader) -> (Self, Self) {
        let mut left_count = self.count().div_ceil(2);
        let mut left = Self { identity: Arc::clone(&self.identity), spans: Vec::new() };
        let mut right = Self { identity: self.identity, spans: Vec::new() };
        for span in self.spans {
            if left_count == 0 {
                right.spans.push(span);
            } else if span.count <= left_count {
                left_count -= span.count;
                left.spans.push(span);
            } else {
                let (first, rest) = reader.split(&span, left_count);
                left_count = 0;
                left.spans.push(first);
                right.spans.push(rest);
            }
        }
        (left, right)
    }
}

/// Appends one event; false if the record can't be read.
fn append(body: &mut Vec<u8>, needs_comma: bool, record: Record<'_>) -> bool {
    if needs_comma {
        body.push(b',');
    }
    let stamp = Stamp { uuid: record.uuid, time_ms: record.time_ms };
    event::write_event(body, stamp, record.body).is_some()
}
