//! What hosts, servers and machines do to the library: one step at a time, as the dice say.

use std::time::Duration;

use super::client::Client;
use super::world::{Check, ENDPOINTS, World};
use crate::journal::Durability;
use crate::simulation::{Fault, Mood, Rates};

/// Processes that live at the same time.
const MOST_CLIENTS: usize = 3;

/// Longest time that passes at once while nothing is due.
const LONGEST_PAUSE_MS: u64 = 90_000;

/// Bits that turn in one world: each may take one event.
const MOST_FLIPS: u64 = 2;

/// What the wall clock is set by: an hour, ten years, and to where it began to count.
const WALL_STEPS_S: [i64; 6] = [3_600, -3_600, 315_360_000, -315_360_000, -1_700_000_000, 1];

/// What an adversary of one seed is up to: some of all faults, so that what hides behind one is met without it.
#[expect(clippy::struct_excessive_bools, reason = "each is a habit, and any of them go together")]
pub(super) struct Adversary {
    rates: Vec<(Fault, u32)>,
    does_kill: bool,
    does_cut_power: bool,
    does_flip: bool,
    does_fill: bool,
    does_refuse: bool,
    does_step_clock: bool,
    does_take_back: bool,
    moods: Vec<Mood>,
    clients: usize,
    power_is_next: bool,
    /// Steps of the wall clock.
    pub(super) wall_steps: u64,
    pub(super) flips: u64,
}

impl Adversary {
    pub(super) fn new(world: &mut World) -> Self {
        let dice = world.dice.clone();
        let mut rates = Vec::new();
        let is_calm = dice.chance(1, 4);
        for fault in Fault::ALL {
            if !is_calm && dice.chance(1, 4) {
                rates.push((fault, 1_000 << dice.below(6)));
            }
        }
        let moods = Mood::ALL.into_iter().filter(|mood| *mood == Mood::Well || dice.chance(1, 3)).collect();
        let mut adversary = Self {
            rates,
            does_kill: dice.chance(2, 3),
            does_cut_power: dice.chance(1, 3),
            does_flip: dice.chance(1, 6),
            does_fill: dice.chance(1, 4),
            does_refuse: dice.chance(1, 4),
            does_step_clock: dice.chance(1, 3),
            does_take_back: dice.chance(1, 6),
            moods,
            clients: 1 + dice.index(MOST_CLIENTS),
            power_is_next: false,
            wall_steps: 0,
            flips: 0,
        };
        // What a failed sync has done shows only where the power is lost while events wait.
        if dice.chance(1, 5) {
            adversary.rates.push((Fault::SyncError, 50_000 << dice.below(3)));
            adversary.does_cut_power = true;
            adversary.moods = vec![Mood::Busy, Mood::Resetting];
            world.settings.durability = Durability::System;
            // And what becomes of the file that was written anew, where the former one could not be removed.
            if dice.chance(1, 2) {
                adversary.rates.push((Fault::NameError, 50_000 << dice.below(3)));
                adversary.does_kill = true;
            }
        }
        // An event that is taken back before it was ever posted is known by its uuid alone.
        world.gives_uuids = adversary.does_take_back;
        adversary
    }

    /// Lets the disk go wrong.
    pub(super) fn unleash(&self, world: &World) {
        let mut rates = Rates::default();
        for (fault, rate) in &self.rates {
            rates.set(*fault, *rate);
        }
        world.machine.set_rates(rates);
    }

    /// One step of the world.
    pub(super) fn step(&mut self, world: &mut World) -> Check {
        match world.dice.below(100) {
            0..50 if is_due(world) => work(world)?,
            0..80 => track(world),
            80..93 => pass(world),
            93..97 => self.host(world)?,
            _ => self.harm(world),
        }
        if world.clients.is_empty() && world.dice.chance(1, 2) {
            world.start(world.dice.index(ENDPOINTS.len()));
        }
        self.count_the_dead(world);
        if let Some(at) = world.clients.iter().position(Client::is_closing_over) {
            world.close(at);
        }
        world.check()
    }

    /// A process may have died in the last call.
    fn count_the_dead(&mut self, world: &mut World) {
        let has_died = world.clients.iter().any(|client| !world.machine.is_alive(client.process));
        if has_died && self.power_is_next {
            self.power_is_next = false;
            world.lose_power();
        }
        world.bury_the_dead();
    }

