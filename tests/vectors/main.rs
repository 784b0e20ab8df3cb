//! Runs the conformance vectors through the C ABI of the shared library that ships. `README.md` beside this file says
//! what the vectors are.
//!
//! Environment: `OPT_LIBRARY` the library, `OPT_VECTORS` one folder of vectors in place of the usual two,
//! `OPT_DATAFILES` further folders of datafiles, separated by colons, `OPT_VECTORS_SET` one set in place of all.

mod abi;
mod client;
mod compare;
mod datafile;
mod json;
mod lookup;
mod normal;
mod number;
mod plant;
mod report;
mod run;
mod sets;
mod sink;
mod value;
mod world;

use std::env;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use client::Library;
use compare::Comparer;
use datafile::Datafiles;
use report::Tally;
use sink::Sink;
use world::World;

/// The library that ships, as the build lays it down.
const LIBRARY: &str = "target/dist/lib/libopttrack.so.0";
/// The name by which the library goes on the wire unless told another.
const CLIENT_NAME: &str = "libopttrack";

fn main() -> ExitCode {
    match run_all() {
        Ok(tally) => {
            println!("{}", tally.sum());
            if tally.failed == 0 && tally.passed > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(problem) => {
            println!("vectors: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn run_all() -> Result<Tally, String> {
    if !lookup::is_in_force() {
        return Err("look-ups would reach the system, and a run the Events API".to_owned());
    }
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = env::var_os("OPT_LIBRARY").map_or_else(|| repository.join(LIBRARY), PathBuf::from);
    let library = Library::load(path.as_os_str()).map_err(|error| format!("{}: {error}", path.display()))?;
    let version = library.version();
    println!("library {} {version}", path.display());
    let only = env::var("OPT_VECTORS_SET").ok();
    let sets: Vec<_> =
        sets::ALL.iter().filter(|set| only.as_deref().is_none_or(|only| only == set.name)).collect();
    let sink = Sink::start().map_err(|error| format!("the sink: {error}"))?;
    let comparer = Comparer::new(CLIENT_NAME, &version);
    let mut total = Tally::default();
    for folder in folders(repository)? {
        println!("\n{}", folder.display());
        let world = World::new(library, &comparer, &sink, Datafiles::new(datafile_folders(&folder)));
        for set in &sets {
            total.add(run::run_set(set, &folder, &world)?.unwrap_or_default());
        }
    }
    println!();
    let strays = sink.strays();
    if let Some(first) = strays.first() {
        println!("{} posts went elsewhere or came too late; the first: {first}", strays.len());
        total.failed += strays.len();
    }
    Ok(total)
}

/// The folder that is asked for, or the repository's own and the one that may lie beside the repository.
fn folders(repository: &Path) -> Result<Vec<PathBuf>, String> {
    let usual = || vec![repository.join("tests/vectors"), repository.join("../shared/vectors")];
    let wanted = env::var_os("OPT_VECTORS").map_or_else(usual, |folder| vec![PathBuf::from(folder)]);
    if !wanted[0].is_dir() {
        return Err(format!("no folder {}", wanted[0].display()));
    }
    Ok(wanted.into_iter().filter(|folder| folder.is_dir()).collect())
}

/// Where the datafiles of a folder's cases may be, the nearest first.
fn datafile_folders(folder: &Path) -> Vec<PathBuf> {
    let mut folders = vec![folder.join("datafiles"), folder.join("../datafiles")];
    folders.extend(env::var_os("OPT_DATAFILES").iter().flat_map(env::split_paths));
    folders
}
