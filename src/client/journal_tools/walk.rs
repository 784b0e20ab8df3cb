//! The way through a journal's directory: its clients, their segments, dead letters. Nothing is written.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::{Error, Result, Status};
use crate::journal::{DEAD_LETTERS, LARGEST_SEGMENT, LOCK_FILE, SEGMENT_ENDING};
use crate::platform::{is_locked, open_to_read};

/// Ends the names of files of dead letters.
pub(super) const LETTERS_ENDING: &str = "jsonl";

/// How often it is looked again whether a directory is still locked.
const LOOKS_AGAIN: u32 = 2;

/// What lies between two looks.
const PAUSE: Duration = Duration::from_millis(10);

/// A client's directory.
pub(super) struct Folder {
    pub(super) path: PathBuf,
    /// Does its client live, or may it?
    pub(super) is_live: bool,
}

/// Is there a directory that can be read?
pub(super) fn check(directory: &Path) -> Result<()> {
    fs::read_dir(directory).map(drop).map_err(|error| failed(directory, &error))
}

/// The directories of clients, in order of their names.
pub(super) fn folders(directory: &Path) -> Result<Vec<Folder>> {
    let paths = entries(directory)?.into_iter().filter(|path| is_client_name(path.file_name()));
    let paths = paths.filter(|path| fs::symlink_metadata(path).is_ok_and(|info| info.is_dir()));
    let mut folders: Vec<_> = paths.map(|path| Folder { is_live: is_locked_now(&path), path }).collect();
    for _ in 0..LOOKS_AGAIN {
        if folders.iter().all(|folder| !folder.is_live) {
            break;
        }
        std::thread::sleep(PAUSE);
        for folder in folders.iter_mut().filter(|folder| folder.is_live) {
            folder.is_live = is_locked_now(&folder.path);
        }
    }
    Ok(folders)
}

/// Does the client of one directory live, or may it? Clients look at what others have left, and lock it for a moment;
/// who lives has his directory locked the next time too.
pub(super) fn is_live(folder: &Path) -> bool {
    is_locked_now(folder)
        && (0..LOOKS_AGAIN).all(|_| {
            std::thread::sleep(PAUSE);
            is_locked_now(folder)
        })
}

/// Where the lock can't be looked at, somebody may hold it.
fn is_locked_now(folder: &Path) -> bool {
    is_locked(&folder.join(LOCK_FILE)).unwrap_or(true)
}

/// The client's directory that a file of dead letters belongs to; it may be gone.
pub(super) fn owner(directory: &Path, letters: &Path) -> PathBuf {
    directory.join(letters.file_stem().unwrap_or_default())
}

/// The segments in a client's directory, oldest first. One that goes meanwhile has none.
pub(super) fn segments(folder: &Folder) -> Result<Vec<PathBuf>> {
    let mut paths = files(&folder.path)?;
    paths.retain(|path| path.extension() == Some(OsStr::new(SEGMENT_ENDING)));
    Ok(paths)
}

/// The files of dead letters.
pub(super) fn letter_files(directory: &Path) -> Result<Vec<PathBuf>> {
    let mut paths = files(&directory.join(DEAD_LETTERS))?;
    paths.retain(|path| path.extension() == Some(OsStr::new(LETTERS_ENDING)));
    Ok(paths)
}

/// What is in a folder, in order of names; nothing in one that is not there.
pub(super) fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    match entries(folder) {
        Err(_) if fs::symlink_metadata(folder).is_err_and(|error| is_gone(&error)) => Ok(Vec::new()),
        result => result,
    }
}

/// The bytes of a segment's file; none of one that is there no more.
pub(super) fn read_segment(path: &Path) -> Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    let read = open_to_read(path).and_then(|file| file.take(LARGEST_SEGMENT + 1).read_to_end(&mut bytes));
    match read {
        Err(error) if is_gone(&error) => Ok(None),
        Err(error) => Err(failed(path, &error)),
        Ok(_) if bytes.len() as u64 > LARGEST_SEGMENT => {
            Err(failed(path, &io::Error::other("is larger than any segment")))
        }
        Ok(_) => Ok(Some(bytes)),
    }
}

/// The error that names a file.
pub(super) fn failed(path: &Path, error: &io::Error) -> Error {
    Error::new(Status::Disk, format!("{}: {error}", path.display()))
}

pub(super) fn is_gone(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound
}

fn entries(directory: &Path) -> Result<Vec<PathBuf>> {
    let read = |directory| -> io::Result<Vec<PathBuf>> {
        fs::read_dir(directory)?.map(|entry| entry.map(|entry| entry.path())).collect()
    };
    let mut paths = read(directory).map_err(|error| failed(directory, &error))?;
    paths.sort_unstable();
    Ok(paths)
}

fn is_client_name(name: Option<&OsStr>) -> bool {
    let is_name = |name: &str| name.len() == 16 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    name.and_then(OsStr::to_str).is_some_and(is_name)
}
