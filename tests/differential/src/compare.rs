//! The places where the answer of an SDK is not ours.

use std::collections::BTreeMap;

use crate::case::Case;
use crate::json::Json;
use crate::make::{items, set, text_of};
use crate::normal::{Answer, Outcome};
use crate::number;

/// One of the official SDKs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sdk {
    /// `optimizely-sdk`
    Python,
    /// `@optimizely/optimizely-sdk`
    JavaScript,
    /// `github.com/optimizely/go-sdk/v2`
    Go,
    /// `com.optimizely.ab:core-api`
    Java,
}

impl Sdk {
    /// Its name as the report has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Python => "python",
            Self::JavaScript => "javascript",
            Self::Go => "go",
            Self::Java => "java",
        }
    }
}

/// Where an answer belongs: a call and a flag in it. Conversions and calls for no flag have the empty key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part {
    /// The call; none for what concerns the client.
    pub call: Option<usize>,
    /// The flag.
    pub flag: String,
}

/// One place where an SDK's answer is not ours.
#[derive(Clone, Debug)]
pub struct Difference {
    /// Whose answer it is.
    pub sdk: Sdk,
    /// What it is about.
    pub part: Part,
    /// The place inside: `result.variation`, `event.attributes.plan`.
    pub place: String,
    /// What the SDK has there; none if nothing.
    pub theirs: Option<Json>,
    /// What we have there.
    pub ours: Option<Json>,
}

/// All differences between the answer of an SDK and ours.
pub fn differences(case: &Case, sdk: Sdk, theirs: &Answer, ours: &Answer) -> Vec<Difference> {
    let mut found = Findings { sdk, part: Part { call: None, flag: String::new() }, list: Vec::new() };
    if theirs.refused.is_some() || ours.refused.is_some() {
        let refused = |answer: &Answer| answer.refused.as_ref().map(|_| Json::text("refused"));
        if theirs.refused.is_some() != ours.refused.is_some() {
            found.add("client", refused(theirs).as_ref(), refused(ours).as_ref());
        }
        return found.list;
    }
    if theirs.set.is_some() {
        found.values("set", theirs.set.as_ref(), ours.set.as_ref());
    }
    found.values("saved", theirs.saved.as_ref(), ours.saved.as_ref());
    found.predictions(&theirs.predictions, &ours.predictions);
    for (call, (theirs, ours)) in theirs.outcomes.iter().zip(&ours.outcomes).enumerate() {
        // This SDK has no such call.
        if matches!(sdk, Sdk::Go) && text_of(&case.calls[call], "op") == "get_forced_variation" {
            continue;
        }
        found.part.call = Some(call);
        found.outcomes(theirs, ours);
    }
    found.list
}

struct Findings {
    sdk: Sdk,
    part: Part,
    list: Vec<Difference>,
}

impl Findings {
    fn add(&mut self, place: &str, theirs: Option<&Json>, ours: Option<&Json>) {
        self.list.push(Difference {
            sdk: self.sdk,
            part: self.part.clone(),
            place: place.to_owned(),
            theirs: theirs.cloned(),
            ours: ours.cloned(),
        });
    }

    fn predictions(&mut self, theirs: &[Json], ours: &[Json]) {
        let (theirs, ours) = (by_rule_and_user(theirs), by_rule_and_user(ours));
        self.values("predictions", Some(&theirs), Some(&ours));
    }

    fn outcomes(&mut self, theirs: &Outcome, ours: &Outcome) {
        self.part.flag = String::new();
        if theirs.failed.is_some() || ours.failed.is_some() {
            if theirs.failed.is_some() != ours.failed.is_some() {
                let failed = |outcome: &Outcome| outcome.failed.as_deref().map(Json::text);
                self.add("failed", failed(theirs).as_ref(), failed(ours).as_ref());
            }
            return;
        }
        let mut flags: Vec<&String> = theirs.results.keys().chain(ours.results.keys()).collect();
        flags.extend(theirs.events.keys().chain(ours.events.keys()));
        flags.sort();
        flags.dedup();
        for flag in flags {
            self.part.flag.clone_from(flag);
            self.values("result", theirs.results.get(flag), ours.results.get(flag));
            let events = |outcome: &Outcome| outcome.events.get(flag).cloned().unwrap_or_default();
            let (theirs, ours) = (events(theirs), events(ours));
            for number in 0..theirs.len().max(ours.len()) {
                let place = if number == 0 { "event".to_owned() } else { format!("event{}", number + 1) };
                self.values(&place, theirs.get(number), ours.get(number));
            }
        }
    }

    fn values(&mut self, place: &str, theirs: Option<&Json>, ours: Option<&Json>) {
        let (Some(theirs), Some(ours)) = (theirs, ours) else {
            if theirs.is_some() != ours.is_some() {
                self.add(place, theirs, ours);
            }
            return;
        };
        match (theirs, ours) {
            (Json::Object(members), Json::Object(ours_members)) => {
                for (name, value) in members {
                    self.values(&format!("{place}.{name}"), Some(value), ours.get(name));
                }
                for (name, value) in ours_members {
                    if theirs.get(name).is_none() {
                        self.values(&format!("{place}.{name}"), None, Some(value));
                    }
                }
            }
            (Json::List(items), Json::List(our_items)) if items.len() == our_items.len() => {
                for (index, (theirs, ours)) in items.iter().zip(our_items).enumerate() {
                    self.values(&format!("{place}[{index}]"), Some(theirs), Some(ours));
                }
            }
            (Json::Number(one), Json::Number(other)) if number::equal(one, other) => {}
            _ if theirs == ours => {}
            _ => self.add(place, Some(theirs), Some(ours)),
        }
    }
}

/// Requests for predictions by rule and user, in the order in which they came, attributes by id.
fn by_rule_and_user(requests: &[Json]) -> Json {
    let mut members: BTreeMap<String, Vec<Json>> = BTreeMap::new();
    for request in requests {
        let instance = request.get("instance").unwrap_or(&Json::Null);
        let attributes = items(instance, "attributes").iter();
        let attributes = attributes.map(|attribute| (text_of(attribute, "id").to_owned(), attribute.clone()));
        let mut unfolded = instance.clone();
        set(&mut unfolded, "attributes", Json::Object(attributes.collect()));
        let key = format!("{} for {}", text_of(request, "rule"), text_of(instance, "visitorId"));
        members.entry(key).or_default().push(unfolded);
    }
    Json::Object(members.into_iter().map(|(key, requests)| (key, Json::List(requests))).collect())
}
