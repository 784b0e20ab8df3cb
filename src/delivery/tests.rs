//! What the engine promises, on a clock of its own and against a server of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::engine::{DeliveryState, Engine, Limits, Step};
use super::report::Report;
use crate::datafile;
use crate::event::{self, Tags};
use crate::journal::{Bounds, Event, EventKind, Identity, Journal, Place, ROOM, Seams, Sizes};
use crate::platform::{Clock, SystemRandom};
use crate::transport::Outcome;
use crate::user::User;

const DATAFILE: &str = r#"{"version":"4","accountId":"1","projectId":"2","revision":"3",
    "events":[{"id":"9","key":"purchase"}]}"#;

struct Virtual(AtomicU64);

impl Clock for Virtual {
    fn wall_ns(&self) -> i64 {
        1_700_000_000_000_000_000
    }

    fn monotonic(&self) -> Duration {
        Duration::from_millis(self.0.load(Ordering::Relaxed))
    }
}

struct Noise;

impl crate::transport::Transport for Noise {
    fn post(&self, _: &crate::transport::Request<'_>) -> Outcome {
        answer(204)
    }

    fn fetch(&self, _: &crate::transport::Fetch, _: Option<std::time::Instant>) -> crate::transport::Fetched {
        crate::transport::Fetched::Failed("nothing is to be had here".to_owned())
    }
}

/// A journal with its engine, and the time.
struct World {
    clock: Arc<Virtual>,
    journal: Arc<Journal>,
    engine: Engine,
    identity: Arc<Identity>,
    body: Vec<u8>,
}

fn identity(project: &datafile::Project, endpoint: &str, client_version: &str) -> Arc<Identity> {
    let opening = event::opening(project, "test", client_version).into();
    Arc::new(Identity { endpoint: endpoint.into(), opening })
}

fn answer(status: u16) -> Outcome {
    Outcome::Answered { status, retry_after: None, text: "because".into() }
}

impl World {
    fn new(batch_size: u64) -> Self {
        let project = datafile::parse(DATAFILE, 1).expect("a datafile").project;
        let identity = identity(&project, "http://here/v1/events", "1");
        let mut body = event::Body::default();
        let event = project.event("purchase").expect("an event");
        event::conversion(&mut body, &project, event, &User::new("u"), &Tags::new(), &mut Silent);
        let clock = Arc::new(Virtual(AtomicU64::new(0)));
        let seams = Seams { random: Arc::new(SystemRandom), clock: clock.clone() };
        let bounds = Bounds { bytes: 1 << 30, events: 0 };
        let (journal, reader) =
            Journal::open(seams, &Place::Memory, bounds, Sizes::default()).expect("memory");
        let limits = Limits {
            batch_size,
            flush_interval: Duration::from_secs(1),
            first_retry: Duration::from_millis(200),
            longest_retry: Duration::from_secs(60),
            max_age: None,
        };
        let engine = Engine::new(reader, limits, None);
        Self { clock, journal, engine, identity, body: body.bytes().to_vec() }
    }

    fn track(&self, count: usize) {
        self.track_as(&self.identity, count);
    }

    fn track_as(&self, identity: &Arc<Identity>, count: usize) {
        for _ in 0..count {
            self.append(identity, &self.body);
        }
    }

    fn append(&self, identity: &Arc<Identity>, body: &[u8]) {
        let mut record = [&[0; ROOM], body].concat();
        self.journal.append(Event::new(identity, EventKind::Conversion, None, &mut record)).expect("room");
    }

    fn pass(&self, milliseconds: u64) {
        self.clock.0.fetch_add(milliseconds, Ordering::Relaxed);
    }

    /// Sends what is due, answering each post by `server`, given the uuids in it; how many events each post had.
    fn run(&mut self, mut server: impl FnMut(&[String]) -> Outcome) -> Vec<usize> {
        let mut posts = Vec::new();
        while let Step::Send(posting) = self.engine.step(&self.journal, self.clock.monotonic()) {
            let uuids = uuids(&posting.body);
            posts.push(uuids.len());
            let outcome = server(&uuids);
            self.engine.complete(&self.journal, posting, &outcome, self.clock.monotonic(), u64::MAX / 2);
        }
        posts
    }

    /// When the engine wants to be asked again.
    fn wake(&mut self) -> Option<u64> {
        match self.engine.step(&self.journal, self.clock.monotonic()) {
            Step::Send(_) => panic!("there is something to send"),
            Step::WaitUntil(until) => until.map(|until| until.as_millis() as u64),
        }
    }

