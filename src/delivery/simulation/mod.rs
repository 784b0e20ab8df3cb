//! The simulation: journals, engines and servers in one world, a seeded adversary, and the books of what really
//! happened. Rule: FAULTS, section 6.

mod adversary;
mod client;
mod close;
mod posts;
mod run;
mod tests;
mod truth;
mod world;
