//! The simulation: one seed drives disk, clock, chance and server, so that a run that fails can be run again. For tests
//! alone.

mod clock;
mod dice;
mod disk;
mod server;

pub(crate) use clock::SimClock;
pub(crate) use dice::Dice;
pub(crate) use disk::{Fault, Machine, Rates, SimDisk};
pub(crate) use server::{Mood, Received, Server, events};
