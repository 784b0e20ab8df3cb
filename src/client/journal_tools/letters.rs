//! Dead letters as they stand in their files: lines of JSON, each with the request that the server has refused.

use std::io::BufReader;
use std::path::Path;

use serde_json::value::RawValue;

use super::lines::{Line, Lines, Members};
use super::walk;
use crate::error::Result;
use crate::platform::open_to_read;

/// A dead letter.
pub(super) struct Letter<'l> {
    pub(super) uuid: String,
    pub(super) key: String,
    pub(super) reason: String,
    pub(super) endpoint: String,
    pub(super) http_status: u16,
    /// When it was refused.
    pub(super) time_ms: i64,
    pub(super) request: &'l RawValue,
}

impl<'l> Letter<'l> {
    /// The letter of a line.
    pub(super) fn of(line: &'l str) -> std::result::Result<Self, String> {
        let members = Members::of(line)?;
        let number = |name| members.get(name).and_then(|value| value.get().parse().ok()).unwrap_or_default();
        Ok(Self {
            uuid: members.text("uuid")?,
            key: members.text("key")?,
            reason: members.text("reason")?,
            endpoint: members.text("endpoint")?,
            http_status: u16::try_from(number("httpStatus")).unwrap_or_default(),
            time_ms: number("time"),
            request: members.get("request").ok_or("request: is not given")?,
        })
    }
}

/// Visits the letters of a file, with the line each is on; or what is wrong with the line. What a crash has cut short is
/// no letter, and its event still in the journal. A file that is gone has no letters.
pub(super) fn each(
    path: &Path,
    mut visit: impl FnMut(&Line<'_>, std::result::Result<Letter<'_>, String>) -> Result<()>,
) -> Result<()> {
    let file = match open_to_read(path) {
        Err(error) if walk::is_gone(&error) => return Ok(()),
        result => result.map_err(|error| walk::failed(path, &error))?,
    };
    let mut lines = Lines::new(BufReader::new(file));
    while let Some(line) = lines.next().map_err(|error| walk::failed(path, &error))? {
        let letter = match &line.text {
            Ok("") => continue,
            Ok(text) => Letter::of(text),
            Err(what) => Err(what.clone()),
        };
        if letter.is_ok() || line.is_whole {
            visit(&line, letter)?;
        }
    }
    Ok(())
}
