//! The collector as a program: start one, or print the results of a running one.

use std::io::{self, Write};
use std::process::ExitCode;

use opttrack_collector::{Collector, Options, fetch_report};

const USAGE: &str = "\
usage: opttrack-collector [--port N] [--seed N] [--keep FILE] [--exit-with-stdin]
       opttrack-collector report URL

  --port N           listen on this port of 127.0.0.1 (default: a free one)
  --seed N           seed of the faults' probabilities (default: always the same)
  --keep FILE        write what is received to FILE, and begin with what is in it
  --exit-with-stdin  end when standard input closes
  report URL         print the results table of the collector at URL
";

enum Command {
    Serve { options: Options, exit_with_stdin: bool },
    Report { url: String },
    Help,
}

fn main() -> ExitCode {
    let command = match command(std::env::args().skip(1)) {
        Ok(command) => command,
        Err(wrong) => {
            eprint!("opttrack-collector: {wrong}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("opttrack-collector: {error}");
            ExitCode::FAILURE
        }
    }
}

fn command(mut arguments: impl Iterator<Item = String>) -> Result<Command, String> {
    let mut options = Options::default();
    let mut exit_with_stdin = false;
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--port" => options.port = number(&argument, arguments.next())?,
            "--seed" => options.seed = number(&argument, arguments.next())?,
            "--keep" => options.keep = Some(arguments.next().ok_or("--keep needs a file")?.into()),
            "--exit-with-stdin" => exit_with_stdin = true,
            "--help" | "-h" => return Ok(Command::Help),
            "report" => {
                let url = arguments.next().ok_or("report needs the URL of a collector")?;
                return arguments
                    .next()
                    .map_or(Ok(Command::Report { url }), |more| Err(format!("what is {more}?")));
            }
            other => return Err(format!("what is {other}?")),
        }
    }
    Ok(Command::Serve { options, exit_with_stdin })
}

fn number<T: std::str::FromStr>(flag: &str, value: Option<String>) -> Result<T, String> {
    value.and_then(|value| value.parse().ok()).ok_or_else(|| format!("{flag} needs a number in range"))
}

fn run(command: Command) -> io::Result<()> {
    let mut out = io::stdout();
    match command {
        Command::Help => out.write_all(USAGE.as_bytes()),
        Command::Report { url } => out.write_all(fetch_report(&url)?.as_bytes()),
        Command::Serve { options, exit_with_stdin } => {
            let collector = Collector::start_with(&options)?;
            writeln!(out, "listening on {}", collector.url())?;
            out.flush()?;
            if exit_with_stdin {
                return io::copy(&mut io::stdin(), &mut io::sink()).map(drop);
            }
            loop {
                std::thread::park();
            }
        }
    }
}
