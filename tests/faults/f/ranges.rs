//! F8: ranges of traffic that are unsorted, overlapping, negative, too large, fractional or missing.

use opttrack::client::Client;
use opttrack::user::User;

use super::fixture::{BUCKETS, EXPERIMENT, client, refusal, variation};
use super::row::Row;

/// An entity and the end of its range, as JSON writes it.
type Ranges<'a> = &'a [(&'a str, &'a str)];

/// Ranges that are taken, with their ends as the comparison sees them; the first whose end is above the bucket wins.
const TAKEN: &[(Ranges<'static>, &[i128])] = &[
    (&[], &[]),
    (&[("a", "5000"), ("b", "10000")], &[5_000, 10_000]),
    (&[("a", "7000"), ("b", "4000"), ("c", "10000")], &[7_000, 4_000, 10_000]),
    (&[("c", "10000"), ("b", "5300"), ("a", "1")], &[10_000, 5_300, 1]),
    (&[("a", "5254"), ("b", "5255")], &[5_254, 5_255]),
    (&[("a", "5300"), ("b", "5300"), ("c", "5300")], &[5_300, 5_300, 5_300]),
    (&[("a", "0"), ("b", "10000")], &[0, 10_000]),
    (&[("a", "-1"), ("b", "6000")], &[-1, 6_000]),
    (&[("a", "-9223372036854775808"), ("b", "10000")], &[i64::MIN as i128, 10_000]),
    (&[("a", "-9223372036854775809"), ("b", "10000")], &[i64::MIN as i128 - 1, 10_000]),
    (&[("a", "10001"), ("b", "10000")], &[10_001, 10_000]),
    (&[("a", "2147483648")], &[1 << 31]),
    (&[("a", "4294967296")], &[1 << 32]),
    (&[("a", "4294967297"), ("b", "-4294967295")], &[(1 << 32) + 1, 1 - (1 << 32)]),
    (&[("a", "9223372036854775807")], &[i64::MAX as i128]),
    (&[("a", "9223372036854775808")], &[1 << 63]),
    (&[("a", "18446744073709551616")], &[1 << 64]),
    (&[("a", "1e300")], &[i128::MAX]),
    (&[("a", "-1e300"), ("b", "1e19")], &[i128::MIN, 10_i128.pow(19)]),
    (&[("a", "5300.0"), ("b", "1e4")], &[5_300, 10_000]),
    (&[("a", "5.3E+3"), ("b", "100000e-1")], &[5_300, 10_000]),
    (&[("a", "-0"), ("b", "-0.0"), ("c", "0.0")], &[0, 0, 0]),
    (&[("", "5300"), ("b", "10000")], &[5_300, 10_000]),
    (&[("nobody", "5300"), ("b", "10000")], &[5_300, 10_000]),
    (&[("a", "null"), ("b", "10000")], &[0, 10_000]),
];

/// Ends that are refused, whoever they are for.
const REFUSED: &[&str] =
    &["5000.5", "0.1", "-0.5", "5e-1", "1e400", "-1e400", "\"5000\"", "true", "[5000]", "{}", "\"\""];

fn allocation(ranges: Ranges<'_>) -> String {
    let range = |(entity, end): &(&str, &str)| format!(r#"{{"entityId":"{entity}","endOfRange":{end}}}"#);
    format!("[{}]", ranges.iter().map(range).collect::<Vec<_>>().join(","))
}

fn experiment(id: &str, allocation: &str) -> String {
    let variations = r#"[{"id":"a","key":"a"},{"id":"b","key":"b"},{"id":"c","key":"c"}]"#;
    format!(r#"{{"id":"{id}","key":"{id}","variations":{variations},"trafficAllocation":{allocation}}}"#)
}

fn of_experiment(allocation: &str) -> String {
    format!(r#"{{"version":"4","experiments":[{}]}}"#, experiment(EXPERIMENT, allocation))
}

/// A group under the id of which the buckets are known; its experiments `a`, `b` and `c` take everyone they get.
fn of_group(allocation: &str) -> String {
    let everyone = r#"[{"entityId":"a","endOfRange":10000}]"#;
    let experiments = ["a", "b", "c"].map(|id| experiment(id, everyone)).join(",");
    format!(
        r#"{{"version":"4","groups":[{{"id":"{EXPERIMENT}","policy":"random","trafficAllocation":{allocation},
            "experiments":[{experiments}]}}]}}"#
    )
}

/// A flag that the experiment delivers, to reach the same ranges by a rollout.
fn of_rollout(allocation: &str) -> String {
    format!(
        r#"{{"version":"4","featureFlags":[{{"key":"flag","rolloutId":"r"}}],
            "rollouts":[{{"id":"r","experiments":[{}]}}]}}"#,
        experiment(EXPERIMENT, allocation)
    )
}

/// Who wins, by the letter of the rule.
fn winner<'a>(ranges: Ranges<'a>, ends: &[i128], bucket: i128) -> Option<&'a str> {
    let place = ends.iter().position(|end| bucket < *end)?;
    Some(ranges[place].0).filter(|entity| ["a", "b", "c"].contains(entity))
}

fn delivered(client: &Client, user: &User) -> Option<String> {
    client.is_feature_enabled(user, "flag").expect("the flag is there").variation_key().map(str::to_owned)
}

#[test]
fn odd_ranges() {
    let mut row = Row::new(
        "F8",
        "unsorted, overlapping, negative and huge ranges decide by the first end above the bucket",
    );
    for (ranges, ends) in TAKEN {
        let allocation = allocation(ranges);
        let [of_experiment, of_group, of_rollout] =
            [of_experiment(&allocation), of_group(&allocation), of_rollout(&allocation)]
                .map(|text| client(&text));
        for (id, bucket) in BUCKETS {
            let user = User::new(id);
            let winner = winner(ranges, ends, bucket);
            let what = format!("{allocation}, bucket {bucket}");
            assert_eq!(variation(&of_experiment, &user, EXPERIMENT).as_deref(), winner, "{what}");
            assert_eq!(delivered(&of_rollout, &user).as_deref(), winner, "delivered: {what}");
            for experiment in ["a", "b", "c"] {
                let is_chosen = variation(&of_group, &user, experiment).is_some();
                assert_eq!(is_chosen, winner == Some(experiment), "group: {what}");
            }
            row.fire();
        }
    }
    row.done("");
}

#[test]
fn ranges_that_are_none() {
    let mut row = Row::new("F8", "fractions, infinities and other types are refused with their place");
    let client = client(r#"{"version":"4"}"#);
    for end in REFUSED {
        let allocation = allocation(&[("a", "100"), ("b", end)]);
        let rule = "trafficAllocation[1].endOfRange";
        for (text, place) in [
            (of_experiment(&allocation), format!("experiments[0].{rule}")),
            (of_group(&allocation), format!("groups[0].{rule}")),
            (of_rollout(&allocation), format!("rollouts[0].experiments[0].{rule}")),
        ] {
            let error = refusal(&client, &text);
            assert_eq!(error.place(), place, "{end}: {error}");
            row.fire();
        }
        let cmab = format!(r#"{{"version":"4","experiments":[{{"cmab":{{"trafficAllocation":{end}}}}}]}}"#);
        assert_eq!(refusal(&client, &cmab).place(), "experiments[0].cmab.trafficAllocation", "{end}");
        row.fire();
    }
    row.done("");
}
