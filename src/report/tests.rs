//! OptimizelyConfig, rule by rule. Rule: SPEC, section 10.

use super::*;
use crate::datafile;

fn config(fields: &str) -> OptimizelyConfig {
    let text = format!(r#"{{"version":"4",{fields}}}"#);
    let parsed = datafile::parse(text, 1).unwrap_or_else(|error| panic!("{error}"));
    OptimizelyConfig::of(&parsed.project).unwrap_or_else(|error| panic!("{error}"))
}

fn values(variation: &OptimizelyVariation) -> Vec<(&str, &str)> {
    variation.variables().map(|variable| (variable.key, variable.value)).collect()
}

fn variation<'c>(experiment: &'c OptimizelyExperiment, key: &str) -> &'c OptimizelyVariation {
    experiment.variations.get(key).expect("a variation")
}

/// Two flags that share an experiment and a rollout, and an experiment that no flag lists.
const FLAGS: &str = r#""experiments":[
        {"id":"e1","key":"one","variations":[
            {"id":"1","key":"on","featureEnabled":true,"variables":[{"id":"x","value":"9"},{"id":"y","value":"8"},
                {"id":"nobody","value":"7"},{"id":"x","value":"10"}]},
            {"id":"2","key":"off","featureEnabled":false,"variables":[{"id":"x","value":"9"}]},
            {"id":"3","key":"unsaid","variables":[{"id":"x","value":"9"}]},
            {"id":"4","key":"null","featureEnabled":null,"variables":[{"id":"x","value":"9"}]}]},
        {"id":"e2","key":"apart","variations":[{"id":"1","key":"on","featureEnabled":true,
            "variables":[{"id":"x","value":"9"}]}]}],
    "featureFlags":[
        {"id":"f","key":"first","rolloutId":"r","experimentIds":["e1","gone"],"variables":[
            {"id":"x","key":"a","type":"integer","defaultValue":"1"},
            {"id":"w","key":"b","type":"string","subType":"json","defaultValue":"{}"}]},
        {"id":"g","key":"second","rolloutId":"r","experimentIds":["e1"],"variables":[
            {"id":"y","key":"c","type":"colour","defaultValue":"red"}]},
        {"id":"h","key":"bare","rolloutId":"gone"}],
    "rollouts":[{"id":"r","experiments":[{"id":"d1","key":"d1","variations":[{"id":"5","key":"on","featureEnabled":true,
        "variables":[{"id":"x","value":"6"},{"id":"y","value":"blue"}]}]},{"id":"d2","key":"d2"}]}]"#;

#[test]
fn an_experiment_has_the_variables_of_the_first_flag_that_lists_it() {
    let config = config(FLAGS);
    let one = config.experiments.get("one").expect("an experiment");
    assert_eq!(values(variation(one, "on")), [("a", "10"), ("b", "{}")]);
    for key in ["off", "unsaid", "null"] {
        assert_eq!(values(variation(one, key)), [("a", "1"), ("b", "{}")], "{key} keeps the defaults");
    }
    let apart = config.experiments.get("apart").expect("an experiment");
    assert_eq!(variation(apart, "on").variable_count(), 0);
    assert_eq!(variation(one, "on").variable_at(0).expect("a variable").value, "10");
    assert_eq!(variation(one, "on").variable_at(2), None);
}

#[test]
fn a_delivery_rule_has_real_values_of_its_own_flags_variables() {
    let config = config(FLAGS);
    let rule = |flag: &str| &config.features.get(flag).expect("a flag").delivery_rules;
    let keys: Vec<_> = rule("first").iter().map(|rule| &*rule.key).collect();
    assert_eq!(keys, ["d1", "d2"]);
    assert_eq!(values(variation(&rule("first")[0], "on")), [("a", "6"), ("b", "{}")]);
    assert_eq!(values(variation(&rule("second")[0], "on")), [("c", "blue")]);
    assert!(rule("bare").is_empty());
    assert!(config.experiments.get("d1").is_none(), "a delivery rule is no experiment of the map");
}

