//! What happens to an event that nobody will ever take: it is written down, and only then taken off the books.

use std::io::{self, Write};
use std::time::Duration;

use super::batch::Batch;
use super::dead_letters::{DeadLetters, Kept, Letter};
use super::engine::{Engine, settle};
use super::lane::Parked;
use super::report::{Report, describe, uuid};
use crate::event;
use crate::journal::{DropReason, Journal, Reader, Settlement, copy_of, make_room};
use crate::transport::Outcome;

/// Why a record that is whole is no event: another program has written it.
const NO_EVENT: &str = "is no event that this library could have written";

/// Writes a single event into the file of dead letters, if there is one, and takes it off the books. `outcome` is the
/// server's refusal; without one the record is no event. On an error it stays.
pub(super) fn bury(
    reader: &mut Reader,
    batch: &Batch,
    outcome: Option<&Outcome>,
    journal: &Journal,
    dead_letters: &mut Option<DeadLetters>,
    reports: &mut Vec<Report>,
) -> io::Result<()> {
    let mut found = Vec::new();
    for span in &batch.spans {
        reader.read(span, |record| found.push(copy_of(record.body).map(|body| (record.uuid, body))))?;
    }
    let found: Vec<_> = found.into_iter().collect::<io::Result<_>>()?;
    if found.is_empty() {
        // It was damaged after it was sent, and the only thing to be written down is that.
        batch.spans.iter().for_each(|span| reader.drop_damage(span));
        return Ok(());
    }
    let mut request = Vec::new();
    match outcome {
        Some(_) => drop(batch.write(reader, &mut request)?),
        None => digits(&mut request, found.first().map_or(&[][..], |(_, body)| body))?,
    }
    let reason = outcome.map_or_else(|| NO_EVENT.to_owned(), describe);
    let http_status = match outcome {
        Some(Outcome::Answered { status, .. }) => *status,
        Some(Outcome::Failed(_) | Outcome::Cut(_) | Outcome::Barred(_)) | None => 0,
    };
    let mut settlement = Settlement::DeadLettered;
    for (id, body) in &found {
        let (uuid, key) = (uuid(*id), event::key(body).unwrap_or_default());
        if let Some(dead_letters) = dead_letters {
            let letter = Letter {
                uuid: &uuid,
                key,
                reason: &reason,
                http_status,
                time_ms: journal.wall_ms(),
                endpoint: &batch.identity.endpoint,
                request: &request,
            };
            if dead_letters.keep(&letter)? == Kept::Full {
                settlement = Settlement::Dropped(DropReason::DeadLetterLimit);
            }
        }
        let key = key.to_owned();
        if let Settlement::Dropped(reason) = settlement {
            reports.push(Report::GivenUp { count: 1, reason });
            reports.push(Report::Dropped { uuid, key, reason });
        } else {
            reports.push(Report::DeadLettered { uuid, key, http_status, why: reason.clone() });
        }
    }
    settle(reader, batch, settlement);
    Ok(())
}

impl Engine {
    /// Writes down what is parked, where it is time to; answers when it is.
    pub(super) fn bury_parked(&mut self, journal: &Journal, now: Duration) -> Option<Duration> {
        let Self { reader, lanes, dead_letters, reports, .. } = self;
        for lane in lanes.iter_mut().filter(|lane| lane.parked_until <= now) {
            while let Some(Parked { batch, outcome }) = lane.parked.pop() {
                let buried = bury(reader, &batch, outcome.as_ref(), journal, dead_letters, reports);
                if buried.is_err() {
                    lane.park(batch, outcome, now);
                    reader.make_room();
                    break;
                }
            }
        }
        let next = lanes.iter().filter(|lane| !lane.parked.is_empty()).map(|lane| lane.parked_until).min();
        if next.is_none() {
            reader.room_was_had();
        }
        next
    }
}

/// Bytes as a JSON string of hexadecimal digits.
fn digits(out: &mut Vec<u8>, bytes: &[u8]) -> io::Result<()> {
    make_room(out, 2 * bytes.len() + 2)?;
    out.push(b'"');
    for byte in bytes {
        let _ = write!(out, "{byte:02x}");
    }
    out.push(b'"');
    Ok(())
}
