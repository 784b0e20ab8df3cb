//! Events out of a journal, one a line of JSON. README of the command says what the members mean; they stay.

use std::io;
use std::path::Path;

use super::letters::{self, Letter};
use super::lines;
use super::walk::{self, Folder};
use crate::error::Result;
use crate::event::{self, Body, Outline, Sort, Stamp};
use crate::journal::{Identity, Inspected, Record, Seen, inspect};
use crate::json;

/// What is taken out, beside what waits.
#[derive(Clone, Copy, Debug, Default)]
pub struct ExportOptions {
    /// Dead letters too.
    pub has_dead_letters: bool,
    /// Events too that are settled and still there.
    pub has_settled: bool,
}

/// How much was taken out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exported {
    /// Events.
    pub events: u64,
    /// About so many more can't be read.
    pub unreadable: u64,
}

/// Where an event was found.
struct Found<'f> {
    /// `waiting`, `settled` or `dead-letter`.
    state: &'static str,
    folder: &'f Path,
    letter: Option<&'f Letter<'f>>,
}

/// Gives each event of a directory to `take`, as a line without its end.
pub fn export(
    directory: &Path,
    options: ExportOptions,
    mut take: impl FnMut(&[u8]) -> io::Result<()>,
) -> Result<Exported> {
    let mut exported = Exported::default();
    let mut take = |line: &[u8]| take(line).map_err(|error| walk::failed(Path::new("the output"), &error));
    for folder in walk::folders(directory)? {
        segments(&folder, options, &mut exported, &mut take)?;
    }
    if options.has_dead_letters {
        for path in walk::letter_files(directory)? {
            let folder = walk::owner(directory, &path);
            letters::each(&path, |_, letter| {
                let line = letter.ok().and_then(|letter| letter_line(&letter, &folder));
                exported.count(line, &mut take)
            })?;
        }
    }
    Ok(exported)
}

impl Exported {
    fn count(&mut self, line: Option<Vec<u8>>, take: &mut impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        match line {
            Some(line) => {
                take(&line)?;
                self.events += 1;
            }
            None => self.unreadable += 1,
        }
        Ok(())
    }
}

fn segments(
    folder: &Folder,
    options: ExportOptions,
    exported: &mut Exported,
    take: &mut impl FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    for path in walk::segments(folder)? {
        let Some(bytes) = walk::read_segment(&path)? else { continue };
        let Inspected::Segment(inspection) = inspect(&bytes) else { continue };
        let identity = inspection.identity();
        let mut result = Ok(());
        inspection.each(|seen| {
            if result.is_err() {
                return;
            }
            match seen {
                Seen::Event { is_settled: true, .. } if !options.has_settled => {}
                Seen::Event { record, is_settled, .. } => {
                    let state = if is_settled { "settled" } else { "waiting" };
                    let found = Found { state, folder: &folder.path, letter: None };
                    result = exported.count(record_line(identity, record, &found), take);
                }
                Seen::Damage { events, .. } => exported.unreadable += events,
            }
        });
        result?;
    }
    Ok(())
}

/// The line of a record; none if it is no event.
fn record_line(identity: &Identity, record: Record<'_>, found: &Found<'_>) -> Option<Vec<u8>> {
    let outline = event::outline(record.body)?;
    let stamp = Stamp { uuid: record.uuid, time_ms: record.time_ms };
    let mut request = identity.opening.to_vec();
    event::write_event(&mut request, stamp, record.body)?;
    request.extend_from_slice(event::closing(&identity.opening));
    Some(line(stamp, outline, &identity.endpoint, &request, found))
}

/// The line of a dead letter; none if what it holds is no event.
fn letter_line(letter: &Letter<'_>, folder: &Path) -> Option<Vec<u8>> {
    let (_, visitor) = lines::take_apart(letter.request.get()).ok()?;
    let mut body = Body::default();
    let (stamp, _) = event::raw(&mut body, &visitor).ok()?;
    let outline = event::outline(body.bytes())?;
    let found = Found { state: "dead-letter", folder, letter: Some(letter) };
    Some(line(stamp, outline, &letter.endpoint, letter.request.get().as_bytes(), &found))
}

/// What a sort of events is called.
fn kind(sort: Sort) -> &'static str {
    match sort {
        Sort::Impression => "impression",
        Sort::Conversion => "conversion",
        Sort::Platform => "odp",
    }
}

fn line(stamp: Stamp, outline: Outline<'_>, endpoint: &str, request: &[u8], found: &Found<'_>) -> Vec<u8> {
    let mut line = Vec::with_capacity(request.len() + 512);
    json::object(&mut line, |members| {
        members.text("uuid", &json::to_string(|out| json::uuid(out, stamp.uuid)));
        members.integer("time", stamp.time_ms);
        members.text("visitor_id", outline.visitor_id);
        members.text("kind", kind(outline.sort));
        members.text("key", outline.key);
        members.text("endpoint", endpoint);
        members.text("state", found.state);
        members.text("client", &found.folder.file_name().unwrap_or_default().to_string_lossy());
        if let Some(letter) = found.letter {
            members.text("reason", &letter.reason);
            members.integer("httpStatus", i64::from(letter.http_status));
            members.integer("refusedAt", letter.time_ms);
        }
        members.name("request").extend_from_slice(request);
    });
    line
}