#[test]
fn feature_enabled_is_left_out_where_the_datafile_says_nothing() {
    let config = config(FLAGS);
    let one = config.experiments.get("one").expect("an experiment");
    let said: Vec<_> = one.variations.entries().iter().map(|variation| variation.feature_enabled).collect();
    assert_eq!(said, [Some(true), Some(false), None, None]);
    let json = config.to_json();
    assert!(json.contains(r#""key":"off","featureEnabled":false,"variablesMap""#), "{json}");
    assert!(json.contains(r#""key":"unsaid","variablesMap""#), "{json}");
    assert!(json.contains(r#""key":"null","variablesMap""#), "{json}");
}

#[test]
fn a_feature_has_its_experiments_in_order_and_shares_them() {
    let config = config(FLAGS);
    let first = config.features.get("first").expect("a flag");
    assert_eq!(first.experiment_rules.len(), 1, "an id that names no experiment is skipped");
    for flag in ["first", "second"] {
        let shared = &config.features.get(flag).expect("a flag").experiment_rules[0];
        assert!(Arc::ptr_eq(shared, config.experiments.get("one").expect("an experiment")));
    }
    let variables: Vec<_> = first.variables().collect();
    assert_eq!(variables[0], OptimizelyVariable { id: "x", key: "a", kind: "integer", value: "1" });
    assert_eq!(variables[1], OptimizelyVariable { id: "w", key: "b", kind: "json", value: "{}" });
    let second = config.features.get("second").expect("a flag");
    assert_eq!(
        second.variable_at(0).expect("a variable").kind,
        "colour",
        "an unknown type is shown as it is"
    );
    assert_eq!((second.variable_count(), second.variable_at(1)), (1, None));
}

#[test]
fn of_two_with_one_key_the_last_stands() {
    let config = config(
        r#""experiments":[{"id":"1","key":"e","variations":[{"id":"10","key":"v"},{"id":"11","key":"v"}]},
            {"id":"2","key":"other"}],
        "groups":[{"id":"g","experiments":[{"id":"3","key":"e"}]}],
        "featureFlags":[{"id":"4","key":"f","experimentIds":["2"],"variables":[{"id":"x","key":"x"}]},
            {"id":"5","key":"f","experimentIds":["1","3"],"variables":[
                {"id":"x","key":"a","defaultValue":"1"},{"id":"y","key":"a","defaultValue":"2"}]}]"#,
    );
    let keys: Vec<_> = config.experiments.entries().iter().map(|item| (&*item.id, &*item.key)).collect();
    assert_eq!(keys, [("2", "other"), ("3", "e")]);
    assert_eq!(config.features.entries().len(), 1);
    let feature = config.features.get("f").expect("a flag");
    assert_eq!(&*feature.id, "5");
    let rules: Vec<_> = feature.experiment_rules.iter().map(|rule| &*rule.id).collect();
    assert_eq!(rules, ["1", "3"], "rules are found by id, so that none is lost to its key");
    let variations: Vec<_> =
        feature.experiment_rules[0].variations.entries().iter().map(|item| &*item.id).collect();
    assert_eq!(variations, ["11"]);
    let variables: Vec<_> = feature.variables().map(|variable| (variable.id, variable.value)).collect();
    assert_eq!(variables, [("y", "2")]);
    let json = config.to_json();
    assert_eq!(json.matches(r#""e":{"id":"3""#).count(), 2, "in the map of all and in the flag's: {json}");
    assert!(!json.contains(r#""e":{"id":"1""#), "{json}");
}

#[test]
fn audiences_are_typed_first_once_each_and_without_the_placeholder() {
    let config = config(
        r#""typedAudiences":[{"id":"1","name":"typed","conditions":[ "and", {"value" : "a b\" [ \\", "n":1.50} ]}],
        "audiences":[{"id":"1","name":"late","conditions":"[]"},
            {"id":"2","name":"text","conditions":"[ \"or\" ]"},{"id":"3","name":"none"},
            {"id":"$opt_dummy_audience","name":"placeholder","conditions":"[]"}],
        "experiments":[{"key":"e","audienceConditions":["or","1","$opt_dummy_audience","2"]},
            {"key":"ids","audienceIds":["1"]},{"key":"text","audienceConditions":"1"}]"#,
    );
    let shown: Vec<_> =
        config.audiences.iter().map(|audience| (&*audience.id, &*audience.conditions)).collect();
    assert_eq!(shown, [("1", r#"["and",{"value":"a b\" [ \\","n":1.50}]"#), ("2", r#"[ "or" ]"#), ("3", "")]);
    let line = |key: &str| &*config.experiments.get(key).expect("an experiment").audiences;
    assert_eq!(line("e"), r#""typed" OR "$opt_dummy_audience" OR "text""#);
    assert_eq!((line("ids"), line("text")), ("", ""), "the line is of lists of conditions only");
}

#[test]
fn feature_rollouts_are_injected_as_into_the_project() {
    let config = config(
        r#""experiments":[{"id":"1","key":"e","type":"fr","variations":[{"id":"10","key":"on"}]}],
        "featureFlags":[{"key":"f","rolloutId":"r","experimentIds":["1"],"variables":[{"id":"x","key":"x"}]}],
        "rollouts":[{"id":"r","experiments":[{"id":"d","variations":[{"id":"20","key":"rest","featureEnabled":true,
            "variables":[{"id":"x","value":"v"}]}]}]}]"#,
    );
    let experiment = config.experiments.get("e").expect("an experiment");
    assert_eq!(experiment.variations.entries().len(), 2);
    assert_eq!(values(variation(experiment, "rest")), [("x", "v")]);
}

#[test]
fn the_json_has_the_official_names_in_a_fixed_order() {
    let config = config(
        r#""revision":"7","sdkKey":"s","environmentKey":"production","holdouts":[{"id":"9","key":"h","status":"Running"}],
        "attributes":[{"id":"1","key":"\"a\""}],"audiences":[{"id":"2","name":"n","conditions":"[]"}],
        "events":[{"id":"3","key":"k","experimentIds":["4",5]}],
        "experiments":[{"id":"4","key":"e","audienceConditions":["2"],"variations":[{"id":"6","key":"v"}]}],
        "featureFlags":[{"id":"8","key":"f","experimentIds":["4"],"variables":[
            {"id":"x","key":"x","type":"boolean","defaultValue":"true"}]}]"#,
    );
    let variable = r#"{"x":{"id":"x","key":"x","type":"boolean","value":"true"}}"#;
    let experiment = format!(
        r#"{{"id":"4","key":"e","audiences":"\"n\"","variationsMap":{{"v":{{"id":"6","key":"v","variablesMap":{variable}}}}}}}"#
    );
    let expected = [
        r#"{"environmentKey":"production","sdkKey":"s","revision":"7","#,
        &format!(r#""experimentsMap":{{"e":{experiment}}},"#),
        r#""featuresMap":{"f":{"id":"8","key":"f","#,
        &format!(r#""experimentRules":[{experiment}],"deliveryRules":[],"variablesMap":{variable},"#),
        &format!(r#""experimentsMap":{{"e":{experiment}}}}}}},"#),
        r#""attributes":[{"id":"1","key":"\"a\""}],"#,
        r#""audiences":[{"id":"2","name":"n","conditions":"[]"}],"#,
        r#""events":[{"id":"3","key":"k","experimentIds":["4","5"]}]}"#,
    ];
    assert_eq!(config.to_json(), expected.concat());
}

#[test]
fn an_empty_datafile_gives_an_empty_config_and_its_own_text() {
    let text = "\u{feff}{\"version\":\"4\"}\n";
    let parsed = datafile::parse(text, 1).unwrap_or_else(|error| panic!("{error}"));
    let config = OptimizelyConfig::of(&parsed.project).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(&*config.datafile, text, "byte for byte, the mark included");
    assert_eq!(
        config.to_json(),
        r#"{"environmentKey":"","sdkKey":"","revision":"","experimentsMap":{},"featuresMap":{},"attributes":[],"audiences":[],"events":[]}"#
    );
}

#[test]
fn hostile_nesting_is_shown_without_recursion() {
    let nest = |levels: usize, leaf: &str| format!("{}{leaf}{}", "[".repeat(levels), "]".repeat(levels));
    let (few, many) = (nest(512, "\"1\""), nest(100_000, "\"1\""));
    let config = config(&format!(
        r#""typedAudiences":[{{"id":"1","name":"n","conditions":{many}}}],
        "experiments":[{{"key":"few","audienceConditions":{few}}},{{"key":"many","audienceConditions":{many}}}]"#
    ));
    for (key, levels) in [("few", 512), ("many", 100_000)] {
        let experiment = config.experiments.get(key).expect("an experiment");
        let expected = format!("{}\"n\"{}", "(".repeat(levels - 1), ")".repeat(levels - 1));
        assert!(*experiment.audiences == *expected, "{key}");
    }
    assert!(*config.audiences[0].conditions == *many);
}

#[test]
fn many_variables_in_many_variations_take_room_once() {
    const MANY: usize = 20_000;
    let list = |item: &dyn Fn(usize) -> String| (0..MANY).map(item).collect::<Vec<_>>().join(",");
    let variations = list(&|at| {
        format!(r#"{{"key":"{at}","featureEnabled":true,"variables":[{{"id":"{}","value":"v"}}]}}"#, at % 2)
    });
    let variables = list(&|at| format!(r#"{{"id":"{}","key":"{at}"}}"#, at % 2));
    let config = config(&format!(
        r#""experiments":[{{"id":"e","key":"e","variations":[{variations}]}}],
        "featureFlags":[{{"key":"f","experimentIds":["e"],"variables":[{variables}]}}]"#
    ));
    // 400 million pairs, of which none is made before it is asked for.
    let experiment = config.experiments.get("e").expect("an experiment");
    let last = variation(experiment, "19999");
    assert_eq!(last.variable_count(), MANY);
    assert_eq!(last.variable_at(MANY - 1).expect("a variable").value, "v", "of all variables with one id");
    assert_eq!(last.variable_at(MANY - 2).expect("a variable").value, "");
}
