//! `list`, `check` and `export`: what is there. Nothing is changed.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use opttrack::client::journal_tools::{
    ClientDirectory, ExportOptions, Fault, SegmentFile, SegmentState, Survey, export as export_events, survey,
};
use serde_json::{Value, json};

use crate::arguments::Arguments;
use crate::report::{Table, age, count, now_ms};
use crate::{Ending, Outcome, complain};

const SEGMENT_HEADINGS: &[&str] = &[
    "SEGMENT", "WAITING", "SETTLED", "DAMAGED", "BYTES", "OLDEST", "ACCOUNT", "PROJECT", "REVISION",
    "ENDPOINT",
];
const SEGMENT_RIGHT: &[bool] = &[false, true, true, true, true, true, false, false, false, false];

/// Shows what is in a directory.
pub fn list(arguments: &Arguments) -> Outcome {
    let survey = survey(arguments.directory())?;
    let mut out = BufWriter::new(io::stdout().lock());
    if arguments.has("--json") {
        writeln!(out, "{}", survey_json(&survey))?;
    } else {
        print_survey(&survey, &mut out)?;
    }
    out.flush()?;
    Ok(Ending::Well)
}

/// Reports damage.
pub fn check(arguments: &Arguments) -> Outcome {
    let survey = survey(arguments.directory())?;
    let mut out = BufWriter::new(io::stdout().lock());
    if arguments.has("--json") {
        let faults: Vec<_> = survey.faults.iter().map(fault_json).collect();
        writeln!(out, "{}", json!({ "faults": faults }))?;
    } else {
        for fault in &survey.faults {
            let Fault { path, place, events, what } = fault;
            let (start, end) = (place.start, place.end);
            let events = if *events > 0 { format!(" ({})", count(*events, "event")) } else { String::new() };
            writeln!(out, "{}: bytes {start} to {end}{events}: {what}", path.display())?;
        }
        let segments = survey.segments().count() as u64;
        let waiting = survey.segments().map(|(_, segment)| segment.waiting).sum();
        let files = survey.dead_letters.len() as u64;
        let damaged = if survey.faults.is_empty() {
            "nothing is damaged".to_owned()
        } else {
            format!("damaged in {}", count(survey.faults.len() as u64, "place"))
        };
        writeln!(
            out,
            "{} with {}, {} of dead letters: {damaged}",
            count(segments, "segment"),
            waits(waiting),
            count(files, "file"),
        )?;
    }
    out.flush()?;
    Ok(if survey.faults.is_empty() { Ending::Well } else { Ending::Finding })
}

/// Prints events.
pub fn export(arguments: &Arguments) -> Outcome {
    let options = ExportOptions {
        has_dead_letters: arguments.has("--dead-letters"),
        has_settled: arguments.has("--settled"),
    };
    let mut out = BufWriter::new(io::stdout().lock());
    let exported = export_events(arguments.directory(), options, |line| {
        out.write_all(line)?;
        out.write_all(b"\n")
    })?;
    out.flush()?;
    if exported.unreadable == 0 {
        return Ok(Ending::Well);
    }
    let unreadable = count(exported.unreadable, "event");
    complain(format_args!("{unreadable} could not be read and left out; check says which"));
    Ok(Ending::Finding)
}

