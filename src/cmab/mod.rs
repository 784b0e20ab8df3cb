//! Contextual bandits: which variation the model predicts for a user, from the cache or from the service.

#[cfg(feature = "http")]
mod answer;
mod cache;
mod flights;
#[cfg(feature = "http")]
mod http;
mod request;

#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use crate::json;
use crate::platform::{self, Clock, Random};
use cache::{Cache, Found};
use flights::{Flights, Outcome};

#[cfg(feature = "http")]
pub use http::HttpPredictor;

/// Optimizely's prediction service.
pub const DEFAULT_ENDPOINT: &str = "https://prediction.cmab.optimizely.com/predict/%s";

/// Stands for the rule id in the URL of a service.
pub const PLACEHOLDER: &str = "%s";

/// Shown by debuggers and top; Linux takes 15 bytes.
const THREAD_NAME: &str = "opttrack-cmab";

/// Questions of one call that are asked at once.
pub const AT_ONCE: usize = 8;

thread_local! {
    /// Addresses of the bandits whose predictors this thread is in, the innermost last.
    static INSIDE: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

/// How much is kept, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct CacheLimits {
    /// Predictions kept at most; none: nothing is kept. Over 16,777,216 counts as that.
    pub entries: u32,
    /// Age at which a prediction is no longer used.
    pub ttl: Duration,
}

impl Default for CacheLimits {
    fn default() -> Self {
        Self { entries: 10_000, ttl: Duration::from_secs(30 * 60) }
    }
}

/// A rule that needs a prediction, and what of the user the model is told.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// The rule.
    pub rule_id: &'a str,
    /// A JSON list of `{"id":…,"value":…,"type":"custom_attribute"}`; equal attributes are equal texts.
    pub attributes: &'a str,
}

/// A prediction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The variation, which the rule may not have.
    pub variation_id: Box<str>,
    /// Ties impressions to the prediction.
    pub cmab_uuid: Box<str>,
}

/// Where an answer comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// From the cache.
    Cache,
    /// From the predictor.
    Asked,
    /// From the predictor, for the cached one was made for other attributes of the user.
    AskedAnew,
}

/// What a predictor is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// The rule.
    pub rule_id: Box<str>,
    /// Version 4, new for each question.
    pub cmab_uuid: Box<str>,
    /// JSON as the prediction service takes it.
    pub body: String,
}

/// Who predicts.
pub trait Predictor: Send + Sync {
    /// The id of the variation predicted for the user. The error is for the log, and names neither the user nor
    /// attributes. Any number of threads may call at once, each for its own decision. Bounded in time.
    fn predict(&self, user_id: &str, ask: &Ask) -> Result<Box<str>, String>;

    /// May one decision that needs several predictions call from several threads of ours? Otherwise it calls from its
    /// own, one after the other.
    fn is_concurrent(&self) -> bool {
        false
    }
}

