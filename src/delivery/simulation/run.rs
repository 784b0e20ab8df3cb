//! A whole life of a world: trouble, then peace, in which everything that was accepted has to come out.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::Duration;

use super::adversary::{Adversary, is_due, soonest, work};
use super::client::{ROOT, Settings};
use super::close::close_in_silence;
use super::truth::Told;
use super::world::{Check, ENDPOINTS, World};
use crate::delivery::Limits;
use crate::journal::{Bounds, Durability, Sizes};
use crate::platform::Disk;
use crate::simulation::{Dice, Fault, Mood, Rates};

/// Longest delay between attempts.
const LONGEST_RETRY: Duration = Duration::from_secs(60);

/// Time after the last fault in which everything is delivered: twice the longest delay.
const PEACE: Duration = Duration::from_secs(2 * LONGEST_RETRY.as_secs());

/// One world in so many ends with a close that takes real time.
const SEEDS_A_CLOSE: u64 = 20;

/// Steps of peace after which the library only spins.
const MOST_PEACEFUL_STEPS: u64 = 200_000;

/// What came of a seed.
pub(super) struct Story {
    pub(super) steps: u64,
    pub(super) events: u64,
    /// Faults that happened, by name.
    pub(super) fired: Vec<(String, u64)>,
    pub(super) result: Check,
}

/// Runs a seed; what goes wrong, panics included, is in the story.
pub(super) fn run(seed: u64, steps: u64, is_traced: bool) -> Story {
    let dice = Dice::new(!seed);
    let mut world = World::new(seed, settings(&dice), is_traced);
    let mut adversary = Adversary::new(&mut world);
    world.poison = dice.pick(&[0, 0, 10, 100]);
    let mut taken = 0;
    let lived = catch_unwind(AssertUnwindSafe(|| live(&mut world, &mut adversary, steps, &mut taken)));
    let lived = lived.map(|lived| {
        let is_closed = seed % SEEDS_A_CLOSE == 0;
        lived.and_then(
            |()| if is_closed { close_in_silence(&world.dice, world.settings.limits) } else { Ok(()) },
        )
    });
    let result = lived.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        Err(format!("panicked: {}", text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("?")))
    });
    Story {
        steps: taken,
        events: world.truth.facts.iter().filter(|fact| fact.told == Told::Accepted).count() as u64,
        fired: fired(&world, &adversary),
        result: result.map_err(|wrong| format!("after {taken} steps: {wrong}")),
    }
}

/// How processes of this seed are set up: small enough for everything to happen in a thousand steps.
fn settings(dice: &Dice) -> Settings {
    let small = dice.pick(&[4096, 8192]);
    Settings {
        durability: dice.pick(&[Durability::Process, Durability::System]),
        bounds: Bounds { bytes: dice.pick(&[1 << 16, 1 << 20, 1 << 30]), events: dice.pick(&[0, 0, 0, 100]) },
        sizes: Sizes { small, large: dice.pick(&[small, 4 * small]) },
        limits: Limits {
            batch_size: dice.pick(&[1, 5, 10, 100]),
            flush_interval: Duration::from_millis(dice.pick(&[0, 100, 1000, 30_000])),
            first_retry: Duration::from_millis(200),
            longest_retry: LONGEST_RETRY,
            max_age: None,
        },
        dead_letter_bytes: dice.pick(&[4_000, 1 << 20]),
        timeout: Duration::from_secs(dice.pick(&[5, 10, 30])),
    }
}

fn live(world: &mut World, adversary: &mut Adversary, steps: u64, taken: &mut u64) -> Check {
    world.start(0);
    adversary.unleash(world);
    for _ in 0..steps {
        *taken += 1;
        adversary.step(world)?;
    }
    make_peace(world)?;
    *taken += rest(world)?;
    // What was left while others looked, the next process finds.
    for endpoint in 0..ENDPOINTS.len() {
        while !world.clients.is_empty() {
            world.close(0);
        }
        world.start(endpoint);
        *taken += rest(world)?;
    }
    judge(world)
}

/// Lets everybody work until there is nothing left to do; answers in how many steps.
fn rest(world: &mut World) -> Check<u64> {
    let until = world.now() + PEACE;
    let mut taken = 0;
    while let Some(next) = soonest(world).filter(|next| *next <= until) {
        if is_due(world) {
            work(world)?;
        } else {
            world.clock.pass(next.saturating_sub(world.now()));
        }
        world.check()?;
        taken += 1;
        if taken > MOST_PEACEFUL_STEPS {
            return Err("the library does not come to rest".to_owned());
        }
    }
    for client in &world.clients {
        let books = client.books();
        if books.pending > 0 {
            return Err(format!(
                "process {} still waits, two minutes after the last fault: {books:?}",
                client.process
            ));
        }
    }
    Ok(taken)
}