    /// Delivered, dead-lettered, pending; the books balance.
    fn books(&self) -> (u64, u64, u64) {
        let books = self.journal.books();
        assert_eq!(
            books.accepted(),
            books.delivered + books.dead_lettered + books.dropped.total() + books.pending
        );
        (books.delivered, books.dead_lettered, books.pending)
    }
}

struct Silent;

impl event::Trace for Silent {
    fn ignored(&mut self, _: event::Part, _: &str) {}
    fn metric_refused(&mut self, _: &str) {}
}

fn uuids(body: &[u8]) -> Vec<String> {
    let batch: serde_json::Value = serde_json::from_slice(body).expect("a batch is JSON");
    let visitors = batch["visitors"].as_array().expect("visitors");
    let uuid = |visitor: &serde_json::Value| {
        visitor["snapshots"][0]["events"][0]["uuid"].as_str().map(str::to_owned)
    };
    visitors.iter().filter_map(uuid).collect()
}

#[test]
fn a_batch_goes_when_it_is_full_or_when_its_first_event_has_waited() {
    let mut world = World::new(10);
    assert_eq!(world.wake(), None, "nothing to do");
    world.track(3);
    assert_eq!(world.wake(), Some(1000));
    world.pass(999);
    assert_eq!(world.run(|_| answer(204)), [0_usize; 0]);
    world.pass(1);
    assert_eq!(world.run(|_| answer(204)), [3]);
    world.track(25);
    assert_eq!(world.run(|_| answer(204)), [10, 10], "the rest waits for its time");
    world.pass(1000);
    assert_eq!(world.run(|_| answer(200)), [5]);
    assert_eq!(world.books(), (28, 0, 0));
    assert_eq!(world.wake(), Some(61_000), "after an idle minute memory is given back");
    world.pass(60_000);
    assert_eq!(world.wake(), None, "no wake-up without work");
}

#[test]
fn an_outage_delays_and_loses_nothing() {
    let mut world = World::new(10);
    world.track(10);
    let outcomes =
        [answer(503), Outcome::Failed("reset".into()), answer(429), answer(408), answer(425), answer(599)];
    let mut expected_delay = 100;
    for outcome in &outcomes {
        assert_eq!(world.run(|_| outcome.clone()), [10]);
        let wake = world.wake().expect("a retry");
        let delay = wake - world.clock.0.load(Ordering::Relaxed);
        assert!(
            (expected_delay - 1..=expected_delay).contains(&delay),
            "half of a doubling delay, got {delay}"
        );
        assert_eq!(world.engine.stats().state, DeliveryState::Retrying);
        world.pass(delay + 1);
        expected_delay *= 2;
    }
    assert_eq!(world.run(|_| answer(204)), [10]);
    assert_eq!(world.books(), (10, 0, 0));
    assert_eq!(world.engine.stats().retries, 6);
    let reports = world.engine.take_reports();
    assert!(
        matches!(reports[..], [Report::Retrying { .. }, Report::Recovered { .. }]),
        "one message a change"
    );
}

#[test]
fn the_same_uuids_go_again() {
    let mut world = World::new(10);
    world.track(10);
    let mut seen = Vec::new();
    world.run(|uuids| {
        seen = uuids.to_vec();
        answer(500)
    });
    world.pass(60_000);
    world.run(|uuids| {
        assert_eq!(uuids, seen);
        answer(204)
    });
}

#[test]
fn a_server_that_names_the_time_is_obeyed_also_by_flush() {
    let mut world = World::new(1);
    world.track(1);
    let busy =
        Outcome::Answered { status: 429, retry_after: Some(Duration::from_secs(7)), text: String::new() };
    world.run(|_| busy.clone());
    world.engine.hurry();
    assert_eq!(world.wake(), Some(7000));
    world.pass(7000);
    assert_eq!(world.run(|_| answer(204)), [1]);
}

#[test]
fn a_poison_event_is_found_and_takes_no_other_along() {
    let mut world = World::new(1000);
    world.track(1000);
    world.engine.waiters = 1;
    let mut poison = None;
    let posts = world.run(|uuids| {
        let poison = poison.get_or_insert_with(|| uuids[617].clone());
        if uuids.contains(poison) { answer(400) } else { answer(204) }
    });
    assert_eq!(world.books(), (999, 1, 0));
    assert!(posts.len() <= 2 * 10 + 3, "{} posts", posts.len());
    let reports = world.engine.take_reports();
    let dead = reports.iter().find_map(|report| match report {
        Report::DeadLettered { uuid, key, why, .. } => Some((uuid, key, why)),
        _ => None,
    });
    let (uuid, key, why) = dead.expect("a report");
    assert_eq!((Some(uuid), key.as_str()), (poison.as_ref(), "purchase"));
    assert!(why.contains("400") && why.contains("because"), "{why}");
}

