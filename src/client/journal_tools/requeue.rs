//! Dead letters back into the journal: they are in it, and safe, before their file loses them.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::letters::{self, Letter};
use super::lines;
use super::staging::Staging;
use super::survey::Fault;
use super::walk;
use crate::client::record::check_size;
use crate::error::Result;
use crate::event::{self, Body};
use crate::journal::{DEAD_LETTERS, Given, Identity, ROOM};
use crate::json;
use crate::platform::{Disk, SystemDisk, open_to_read};

/// Files that are locked at the same time: each takes a descriptor.
const FILES_AT_ONCE: usize = 128;

/// Which dead letters.
#[derive(Clone, Debug)]
pub enum Which {
    /// All of them.
    All,
    /// Those with one of these uuids, in lower case.
    Uuids(BTreeSet<String>),
    /// Those of an event key or a rule key.
    Key(String),
    /// Those for an endpoint.
    Endpoint(String),
}

/// What became of dead letters.
#[derive(Debug, Default)]
pub struct Requeued {
    /// Events that wait again.
    pub events: u64,
    /// Letters that were not asked for.
    pub left: u64,
    /// Lines that hold no event that could be sent.
    pub unusable: Vec<Fault>,
    /// Files that were left alone, for the client that writes them lives, or another tool is at work.
    pub busy: Vec<PathBuf>,
}

impl Which {
    fn is(&self, letter: &Letter<'_>) -> bool {
        match self {
            Self::All => true,
            Self::Uuids(uuids) => uuids.contains(&letter.uuid.to_ascii_lowercase()),
            Self::Key(key) => letter.key == *key,
            Self::Endpoint(endpoint) => letter.endpoint == *endpoint,
        }
    }
}

/// Puts dead letters into a journal of the directory, as if they had just been left by a client that is no more; the next
/// client sends them, with their uuids and times.
pub fn requeue(directory: &Path, which: &Which) -> Result<Requeued> {
    walk::check(directory)?;
    let mut requeued = Requeued::default();
    for paths in walk::letter_files(directory)?.chunks(FILES_AT_ONCE) {
        requeue_files(directory, paths, which, &mut requeued)?;
    }
    Ok(requeued)
}

fn requeue_files(directory: &Path, paths: &[PathBuf], which: &Which, requeued: &mut Requeued) -> Result<()> {
    let mut staging = Staging::new(directory)?;
    // Locked until they are written anew, so that two tools never take the same letter.
    let mut taken = Vec::new();
    for path in paths {
        let lock = match SystemDisk.lock(path, false) {
            Err(error) if walk::is_gone(&error) => continue,
            result => result.map_err(|error| walk::failed(path, &error))?,
        };
        let Some(lock) = lock.filter(|_| !walk::is_live(&walk::owner(directory, path))) else {
            requeued.busy.push(path.clone());
            continue;
        };
        let places = take(path, which, &mut staging, requeued)?;
        if !places.is_empty() {
            taken.push((path, places, lock));
        }
    }
    requeued.events += staging.publish()?;
    for (path, places, _lock) in taken {
        remove(path, &places).map_err(|error| walk::failed(path, &error))?;
    }
    Ok(())
}

/// Stages the letters of a file; answers which bytes of the file they are.
fn take(
    path: &Path,
    which: &Which,
    staging: &mut Staging,
    requeued: &mut Requeued,
) -> Result<Vec<Range<u64>>> {
    let mut places = Vec::new();
    letters::each(path, |line, letter| {
        let staged = match letter {
            Ok(letter) if !which.is(&letter) => {
                requeued.left += 1;
                return Ok(());
            }
            Ok(letter) => stage(&letter.endpoint, letter.request.get(), staging)?,
            Err(what) => Err(what),
        };
        let place = line.at..line.next;
        match staged {
            Ok(_) => places.push(place),
            Err(what) => requeued.unusable.push(Fault { path: path.to_owned(), place, events: 1, what }),
        }
        Ok(())
    })?;
    Ok(places)
}

/// Stages the event of a request; answers its uuid, or why it holds none.
pub(super) fn stage(
    endpoint: &str,
    request: &str,
    staging: &mut Staging,
) -> Result<std::result::Result<String, String>> {
    let (opening, visitor) = match lines::take_apart(request) {
        Ok(parts) => parts,
        Err(what) => return Ok(Err(what)),
    };
    let mut body = Body::reusing(Vec::new(), ROOM);
    let (stamp, sort) = match event::raw(&mut body, &visitor) {
        Ok(made) => made,
        Err(error) => return Ok(Err(error.message().to_owned())),
    };
    let identity = Arc::new(Identity { endpoint: endpoint.into(), opening: opening.into() });
    if check_size(&identity, body.bytes()).is_err() {
        return Ok(Err("is larger than the 3.5 MB that the Events API takes".to_owned()));
    }
    let given = Given { time_ms: stamp.time_ms, uuid: Some(stamp.uuid) };
    staging.append(&identity, sort, given, &mut body)?;
    Ok(Ok(json::to_string(|out| json::uuid(out, stamp.uuid))))
}

/// Writes a file anew without some of its bytes, and puts it in the place of the former one.
fn remove(path: &Path, places: &[Range<u64>]) -> io::Result<()> {
    let fresh = path.with_extension("rewritten");
    // One that a crash has left.
    let _ = std::fs::remove_file(&fresh);
    let mut from = open_to_read(path)?;
    let size = from.metadata()?.len();
    let mut at = 0;
    let mut kept = Vec::new();
    for place in places {
        kept.push(at..place.start);
        at = place.end;
    }
    kept.push(at..size);
    kept.retain(|range| !range.is_empty());
    if kept.is_empty() {
        std::fs::remove_file(path)?;
    } else {
        let to = File::options().write(true).create_new(true).mode(0o600).open(&fresh)?;
        let mut to = BufWriter::new(to);
        for range in kept {
            from.seek(SeekFrom::Start(range.start))?;
            io::copy(&mut BufReader::new((&from).take(range.end - range.start)), &mut to)?;
        }
        to.flush()?;
        to.get_ref().sync_all()?;
        std::fs::rename(&fresh, path)?;
    }
    SystemDisk.sync_directory(path.parent().unwrap_or(Path::new(DEAD_LETTERS)))
}
