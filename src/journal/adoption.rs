//! Takes over what the dead have left: directories that nobody has locked, one segment at a time.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::io;
use std::path::{Path, PathBuf};

use super::Note;
use super::format::{Header, Opening};
use super::home::{Home, LOCK, SEGMENT};
use super::record::{Found, Frame, GRAIN};
use crate::platform::{Defect, DiskLock, planted, read_first};

/// Names in a directory that are looked at.
const MOST_NAMES: usize = 100_000;

/// The largest file that may be a segment: one event of the largest size, and its header.
pub(super) const LARGEST: u64 = 32 * 1024 * 1024;

/// What there is to adopt.
#[derive(Default)]
pub(super) struct Adoption {
    /// Directories to look at; the last comes first.
    candidates: Vec<PathBuf>,
    /// There was no memory to look which there are.
    is_unseen: bool,
    orphan: Option<Orphan>,
    /// Where the records end in each segment that was adopted whole, by id: a copy that ends there holds nothing else.
    seen: HashMap<u64, usize>,
    /// Somebody owns one of the directories.
    pub(super) has_met_owner: bool,
    /// Directories that were left alone.
    pub(super) foreign: u64,
}

/// A directory that is ours to empty.
struct Orphan {
    path: PathBuf,
    /// Held until it is empty.
    _lock: Option<Box<dyn DiskLock>>,
    /// The oldest is popped first.
    files: BinaryHeap<Reverse<PathBuf>>,
    adopted: u64,
    /// Why something was left in it.
    left: Option<&'static str>,
}

/// A segment that is ours now, under a name in our directory.
pub(super) struct Adopted {
    pub(super) header: Header,
    pub(super) path: PathBuf,
    pub(super) size: usize,
    /// Where its first event begins that is not settled.
    pub(super) from: usize,
    pub(super) end: usize,
    pub(super) events: u64,
    pub(super) oldest_ms: i64,
    /// All of its events can be read.
    is_whole: bool,
}

/// What a step came to.
pub(super) enum Step {
    Adopted(Box<Adopted>),
    /// A file that is ours now, and holds nothing that the segment adopted before, whose records end there, does not. It
    /// may be the only one of the two that the disk has kept.
    Copy {
        id: u64,
        end: usize,
        path: PathBuf,
    },
    /// There is more to look at.
    More,
    /// There is more to look at, once there is memory for it.
    NoMemory,
    Done,
}

/// What is to be done with a file.
enum Fate {
    Adopt(Box<Adopted>),
    /// It is a copy of a segment that was adopted, of this id and with this end.
    Take(u64, usize),
    Remove,
    Leave(&'static str),
    KeepAside,
}

impl Adoption {
    /// Looks which other directories there are. Where there is no memory for that the next step does.
    pub(super) fn look(&mut self, home: &Home) {
        self.foreign = 0;
        self.has_met_owner = false;
        self.is_unseen = self.list(home).is_err_and(|error| error.kind() == io::ErrorKind::OutOfMemory);
    }

    fn list(&mut self, home: &Home) -> io::Result<()> {
        let names = home.disk.names(&home.root, MOST_NAMES)?;
        let is_name = |name: &str| name.len() == 16 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
        let others = names.iter().filter(|name| name.to_str().is_some_and(is_name));
        self.candidates.try_reserve(others.clone().count())?;
        self.candidates.extend(others.map(|name| home.root.join(name)).filter(|path| *path != home.path));
        Ok(())
    }

    /// Is there a directory that nobody owns? Looks at a few only, and answers yes where there are more.
    pub(super) fn is_due(&self, home: &Home) -> bool {
        const FEW: usize = 64;
        let is_free = |path: &PathBuf| !matches!(home.disk.lock(&path.join(LOCK), false), Ok(None));
        let is_begun = self.orphan.is_some() || self.is_unseen;
        is_begun || self.candidates.len() > FEW || self.candidates.iter().any(is_free)
    }

    /// Is there nothing left to look at?
    pub(super) fn is_done(&self) -> bool {
        self.orphan.is_none() && self.candidates.is_empty() && !self.is_unseen
    }

