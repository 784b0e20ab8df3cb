//! What cases run in: the sink, the datafiles and the rules of comparison, and the worker that is asked.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crate::compare::Comparer;
use crate::datafiles::{Datafile, Datafiles, Scratch};
use crate::endpoint::Library;
use crate::json::Json;
use crate::question::{Answer, Question};
use crate::sink::{Mailbox, Sink};
use crate::worker::Worker;

/// Nothing listens on the discard port: what should not be posted is never taken.
const NOWHERE: &str = "http://127.0.0.1:9";

/// Everything that the cases of a folder need beside a worker. Shared by the threads that run them.
pub struct World<'a> {
    pub library: Library,
    pub comparer: &'a Comparer,
    pub sink: &'a Sink,
    pub scratch: &'a Scratch,
    pub datafiles: &'a Datafiles,
    configs: Mutex<HashMap<PathBuf, Arc<Answer>>>,
}

impl<'a> World<'a> {
    /// A world around the datafiles of one folder, for one engine.
    pub fn new(
        library: Library,
        comparer: &'a Comparer,
        sink: &'a Sink,
        scratch: &'a Scratch,
        datafiles: &'a Datafiles,
    ) -> Self {
        Self { library, comparer, sink, scratch, datafiles, configs: Mutex::default() }
    }
}

/// One thread's worker, and the world that it shares.
pub struct Asker<'a> {
    pub world: &'a World<'a>,
    pub worker: &'a mut Worker,
}

impl Asker<'_> {
    /// The datafile of a case.
    pub fn datafile_of(&self, case: &Json) -> Result<Arc<Datafile>, String> {
        self.world.datafiles.of_case(case, self.world.scratch)
    }

    /// Asks the worker.
    pub fn ask(&mut self, question: Question) -> Result<Answer, String> {
        let calls = question.calls();
        Answer::read(&self.worker.ask(&question.line())?, calls)
    }

    /// Asks calls that send nothing.
    pub fn ask_only(&mut self, datafile: &Datafile, calls: Vec<Json>) -> Result<Answer, String> {
        let question = Question::new(datafile.path(), NOWHERE, 1, calls);
        self.ask(question.with("cmab_endpoint", Json::text(format!("{NOWHERE}/%s"))))
    }

    /// A question whose posts go to `mailbox`.
    pub fn posting(datafile: &Datafile, mailbox: &Mailbox, batch_size: u32, calls: Vec<Json>) -> Question {
        let question = Question::new(datafile.path(), &mailbox.events_url(), batch_size, calls);
        question.with("cmab_endpoint", Json::text(mailbox.predictions_url()))
    }

    /// The answer to the one call `optimizely_config` on a datafile, asked once.
    pub fn config(&mut self, datafile: &Datafile) -> Result<Arc<Answer>, String> {
        let configs = &self.world.configs;
        let mut known = configs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(config) = known.get(datafile.path()) {
            return Ok(Arc::clone(config));
        }
        let call = Json::object([("op", Json::text("optimizely_config"))]);
        let config = Arc::new(self.ask_only(datafile, vec![call])?);
        known.insert(datafile.path().to_owned(), Arc::clone(&config));
        Ok(config)
    }
}

/// The event bodies of a mailbox, each with the URL that it would have gone to.
pub fn payloads(bodies: Vec<String>, datafile: &Datafile, library: Library) -> Result<Vec<Json>, String> {
    let with_url = |body: String| {
        let body = Json::parse(&body).map_err(|error| format!("a payload is no JSON ({error}): {body}"))?;
        Ok(Json::object([("url", Json::text(datafile.event_url(library)?)), ("body", body)]))
    };
    bodies.into_iter().map(with_url).collect()
}
