//! Delivery: batches out of the journal, over the transport, until every event is settled. The engine decides and
//! never waits; who drives it waits and never decides.

mod batch;
mod board;
mod burial;
mod consent;
mod dead_letters;
mod drive;
mod engine;
mod errand;
mod host;
mod lane;
mod pulled;
mod report;
mod verdict;
mod worker;

pub use dead_letters::DeadLetters;
pub use engine::{DeliveryState, DeliveryStats, Limits};
#[cfg(test)]
pub use errand::NoErrands;
pub use errand::{Errand, Errands};
pub use pulled::PulledRequest;
pub use report::{Lost, Witness};
pub use worker::{Delivery, Drive, Parts};

#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;
