//! The datafile: shapes as on the wire, what is refused with its JSON path, and the indexed, immutable project.

mod build;
mod condition;
mod parse;
mod project;
mod schema;
mod tree;
pub mod version;

pub use condition::{Comparison, Condition, Operand, Test, Unknown};
pub use parse::parse;
pub use project::{AudienceRef, Event, Flag, Group, Kind, Project, Region, Rule, Targeting, Variation};
pub use tree::{Node, Op, Tree};

#[cfg(test)]
mod tests;
