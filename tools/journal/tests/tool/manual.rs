//! What the command says of itself, and how it ends where it can't begin.

use crate::support::{Folder, tool};

const COMMANDS: [&str; 7] = ["list", "check", "export", "requeue", "send", "drain", "import"];

#[test]
fn the_manual_has_the_help_of_every_command() {
    let manual = include_str!("../../README.md");
    let general = tool(["--help"], "").ended(0);
    assert!(manual.contains(&general), "{general}");
    for command in COMMANDS {
        let help = tool([command, "--help"], "").ended(0);
        assert!(help.starts_with(&format!("usage: opttrack-journal {command} DIR")), "{help}");
        assert!(manual.contains(&help), "the manual lacks:\n{help}");
        assert!(general.contains(&format!("  {command} ")), "{command}");
    }
    let version = tool(["--version"], "").ended(0);
    assert_eq!(version, format!("opttrack-journal {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn wrong_arguments_are_named() {
    for (arguments, what) in [
        (&[][..], "there is no command"),
        (&["lost"], "\"lost\""),
        (&["list"], "directory"),
        (&["list", "a", "b"], "\"b\""),
        (&["list", "a", "--settled"], "--settled"),
        (&["send", "a", "--timeout"], "--timeout"),
    ] {
        let run = tool(arguments, "");
        assert!(run.errors.contains(what), "{arguments:?}: {}", run.errors);
        run.ended(2);
    }
}

#[test]
fn a_directory_that_is_not_there_is_not_made_but_for_an_import() {
    let folder = Folder::new();
    for command in COMMANDS {
        let options: &[&str] = if command == "requeue" { &["--all"] } else { &[] };
        let run = folder.run(command, options);
        let is_import = command == "import";
        assert_eq!(run.status, if is_import { 0 } else { 3 }, "{command}: {}", run.errors);
        assert!(is_import || run.errors.contains("a journal"), "{command}: {}", run.errors);
        assert_eq!(folder.journal().exists(), is_import, "{command}");
    }
}
