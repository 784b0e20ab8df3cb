//! The events of a valid batch, one by one, each with what surrounds it.

use std::fmt::{self, Write as _};
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::json::Json;

/// What one client's batches have in common, and what tells one batch from another.
const IDENTITY: &[&str] = &[
    "account_id",
    "project_id",
    "revision",
    "client_name",
    "client_version",
    "anonymize_ip",
    "enrich_decisions",
];

/// One event of a batch that has passed validation.
#[derive(Clone, Copy)]
pub struct Sighting<'n, 'a> {
    batch: &'n Json<'a>,
    visitor: &'n Json<'a>,
    snapshot: &'n Json<'a>,
    event: &'n Json<'a>,
}

/// The events of `batch` in the order they stand there.
pub fn events<'n, 'a>(batch: &'n Json<'a>) -> impl Iterator<Item = Sighting<'n, 'a>> {
    items(batch, "visitors").iter().flat_map(move |visitor| {
        items(visitor, "snapshots").iter().flat_map(move |snapshot| {
            items(snapshot, "events").iter().map(move |event| Sighting { batch, visitor, snapshot, event })
        })
    })
}

/// The visitor ids of a batch, valid or not.
pub fn visitor_ids<'n>(batch: &'n Json) -> impl Iterator<Item = &'n str> {
    items(batch, "visitors").iter().map(|visitor| text(visitor, "visitor_id"))
}

impl<'n, 'a> Sighting<'n, 'a> {
    /// The uuid as a number.
    pub fn uuid(&self) -> u128 {
        let digits = text(self.event, "uuid").bytes().filter_map(|byte| char::from(byte).to_digit(16));
        digits.fold(0, |uuid, digit| uuid << 4 | u128::from(digit))
    }

    pub fn visitor_id(&self) -> &'n str {
        text(self.visitor, "visitor_id")
    }

    pub fn timestamp(&self) -> i64 {
        integer(self.event, "timestamp")
    }

    pub fn revenue(&self) -> i64 {
        integer(self.event, "revenue")
    }

    pub fn value(&self) -> f64 {
        self.event.get("value").and_then(Json::as_f64).unwrap_or_default()
    }

    /// The decision of an impression; a conversion has none.
    pub fn decision(&self) -> Option<&'n Json<'a>> {
        items(self.snapshot, "decisions").first()
    }

    /// A hash of everything that must be the same when the event comes again.
    pub fn digest(&self) -> u64 {
        let mut state = DefaultHasher::new();
        for field in IDENTITY {
            self.batch.get(field).unwrap_or(&Json::Null).digest(&mut state);
        }
        self.visitor_id().hash(&mut state);
        for part in [self.visitor.get("attributes"), self.decision(), Some(self.event)] {
            part.unwrap_or(&Json::Null).digest(&mut state);
        }
        state.finish()
    }

    /// Writes the event as one line of JSON that also tells how often it has come.
    pub fn write_line(&self, out: &mut String, count: u32) -> fmt::Result {
        let null = Json::Null;
        write!(out, "{{\"visitor_id\":{}", self.visitor.get("visitor_id").unwrap_or(&null))?;
        write!(out, ",\"attributes\":{}", self.visitor.get("attributes").unwrap_or(&null))?;
        for (key, value) in self.event.as_object().unwrap_or_default() {
            write!(out, ",{}:{value}", Json::String(key.clone()))?;
        }
        write!(out, ",\"decision\":{},\"batch\":{{", self.decision().unwrap_or(&null))?;
        for (index, field) in IDENTITY.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(out, "{comma}\"{field}\":{}", self.batch.get(field).unwrap_or(&null))?;
        }
        writeln!(out, "}},\"count\":{count}}}")
    }
}

fn items<'n, 'a>(of: &'n Json<'a>, key: &str) -> &'n [Json<'a>] {
    of.get(key).and_then(Json::as_array).unwrap_or_default()
}

/// The string member `key`, empty if there is none.
pub fn text<'n>(of: &'n Json, key: &str) -> &'n str {
    of.get(key).and_then(Json::as_str).unwrap_or_default()
}

fn integer(of: &Json, key: &str) -> i64 {
    of.get(key).and_then(Json::as_i64).unwrap_or_default()
}
