//! What a journal's directory holds, and what of it is damaged. Everything is read, and nothing changed.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::lines::Members;
use super::{letters, walk};
use crate::error::Result;
use crate::event::{self, Stamp};
use crate::journal::{DAMAGED_FOLDER, Identity, Inspected, Inspection, Seen, inspect};

/// How often the segment of a client that lives is read before damage in it is believed: it may just be written.
const READINGS: usize = 3;

/// A part of a segment's beginning that can be done without.
const DAMAGED_BEGINNING: &str =
    "a copy of the segment's beginning or of its cursor is damaged; the other one serves";

/// What is in a directory.
#[derive(Debug, Default)]
pub struct Survey {
    /// The clients' directories.
    pub clients: Vec<ClientDirectory>,
    /// The files of dead letters.
    pub dead_letters: Vec<DeadLetterFile>,
    /// What recovery could not read and put aside.
    pub damaged: Vec<DamagedFile>,
    /// What is damaged.
    pub faults: Vec<Fault>,
}

/// One client's directory.
#[derive(Debug)]
pub struct ClientDirectory {
    /// Where it is.
    pub path: PathBuf,
    /// Does its client live? Such a directory belongs to it alone.
    pub is_live: bool,
    /// Its segments.
    pub segments: Vec<SegmentFile>,
}

/// One segment.
#[derive(Clone, Debug)]
pub struct SegmentFile {
    /// Where it is.
    pub path: PathBuf,
    /// Bytes of the file.
    pub bytes: u64,
    /// What it is.
    pub state: SegmentState,
    /// Whose events they are.
    pub origin: Option<Origin>,
    /// Events that wait.
    pub waiting: u64,
    /// Events that are settled and still there.
    pub settled: u64,
    /// About how many events are damaged.
    pub damaged: u64,
    /// When the oldest event that waits was recorded, in milliseconds since 1970.
    pub oldest_ms: Option<i64>,
}

/// What a segment's file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SegmentState {
    /// It holds events.
    Events,
    /// It is empty, for later use.
    Reserve,
    /// Another version of the library has written it.
    OtherVersion,
    /// It can't be read.
    Unreadable,
}

/// Whose events they are, and where they go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// Where they go.
    pub endpoint: String,
    /// The account.
    pub account_id: String,
    /// The project.
    pub project_id: String,
    /// The datafile's revision.
    pub revision: String,
    /// The library that recorded them, or the binding.
    pub client_name: String,
    /// Its version.
    pub client_version: String,
}

/// One file of dead letters.
#[derive(Debug)]
pub struct DeadLetterFile {
    /// Where it is.
    pub path: PathBuf,
    /// Does the client live that writes it?
    pub is_live: bool,
    /// How many letters it holds.
    pub letters: u64,
    /// Where they were to go.
    pub endpoints: BTreeSet<String>,
    /// Bytes of the file.
    pub bytes: u64,
}

/// One file that recovery has put aside.
#[derive(Debug)]
pub struct DamagedFile {
    /// Where it is.
    pub path: PathBuf,
    /// Bytes of the file.
    pub bytes: u64,
}

/// Damage, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The file.
    pub path: PathBuf,
    /// The bytes in it.
    pub place: Range<u64>,
    /// About how many events were there.
    pub events: u64,
    /// What is wrong.
    pub what: String,
}

impl ClientDirectory {
    /// `live`, `foreign version` or `orphan`.
    #[must_use]
    pub fn state(&self) -> &'static str {
        let is_foreign = self.segments.iter().any(|segment| segment.state == SegmentState::OtherVersion);
        match (self.is_live, is_foreign) {
            (true, _) => "live",
            (false, true) => "foreign version",
            (false, false) => "orphan",
        }
    }
}

impl Survey {
    /// All segments, with their clients' directories.
    pub fn segments(&self) -> impl Iterator<Item = (&ClientDirectory, &SegmentFile)> {
        self.clients.iter().flat_map(|client| client.segments.iter().map(move |segment| (client, segment)))
    }

    /// The endpoints that events of the dead wait for; those of their dead letters too, if asked for.
    #[must_use]
    pub fn endpoints(&self, has_dead_letters: bool) -> BTreeSet<&str> {
        let dead = self.segments().filter(|(client, segment)| !client.is_live && segment.waiting > 0);
        let waiting = dead.filter_map(|(_, segment)| segment.origin.as_ref()).map(|origin| &*origin.endpoint);
        let letters = self.dead_letters.iter().filter(|file| has_dead_letters && !file.is_live);
        waiting.chain(letters.flat_map(|file| &file.endpoints).map(String::as_str)).collect()
    }

    /// How many events wait for an endpoint in the directories that `is_meant` names.
    pub(super) fn waiting_for(&self, endpoint: &str, is_meant: impl Fn(&ClientDirectory) -> bool) -> u64 {
        let goes_there =
            |segment: &SegmentFile| segment.origin.as_ref().is_some_and(|origin| origin.endpoint == endpoint);
        let segments = self.segments().filter(|(client, segment)| is_meant(client) && goes_there(segment));
        segments.map(|(_, segment)| segment.waiting).sum()
    }

    /// Segments of the dead that this version of the library can't read, or nobody can.
    #[must_use]
    pub fn unreadable(&self) -> usize {
        let is_unreadable = |state| matches!(state, SegmentState::OtherVersion | SegmentState::Unreadable);
        let dead = self.segments().filter(|(client, _)| !client.is_live);
        dead.filter(|(_, segment)| is_unreadable(segment.state)).count()
    }
}

