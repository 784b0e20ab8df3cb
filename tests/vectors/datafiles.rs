//! The datafiles that cases name or hold, as files that a worker reads.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::endpoint::Library;
use crate::json::Json;

/// A folder of the run's own, inside the repository, so that a worker in a container sees it. Removed when dropped.
pub struct Scratch {
    folder: PathBuf,
    files: AtomicU64,
}

impl Scratch {
    /// Makes the folder inside `parent`.
    pub fn new(parent: &Path) -> Result<Self, String> {
        let folder = parent.join(format!("run-{}", std::process::id()));
        fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        Ok(Self { folder, files: AtomicU64::new(0) })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes a datafile into the folder.
    pub fn datafile(&self, text: String) -> Result<Datafile, String> {
        let number = self.files.fetch_add(1, Ordering::Relaxed);
        let path = self.folder.join(format!("{number}.json"));
        fs::write(&path, &text).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Datafile { path, text, event_url: OnceLock::new() })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What can't be removed is below target, which `make clean` removes.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A datafile as a file, which is removed when this value is dropped.
pub struct Datafile {
    path: PathBuf,
    text: String,
    event_url: OnceLock<Result<String, String>>,
}

impl Datafile {
    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The URL that its events are posted to where no endpoint is set.
    pub fn event_url(&self, library: Library) -> Result<String, String> {
        self.event_url.get_or_init(|| library.default_url(&self.text)).clone()
    }
}

impl Drop for Datafile {
    fn drop(&mut self) {
        // As for the folder.
        let _ = fs::remove_file(&self.path);
    }
}

/// The datafiles of a folder's cases, each laid down once.
pub struct Datafiles {
    folders: Vec<PathBuf>,
    known: Mutex<HashMap<String, Arc<Datafile>>>,
}

impl Datafiles {
    /// Datafiles of the first of `folders` that has them.
    pub fn new(folders: Vec<PathBuf>) -> Self {
        Self { folders, known: Mutex::default() }
    }

    /// The datafile of a case: the one that `df` names, the object `datafile`, or the text `text`.
    pub fn of_case(&self, case: &Json, scratch: &Scratch) -> Result<Arc<Datafile>, String> {
        let inline = case.get("text").and_then(Json::as_text).map(str::to_owned);
        let inline = inline.or_else(|| case.get("datafile").map(Json::to_string));
        let name = case.get("df").and_then(Json::as_text);
        let key = name.or(inline.as_deref()).ok_or("the case has no datafile")?.to_owned();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(datafile) = known.get(&key) {
            return Ok(Arc::clone(datafile));
        }
        let text = match (name, inline) {
            (Some(name), _) => self.read(name)?,
            (None, inline) => inline.unwrap_or_default(),
        };
        let datafile = Arc::new(scratch.datafile(text)?);
        known.insert(key, Arc::clone(&datafile));
        Ok(datafile)
    }

    fn read(&self, name: &str) -> Result<String, String> {
        let path = self.folders.iter().map(|folder| folder.join(name)).find(|path| path.is_file());
        let path = path.ok_or_else(|| format!("no datafile {name} in {:?}", self.folders))?;
        fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
    }
}
