//! Text to project: the ways a datafile is refused, each with its place. Rule: SPEC, section 1.1.

use std::sync::Arc;

use super::project::Project;
use super::schema::Datafile;
use super::{build, field, schema};
use crate::error::{Error, Result, Status};

/// A project, and what its datafile has that a user should mend.
pub struct Parsed {
    /// The indexed project.
    pub project: Project,
    /// One line each, naming the entity.
    pub warnings: Vec<String>,
}

/// Parses a datafile. `generation` tells this project from every other one in the process; it is an argument so that
/// parsing stays a pure function.
pub fn parse(whole: impl AsRef<str> + Into<Arc<str>>, generation: u64) -> Result<Parsed> {
    let text = without_mark(whole.as_ref());
    if text.is_empty() {
        return Err(refused("", "is empty"));
    }
    reserve(text)?;
    let datafile: Datafile<'_> = serde_json::from_str(text).map_err(|error| explain(&error))?;
    check_version(&datafile)?;
    check_integrations(&datafile)?;
    let mut warnings = Vec::new();
    let project = build::build(datafile, generation, &mut warnings);
    // Kept only now, so that a text which is refused costs no copy.
    Ok(Parsed { project: Project { text: whole.into(), ..project }, warnings })
}

/// A text without the byte-order mark that some editors put before it.
pub(super) fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// The shapes of a datafile that was parsed before, feature rollouts injected as in the project: for a report of what it
/// holds.
pub fn outline(project: &Project) -> Result<Datafile<'_>> {
    let text = without_mark(project.text());
    let mut datafile = serde_json::from_str(text).map_err(|error| explain(&error))?;
    build::inject_feature_rollouts(&mut datafile);
    Ok(datafile)
}

/// Memory for the project follows from the size of the text, and Rust aborts when an ordinary allocation fails, so one
/// trial reservation comes first.
fn reserve(text: &str) -> Result<()> {
    let mut trial: Vec<u8> = Vec::new();
    trial.try_reserve_exact(text.len().saturating_mul(3)).map_err(|_| {
        let message = format!("datafile: no memory to parse {} bytes", text.len());
        Error::new(Status::OutOfMemory, message).at("datafile")
    })
}

/// Why a text was refused, and where in it.
fn explain(error: &serde_json::Error) -> Error {
    let (path, gist) = field::path_and_gist(error);
    refused(&path, &gist)
}

fn check_version(datafile: &Datafile<'_>) -> Result<()> {
    match datafile.version.as_str() {
        "2" | "3" | "4" => Ok(()),
        "" => Err(refused("version", "is missing; \"2\", \"3\" and \"4\" are supported")),
        other => {
            let shown: String = other.chars().take(20).collect();
            Err(refused("version", &format!("{shown:?} is not supported; \"2\", \"3\" and \"4\" are")))
        }
    }
}

/// Rule: SPEC, S-47.
fn check_integrations(datafile: &Datafile<'_>) -> Result<()> {
    match datafile.integrations.iter().position(|integration| integration.key.is_none()) {
        Some(index) => {
            Err(refused(&format!("integrations[{index}].key"), "is missing; an integration needs one"))
        }
        None => Ok(()),
    }
}

fn refused(path: &str, what: &str) -> Error {
    let separator = if path.is_empty() { "" } else { ": " };
    Error::new(Status::InvalidDatafile, format!("datafile: {path}{separator}{what}")).at(if path.is_empty() {
        schema::ROOT.to_owned()
    } else {
        path.to_owned()
    })
}
