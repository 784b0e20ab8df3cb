//! Closing while a server is silent: the one thing that takes real threads, for it is about who waits for whom.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::world::Check;
use crate::delivery::{Delivery, Drive, Limits, Lost, NoErrands, Parts, Witness};
use crate::journal::{Bounds, Event, EventKind, Identity, Journal, Place, ROOM, Seams, Sizes};
use crate::platform::{Log, LogLevel};
use crate::simulation::{Dice, SimClock};
use crate::transport::{Fetch, Fetched, Outcome, Request, Transport};

/// How long the socket waits; far longer than a close takes, also on a busy machine.
const SOCKET: Duration = Duration::from_secs(3);

/// A server that never answers.
#[derive(Default)]
struct Silence {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    has_post: bool,
    is_shut: bool,
    has_timed_out: bool,
}

impl Transport for Silence {
    fn post(&self, _: &Request<'_>) -> Outcome {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.has_post = true;
        self.changed.notify_all();
        let waited = self.changed.wait_timeout_while(state, SOCKET, |state| !state.is_shut);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner).0;
        state.has_timed_out = !state.is_shut;
        Outcome::Failed("silence".to_owned())
    }

    fn fetch(&self, _: &Fetch, _: Option<Instant>) -> Fetched {
        Fetched::Failed("silence".to_owned())
    }

    fn shut_down(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).is_shut = true;
        self.changed.notify_all();
    }
}

struct Nobody;

impl Witness for Nobody {
    fn posting(&self, _: &str, _: &[u8]) {}

    fn wants_drops(&self) -> bool {
        false
    }

    fn lost(&self, _: &Lost<'_>) {}
}

/// Closes a client whose post is on its way: close comes back at its deadline, not when the socket gives up.
pub(super) fn close_in_silence(dice: &Dice, limits: Limits) -> Check {
    let clock = Arc::new(SimClock::default());
    let silence = Arc::new(Silence::default());
    let random = Arc::new(dice.clone());
    let seams = Seams { random: random.clone(), clock: clock.clone() };
    let bounds = Bounds { bytes: 1 << 20, events: 0 };
    let (journal, reader) =
        Journal::open(seams, &Place::Memory, bounds, Sizes::default()).map_err(|error| error.to_string())?;
    let delivery = Delivery::new(Parts {
        witness: Box::new(Nobody),
        journal: journal.clone(),
        reader,
        drive: Drive::Thread(silence.clone()),
        clock: clock.clone(),
        random,
        log: Arc::new(Log::new(LogLevel::Off, None, clock)),
        limits: Limits { batch_size: 1, ..limits },
        dead_letters: None,
        errands: Arc::new(NoErrands),
    });
    let identity = Arc::new(Identity { endpoint: "https://silence/".into(), opening: (*b"{").into() });
    // A conversion by nobody, without attributes and tags.
    let mut record = [&[0; ROOM][..], &[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]].concat();
    let appended = journal.append(Event::new(&identity, EventKind::Conversion, None, &mut record));
    delivery.appended(appended.map_err(|refusal| format!("{refusal:?}"))?);
    let state = silence.state.lock().unwrap_or_else(PoisonError::into_inner);
    let waited = silence.changed.wait_timeout_while(state, SOCKET, |state| !state.has_post);
    let state = waited.unwrap_or_else(PoisonError::into_inner).0;
    if !state.has_post {
        return Err("an event alone in its batch was not posted".to_owned());
    }
    drop(state);
    delivery.stop(Instant::now() + Duration::from_millis(1 + dice.below(5)));
    let state = silence.state.lock().unwrap_or_else(PoisonError::into_inner);
    if state.has_timed_out { Err("close waited for the socket".to_owned()) } else { Ok(()) }
}
