//! The datafile: shapes as on the wire, what is refused with its JSON path, and the indexed, immutable project.

mod build;
mod condition;
mod field;
mod odp;
mod parse;
mod project;
mod rules;
pub mod schema;
mod tree;
mod variable;
pub mod version;

pub use condition::{Comparison, Condition, Operand, Test, Unknown};
pub use odp::Odp;
pub use parse::{outline, parse};
pub use project::{
    AudienceRef, Bandit, Event, Flag, Group, Kind, Project, Region, Rule, Targeting, Variation,
};
pub use tree::{Node, Op, Scanner, Token, Tree, operator, text};
pub use variable::{Variable, VariableKind, VariableValue};

#[cfg(test)]
mod tests;
