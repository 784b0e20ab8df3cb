//! The parser beside a second one, what it is stricter about, and what comes out again.

use std::hash::{DefaultHasher, Hasher};

use super::parse;

#[test]
fn agrees_with_a_second_parser_on_what_is_json() {
    for text in [
        "null",
        "true",
        "false",
        " 1 ",
        "-0",
        "01",
        "1.",
        ".5",
        "-",
        "1e5",
        "1E+5",
        "1e",
        "1.5e-3",
        "+1",
        "\"\"",
        "\"a",
        "\"\\n\\u00e4\\\"\"",
        "\"\\x\"",
        "\"\\ud83d\\ude00\"",
        "\"\\ud83d\"",
        "\"\\ud83dx\"",
        "\"\\ude00\"",
        "\"\\ud83d\\u0041\"",
        "\"\\u12g4\"",
        "\"\\u+123\"",
        "\"\n\"",
        "\"é😀\"",
        "[]",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[1,2",
        "{}",
        "{\"a\":1}",
        "{\"a\":1,}",
        "{a:1}",
        "{\"a\" 1}",
        "{\"a\":1 \"b\":2}",
        "{\"a\"",
        "tru",
        "nulls",
        "",
        " ",
        "1 2",
        "[[[]]]",
        "NaN",
        "\u{feff}1",
        "'a'",
        "{\"a\":[{\"b\":null}]}",
    ] {
        let ours = parse(text);
        assert_eq!(ours.is_ok(), serde_json::from_str::<serde_json::Value>(text).is_ok(), "{text}: {ours:?}");
    }
}

#[test]
fn is_stricter_about_repeated_keys_and_depth() {
    assert_eq!(parse("{\"a\":1,\"a\":1}").expect_err("repeated").why, "a key stands twice in one object");
    let many: Vec<String> = (0..40).chain([20]).map(|n| format!("\"{n}\":0")).collect();
    assert!(parse(&format!("{{{}}}", many.join(","))).is_err());
    assert!(parse(&format!("{{{}}}", many[..40].join(","))).is_ok());
    assert!(parse(&("[".repeat(64) + &"]".repeat(64))).is_ok());
    assert!(parse(&("[".repeat(65) + &"]".repeat(65))).is_err());
}

#[test]
fn writes_what_it_read() {
    let text =
        "{\"z\":[1e400,-0,0.10,18446744073709551616],\"a\":\"\\\"\\\\\\u0001é\",\"n\":null,\"t\":true}";
    assert_eq!(parse(text).expect("JSON").to_string(), text);
    assert_eq!(parse(" [ \"\\/\\ud83d\\ude00\\u0041\" ] ").expect("JSON").to_string(), "[\"/😀A\"]");
}

#[test]
fn a_digest_is_of_the_meaning() {
    let digest = |text: &str| {
        let mut state = DefaultHasher::new();
        parse(text).expect("JSON").digest(&mut state);
        state.finish()
    };
    for (one, other) in [
        ("{\"a\":4,\"b\":[1,2]}", "{ \"b\":[1,2.0], \"a\":4e0 }"),
        ("1.50", "15e-1"),
        ("\"A\"", "\"\\u0041\""),
    ] {
        assert_eq!(digest(one), digest(other), "{one} {other}");
    }
    let big = i64::MAX.to_string();
    for (one, other) in
        [("[1,2]", "[2,1]"), ("\"1\"", "1"), ("{\"a\":1}", "{\"b\":1}"), ("null", "false"), ("{}", "[]")]
    {
        assert_ne!(digest(one), digest(other), "{one} {other}");
    }
    assert_ne!(digest(&big), digest("9223372036854775806"));
    assert_ne!(digest("18446744073709551615"), digest("18446744073709551614"));
}