fn print_survey(survey: &Survey, out: &mut impl Write) -> io::Result<()> {
    let now = now_ms();
    for client in &survey.clients {
        writeln!(out, "client {}: {}", name(&client.path), client.state())?;
        let mut table = Table::new(SEGMENT_HEADINGS, SEGMENT_RIGHT);
        for segment in &client.segments {
            table.row(segment_row(segment, now));
        }
        if !table.is_empty() {
            table.print(out)?;
        }
    }
    let mut letters = Table::new(&["DEAD LETTERS", "EVENTS", "BYTES", "CLIENT"], &[false, true, true, false]);
    for file in &survey.dead_letters {
        let client = if file.is_live { "live" } else { "gone" };
        letters.row(vec![
            name(&file.path),
            file.letters.to_string(),
            file.bytes.to_string(),
            client.to_owned(),
        ]);
    }
    let mut damaged = Table::new(&["PUT ASIDE BY RECOVERY", "BYTES"], &[false, true]);
    for file in &survey.damaged {
        damaged.row(vec![name(&file.path), file.bytes.to_string()]);
    }
    for table in [letters, damaged].iter().filter(|table| !table.is_empty()) {
        table.print(out)?;
    }
    let sum = |number: fn(&SegmentFile) -> u64| survey.segments().map(|(_, segment)| number(segment)).sum();
    let oldest = survey.segments().filter_map(|(_, segment)| segment.oldest_ms).min();
    writeln!(
        out,
        "{}: {}, the oldest {}; {}; {}",
        count(survey.clients.len() as u64, "client"),
        waits(sum(|segment| segment.waiting)),
        oldest.map_or("none".to_owned(), |oldest| age(now - oldest)),
        count(survey.dead_letters.iter().map(|file| file.letters).sum(), "dead letter"),
        count(sum(|segment| segment.bytes), "byte"),
    )?;
    if !survey.faults.is_empty() {
        writeln!(out, "damaged in {}; check says where", count(survey.faults.len() as u64, "place"))?;
    }
    Ok(())
}

fn waits(events: u64) -> String {
    if events == 1 { "1 event that waits".to_owned() } else { format!("{events} events that wait") }
}

fn segment_row(segment: &SegmentFile, now: i64) -> Vec<String> {
    let origin = segment.origin.clone().unwrap_or_default();
    let endpoint = match segment.state {
        SegmentState::Events => origin.endpoint,
        state => format!("({})", state_name(state)),
    };
    vec![
        name(&segment.path),
        segment.waiting.to_string(),
        segment.settled.to_string(),
        segment.damaged.to_string(),
        segment.bytes.to_string(),
        segment.oldest_ms.map_or("-".to_owned(), |oldest| age(now - oldest)),
        origin.account_id,
        origin.project_id,
        origin.revision,
        endpoint,
    ]
}

fn survey_json(survey: &Survey) -> Value {
    let client = |client: &ClientDirectory| {
        let segments: Vec<_> = client.segments.iter().map(segment_json).collect();
        json!({ "path": path(&client.path), "state": client.state(), "segments": segments })
    };
    json!({
        "clients": survey.clients.iter().map(client).collect::<Vec<_>>(),
        "dead_letters": survey.dead_letters.iter().map(|file| json!({
            "path": path(&file.path),
            "is_live": file.is_live,
            "events": file.letters,
            "endpoints": file.endpoints,
            "bytes": file.bytes,
        })).collect::<Vec<_>>(),
        "damaged_files": survey.damaged.iter().map(|file| json!({
            "path": path(&file.path),
            "bytes": file.bytes,
        })).collect::<Vec<_>>(),
        "faults": survey.faults.iter().map(fault_json).collect::<Vec<_>>(),
    })
}

fn segment_json(segment: &SegmentFile) -> Value {
    let origin = segment.origin.clone().unwrap_or_default();
    json!({
        "path": path(&segment.path),
        "state": state_name(segment.state),
        "endpoint": origin.endpoint,
        "account_id": origin.account_id,
        "project_id": origin.project_id,
        "revision": origin.revision,
        "client_name": origin.client_name,
        "client_version": origin.client_version,
        "waiting": segment.waiting,
        "settled": segment.settled,
        "damaged": segment.damaged,
        "bytes": segment.bytes,
        "oldest_ms": segment.oldest_ms,
    })
}

fn fault_json(fault: &Fault) -> Value {
    json!({
        "path": path(&fault.path),
        "from": fault.place.start,
        "to": fault.place.end,
        "events": fault.events,
        "what": fault.what,
    })
}

fn state_name(state: SegmentState) -> &'static str {
    match state {
        SegmentState::Events => "events",
        SegmentState::Reserve => "reserve",
        SegmentState::OtherVersion => "foreign version",
        SegmentState::Unreadable => "unreadable",
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn path(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
