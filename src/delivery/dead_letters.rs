//! The file of dead letters: events that the server refuses one by one, each a line of JSON that holds the whole request.
//!
//! ```text
//! {"uuid":"…","key":"purchase","reason":"answered 400: …","httpStatus":400,"time":…,"endpoint":"…","request":{…}}
//! ```

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::journal::{Journal, make_room};
use crate::json;
use crate::platform::{Disk, DiskFile, read_first, write_all_at};

/// Bytes of a line beside what the letter says.
const MOST_AROUND: usize = 256;

/// Dead letters of one client.
pub struct DeadLetters {
    disk: Arc<dyn Disk>,
    path: PathBuf,
    limit: u64,
    /// Must they survive a loss of power?
    is_synced: bool,
    file: Option<Arc<dyn DiskFile>>,
    /// Its name has survived whatever comes.
    is_name_synced: bool,
    /// Where the last whole line ends.
    end: u64,
    /// Where a line ended that was cut short.
    torn: u64,
}

/// One event that was refused for good.
pub struct Letter<'l> {
    /// Its uuid, as text.
    pub uuid: &'l str,
    /// Its event key or rule key.
    pub key: &'l str,
    /// What the server said.
    pub reason: &'l str,
    /// The status it said it with; 0 for none.
    pub http_status: u16,
    /// When it was refused, in milliseconds since 1970.
    pub time_ms: i64,
    /// Where it was to go.
    pub endpoint: &'l str,
    /// The request with this event alone; what was no event, as hexadecimal digits in quotes.
    pub request: &'l [u8],
}

/// What became of a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It is in the file.
    Written,
    /// The file is full.
    Full,
}

impl DeadLetters {
    /// A file that is made by the first letter.
    #[must_use]
    pub fn new(disk: Arc<dyn Disk>, path: PathBuf, limit: u64, is_synced: bool) -> Self {
        Self { disk, path, limit, is_synced, file: None, is_name_synced: false, end: 0, torn: 0 }
    }

    /// Bytes of the file.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.end
    }

    /// Keeps a letter.
    pub fn keep(&mut self, letter: &Letter<'_>) -> io::Result<Kept> {
        let mut line = line(letter)?;
        if self.end + line.len() as u64 > self.limit {
            return Ok(Kept::Full);
        }
        let file = self.file()?;
        let end = self.end + line.len() as u64;
        // White space covers what was left of a line that was cut short.
        if end < self.torn {
            line.pop();
            make_room(&mut line, (self.torn - end) as usize + 1)?;
            line.resize((self.torn - self.end) as usize - 1, b' ');
            line.push(b'\n');
        }
        let written = write_all_at(&*file, &line, self.end);
        if let Err(error) = written {
            self.torn = self.torn.max(self.end + line.len() as u64);
            // The next one may find the file elsewhere.
            self.file = None;
            return Err(error);
        }
        if self.is_synced {
            file.sync()?;
            self.sync_name()?;
        }
        self.end += line.len() as u64;
        Ok(Kept::Written)
    }

    /// The name of the file, and of the directory that may have been made for it.
    fn sync_name(&mut self) -> io::Result<()> {
        if !self.is_name_synced {
            for directory in self.path.ancestors().skip(1).take(3) {
                match self.disk.sync_directory(directory) {
                    // One that is closed to us was there before.
                    Err(error) if error.kind() != io::ErrorKind::PermissionDenied => return Err(error),
                    _ => {}
                }
            }
            self.is_name_synced = true;
        }
        Ok(())
    }

    fn file(&mut self) -> io::Result<Arc<dyn DiskFile>> {
        if let Some(file) = self.file.as_ref().filter(|file| file.is_in_place()) {
            return Ok(Arc::clone(file));
        }
        let file = match self.disk.open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if let Some(directory) = self.path.parent() {
                    self.disk.make_directories(directory)?;
                }
                (self.end, self.torn, self.is_name_synced) = (0, 0, false);
                self.disk.create(&self.path, 0)?
            }
            Err(error) => return Err(error),
        };
        self.file = Some(Arc::clone(&file));
        Ok(file)
    }
}

impl DeadLetters {
    /// Removes what there is of a visitor, in every file whose owner is this client or nobody; answers how many letters.
    pub fn purge(&mut self, journal: &Journal, visitor: &str) -> io::Result<u64> {
        let mut count = 0;
        for path in journal.dead_letter_files() {
            count += self.purge_file(&path, visitor)?;
        }
        Ok(count)
    }

    fn purge_file(&mut self, path: &Path, visitor: &str) -> io::Result<u64> {
        let file = match self.disk.open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
            result => result?,
        };
        let bytes = read_first(&*file, file.size()?)?;
        let is_meant = |line: &&[u8]| visitor_of(line).as_deref() == Some(visitor);
        let (gone, kept): (Vec<_>, Vec<_>) = bytes.split_inclusive(|byte| *byte == b'\n').partition(is_meant);
        if gone.is_empty() {
            return Ok(0);
        }
        let mut bytes = Vec::new();
        make_room(&mut bytes, kept.iter().map(|line| line.len()).sum())?;
        for line in kept {
            bytes.extend_from_slice(line);
        }
        let kept = bytes;
        let unfinished = path.with_extension("new");
        let _ = self.disk.remove_file(&unfinished);
        write_all_at(&*self.disk.create(&unfinished, 0)?, &kept, 0)?;
        self.disk.rename(&unfinished, path)?;
        if *path == self.path {
            self.file = None;
            (self.end, self.torn) = (kept.len() as u64, 0);
        }
        Ok(gone.len() as u64)
    }
}

/// The visitor of a letter; none if it is no event.
fn visitor_of(line: &[u8]) -> Option<String> {
    let letter: serde_json::Value = serde_json::from_slice(line).ok()?;
    Some(letter["request"]["visitors"][0]["visitor_id"].as_str()?.to_owned())
}

fn line(letter: &Letter<'_>) -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    // JSON makes a byte of a text six at most.
    let texts = letter.uuid.len() + letter.key.len() + letter.reason.len() + letter.endpoint.len();
    make_room(&mut line, letter.request.len() + 6 * texts + MOST_AROUND)?;
    json::object(&mut line, |members| {
        members.text("uuid", letter.uuid);
        members.text("key", letter.key);
        members.text("reason", letter.reason);
        members.integer("httpStatus", i64::from(letter.http_status));
        members.integer("time", letter.time_ms);
        members.text("endpoint", letter.endpoint);
        members.name("request").extend_from_slice(letter.request);
    });
    line.push(b'\n');
    Ok(line)
}
