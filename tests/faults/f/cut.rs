//! F1: a datafile that did not arrive whole, or is something else altogether. The one in force stays.

use std::io::Write;
use std::process::{Command, Stdio};

use opttrack::error::Status;
use opttrack_collector::Collector;

use super::abi::AbiClient;
use super::fixture::{SHOP, answers, client, client_to, delivered, refusal, track, try_client, user};
use super::places::Place;
use super::row::Row;

/// A larger datafile of real make.
const REAL: &str = include_str!("../../vectors/datafiles/synthetic-region-eu.json");

/// What an error names as its place when it is about the whole file.
const WHOLE: &str = "datafile";

#[test]
fn cut_at_every_byte() {
    let mut row =
        Row::new("F1", "cut at every byte it is refused with its place, and the one in force stays");
    let client = client(SHOP);
    let before = answers(&client);
    let bytes_client = AbiClient::new(SHOP.as_bytes()).expect("the shop is taken");
    let document = serde_json::from_str(SHOP).expect("the shop is JSON");
    let places: Vec<String> = Place::all(&document).iter().map(ToString::to_string).collect();
    for cut in 1..SHOP.trim_end().len() {
        let refused =
            bytes_client.set_datafile(&SHOP.as_bytes()[..cut]).expect_err("a cut datafile is refused");
        let Some(text) = SHOP.get(..cut) else {
            assert_eq!(refused.status, Status::InvalidUtf8, "cut at {cut}: {refused:?}");
            assert!(refused.message.contains(&format!("byte {}", cut - 1)), "cut at {cut}: {refused:?}");
            row.fire();
            continue;
        };
        let error = refusal(&client, text);
        assert_eq!(refused.status, Status::InvalidDatafile);
        assert_eq!((refused.message.as_str(), refused.place.as_str()), (error.message(), error.place()));
        let is_place = error.place() == WHOLE || places.iter().any(|place| place == error.place());
        assert!(is_place, "cut at {cut}: no such place: {error:?}");
        let line = format!(" line {} column ", text.matches('\n').count() + 1);
        assert!(error.message().contains(&line), "cut at {cut}: not{line:?}: {error}");
        assert_eq!(answers(&client), before, "cut at {cut}");
        row.fire();
    }
    row.done("");
}

#[test]
fn a_large_one_cut_all_over() {
    let mut row =
        Row::new("F1", "a file of the vectors, cut at every seventh byte, is refused with its place");
    let client = client(SHOP);
    let before = answers(&client);
    for cut in (1..REAL.trim_end().len()).step_by(7).filter(|cut| REAL.is_char_boundary(*cut)) {
        let error = refusal(&client, &REAL[..cut]);
        assert!(!error.place().is_empty(), "cut at {cut}: {error:?}");
        row.fire();
    }
    assert_eq!(answers(&client), before);
    row.done("");
}

#[test]
fn events_keep_the_revision_in_force() {
    let mut row = Row::new("F1", "after refusals, conversions go out under the revision in force");
    let collector = Collector::start().expect("the collector starts");
    let client = client_to(&collector, SHOP);
    for cut in [1, SHOP.len() / 2, SHOP.trim_end().len() - 1] {
        refusal(&client, &SHOP.replace("\"revision\": \"7\"", "\"revision\": \"8\"")[..cut]);
        track(&client, &user("anna", &[]), "purchase").expect("the event is in force");
        row.fire();
    }
    let events = delivered(&collector, &client);
    assert_eq!(events.len(), 3);
    assert!(events.iter().all(|event| event["batch"]["revision"] == "7"), "{events:?}");
    row.done("");
}

#[test]
fn no_datafile_at_all() {
    let mut row = Row::new("F1", "an empty text is no datafile, and not a parse error");
    let client = client(SHOP);
    let before = answers(&client);
    let made = try_client("").err().expect("no client without a datafile");
    let set = client.set_datafile("").expect_err("no datafile is given");
    for error in [made, set] {
        assert_eq!(error.status(), Status::InvalidArgument, "{error}");
        assert_eq!(error.place(), "datafile");
        row.fire();
    }
    assert_eq!(answers(&client), before);
    row.done("");
}

