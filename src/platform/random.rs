//! Randomness: the system's, and none other.

/// Where random bytes come from.
pub trait Random: Send + Sync {
    /// Fills `bytes`; false if the system gives none, and then the bytes must not be used.
    #[must_use]
    fn fill(&self, bytes: &mut [u8]) -> bool;
}

/// The operating system's randomness.
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) -> bool {
        getrandom::fill(bytes).is_ok()
    }
}
