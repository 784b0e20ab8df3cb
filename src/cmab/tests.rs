//! What bandits promise, with predictors of the tests' own.

use std::collections::BTreeSet;
use std::sync::atomic::AtomicU64;
use std::sync::{Barrier, Mutex};

use super::*;
use crate::platform::SystemRandom;

struct Seconds(AtomicU64);

impl Clock for Seconds {
    fn wall_ns(&self) -> i64 {
        0
    }

    fn monotonic(&self) -> Duration {
        Duration::from_secs(self.0.load(Ordering::Relaxed))
    }
}

struct NoRandom;

impl Random for NoRandom {
    fn fill(&self, _: &mut [u8]) -> bool {
        false
    }
}

/// What became of a question: the variation, and where it comes from.
type Had = Result<(Box<str>, Origin), String>;

type Predict = dyn Fn(&Ask) -> Result<Box<str>, String> + Send + Sync;

/// Predicts with a closure, and notes who asked.
struct Fake {
    predict: Box<Predict>,
    is_concurrent: bool,
    asked: Arc<Mutex<Vec<Ask>>>,
}

impl Predictor for Fake {
    fn predict(&self, _: &str, ask: &Ask) -> Result<Box<str>, String> {
        self.asked.lock().expect("not poisoned").push(ask.clone());
        (self.predict)(ask)
    }

    fn is_concurrent(&self) -> bool {
        self.is_concurrent
    }
}

struct World {
    cmab: Cmab,
    asked: Arc<Mutex<Vec<Ask>>>,
    clock: Arc<Seconds>,
}

impl World {
    fn new(
        is_concurrent: bool,
        predict: impl Fn(&Ask) -> Result<Box<str>, String> + Send + Sync + 'static,
    ) -> Self {
        let asked = Arc::<Mutex<Vec<_>>>::default();
        let fake = Fake { predict: Box::new(predict), is_concurrent, asked: Arc::clone(&asked) };
        let clock = Arc::new(Seconds(AtomicU64::new(0)));
        let limits = CacheLimits::default();
        let cmab = Cmab::new(Box::new(fake), limits, Arc::<Seconds>::clone(&clock), Arc::new(SystemRandom));
        Self { cmab, asked, clock }
    }

    /// Predicts `of <rule>`.
    fn plain() -> Self {
        Self::new(false, |ask| Ok(format!("of {}", ask.rule_id).into()))
    }

    fn answers(&self, rules: &[&str], uses_cache: bool) -> Vec<Had> {
        let questions: Vec<_> = rules.iter().map(|rule| question(rule)).collect();
        let answers = self.cmab.answers("u", &questions, uses_cache);
        answers
            .into_iter()
            .map(|answer| answer.map(|(answer, origin)| (answer.variation_id, origin)))
            .collect()
    }

    fn count(&self) -> usize {
        self.asked.lock().expect("not poisoned").len()
    }
}

fn question(rule_id: &str) -> Question<'_> {
    Question { rule_id, attributes: "[]" }
}

#[expect(clippy::unnecessary_wraps, reason = "it is compared with results")]
fn had(variation: &str, origin: Origin) -> Had {
    Ok((variation.into(), origin))
}

#[test]
fn answers_come_in_order_and_the_second_time_from_the_cache() {
    let world = World::plain();
    world.cmab.store("u", &question("2"), Answer { variation_id: "own".into(), cmab_uuid: "x".into() });
    let expected = [had("of 1", Origin::Asked), had("own", Origin::Cache), had("of 3", Origin::Asked)];
    assert_eq!(world.answers(&["1", "2", "3"], true), expected);
    let cached = [had("of 1", Origin::Cache), had("own", Origin::Cache), had("of 3", Origin::Cache)];
    assert_eq!(world.answers(&["1", "2", "3"], true), cached);
    assert_eq!(world.count(), 2);
    assert_eq!(world.answers(&[], true), []);
}

