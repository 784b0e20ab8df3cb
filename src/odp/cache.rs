//! Segments that were fetched, for a while; the least recently used go first. Rule: SPEC, section 11.1.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Segments of one user.
pub type Segments = Arc<[Box<str>]>;

/// Segments by user id.
pub struct SegmentCache {
    entries: usize,
    /// None: for ever.
    ttl: Option<Duration>,
    table: Mutex<Table>,
}

#[derive(Default)]
struct Table {
    by_user: HashMap<Box<str>, Entry>,
    /// Counts look-ups and saves, to tell what was used last.
    clock: u64,
    /// Counts resets: what was asked for before one is not saved after it.
    resets: u64,
}

struct Entry {
    segments: Segments,
    saved: Duration,
    used: u64,
}

/// Parts of the table that a full one gives up at once, so that looking for the oldest costs little on the whole.
const GIVEN_UP: usize = 16;

impl SegmentCache {
    /// A cache for so many users (0: nothing is kept), for a time (0: for ever).
    #[must_use]
    pub fn new(entries: usize, ttl: Duration) -> Self {
        Self { entries, ttl: (!ttl.is_zero()).then_some(ttl), table: Mutex::default() }
    }

    /// What is known of a user.
    #[must_use]
    pub fn find(&self, user_id: &str, now: Duration) -> Option<Segments> {
        let table = &mut *self.lock();
        table.clock += 1;
        let entry = table.by_user.get_mut(user_id)?;
        if self.ttl.is_some_and(|ttl| now.saturating_sub(entry.saved) >= ttl) {
            table.by_user.remove(user_id);
            return None;
        }
        entry.used = table.clock;
        Some(Arc::clone(&entry.segments))
    }

    /// What is to be given back by `save`.
    #[must_use]
    pub fn ticket(&self) -> u64 {
        self.lock().resets
    }

    /// Keeps what was fetched since the ticket was taken, unless the cache was reset meanwhile.
    pub fn save(&self, user_id: &str, segments: Segments, ticket: u64, now: Duration) {
        let table = &mut *self.lock();
        if self.entries == 0 || table.resets != ticket {
            return;
        }
        if table.by_user.len() >= self.entries && !table.by_user.contains_key(user_id) {
            table.give_up(self.entries.div_ceil(GIVEN_UP));
        }
        table.clock += 1;
        table.by_user.insert(user_id.into(), Entry { segments, saved: now, used: table.clock });
    }

    /// Forgets everything.
    pub fn reset(&self) {
        let table = &mut *self.lock();
        table.by_user = HashMap::new();
        table.resets += 1;
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    /// Forgets the users who were asked for longest ago.
    fn give_up(&mut self, count: usize) {
        let mut ages: Vec<u64> = self.by_user.values().map(|entry| entry.used).collect();
        let last = count.min(ages.len()).saturating_sub(1);
        let (_, youngest, _) = ages.select_nth_unstable(last);
        let youngest = *youngest;
        self.by_user.retain(|_, entry| entry.used > youngest);
    }
}
