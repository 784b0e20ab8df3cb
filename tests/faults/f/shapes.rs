//! The specification's table of fields: of which JSON type each is, by the kind of place.

/// What a place takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Object,
    List,
    Text,
    /// A text, or a whole number that counts as its decimal text.
    Id,
    Bool,
    Whole,
    /// The version: one of three texts, and it must be there.
    Version,
    /// A text that must be there, though it may be empty.
    NeededText,
    /// Any JSON at all: conditions, the three top-level switches, and fields that nobody reads.
    Anything,
}

/// The five lists whose entries are experiments, delivery rules or holdouts: one shape.
const RULES: [&str; 5] =
    ["groups[].experiments[]", "rollouts[].experiments[]", "experiments[]", "localHoldouts[]", "holdouts[]"];

/// Kinds of place, `<rule>` standing for an entry of the five lists.
const SHAPES: &[(&str, Shape)] = &[
    ("", Shape::Object),
    ("version", Shape::Version),
    ("accountId", Shape::Id),
    ("projectId", Shape::Id),
    ("revision", Shape::Id),
    ("sdkKey", Shape::Text),
    ("environmentKey", Shape::Text),
    ("region", Shape::Text),
    ("anonymizeIP", Shape::Anything),
    ("botFiltering", Shape::Anything),
    ("sendFlagDecisions", Shape::Anything),
    ("variables", Shape::Anything),
    ("attributes", Shape::List),
    ("attributes[]", Shape::Object),
    ("attributes[].id", Shape::Id),
    ("attributes[].key", Shape::Text),
    ("attributes[].segmentId", Shape::Anything),
    ("audiences", Shape::List),
    ("audiences[]", Shape::Object),
    ("audiences[].id", Shape::Id),
    ("audiences[].name", Shape::Text),
    ("audiences[].conditions", Shape::Anything),
    ("typedAudiences", Shape::List),
    ("typedAudiences[]", Shape::Object),
    ("typedAudiences[].id", Shape::Id),
    ("typedAudiences[].name", Shape::Text),
    ("typedAudiences[].conditions", Shape::Anything),
    ("events", Shape::List),
    ("events[]", Shape::Object),
    ("events[].id", Shape::Id),
    ("events[].key", Shape::Text),
    ("events[].experimentIds", Shape::List),
    ("events[].experimentIds[]", Shape::Id),
    ("experiments", Shape::List),
    ("groups", Shape::List),
    ("groups[]", Shape::Object),
    ("groups[].id", Shape::Id),
    ("groups[].policy", Shape::Text),
    ("groups[].trafficAllocation", Shape::List),
    ("groups[].trafficAllocation[]", Shape::Object),
    ("groups[].trafficAllocation[].entityId", Shape::Id),
    ("groups[].trafficAllocation[].endOfRange", Shape::Whole),
    ("groups[].experiments", Shape::List),
    ("featureFlags", Shape::List),
    ("featureFlags[]", Shape::Object),
    ("featureFlags[].id", Shape::Id),
    ("featureFlags[].key", Shape::Text),
    ("featureFlags[].rolloutId", Shape::Id),
    ("featureFlags[].experimentIds", Shape::List),
    ("featureFlags[].experimentIds[]", Shape::Id),
    ("featureFlags[].variables", Shape::List),
    ("featureFlags[].variables[]", Shape::Object),
    ("featureFlags[].variables[].id", Shape::Id),
    ("featureFlags[].variables[].key", Shape::Text),
    ("featureFlags[].variables[].type", Shape::Text),
    ("featureFlags[].variables[].subType", Shape::Text),
    ("featureFlags[].variables[].defaultValue", Shape::Text),
    ("rollouts", Shape::List),
    ("rollouts[]", Shape::Object),
    ("rollouts[].id", Shape::Id),
    ("rollouts[].experiments", Shape::List),
    ("holdouts", Shape::List),
    ("localHoldouts", Shape::List),
    ("integrations", Shape::List),
    ("integrations[]", Shape::Object),
    ("integrations[].key", Shape::NeededText),
    ("integrations[].host", Shape::Text),
    ("integrations[].publicKey", Shape::Text),
    ("integrations[].pixelUrl", Shape::Anything), // for browsers only; no other SDK declares it
    ("<rule>", Shape::Object),
    ("<rule>.id", Shape::Id),
    ("<rule>.key", Shape::Text),
    ("<rule>.layerId", Shape::Id),
    ("<rule>.status", Shape::Text),
    ("<rule>.type", Shape::Text),
    ("<rule>.variations", Shape::List),
    ("<rule>.variations[]", Shape::Object),
    ("<rule>.variations[].id", Shape::Id),
    ("<rule>.variations[].key", Shape::Text),
    ("<rule>.variations[].featureEnabled", Shape::Bool),
    ("<rule>.variations[].variables", Shape::List),
    ("<rule>.variations[].variables[]", Shape::Object),
    ("<rule>.variations[].variables[].id", Shape::Id),
    ("<rule>.variations[].variables[].value", Shape::Text),
    ("<rule>.trafficAllocation", Shape::List),
    ("<rule>.trafficAllocation[]", Shape::Object),
    ("<rule>.trafficAllocation[].entityId", Shape::Id),
    ("<rule>.trafficAllocation[].endOfRange", Shape::Whole),
    ("<rule>.audienceIds", Shape::List),
    ("<rule>.audienceIds[]", Shape::Id),
    ("<rule>.audienceConditions", Shape::Anything),
    ("<rule>.forcedVariations", Shape::Object),
    ("<rule>.forcedVariations.anna", Shape::Text),
    ("<rule>.cmab", Shape::Object),
    ("<rule>.cmab.attributeIds", Shape::List),
    ("<rule>.cmab.attributeIds[]", Shape::Id),
    ("<rule>.cmab.trafficAllocation", Shape::Whole),
    ("<rule>.includedRules", Shape::List),
    ("<rule>.includedRules[]", Shape::Id),
];

/// The shape of a kind of place; whatever is inside of `Anything` is anything too.
pub fn of(kind: &str) -> Shape {
    let inside = RULES.iter().find_map(|list| kind.strip_prefix(list));
    let kind = inside.map_or(kind.to_owned(), |rest| format!("<rule>{rest}"));
    let is_inside = |outer: &str| {
        kind.strip_prefix(outer).is_some_and(|rest| rest.starts_with(['.', '[']) && !outer.is_empty())
    };
    let exact = SHAPES.iter().find(|(known, _)| *known == kind);
    let known =
        exact.or_else(|| SHAPES.iter().find(|(outer, shape)| *shape == Shape::Anything && is_inside(outer)));
    known.unwrap_or_else(|| panic!("the table has no {kind:?}")).1
}
