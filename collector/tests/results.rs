//! Attribution: who counts for what, which conversions count, and the table that shows it.

mod common;

use common::{Peer, batch, conversion, impression};
use opttrack_collector::{Collector, Variation};
use serde_json::json;

fn received(visitors: &[String]) -> Collector {
    let collector = Collector::start().expect("it starts");
    assert_eq!(Peer::to(&collector).posted(&batch(visitors)).status, 204);
    collector
}

/// Key, visitors, converted visitors, conversions, revenue of each variation of the only experiment.
fn only(collector: &Collector) -> Vec<(String, u64, u64, u64, i128)> {
    let results = collector.results();
    assert_eq!(results.len(), 1);
    let row =
        |v: &Variation| (v.variation_key.clone(), v.visitors, v.converted_visitors, v.conversions, v.revenue);
    results[0].variations.iter().map(row).collect()
}

fn revenue(number: u32, visitor: &str, timestamp: i64, cents: i64) -> String {
    conversion(number, visitor, timestamp, &format!(r#","revenue":{cents},"value":1.5"#))
}

#[test]
fn a_conversion_counts_from_the_first_impression_on() {
    let collector = received(&[
        revenue(1, "early", 99, 1),
        revenue(2, "same-moment", 100, 20),
        revenue(3, "later", 101, 300),
        impression(4, "early", 100, "r", "a"),
        impression(5, "same-moment", 100, "r", "a"),
        impression(6, "later", 100, "r", "a"),
        revenue(7, "nobody", 101, 4000),
    ]);
    assert_eq!(only(&collector), [("a".to_owned(), 3, 2, 2, 320)]);
}

#[test]
fn a_visitor_counts_for_the_variation_met_first_by_time_whatever_arrives_first() {
    let collector = received(&[
        impression(1, "v", 200, "r", "b"),
        impression(2, "v", 100, "r", "a"),
        impression(3, "v", 300, "r", "b"),
        impression(4, "w", 100, "r", "b"),
        impression(5, "w", 100, "r", "a"),
        revenue(6, "v", 150, 10),
        revenue(7, "v", 250, 10),
    ]);
    assert_eq!(only(&collector), [("a".to_owned(), 1, 1, 2, 20), ("b".to_owned(), 1, 0, 0, 0)]);
}

#[test]
fn a_conversion_counts_in_every_experiment_its_visitor_is_in() {
    let collector = received(&[
        impression(1, "v", 1, "one", "a"),
        impression(2, "v", 2, "two", "b"),
        impression(3, "v", 9, "three", "c"),
        revenue(4, "v", 5, 10),
    ]);
    let results = collector.results();
    let counted: Vec<_> =
        results.iter().map(|e| (e.rule_key.as_str(), e.variations[0].conversions)).collect();
    assert_eq!(counted, [("one", 1), ("two", 1), ("three", 0)]);
}

#[test]
fn repeats_count_once() {
    let collector = received(&[
        impression(1, "v", 1, "r", "a"),
        impression(1, "v", 1, "r", "a"),
        revenue(2, "v", 5, 10),
        revenue(2, "v", 5, 10),
    ]);
    assert_eq!(only(&collector), [("a".to_owned(), 1, 1, 1, 10)]);
}

#[test]
fn revenue_is_summed_without_loss() {
    let collector = received(&[
        impression(1, "v", 1, "r", "a"),
        revenue(2, "v", 5, i64::MAX),
        revenue(3, "v", 5, i64::MAX),
        revenue(4, "v", 5, -1),
    ]);
    assert_eq!(only(&collector)[0].4, 2 * i128::from(i64::MAX) - 1);
}

#[test]
fn impressions_without_a_rule_are_kept_apart_by_flag() {
    let bare = |number: u32, flag: &str| {
        impression(number, "v", 1, "r", "a")
            .replace("e-r", "")
            .replace("\"rule_key\":\"r\"", "\"rule_key\":\"\"")
            .replace("shop", flag)
    };
    let collector = received(&[bare(1, "one"), bare(2, "two"), bare(3, "one")]);
    let results = collector.results();
    let names: Vec<_> = results.iter().map(opttrack_collector::Experiment::name).collect();
    assert_eq!(names, ["one", "two"]);
}

#[test]
fn json_has_every_figure() {
    let collector = received(&[
        impression(1, "v", 1, "r", "a"),
        impression(2, "w", 1, "r", "a"),
        impression(3, "x", 1, "r", "a"),
        impression(4, "y", 1, "r", "a"),
        revenue(5, "v", 5, 1000),
        revenue(6, "v", 6, 250),
    ]);
    assert_eq!(
        Peer::to(&collector).ask("GET", "/control/results", "").json(),
        json!({"experiments":[{"experiment_id":"e-r","campaign_id":"c-r","rule_key":"r","flag_key":"shop",
            "rule_type":"feature-test","variations":[{"variation_id":"97","variation_key":"a","visitors":4,
            "converted_visitors":1,"conversions":2,"rate":0.25,"revenue":1250,"value":3}]}]})
    );
}

#[test]
fn the_table_is_aligned() {
    let collector = received(&[
        impression(1, "v", 1, "checkout", "größer"),
        impression(2, "w", 1, "checkout", "control"),
        impression(3, "x", 1, "checkout", "control"),
        revenue(4, "v", 5, 123_456),
        revenue(5, "w", 5, -5),
        revenue(6, "w", 5, 0),
    ]);
    let expected = "\
experiment / variation           visitors  converted  conversions      rate  revenue
checkout (feature-test of shop)
  control                               2          1            2   50.00 %    -0.05
  größer                                1          1            1  100.00 %  1234.56
";
    assert_eq!(collector.report(), expected);
}
