//! Predictions that were had, for a while: a table that any number of threads read and write without a lock.

use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::{ArcSwapOption, Guard};
use foldhash::fast::RandomState;
use once_cell::race::OnceBox;

use super::{Answer, CacheLimits, Question};

#[cfg(test)]
mod tests;

/// Slots that a key can be in. More would fill the table better and make each look-up longer.
const MAX_WAYS: usize = 8;

/// More entries count as this many, whose empty slots take 128 MiB.
const MAX_ENTRIES: usize = 1 << 24;

/// How often a store looks for another slot when others take the one it has chosen.
const MAX_TRIES: usize = 8;

type Slot = ArcSwapOption<Entry>;

/// A set-associative table: a key's hash says in which set of slots it is, and there the least recently used gives way.
/// Slots come with the first store, so that a client which never predicts pays nothing.
pub(super) struct Cache {
    ways: usize,
    sets: usize,
    ttl: Duration,
    slots: OnceBox<Box<[Slot]>>,
    /// Random for each cache: users can't choose ids that fall into one set.
    hasher: RandomState,
}

struct Entry {
    user_id: Box<str>,
    rule_id: Box<str>,
    /// Hash of the attributes that the prediction was made for.
    attributes: u64,
    answer: Answer,
    saved: Duration,
    /// Monotonic nanoseconds.
    used: AtomicU64,
}

/// What the cache has for a question.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// An answer.
    Answer(Answer),
    /// An answer for other attributes of the user; it is gone now.
    OtherAttributes,
    /// None, or none that is young enough.
    Nothing,
}

impl Entry {
    fn is_of(&self, user_id: &str, rule_id: &str) -> bool {
        *self.user_id == *user_id && *self.rule_id == *rule_id
    }
}

impl Cache {
    pub(super) fn new(limits: CacheLimits) -> Self {
        let entries = usize::try_from(limits.entries).unwrap_or(MAX_ENTRIES).min(MAX_ENTRIES);
        let sets = entries.div_ceil(MAX_WAYS).max(1);
        let ways = entries / sets;
        Self { ways, sets, ttl: limits.ttl, slots: OnceBox::new(), hasher: RandomState::default() }
    }

    pub(super) fn find(&self, user_id: &str, question: &Question<'_>, now: Duration) -> Found {
        for slot in self.set(user_id, question.rule_id) {
            let guard = slot.load();
            let Some(entry) = guard.as_ref().filter(|entry| entry.is_of(user_id, question.rule_id)) else {
                continue;
            };
            if self.is_over(entry, now) {
                clear(slot, &guard);
            } else if entry.attributes == self.hasher.hash_one(question.attributes) {
                entry.used.store(nanoseconds(now), Ordering::Relaxed);
                return Found::Answer(entry.answer.clone());
            } else {
                clear(slot, &guard);
                return Found::OtherAttributes;
            }
        }
        Found::Nothing
    }

    pub(super) fn store(&self, user_id: &str, question: &Question<'_>, answer: Answer, now: Duration) {
        let entry = Some(Arc::new(Entry {
            user_id: user_id.into(),
            rule_id: question.rule_id.into(),
            attributes: self.hasher.hash_one(question.attributes),
            answer,
            saved: now,
            used: AtomicU64::new(nanoseconds(now)),
        }));
        self.slots.get_or_init(|| Box::new(self.empty_slots()));
        let set = self.set(user_id, question.rule_id);
        for _ in 0..MAX_TRIES {
            let Some((at, victim)) = self.victim(set, user_id, question.rule_id, now) else { return };
            let before = set[at].compare_and_swap(&victim, entry.clone());
            if address(&before) == address(&victim) {
                // Two that stored at once may have taken two slots for the same key; the later one tidies up.
                set[at + 1..].iter().for_each(|slot| remove(slot, user_id, question.rule_id));
                return;
            }
        }
    }

    pub(super) fn remove(&self, user_id: &str, rule_id: &str) {
        self.set(user_id, rule_id).iter().for_each(|slot| remove(slot, user_id, rule_id));
    }

    pub(super) fn clear(&self) {
        for slot in self.slots.get().into_iter().flatten() {
            if slot.load().is_some() {
                slot.store(None);
            }
        }
    }

    /// The slot to put a key in: its own, or an empty one, or one whose time is over, or the least recently used.
    fn victim(
        &self,
        set: &[Slot],
        user_id: &str,
        rule_id: &str,
        now: Duration,
    ) -> Option<(usize, Guard<Option<Arc<Entry>>>)> {
        set.iter().map(Slot::load).enumerate().min_by_key(|(_, guard)| match guard.as_ref() {
            Some(entry) if entry.is_of(user_id, rule_id) => (0, 0),
            None => (1, 0),
            Some(entry) if self.is_over(entry, now) => (1, 1),
            Some(entry) => (2, entry.used.load(Ordering::Relaxed)),
        })
    }

    fn is_over(&self, entry: &Entry, now: Duration) -> bool {
        now.saturating_sub(entry.saved) >= self.ttl
    }

    /// The slots that a key can be in; none before the first store.
    fn set(&self, user_id: &str, rule_id: &str) -> &[Slot] {
        let Some(slots) = self.slots.get() else { return &[] };
        let mut hasher = self.hasher.build_hasher();
        user_id.hash(&mut hasher);
        rule_id.hash(&mut hasher);
        let set = ((u128::from(hasher.finish()) * self.sets as u128) >> 64) as usize;
        slots.get(set * self.ways..(set + 1) * self.ways).unwrap_or_default()
    }

    /// All slots; none, and then nothing is ever kept, if there is no memory for them.
    fn empty_slots(&self) -> Box<[Slot]> {
        let mut slots = Vec::new();
        if slots.try_reserve_exact(self.sets * self.ways).is_ok() {
            slots.resize_with(self.sets * self.ways, Slot::empty);
        }
        slots.into()
    }
}

fn remove(slot: &Slot, user_id: &str, rule_id: &str) {
    let guard = slot.load();
    if guard.as_ref().is_some_and(|entry| entry.is_of(user_id, rule_id)) {
        clear(slot, &guard);
    }
}

/// Empties a slot, unless it holds something else by now.
fn clear(slot: &Slot, seen: &Guard<Option<Arc<Entry>>>) {
    slot.compare_and_swap(seen, None);
}

fn address(entry: &Guard<Option<Arc<Entry>>>) -> *const Entry {
    entry.as_ref().map_or(std::ptr::null(), Arc::as_ptr)
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
