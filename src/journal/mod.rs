//! The journal: where accepted events wait. Appending is the moment of acceptance; settling ends an event's life here.
//! One writer half shared by all threads, one reader half for the delivery.

mod adoption;
mod aside;
mod books;
mod budget;
mod directory;
mod entry;
mod format;
mod home;
mod inspect;
mod keep;
mod ledger;
mod note;
mod purge;
mod reader;
mod record;
mod room;
mod scratch;
mod segment;
mod shard;
mod uuid;
mod writer;

use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::platform::{Clock, Random};

pub use books::{Books, DropReason, Settlement};
pub use budget::Bounds;
pub use directory::{Directory, Durability, Kind, Place};
pub use entry::{Appended, Event, EventKind, Given, Refusal};
pub use inspect::{
    DAMAGED_FOLDER, Inspected, Inspection, LARGEST_SEGMENT, LOCK_FILE, SEGMENT_ENDING, Seen, inspect,
};
pub use note::Note;
pub use reader::{Reader, Span, Taken};
pub use record::{ROOM, Record};
pub use room::{KEPT, copy_of, make_room};

use budget::Budget;
use home::Home;
use shard::{Appender, Shard};

/// The folder of dead letters in the directory that the host gives.
pub const DEAD_LETTERS: &str = "dead-letters";

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

/// What the parts of the machine are that a journal needs.
pub struct Seams {
    /// Where uuids come from.
    pub random: Arc<dyn Random>,
    /// When events are recorded.
    pub clock: Arc<dyn Clock>,
}

/// How large segments are.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    /// The first one's; a client that sends little stays small.
    pub small: usize,
    /// What they grow to while events pile up.
    pub large: usize,
}

impl Default for Sizes {
    fn default() -> Self {
        Self { small: 64 * 1024, large: 1024 * 1024 }
    }
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
    /// The last one is for events of the Data Platform alone: a segment has one identity, and two that took turns would
    /// begin one with each event.
    shards: Box<[Shard]>,
    /// The ledger of what was adopted; nobody appends there.
    adopted: Shard,
    /// The one thread that has appended so far, by its number; or nobody, or several.
    appender: AtomicUsize,
    budget: Budget,
    seams: Seams,
    sizes: Sizes,
    durability: Durability,
    /// A sync has failed since the reader looked.
    has_failed_to_sync: AtomicBool,
    /// None in memory.
    home: Option<Home>,
    /// What every event is refused with.
    refusal: Option<Refusal>,
    /// Where the events go that are adopted from others; to no other endpoints than one's own.
    endpoints: Mutex<Arc<[Box<str>]>>,
}

impl Journal {
    /// An empty journal with its one reader. Errors come from the directory only.
    pub fn open(
        seams: Seams,
        place: &Place,
        bounds: Bounds,
        sizes: Sizes,
    ) -> io::Result<(Arc<Self>, Reader)> {
        let (home, durability) = match place {
            Place::Memory => (None, Durability::Process),
            Place::Directory(directory) => {
                (Some(Home::open(directory, &*seams.random)?), directory.durability)
            }
        };
        Ok(Self::furnish(seams, bounds, sizes, durability, Ok(home)))
    }

    /// A journal that refuses every event, for the directory that it should be in can't be had.
    #[must_use]
    pub fn refusing(seams: Seams, error: &io::Error) -> (Arc<Self>, Reader) {
        let nothing = Bounds { bytes: 0, events: 0 };
        let number = home::number_of(error);
        Self::furnish(seams, nothing, Sizes::default(), Durability::Process, Err(number))
    }

    fn furnish(
        seams: Seams,
        bounds: Bounds,
        sizes: Sizes,
        durability: Durability,
        home: Result<Option<Home>, i32>,
    ) -> (Arc<Self>, Reader) {
        let (home, refusal) = match home {
            Ok(home) => (home, None),
            Err(number) => (None, Some(Refusal::Disk(number))),
        };
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let shards = (0..=cores.min(MAX_SHARDS)).map(|_| Shard::default()).collect();
        let appender = AtomicUsize::new(NOBODY);
        let budget = Budget::new(bounds);
        let adopted = Shard::default();
        let journal = Arc::new(Self {
            shards,
            adopted,
            appender,
            budget,
            seams,
            sizes,
            durability,
            has_failed_to_sync: AtomicBool::new(false),
            home,
            refusal,
            endpoints: Mutex::new(Arc::new([])),
        });
        let reader = Reader::new(Arc::clone(&journal));
        (journal, reader)
    }

    /// Accepts an event: stamps it, and writes it. Order is kept within a shard; a thread that finds one taken uses the
    /// next, unless it is the only one that appends: its order is kept whole.
    pub fn append(&self, mut event: Event<'_>) -> Result<Appended, Refusal> {
        if let Some(refusal) = self.refusal {
            return Err(refusal);
        }
        let now_ns = self.seams.clock.wall_ns();
        let (platform, ordinary) = self.shards.split_last().ok_or(Refusal::NoMemory)?;
        if event.kind == EventKind::Platform {
            return platform.append(&mut platform.appender(), self, &mut event, now_ns);
        }
        let (shard, mut appender) = self.free_shard(ordinary);
        let first = shard.append(&mut appender, self, &mut event, now_ns);
        drop(appender);
        if first.map(drop) != Err(Refusal::Full) {
            return first;
        }
        // The bound is on all shards together: one may have room in its segment where another can't begin one.
        let mut elsewhere =
            ordinary.iter().map(|shard| shard.append(&mut shard.appender(), self, &mut event, now_ns));
        elsewhere.find(|result| result.map(drop) != Err(Refusal::Full)).unwrap_or(first)
    }

