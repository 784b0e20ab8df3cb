//! Events into a journal from lines of JSON: conversions that happened elsewhere, and what was exported.

use std::io::{self, BufRead};
use std::path::Path;
use std::sync::Arc;

use serde_json::value::RawValue;

use super::lines::{Lines, Members};
use super::requeue::stage;
use super::staging::Staging;
use super::walk;
use crate::client::endpoints::endpoint_fault;
use crate::client::options::ClientOptions;
use crate::client::record::check_size;
use crate::client::track::given;
use crate::config;
use crate::datafile::Project;
use crate::error::{Error, Result};
use crate::event::{self, Body, Part, Sort, Tags};
use crate::journal::{Given, Identity, ROOM};
use crate::json;
use crate::platform::{Clock, Random, SystemClock, SystemRandom};
use crate::user::User;
use crate::value::Value;

/// What a line may say of a conversion.
const CONVERSION: &[&str] = &["user_id", "event_key", "time", "uuid", "attributes", "tags"];

/// How to import.
#[derive(Clone, Copy, Debug, Default)]
pub struct ImportOptions<'o> {
    /// The datafile that has the events' ids; without one only what was exported is taken.
    pub datafile: Option<&'o str>,
    /// Where the events go; none: where the datafile's region or the exported line says.
    pub endpoint: Option<&'o str>,
    /// Good lines are taken although others are bad.
    pub is_partial: bool,
}

/// What became of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Its number, from 1.
    pub line: u64,
    /// The event's uuid, or what is wrong with the line.
    pub event: std::result::Result<String, String>,
    /// Attributes and tags that were left out, for their values can't be sent.
    pub ignored: Vec<String>,
}

/// What became of all of them.
#[derive(Debug, Default)]
pub struct Imported {
    /// Events that wait now: all of them that have a uuid below, or none.
    pub events: u64,
    /// Each line, blank ones aside.
    pub answers: Vec<Answer>,
}

impl Imported {
    /// How many lines are bad.
    #[must_use]
    pub fn bad(&self) -> usize {
        self.answers.iter().filter(|answer| answer.event.is_err()).count()
    }
}

/// Puts the events of the lines into a journal of the directory, as if they had just been left by a client that is no
/// more. They are there all at once, and safe on the disk; if a line is bad none is, unless the options say otherwise.
pub fn import(directory: &Path, input: impl BufRead, options: ImportOptions<'_>) -> Result<Imported> {
    if let Some(fault) = options.endpoint.and_then(|url| endpoint_fault(url, false)) {
        return Err(Error::argument("endpoint", fault));
    }
    let source = options.datafile.map(|text| Source::of(text, options.endpoint)).transpose()?;
    let mut staging = Staging::new(directory)?;
    let mut imported = Imported::default();
    let mut lines = Lines::new(input);
    let unread = |error: io::Error| walk::failed(Path::new("the input"), &error);
    for number in 1.. {
        let Some(line) = lines.next().map_err(unread)? else { break };
        let mut ignored = Vec::new();
        let event = match line.text {
            Ok("") => continue,
            Ok(text) => take(text, source.as_ref(), options.endpoint, &mut staging, &mut ignored)?,
            Err(what) => Err(what),
        };
        imported.answers.push(Answer { line: number, event, ignored });
    }
    if options.is_partial || imported.bad() == 0 {
        imported.events = staging.publish()?;
    }
    Ok(imported)
}

/// Stages the event of a line; answers its uuid, or what is wrong with the line.
fn take(
    text: &str,
    source: Option<&Source>,
    endpoint: Option<&str>,
    staging: &mut Staging,
    ignored: &mut Vec<String>,
) -> Result<std::result::Result<String, String>> {
    let members = match Members::of(text) {
        Ok(members) => members,
        Err(what) => return Ok(Err(what)),
    };
    if let Some(request) = members.get("request") {
        let own = members.text("endpoint");
        return match endpoint.map_or(own, |endpoint| Ok(endpoint.to_owned())) {
            Ok(endpoint) => match endpoint_fault(&endpoint, false) {
                Some(fault) => Ok(Err(format!("endpoint: {fault}"))),
                None => stage(&endpoint, request.get(), staging),
            },
            Err(what) => Ok(Err(what)),
        };
    }
    let Some(source) = source else {
        return Ok(Err("is no exported event, and there is no datafile to make one of it".to_owned()));
    };
    let mut body = Body::reusing(Vec::new(), ROOM);
    match source.conversion(&members, &mut body, ignored) {
        Ok((given, uuid)) => {
            staging.append(&source.identity, Sort::Conversion, given, &mut body)?;
            Ok(Ok(uuid))
        }
        Err(what) => Ok(Err(what)),
    }
}

/// Where conversions come from: a project.
struct Source {
    project: Project,
    identity: Arc<Identity>,
}