    /// Looks at one directory, or at one file.
    pub(super) fn step(&mut self, home: &Home, endpoints: &[Box<str>], notes: &mut Vec<Note>) -> Step {
        if self.is_unseen {
            self.look(home);
            return if self.is_unseen { Step::NoMemory } else { Step::More };
        }
        let Some(orphan) = &mut self.orphan else {
            let Some(path) = self.candidates.pop() else { return Step::Done };
            match open(home, &path, &mut self.has_met_owner) {
                Err(error) if error.kind() == io::ErrorKind::OutOfMemory => {
                    self.candidates.push(path);
                    return Step::NoMemory;
                }
                // What can't be looked into is somebody's, or gone.
                opened => self.orphan = opened.ok().flatten(),
            }
            return Step::More;
        };
        let Some(Reverse(file)) = orphan.files.pop() else {
            self.foreign += u64::from(orphan.left.is_some());
            finish(home, orphan, notes);
            self.orphan = None;
            return Step::More;
        };
        match fate(home, &file, endpoints, &self.seen) {
            Ok(Fate::Adopt(mut adopted)) => match home.take(&file) {
                Ok(path) => {
                    adopted.path = path;
                    orphan.adopted += adopted.events;
                    // A copy of one that is damaged may hold what this one lacks; what both hold has the same uuids.
                    if adopted.is_whole {
                        self.seen.insert(adopted.header.id, adopted.end);
                    }
                    return Step::Adopted(adopted);
                }
                Err(error) => orphan.stays(home, &error),
            },
            Ok(Fate::Take(id, end)) => match home.take(&file) {
                Ok(path) => return Step::Copy { id, end, path },
                Err(error) => orphan.stays(home, &error),
            },
            Ok(Fate::Remove) => {
                let _ = home.disk.remove_file(&file);
            }
            Ok(Fate::Leave(why)) => orphan.left = Some(why),
            Ok(Fate::KeepAside) => {
                notes.push(Note::Unreadable { path: file.clone() });
                let name = format!("{}-{}", name_of(&orphan.path), name_of(&file));
                let directory = home.root.join(super::aside::DAMAGED);
                let moved = home
                    .disk
                    .make_directories(&directory)
                    .and_then(|()| home.disk.rename(&file, &directory.join(name)));
                if moved.is_err() {
                    orphan.left = Some("it can't be read");
                }
            }
            Err(error) if error.kind() == io::ErrorKind::OutOfMemory => {
                orphan.files.push(Reverse(file));
                return Step::NoMemory;
            }
            // No regular file, or one that is there no more.
            Err(_) => orphan.left = Some("it holds something that can't be opened"),
        }
        Step::More
    }
}

impl Orphan {
    /// Notes that a file of it can't be had.
    fn stays(&mut self, home: &Home, error: &io::Error) {
        home.failed(error);
        self.left = Some("the disk does not let it be moved");
    }
}

/// Locks a directory, if nobody owns it.
fn open(home: &Home, path: &Path, has_owner: &mut bool) -> io::Result<Option<Orphan>> {
    let lock = match home.disk.lock(&path.join(LOCK), false) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            // Nothing was ever in it, or its owner died while it was removing it.
            if home.disk.remove_directory(path).is_ok() {
                return Ok(None);
            }
            home.disk.lock(&path.join(LOCK), true)
        }
        result => result,
    };
    let lock = lock?;
    if lock.is_none() && !planted(Defect::LockByPid) {
        *has_owner = true;
        return Ok(None);
    }
    let names = home.disk.names(path, MOST_NAMES)?;
    let is_segment = |path: &PathBuf| path.extension().is_some_and(|extension| extension == SEGMENT);
    let mut files = BinaryHeap::new();
    files.try_reserve(names.len())?;
    files.extend(names.iter().map(|name| path.join(name)).filter(is_segment).map(Reverse));
    Ok(Some(Orphan { path: path.to_owned(), _lock: lock, files, adopted: 0, left: None }))
}

/// Removes a directory that is empty now; says what came of it.
fn finish(home: &Home, orphan: &Orphan, notes: &mut Vec<Note>) {
    if orphan.adopted > 0 {
        notes.push(Note::Adopted { events: orphan.adopted });
    }
    if let Some(why) = orphan.left {
        notes.push(Note::Foreign { path: orphan.path.clone(), why });
    } else {
        let _ = home.disk.remove_file(&orphan.path.join(LOCK));
        let _ = home.disk.remove_directory(&orphan.path);
    }
}

/// Does an endpoint lead to the same server as another?
fn is_same(endpoint: &str, other: &str) -> bool {
    endpoint.split('#').next() == other.split('#').next()
}

fn fate(home: &Home, path: &Path, endpoints: &[Box<str>], seen: &HashMap<u64, usize>) -> io::Result<Fate> {
    let file = home.disk.open(path)?;
    let size = file.size()?;
    if size > LARGEST {
        return Ok(Fate::Leave("it is larger than any segment"));
    }
    let bytes = read_first(&*file, size)?;
    let header = match Header::read(&bytes) {
        Opening::Segment(header) => header,
        Opening::Empty => return Ok(Fate::Remove),
        Opening::OtherVersion => return Ok(Fate::Leave("another version of the library wrote it")),
        Opening::Damaged => return Ok(Fate::KeepAside),
    };
    if !endpoints.iter().any(|endpoint| is_same(endpoint, &header.identity.endpoint)) {
        return Ok(Fate::Leave("its events go to another endpoint"));
    }
    let frame = Frame { id: header.id, is_checked: true };
    // A file that was cut inside its header has no record.
    let Some(records) = bytes.get(header.start()..) else { return Ok(Fate::Remove) };
    let end = frame.end(records, header.start());
    let from = header.cursor(&bytes).min(end);
    let from = if from % GRAIN == 0 { from } else { header.start() };
    let (events, oldest_ms, is_whole) = count(frame, &bytes[..end], from);
    if events == 0 {
        return Ok(Fate::Remove);
    }
    // One that goes on behind the other is adopted from its own cursor: what that says must be true of every copy.
    if let Some(seen) = seen.get(&header.id).filter(|seen| end <= **seen) {
        return Ok(Fate::Take(header.id, *seen));
    }
    let path = PathBuf::new();
    Ok(Fate::Adopt(Box::new(Adopted {
        header,
        path,
        size: bytes.len(),
        from,
        end,
        events,
        oldest_ms,
        is_whole,
    })))
}

/// Events from an offset on, when the first of them was recorded, and whether all of them can be read.
fn count(frame: Frame, bytes: &[u8], from: usize) -> (u64, i64, bool) {
    let (mut events, mut oldest_ms, mut at, mut is_whole) = (0, 0, from, true);
    while let Some((found, next)) = frame.next(&bytes[from..], from, at) {
        match found {
            Found::Record(record) => {
                oldest_ms = if events == 0 { record.time_ms } else { oldest_ms };
                events += 1;
            }
            Found::Blank => {}
            Found::Damage(count) => {
                events += count;
                is_whole = false;
            }
        }
        at = next;
    }
    (events, oldest_ms, is_whole)
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