/// Reads a whole directory.
pub fn survey(directory: &Path) -> Result<Survey> {
    let mut survey = Survey::default();
    for folder in walk::folders(directory)? {
        let mut segments = Vec::new();
        for path in walk::segments(&folder)? {
            let (segment, faults) = segment(&path, folder.is_live);
            segments.extend(segment);
            survey.faults.extend(faults);
        }
        survey.clients.push(ClientDirectory { path: folder.path, is_live: folder.is_live, segments });
    }
    for path in walk::letter_files(directory)? {
        let owner = walk::owner(directory, &path);
        let is_live = survey.clients.iter().any(|client| client.is_live && client.path == owner);
        let (file, faults) = letter_file(path, is_live);
        survey.dead_letters.push(file);
        survey.faults.extend(faults);
    }
    for path in walk::files(&directory.join(DAMAGED_FOLDER))? {
        survey.damaged.push(DamagedFile { bytes: size(&path), path });
    }
    Ok(survey)
}

fn letter_file(path: PathBuf, is_live: bool) -> (DeadLetterFile, Vec<Fault>) {
    let (mut letters, mut endpoints, mut faults) = (0, BTreeSet::new(), Vec::new());
    let read = letters::each(&path, |line, letter| {
        match letter {
            Ok(letter) => {
                letters += 1;
                if !endpoints.contains(&letter.endpoint) {
                    endpoints.insert(letter.endpoint);
                }
            }
            Err(what) => {
                let what = format!("no dead letter: {what}");
                faults.push(Fault { path: path.clone(), place: line.at..line.next, events: 1, what });
            }
        }
        Ok(())
    });
    faults.extend(read.err().map(|error| Fault::unread(&path, error.message())));
    (DeadLetterFile { bytes: size(&path), path, is_live, letters, endpoints }, faults)
}

/// Reads a segment; none if it is there no more.
fn segment(path: &Path, is_live: bool) -> (Option<SegmentFile>, Vec<Fault>) {
    let mut found = (None, Vec::new());
    for _ in 0..READINGS {
        found = read(path);
        if !is_live || found.1.is_empty() {
            break;
        }
    }
    found
}

fn read(path: &Path) -> (Option<SegmentFile>, Vec<Fault>) {
    let mut file = SegmentFile {
        path: path.to_owned(),
        bytes: size(path),
        state: SegmentState::Unreadable,
        origin: None,
        waiting: 0,
        settled: 0,
        damaged: 0,
        oldest_ms: None,
    };
    let bytes = match walk::read_segment(path) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return (None, Vec::new()),
        Err(error) => return (Some(file), vec![Fault::unread(path, error.message())]),
    };
    file.bytes = bytes.len() as u64;
    let faults = match inspect(&bytes) {
        Inspected::Segment(inspection) => take_stock(&mut file, &inspection),
        Inspected::Reserve => {
            file.state = SegmentState::Reserve;
            Vec::new()
        }
        Inspected::OtherVersion => {
            file.state = SegmentState::OtherVersion;
            Vec::new()
        }
        Inspected::Unreadable => {
            let what = "neither copy of the segment's beginning can be read".to_owned();
            vec![Fault { path: path.to_owned(), place: 0..file.bytes, events: 0, what }]
        }
    };
    (Some(file), faults)
}

fn take_stock(file: &mut SegmentFile, inspection: &Inspection<'_>) -> Vec<Fault> {
    let path = file.path.clone();
    let fault = |place: Range<usize>, events, what: &str| {
        let place = place.start as u64..place.end as u64;
        Fault { path: path.clone(), place, events, what: what.to_owned() }
    };
    let beginning = inspection.header_damage().into_iter();
    let mut faults: Vec<_> = beginning.map(|place| fault(place, 0, DAMAGED_BEGINNING)).collect();
    let mut json = Vec::new();
    inspection.each(|seen| match seen {
        Seen::Event { is_settled: true, .. } => file.settled += 1,
        Seen::Event { record, place, .. } => {
            json.clear();
            file.waiting += 1;
            file.oldest_ms = Some(file.oldest_ms.map_or(record.time_ms, |oldest| oldest.min(record.time_ms)));
            let stamp = Stamp { uuid: record.uuid, time_ms: record.time_ms };
            if event::write_event(&mut json, stamp, record.body).is_none() {
                faults.push(fault(place, 1, "the record is whole, and is no event"));
            }
        }
        Seen::Damage { place, events } => {
            file.damaged += events;
            faults.push(fault(place, events, "the checksum does not fit"));
        }
    });
    file.state = SegmentState::Events;
    file.origin = Some(Origin::of(inspection.identity()));
    faults
}

impl Fault {
    fn unread(path: &Path, what: &str) -> Self {
        Self { path: path.to_owned(), place: 0..0, events: 0, what: what.to_owned() }
    }
}

impl Origin {
    fn of(identity: &Identity) -> Self {
        let request = [&identity.opening, event::closing(&identity.opening)].concat();
        let request = std::str::from_utf8(&request).unwrap_or_default();
        let members = Members::of(request).unwrap_or_default();
        let text = |name| members.text(name).unwrap_or_default();
        Self {
            endpoint: identity.endpoint.to_string(),
            account_id: text("account_id"),
            project_id: text("project_id"),
            revision: text("revision"),
            client_name: text("client_name"),
            client_version: text("client_version"),
        }
    }
}

fn size(path: &Path) -> u64 {
    std::fs::symlink_metadata(path).map_or(0, |info| info.len())
}
