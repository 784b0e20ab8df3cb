//! The world of one seed: processes that come and go on one disk, servers with moods, and what must hold after each
//! step, whatever happens.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use super::client::{Client, ROOT, Settings};
use super::posts::{Flight, Manners};
use super::truth::{Told, Truth};
use crate::datafile::{self, Project};
use crate::event::{self, Tags};
use crate::journal::{Durability, Given, Identity, ROOM};
use crate::json;
use crate::platform::Clock;
use crate::simulation::{Dice, Fault, Machine, Mood, Server, SimClock};
use crate::user::User;
use crate::value::Value;

pub(super) const ENDPOINTS: [&str; 2] = ["https://one/v1/events", "https://two/v1/events"];

const DATAFILE: &str = r#"{"version":"4","accountId":"1","projectId":"2","revision":"3",
    "events":[{"id":"9","key":"purchase"}]}"#;

/// What went wrong, in words.
pub(super) type Check<T = ()> = Result<T, String>;

/// Everything there is.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(super) struct World {
    pub(super) dice: Dice,
    pub(super) clock: Arc<SimClock>,
    pub(super) machine: Machine,
    pub(super) servers: [Server; 2],
    pub(super) truth: Truth,
    pub(super) clients: Vec<Client>,
    pub(super) flights: Vec<Flight>,
    pub(super) manners: Vec<Manners>,
    pub(super) settings: Settings,
    project: Project,
    /// What events may belong to, and the endpoint of each.
    pub(super) identities: Vec<(usize, Arc<Identity>)>,
    /// One event in so many is poison; 0: none is.
    pub(super) poison: u64,
    /// The host gives every event its uuid.
    pub(super) gives_uuids: bool,
    /// Accepted by processes that are no more, and not safe from a loss of power.
    fragile: Vec<usize>,
    /// Events that processes which are no more gave up because of damage.
    corrupt: u64,
    /// A segment was found whose beginning can't be read.
    pub(super) is_unreadable: bool,
    /// Faults of the disk so far, and when the last one happened: it may delay a sync.
    faults: u64,
    last_fault: Duration,
    /// Answers that came after the library had counted the request as failed, and before those of earlier requests.
    pub(super) late_answers: u64,
    pub(super) overtakings: u64,
    /// A purge has failed, and has left damage.
    pub(super) has_torn_purge: bool,
    is_traced: bool,
}

impl World {
    pub(super) fn new(seed: u64, settings: Settings, is_traced: bool) -> Self {
        let dice = Dice::new(seed);
        let clock = Arc::new(SimClock::default());
        let machine = Machine::new(dice.clone(), Arc::clone(&clock));
        if is_traced {
            machine.trace();
        }
        // The directory is there, or the first process makes it.
        machine.settle(if dice.chance(1, 2) { ROOT } else { "/host" }.as_ref());
        let project = datafile::parse(DATAFILE, 1).expect("a datafile").project;
        let identity = |endpoint: usize, version: &str| {
            let opening = event::opening(&project, "simulation", version).into();
            (endpoint, Arc::new(Identity { endpoint: ENDPOINTS[endpoint].into(), opening }))
        };
        let identities = vec![identity(0, "1"), identity(0, "2"), identity(1, "1")];
        Self {
            dice,
            clock,
            machine,
            servers: Default::default(),
            truth: Truth::default(),
            clients: Vec::new(),
            flights: Vec::new(),
            manners: Vec::new(),
            settings,
            project,
            identities,
            poison: 0,
            gives_uuids: false,
            fragile: Vec::new(),
            corrupt: 0,
            is_unreadable: false,
            faults: 0,
            last_fault: Duration::ZERO,
            late_answers: 0,
            overtakings: 0,
            has_torn_purge: false,
            is_traced,
        }
    }

    pub(super) fn now(&self) -> Duration {
        self.clock.monotonic()
    }

    pub(super) fn say(&self, what: impl FnOnce() -> String) {
        if self.is_traced {
            eprintln!("{:>12.3} {}", self.now().as_secs_f64(), what());
        }
    }

    /// A process begins.
    pub(super) fn start(&mut self, endpoint: usize) {
        let url = ENDPOINTS[endpoint];
        let (disk, made) =
            Client::open(&self.machine, &self.clock, &self.dice, &self.settings, (endpoint, url));
        match made {
            Ok(client) if self.machine.is_alive(disk.process()) => {
                self.say(|| format!("process {} begins, for {url}", client.process));
                self.clients.push(client);
            }
            Ok(_) => {}
            Err(error) => {
                self.say(|| format!("process {} can't open its journal: {error}", disk.process()));
                self.machine.end(disk.process());
            }
        }
    }

