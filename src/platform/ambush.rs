//! Panics that a test asks for inside the delivery, to show that the delivery goes on. Only builds with the feature
//! `test-panics` have any; in all others nothing is left of it.

/// Where one may lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ambush {
    /// While the next step is looked for.
    Step = 1,
    /// While a request is made.
    Post = 2,
    /// While an answer is taken in.
    Answer = 3,
}

/// Panics if a test has asked for it.
#[cfg(not(feature = "test-panics"))]
#[inline]
pub const fn pass(_: Ambush) {}

#[cfg(feature = "test-panics")]
pub use armed::{lay, pass};

#[cfg(feature = "test-panics")]
mod armed {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::Ambush;

    /// How many panics are still to come, by place.
    static LEFT: [AtomicU32; 4] = [const { AtomicU32::new(0) }; 4];

    /// So many panics at a place, from now on.
    pub fn lay(place: u32, count: u32) {
        if let Some(left) = LEFT.get(place as usize) {
            left.store(count, Ordering::SeqCst);
        }
    }

    /// Panics if a test has asked for it.
    pub fn pass(place: Ambush) {
        let less = |left: u32| left.checked_sub(1);
        let was_armed = LEFT[place as usize].fetch_update(Ordering::SeqCst, Ordering::SeqCst, less).is_ok();
        assert!(!was_armed, "asked for by a test");
    }
}
