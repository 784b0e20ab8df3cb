//! F11: texts that attack the comparison of semantic versions, from both sides of it.

use std::time::Duration;

use opttrack::client::Client;
use opttrack::user::User;
use opttrack::value::Value;

use super::fixture::{client, user};
use super::probe::{self, Truth, leaf};
use super::row::{Row, assert_within, shortest};

const KIB: usize = 1024;
const SIZE: usize = 64 * KIB;

/// For a text of that size: 1 ms.
const FIGURE: Duration = Duration::from_millis(1);

const MATCHES: [&str; 5] = ["semver_eq", "semver_gt", "semver_ge", "semver_lt", "semver_le"];

/// Repeats a text up to a size.
fn filled(with: &str, size: usize) -> String {
    with.repeat(size / with.len())
}

/// Texts of about a size that are no versions.
fn impostors(size: usize) -> Vec<String> {
    let mut texts: Vec<String> = [
        ".",
        "..",
        " ",
        "-",
        "+",
        "0.",
        "1.2.3.",
        "a",
        "\u{660}",
        "\u{1d7d8}",
        "\0",
        "\u{3000}",
        "-+",
        "\n",
        "é",
    ]
    .map(|with| filled(with, size))
    .into();
    let digits = filled("7", size);
    texts.extend([
        format!("1.2.3 {digits}"),
        format!("{digits} "),
        format!("{digits}."),
        format!(".{digits}"),
        format!("1..{digits}"),
        format!("1.2.3.{digits}"),
        format!("{digits}x"),
        format!("1.2.{digits}\u{85}"),
        format!("-{digits}"),
        format!("+{digits}"),
        format!("1.2.3-{}\u{a0}", filled(".", size)),
        format!("1.\u{661}.{digits}"),
    ]);
    texts
}

/// Texts that are versions, however large, and how each compares to `2.0.0`.
fn giants(size: usize) -> Vec<(String, std::cmp::Ordering)> {
    use std::cmp::Ordering::{Equal, Greater, Less};
    vec![
        (filled("7", size), Greater),
        (format!("{}2.0.0", filled("0", size)), Equal),
        (format!("2.0.{}", filled("0", size)), Equal),
        (format!("2.0.{}1", filled("0", size)), Greater),
        (format!("1.{}.9", filled("9", size)), Less),
        (format!("2.0.0-{}", filled(".", size)), Less),
        (format!("2.0.0-{}", filled("-", size)), Less),
        (format!("2.0.0+{}", filled("build.", size)), Equal),
        (format!("2.0.1-{}", filled("+a-", size)), Greater),
    ]
}

/// One client for each match, comparing the attribute to a version.
fn clients(target: &str) -> [Client; 5] {
    let target = serde_json::Value::from(target).to_string();
    MATCHES.map(|matcher| client(&probe::datafile(&leaf(matcher, &target))))
}

fn visitor(version: &str) -> User {
    user("u", &[("a", Value::Str(version))])
}

#[test]
fn impostors_are_unknown() {
    let mut row = Row::new("F11", "dots, spaces, empty parts and foreign digits are unknown on either side");
    let clients = clients("2.0.0");
    let sane = visitor("2.0.0");
    for text in
        impostors(SIZE).iter().map(String::as_str).chain(["", ".", "-", "2.", "1 2", "v2", "٢", "2.0.0.0"])
    {
        let hostile = visitor(text);
        let shown: String = text.chars().take(12).collect();
        for client in &clients {
            assert_eq!(probe::truth(client, &hostile), Truth::Unknown, "{shown:?}…");
        }
        let json = serde_json::Value::from(text).to_string();
        for matcher in MATCHES {
            assert_eq!(
                probe::truth_of(&leaf(matcher, &json), &sane),
                Truth::Unknown,
                "2.0.0 {matcher} {shown:?}…"
            );
        }
        row.fire();
    }
    row.done("");
}

#[test]
fn giants_compare() {
    let mut row = Row::new("F11", "numbers of 64 KiB and suffixes of 64 KiB compare as every other");
    let clients = clients("2.0.0");
    for (text, ordering) in giants(SIZE) {
        let hostile = visitor(&text);
        let holds =
            [ordering.is_eq(), ordering.is_gt(), ordering.is_ge(), ordering.is_lt(), ordering.is_le()];
        for ((client, matcher), holds) in clients.iter().zip(MATCHES).zip(holds) {
            let truth = if holds { Truth::True } else { Truth::False };
            assert_eq!(probe::truth(client, &hostile), truth, "{}… {matcher} 2.0.0", &text[..12]);
        }
        row.fire();
    }
    row.done("");
}

#[test]
fn in_linear_time() {
    let mut row = Row::new("F11", "hostile versions take linear time");
    let mut worst = Duration::ZERO;
    let mut steepest = 0.0_f64;
    let texts = |size| impostors(size).into_iter().chain(giants(size).into_iter().map(|(text, _)| text));
    for (small, large) in texts(SIZE).zip(texts(16 * SIZE)) {
        // Against a plain version, and against the text itself, so that both sides are as long as can be.
        for target in ["2.0.0", &small] {
            let client =
                client(&probe::datafile(&leaf("semver_ge", &serde_json::Value::from(target).to_string())));
            let timed = |text: &str| {
                let visitor = visitor(text);
                shortest(5, || drop(client.get_variation(&visitor, "in")))
            };
            let (taken, sixteenfold) = (timed(&small), timed(&large));
            assert_within(&format!("a version {:?}…", &small[..small.len().min(12)]), taken, FIGURE);
            worst = worst.max(taken);
            // Below this, the clock and the call itself are what is measured.
            if sixteenfold > Duration::from_micros(200) {
                steepest = steepest.max(sixteenfold.as_secs_f64() / taken.as_secs_f64().max(1e-6));
            }
            row.fire();
        }
    }
    row.done(&format!("64 KiB in {worst:?} at most; 16 × the text in {steepest:.1} × the time at most"));
    assert!(steepest <= 64.0, "16 × the text took {steepest} × the time");
}
