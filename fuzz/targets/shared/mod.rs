//! What several targets, but not all, do.
#![allow(dead_code, reason = "each target takes a part")]

pub mod conditions;
pub mod grow;
pub mod store;
