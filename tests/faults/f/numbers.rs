//! F10: numbers at the edges, in conditions and in attributes.

use opttrack::value::Value;

use super::fixture::{client, refusal, user};
use super::probe::{self, Truth, leaf};
use super::row::Row;

use Truth::{False, True, Unknown};

const BOUND: i64 = 1 << 53;

/// Match, the condition's number as JSON writes it, the attribute, and what it comes to.
const CASES: &[(&str, &str, Value<'static>, Truth)] = &[
    // Zero has one value and two signs.
    ("exact", "-0", Value::Int(0), True),
    ("exact", "0", Value::Double(-0.0), True),
    ("exact", "-0.0", Value::Double(0.0), True),
    ("gt", "-0.0", Value::Int(0), False),
    ("ge", "-0.0", Value::Int(0), True),
    ("lt", "0", Value::Double(-0.0), False),
    ("le", "0", Value::Double(-0.0), True),
    // Whole numbers and doubles are one kind.
    ("exact", "1", Value::Double(1.0), True),
    ("exact", "1.0", Value::Int(1), True),
    ("exact", "1E2", Value::Int(100), True),
    ("exact", "0.1", Value::Double(0.1), True),
    ("exact", "0.3", Value::Double(0.1 + 0.2), False),
    ("lt", "1.5", Value::Int(1), True),
    ("gt", "-1", Value::Int(-2), False),
    // The bound, on either side of the comparison.
    ("exact", "9007199254740992", Value::Int(BOUND), True),
    ("exact", "9007199254740992", Value::Double(9_007_199_254_740_992.0), True),
    ("exact", "-9007199254740992", Value::Int(-BOUND), True),
    ("gt", "9007199254740991", Value::Int(BOUND), True),
    ("exact", "9007199254740992", Value::Int(BOUND + 1), Unknown),
    ("lt", "9007199254740992", Value::Int(BOUND + 1), Unknown),
    ("ge", "0", Value::Int(BOUND + 1), Unknown),
    ("le", "0", Value::Int(-BOUND - 1), Unknown),
    ("ge", "0", Value::Double(9_007_199_254_740_994.0), Unknown),
    ("ge", "0", Value::Int(i64::MAX), Unknown),
    ("le", "0", Value::Int(i64::MIN), Unknown),
    ("ge", "0", Value::Double(f64::MAX), Unknown),
    ("exact", "9007199254740993", Value::Int(BOUND), Unknown),
    ("exact", "9007199254740993", Value::Int(BOUND + 1), Unknown),
    ("lt", "9007199254740993", Value::Int(0), Unknown),
    ("gt", "-9007199254740993", Value::Int(0), Unknown),
    ("lt", "9223372036854775807", Value::Int(0), Unknown),
    ("lt", "9223372036854775808", Value::Int(0), Unknown),
    ("gt", "-9223372036854775809", Value::Int(0), Unknown),
    ("lt", "18446744073709551616", Value::Int(0), Unknown),
    // Beyond every double.
    ("lt", "1e400", Value::Int(0), Unknown),
    ("gt", "-1e400", Value::Int(0), Unknown),
    ("exact", "1e400", Value::Double(f64::INFINITY), Unknown),
    ("lt", "1e99999999999999999999", Value::Int(0), Unknown),
    ("exact", "1e-400", Value::Int(0), True),
    ("exact", "5e-324", Value::Double(5e-324), True),
    ("gt", "0", Value::Double(5e-324), True),
    // What is no number that compares.
    ("exact", "0", Value::Double(f64::NAN), Unknown),
    ("gt", "0", Value::Double(f64::NAN), Unknown),
    ("le", "0", Value::Double(f64::NAN), Unknown),
    ("gt", "0", Value::Double(f64::INFINITY), Unknown),
    ("lt", "0", Value::Double(f64::NEG_INFINITY), Unknown),
    ("exact", "1", Value::Bool(true), Unknown),
    ("exact", "0", Value::Bool(false), Unknown),
    ("exact", "1", Value::Str("1"), Unknown),
    ("exact", "0", Value::Null, Unknown),
    ("exact", "true", Value::Int(1), Unknown),
    ("exact", "\"1\"", Value::Int(1), Unknown),
    ("gt", "\"0\"", Value::Int(1), Unknown),
    ("gt", "true", Value::Int(1), Unknown),
    ("gt", "null", Value::Int(1), Unknown),
    ("exact", "null", Value::Int(0), Unknown),
    ("exact", "[1]", Value::Int(1), Unknown),
    ("exact", "{}", Value::Int(1), Unknown),
    // `exists` looks at nothing but presence.
    ("exists", "1e400", Value::Double(f64::NAN), True),
    ("exists", "0", Value::Int(i64::MIN), True),
    ("exists", "0", Value::Null, False),
];

#[test]
fn numbers_at_the_edges() {
    let mut row = Row::new("F10", "1e400, −0, 2^53 + 1, NaN and infinities compare by the numeric rules");
    for (matcher, number, attribute, truth) in CASES {
        let visitor = user("u", &[("a", *attribute)]);
        let condition = leaf(matcher, number);
        let text = serde_json::Value::from(condition.as_str()).to_string();
        let what = format!("{attribute:?} {matcher} {number}");
        assert_eq!(probe::truth_of(&condition, &visitor), *truth, "{what}");
        assert_eq!(probe::truth_of(&text, &visitor), *truth, "{what}, the condition in a text");
        row.fire();
    }
    row.done("");
}

#[test]
fn four_hundred_digits() {
    let mut row = Row::new("F10", "numbers of 400 digits are unknown beyond the bound and exact within it");
    let (nines, zeros) = ("9".repeat(400), "0".repeat(400));
    for (number, attribute, truth) in [
        (nines.clone(), Value::Int(9), Unknown),
        (format!("-{nines}"), Value::Int(9), Unknown),
        (format!("{nines}.5"), Value::Double(f64::MAX), Unknown),
        (format!("1.{zeros}"), Value::Int(1), True),
        (format!("1.{zeros}1"), Value::Int(1), True),
        (format!("0.{zeros}1"), Value::Int(0), True),
        (format!("1{zeros}e-400"), Value::Int(1), True),
        (format!("0.{zeros}1e401"), Value::Int(1), True),
        (format!("0.{nines}"), Value::Int(1), True),
    ] {
        let visitor = user("u", &[("a", attribute)]);
        assert_eq!(probe::truth_of(&leaf("exact", &number), &visitor), truth, "{number}");
        row.fire();
    }
    row.done("");
}

#[test]
fn what_json_has_no_number_for() {
    let mut row =
        Row::new("F10", "NaN, Infinity and misspelt numbers: refused as JSON, unusable inside a text");
    let in_force = client(r#"{"version":"4"}"#);
    let visitor = user("u", &[("a", Value::Int(1))]);
    for number in
        ["NaN", "Infinity", "-Infinity", "nan", "+1", "01", "1.", ".5", "1e", "0x10", "1_000", "--1", "1,5"]
    {
        let condition = leaf("exact", number);
        let error = refusal(&in_force, &probe::datafile(&condition));
        assert_eq!(error.place(), "typedAudiences[0].conditions", "{number}: {error}");
        let text = serde_json::Value::from(condition).to_string();
        assert_eq!(probe::truth_of(&text, &visitor), Unknown, "{number}");
        row.fire();
    }
    row.done("");
}