impl Source {
    fn of(datafile: &str, endpoint: Option<&str>) -> Result<Self> {
        let (project, _) = config::given(datafile)?;
        let client = ClientOptions::default();
        let endpoint = endpoint.unwrap_or_else(|| event::endpoint(&project)).into();
        let opening = event::opening(&project, &client.client_name, &client.client_version).into();
        Ok(Self { project, identity: Arc::new(Identity { endpoint, opening }) })
    }

    /// Writes the body of a conversion; answers its stamp, and its uuid as text.
    fn conversion(
        &self,
        members: &Members<'_>,
        body: &mut Body,
        ignored: &mut Vec<String>,
    ) -> std::result::Result<(Given, String), String> {
        if let Some(name) = members.unknown(CONVERSION) {
            return Err(format!("{name}: is unknown; a conversion has {}", CONVERSION.join(", ")));
        }
        let (user_id, event_key) = (members.text("user_id")?, members.text("event_key")?);
        if user_id.is_empty() {
            return Err("user_id: is empty".to_owned());
        }
        let event = self.project.event(&event_key);
        let event = event.ok_or_else(|| format!("event_key: the datafile has no event {event_key:?}"))?;
        let mut user = User::new(&user_id);
        for (key, value) in values(members, "attributes")? {
            user.set_attribute(&key, value.as_value());
        }
        let given_tags = values(members, "tags")?;
        let mut tags = Tags::new();
        for (key, value) in &given_tags {
            tags.push(key, value.as_value());
        }
        let (given, uuid) = stamp(members)?;
        event::conversion(body, &self.project, event, &user, &tags, &mut Ignored(ignored));
        match check_size(&self.identity, body.bytes()) {
            Ok(()) => Ok((given, uuid)),
            Err(_) => Err("is larger than the 3.5 MB that the Events API takes".to_owned()),
        }
    }
}

/// What a line says of time and uuid, or now and a new one.
fn stamp(members: &Members<'_>) -> std::result::Result<(Given, String), String> {
    let time_ms = match members.get("time").map(RawValue::get) {
        Some(time) => time.parse().map_err(|_| "time: is no whole number of milliseconds since 1970")?,
        None => SystemClock::default().wall_ns() / 1_000_000,
    };
    let uuid = if members.get("uuid").is_some() { members.text("uuid")? } else { new_uuid()? };
    if uuid.is_empty() {
        return Err("uuid: is empty".to_owned());
    }
    let given = given(time_ms, &uuid).map_err(|error| error.message().to_owned())?;
    Ok((given, uuid))
}

/// A uuid of version 4.
fn new_uuid() -> std::result::Result<String, String> {
    let mut uuid = [0; 16];
    if !SystemRandom.fill(&mut uuid) {
        return Err("uuid: the system gives no randomness to make one".to_owned());
    }
    uuid[6] = uuid[6] & 0x0f | 0x40;
    uuid[8] = uuid[8] & 0x3f | 0x80;
    Ok(json::to_string(|out| json::uuid(out, uuid)))
}

/// The value of an attribute or a tag.
enum Owned {
    Other(Value<'static>),
    Text(String),
}

impl Owned {
    fn as_value(&self) -> Value<'_> {
        match self {
            Self::Other(value) => *value,
            Self::Text(text) => Value::Str(text),
        }
    }
}

/// The members of an object of attributes or tags.
fn values(members: &Members<'_>, name: &str) -> std::result::Result<Vec<(String, Owned)>, String> {
    let Some(object) = members.get(name) else { return Ok(Vec::new()) };
    let object = Members::of(object.get()).map_err(|_| format!("{name}: is no object"))?;
    let value = |value: &RawValue| {
        Some(match value.get() {
            "null" => Owned::Other(Value::Null),
            "true" => Owned::Other(Value::Bool(true)),
            "false" => Owned::Other(Value::Bool(false)),
            text if text.starts_with('"') => Owned::Text(serde_json::from_str(text).ok()?),
            number => match number.parse() {
                Ok(integer) => Owned::Other(Value::Int(integer)),
                Err(_) => Owned::Other(Value::Double(serde_json::from_str(number).ok()?)),
            },
        })
    };
    let read = |(key, raw): (String, &RawValue)| match value(raw) {
        Some(value) => Ok((key, value)),
        None => Err(format!("{name}.{key}: is no text, number, true, false or null")),
    };
    object.0.into_iter().map(read).collect()
}

/// Notes what is left out of an event.
struct Ignored<'i>(&'i mut Vec<String>);

impl event::Trace for Ignored<'_> {
    fn ignored(&mut self, part: Part, key: &str) {
        let part = if part == Part::Tag { "tags" } else { "attributes" };
        self.0.push(format!("{part}.{key}"));
    }

    fn metric_refused(&mut self, name: &str) {
        self.0.push(format!("{name} as a metric"));
    }
}