#[test]
fn a_cached_answer_keeps_its_uuid() {
    let world = World::plain();
    let uuid = || world.cmab.answers("u", &[question("1")], true).remove(0).expect("an answer").0.cmab_uuid;
    let first = uuid();
    assert_eq!(uuid(), first);
    assert_eq!(world.cmab.cached("u", &question("1")).map(|answer| answer.cmab_uuid), Some(first));
    assert_eq!(world.cmab.cached("other", &question("1")), None);
}

#[test]
fn other_attributes_are_asked_anew() {
    let world = World::plain();
    let _ = world.answers(&["1"], true);
    let other = Question { rule_id: "1", attributes: r#"[{"id":"7"}]"# };
    let origin = |question| world.cmab.answers("u", &[question], true).remove(0).expect("an answer").1;
    assert_eq!(origin(other), Origin::AskedAnew);
    assert_eq!(origin(other), Origin::Cache);
    assert_eq!(origin(question("1")), Origin::AskedAnew);
}

#[test]
fn without_the_cache_it_is_neither_read_nor_written() {
    let world = World::plain();
    assert_eq!(world.answers(&["1"], false), [had("of 1", Origin::Asked)]);
    assert_eq!(world.answers(&["1"], true), [had("of 1", Origin::Asked)]);
    let other = Question { rule_id: "1", attributes: "[{}]" };
    assert_eq!(world.cmab.answers("u", &[other], false).remove(0).expect("an answer").1, Origin::Asked);
    assert_eq!(world.answers(&["1"], true), [had("of 1", Origin::Cache)]);
    assert_eq!(world.count(), 3);
}

#[test]
fn what_is_forgotten_or_too_old_is_asked_again() {
    let world = World::plain();
    let _ = world.answers(&["1", "2"], true);
    world.cmab.forget("u", "1");
    assert_eq!(world.answers(&["1", "2"], true), [had("of 1", Origin::Asked), had("of 2", Origin::Cache)]);
    world.cmab.reset();
    assert_eq!(world.answers(&["1", "2"], true), [had("of 1", Origin::Asked), had("of 2", Origin::Asked)]);
    world.clock.0.store(30 * 60, Ordering::Relaxed);
    assert_eq!(world.answers(&["1"], true), [had("of 1", Origin::Asked)]);
}

#[test]
fn an_ask_has_a_body_and_a_new_uuid_of_version_4() {
    let world = World::plain();
    let asks: Vec<_> = (0..50).filter_map(|_| world.cmab.ask("u", &question("r"))).collect();
    let uuids: BTreeSet<_> = asks.iter().map(|ask| &ask.cmab_uuid).collect();
    assert_eq!(uuids.len(), 50);
    for ask in &asks {
        let uuid = &ask.cmab_uuid;
        assert!(uuid.len() == 36 && uuid[14..].starts_with('4') && "89ab".contains(&uuid[19..20]), "{uuid}");
        assert_eq!(ask.body, request::body("u", "r", "[]", uuid));
        assert_eq!(&*ask.rule_id, "r");
    }
}

#[test]
fn without_randomness_nothing_is_asked() {
    let fake = World::plain();
    let limits = CacheLimits::default();
    let clock = Arc::<Seconds>::clone(&fake.clock);
    let cmab = Cmab {
        random: Arc::new(NoRandom),
        ..Cmab::new(Box::new(NoPredictor), limits, clock, Arc::new(NoRandom))
    };
    assert_eq!(cmab.ask("u", &question("r")), None);
    let expected = Err("the system gives no randomness for a uuid".to_owned());
    assert_eq!(cmab.answers("u", &[question("r")], true), [expected]);
}

struct NoPredictor;

impl Predictor for NoPredictor {
    fn predict(&self, _: &str, _: &Ask) -> Result<Box<str>, String> {
        unreachable!("no uuid, no question")
    }
}

#[test]
fn failures_are_not_kept_and_do_not_touch_other_answers() {
    let world = World::new(false, |ask| match &*ask.rule_id {
        "fails" => Err("no luck".into()),
        "panics" => panic!("planted"),
        "empty" => Ok("".into()),
        rule => Ok(rule.into()),
    });
    let expected = [
        Err("no luck".to_owned()),
        had("good", Origin::Asked),
        Err("the predictor panicked".to_owned()),
        Err("the predictor named no variation".to_owned()),
    ];
    assert_eq!(world.answers(&["fails", "good", "panics", "empty"], true), expected);
    assert_eq!(world.answers(&["fails"], true), [Err("no luck".to_owned())]);
    assert_eq!(world.count(), 5);
}

#[test]
fn questions_of_one_call_are_asked_at_once_on_named_threads_if_the_predictor_agrees() {
    let barrier = Barrier::new(AT_ONCE);
    let names = Arc::<Mutex<Vec<_>>>::default();
    let seen = Arc::clone(&names);
    let world = World::new(true, move |ask| {
        barrier.wait();
        seen.lock().expect("not poisoned").push(thread::current().name().map(str::to_owned));
        Ok(ask.rule_id.clone())
    });
    let rules: Vec<_> = (0..2 * AT_ONCE).map(|rule| rule.to_string()).collect();
    let rules: Vec<_> = rules.iter().map(String::as_str).collect();
    let expected: Vec<_> = rules.iter().map(|rule| had(rule, Origin::Asked)).collect();
    assert_eq!(world.answers(&rules, true), expected);
    let names = names.lock().expect("not poisoned");
    let ours = names.iter().filter(|name| name.as_deref() == Some(THREAD_NAME)).count();
    assert_eq!((names.len(), ours), (2 * AT_ONCE, 2 * AT_ONCE), "none on the caller's own thread");
}

#[test]
fn another_predictor_is_asked_on_the_callers_thread_alone() {
    let caller = thread::current().id();
    let world = World::new(false, move |ask| {
        assert_eq!(thread::current().id(), caller);
        Ok(ask.rule_id.clone())
    });
    assert_eq!(world.answers(&["1", "2"], true), [had("1", Origin::Asked), had("2", Origin::Asked)]);
}

/// Answers of 8 threads that ask the same while the predictor waits for all of them to be there.
fn of_eight_threads(outcome: &Result<Box<str>, String>) -> (Vec<Had>, usize) {
    let gate = Arc::new(Barrier::new(2));
    let (opening, outcome) = (Arc::clone(&gate), outcome.clone());
    let world = World::new(false, move |_| {
        opening.wait();
        outcome.clone()
    });
    let answers = thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| world.answers(&["1"], true).remove(0))).collect();
        while world.cmab.flights.waiting() < 7 {
            thread::yield_now();
        }
        gate.wait();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    (answers, world.count())
}

