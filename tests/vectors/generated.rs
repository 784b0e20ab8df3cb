//! Datafiles made so that an answer shows what a case asks.

use crate::json::Json;

/// A rule to decide: an experiment and, under the same key, the flag that it is the only rule of.
pub struct Rule {
    pub key: &'static str,
    /// `audienceIds`.
    pub audience_ids: Json,
    /// `audienceConditions`, if the experiment has any.
    pub audience_conditions: Option<Json>,
}

/// A datafile of typed audiences and of rules that put all of their traffic into one variation, `in`.
pub fn with_audiences(audiences: Vec<Json>, rules: &[Rule]) -> String {
    let experiment = |rule: &Rule| {
        let variations = vec![variation("in")];
        let traffic = vec![range("in", 10_000)];
        let mut experiment = experiment(rule.key, rule.key, variations, traffic);
        if let Json::Object(members) = &mut experiment {
            members.push(("audienceIds".to_owned(), rule.audience_ids.clone()));
            if let Some(conditions) = &rule.audience_conditions {
                members.push(("audienceConditions".to_owned(), conditions.clone()));
            }
        }
        experiment
    };
    let flag = |rule: &Rule| {
        Json::object([
            ("id", Json::text(format!("flag_{}", rule.key))),
            ("key", Json::text(rule.key)),
            ("rolloutId", Json::text("")),
            ("experimentIds", Json::List(vec![Json::text(rule.key)])),
            ("variables", Json::List(Vec::new())),
        ])
    };
    let experiments = rules.iter().map(experiment).collect();
    let flags = rules.iter().map(flag).collect();
    project(audiences, experiments, flags)
}

/// A datafile with the experiment `id`, open to all, whose variations are the bucket ranges that end at `ends`, each
/// with its end as its key.
pub fn with_ranges(id: &str, ends: &[u32]) -> String {
    let variations = ends.iter().map(|end| variation(&end.to_string())).collect();
    let traffic = ends.iter().map(|end| range(&end.to_string(), *end)).collect();
    let mut experiment = experiment(id, "bucket", variations, traffic);
    if let Json::Object(members) = &mut experiment {
        members.push(("audienceIds".to_owned(), Json::List(Vec::new())));
    }
    project(Vec::new(), vec![experiment], Vec::new())
}

/// An audience of the `typedAudiences` section.
pub fn audience(id: &str, conditions: Json) -> Json {
    Json::object([("id", Json::text(id)), ("name", Json::text(id)), ("conditions", conditions)])
}

fn experiment(id: &str, key: &str, variations: Vec<Json>, traffic: Vec<Json>) -> Json {
    Json::object([
        ("id", Json::text(id)),
        ("key", Json::text(key)),
        ("layerId", Json::text("layer")),
        ("status", Json::text("Running")),
        ("variations", Json::List(variations)),
        ("trafficAllocation", Json::List(traffic)),
        ("forcedVariations", Json::Object(Vec::new())),
    ])
}

fn variation(key: &str) -> Json {
    Json::object([("id", Json::text(key)), ("key", Json::text(key)), ("featureEnabled", Json::Bool(true))])
}

fn range(variation: &str, end: u32) -> Json {
    Json::object([("entityId", Json::text(variation)), ("endOfRange", Json::Number(end.to_string()))])
}

fn project(typed_audiences: Vec<Json>, experiments: Vec<Json>, flags: Vec<Json>) -> String {
    let none = || Json::List(Vec::new());
    let datafile = Json::object([
        ("version", Json::text("4")),
        ("accountId", Json::text("account")),
        ("projectId", Json::text("project")),
        ("revision", Json::text("1")),
        ("anonymizeIP", Json::Bool(true)),
        ("attributes", none()),
        ("events", none()),
        ("groups", none()),
        ("rollouts", none()),
        ("audiences", none()),
        ("typedAudiences", Json::List(typed_audiences)),
        ("experiments", Json::List(experiments)),
        ("featureFlags", Json::List(flags)),
    ]);
    datafile.to_string()
}