    /// What a host does besides tracking.
    fn host(&mut self, world: &mut World) -> Check {
        let at = world.dice.index(world.clients.len().max(1));
        let timeout = Duration::from_millis(world.dice.below(20_000));
        let now = world.now();
        match world.dice.below(10) {
            0 | 1 if world.clients.len() < self.clients => world.start(world.dice.index(ENDPOINTS.len())),
            _ if world.clients.is_empty() => {}
            2..6 => world.sync(at),
            6 if self.does_take_back => world.discard(at)?,
            7 if self.does_take_back => world.purge(at)?,
            6..9 => {
                let process = world.clients[at].process;
                world.say(|| format!("process {process} flushes"));
                world.clients[at].flush();
                world.forgive(process);
            }
            _ => {
                let process = world.clients[at].process;
                world.say(|| format!("process {process} begins to close"));
                world.clients[at].begin_to_close(now + timeout);
                world.forgive(process);
            }
        }
        Ok(())
    }

    /// What nobody asked for.
    fn harm(&mut self, world: &mut World) {
        let machine = world.machine.clone();
        match world.dice.below(12) {
            0 if self.does_kill && !world.clients.is_empty() => {
                let at = world.dice.index(world.clients.len());
                machine.kill(world.clients[at].process);
            }
            1 if self.does_kill => {
                world.say(|| "a process is about to die".to_owned());
                machine.die_in(world.dice.below(60));
            }
            2 if self.does_cut_power => world.lose_power(),
            3 if self.does_cut_power => {
                world.say(|| "the power is about to be lost".to_owned());
                self.power_is_next = true;
                machine.die_in(world.dice.below(60));
            }
            4 if self.does_flip && self.flips < MOST_FLIPS && machine.flip_bit() => {
                world.say(|| "a bit turns".to_owned());
                self.flips += 1;
            }
            5 if self.does_fill => {
                let room = world.dice.below(20_000);
                let is_full = world.dice.chance(1, 2);
                world.say(|| if is_full { format!("room for {room}") } else { "room enough".to_owned() });
                machine.set_capacity(if is_full { machine.used() + room } else { u64::MAX });
            }
            6 if self.does_refuse => {
                let is_refusing = world.dice.chance(1, 2);
                world.say(|| format!("the disk refuses: {is_refusing}"));
                machine.refuse(is_refusing);
            }
            7 if self.does_step_clock => {
                let seconds = world.dice.pick(&WALL_STEPS_S);
                world.say(|| format!("the wall clock is set by {seconds} s"));
                world.clock.step_wall(seconds * 1_000_000_000);
                self.wall_steps += 1;
            }
            8 => machine.mend(),
            _ => {
                let endpoint = world.dice.index(ENDPOINTS.len());
                world.set_mood(endpoint, world.dice.pick(&self.moods));
            }
        }
    }
}

/// Is there something to do now?
pub(super) fn is_due(world: &World) -> bool {
    let now = world.now();
    world.clients.iter().any(|client| client.wake.is_some_and(|wake| wake <= now))
        || world.flights.iter().any(|flight| flight.at <= now)
}

/// Does one of the things that are due.
pub(super) fn work(world: &mut World) -> Check {
    let now = world.now();
    let clients =
        (0..world.clients.len()).filter(|at| world.clients[*at].wake.is_some_and(|wake| wake <= now));
    let clients: Vec<usize> = clients.collect();
    let flights: Vec<usize> = (0..world.flights.len()).filter(|at| world.flights[*at].at <= now).collect();
    let choice = world.dice.index((clients.len() + flights.len()).max(1));
    match clients.get(choice) {
        Some(at) => world.turn(*at),
        None => flights.get(choice - clients.len()).map_or(Ok(()), |at| world.complete(*at)),
    }
}

fn track(world: &mut World) {
    let open: Vec<usize> =
        (0..world.clients.len()).filter(|at| world.clients[*at].closing.is_none()).collect();
    if !open.is_empty() {
        world.append(world.dice.pick(&open));
    }
}

/// Time passes: a little, or until something is due, or long.
fn pass(world: &World) {
    let now = world.now();
    let next = soonest(world).map_or(Duration::from_secs(1), |next| next.saturating_sub(now));
    let time = match world.dice.below(10) {
        0..4 => Duration::from_millis(world.dice.below(50)),
        4..9 => next,
        _ => Duration::from_millis(world.dice.below(LONGEST_PAUSE_MS)),
    };
    world.clock.pass(time);
}

/// When something is due next.
pub(super) fn soonest(world: &World) -> Option<Duration> {
    let wakes = world.clients.iter().filter_map(|client| client.wake);
    wakes.chain(world.flights.iter().map(|flight| flight.at)).min()
}
