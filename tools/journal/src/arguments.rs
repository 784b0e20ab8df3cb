//! The arguments of a command: operands, flags, and options with values.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::Failure;
use crate::help::Command;

/// What a command was called with.
pub struct Arguments {
    operands: Vec<OsString>,
    flags: Vec<&'static str>,
    values: Vec<(&'static str, OsString)>,
}

impl Arguments {
    /// Reads the arguments of a command; the error says what it does not know.
    pub fn parse(arguments: Vec<OsString>, command: &Command) -> Result<Self, String> {
        let mut parsed = Self { operands: Vec::new(), flags: Vec::new(), values: Vec::new() };
        let mut arguments = arguments.into_iter().peekable();
        let mut is_over = false;
        while let Some(argument) = arguments.next() {
            let text = argument.to_str().unwrap_or_default();
            if is_over || !text.starts_with("--") {
                parsed.operands.push(argument);
                continue;
            }
            if text == "--" {
                is_over = true;
                continue;
            }
            let (name, given) = match text.split_once('=') {
                Some((name, value)) => (name, Some(OsString::from(value))),
                None => (text, None),
            };
            if let Some(flag) = command.flags.iter().find(|flag| **flag == name) {
                if given.is_some() {
                    return Err(format!("{name} takes no value"));
                }
                parsed.flags.push(flag);
                continue;
            }
            let Some(option) = command.options.iter().find(|option| **option == name) else {
                return Err(format!("{} has no option {name}", command.name));
            };
            let value = given.or_else(|| arguments.next()).ok_or_else(|| format!("{name} needs a value"))?;
            parsed.values.push((option, value));
            // Of what may be given several times any number may follow.
            let is_value = |next: &OsString| !next.to_str().is_some_and(|next| next.starts_with("--"));
            while command.lists.contains(option) {
                let Some(value) = arguments.next_if(is_value) else { break };
                parsed.values.push((option, value));
            }
        }
        let count = parsed.operands.len();
        if count == 0 {
            return Err(format!("{} needs the journal's directory", command.name));
        }
        if count > command.operands {
            return Err(format!("{} takes no operand {:?}", command.name, parsed.operands[command.operands]));
        }
        Ok(parsed)
    }

    /// The journal's directory.
    pub fn directory(&self) -> &Path {
        Path::new(&self.operands[0])
    }

    /// The operand behind it.
    pub fn second(&self) -> Option<PathBuf> {
        self.operands.get(1).map(PathBuf::from)
    }

    /// Was a flag given?
    pub fn has(&self, flag: &str) -> bool {
        self.flags.contains(&flag)
    }

    /// The last value of an option, as a path.
    pub fn path(&self, option: &str) -> Option<PathBuf> {
        self.values.iter().rev().find(|(name, _)| *name == option).map(|(_, value)| PathBuf::from(value))
    }

    /// All values of an option, as texts.
    pub fn texts(&self, option: &str) -> Result<Vec<&str>, Failure> {
        let values = self.values.iter().filter(|(name, _)| *name == option);
        let text = |value: &'_ OsString| Failure::Usage(format!("{option}: {value:?} is no UTF-8"));
        values.map(|(_, value)| value.to_str().ok_or_else(|| text(value))).collect()
    }

    /// The last value of an option, as a text.
    pub fn text(&self, option: &str) -> Result<Option<&str>, Failure> {
        Ok(self.texts(option)?.last().copied())
    }

    /// A time in seconds; `none` is none.
    pub fn seconds(&self, option: &str, default: Duration) -> Result<Option<Duration>, Failure> {
        match self.text(option)? {
            None => Ok(Some(default)),
            Some("none") => Ok(None),
            Some(text) => {
                let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
                seconds
                    .map(Some)
                    .ok_or_else(|| Failure::Usage(format!("{option}: {text:?} is no time in seconds")))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::help::COMMANDS;

    fn parse(command: &str, arguments: &[&str]) -> Result<Arguments, String> {
        let command = COMMANDS.iter().find(|known| known.name == command).expect("a command");
        Arguments::parse(arguments.iter().map(OsString::from).collect(), command)
    }

    #[test]
    fn options_are_read_wherever_they_stand() {
        for arguments in [
            &["dir", "--endpoint", "http://e/", "--dead-letters", "--timeout=1.5"][..],
            &["--timeout", "1.5", "--dead-letters", "--endpoint=http://e/", "--", "dir"],
        ] {
            let Ok(parsed) = parse("send", arguments) else { panic!("{arguments:?}") };
            assert_eq!(parsed.directory(), Path::new("dir"));
            assert!(parsed.has("--dead-letters"));
            assert!(matches!(parsed.text("--endpoint"), Ok(Some("http://e/"))));
            let timeout = parsed.seconds("--timeout", Duration::ZERO);
            assert!(matches!(timeout, Ok(Some(timeout)) if timeout == Duration::from_millis(1500)));
        }
        let Ok(parsed) = parse("requeue", &["dir", "--uuid", "a", "b", "--uuid=c"]) else { panic!("a list") };
        assert!(matches!(parsed.texts("--uuid").as_deref(), Ok(["a", "b", "c"])));
        let Ok(parsed) = parse("import", &["--", "--dir", "file"]) else { panic!("two operands") };
        assert_eq!((parsed.directory(), parsed.second()), (Path::new("--dir"), Some("file".into())));
    }

    #[test]
    fn what_is_not_known_is_named() {
        for (command, arguments, what) in [
            ("list", &[][..], "needs the journal's directory"),
            ("list", &["a", "b"], "\"b\""),
            ("list", &["a", "--settled"], "--settled"),
            ("list", &["a", "--json=1"], "takes no value"),
            ("send", &["a", "--timeout"], "needs a value"),
        ] {
            let Err(said) = parse(command, arguments) else { panic!("{arguments:?}") };
            assert!(said.contains(what), "{said}");
        }
        for timeout in ["x", "-1", "NaN", "1e300"] {
            let Ok(parsed) = parse("send", &["a", "--timeout", timeout]) else { panic!("an option") };
            assert!(
                matches!(parsed.seconds("--timeout", Duration::ZERO), Err(Failure::Usage(_))),
                "{timeout}"
            );
        }
    }
}