    /// A host tracks an event.
    pub(super) fn append(&mut self, at: usize) {
        let own = self.clients[at].endpoint;
        let is_elsewhere = self.dice.chance(1, 10);
        let fitting: Vec<usize> =
            (0..self.identities.len()).filter(|it| (self.identities[*it].0 == own) != is_elsewhere).collect();
        let (endpoint, identity) = self.identities[self.dice.pick(&fitting)].clone();
        let is_poison = self.poison > 0 && self.dice.chance(1, self.poison);
        let visitor = self.truth.next_visitor(is_poison);
        let mut record = self.record(&visitor);
        let is_given = self.gives_uuids || self.dice.chance(1, 2);
        let uuid = is_given
            .then(|| (u128::from(self.dice.roll()) << 64 | u128::from(self.dice.roll())).to_le_bytes());
        let time_ms = self.clock.wall_ns().div_euclid(1_000_000);
        let given = uuid.map(|uuid| Given { time_ms, uuid: Some(uuid) });
        let before = self.write_faults();
        let client = &mut self.clients[at];
        let process = client.process;
        let result = client.append(&identity, &mut record, given, self.settings.limits.batch_size);
        // Where the disk fails twice in a call, what was begun may not have been taken back.
        let is_doubtful = self.write_faults() > before + 1;
        let told = match result {
            _ if !self.machine.is_alive(process) => Told::Nothing,
            Ok(()) => Told::Accepted,
            Err(_) if is_doubtful => Told::Nothing,
            Err(_) => Told::Refused,
        };
        let text = uuid.map(|uuid| json::to_string(|out| json::uuid(out, uuid)));
        let number = self.truth.note(told, is_poison, endpoint, text);
        if told == Told::Accepted {
            let came = self.now();
            self.clients[at].accepted.push((number, came));
        }
        self.say(|| format!("process {process} tracks {visitor} for {endpoint}: {result:?}, {told:?}"));
    }

    /// The body of an event, behind the journal's room; most are small.
    fn record(&self, visitor: &str) -> Vec<u8> {
        let bytes = match self.dice.below(40) {
            0 => self.dice.index(6000),
            1..10 => self.dice.index(700),
            _ => self.dice.index(60),
        };
        let note = "x".repeat(bytes);
        let mut tags = Tags::new();
        tags.push("note", Value::Str(&note));
        let mut body = event::Body::reusing(Vec::new(), ROOM);
        let event = self.project.event("purchase").expect("an event");
        event::conversion(&mut body, &self.project, event, &User::new(visitor), &tags, &mut Silent);
        body.into_buffer()
    }

    /// Faults that keep a write from being made, or from being taken back.
    fn write_faults(&self) -> u64 {
        let fired = self.machine.fired();
        [Fault::TornWrite, Fault::WriteError, Fault::BrokenFile, Fault::Refusal]
            .iter()
            .map(|it| fired.of(*it))
            .sum()
    }

    /// The host of a process lets the delivery have a turn.
    pub(super) fn turn(&mut self, at: usize) -> Check {
        let now = self.now();
        let client = &mut self.clients[at];
        let process = client.process;
        let request = client.turn();
        self.note_faults();
        // What is older than a second has been synced, where nothing kept the disk from it.
        let second = Duration::from_secs(1);
        let is_synced = self.settings.durability == Durability::System && self.last_fault + second <= now;
        if is_synced && self.machine.is_alive(process) {
            let client = &mut self.clients[at];
            let known =
                client.accepted[client.durable..].iter().take_while(|(_, came)| *came + second <= now);
            client.durable += known.count();
        }
        self.hear(at)?;
        match request {
            _ if !self.machine.is_alive(process) => Ok(()),
            Some(request) => self.send(process, &request),
            None => {
                self.say(|| format!("process {process} waits until {:?}", self.clients[at].wake));
                Ok(())
            }
        }
    }

    /// What the library says; answers how many events it calls lost.
    pub(super) fn hear(&mut self, at: usize) -> Check<u64> {
        let said = self.clients[at].hear();
        for line in &said.lines {
            self.say(|| format!("says {line}"));
            self.is_unreadable |= line.contains("can't be read and was put aside");
            if line.contains("panicked") {
                return Err(line.clone());
            }
        }
        for (uuid, has_letter) in &said.lost {
            self.truth.bury(uuid, *has_letter)?;
        }
        Ok(said.lost.len() as u64)
    }

