//! When each fault fires: probability, count, duration, skip, all replayable from one seed.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::kind::{Kind, NAMES, Progress};

/// A kind with when it fires.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    pub kind: Kind,
    /// The chance that it fires on a post that concerns it.
    pub probability: f64,
    /// It fires at most so often.
    pub count: Option<u64>,
    /// It is active for so long after it was set.
    pub duration: Option<Duration>,
    /// So many posts that concern it pass first.
    pub skip: u64,
    /// Whether the events count as received; by default, if the client may take the answer for a success.
    pub commit: Option<bool>,
    /// As it was given, for showing it.
    pub text: String,
}

struct Active {
    fault: Fault,
    skipped: u64,
    fired: u64,
    until: Option<Instant>,
    random: u64,
}

struct State {
    active: Vec<Active>,
    totals: [u64; NAMES.len()],
    /// How many faults were ever set: each gets randomness of its own from this and the seed.
    set: u64,
    /// Changes when faults are cleared, which ends whatever waits.
    generation: u64,
    ended: bool,
}

/// The faults of a collector.
pub struct Faults {
    seed: u64,
    state: Mutex<State>,
    cleared: Condvar,
}

/// What is to happen to a post.
pub struct Plan {
    /// Sum of the delays that fired.
    pub delay: Duration,
    /// The first other fault that fired, with whether its events count as received.
    pub fault: Option<(Kind, bool)>,
    generation: u64,
}

impl Faults {
    pub fn new(seed: u64) -> Self {
        let state =
            State { active: Vec::new(), totals: [0; NAMES.len()], set: 0, generation: 0, ended: false };
        Faults { seed, state: Mutex::new(state), cleared: Condvar::new() }
    }

    /// Sets these in place of all.
    pub fn replace(&self, faults: Vec<Fault>) {
        let mut state = self.lock();
        state.clear();
        for fault in faults {
            state.add(self.seed, fault);
        }
        drop(state);
        self.cleared.notify_all();
    }

    pub fn add(&self, fault: Fault) {
        self.lock().add(self.seed, fault);
    }

    /// Ends all faults, and what they keep waiting.
    pub fn clear(&self) {
        self.lock().clear();
        self.cleared.notify_all();
    }

    /// As new, totals and randomness too.
    pub fn reset(&self) {
        let mut state = self.lock();
        state.clear();
        state.totals = [0; NAMES.len()];
        state.set = 0;
        drop(state);
        self.cleared.notify_all();
    }

    /// From now on nothing waits.
    pub fn end(&self) {
        self.lock().ended = true;
        self.cleared.notify_all();
    }

    /// Asks every fault in turn: delays add up, the first of another kind that fires decides.
    pub fn plan(&self, post: &Progress) -> Plan {
        let mut state = self.lock();
        let State { active, totals, generation, .. } = &mut *state;
        let mut plan = Plan { delay: Duration::ZERO, fault: None, generation: *generation };
        for one in active.iter_mut().filter(|one| one.fault.kind.concerns(post)) {
            if !one.fires() {
                continue;
            }
            totals[one.fault.kind.index()] += 1;
            if let Kind::Delay { delay } = one.fault.kind {
                plan.delay += delay;
            } else {
                let kind = one.fault.kind.clone();
                let commit = one.fault.commit.unwrap_or_else(|| kind.reads_as_success());
                plan.fault = Some((kind, commit));
                break;
            }
        }
        plan
    }

    /// Waits, unless the faults that made the plan are cleared or the collector ends; tells whether it waited in full.
    pub fn pause(&self, plan: &Plan, duration: Duration) -> bool {
        let deadline = Instant::now() + duration;
        let mut state = self.lock();
        while !state.ended && state.generation == plan.generation {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            state = self.cleared.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        false
    }

    /// Whether the faults that made the plan are still set and the collector still runs.
    pub fn is_current(&self, plan: &Plan) -> bool {
        let state = self.lock();
        !state.ended && state.generation == plan.generation
    }

    /// How often each kind fired since the start or the last reset.
    pub fn totals(&self) -> Vec<(&'static str, u64)> {
        NAMES.into_iter().zip(self.lock().totals).collect()
    }

    /// The faults as they were given, each with how often it fired.
    pub fn to_json(&self) -> String {
        let state = self.lock();
        let shown = state.active.iter().map(|one| {
            let given = one.fault.text.strip_suffix('}').unwrap_or_default();
            format!("{given},\"fired\":{}}}", one.fired)
        });
        format!("[{}]", shown.collect::<Vec<_>>().join(","))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn add(&mut self, seed: u64, fault: Fault) {
        self.set += 1;
        let random = seed ^ self.set.wrapping_mul(0xd134_2543_de82_ef95);
        let until = fault.duration.map(|duration| Instant::now() + duration);
        self.active.push(Active { fault, skipped: 0, fired: 0, until, random });
    }

    fn clear(&mut self) {
        self.active.clear();
        self.generation += 1;
    }
}

impl Active {
    fn fires(&mut self) -> bool {
        if self.until.is_some_and(|until| Instant::now() >= until) {
            return false;
        }
        if self.skipped < self.fault.skip {
            self.skipped += 1;
            return false;
        }
        if self.fault.count.is_some_and(|count| self.fired >= count)
            || self.chance() >= self.fault.probability
        {
            return false;
        }
        self.fired += 1;
        true
    }

    /// A number from 0 to below 1, by `SplitMix64`.
    fn chance(&mut self) -> f64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        (mixed >> 11) as f64 / (1_u64 << 53) as f64
    }
}
