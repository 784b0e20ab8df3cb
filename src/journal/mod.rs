//! The journal: where accepted events wait. Appending is the moment of acceptance; settling ends an event's life here.
//! One writer half shared by all threads, one reader half for the delivery.

mod books;
mod budget;
mod reader;
mod record;
mod shard;
mod uuid;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::platform::{Clock, Random, Storage};

pub use books::{Books, Settlement};
pub use budget::Bounds;
pub use reader::{Reader, Span};
pub use record::Record;

use budget::Budget;
use shard::Shard;

/// Most shards, however many cores there are.
const MAX_SHARDS: usize = 8;

/// What the events of one request share: where it goes, and how it begins. Events of two identities never share one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Where the request goes.
    pub endpoint: Box<str>,
    /// The bytes of the request before its first event.
    pub opening: Box<[u8]>,
}

/// Why an event was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The journal takes no more events at all.
    Closed,
    /// A bound is reached.
    Full,
    /// The system gives no memory.
    NoMemory,
    /// The system gives no randomness for the uuid.
    NoRandomness,
}

/// What sort of event a record holds; the books count them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// A decision.
    Impression,
    /// A track call.
    Conversion,
}

/// What an append means for the worker.
#[derive(Clone, Copy, Debug)]
pub struct Appended {
    /// Nothing waited in this shard before.
    pub is_first: bool,
    /// Events in this shard that no batch has taken.
    pub waiting: u64,
}

/// What the parts of the machine are that a journal needs.
pub struct Seams {
    /// Where segments come from.
    pub storage: Box<dyn Storage>,
    /// Where uuids come from.
    pub random: Arc<dyn Random>,
    /// When events are recorded.
    pub clock: Arc<dyn Clock>,
}

/// Of `Journal::appender`: no thread has appended yet, and more than one has.
const NOBODY: usize = 0;
const SEVERAL: usize = usize::MAX;

thread_local! {
    /// Its address tells the thread from every other one that lives.
    static THREAD: u8 = const { 0 };
}

/// The writer half: shards that many threads append to.
pub struct Journal {
    shards: Box<[Shard]>,
    /// The one thread that has appended so far, by its number; or nobody, or several.
    appender: AtomicUsize,
    budget: Budget,
    seams: Seams,
}

impl Journal {
    /// An empty journal with its one reader.
    #[must_use]
    pub fn new(seams: Seams, bounds: Bounds) -> (Arc<Self>, Reader) {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let shards = (0..cores.min(MAX_SHARDS)).map(|_| Shard::default()).collect();
        let journal =
            Arc::new(Self { shards, appender: AtomicUsize::new(NOBODY), budget: Budget::new(bounds), seams });
        let reader = Reader::new(Arc::clone(&journal));
        (journal, reader)
    }

    /// Accepts an event: stamps it, and copies it in. Order is kept within a shard; a thread that finds one taken uses
    /// the next, unless it is the only one that appends: its order is kept whole.
    pub fn append(
        &self,
        identity: &Arc<Identity>,
        kind: EventKind,
        body: &[u8],
    ) -> Result<Appended, Refusal> {
        let now_ns = self.seams.clock.wall_ns();
        let free = if self.is_only_appender() { None } else { self.shards.iter().find_map(Shard::try_lock) };
        let mut shard = free.unwrap_or_else(|| self.shards[0].lock());
        let first = shard.append(self, identity, kind, now_ns, body);
        drop(shard);
        if first.map(drop) != Err(Refusal::Full) {
            return first;
        }
        // The bound is on all shards together: one may have room in its segment where another can't begin one.
        let mut elsewhere =
            self.shards.iter().map(|shard| shard.lock().append(self, identity, kind, now_ns, body));
        elsewhere.find(|result| result.map(drop) != Err(Refusal::Full)).unwrap_or(first)
    }

    /// Is this the only thread that has ever appended? Then only the worker holds a shard now and then, for a moment.
    fn is_only_appender(&self) -> bool {
        let thread = THREAD.try_with(|place| std::ptr::from_ref(place).addr()).unwrap_or(SEVERAL);
        match self.appender.load(Ordering::Relaxed) {
            known if known == thread => thread != SEVERAL,
            SEVERAL => false,
            NOBODY => self
                .appender
                .compare_exchange(NOBODY, thread, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok_and(|_| thread != SEVERAL),
            _ => {
                self.appender.store(SEVERAL, Ordering::Relaxed);
                false
            }
        }
    }

    /// Refuses every event from now on; when it returns, none is on its way in.
    pub fn close(&self) {
        for shard in &self.shards {
            shard.lock().close();
        }
    }

    /// The sum of all shards' books; it balances at every instant, for each shard's does.
    #[must_use]
    pub fn books(&self) -> Books {
        self.shards.iter().map(|shard| shard.lock().books()).sum()
    }

    /// How many events each shard has ever accepted: the mark that a flush waits for.
    #[must_use]
    pub fn marks(&self) -> Box<[u64]> {
        self.shards.iter().map(|shard| shard.lock().books().accepted()).collect()
    }

    /// Events accepted so far, read without a lock, for the worker's last look before it sleeps.
    #[must_use]
    pub fn appended(&self) -> u64 {
        self.shards.iter().map(Shard::appended).fold(0, u64::wrapping_add)
    }

    /// Events that no batch has taken, and when the oldest of them came.
    #[must_use]
    pub fn waiting(&self) -> (u64, Option<Duration>) {
        let mut total = 0;
        let mut oldest: Option<Duration> = None;
        for shard in &self.shards {
            let (count, since) = shard.lock().waiting();
            if count > 0 {
                total += count;
                oldest = Some(oldest.map_or(since, |oldest| oldest.min(since)));
            }
        }
        (total, oldest)
    }
}

#[cfg(test)]
mod tests;
