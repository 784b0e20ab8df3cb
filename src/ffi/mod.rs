//! The C ABI, section by section as the header has it. Each exported function guards, converts its arguments and makes
//! one call into the client; there is no logic here. With `platform` the only place for `unsafe`.
#![allow(unsafe_code, non_camel_case_types)]
// C has no `unsafe fn`: the header makes the promises, and a Rust program has `client` instead.
#![allow(clippy::not_unsafe_ptr_arg_deref)]
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::todo,
    clippy::indexing_slicing,
    clippy::undocumented_unsafe_blocks,
    clippy::multiple_unsafe_ops_per_block
)]

mod guard;
mod host;
mod pool;

pub mod version;

pub mod text;

pub mod value;

pub mod error;

pub mod options;

pub mod logging;

pub mod network;

pub mod services;

pub mod journal;

pub mod client;

pub mod waiting;

pub mod updating;

pub mod stats;

pub mod user;

pub mod decision;

pub mod variables;

pub mod calls;

pub mod forced;

pub mod notification;

pub mod odp;

pub mod config;

pub mod config_rules;

pub mod driving;

pub mod packed;
