//! `opttrack-journal`: what an operator needs of a journal's directory on the day something went wrong.

mod arguments;
mod help;
mod import;
mod look;
mod put_back;
mod report;
mod send;

use std::ffi::OsString;
use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;

use arguments::Arguments;

/// How a command ended; README of the command lists the numbers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// All is well.
    Well = 0,
    /// The command did its work, and something is not as it should be.
    Finding = 1,
    /// It was called in a way that it does not know.
    Usage = 2,
    /// It could not do its work.
    Failed = 3,
}

/// Why a command has no ending of its own.
enum Failure {
    /// It was called in a way that it does not know.
    Usage(String),
    /// It could not do its work.
    Failed(String),
}

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Failed(error.to_string())
    }
}

/// What a command comes to.
type Outcome = Result<Ending, Failure>;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let ending = match run(arguments) {
        Ok(ending) => ending,
        Err(Failure::Usage(what)) => {
            complain(format_args!("{what}; opttrack-journal --help says more"));
            Ending::Usage
        }
        Err(Failure::Failed(what)) => {
            complain(format_args!("{what}"));
            Ending::Failed
        }
    };
    ExitCode::from(ending as u8)
}

fn run(mut arguments: Vec<OsString>) -> Outcome {
    if arguments.is_empty() {
        return Err(Failure::Usage("there is no command".to_owned()));
    }
    let command = arguments.remove(0);
    let name = command.to_str().unwrap_or_default();
    match name {
        "-h" | "--help" | "help" => return say(help::ALL),
        "-V" | "--version" => return say(concat!("opttrack-journal ", env!("CARGO_PKG_VERSION"), "\n")),
        _ => {}
    }
    let Some(command) = help::COMMANDS.iter().find(|known| known.name == name) else {
        return Err(Failure::Usage(format!("there is no command {command:?}")));
    };
    if arguments.iter().any(|argument| argument == "--help" || argument == "-h") {
        return say(command.help);
    }
    let arguments = Arguments::parse(arguments, command).map_err(Failure::Usage)?;
    (command.run)(&arguments)
}

/// Prints, and ends well.
fn say(text: &str) -> Outcome {
    io::stdout().write_all(text.as_bytes())?;
    Ok(Ending::Well)
}

/// Says what is wrong. Where standard error is closed there is nobody to tell.
fn complain(what: fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr(), "opttrack-journal: {what}");
}
