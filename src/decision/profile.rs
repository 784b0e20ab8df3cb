//! A visitor's profile: which variations were decided before. Rule: SPEC, section 4.6.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use crate::json;

/// The members of a JSON object, each as its own JSON.
type Members<'a> = BTreeMap<String, &'a RawValue>;

/// The profile of one user, as a profile service keeps it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profile {
    /// Experiment id to its entry.
    entries: BTreeMap<String, Entry>,
}

/// What is stored for an experiment.
#[derive(Clone, Debug, PartialEq)]
struct Entry {
    /// As it was looked up, for what is in it beside the variation is kept.
    json: Box<str>,
    /// The id of the variation, if the entry has one.
    variation_id: Option<Box<str>>,
}

impl Entry {
    fn new(json: &str) -> Self {
        let members: Option<Members<'_>> = serde_json::from_str(json).ok();
        let variation_id = members.as_ref().and_then(|members| text(members.get("variation_id")?.get()));
        Self { json: json.into(), variation_id: variation_id.map(String::into_boxed_str) }
    }
}

/// The text that a JSON value is, if it is one.
fn text(json: &str) -> Option<String> {
    serde_json::from_str(json).ok()
}

/// Why a looked-up profile can't be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProfileFault {
    /// It is no JSON object, or its map of experiments is none.
    Malformed,
    /// It has no text as its `user_id`.
    NoUserId,
    /// It is another user's.
    OtherUser,
}

impl ProfileFault {
    /// What is wrong, as the end of a sentence about the profile.
    #[must_use]
    pub const fn gist(self) -> &'static str {
        match self {
            Self::Malformed => "is not of the form {\"user_id\":…,\"experiment_bucket_map\":{…}}",
            Self::NoUserId => "has no user_id",
            Self::OtherUser => "is that of another user",
        }
    }
}

impl Profile {
    /// Reads what a profile service answered for a user.
    pub fn parse(answer: &str, user_id: &str) -> Result<Self, ProfileFault> {
        let members: Members<'_> = serde_json::from_str(answer).map_err(|_| ProfileFault::Malformed)?;
        match members.get("user_id").and_then(|id| text(id.get())) {
            Some(id) if id == user_id => {}
            Some(_) => return Err(ProfileFault::OtherUser),
            None => return Err(ProfileFault::NoUserId),
        }
        let map = members.get("experiment_bucket_map").map_or("null", |map| map.get());
        // Null is no map.
        let map: Option<Members<'_>> = serde_json::from_str(map).map_err(|_| ProfileFault::Malformed)?;
        let entries = map.unwrap_or_default().into_iter().map(|(id, entry)| (id, Entry::new(entry.get())));
        Ok(Self { entries: entries.collect() })
    }

    /// The variation id stored for an experiment id.
    #[must_use]
    pub fn variation(&self, experiment_id: &str) -> Option<&str> {
        self.entries.get(experiment_id)?.variation_id.as_deref()
    }

    /// Stores a decision in place of the one before.
    pub fn store(&mut self, experiment_id: &str, variation_id: &str) {
        let before = self.entries.get(experiment_id).map_or("{}", |entry| &entry.json);
        let members: Members<'_> = serde_json::from_str(before).unwrap_or_default();
        let json = json::to_string(|out| {
            json::object(out, |entry| {
                for (name, value) in members.iter().filter(|(name, _)| *name != "variation_id") {
                    entry.name(name).extend_from_slice(value.get().as_bytes());
                }
                entry.text("variation_id", variation_id);
            });
        });
        let entry = Entry { json: json.into(), variation_id: Some(variation_id.into()) };
        self.entries.insert(experiment_id.to_owned(), entry);
    }

    /// The profile as a service saves it.
    #[must_use]
    pub fn to_json(&self, user_id: &str) -> String {
        json::to_string(|out| {
            json::object(out, |profile| {
                profile.text("user_id", user_id);
                json::object(profile.name("experiment_bucket_map"), |map| {
                    for (id, entry) in &self.entries {
                        map.name(id).extend_from_slice(entry.json.as_bytes());
                    }
                });
            });
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;

    #[test]
    fn what_other_experiments_have_is_kept() {
        let text =
            r#"{"user_id":"u","experiment_bucket_map":{"1":{"variation_id":"a","at":7},"2":"odd"},"x":1}"#;
        let mut profile = Profile::parse(text, "u").expect("a profile");
        assert_eq!(
            (profile.variation("1"), profile.variation("2"), profile.variation("3")),
            (Some("a"), None, None)
        );
        profile.store("2", "b");
        profile.store("1", "c");
        let saved = profile.to_json("u");
        assert_eq!(
            serde_json::from_str::<Json>(&saved).expect("JSON"),
            json!({"user_id": "u", "experiment_bucket_map": {"1": {"variation_id": "c", "at": 7}, "2": {"variation_id": "b"}}})
        );
    }

    #[test]
    fn garbage_is_told_apart() {
        for (text, fault) in [
            ("", ProfileFault::Malformed),
            ("[]", ProfileFault::Malformed),
            (r#"{"user_id":"u","experiment_bucket_map":[]}"#, ProfileFault::Malformed),
            (r#"{"experiment_bucket_map":{}}"#, ProfileFault::NoUserId),
            (r#"{"user_id":7}"#, ProfileFault::NoUserId),
            (r#"{"user_id":"v"}"#, ProfileFault::OtherUser),
        ] {
            assert_eq!(Profile::parse(text, "u"), Err(fault), "{text}");
        }
        assert_eq!(Profile::parse(r#"{"user_id":""}"#, ""), Ok(Profile::default()));
    }
}
