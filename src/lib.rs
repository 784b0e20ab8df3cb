//! libopttrack: the core that decides, records and delivers, and the C ABI over it.
//!
//! The map, from the inside out. Imports point one way, and `tests/house.rs` reads them:
//!
//! | module | what it is for | may use |
//! |---|---|---|
//! | `error` | the one error type | nothing |
//! | `text` | rules about texts | nothing |
//! | `value` | values of attributes and tags | `text` |
//! | `json` | JSON written by hand | `value` |
//! | `order` | sorting in one piece of machine code | nothing |
//! | `bucketing` | ids and ranges in, entity out | nothing |
//! | `datafile` | text to an indexed, immutable project | `value`, `text`, `order` |
//! | `user` | the user context | `value`, `datafile` |
//! | `audience` | is a user in? | `datafile`, `value`, `user` |
//! | `decision` | the order of the rules | `bucketing`, `audience`, `user`, `datafile`, `json` |
//! | `event` | impressions and conversions, as records and as JSON | `datafile`, `decision`, `user`, `value`, `json` |
//! | `platform` | the seams to the machine | nothing |
//! | `journal` | where accepted events wait | `platform` |
//! | `transport` | the way to a peer | `platform` |
//! | `delivery` | batches out, until every event is settled | `journal`, `transport`, `event`, `platform`, `json` |
//! | `config` | where the project comes from | `transport`, `datafile`, `platform` |
//! | `odp` | segments from the Data Platform, and what it is told | `json`, `value` |
//! | `cmab` | predictions for contextual bandits, and their cache | `transport`, `platform`, `json` |
//! | `profile` | where user profiles are kept | `platform` |
//! | `notification` | who listens, and the queue to pull from | nothing |
//! | `report` | `OptimizelyConfig` | `datafile`, `json`, `order` |
//! | `client` | the whole Rust API | all of these but `audience` and `bucketing` |
//! | `ffi` | the C ABI, section by section as the header | `client`, `user`, `error`, `value`, `text` |
//! | `fuzzing` | the door for the targets of `fuzz/`, in their builds alone | what they look at |
//!
//! `datafile` to `event` are pure: no thread, clock, file, socket, randomness, lock or log.

pub mod client;
pub mod error;
pub mod ffi;
#[cfg(fuzzing)]
pub mod fuzzing;
pub mod user;
pub mod value;

mod audience;
mod bucketing;
mod cmab;
mod config;
mod datafile;
mod decision;
mod delivery;
mod event;
mod journal;
mod json;
mod notification;
mod odp;
mod order;
mod platform;
mod profile;
mod report;
#[cfg(test)]
mod simulation;
mod text;
mod transport;
