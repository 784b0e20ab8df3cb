//! A disk in memory that breaks as the dice say. Processes have handles on it; a process that dies leaves everything it
//! has written, a loss of power only what was synced and some of the rest.

mod faults;
mod file;
mod handle;
#[cfg(test)]
mod tests;
mod tree;

use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub(crate) use faults::{Fault, Rates};
pub(crate) use handle::SimDisk;

use super::{Dice, SimClock};
use faults::{Fired, error};
use tree::{Directory, Node, Tree};

/// Longest time that a slow call takes.
const SLOWEST_MS: u64 = 5_000;

/// How much of what was written the system writes back by itself: one file in so many writes.
const WRITES_A_WRITE_BACK: u64 = 64;

/// A disk, and the processes that use it.
#[derive(Clone)]
pub(crate) struct Machine {
    state: Arc<Mutex<State>>,
    clock: Arc<SimClock>,
    dice: Dice,
}

struct State {
    tree: Tree,
    rates: Rates,
    fired: Fired,
    capacity: u64,
    /// Everything that writes fails with this.
    refusal: Option<i32>,
    living: BTreeSet<u32>,
    next_process: u32,
    next_lock: u64,
    /// The process that makes so many calls more dies in the last of them.
    death_in: Option<u64>,
    is_traced: bool,
    /// What no disk would have allowed.
    wrongs: Vec<String>,
}

/// What a call does to the disk.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Reads,
    Writes,
}

impl Machine {
    pub(crate) fn new(dice: Dice, clock: Arc<SimClock>) -> Self {
        let state = State {
            tree: Tree::default(),
            rates: Rates::default(),
            fired: Fired::default(),
            capacity: u64::MAX,
            refusal: None,
            living: BTreeSet::new(),
            next_process: 0,
            next_lock: 0,
            death_in: None,
            is_traced: false,
            wrongs: Vec::new(),
        };
        Self { state: Arc::new(Mutex::new(state)), clock, dice }
    }

    /// The disk as a new process sees it.
    pub(crate) fn process(&self) -> SimDisk {
        let mut state = self.state();
        let process = state.next_process;
        state.next_process += 1;
        state.living.insert(process);
        SimDisk::new(self.clone(), process)
    }

    /// Makes a directory that is on the platter.
    pub(crate) fn settle(&self, path: &Path) {
        let mut state = self.state();
        let tree = &mut state.tree;
        let mut so_far = std::path::PathBuf::from("/");
        for component in path.components().skip(1) {
            let above = tree.find(&so_far).expect("made before");
            so_far.push(component);
            tree.add(&so_far, Node::Directory(Directory::default())).expect("a new directory");
            tree.sync_directory(above).expect("a directory");
        }
    }

    /// A process ends by itself.
    pub(crate) fn end(&self, process: u32) {
        self.state().living.remove(&process);
    }

    /// Ends a process: its locks are free, and nothing that it still tries has an effect.
    pub(crate) fn kill(&self, process: u32) {
        self.state().kill(process);
    }

    pub(crate) fn is_alive(&self, process: u32) -> bool {
        self.state().living.contains(&process)
    }

    /// Ends every process and forgets what was not on the platter.
    pub(crate) fn lose_power(&self) {
        let mut state = self.state();
        state.fired.note(Fault::PowerLoss);
        state.living.clear();
        state.death_in = None;
        state.tree.lose_power(&self.dice);
    }

    /// The process that makes so many calls more dies in the last of them, in the middle of it.
    pub(crate) fn die_in(&self, operations: u64) {
        self.state().death_in = Some(operations);
    }

    /// Takes that back.
    pub(crate) fn let_live(&self) {
        self.state().death_in = None;
    }

    /// Everything that writes fails until further notice; `None`: no more.
    pub(crate) fn refuse(&self, is_refusing: bool) {
        let mut state = self.state();
        state.refusal = is_refusing.then(|| self.dice.pick(Fault::Refusal.errors()));
    }

    /// Room for so many bytes.
    pub(crate) fn set_capacity(&self, bytes: u64) {
        self.state().capacity = bytes;
    }

    /// Bytes that files take.
    pub(crate) fn used(&self) -> u64 {
        self.state().tree.used()
    }

    pub(crate) fn set_rates(&self, rates: Rates) {
        self.state().rates = rates;
    }

    /// Files that broke are mended: what was written to them before is there.
    pub(crate) fn mend(&self) {
        for (_, file) in self.state().tree.files() {
            file.is_broken = false;
        }
    }

    /// Turns one bit of a file that has any; false if none has.
    pub(crate) fn flip_bit(&self) -> bool {
        let mut state = self.state();
        let mut files: Vec<_> =
            state.tree.files().map(|(_, file)| file).filter(|file| file.has_used_bytes()).collect();
        if files.is_empty() {
            return false;
        }
        let file = files.swap_remove(self.dice.index(files.len()));
        file.flip_bit(&self.dice);
        state.fired.note(Fault::BitFlip);
        true
    }

    pub(crate) fn fired(&self) -> Fired {
        self.state().fired
    }

    /// Says each call on standard error.
    pub(crate) fn trace(&self) {
        self.state().is_traced = true;
    }

    /// What two processes did that only one may.
    pub(crate) fn wrongs(&self) -> Vec<String> {
        std::mem::take(&mut self.state().wrongs)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a call of a process: it may be the last one, slow, or refused. True: the process dies in it.
    fn begin(&self, process: u32, kind: Kind) -> io::Result<(MutexGuard<'_, State>, bool)> {
        let mut state = self.state();
        if !state.living.contains(&process) {
            return Err(error(libc::EIO));
        }
        if state.happens(&self.dice, Fault::Slow) {
            self.clock.pass(Duration::from_millis(1 + self.dice.below(SLOWEST_MS)));
        }
        let is_last = state.death_in == Some(0);
        state.death_in = state.death_in.and_then(|calls| calls.checked_sub(1));
        if is_last {
            return Ok((state, true));
        }
        if let Some(number) = state.refusal.filter(|_| kind == Kind::Writes) {
            state.fired.note(Fault::Refusal);
            return Err(error(number));
        }
        Ok((state, false))
    }
}

impl State {
    fn kill(&mut self, process: u32) {
        if self.living.remove(&process) {
            self.fired.note(Fault::ProcessDeath);
        }
    }

    /// Does a fault happen now?
    fn happens(&mut self, dice: &Dice, fault: Fault) -> bool {
        let happens = dice.chance(self.rates.of(fault), 1_000_000);
        if happens {
            self.fired.note(fault);
        }
        happens
    }

    /// Fails if a fault happens now.
    fn check(&mut self, dice: &Dice, fault: Fault) -> io::Result<()> {
        if self.happens(dice, fault) { Err(error(dice.pick(fault.errors()))) } else { Ok(()) }
    }

    /// A call that a process dies in has its effect or not, and no answer.
    fn die(&mut self, process: u32) -> io::Error {
        self.death_in = None;
        self.kill(process);
        error(libc::EIO)
    }

    fn trace(&self, process: u32, call: &str, path: &Path, what: &str) {
        if self.is_traced {
            eprintln!("    disk: {process} {call} {} {what}", path.display());
        }
    }
}
