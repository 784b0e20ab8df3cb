//! What calls name, looked up in the datafile; what it does not have is an error, and without a datafile everything is.

use super::current::{Active, NOT_READY};
use super::lifecycle::Client;
use crate::datafile::{Flag, Rule};
use crate::error::{Error, Result, Status, shown};
use crate::platform::{LogFields, LogLevel};

impl Client {
    pub(super) fn known_experiment<'a>(&self, active: &'a Active, key: &str) -> Result<&'a Rule> {
        active.project.experiment(key).ok_or_else(|| self.unknown(active, None, || unknown_experiment(key)))
    }

    #[inline]
    pub(super) fn known_flag<'a>(&self, active: &'a Active, key: &str) -> Result<&'a Flag> {
        active.project.flag(key).ok_or_else(|| self.unknown_flag(active, key))
    }

    #[cold]
    fn unknown_flag(&self, active: &Active, key: &str) -> Error {
        self.unknown(active, Some(key), || {
            let message = format!("No flag was found for key {}.", shown(key));
            Error::new(Status::UnknownFlag, message).at("flag_key")
        })
    }

    pub(super) fn known_variable(&self, flag: &Flag, key: &str) -> Result<()> {
        flag.variable(key).map(drop).ok_or_else(|| {
            let message = format!("flag {:?} has no variable {}", flag.key, shown(key));
            self.warned(Some(&flag.key), Error::new(Status::UnknownVariable, message).at("variable_key"))
        })
    }

    /// Why there is nothing of a key: it is unknown, or everything is.
    #[cold]
    fn unknown(&self, active: &Active, flag_key: Option<&str>, error: impl FnOnce() -> Error) -> Error {
        match self.need_datafile(active) {
            Ok(()) => self.warned(flag_key, error()),
            Err(error) => error,
        }
    }

    fn warned(&self, flag_key: Option<&str>, error: Error) -> Error {
        let fields = LogFields { flag_key, status: Some(error.status()), ..LogFields::default() };
        self.log.write_with(LogLevel::Warning, fields, format_args!("{error}"));
        error
    }

    /// Refuses a call that finds no datafile. Where there is one no key is unknown for the want of it.
    pub(super) fn need_datafile(&self, active: &Active) -> Result<()> {
        if active.is_ready() {
            return Ok(());
        }
        self.log.write(LogLevel::Error, format_args!("{NOT_READY}"));
        Err(Error::new(Status::NotReady, NOT_READY))
    }
}

pub(super) fn unknown_experiment(key: &str) -> Error {
    let message = format!("the datafile has no experiment {}", shown(key));
    Error::new(Status::UnknownExperiment, message).at("experiment_key")
}
