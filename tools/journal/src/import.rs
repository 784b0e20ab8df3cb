//! `import`: events from lines of JSON into the journal.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::Path;

use opttrack::client::journal_tools::{Answer, ImportOptions, Imported, import as put_in};
use serde_json::json;

use crate::arguments::Arguments;
use crate::report::count;
use crate::{Ending, Failure, Outcome, complain};

/// Imports events.
pub fn import(arguments: &Arguments) -> Outcome {
    let datafile = match arguments.path("--datafile") {
        Some(path) => Some(fs::read_to_string(&path).map_err(|error| failed(&path, &error))?),
        None => None,
    };
    let options = ImportOptions {
        datafile: datafile.as_deref(),
        endpoint: arguments.text("--endpoint")?,
        is_partial: arguments.has("--partial"),
    };
    let input: Box<dyn BufRead> = match arguments.second() {
        Some(path) if path != Path::new("-") => {
            Box::new(BufReader::new(File::open(&path).map_err(|error| failed(&path, &error))?))
        }
        _ => Box::new(io::stdin().lock()),
    };
    let imported = put_in(arguments.directory(), input, options)?;
    print(&imported, arguments.has("--quiet"))?;
    let bad = imported.bad() as u64;
    let events = count(imported.events, "event");
    if bad == 0 {
        complain(format_args!("{events} imported"));
        return Ok(Ending::Well);
    }
    let lines = count(bad, "line");
    let hint = if imported.events == 0 { "; with --partial the good ones are imported" } else { "" };
    complain(format_args!("{events} imported, {lines} bad{hint}"));
    Ok(Ending::Finding)
}

fn print(imported: &Imported, is_quiet: bool) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    for Answer { line, event, ignored } in &imported.answers {
        match event {
            Err(what) => writeln!(out, "{}", json!({ "line": line, "status": "bad", "error": what }))?,
            Ok(_) if is_quiet => {}
            Ok(uuid) => {
                let status = if imported.events > 0 { "imported" } else { "withheld" };
                let mut answer = json!({ "line": line, "status": status, "uuid": uuid });
                if !ignored.is_empty() {
                    answer["ignored"] = json!(ignored);
                }
                writeln!(out, "{answer}")?;
            }
        }
    }
    out.flush()
}

fn failed(path: &Path, error: &io::Error) -> Failure {
    Failure::Failed(format!("{}: {error}", path.display()))
}
