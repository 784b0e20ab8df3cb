//! A list in which every key stands once, and can be found.

use std::collections::HashSet;

use crate::order;

/// What has a key.
pub trait Keyed {
    /// The key.
    fn key(&self) -> &str;
}

/// Entries in the datafile's order; of several with one key the last, as if each had been put into a map.
#[derive(Debug)]
pub struct ByKey<T> {
    entries: Box<[T]>,
    /// Places in `entries`, in the order of their keys.
    order: Box<[u32]>,
}

impl<T: Keyed> ByKey<T> {
    /// The entries but for those whose key comes again.
    pub(super) fn new(mut entries: Vec<T>) -> Self {
        let mut seen = HashSet::with_capacity(entries.len());
        let mut is_last: Vec<bool> = entries.iter().rev().map(|entry| seen.insert(entry.key())).collect();
        entries.retain(|_| is_last.pop().unwrap_or(true));
        let by_key = |left: usize, right: usize| entries[left].key().cmp(entries[right].key());
        let order = order::places(entries.len(), &by_key).into();
        Self { entries: entries.into(), order }
    }

    /// Every entry, in order.
    #[must_use]
    pub fn entries(&self) -> &[T] {
        &self.entries
    }

    /// The entry with a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&T> {
        let at = |index: &u32| &self.entries[*index as usize];
        let found = self.order.binary_search_by(|index| at(index).key().cmp(key)).ok()?;
        Some(at(&self.order[found]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Keyed for (&str, u32) {
        fn key(&self) -> &str {
            self.0
        }
    }

    #[test]
    fn the_last_of_a_key_stands_and_is_found() {
        let list = ByKey::new(vec![("b", 1), ("a", 2), ("b", 3), ("", 4), ("c", 5), ("c", 6)]);
        assert_eq!(list.entries(), [("a", 2), ("b", 3), ("", 4), ("c", 6)]);
        for entry in list.entries() {
            assert_eq!(list.get(entry.0), Some(entry));
        }
        assert_eq!(list.get("d"), None);
        assert!(ByKey::<(&str, u32)>::new(Vec::new()).get("").is_none());
    }
}
