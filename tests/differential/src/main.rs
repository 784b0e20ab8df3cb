//! `make differential`: generated questions for libopttrack and the official SDKs, and every disagreement.

mod case;
mod compare;
mod coverage;
mod explain;
mod generator;
#[allow(dead_code, reason = "shared with the vectors")]
#[path = "../../vectors/json.rs"]
mod json;
mod make;
mod minimise;
mod normal;
#[path = "../../vectors/number.rs"]
mod number;
mod parties;
mod report;
mod rng;
mod run;
mod service;
mod steps;
#[cfg(test)]
mod tests;
mod worker;

use std::process::ExitCode;

fn main() -> ExitCode {
    match run::run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("differential: {error}");
            ExitCode::FAILURE
        }
    }
}
