//! The rules by which an answer equals its expectation, and the first place where it does not.

use std::collections::HashSet;
use std::sync::Mutex;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::json::Json;
use crate::number;

/// How far the wall clock may step while the vectors run, in milliseconds.
const CLOCK_TOLERANCE_MS: u64 = 2_000;

/// Where an answer differs from its expectation.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Place within the expectation: `.events[0].body.revision`; empty for the whole.
    pub place: String,
    /// What was expected there.
    pub expected: String,
    /// What the library gave.
    pub got: String,
}

/// Compares answers with expectations, and remembers what must differ between all answers of a run.
pub struct Comparer {
    client_name: String,
    client_version: String,
    started_ms: u64,
    uuids: Mutex<HashSet<String>>,
}

impl Comparer {
    /// A comparer for the product that names itself so on the wire.
    pub fn new(client_name: &str, client_version: &str) -> Self {
        Self {
            client_name: client_name.to_owned(),
            client_version: client_version.to_owned(),
            started_ms: now_ms(),
            uuids: Mutex::default(),
        }
    }

    /// The first place where `got` is not what `expected` asks for.
    pub fn difference(&self, expected: &Json, got: &Json) -> Option<Difference> {
        self.at(&mut String::new(), expected, got)
    }

    fn at(&self, place: &mut String, expected: &Json, got: &Json) -> Option<Difference> {
        if let Some(choices) = expected.marked("$any") {
            let fits =
                choices.items().iter().any(|choice| self.at(&mut place.clone(), choice, got).is_none());
            return (!fits).then(|| differ(place, expected, Some(got)));
        }
        match (expected, got) {
            (Json::Object(expected), Json::Object(_)) => self.objects(place, expected, got),
            (Json::List(wanted), Json::List(items)) => {
                let pairs = wanted.iter().zip(items).enumerate();
                let inside =
                    |(index, (expected, got))| self.inside(place, &format!("[{index}]"), expected, got);
                first(pairs.map(inside)).or_else(|| {
                    (wanted.len() != items.len()).then(|| {
                        let place = format!("{place} ({} items expected, {} got)", wanted.len(), items.len());
                        differ(&place, expected, Some(got))
                    })
                })
            }
            _ => (!self.leaf_fits(expected, got)).then(|| differ(place, expected, Some(got))),
        }
    }

    fn inside(&self, place: &str, step: &str, expected: &Json, got: &Json) -> Option<Difference> {
        self.at(&mut format!("{place}{step}"), expected, got)
    }

    fn objects(&self, place: &str, expected: &[(String, Json)], got: &Json) -> Option<Difference> {
        let wanted = expected.iter().map(|(name, value)| match got.get(name) {
            Some(got) => self.inside(place, &format!(".{name}"), value, got),
            None => Some(differ(&format!("{place}.{name}"), value, None)),
        });
        let mut seen = HashSet::new();
        let surplus = got.members().iter().map(|(name, value)| {
            let unwanted = !seen.insert(name) || expected.iter().all(|(wanted, _)| wanted != name);
            unwanted.then(|| Difference {
                place: format!("{place}.{name}"),
                expected: "no such member, or only one".to_owned(),
                got: value.to_string(),
            })
        });
        first(wanted).or_else(|| first(surplus))
    }

    fn leaf_fits(&self, expected: &Json, got: &Json) -> bool {
        match (expected, got) {
            (Json::Text(wanted), got) => match (wanted.as_str(), got) {
                ("<timestamp>", Json::Number(digits)) => self.is_time_of_run(digits),
                ("<timestamp>", _) => false,
                ("<uuid>", Json::Text(uuid)) => is_uuid_v4(uuid) && self.is_new(uuid),
                ("<client_name>", Json::Text(name)) => *name == self.client_name,
                ("<client_version>", Json::Text(version)) => *version == self.client_version,
                (wanted, Json::Text(text)) => wanted == text,
                _ => false,
            },
            (Json::Number(expected), Json::Number(got)) => number::equal(expected, got),
            (expected, got) => expected == got,
        }
    }

    fn is_time_of_run(&self, digits: &str) -> bool {
        let run = self.started_ms.saturating_sub(CLOCK_TOLERANCE_MS)..=now_ms() + CLOCK_TOLERANCE_MS;
        digits.parse::<u64>().is_ok_and(|time_ms| run.contains(&time_ms))
    }

    fn is_new(&self, uuid: &str) -> bool {
        let mut uuids = self.uuids.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        uuids.insert(uuid.to_owned())
    }
}

fn first(mut differences: impl Iterator<Item = Option<Difference>>) -> Option<Difference> {
    differences.find_map(|difference| difference)
}

fn differ(place: &str, expected: &Json, got: Option<&Json>) -> Difference {
    let got = got.map_or_else(|| "nothing".to_owned(), Json::to_string);
    Difference { place: place.to_owned(), expected: expected.to_string(), got }
}

/// Is this a version 4 UUID in lower case: 8-4-4-4-12, with its version and variant?
fn is_uuid_v4(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            14 => byte == b'4',
            19 => matches!(byte, b'8' | b'9' | b'a' | b'b'),
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        })
}

fn now_ms() -> u64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX)
}