    /// A host asks for a barrier: what it gets through is safe from a loss of power.
    pub(super) fn sync(&mut self, at: usize) {
        let client = &mut self.clients[at];
        let process = client.process;
        let result = client.sync();
        self.say(|| format!("process {process} syncs: {result:?}"));
        if result.is_ok() && self.machine.is_alive(process) {
            let client = &mut self.clients[at];
            client.durable = client.accepted.len();
        }
    }

    /// A host takes back what waits. Whatever is on its way may still arrive, and a process that dies over it may have
    /// said nothing.
    pub(super) fn discard(&mut self, at: usize) -> Check {
        self.truth.excuse(0..self.truth.facts.len());
        let result = self.clients[at].discard();
        self.say(|| format!("process {} discards: {result:?}", self.clients[at].process));
        self.hear(at).map(drop)
    }

    /// A host takes back one visitor's events.
    pub(super) fn purge(&mut self, at: usize) -> Check {
        let Some((number, _)) = self.clients[at].accepted.last().copied() else { return Ok(()) };
        let number = self.dice.index(number + 1);
        self.truth.excuse([number]);
        let name = if self.truth.facts[number].is_poison { 'p' } else { 'v' };
        let result = self.clients[at].purge(&format!("{name}{number}"));
        // What was to be overwritten may be neither what it was nor what it should be.
        self.has_torn_purge |= result.is_err();
        self.say(|| format!("process {} purges {name}{number}: {result:?}", self.clients[at].process));
        self.hear(at).map(drop)
    }

    /// A process ends by itself.
    pub(super) fn close(&mut self, at: usize) {
        let client = &self.clients[at];
        let process = client.process;
        client.stop();
        self.say(|| format!("process {process} is closed"));
        self.machine.end(process);
        self.bury_the_dead();
    }

    /// Takes the processes away that are no more.
    pub(super) fn bury_the_dead(&mut self) {
        for at in (0..self.clients.len()).rev() {
            if self.machine.is_alive(self.clients[at].process) {
                continue;
            }
            let client = self.clients.swap_remove(at);
            self.say(|| format!("process {} is no more", client.process));
            self.corrupt += client.books().dropped.corrupt;
            self.fragile.extend(client.accepted[client.durable..].iter().map(|(number, _)| *number));
            self.flights.retain(|flight| flight.process != client.process);
            self.manners.retain(|manners| manners.process != client.process);
        }
    }

    /// The power is lost.
    pub(super) fn lose_power(&mut self) {
        self.say(|| "the power is lost".to_owned());
        self.machine.lose_power();
        self.bury_the_dead();
        if self.settings.durability == Durability::System {
            self.truth.excuse(std::mem::take(&mut self.fragile));
        } else {
            self.fragile.clear();
            self.truth.excuse(0..self.truth.facts.len());
        }
    }

    /// Events given up because of damage, over all processes.
    pub(super) fn corrupt(&self) -> u64 {
        self.corrupt + self.clients.iter().map(|client| client.books().dropped.corrupt).sum::<u64>()
    }

    fn note_faults(&mut self) {
        let fired = self.machine.fired();
        let faults = Fault::ALL.iter().map(|fault| fired.of(*fault)).sum();
        if faults != self.faults {
            (self.faults, self.last_fault) = (faults, self.now());
        }
    }

    /// What holds at every moment.
    pub(super) fn check(&mut self) -> Check {
        self.note_faults();
        if let Some(wrong) = self.machine.wrongs().into_iter().next() {
            return Err(wrong);
        }
        for client in &self.clients {
            let books = client.books();
            let accepted = client.accepted.len() as u64;
            if books.accepted() != accepted {
                return Err(format!("{accepted} events were accepted, and the books say {books:?}"));
            }
            let settled = books.delivered + books.dead_lettered + books.dropped.total();
            if accepted + books.recovered != settled + books.pending {
                return Err(format!("the books don't balance: {books:?}"));
            }
        }
        Ok(())
    }

    /// Events by what is known of them, for a failure.
    pub(super) fn describe(&self, numbers: &[usize]) -> String {
        let mut text = String::new();
        for number in numbers.iter().take(5) {
            let fact = &self.truth.facts[*number];
            let poison = if fact.is_poison { "poison " } else { "" };
            let _ = write!(text, " {poison}{number} ({:?}, for {})", fact.uuid, fact.endpoint);
        }
        text
    }

    pub(super) fn set_mood(&mut self, endpoint: usize, mood: Mood) {
        self.say(|| format!("server {endpoint} is {mood:?}"));
        self.servers[endpoint].set_mood(mood);
    }
}

struct Silent;

impl event::Trace for Silent {
    fn ignored(&mut self, _: event::Part, _: &str) {}
    fn metric_refused(&mut self, _: &str) {}
}
