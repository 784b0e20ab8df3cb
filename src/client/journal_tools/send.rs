//! What waits, sent without the program that recorded it: the library's own delivery, over directories that nobody owns.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::requeue::{Requeued, Which, requeue};
use super::survey::{ClientDirectory, survey};
use super::walk;
use crate::client::built_in::built_in_drive;
use crate::client::endpoints::endpoint_fault;
use crate::client::options::ClientOptions;
use crate::client::room::{Plan, Room};
use crate::delivery::{DeliveryState, DeliveryStats, Limits};
use crate::error::{Error, Result};
use crate::journal::{Books, Bounds, Directory, Durability, Kind, Place, Sizes};
use crate::notification::Listeners;
use crate::platform::{Log, SystemClock, SystemDisk, SystemRandom, milliseconds};

/// How often it is asked how the delivery goes.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// Time that a request on its way has at the end, when nothing more is sent.
const LAST_REQUEST: Duration = Duration::from_millis(500);

/// How to send.
#[derive(Clone, Debug)]
pub struct SendOptions {
    /// Whose events; those of other endpoints are left alone.
    pub endpoint: String,
    /// Longest time for all of it; none: until everything is settled.
    pub timeout: Option<Duration>,
    /// Longest time for one request, in milliseconds.
    pub request_timeout_ms: u32,
    /// Dead letters for the endpoint are sent once more, before everything else.
    pub has_dead_letters: bool,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Sent {
    /// The books; `recovered` is what was taken over.
    pub books: Books,
    /// How the delivery went.
    pub delivery: DeliveryStats,
    /// Dead letters that were put back before.
    pub requeued: Requeued,
    /// Events that still wait for the endpoint, those of clients that live aside.
    pub left: u64,
}

/// Adopts what clients that are no more have left for an endpoint, and sends it. Returns when nothing is left, at the
/// time-out, or when the endpoint refuses everything.
pub fn send(directory: &Path, options: &SendOptions) -> Result<Sent> {
    if let Some(fault) = endpoint_fault(&options.endpoint, false) {
        return Err(Error::argument("endpoint", fault));
    }
    let deadline = options.timeout.map(|timeout| Instant::now() + timeout);
    let mut sent = Sent::default();
    if options.has_dead_letters {
        sent.requeued = requeue(directory, &Which::Endpoint(options.endpoint.clone()))?;
    }
    let before = survey(directory)?;
    sent.left = before.waiting_for(&options.endpoint, |client| !client.is_live);
    if sent.left == 0 {
        return Ok(sent);
    }
    let plan = plan(directory, options)?;
    let room =
        plan.room(vec![options.endpoint.as_str().into()]).map_err(|error| walk::failed(directory, &error))?;
    watch(&room, deadline);
    room.close();
    room.delivery.stop(Instant::now() + LAST_REQUEST);
    sent.delivery = room.delivery.stats().0;
    sent.books = room.journal.books();
    drop(room);
    // What was not taken over in time may still be locked by this process itself.
    let was_dead = |client: &ClientDirectory| {
        before.clients.iter().any(|known| known.path == client.path && !known.is_live)
    };
    let is_meant = |client: &ClientDirectory| !client.is_live || was_dead(client);
    sent.left = survey(directory)?.waiting_for(&options.endpoint, is_meant);
    Ok(sent)
}

/// Waits until a room has nothing to do any more, or can do nothing.
fn watch(room: &Room, deadline: Option<Instant>) {
    loop {
        let (stats, _) = room.delivery.stats();
        let is_idle = stats.has_adopted && room.journal.books().pending == 0;
        let is_done = is_idle || room.delivery.threads() == 0 || stats.state == DeliveryState::Held;
        if is_done || deadline.is_some_and(|deadline| deadline <= Instant::now()) {
            return;
        }
        // Not by flush, which would not let a server that fails have its pauses.
        std::thread::sleep(LOOK_EVERY);
    }
}

fn plan(directory: &Path, options: &SendOptions) -> Result<Plan> {
    let path = std::path::absolute(directory).map_err(|error| walk::failed(directory, &error))?;
    let client = ClientOptions {
        request_timeout_ms: options.request_timeout_ms,
        connect_timeout_ms: options.request_timeout_ms.min(ClientOptions::default().connect_timeout_ms),
        ..ClientOptions::default()
    };
    let clock = Arc::new(SystemClock::default());
    Ok(Plan {
        // What is adopted counts against no bound, and nothing else comes.
        bounds: Bounds { bytes: client.journal.bytes, events: 0 },
        limits: Limits {
            batch_size: u64::from(client.batch_size),
            // Nobody adds events, so none waits for others.
            flush_interval: milliseconds(1),
            first_retry: milliseconds(client.first_retry_ms),
            longest_retry: milliseconds(client.first_retry_ms.max(10_000)),
            max_age: None,
        },
        queued_topics: 0,
        notification_capacity: 0,
        drive: built_in_drive(&client)?,
        clock: Arc::clone(&clock) as _,
        random: Arc::new(SystemRandom),
        log: Arc::new(Log::new(client.log_level, None, clock)),
        listeners: Arc::new(Listeners::new(0)),
        polling: None,
        place: Place::Directory(Directory {
            disk: Arc::new(SystemDisk),
            path,
            kind: Kind::Written,
            durability: Durability::Process,
        }),
        sizes: Sizes::default(),
        dead_letter_bytes: client.journal.dead_letter_bytes,
    })
}
