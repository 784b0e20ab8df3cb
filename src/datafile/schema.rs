//! The datafile as it is on the wire. Every shape takes fields in any order, ignores unknown ones, reads null as
//! absence and lets the last of a repeated key win, as the official SDKs' decoders do.
#![allow(
    missing_docs,
    reason = "fields are named as the wire names them; SPEC, section 1, says what they mean"
)]

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::field::{Field, Maybe, in_field};
use crate::text::is_digits;

/// What an error names as the place when it is about the whole file.
pub(super) const ROOT: &str = "datafile";

/// Levels of lists and objects a datafile may nest outside conditions.
const MAX_LEVELS: usize = 64;

/// Reads a field that the object keeps.
fn put<T: Default, E>(place: &mut T, read: Result<Maybe<T>, E>) -> Result<(), E> {
    *place = read?.or_default();
    Ok(())
}

/// Types that a field may hold as they are.
macro_rules! fields {
    ($($type:ty),*) => {$(
        impl<'de> Field<'de> for $type {
            fn read<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::deserialize(deserializer)
            }
        }
    )*};
}

fields!(Text<'de>, Id<'de>, Raw<'de>, Pairs<'de>, Cmab<'de>, Whole, Switch, bool);

/// Declares an object: its struct, and a decoder with the rules of this file. `at` is the level the object is at.
macro_rules! object {
    ($name:ident at $level:literal, $expecting:literal {
        $($field:ident : $type:ty = $key:literal),* $(,)?
    }) => {
        #[derive(Clone, Default)]
        pub struct $name<'a> {
            $(pub $field: $type,)*
            lifetime: PhantomData<&'a str>,
        }

        impl<'de: 'a, 'a> Deserialize<'de> for $name<'a> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Fields<'a>(PhantomData<&'a str>);

                impl<'de: 'a, 'a> Visitor<'de> for Fields<'a> {
                    type Value = $name<'a>;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str($expecting)
                    }

                    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                        #[allow(unused_mut, reason = "of some objects nothing is kept")]
                        let mut object = $name::default();
                        while let Some(key) = map.next_key::<Text<'a>>()? {
                            let read = match key.as_str() {
                                $($key => put(&mut object.$field, map.next_value()),)*
                                _ => map.next_value::<Unread<$level>>().map(drop),
                            };
                            if let Err(error) = read {
                                return Err(in_field(key.as_str(), &error));
                            }
                        }
                        Ok(object)
                    }
                }

                deserializer.deserialize_map(Fields(PhantomData))
            }
        }
    };
}

object!(Datafile at 1, "an object" {
    version: Text<'a> = "version",
    account_id: Id<'a> = "accountId",
    project_id: Id<'a> = "projectId",
    revision: Id<'a> = "revision",
    region: Text<'a> = "region",
    anonymize_ip: Switch = "anonymizeIP",
    bot_filtering: Switch = "botFiltering",
    send_flag_decisions: Switch = "sendFlagDecisions",
    attributes: Vec<Attribute<'a>> = "attributes",
    audiences: Vec<Audience<'a>> = "audiences",
    typed_audiences: Vec<Audience<'a>> = "typedAudiences",
    events: Vec<Event<'a>> = "events",
    experiments: Vec<Rule<'a>> = "experiments",
    groups: Vec<Group<'a>> = "groups",
    feature_flags: Vec<Flag<'a>> = "featureFlags",
    rollouts: Vec<Rollout<'a>> = "rollouts",
    holdouts: Vec<Rule<'a>> = "holdouts",
    local_holdouts: Vec<Rule<'a>> = "localHoldouts",
    integrations: Vec<Integration<'a>> = "integrations",
    sdk_key: Text<'a> = "sdkKey",
    environment_key: Text<'a> = "environmentKey",
});

object!(Attribute at 3, "an attribute object" { id: Id<'a> = "id", key: Text<'a> = "key" });

object!(Audience at 3, "an audience object" {
    id: Id<'a> = "id",
    name: Text<'a> = "name",
    conditions: Raw<'a> = "conditions",
});

// A condition of an audience; each field may hold anything, for a bad one makes its condition unknown and no more.
object!(Leaf at 3, "a condition object" {
    name: Raw<'a> = "name",
    kind: Raw<'a> = "type",
    matcher: Raw<'a> = "match",
    value: Raw<'a> = "value",
});

object!(Event at 3, "an event object" {
    id: Id<'a> = "id",
    key: Text<'a> = "key",
    experiment_ids: Vec<Id<'a>> = "experimentIds",
});

// An experiment, a delivery rule or a holdout: one shape, of which each kind uses its part.
object!(Rule at 3, "an experiment object" {
    id: Id<'a> = "id",
    key: Text<'a> = "key",
    layer_id: Id<'a> = "layerId",
    status: Text<'a> = "status",
    kind: Text<'a> = "type",
    variations: Vec<Variation<'a>> = "variations",
    traffic_allocation: Vec<Range<'a>> = "trafficAllocation",
    audience_ids: Vec<Id<'a>> = "audienceIds",
    audience_conditions: Raw<'a> = "audienceConditions",
    forced_variations: Pairs<'a> = "forcedVariations",
    cmab: Option<Cmab<'a>> = "cmab",
    included_rules: Option<Vec<Id<'a>>> = "includedRules",
});

object!(Variation at 5, "a variation object" {
    id: Id<'a> = "id",
    key: Text<'a> = "key",
    feature_enabled: Option<bool> = "featureEnabled",
    variables: Vec<VariableValue<'a>> = "variables",
});

object!(VariableValue at 7, "a variable value object" { id: Id<'a> = "id", value: Text<'a> = "value" });