#[test]
fn a_server_that_refuses_everything_is_not_believed_for_ever() {
    let mut world = World::new(100);
    world.track(100);
    world.run(|_| answer(400));
    let (delivered, dead, pending) = world.books();
    assert_eq!((delivered, dead, pending), (0, 20, 80));
    assert_eq!(world.engine.stats().state, DeliveryState::Held);
    world.pass(60_000);
    world.run(|_| answer(204));
    assert_eq!(world.books(), (80, 20, 0));
}

#[test]
fn what_only_a_person_can_mend_is_held_and_tried_once_a_minute_or_by_flush() {
    for status in [301, 401, 403, 404, 451] {
        let mut world = World::new(1);
        world.track(1);
        assert_eq!(world.run(|_| answer(status)), [1]);
        assert_eq!(world.wake(), Some(60_000), "{status}");
        world.engine.hurry();
        assert_eq!(world.run(|_| answer(status)), [1], "flush tries once");
        world.pass(60_000);
        assert_eq!(world.run(|_| answer(204)), [1]);
        assert_eq!(world.books(), (1, 0, 0));
    }
}

#[test]
fn trouble_at_one_endpoint_does_not_delay_another() {
    let mut world = World::new(1);
    let elsewhere = Arc::new(Identity { endpoint: "http://there/".into(), ..(*world.identity).clone() });
    world.track(1);
    world.run(|_| answer(503));
    world.track_as(&elsewhere, 3);
    assert_eq!(world.run(|_| answer(204)), [1, 1, 1]);
    assert_eq!(world.books(), (3, 0, 1));
}

#[test]
fn two_identities_never_share_a_post_and_keep_their_order() {
    let mut world = World::new(100);
    let next =
        identity(&datafile::parse(DATAFILE, 2).expect("a datafile").project, &world.identity.endpoint, "2");
    world.track(2);
    world.track_as(&next, 3);
    world.track(4);
    world.pass(1000);
    assert_eq!(world.run(|_| answer(204)), [2, 3, 4]);
}

#[test]
fn a_batch_is_cut_at_a_mebibyte_and_a_larger_event_goes_alone() {
    let mut world = World::new(1000);
    let project = datafile::parse(DATAFILE, 1).expect("a datafile").project;
    let event = project.event("purchase").expect("an event");
    let body_of = |bytes: usize| {
        let text = "x".repeat(bytes);
        let mut tags = Tags::new();
        tags.push("note", crate::value::Value::Str(&text));
        let mut body = event::Body::default();
        event::conversion(&mut body, &project, event, &User::new("u"), &tags, &mut Silent);
        body.bytes().to_vec()
    };
    for bytes in [400_000, 400_000, 400_000, 2_000_000, 10, 10] {
        world.append(&world.identity, &body_of(bytes));
    }
    world.pass(1000);
    assert_eq!(world.run(|_| answer(204)), [2, 1, 1, 2]);
}

/// Sees nothing of what is posted.
struct Blind;

impl super::Witness for Blind {
    fn posting(&self, _url: &str, _body: &[u8]) {}

    fn wants_drops(&self) -> bool {
        false
    }

