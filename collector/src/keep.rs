//! A file of what was received, so that a collector that was killed and started again has its books.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use crate::json::Json;
use crate::parse::parse;
use crate::validate;

/// Accepted posts, one JSON object a line.
pub struct Keep {
    file: Mutex<File>,
}

impl Keep {
    /// Opens the file or makes it, and shows each post in it as path, body and batch. What a death has cut is cut off.
    pub fn open(path: &Path, mut see: impl FnMut(&str, &str, &Json)) -> io::Result<Self> {
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        for line in text[..whole].lines() {
            let wrong = |what: &str| io::Error::new(io::ErrorKind::InvalidData, format!("{what}: {line}"));
            let (path, body) = line.split_once('\t').ok_or_else(|| wrong("a line without a path"))?;
            let batch = parse(body).map_err(|error| wrong(&error.to_string()))?;
            validate::batch(&batch).map_err(|malformed| wrong(&malformed.error))?;
            see(path, body, &batch);
        }
        file.set_len(whole as u64)?;
        Ok(Keep { file: Mutex::new(file) })
    }

    /// Writes a post down, before it counts.
    pub fn write(&self, path: &str, body: &str, batch: &Json) {
        // A path without blanks and a body of one line: JSON has no newline but between its parts.
        let path = path.replace(['\t', '\n'], " ");
        let line =
            if body.contains('\n') { format!("{path}\t{batch}\n") } else { format!("{path}\t{body}\n") };
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(line.as_bytes()).expect("the file of what is received takes every write");
    }
}
