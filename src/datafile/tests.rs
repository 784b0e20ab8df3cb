//! What the parser refuses and where, and what the index resolves.

use super::*;
use crate::error::Status;

fn refused(text: &str) -> (String, String) {
    let Err(error) = parse(text, 1) else { panic!("{text} is taken") };
    assert_eq!(error.status(), Status::InvalidDatafile);
    (error.place().to_owned(), error.message().to_owned())
}

fn project(fields: &str) -> Project {
    match parse(format!(r#"{{"version":"4",{fields}}}"#), 1) {
        Ok(parsed) => parsed.project,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn a_wrong_type_is_refused_at_its_json_path() {
    for (fields, place) in [
        (
            r#""experiments":[{},{"trafficAllocation":[{"endOfRange":"x"}]}]"#,
            "experiments[1].trafficAllocation[0].endOfRange",
        ),
        (
            r#""experiments":[{"trafficAllocation":[{"endOfRange":5000.5}]}]"#,
            "experiments[0].trafficAllocation[0].endOfRange",
        ),
        (
            r#""featureFlags":[{"variables":[{"defaultValue":1}]}]"#,
            "featureFlags[0].variables[0].defaultValue",
        ),
        (r#""accountId":1.5"#, "accountId"),
        (r#""events":{}"#, "events"),
        (r#""integrations":[{"host":"h"}]"#, "integrations[0].key"),
        (
            r#""groups":[{"experiments":[{"variations":[{"featureEnabled":"yes"}]}]}]"#,
            "groups[0].experiments[0].variations[0].featureEnabled",
        ),
    ] {
        let (found, message) = refused(&format!(r#"{{"version":"4",{fields}}}"#));
        assert_eq!(found, place);
        assert!(message.contains(place), "{message}");
    }
    assert_eq!(refused(r#"{"version":"5"}"#).0, "version");
    assert_eq!(refused(r#"{"version":4}"#).0, "version");
    assert_eq!(refused("{}").0, "version");
    assert_eq!(refused(r#"{"version":"4"} x"#).0, "datafile");
    assert!(refused("{\"version\":\"4\",\n\"events\":[}").1.contains("line 2"));
}

#[test]
fn what_an_error_quotes_is_not_taken_for_its_position() {
    let (place, message) =
        refused(r#"{"experiments":[{"variations":[{"featureEnabled":"look at line 3"}]}]}"#);
    assert_eq!(place, "experiments[0].variations[0].featureEnabled");
    assert!(message.contains(r#""look at line 3""#), "{message}");
    assert_eq!(message.matches(" at line ").count(), 2, "{message}");
    assert!(message.ends_with(" at line 1 column 65"), "{message}");
    let (place, message) = refused("{\"at line 3\":1,\"events\":[{\"a at line 2 column 1\":\n");
    assert_eq!(place, "events[0].a at line 2 column 1");
    assert_eq!(message.matches(" at line ").count(), 2, "{message}");
}

#[test]
fn null_is_absence_unknown_fields_are_skipped_and_the_last_of_a_key_wins() {
    let project = project(
        r#""projectId":null,"accountId":"first","accountId":12,"unknown":[{"deep":[[[1]]]}],"attributes":null,
        "experiments":[{"id":1,"key":"e","status":null,"audienceConditions":null,"variations":[{"id":2,"key":"v",
            "featureEnabled":null}],"trafficAllocation":[{"entityId":2,"endOfRange":5000.0}]}]"#,
    );
    assert_eq!((&*project.account_id, &*project.project_id), ("12", ""));
    let rule = project.experiment("e").expect("an experiment");
    assert_eq!((&*rule.id, rule.is_running, rule.traffic[0].end), ("1", true, 5000));
    assert_eq!(rule.traffic[0].variation, Some(0));
    assert!(matches!(rule.targeting, Targeting::Everyone));
}

#[test]
fn nesting_is_bounded_outside_conditions_and_inside() {
    let nest = |levels: usize| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
    parse(format!(r#"{{"version":"4","x":{}}}"#, nest(63)), 1).map(drop).expect("64 levels are taken");
    let (place, message) = refused(&format!(r#"{{"version":"4","x":{}}}"#, nest(64)));
    assert_eq!(place, "x");
    assert!(message.contains("65 levels"), "{message}");
    let audience =
        |levels| project(&format!(r#""typedAudiences":[{{"id":"1","conditions":{}}}]"#, nest(levels)));
    assert!(audience(512).audience(0).conditions.is_some());
    assert!(audience(513).audience(0).conditions.is_none(), "an audience that nests deeper can't be used");
}

#[test]
fn an_operator_counts_only_at_the_head_of_a_list() {
    let project = project(
        r#""experiments":[{"id":"1","key":"a","audienceIds":["and","x","not"]},
            {"id":"2","key":"b","audienceConditions":["x",["not","y"]]},{"id":"3","key":"c","audienceConditions":[]},
            {"id":"4","key":"d","audienceConditions":"x","audienceIds":["y"]}]"#,
    );
    let shape = |key: &str| match &project.experiment(key).expect("an experiment").targeting {
        Targeting::Everyone => Vec::new(),
        Targeting::Audiences(tree) => tree
            .nodes
            .iter()
            .map(|node| match node {
                Node::Branch { op, end } => format!("{op:?} {end}"),
                Node::Leaf(_) => "leaf".to_owned(),
            })
            .collect(),
    };
    assert_eq!(shape("a"), ["And 3", "leaf", "leaf"]);
    assert_eq!(shape("b"), ["Or 4", "leaf", "Not 4", "leaf"]);
    assert!(shape("c").is_empty());
    assert_eq!(shape("d"), ["leaf"]);
}

#[test]
fn a_feature_rollout_takes_the_everyone_else_variation_once() {
    let project = project(
        r#""experiments":[{"id":"1","key":"e","type":"fr","variations":[{"id":"10","key":"on"}],
            "trafficAllocation":[{"entityId":"10","endOfRange":100}]}],
        "featureFlags":[{"key":"f","rolloutId":"r","experimentIds":["1"]},{"key":"g","rolloutId":"r","experimentIds":["1"]}],
        "rollouts":[{"id":"r","experiments":[{"id":"d","variations":[{"id":"20","key":"off"}]}]}]"#,
    );
    let rule = project.experiment("e").expect("an experiment");
    let ids: Vec<_> = rule.variations.iter().map(|variation| &*variation.id).collect();
    assert_eq!(ids, ["10", "20"]);
    let ranges: Vec<_> = rule.traffic.iter().map(|range| (range.end, range.variation)).collect();
    assert_eq!(ranges, [(100, Some(0)), (10_000, Some(1))]);
}
