//! Conversions by the flat form.

use super::answer::{Body, Head, Room, encode};
use super::request::{Decoder, NOTIFY, Request};
use super::{Answer, Call, fault, tell};
use crate::client::Client;
use crate::error::Result;

/// The call that a request of the sort `Call::Track` asks for, at a time that the caller names and with its uuid.
pub fn track_at(
    client: &Client,
    request: &[u8],
    time_ms: i64,
    uuid: &str,
    capacity: usize,
    size: &mut usize,
) -> Result<Answer> {
    let request = Decoder::new(request).request()?;
    if request.call != Call::Track {
        return Err(fault(1, "the call is another than OPT_PACKED_TRACK"));
    }
    track(client, &request, Some((time_ms, uuid)), &mut Room { capacity, size })
}

/// Counts the conversion, if its answer fits.
pub(super) fn track(
    client: &Client,
    request: &Request<'_>,
    at: Option<(i64, &str)>,
    room: &mut Room<'_>,
) -> Result<Answer> {
    let mut head = Head::default();
    if request.has(NOTIFY) {
        head.notifications.push(tell::tracked(&request.user, request.key, &request.tags));
    }
    let bytes = encode(&head, &Body::None).bytes;
    room.check(bytes.len())?;
    let tracked = match at {
        None => client.track(&request.user, request.key, &request.tags),
        Some((time_ms, uuid)) => client.track_at(&request.user, request.key, &request.tags, time_ms, uuid),
    };
    if let Err(error) = tracked {
        *room.size = 0;
        return Err(error);
    }
    Ok(Answer { bytes, result: Ok(()) })
}