#[test]
fn eight_threads_with_one_question_ask_it_once() {
    let expected = vec![had("v", Origin::Asked); 8];
    assert_eq!(of_eight_threads(&Ok("v".into())), (expected, 1));
    let expected = vec![Err("no luck".to_owned()); 8];
    assert_eq!(of_eight_threads(&Err("no luck".to_owned())), (expected, 1));
}

#[test]
fn a_predictor_that_decides_itself_is_refused_and_does_not_wait_for_itself() {
    let cell = Arc::<OnceLock<World>>::default();
    let again = Arc::downgrade(&cell);
    let world = World::new(false, move |ask| {
        let cell = again.upgrade().expect("it outlives the world");
        let world = cell.get().expect("set below");
        let inner = world.answers(&[&ask.rule_id], true);
        assert_eq!(inner, [Err("a predictor can't ask for a prediction".to_owned())]);
        world.cmab.store(
            "u",
            &question("cached"),
            Answer { variation_id: "c".into(), cmab_uuid: "x".into() },
        );
        assert_eq!(world.answers(&["cached"], true), [had("c", Origin::Cache)]);
        Ok("outer".into())
    });
    assert!(cell.set(world).is_ok());
    let world = cell.get().expect("set above");
    assert_eq!(world.answers(&["1"], true), [had("outer", Origin::Asked)]);
    assert_eq!(world.answers(&["2"], false), [had("outer", Origin::Asked)]);
}