    fn lost(&self, _lost: &super::Lost<'_>) {}
}

#[test]
fn the_worker_sends_and_its_thread_ends_with_it() {
    let World { journal, engine, .. } = World::new(1);
    let log =
        crate::platform::Log::new(crate::platform::LogLevel::Off, None, Arc::new(Virtual(AtomicU64::new(0))));
    let delivery = super::Delivery::new(super::Parts {
        witness: Box::new(Blind),
        journal,
        reader: engine.reader,
        drive: super::Drive::Thread(Arc::new(Noise)),
        clock: Arc::new(crate::platform::SystemClock::default()),
        random: Arc::new(SystemRandom),
        log: Arc::new(log),
        dead_letters: None,
        errands: Arc::new(super::NoErrands),
        limits: Limits {
            batch_size: 1,
            flush_interval: Duration::from_millis(1),
            first_retry: Duration::from_millis(1),
            longest_retry: Duration::from_millis(1),
            max_age: None,
        },
    });
    assert_eq!(delivery.threads(), 0, "no thread before it is needed");
    assert_eq!(delivery.flush(Duration::from_secs(5)), 0, "nothing to wait for");
    delivery.stop(std::time::Instant::now() + Duration::from_secs(5));
    assert_eq!(delivery.threads(), 0);
}

/// What a world gives up: reports by uuid and reason.
fn dropped(world: &mut World) -> Vec<(String, crate::journal::DropReason)> {
    let reports = world.engine.take_reports().into_iter();
    let each = reports.filter_map(|report| match report {
        Report::Dropped { uuid, reason, .. } => Some((uuid, reason)),
        _ => None,
    });
    each.collect()
}

#[test]
fn what_is_discarded_is_dropped_at_once_and_what_is_on_its_way_if_it_fails() {
    let mut world = World::new(10);
    world.engine.tells_drops = true;
    world.track(10);
    let Step::Send(posting) = world.engine.step(&world.journal, world.clock.monotonic()) else {
        panic!("a batch is due")
    };
    world.track(25);
    assert_eq!(
        world.engine.discard(&world.journal).expect("memory"),
        0,
        "all of it is behind a batch on its way"
    );
    assert_eq!(world.books(), (0, 0, 35));
    world.engine.complete(&world.journal, posting, &answer(503), world.clock.monotonic(), 0);
    assert_eq!(world.books(), (0, 0, 0));
    assert_eq!(world.journal.books().dropped.discarded, 35);
    assert_eq!(dropped(&mut world).len(), 35);

    world.track(10);
    let Step::Send(posting) = world.engine.step(&world.journal, world.clock.monotonic()) else {
        panic!("a batch is due")
    };
    world.track(3);
    world.engine.discard(&world.journal).expect("memory");
    world.engine.complete(&world.journal, posting, &answer(204), world.clock.monotonic(), 0);
    assert_eq!((world.books(), world.journal.books().dropped.discarded), ((10, 0, 0), 38));

    world.track(5);
    assert_eq!(world.engine.discard(&world.journal).expect("memory"), 5);
    world.track(2);
    world.pass(1000);
    assert_eq!(world.run(|_| answer(204)), [2], "what comes later is sent");
}

fn body_of(visitor: &str) -> Vec<u8> {
    let project = datafile::parse(DATAFILE, 1).expect("a datafile").project;
    let mut body = event::Body::default();
    let event = project.event("purchase").expect("an event");
    event::conversion(&mut body, &project, event, &User::new(visitor), &Tags::new(), &mut Silent);
    body.bytes().to_vec()
}

#[test]
fn a_purged_visitor_is_not_sent_and_others_are() {
    let mut world = World::new(1000);
    let bodies = ["ann", "bob", "ann", "eve", "ann"].map(body_of);
    for body in &bodies {
        world.append(&world.identity, body);
    }
    assert_eq!(world.engine.purge(&world.journal, "ann").expect("memory"), 3);
    assert_eq!((world.books(), world.journal.books().dropped.purged), ((0, 0, 2), 3));
    let marks = world.journal.marks();
    assert_eq!(world.journal.left_before(&marks), 2);
    world.pass(1000);
    assert_eq!(world.run(|_| answer(204)), [2]);
    assert_eq!(world.books(), (2, 0, 0));
    assert_eq!(world.engine.purge(&world.journal, "ann").expect("memory"), 0);
}

#[test]
fn a_visitor_purged_while_a_batch_is_on_its_way_is_not_sent_again() {
    let mut world = World::new(4);
    for visitor in ["ann", "bob", "ann", "eve"] {
        world.append(&world.identity, &body_of(visitor));
    }
    let Step::Send(posting) = world.engine.step(&world.journal, world.clock.monotonic()) else {
        panic!("a batch is due")
    };
    world.append(&world.identity, &body_of("ann"));
    assert_eq!(world.engine.purge(&world.journal, "ann").expect("memory"), 1);
    world.engine.complete(&world.journal, posting, &answer(503), world.clock.monotonic(), 0);
    assert_eq!((world.books(), world.journal.books().dropped.purged), ((0, 0, 2), 3));
    world.pass(60_000);
    assert_eq!(world.run(|_| answer(204)), [2]);
    assert_eq!(world.books(), (2, 0, 0));
}

#[test]
fn events_past_their_age_are_given_up_and_younger_ones_sent() {
    let mut world = World::new(10);
    world.engine.tells_drops = true;
    world.engine.limits.max_age = Some(Duration::from_secs(60));
    let now_ms = world.clock.wall_ns() / 1_000_000;
    for age_ms in [70_000, 61_000, 59_000, 65_000, 0] {
        let given = crate::journal::Given { time_ms: now_ms - age_ms, uuid: None };
        let mut record = [&[0; ROOM], &world.body[..]].concat();
        let event = Event::new(&world.identity, EventKind::Conversion, Some(given), &mut record);
        world.journal.append(event).expect("room");
    }
    world.pass(1000);
    let mut posts = Vec::new();
    while world.books().2 > 0 {
        posts.extend(world.run(|_| answer(204)));
    }
    assert_eq!(posts, [1, 1]);
    assert_eq!((world.books(), world.journal.books().dropped.expired), ((2, 0, 0), 3));
    assert_eq!(dropped(&mut world).len(), 3);
}

#[test]
fn a_limit_that_the_server_shows_is_kept_until_the_connection_breaks() {
    let mut world = World::new(1000);
    let limit = world.body.len() * 40;
    let sizes = |world: &mut World| {
        let mut refused = 0;
        world.track(400);
        world.pass(1000);
        while let Step::Send(posting) = world.engine.step(&world.journal, world.clock.monotonic()) {
            let outcome = if posting.body.len() > limit { answer(413) } else { answer(204) };
            refused += usize::from(outcome == answer(413));
            world.engine.complete(&world.journal, posting, &outcome, world.clock.monotonic(), 0);
        }
        refused
    };
    assert!(sizes(&mut world) > 3);
    assert_eq!(sizes(&mut world), 0, "it is known");
    world.track(1);
    world.pass(1000);
    world.run(|_| Outcome::Failed("reset".into()));
    world.pass(1000);
    assert!(sizes(&mut world) > 3, "another server may be there");
    assert_eq!(world.books().2, 0);
}

#[test]
fn batches_that_are_cut_off_again_and_again_become_smaller_and_larger_again() {
    let mut world = World::new(1000);
    let limit = world.body.len() * 100;
    world.track(400);
    world.pass(1000);
    let mut posts_of_one_size = 0;
    let mut last = 0;
    while world.books().2 > 0 {
        if let Step::Send(posting) = world.engine.step(&world.journal, world.clock.monotonic()) {
            let size = posting.body.len();
            posts_of_one_size = if size == last { posts_of_one_size + 1 } else { 1 };
            last = size;
            assert!(posts_of_one_size <= 20, "no endless loop");
            let outcome = if size > limit { Outcome::Cut("reset".into()) } else { answer(204) };
            world.engine.complete(&world.journal, posting, &outcome, world.clock.monotonic(), 0);
        }
        world.pass(10);
    }
    assert_eq!(world.books(), (400, 0, 0));
    world.track(400);
    world.pass(1000);
    let posts = world.run(|_| answer(204));
    assert_eq!(posts.last(), Some(&(400 - posts[..posts.len() - 1].iter().sum::<usize>())));
    world.track(400);
    world.pass(1000);
    let later = world.run(|_| answer(204));
    assert!(later.len() <= posts.len(), "{posts:?}, then {later:?}");
}

#[test]
fn an_event_that_cannot_be_written_down_delays_no_other() {
    use crate::platform::SystemDisk;

    let folder = std::env::temp_dir().join(format!("opttrack-parked-{}", std::process::id()));
    std::fs::write(&folder, b"in the way").expect("a file");
    let path = folder.join("letters.jsonl");
    let mut world = World::new(8);
    world.engine.dead_letters =
        Some(super::DeadLetters::new(Arc::new(SystemDisk), path.clone(), 1 << 20, false));
    world.track(24);
    let mut poison = None;
    let mut server = |uuids: &[String]| {
        let poison = poison.get_or_insert_with(|| uuids[3].clone());
        if uuids.contains(poison) { answer(400) } else { answer(204) }
    };
    world.run(&mut server);
    assert_eq!(world.books(), (23, 0, 1), "the disk does not take it, and the others went on");
    std::fs::remove_file(&folder).expect("removed");
    world.pass(1000);
    assert_eq!(world.run(&mut server), [0_usize; 0]);
    assert_eq!(world.books(), (23, 1, 0));
    assert_eq!(std::fs::read_to_string(&path).expect("the letter").lines().count(), 1);
    std::fs::remove_dir_all(&folder).expect("removed");
}
