//! The Events API of Optimizely Feature Experimentation on loopback, for demos, tests and campaigns.
//!
//! It answers as the real one does, validates every field, counts by uuid, computes results per
//! experiment, and misbehaves on demand. The map, from the wire inwards:
//!
//! - `socket` the one unsafe room: a close that is a real RST
//! - `http` requests off a socket, `answer` what goes back
//! - `json` values that keep numbers as they were written; `parse` the strict parser for them
//! - `shape` a JSON value together with its path, and the questions one asks of it
//! - `validate` what the Events API demands of a batch
//! - `view` the events of a valid batch, one by one
//! - `store` what was received: batches, events by uuid, counters; `keep` a file of it that outlives the process
//! - `results` visitors, conversions and revenue per experiment and variation; `report` the same as text
//! - `kind` which faults there are, `fault` when they fire, `fault_json` how they are written down, `inject`
//!   what each does to the socket
//! - `connection` one client's requests, one after the other; `control` the answers under `/control`
//! - `server` the listener, its threads and their end; `client` the few lines that fetch a report

mod answer;
mod client;
mod connection;
mod control;
mod fault;
mod fault_json;
mod http;
mod inject;
mod json;
mod keep;
mod kind;
mod parse;
mod report;
mod results;
mod server;
mod shape;
mod socket;
mod store;
mod validate;
mod view;

pub use client::fetch_report;
pub use results::{Experiment, Variation};
pub use server::{Collector, DEFAULT_SEED, Options};
pub use shape::Malformed;
pub use store::Stats;
