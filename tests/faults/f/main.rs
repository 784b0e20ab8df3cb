//! Rows F1 to F12: datafiles that are cut, huge, nested, repeated, mistyped, dangling, cyclic or full of odd numbers.
//! Each row prints `F<n>: <promise>: fired <count>` and fails if its fault never fired or its figure was not met.

mod abi;
mod child;
mod clock;
mod fixture;
mod places;
mod probe;
mod row;
mod shapes;

mod amplification;
mod cut;
mod cycles;
mod duplicates;
mod ids;
mod large;
mod nesting;
mod numbers;
mod ranges;
mod references;
mod scale;
mod types;
mod versions;
