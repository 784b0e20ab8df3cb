//! What the fuzz targets share: a source of choices, JSON read apart from the library, listeners that keep silent.

pub mod json;
pub mod ram;
mod silent;
mod source;

pub use silent::Silent;
pub use source::{Given, Source};
