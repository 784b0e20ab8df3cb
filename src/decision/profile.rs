//! A visitor's profile: which variations were decided before. Rule: SPEC, section 4.6.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

/// The profile of one user, as a profile service keeps it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profile {
    /// Experiment id to its entry, as it was looked up: what is in it beside the variation is kept.
    entries: BTreeMap<String, Json>,
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
    pub fn parse(text: &str, user_id: &str) -> Result<Self, ProfileFault> {
        let Ok(Json::Object(mut profile)) = serde_json::from_str(text) else {
            return Err(ProfileFault::Malformed);
        };
        match profile.get("user_id") {
            Some(Json::String(id)) if id == user_id => {}
            Some(Json::String(_)) => return Err(ProfileFault::OtherUser),
            _ => return Err(ProfileFault::NoUserId),
        }
        match profile.remove("experiment_bucket_map") {
            Some(Json::Object(map)) => Ok(Self { entries: map.into_iter().collect() }),
            None | Some(Json::Null) => Ok(Self::default()),
            Some(_) => Err(ProfileFault::Malformed),
        }
    }

    /// The variation id stored for an experiment id.
    #[must_use]
    pub fn variation(&self, experiment_id: &str) -> Option<&str> {
        self.entries.get(experiment_id)?.get("variation_id")?.as_str()
    }

    /// Stores a decision in place of the one before.
    pub fn store(&mut self, experiment_id: &str, variation_id: &str) {
        let entry = self.entries.entry(experiment_id.to_owned()).or_insert_with(|| Json::Object(Map::new()));
        match entry {
            Json::Object(entry) => {
                entry.insert("variation_id".to_owned(), variation_id.into());
            }
            other => *other = json!({ "variation_id": variation_id }),
        }
    }

    /// The profile as a service saves it.
    #[must_use]
    pub fn to_json(&self, user_id: &str) -> String {
        json!({ "user_id": user_id, "experiment_bucket_map": self.entries }).to_string()
    }
}

#[cfg(test)]
mod tests {
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