    /// A shard with its appender's lock.
    fn free_shard<'s>(&self, shards: &'s [Shard]) -> (&'s Shard, MutexGuard<'s, Appender>) {
        if !self.is_only_appender() {
            for shard in shards {
                if let Some(appender) = shard.try_appender() {
                    return (shard, appender);
                }
            }
        }
        (&shards[0], shards[0].appender())
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

    /// Refuses every event from now on. When it returns none is on its way into memory; one that the disk is writing is
    /// refused, or safe there.
    pub fn close(&self) {
        for shard in &self.shards {
            shard.ledger().is_closed = true;
            if self.home.is_none() {
                drop(shard.appender());
            }
        }
    }

    /// The sum of all shards' books; it balances at every instant, for each shard's does.
    #[must_use]
    pub fn books(&self) -> Books {
        self.all().map(|shard| shard.ledger().books).sum()
    }

    /// How many events each shard has ever taken on: the mark that a flush waits for.
    #[must_use]
    pub fn marks(&self) -> Box<[u64]> {
        self.all().map(|shard| shard.ledger().arrived()).collect()
    }

    /// How many of the events taken on before the marks are not settled.
    #[must_use]
    pub fn left_before(&self, marks: &[u64]) -> u64 {
        self.all().zip(marks).map(|(shard, mark)| shard.ledger().left_before(*mark)).sum()
    }

    /// When the oldest event that is not settled was recorded, in milliseconds since 1970.
    #[must_use]
    pub fn oldest_ms(&self) -> Option<i64> {
        self.all().filter_map(|shard| shard.ledger().oldest_ms()).min()
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
        for shard in self.all() {
            let ledger = shard.ledger();
            if ledger.waiting > 0 {
                total += ledger.waiting;
                oldest = Some(oldest.map_or(ledger.waiting_since, |oldest| oldest.min(ledger.waiting_since)));
            }
        }
        (total, oldest)
    }

    /// Has an earlier client left events that no batch has taken? They have waited long enough.
    #[must_use]
    pub fn has_adopted(&self) -> bool {
        self.adopted.ledger().waiting > 0
    }

    /// Bytes of segments, those in reserve included.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.budget.bytes()
    }

    /// What survives the process: how segments are written, none in memory.
    #[must_use]
    pub fn kind(&self) -> Option<Kind> {
        self.home.as_ref().map(|home| home.kind)
    }

    /// The number of the system's last error; 0 while the disk works.
    #[must_use]
    pub fn disk_error(&self) -> i32 {
        self.home.as_ref().map_or(0, Home::error)
    }

    /// The directory that the host gave; none in memory.
    #[must_use]
    pub fn directory(&self) -> Option<&std::path::Path> {
        self.home.as_ref().map(|home| &*home.root)
    }

    /// Where this client's dead letters are kept; none in memory.
    #[must_use]
    pub fn dead_letter_path(&self) -> Option<PathBuf> {
        self.home.as_ref().and_then(Home::dead_letter_path)
    }

    /// The files of dead letters whose owner is this client or nobody.
    #[must_use]
    pub fn dead_letter_files(&self) -> Vec<PathBuf> {
        self.home.as_ref().map_or_else(Vec::new, Home::dead_letter_files)
    }

    /// Says where this client's events go; only what others have left for the same endpoints is adopted. Behind a `#` they
    /// may have had another key.
    pub fn set_endpoints(&self, endpoints: Vec<Box<str>>) {
        *self.endpoints.lock().unwrap_or_else(PoisonError::into_inner) = endpoints.into();
    }

    /// Milliseconds since 1970.
    #[must_use]
    pub fn wall_ms(&self) -> i64 {
        self.seams.clock.wall_ns().div_euclid(1_000_000)
    }

    /// Leaves what waits to the next client of the directory, and removes a directory of its own that is empty. Nothing
    /// is written any more.
    pub fn release(&self) {
        if let Some(home) = &self.home {
            home.release(self);
        }
    }

    /// The same while a thread may be stuck in a request: touches no disk.
    pub fn abandon(&self) {
        if let Some(home) = &self.home {
            home.abandon();
        }
    }

    fn all(&self) -> impl Iterator<Item = &Shard> {
        self.shards.iter().chain([&self.adopted])
    }

    fn shard(&self, index: usize) -> &Shard {
        self.shards.get(index).unwrap_or(&self.adopted)
    }

    fn syncs_by_itself(&self) -> bool {
        self.durability == Durability::System
    }

    fn disk(&self) -> Option<&dyn crate::platform::Disk> {
        self.home.as_ref().map(|home| &*home.disk)
    }

    fn disk_failed(&self, error: &io::Error) -> Refusal {
        self.home.as_ref().map_or(Refusal::NoMemory, |home| home.failed(error))
    }
}

#[cfg(test)]
mod tests;
