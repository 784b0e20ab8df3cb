//! Where the project comes from, and the snapshot that every call reads: given, polled or kept, swapped atomically.

mod kept;
mod location;
mod poll;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::{ArcSwap, Guard};

use crate::datafile::{self, Project};
use crate::error::Result;

pub use kept::KeptDatafile;
pub use location::{PLACEHOLDER, Source};
pub use poll::{Polled, Poller};

/// Numbers projects over the whole process, for a user's encoded attributes belong to exactly one.
static GENERATION: AtomicU64 = AtomicU64::new(1);

/// A project with what its owner derives from it.
pub struct Snapshot<T> {
    current: ArcSwap<T>,
}

impl<T> Snapshot<T> {
    /// Puts the first value in force.
    pub fn new(first: T) -> Self {
        Self { current: ArcSwap::from_pointee(first) }
    }

    /// The value in force; it stays whole for as long as the guard is held, whatever is swapped in meanwhile.
    pub fn load(&self) -> Guard<Arc<T>> {
        self.current.load()
    }

    /// Puts another value in force.
    pub fn swap(&self, next: T) {
        self.current.store(Arc::new(next));
    }
}

/// The generation of a project that has nothing in it.
pub const NOTHING: u64 = 0;

/// The project of a client that has no datafile yet.
pub fn nothing() -> Result<Project> {
    datafile::parse(r#"{"version":"4"}"#, NOTHING).map(|parsed| parsed.project)
}

/// Parses a datafile that came; the warnings are for the log.
pub fn given(text: impl AsRef<str> + Into<Arc<str>>) -> Result<(Project, Vec<String>)> {
    let generation = GENERATION.fetch_add(1, Ordering::Relaxed);
    datafile::parse(text, generation).map(|parsed| (parsed.project, parsed.warnings))
}
