//! Runs the conformance vectors through every binding: a worker program in each language is asked what the cases ask.
//! `README.md` beside this file says what the vectors are, `WORKER.md` how a worker is asked.
//!
//! Environment: `OPT_DIST` where the library is installed, or `OPT_LIBRARY` the library itself; `OPT_VECTORS` one folder
//! of vectors in place of the usual two, `OPT_DATAFILES` further folders of datafiles, separated by colons,
//! `OPT_VECTORS_SET` one set in place of all, `OPT_VECTORS_ENGINES` languages in place of all that have a worker,
//! `OPT_REQUIRE_ALL=1` none may be missing.

mod abi;
mod compare;
mod datafiles;
mod endpoint;
mod engines;
mod generated;
mod json;
mod lookup;
mod normal;
mod number;
mod plant;
mod question;
mod report;
mod run;
mod sets;
mod sink;
mod worker;
mod world;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;
use std::{env, fs, io};

use compare::Comparer;
use datafiles::{Datafiles, Scratch};
use endpoint::Library;
use engines::Engine;
use report::Tally;
use sets::Set;
use sink::Sink;
use worker::Worker;
use world::World;

/// Where the build lays down what ships, and the library in it.
const DIST: &str = "target/dist";
const LIBRARY: &str = "lib/libopttrack.so.0";
/// The name by which the library goes on the wire unless told another.
const CLIENT_NAME: &str = "libopttrack";
/// Longest wait for an answer of a worker: a flush and a close of ten seconds each are in it.
const DEADLINE: Duration = Duration::from_secs(60);
/// Workers of one engine that are asked at the same time.
const WORKERS: usize = 2;

fn main() -> ExitCode {
    match run_all() {
        Ok(tally) => {
            println!("\nvectors: {}", tally.sum());
            if tally.failed == 0 && tally.passed > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(problem) => {
            println!("vectors: {problem}");
            ExitCode::FAILURE
        }
    }
}

/// What all engines share.
struct Bench {
    library: Library,
    version: String,
    sets: Vec<&'static Set>,
    folders: Vec<(PathBuf, Datafiles)>,
    sink: Sink,
    scratch: Scratch,
    /// Where what a run leaves lies.
    output: PathBuf,
}

fn run_all() -> Result<Tally, String> {
    if !lookup::is_in_force() {
        return Err("look-ups would reach the system, and a run the Events API".to_owned());
    }
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let dist = env::var_os("OPT_DIST").map_or_else(|| repository.join(DIST), PathBuf::from);
    let path = env::var_os("OPT_LIBRARY").map_or_else(|| dist.join(LIBRARY), PathBuf::from);
    let library = Library::load(path.as_os_str()).map_err(|error| format!("{}: {error}", path.display()))?;
    let version = library.version();
    println!("library {} {version}", path.display());
    let only = env::var("OPT_VECTORS_SET").ok();
    let is_wanted = |set: &&'static Set| only.as_deref().is_none_or(|only| only == set.name);
    let folders = folders(repository)?.into_iter().map(|folder| {
        let datafiles = Datafiles::new(datafile_folders(&folder));
        (folder, datafiles)
    });
    let output = repository.join("target/vectors");
    let bench = Bench {
        library,
        version,
        sets: sets::ALL.iter().filter(is_wanted).collect(),
        folders: folders.collect(),
        sink: Sink::start().map_err(|error| format!("the sink: {error}"))?,
        scratch: Scratch::new(&output)?,
        output,
    };
    let mut total = Tally::default();
    for engine in engines::wanted(repository)? {
        total.add(bench.run(&engine)?);
    }
    Ok(total)
}

impl Bench {
    /// Runs every set of every folder through one engine.
    fn run(&self, engine: &Engine) -> Result<Tally, String> {
        println!("\n== {}: {}", engine.language, engine.program.display());
        let log = |number| self.scratch.folder().join(format!("{}-{number}.log", engine.language));
        let worker = |number| Worker::new(&engine.program, log(number), DEADLINE);
        let mut workers: Vec<Worker> = (0..WORKERS).map(worker).collect();
        // Events of one engine are told from each other; its name and version are the library's.
        let comparer = Comparer::new(CLIENT_NAME, &self.version);
        let (mut tally, mut failures) = (Tally::default(), Vec::new());
        for (folder, datafiles) in &self.folders {
            println!("{}", folder.display());
            let world = World::new(self.library, &comparer, &self.sink, &self.scratch, datafiles);
            for set in &self.sets {
                let ran = run::run_set(set, folder, &world, &mut workers, &mut failures)?;
                tally.add(ran.unwrap_or_default());
            }
        }
        for worker in workers {
            if let Err(problem) = worker.finish() {
                println!("a worker did not end well: {problem}");
                tally.failed += 1;
            }
        }
        let strays = self.sink.take_strays();
        if let Some(first) = strays.first() {
            println!("{} posts went elsewhere or came too late; the first: {first}", strays.len());
            tally.failed += strays.len();
        }
        self.write_failures(engine, &failures)?;
        println!("{}: {}", engine.language, tally.sum());
        Ok(tally)
    }

    /// Leaves every failure of an engine in a file, for the table shows few; none, and no file is left.
    fn write_failures(&self, engine: &Engine, failures: &[String]) -> Result<(), String> {
        let path = self.output.join(format!("failed-{}.jsonl", engine.language));
        let problem = |error: io::Error| format!("{}: {error}", path.display());
        if failures.is_empty() {
            return if path.exists() { fs::remove_file(&path).map_err(problem) } else { Ok(()) };
        }
        fs::write(&path, failures.join("\n") + "\n").map_err(problem)?;
        println!("all failures are in {}", path.display());
        Ok(())
    }
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
