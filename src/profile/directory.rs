//! Profiles in files, one a user, which any number of threads and processes share.
//!
//! A save writes a file of its own and renames it over the former one, so that a reader and a crash meet the old
//! profile or the new one. Nothing waits for the disk: what was saved survives the process, and after a power loss the
//! newest profiles may be the former ones or none.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::file::{self, MAX_HEAD, MAX_PROFILE};
use super::{LookupError, ProfileService};
use crate::error::{Error, Result, Status, shown};
use crate::platform::Random;

#[cfg(test)]
mod tests;

/// Ends the names of files that are being written.
const UNFINISHED: &str = ".new";

/// Unfinished files of this age belong to writers that are no more.
const LEFT_OVER: Duration = Duration::from_secs(60 * 60);

/// Entries of a folder that are looked at for leftovers, so that a full directory opens in bounded time.
const MAX_LOOKED_AT: usize = 1000;

/// The folders are named by the first byte of their profiles' names.
const FOLDERS: u8 = u8::MAX;

/// The directory of the profiles.
pub struct ProfileDirectory {
    path: PathBuf,
    random: Arc<dyn Random>,
}

/// Where a user's profile is.
struct Place {
    folder: PathBuf,
    /// Without the two digits that name the folder.
    name: String,
}

impl ProfileDirectory {
    /// Opens a directory, or makes it, for this user of the machine alone; a relative path is resolved once, now.
    /// Errors: `InvalidArgument` for a path that is none, `Disk` for one that can't be had.
    pub fn open(path: &str, random: Arc<dyn Random>) -> Result<Self> {
        if path.is_empty() || path.contains('\0') {
            let message = format!("path: {} is no path of a directory", shown(path));
            return Err(Error::new(Status::InvalidArgument, message).at("path"));
        }
        let failed = |error: io::Error| {
            let message = format!("path: the profile directory {} can't be opened: {error}", shown(path));
            Error::new(Status::Disk, message).at("path")
        };
        let directory = Self { path: std::path::absolute(path).map_err(failed)?, random };
        make_directory(&directory.path).map_err(failed)?;
        fs::read_dir(&directory.path).map_err(failed)?;
        for number in 0..=FOLDERS {
            remove_leftovers(&directory.path.join(format!("{number:02x}")));
        }
        Ok(directory)
    }

    fn place(&self, user_id: &str) -> Place {
        let name = name(user_id);
        let (folder, name) = name.split_at(2);
        Place { folder: self.path.join(folder), name: name.to_owned() }
    }
}

impl ProfileService for ProfileDirectory {
    fn lookup(&self, user_id: &str) -> std::result::Result<Option<String>, LookupError> {
        let place = self.place(user_id);
        let content = match place.read() {
            Ok(content) => content,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                return Err(LookupError::Failed(place.fault("can't be read", &error.to_string())));
            }
        };
        let profile =
            file::read(&content).map_err(|damage| LookupError::Damaged(place.fault("is damaged", damage)))?;
        Ok(Some(profile.to_owned()))
    }

    fn save(&self, user_id: &str, profile: &str) -> std::result::Result<(), String> {
        let place = self.place(user_id);
        let fault = |what: &str| place.fault("can't be written", what);
        if profile.len() > MAX_PROFILE {
            return Err(fault(&format!("it is longer than {MAX_PROFILE} bytes")));
        }
        let mut unique = [0; 8];
        if !self.random.fill(&mut unique) {
            return Err(fault("the system gives no randomness"));
        }
        place.write(profile, u64::from_le_bytes(unique)).map_err(|error| fault(&error.to_string()))
    }
}

impl Place {
    fn path(&self) -> PathBuf {
        self.folder.join(&self.name)
    }

    fn read(&self) -> io::Result<Vec<u8>> {
        let mut content = Vec::new();
        // One byte more than a whole file has tells it from one that is too long.
        let most = (MAX_HEAD + MAX_PROFILE + 1) as u64;
        File::open(self.path())?.take(most).read_to_end(&mut content)?;
        Ok(content)
    }

    fn write(&self, profile: &str, unique: u64) -> io::Result<()> {
        let unfinished = self.folder.join(format!("{}.{unique:016x}{UNFINISHED}", self.name));
        let mut file = match create(&unfinished) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                make_directory(&self.folder)?;
                create(&unfinished)?
            }
            created => created?,
        };
        let written = file.write_all(&file::write(profile));
        drop(file);
        written.and_then(|()| fs::rename(&unfinished, self.path())).inspect_err(|_| {
            // The first error is the one to tell; a leftover goes at some later open.
            let _ = fs::remove_file(&unfinished);
        })
    }

    /// An error for the log. It names the folder and not the file, whose name is made from the user's id.
    fn fault(&self, what: &str, why: &str) -> String {
        format!("a profile in {} {what}: {why}", self.folder.display())
    }
}

/// The name of a user's file, the same in every process: the 128 bits of FNV-1a, lowest byte first. Users that share
/// one overwrite each other's profile, which says whose it is.
fn name(user_id: &str) -> String {
    const BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    let hash = user_id.bytes().fold(BASIS, |hash, byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME));
    format!("{:032x}", hash.swap_bytes())
}

fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes a directory and those above it; one that is there already is left as it is.
fn make_directory(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Removes what writers left that ended in the middle. Whatever can't be read or removed is left for another time.
fn remove_leftovers(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.take(MAX_LOOKED_AT).map_while(io::Result::ok) {
        let is_unfinished = entry.file_name().to_string_lossy().ends_with(UNFINISHED);
        if is_unfinished && age(&entry).is_some_and(|age| age > LEFT_OVER) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// None for a file of the future.
fn age(entry: &fs::DirEntry) -> Option<Duration> {
    entry.metadata().ok()?.modified().ok()?.elapsed().ok()
}
