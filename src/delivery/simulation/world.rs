//! The world of one seed: processes that come and go on one disk, servers with moods, and what must hold after each
//! step, whatever happens.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use super::super::engine::Posting;
use super::super::report::Report;
use super::client::{Client, ROOT, Settings};
use super::truth::{Told, Truth};
use crate::datafile::{self, Project};
use crate::event::{self, Tags};
use crate::journal::{DropReason, Durability, Given, Identity, Note, ROOM};
use crate::platform::Clock;
use crate::simulation::{Dice, Fault, Machine, Mood, Server, SimClock};
use crate::transport::Outcome;
use crate::user::User;
use crate::value::Value;

pub(super) const ENDPOINTS: [&str; 2] = ["https://one/v1/events", "https://two/v1/events"];

const DATAFILE: &str = r#"{"version":"4","accountId":"1","projectId":"2","revision":"3",
    "events":[{"id":"9","key":"purchase"}]}"#;

/// What went wrong, in words.
pub(super) type Check<T = ()> = Result<T, String>;

/// A post that has no answer yet.
pub(super) struct Flight {
    process: u32,
    posting: Posting,
    events: usize,
    outcome: Outcome,
    pub(super) at: Duration,
}

/// What a process has learned of a server.
struct Manners {
    process: u32,
    endpoint: usize,
    /// The server asked to be left alone until then.
    not_before: Duration,
    /// Attempts that failed one after the other, and when the first of them was made.
    failures: u32,
    since: Duration,
}

/// Everything there is.
pub(super) struct World {
    pub(super) dice: Dice,
    pub(super) clock: Arc<SimClock>,
    pub(super) machine: Machine,
    pub(super) servers: [Server; 2],
    pub(super) truth: Truth,
    pub(super) clients: Vec<Client>,
    pub(super) flights: Vec<Flight>,
    pub(super) settings: Settings,
    manners: Vec<Manners>,
    project: Project,
    identities: Vec<(usize, Arc<Identity>)>,
    /// One event in so many is poison; 0: none is.
    pub(super) poison: u64,
    /// Accepted by processes that are no more, and not safe from a loss of power.
    fragile: Vec<usize>,
    /// Events that processes which are no more gave up because of damage.
    corrupt: u64,
    /// A segment was found whose beginning can't be read.
    pub(super) is_unreadable: bool,
    /// Faults of the disk so far, and when the last one happened: it may delay a sync.
    faults: u64,
    last_fault: Duration,
    pub(super) is_traced: bool,
}

