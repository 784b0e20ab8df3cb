//! Makes cases: the same seed and number make the same case.

pub mod audience;
pub mod conditions;
mod kinds;
pub mod leaf;
mod project;
mod rules;
mod track;
pub mod users;
mod variables;

use crate::case::{Case, Kind};
use crate::rng::Rng;

/// The case of this number in a run with this seed.
pub fn case(seed: u64, number: u64) -> Case {
    let mut rng = Rng::of_case(seed, number);
    let kind = *rng.weighted(&[
        (9, Kind::Conditions),
        (16, Kind::Plain),
        (24, Kind::Full),
        (29, Kind::Bandits),
        (20, Kind::Profiles),
        (5, Kind::Track),
    ]);
    let mut case = match kind {
        Kind::Conditions => conditions::case(&mut rng),
        Kind::Plain => kinds::plain(&mut rng),
        Kind::Full => kinds::full(&mut rng),
        Kind::Bandits => kinds::bandits(&mut rng),
        Kind::Profiles => kinds::profiles(&mut rng),
        Kind::Track => track::case(&mut rng),
    };
    case.number = number;
    case
}
