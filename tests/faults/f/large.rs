//! F2: a datafile of 97 MiB, in a process of its own, as a C program hands it over.

use std::fmt::Write;
use std::time::Duration;

use super::abi::AbiClient;
use super::child;
use super::clock::computing;
use super::row::Row;

/// What is asked for: seconds to parse it, and memory as a multiple of the text, the caller's copy included.
const FIGURE: Duration = Duration::from_secs(3);
const MEMORY: u64 = 4;

const MIB: usize = 1024 * 1024;
const SIZE: usize = 97 * MIB;
const EXPERIMENTS: usize = 100_000;

#[test]
fn ninety_seven_mib() {
    let mut row = Row::new("F2", "97 MiB of 100,000 experiments are parsed in time and memory");
    let output = child::run("large::in_a_process_of_its_own");
    let millis = child::figure(&output, "parse_ms");
    let (size, before, peak) = (
        child::figure(&output, "text_kib"),
        child::figure(&output, "before_kib"),
        child::figure(&output, "peak_kib"),
    );
    row.fire();
    let (whole, hundredths) = (peak / size, peak % size * 100 / size);
    row.done(&format!(
        "{millis} ms, peak {peak} KiB = {whole}.{hundredths:02} × the text's {size} KiB, {before} KiB of it before"
    ));
    assert!(size >= 97 * 1024, "only {size} KiB");
    assert!(peak <= MEMORY * size, "peak {peak} KiB is more than {MEMORY} × {size} KiB");
    // The figure is that of an optimised build.
    if !cfg!(debug_assertions) {
        assert!(Duration::from_millis(millis) <= FIGURE, "{millis} ms");
    }
}

#[test]
#[ignore = "measures its own process; `ninety_seven_mib` runs it in one of its own"]
fn in_a_process_of_its_own() {
    let text = datafile();
    let before = child::peak_kib();
    let mut client = None;
    let taken = computing(|| client = Some(AbiClient::new(text.as_bytes())));
    let millis = taken.as_millis();
    let peak = child::peak_kib();
    println!("parse_ms={millis} text_kib={} before_kib={before} peak_kib={peak}", text.len() / 1024);
    client.expect("a client was asked for").unwrap_or_else(|refusal| panic!("{refusal:?}"));
}

/// A datafile of exactly that size, in a buffer of exactly that size.
fn datafile() -> String {
    let mut text = String::with_capacity(SIZE);
    text.push_str(r#"{"version":"4","accountId":"1","projectId":"2","revision":"3","experiments":["#);
    for number in 0..EXPERIMENTS {
        let separator = if number == 0 { "" } else { "," };
        text.push_str(separator);
        experiment(&mut text, number);
    }
    text.push_str(r#"],"padding":""#);
    assert!(text.len() + 2 <= SIZE, "{EXPERIMENTS} experiments take {} bytes", text.len());
    text.extend(std::iter::repeat_n('x', SIZE - 2 - text.len()));
    text.push_str("\"}");
    text
}

/// An experiment of about a kilobyte, with the proportions that a visual editor's have.
fn experiment(text: &mut String, number: usize) {
    let id = 9_300_000_000_000 + 10 * number;
    write!(
        text,
        r#"{{"id":"{id}","key":"experiment_{number}_of_the_season","layerId":"{}","status":"Running","type":"ab","#,
        id + 1
    )
    .expect("a text takes a text");
    text.push_str(
        r#""audienceIds":["9300000000001","9300000000002"],"audienceConditions":["or","9300000000001","#,
    );
    text.push_str(
        r#""9300000000002"],"forcedVariations":{"tester-one":"variation_1","tester-two":"variation_2"},"#,
    );
    text.push_str(r#""variations":["#);
    for variation in 1..=3 {
        let separator = if variation == 1 { "" } else { "," };
        write!(
            text,
            r#"{separator}{{"id":"{}","key":"variation_{variation}","featureEnabled":true,"variables":[{{"id":"{}","value":"a headline, a colour or a number of columns"}}]}}"#,
            id + 1 + variation,
            id + 5
        )
        .expect("a text takes a text");
    }
    text.push_str(r#"],"trafficAllocation":["#);
    for variation in 1..=3 {
        let separator = if variation == 1 { "" } else { "," };
        write!(
            text,
            r#"{separator}{{"entityId":"{}","endOfRange":{}}}"#,
            id + 1 + variation,
            3_333 * variation
        )
        .expect("a text takes a text");
    }
    text.push_str("]}");
}