/// The bandits of a client.
pub struct Cmab {
    predictor: Box<dyn Predictor>,
    cache: Cache,
    flights: Flights,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl Cmab {
    /// Bandits with an empty cache, which takes memory from the first prediction on.
    #[must_use]
    pub fn new(
        predictor: Box<dyn Predictor>,
        limits: CacheLimits,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        Self { predictor, cache: Cache::new(limits), flights: Flights::default(), clock, random }
    }

    /// Answers to all questions about a user, in their order: from the cache, or else from the predictor, which is asked
    /// once for what several threads want to know at the same time. Without the cache each question is asked, and no
    /// answer kept or shared. Blocks for as long as the predictor takes. An error is for the log.
    #[must_use]
    pub fn answers(
        &self,
        user_id: &str,
        questions: &[Question<'_>],
        uses_cache: bool,
    ) -> Vec<Result<(Answer, Origin), String>> {
        let answers: Vec<OnceLock<_>> = questions.iter().map(|_| OnceLock::new()).collect();
        let mut open = Vec::new();
        for (answer, question) in answers.iter().zip(questions) {
            let found = if uses_cache { self.find(user_id, question) } else { Found::Nothing };
            match found {
                Found::Answer(cached) => _ = answer.set(Ok((cached, Origin::Cache))),
                Found::OtherAttributes => open.push((answer, question, Origin::AskedAnew)),
                Found::Nothing => open.push((answer, question, Origin::Asked)),
            }
        }
        self.for_each(open.len(), &|at| {
            let (answer, question, origin) = open[at];
            let outcome = self.resolve(user_id, question, uses_cache);
            _ = answer.set(outcome.map(|answer| (answer, origin)));
        });
        let unanswered = || Err("the question was not asked".to_owned());
        answers.into_iter().map(|answer| answer.into_inner().unwrap_or_else(unanswered)).collect()
    }

    /// The cached answer, if there is one for these attributes. Never blocks.
    #[must_use]
    pub fn cached(&self, user_id: &str, question: &Question<'_>) -> Option<Answer> {
        match self.find(user_id, question) {
            Found::Answer(answer) => Some(answer),
            Found::OtherAttributes | Found::Nothing => None,
        }
    }

    /// Keeps an answer that the host got by itself. Never blocks.
    pub fn store(&self, user_id: &str, question: &Question<'_>, answer: Answer) {
        self.cache.store(user_id, question, answer, self.clock.monotonic());
    }

    /// What is to be asked, with a new uuid; none if the system gives no randomness.
    #[must_use]
    pub fn ask(&self, user_id: &str, question: &Question<'_>) -> Option<Ask> {
        let mut uuid = [0; 16];
        if !self.random.fill(&mut uuid) {
            return None;
        }
        uuid[6] = uuid[6] & 0x0f | 0x40;
        uuid[8] = uuid[8] & 0x3f | 0x80;
        let cmab_uuid = json::to_string(|out| json::uuid(out, uuid));
        let body = request::body(user_id, question.rule_id, question.attributes, &cmab_uuid);
        Some(Ask { rule_id: question.rule_id.into(), cmab_uuid: cmab_uuid.into(), body })
    }

    /// Forgets every prediction. One that is being asked for meanwhile may be kept.
    pub fn reset(&self) {
        self.cache.clear();
    }

    /// Forgets what was predicted for a user in a rule.
    pub fn forget(&self, user_id: &str, rule_id: &str) {
        self.cache.remove(user_id, rule_id);
    }

    fn find(&self, user_id: &str, question: &Question<'_>) -> Found {
        self.cache.find(user_id, question, self.clock.monotonic())
    }

    /// Does all of the work: at once and on threads of its own if the predictor agrees, for asking a service takes more
    /// stack than this thread may have. On this one if it does not, or where no thread can be had.
    fn for_each(&self, count: usize, work: &(dyn Fn(usize) + Sync)) {
        let next = AtomicUsize::new(0);
        let work_along = || {
            // Relaxed: the number is all that the threads share before the scope ends.
            let take = || Some(next.fetch_add(1, Ordering::Relaxed)).filter(|at| *at < count);
            std::iter::from_fn(take).for_each(work);
        };
        let threads = if self.predictor.is_concurrent() { count.min(AT_ONCE) } else { 0 };
        thread::scope(|scope| {
            let spawn = |_| platform::spawn_scoped(scope, THREAD_NAME, work_along);
            if (0..threads).map_while(|thread| spawn(thread).ok()).count() == 0 {
                work_along();
            }
        });
    }

    fn resolve(&self, user_id: &str, question: &Question<'_>, uses_cache: bool) -> Outcome {
        let _inside = Inside::enter(self).ok_or("a predictor can't ask for a prediction")?;
        if !uses_cache {
            return self.predict(user_id, question);
        }
        let Question { rule_id, attributes } = question;
        let key = format!("{} {} {user_id}{rule_id}{attributes}", user_id.len(), rule_id.len());
        self.flights.join(key.into(), || {
            // Another thread may have asked between this one's look into the cache and now.
            if let Some(answer) = self.cached(user_id, question) {
                return Ok(answer);
            }
            let answer = self.predict(user_id, question)?;
            self.store(user_id, question, answer.clone());
            Ok(answer)
        })
    }

    fn predict(&self, user_id: &str, question: &Question<'_>) -> Outcome {
        let ask = self.ask(user_id, question).ok_or("the system gives no randomness for a uuid")?;
        let predicted = catch_unwind(AssertUnwindSafe(|| self.predictor.predict(user_id, &ask)));
        let variation_id = predicted.unwrap_or_else(|_| Err("the predictor panicked".to_owned()))?;
        if variation_id.is_empty() {
            return Err("the predictor named no variation".to_owned());
        }
        Ok(Answer { variation_id, cmab_uuid: ask.cmab_uuid })
    }
}

/// Marks a thread that may be in a predictor. A host's predictor can call the library again, and would wait for itself.
struct Inside;

impl Inside {
    /// None if the thread is there already. A thread that is ending has no marks, and gets none.
    fn enter(cmab: &Cmab) -> Option<Self> {
        let address = std::ptr::from_ref(cmab).addr();
        let mark = |inside: &RefCell<Vec<usize>>| {
            let mut inside = inside.borrow_mut();
            let is_new = !inside.contains(&address);
            is_new.then(|| inside.push(address))
        };
        INSIDE.try_with(mark).unwrap_or(Some(())).map(|()| Self)
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        let _ = INSIDE.try_with(|inside| inside.borrow_mut().pop());
    }
}