impl World {
    pub(super) fn new(seed: u64, settings: Settings, is_traced: bool) -> Self {
        let dice = Dice::new(seed);
        let clock = Arc::new(SimClock::default());
        let machine = Machine::new(dice.clone(), Arc::clone(&clock));
        if is_traced {
            machine.trace();
        }
        if dice.chance(1, 2) {
            machine.settle(ROOT.as_ref());
        } else {
            machine.settle("/host".as_ref());
        }
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
            settings,
            manners: Vec::new(),
            project,
            identities,
            poison: 0,
            fragile: Vec::new(),
            corrupt: 0,
            is_unreadable: false,
            faults: 0,
            last_fault: Duration::ZERO,
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
        let now = self.now();
        let endpoint = self.clients[at].endpoint;
        let elsewhere = self.dice.chance(1, 10);
        let fitting: Vec<usize> = (0..self.identities.len())
            .filter(|it| (self.identities[*it].0 == endpoint) != elsewhere)
            .collect();
        let (endpoint, identity) = self.identities[self.dice.pick(&fitting)].clone();
        let is_poison = self.poison > 0 && self.dice.chance(1, self.poison);
        let visitor = self.truth.next_visitor(is_poison);
        let mut record = self.record(&visitor);
        let uuid = self.dice.chance(1, 2).then(|| {
            let mut uuid = [0; 16];
            uuid[..8].copy_from_slice(&self.dice.roll().to_le_bytes());
            uuid[8..].copy_from_slice(&self.dice.roll().to_le_bytes());
            uuid
        });
        let time_ms = self.clock.wall_ns().div_euclid(1_000_000);
        let given = uuid.map(|uuid| Given { time_ms, uuid: Some(uuid) });
        let before = self.write_faults();
        let client = &mut self.clients[at];
        let process = client.process;
        let result = client.append(&identity, &mut record, given, self.settings.limits.batch_size, now);
        // Where the disk fails twice in a call, what was begun may not have been taken back.
        let is_doubtful = self.write_faults() > before + 1;
        let told = match result {
            _ if !self.machine.is_alive(process) => Told::Nothing,
            Ok(()) => Told::Accepted,
            Err(_) if is_doubtful => Told::Nothing,
            Err(_) => Told::Refused,
        };
        let number = self.truth.note(told, is_poison, endpoint, uuid.map(super::super::report::uuid));
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

    /// The worker of a process has a turn.
    pub(super) fn turn(&mut self, at: usize) -> Check {
        let now = self.now();
        let client = &mut self.clients[at];
        let (posting, reports) = client.turn(now);
        let process = client.process;
        self.note_faults();
        if self.settings.durability == Durability::System && self.machine.is_alive(process) {
            // What is older than a second has been synced, where nothing kept the disk from it.
            let second = Duration::from_secs(1);
            let client = &mut self.clients[at];
            if self.last_fault + second <= now {
                let known =
                    client.accepted[client.durable..].iter().take_while(|(_, came)| *came + second <= now);
                client.durable += known.count();
            }
        }
        self.hear(reports)?;
        if !self.machine.is_alive(process) {
            return Ok(());
        }
        match posting {
            Some(posting) => self.send(at, posting),
            None => {
                self.say(|| format!("process {process} waits until {:?}", self.clients[at].wake));
                Ok(())
            }
        }
    }

    /// A post goes out, and the server takes it or not.
    fn send(&mut self, at: usize, posting: Posting) -> Check {
        let now = self.now();
        let process = self.clients[at].process;
        let endpoint =
            ENDPOINTS.iter().position(|url| **url == *posting.endpoint).ok_or("a post to nowhere")?;
        let body = std::str::from_utf8(&posting.body).map_err(|error| error.to_string())?;
        let known = self.identities.iter().any(|(_, identity)| posting.body.starts_with(&identity.opening));
        if !known || !body.ends_with("]}") {
            return Err(format!("a request that is none: {body}"));
        }
        let numbers = self.truth.look_at(endpoint, body)?;
        if numbers.is_empty() {
            return Err("a post without events".to_owned());
        }
        self.mind_manners(process, endpoint, now)?;
        let server = &mut self.servers[endpoint];
        let answer = server.post(body, &self.dice);
        for _ in 0..if answer.is_taken { answer.times } else { 0 } {
            for event in crate::simulation::events(body) {
                server
                    .keep(event)
                    .map_err(|first| format!("a repeat differs: first {first}, then {}", event.content))?;
            }
            for number in &numbers {
                self.truth.facts[*number].is_received = true;
            }
        }
        let outcome = answer.outcome;
        self.say(|| {
            let taken = if answer.is_taken { "taken" } else { "not taken" };
            format!(
                "process {process} posts {numbers:?} to {endpoint}: {taken}, {outcome:?} after {:?}",
                answer.after
            )
        });
        let at = now + answer.after;
        self.flights.push(Flight { process, posting, events: numbers.len(), outcome, at });
        Ok(())
    }

    fn manners(&mut self, process: u32, endpoint: usize) -> &mut Manners {
        let is_it = |it: &Manners| (it.process, it.endpoint) == (process, endpoint);
        let at = self.manners.iter().position(is_it).unwrap_or_else(|| {
            let zero = Duration::ZERO;
            self.manners.push(Manners { process, endpoint, not_before: zero, failures: 0, since: zero });
            self.manners.len() - 1
        });
        &mut self.manners[at]
    }

    /// A server that named the time is left alone, and one that fails is not stormed.
    fn mind_manners(&mut self, process: u32, endpoint: usize, now: Duration) -> Check {
        let manners = self.manners(process, endpoint);
        if now < manners.not_before {
            return Err(format!("{endpoint} asked to be left alone until {:?}", manners.not_before));
        }
        // With full jitter twenty delays come to far more than half a minute.
        if manners.failures >= 20 && now < manners.since + Duration::from_secs(30) {
            return Err(format!("{} posts to {endpoint} failed since {:?}", manners.failures, manners.since));
        }
        Ok(())
    }

    /// An answer comes back.
    pub(super) fn complete(&mut self, at: usize) -> Check {
        let now = self.now();
        let Flight { process, posting, events, outcome, .. } = self.flights.swap_remove(at);
        let Some(at) = self.clients.iter().position(|client| client.process == process) else {
            return Ok(());
        };
        let endpoint =
            ENDPOINTS.iter().position(|url| **url == *posting.endpoint).ok_or("an answer from nowhere")?;
        self.say(|| format!("process {process} hears from {endpoint}: {outcome:?}"));
        let is_hurried = self.clients[at].flushing.is_some();
        let manners = self.manners(process, endpoint);
        let (is_success, is_split) = match &outcome {
            Outcome::Answered { status, .. } => {
                ((200..300).contains(status), [400, 413, 422].contains(status))
            }
            Outcome::Failed(_) | Outcome::Cut(_) => (false, false),
        };
        if let Outcome::Answered { status: 408 | 425 | 429 | 500.., retry_after: Some(after), .. } = &outcome
        {
            manners.not_before = now + *after;
        }
        if is_success || is_split || is_hurried {
            manners.failures = 0;
        } else {
            manners.since = if manners.failures == 0 { now } else { manners.since };
            manners.failures += 1;
        }
        let before = self.clients[at].books();
        let random = self.dice.roll();
        let reports = self.clients[at].complete(posting, &outcome, now, random);
        let dropped: u64 =
            reports.iter().filter(|report| matches!(report, Report::Dropped { .. })).count() as u64;
        self.hear(reports)?;
        if !self.machine.is_alive(process) {
            return Ok(());
        }
        let after = self.clients[at].books();
        let delivered = after.delivered - before.delivered;
        if delivered != if is_success { events as u64 } else { 0 } {
            return Err(format!("{outcome:?} for {events} events made {delivered} delivered"));
        }
        let buried = after.dead_lettered - before.dead_lettered;
        if buried + dropped > u64::from(is_split && events == 1) {
            return Err(format!(
                "{outcome:?} for {events} events made {buried} dead letters, {dropped} dropped"
            ));
        }
        let settled = delivered + buried + after.dropped.total() - before.dropped.total();
        if before.pending != after.pending + settled {
            return Err(format!(
                "{settled} events were settled, and pending went from {before:?} to {after:?}"
            ));
        }
        Ok(())
    }

    /// What the library says of single events.
    fn hear(&mut self, reports: Vec<Report>) -> Check {
        for report in reports {
            self.say(|| format!("says {report:?}"));
            match report {
                Report::DeadLettered { uuid, .. }
                | Report::Dropped { uuid, reason: DropReason::DeadLetterLimit, .. } => {
                    self.truth.bury(&uuid)?
                }
                Report::Dropped { uuid, reason, .. } => {
                    return Err(format!("{uuid} was dropped: {reason:?}"));
                }
                Report::Journal(Note::Unreadable { .. }) => self.is_unreadable = true,
                Report::Panicked => return Err("the delivery panicked".to_owned()),
                _ => {}
            }
        }
        Ok(())
    }

    /// A host asks for a barrier: what it gets through is safe from a loss of power.
    pub(super) fn sync(&mut self, at: usize) {
        let process = self.clients[at].process;
        let result = self.clients[at].journal.sync();
        self.say(|| format!("process {process} syncs: {result:?}"));
        if result.is_ok() && self.machine.is_alive(process) {
            let client = &mut self.clients[at];
            client.durable = client.accepted.len();
        }
    }

    /// A process ends by itself.
    pub(super) fn close(&mut self, at: usize) {
        let client = &mut self.clients[at];
        let process = client.process;
        let is_waiting = self.flights.iter().any(|flight| flight.process == process);
        if is_waiting {
            client.journal.abandon();
        } else {
            client.journal.release();
        }
        self.say(|| format!("process {process} is closed; a post was on its way: {is_waiting}"));
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
            self.corrupt += client.corrupt;
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
        self.corrupt + self.clients.iter().map(|client| client.corrupt).sum::<u64>()
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

    /// All that is known at the end, for a failure.
    pub(super) fn describe(&self, numbers: &[usize]) -> String {
        let mut text = String::new();
        for number in numbers.iter().take(5) {
            let fact = &self.truth.facts[*number];
            let poison = if fact.is_poison { "poison " } else { "" };
            let _ = write!(text, " {poison}{number} ({:?}, for {})", fact.uuid, fact.endpoint);
        }
        text
    }

    /// The state of a server.
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
