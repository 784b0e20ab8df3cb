//! A listener to decisions and events that has nothing to do.

use opttrack::fuzzing::{DecisionNote, EventTrace, Part, Trace};

pub struct Silent;

impl Trace for Silent {
    fn note(&mut self, _: DecisionNote<'_>) {}
}

impl EventTrace for Silent {
    fn ignored(&mut self, _: Part, _: &str) {}
    fn metric_refused(&mut self, _: &str) {}
}
