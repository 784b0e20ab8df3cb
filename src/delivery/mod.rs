//! Delivery: batches out of the journal, over the transport, until every event is settled. The engine decides and
//! never waits; the worker waits and never decides.

mod batch;
mod burial;
mod consent;
mod dead_letters;
mod engine;
mod lane;
mod report;
mod verdict;
mod worker;

pub use dead_letters::DeadLetters;
pub use engine::{DeliveryStats, Limits};
pub use report::{Lost, Witness};
pub use worker::{Delivery, Parts};

#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;
