//! A row of the matrix while it runs: counts its fault, prints its line, holds its figures.

use std::io::Write;
use std::time::Duration;

use super::clock::computing;

/// How much slower than a row's figure a run may be before the row fails: enough for an unoptimised build, far too
/// little for a wrong complexity.
const SLACK: u32 = 5;

/// One promise of a row.
pub struct Row {
    id: &'static str,
    promise: &'static str,
    fired: u64,
}

impl Row {
    pub fn new(id: &'static str, promise: &'static str) -> Self {
        Self { id, promise, fired: 0 }
    }

    /// Notes that the fault was put in and met the library.
    pub fn fire(&mut self) {
        self.fired += 1;
    }

    /// Prints the row's line and fails if nothing was tried.
    pub fn done(self, figure: &str) {
        let separator = if figure.is_empty() { "" } else { "; " };
        say(&format!("{}: {}: fired {}{separator}{figure}", self.id, self.promise, self.fired));
        assert!(self.fired > 0, "{}: the fault never fired", self.id);
    }
}

/// Prints a line past libtest's capture.
pub fn say(line: &str) {
    std::io::stdout().write_all(format!("{line}\n").as_bytes()).expect("standard output takes a line");
}

/// The computing time of the shortest of several runs, which other programs on the machine disturb least.
pub fn shortest(runs: u32, mut run: impl FnMut()) -> Duration {
    let timed = |()| computing(&mut run);
    std::iter::repeat_n((), runs as usize).map(timed).min().expect("at least one run")
}

/// Holds a figure of time, generously.
pub fn assert_within(what: &str, taken: Duration, figure: Duration) {
    assert!(taken <= figure * SLACK, "{what}: took {taken:?}, the figure is {figure:?}");
}