/// Everything heals; processes that lived go on or end, and for each endpoint a new one begins.
fn make_peace(world: &mut World) -> Check {
    world.say(|| "peace".to_owned());
    world.machine.set_rates(Rates::default());
    world.machine.refuse(false);
    world.machine.set_capacity(u64::MAX);
    world.machine.let_live();
    world.machine.mend();
    for endpoint in 0..ENDPOINTS.len() {
        world.set_mood(endpoint, Mood::Well);
    }
    // Whatever the wall clock says, waits are not measured by it.
    if world.dice.chance(1, 2) {
        world.clock.step_wall(-3_600_000_000_000);
    }
    // What a server has asked for is not held against the library.
    world.clock.pass(Duration::from_secs(61));
    if world.dice.chance(1, 2) {
        while !world.clients.is_empty() {
            world.close(0);
        }
    }
    for endpoint in 0..ENDPOINTS.len() {
        world.start(endpoint);
        world.check()?;
    }
    Ok(())
}

/// Whatever was accepted is somewhere.
fn judge(world: &World) -> Check {
    for client in &world.clients {
        let books = client.books();
        if books.pending > 0 {
            return Err(format!(
                "process {} still waits, two minutes after the last fault: {books:?}",
                client.process
            ));
        }
    }
    let flips = world.machine.fired().of(Fault::BitFlip);
    let has_lost_power = world.machine.fired().of(Fault::PowerLoss) > 0;
    let corrupt = world.corrupt();
    if flips == 0 && !has_lost_power && !world.has_torn_purge && (corrupt > 0 || world.is_unreadable) {
        return Err(format!("{corrupt} events were given up as damaged, and nothing was damaged"));
    }
    let missing = world.truth.missing();
    let excused = if world.is_unreadable { u64::MAX } else { corrupt.min(flips) };
    if missing.len() as u64 > excused {
        let names = world.describe(&missing);
        return Err(format!("{} events are lost; {corrupt} were given up as damaged:{names}", missing.len()));
    }
    find_dead_letters(world)
}

/// The file of dead letters holds whom the library calls dead.
fn find_dead_letters(world: &World) -> Check {
    let fired = world.machine.fired();
    let may_lose = world.settings.durability == Durability::Process && fired.of(Fault::PowerLoss) > 0;
    if may_lose || fired.of(Fault::BitFlip) > 0 || world.settings.dead_letter_bytes < 1 << 20 {
        return Ok(());
    }
    let disk = world.machine.process();
    let folder = Path::new(ROOT).join("dead-letters");
    let mut text = String::new();
    for name in disk.names(&folder, usize::MAX).unwrap_or_default() {
        let file = disk.open(&folder.join(name)).map_err(|error| error.to_string())?;
        let mut bytes = vec![0; file.size().map_err(|error| error.to_string())? as usize];
        file.read_at(&mut bytes, 0).map_err(|error| error.to_string())?;
        // The last line may have been cut short, or lost its beginning with the power.
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let whole = std::str::from_utf8(&bytes[..whole]).map_err(|error| error.to_string())?;
        let mut lines = whole.lines().peekable();
        while let Some(line) = lines.next() {
            let read = serde_json::from_str::<serde_json::Value>(line);
            if let (Err(error), Some(_)) = (read, lines.peek()) {
                return Err(format!("{error} in {line:?}"));
            }
        }
        text += whole;
    }
    let is_lost = |uuid: &&String| !text.contains(uuid.as_str());
    let lettered = world.truth.facts.iter().filter(|fact| fact.has_letter && !fact.is_excused);
    let mut buried = lettered.filter_map(|fact| fact.uuid.as_ref());
    match buried.find(is_lost) {
        Some(uuid) => Err(format!("{uuid} is dead, and no letter says so")),
        None => Ok(()),
    }
}

fn fired(world: &World, adversary: &Adversary) -> Vec<(String, u64)> {
    let disk = world.machine.fired();
    let mut fired: Vec<(String, u64)> =
        Fault::ALL.iter().map(|fault| (format!("disk: {fault:?}"), disk.of(*fault))).collect();
    for mood in Mood::ALL.into_iter().filter(|mood| *mood != Mood::Well) {
        let answered = world.servers.iter().map(|server| server.answered(mood)).sum();
        fired.push((format!("server: {mood:?}"), answered));
    }
    let repeats = world.servers.iter().map(|server| server.repeats).sum();
    fired.extend([
        ("server: a post arrives twice".to_owned(), repeats),
        ("server: an answer comes too late".to_owned(), world.late_answers),
        ("server: an answer overtakes another".to_owned(), world.overtakings),
        ("clock: the wall clock is set".to_owned(), adversary.wall_steps),
    ]);
    fired
}