#[test]
fn a_mark_or_white_space_around_it() {
    let mut row = Row::new("F1", "a byte-order mark before it and white space around it are skipped");
    let client = client(SHOP);
    let before = answers(&client);
    for text in [format!("\u{feff}{SHOP}"), format!("{SHOP} \t\r\n"), format!("\u{feff}\n{SHOP}\n\n")] {
        client.set_datafile(&text).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(answers(&client), before);
        row.fire();
    }
    row.done("");
}

#[test]
fn something_else_instead() {
    let mut row = Row::new("F1", "HTML, two documents, trailing bytes and other texts are refused");
    let client = client(SHOP);
    let before = answers(&client);
    let whole = SHOP.trim_end();
    let page = "<!DOCTYPE html>\n<html><body><h1>502 Bad Gateway</h1></body></html>\n";
    let mut texts: Vec<String> =
        [page, " ", "\n", "null", "true", "0", "\"4\"", "[]", "NaN", "\0", "version=4", "{]"]
            .map(str::to_owned)
            .into();
    texts.extend(
        ["x", "{}", "]", "}", ",", "\0", "\u{feff}", "null", " // end"].map(|rest| format!("{SHOP}{rest}")),
    );
    texts.extend([format!("{SHOP}{SHOP}"), format!("{whole},{whole}"), format!("\u{feff}\u{feff}{SHOP}")]);
    texts.extend([
        format!("[{whole}]"),
        format!("\u{feff}{page}"),
        SHOP.replace('"', "'"),
        format!("// shop\n{SHOP}"),
    ]);
    for text in texts {
        let error = refusal(&client, &text);
        assert_eq!(error.place(), WHOLE, "{error}");
        assert!(error.message().contains(" line ") && error.message().contains(" column "), "{error}");
        assert_eq!(answers(&client), before);
        row.fire();
    }
    row.done("");
}

#[test]
fn another_encoding() {
    let mut row = Row::new("F1", "UTF-16, UTF-32 and compressed bytes are refused");
    let client = AbiClient::new(SHOP.as_bytes()).expect("the shop is taken");
    let wide = |mark: &[u8], bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
        mark.iter().copied().chain(SHOP.encode_utf16().flat_map(bytes)).collect()
    };
    let utf_32: Vec<u8> = SHOP.chars().flat_map(|char| u32::from(char).to_le_bytes()).collect();
    // The first three aren't UTF-8 and say where; the others are, up to the first umlaut at least.
    for (bytes, offset) in [
        (wide(b"\xff\xfe", u16::to_le_bytes), Some(0)),
        (wide(b"\xfe\xff", u16::to_be_bytes), Some(0)),
        (gzip(SHOP.as_bytes()), Some(1)),
        (wide(b"", u16::to_le_bytes), None),
        (wide(b"", u16::to_be_bytes), None),
        (utf_32, None),
    ] {
        let refused = client.set_datafile(&bytes).expect_err("another encoding is refused");
        assert!(matches!(refused.status, Status::InvalidUtf8 | Status::InvalidDatafile), "{refused:?}");
        assert!(!refused.place.is_empty(), "{refused:?}");
        if let Some(offset) = offset {
            assert_eq!(refused.status, Status::InvalidUtf8);
            assert!(refused.message.contains(&format!("byte {offset} ")), "{refused:?}");
        }
        let made = AbiClient::new(&bytes).err().expect("and makes no client");
        assert_eq!(made.status, refused.status);
        row.fire();
    }
    row.done("");
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut program = Command::new("gzip")
        .arg("-c")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("gzip is installed");
    let mut input = program.stdin.take().expect("standard input is piped");
    // Less than a pipe holds, so that writing it all before reading can't block.
    input.write_all(bytes).expect("gzip reads");
    drop(input);
    program.wait_with_output().expect("gzip ends").stdout
}
