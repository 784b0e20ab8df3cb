//! The engines: the worker programs that are there, one a language.

use std::env;
use std::path::{Path, PathBuf};

/// Languages that have a worker, in the order in which they are run.
const LANGUAGES: [&str; 4] = ["c", "cpp", "go", "swift"];
/// Where `scripts/build-workers.sh` lays the workers down.
const FOLDER: &str = "target/workers";

/// A worker program.
pub struct Engine {
    /// Its language.
    pub language: &'static str,
    /// The program.
    pub program: PathBuf,
}

/// The engines to run: those that `OPT_VECTORS_ENGINES` names, or all that are there. One that is named and missing is
/// an error; so is any that is missing under `OPT_REQUIRE_ALL=1`.
pub fn wanted(repository: &Path) -> Result<Vec<Engine>, String> {
    let named = env::var("OPT_VECTORS_ENGINES").ok().filter(|names| !names.is_empty());
    let requires_all = env::var("OPT_REQUIRE_ALL").is_ok_and(|value| value == "1");
    let names: Option<Vec<&str>> = named.as_deref().map(|names| names.split(',').map(str::trim).collect());
    if let Some(unknown) = names.iter().flatten().find(|name| !LANGUAGES.contains(name)) {
        return Err(format!("there is no engine {unknown}, only: {}", LANGUAGES.join(", ")));
    }
    let mut engines = Vec::new();
    for language in LANGUAGES {
        if names.as_ref().is_some_and(|names| !names.contains(&language)) {
            continue;
        }
        let program = repository.join(FOLDER).join(format!("opttrack-worker-{language}"));
        if program.is_file() {
            engines.push(Engine { language, program });
        } else if names.is_some() || requires_all {
            return Err(format!("no worker {}; scripts/build-workers.sh builds it", program.display()));
        } else {
            println!("{language}: no worker {}, left out", program.display());
        }
    }
    if engines.is_empty() {
        return Err("no worker at all; scripts/build-workers.sh builds them".to_owned());
    }
    Ok(engines)
}
