//! Sorting in one piece of machine code: std makes its sorts anew for each type and each key, up to 20 KiB a time, and
//! those who embed the library pay for each.

use std::cmp::Ordering;

/// The places from 0 up to a count, in the order that `compare` gives them; equal ones stay as they are.
#[must_use]
pub fn places(count: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<u32> {
    let mut places: Vec<u32> = (0..count as u32).collect();
    places.sort_by(|left, right| compare(*left as usize, *right as usize));
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_ones_stay_as_they_are() {
        let words = ["b", "a", "c", "a", "b"];
        assert_eq!(places(words.len(), &|left, right| words[left].cmp(words[right])), [1, 3, 0, 4, 2]);
        assert!(places(0, &|_, _| Ordering::Equal).is_empty());
    }
}