object!(Range at 5, "a traffic allocation object" { entity_id: Id<'a> = "entityId", end_of_range: Whole = "endOfRange" });

object!(Cmab at 4, "a bandit object" {
    attribute_ids: Vec<Id<'a>> = "attributeIds",
    traffic_allocation: Whole = "trafficAllocation",
});

object!(Group at 3, "a group object" {
    id: Id<'a> = "id",
    policy: Text<'a> = "policy",
    traffic_allocation: Vec<Range<'a>> = "trafficAllocation",
    experiments: Vec<Rule<'a>> = "experiments",
});

object!(Flag at 3, "a feature flag object" {
    id: Id<'a> = "id",
    key: Text<'a> = "key",
    rollout_id: Id<'a> = "rolloutId",
    experiment_ids: Vec<Id<'a>> = "experimentIds",
    variables: Vec<Variable<'a>> = "variables",
});

object!(Variable at 5, "a variable object" {
    id: Id<'a> = "id",
    key: Text<'a> = "key",
    kind: Text<'a> = "type",
    sub_kind: Text<'a> = "subType",
    default_value: Text<'a> = "defaultValue",
});

object!(Rollout at 3, "a rollout object" { id: Id<'a> = "id", experiments: Vec<Rule<'a>> = "experiments" });

object!(Integration at 3, "an integration object" {
    key: Option<Text<'a>> = "key",
    host: Text<'a> = "host",
    public_key: Text<'a> = "publicKey",
});

impl<'a> Range<'a> {
    /// A range that the datafile does not have.
    pub fn new(entity_id: Id<'a>, end_of_range: Whole) -> Self {
        Self { entity_id, end_of_range, ..Self::default() }
    }
}

/// A text, borrowed from the datafile unless it has escapes.
#[derive(Clone, Default)]
pub struct Text<'a>(Cow<'a, str>);

impl Text<'_> {
    /// The text itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Texts;

        impl<'de> Visitor<'de> for Texts {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(Texts)
    }
}

/// An id: a text, or a whole number that counts as its decimal text. Rule: SPEC, section 0 and S-51.
#[derive(Clone, Default)]
pub struct Id<'a>(Cow<'a, str>);

impl Id<'_> {
    /// The id as a text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Id<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // As raw text, for a number of any length must keep its digits.
        let raw = <&'de RawValue>::deserialize(deserializer)?.get();
        if let Some(text) = super::tree::text(raw) {
            return Ok(Id(text));
        }
        if is_digits(raw.strip_prefix('-').unwrap_or(raw)) {
            return Ok(Id(Cow::Borrowed(raw)));
        }
        let shown: String = raw.chars().take(40).collect();
        Err(de::Error::custom(format!("invalid id {shown}, expected a text or a whole number")))
    }
}

/// A whole number, also written with a zero fraction; beyond 64 bits it counts as the nearest that fits, for ranges
/// are only ever compared.
#[derive(Clone, Copy, Default)]
pub struct Whole(pub i64);

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Wholes;

        impl Visitor<'_> for Wholes {
            type Value = Whole;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number")
            }

            fn visit_i64<E>(self, number: i64) -> Result<Whole, E> {
                Ok(Whole(number))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Whole, E> {
                Ok(Whole(i64::try_from(number).unwrap_or(i64::MAX)))
            }

            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Whole, E> {
                if number.fract() == 0.0 {
                    Ok(Whole(number as i64))
                } else {
                    Err(E::invalid_value(de::Unexpected::Float(number), &self))
                }
            }
        }

        deserializer.deserialize_any(Wholes)
    }
}

/// A top-level switch, which real files have written in more ways than true and false. Rule: SPEC, S-53.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub enum Switch {
    #[default]
    Absent,
    On,
    Off,
    /// Neither a boolean nor the text of one.
    Odd,
}

impl<'de> Deserialize<'de> for Switch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?.get();
        Ok(match raw.trim_matches('"').to_ascii_lowercase().as_str() {
            "true" => Self::On,
            "false" => Self::Off,
            _ => Self::Odd,
        })
    }
}

/// JSON kept as text, for the compiler of conditions.
#[derive(Clone, Copy, Default)]
pub struct Raw<'a>(pub Option<&'a str>);

impl<'de: 'a, 'a> Deserialize<'de> for Raw<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&'de RawValue>::deserialize(deserializer).map(|raw| Raw(Some(raw.get())))
    }
}

/// An object of texts, in order; the entries of a key that is repeated all stand in it.
#[derive(Clone, Default)]
pub struct Pairs<'a>(pub Vec<(Text<'a>, Text<'a>)>);

impl<'de: 'a, 'a> Deserialize<'de> for Pairs<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;

        impl<'de> Visitor<'de> for Entries {
            type Value = Pairs<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of texts")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                let mut pairs = Vec::new();
                while let Some(key) = map.next_key::<Text<'de>>()? {
                    match map.next_value::<Maybe<Text<'de>>>() {
                        Ok(value) => pairs.extend(value.get().map(|value| (key, value))),
                        Err(error) => return Err(in_field(key.as_str(), &error)),
                    }
                }
                Ok(Pairs(pairs))
            }
        }

        deserializer.deserialize_map(Entries)
    }
}

/// The value of a field that nobody reads, at a level: skipped without recursion, refused if it nests too deep.
struct Unread<const LEVEL: usize>;

impl<'de, const LEVEL: usize> Deserialize<'de> for Unread<LEVEL> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let levels = LEVEL + super::tree::levels(<&RawValue>::deserialize(deserializer)?.get());
        if levels > MAX_LEVELS {
            let message =
                format!("nests {levels} levels of lists and objects; at most {MAX_LEVELS} are taken");
            return Err(de::Error::custom(message));
        }
        Ok(Self)
    }
}
