//! The worker protocol as data: a question as one line of JSON, and its answer read strictly. `WORKER.md` is its text.

use std::path::Path;

use crate::json::Json;

/// No flush interval passes while a case runs.
const NO_INTERVAL_MS: u32 = 86_400_000;

/// What a worker is asked: a client, and calls on it.
pub struct Question {
    members: Vec<(String, Json)>,
    calls: usize,
}

impl Question {
    /// A client on the datafile in the file at `datafile`, which posts to `endpoint`.
    pub fn new(datafile: &Path, endpoint: &str, batch_size: u32, calls: Vec<Json>) -> Self {
        let number = |number: u32| Json::Number(number.to_string());
        let count = calls.len();
        let members = [
            ("datafile", Json::text(datafile.display().to_string())),
            ("endpoint", Json::text(endpoint)),
            ("batch_size", number(batch_size)),
            ("flush_interval_ms", number(NO_INTERVAL_MS)),
            ("calls", Json::List(calls)),
        ];
        Self { members: members.map(|(name, value)| (name.to_owned(), value)).into(), calls: count }
    }

    /// The same with one member more.
    pub fn with(mut self, name: &str, value: Json) -> Self {
        self.members.push((name.to_owned(), value));
        self
    }

    /// The question as the line that is sent, without its end.
    pub fn line(self) -> String {
        Json::Object(self.members).to_string()
    }

    /// How many calls it asks for.
    pub fn calls(&self) -> usize {
        self.calls
    }
}

/// What a worker answers.
#[derive(Debug, PartialEq)]
pub enum Answer {
    /// The calls were made.
    Given(Given),
    /// No client could be made: the status, without its prefix, and what the library says.
    Refused { status: String, message: String },
    /// This binding has no way to say what the question says.
    Skipped(String),
}

/// What the calls of a question came to.
#[derive(Debug, PartialEq)]
pub struct Given {
    /// Of each forced variation: was it taken?
    pub set: Vec<Json>,
    /// Status and result of each call.
    pub answers: Vec<(String, Json)>,
    /// The profile last given to the profile service to save.
    pub saved: Option<Json>,
}

impl Answer {
    /// Reads the line that answers a question of `calls` calls.
    pub fn read(line: &str, calls: usize) -> Result<Self, String> {
        let answer =
            Json::parse(line).map_err(|error| format!("an answer that is no JSON ({error}): {line}"))?;
        let text = |of: &Json, name: &str| of.get(name).and_then(Json::as_text).map(str::to_owned);
        let wrong = || format!("an answer out of form: {line}");
        if let Some(problem) = text(&answer, "problem") {
            return Err(problem);
        }
        if let Some(why) = text(&answer, "skipped") {
            return Ok(Self::Skipped(why));
        }
        if let Some(refused) = answer.get("refused") {
            let status = text(refused, "status").ok_or_else(wrong)?;
            let message = text(refused, "message").ok_or_else(wrong)?;
            return Ok(Self::Refused { status, message });
        }
        let (Some(set), Some(answers)) = (answer.get("set"), answer.get("answers")) else {
            return Err(wrong());
        };
        let of_call = |item: &Json| {
            let (status, result) = (text(item, "status")?, item.get("result")?.clone());
            Some((status, result))
        };
        let answers: Option<Vec<_>> = answers.items().iter().map(of_call).collect();
        let answers = answers.filter(|answers| answers.len() == calls).ok_or_else(wrong)?;
        Ok(Self::Given(Given { set: set.items().to_vec(), answers, saved: answer.get("saved").cloned() }))
    }
}
