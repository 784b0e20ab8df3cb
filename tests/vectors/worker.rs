//! Worker processes: started, asked line by line against a deadline, started anew after one has died or hung.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

/// A worker that is lost so often is not started again; what it would be asked fails at once.
const MOST_LOSSES: usize = 3;
/// Lines shown of what a lost worker wrote to its standard error.
const SHOWN: usize = 5;
/// Pause between two looks at whether a process has ended.
const PAUSE: Duration = Duration::from_millis(5);

/// One process of a worker program, or what is left of it.
pub struct Worker {
    program: PathBuf,
    log: PathBuf,
    deadline: Duration,
    process: Option<Process>,
    losses: usize,
}

struct Process {
    child: Child,
    questions: Sender<String>,
    answers: Receiver<String>,
}

impl Worker {
    /// A worker that runs `program`, whose standard error goes to the file `log`. It is started with its first question.
    pub fn new(program: &Path, log: PathBuf, deadline: Duration) -> Self {
        Self { program: program.to_owned(), log, deadline, process: None, losses: 0 }
    }

    /// Asks a question of one line, and gives the line that answers it. A worker that gives none in time is ended.
    pub fn ask(&mut self, question: &str) -> Result<String, String> {
        if self.losses >= MOST_LOSSES {
            return Err(format!("the worker was lost {MOST_LOSSES} times and is not asked any more"));
        }
        let started = self.process.take().map_or_else(|| Process::start(&self.program, &self.log), Ok);
        let asked = started.and_then(|process| process.ask(question, self.deadline));
        match asked {
            Ok((process, answer)) => {
                self.process = Some(process);
                Ok(answer)
            }
            Err(problem) => {
                self.losses += 1;
                Err(format!("{problem}{}", self.last_words()))
            }
        }
    }

    /// Ends the input of the worker, which must then end well by itself.
    pub fn finish(mut self) -> Result<(), String> {
        let ended = self.process.take().map_or(Ok(()), |process| process.finish(self.deadline));
        ended.map_err(|problem| format!("{problem}{}", self.last_words()))
    }

    fn last_words(&self) -> String {
        let text = fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        let words = lines[lines.len().saturating_sub(SHOWN)..].join(" | ");
        if words.is_empty() { words } else { format!("; it said: {words}") }
    }
}

impl Process {
    fn start(program: &Path, log: &Path) -> Result<Self, String> {
        let cannot = |error: std::io::Error| format!("{} can't be run: {error}", program.display());
        let errors = File::create(log).map_err(|error| format!("{}: {error}", log.display()))?;
        let mut child = Command::new(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .map_err(cannot)?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("a worker without standard input or output".to_owned());
        };
        // Both pipes have a thread, so that a worker which neither reads nor writes can't hold up the one who asks.
        let (questions, to_write) = mpsc::channel();
        let (read, answers) = mpsc::channel();
        thread::spawn(move || write_lines(input, &to_write));
        thread::spawn(move || read_lines(output, &read));
        Ok(Self { child, questions, answers })
    }

    fn ask(mut self, question: &str, deadline: Duration) -> Result<(Self, String), String> {
        // Where the writing thread is gone the worker is too, which the wait for its answer finds.
        let _ = self.questions.send(format!("{question}\n"));
        let problem = match self.answers.recv_timeout(deadline) {
            Ok(answer) => return Ok((self, answer)),
            Err(RecvTimeoutError::Timeout) => format!("no answer in {} s", deadline.as_secs_f32()),
            Err(RecvTimeoutError::Disconnected) => "the worker ended".to_owned(),
        };
        let status = self.end();
        Err(format!("{problem} ({status})"))
    }

    fn finish(mut self, deadline: Duration) -> Result<(), String> {
        let Self { child, questions, answers } = &mut self;
        *questions = mpsc::channel().0; // the writing thread sees its sender gone, and closes the pipe
        let until = Instant::now() + deadline;
        loop {
            match child.try_wait() {
                Ok(Some(status)) if status.success() => break,
                Ok(Some(status)) => return Err(format!("the worker ended with {status}")),
                Ok(None) if Instant::now() < until => thread::sleep(PAUSE),
                Ok(None) => {
                    let status = self.end();
                    return Err(format!("the worker went on after the end of its input ({status})"));
                }
                Err(error) => return Err(format!("waiting for the worker: {error}")),
            }
        }
        match answers.recv_timeout(deadline) {
            Ok(line) => Err(format!("an answer too many: {line}")),
            Err(_) => Ok(()),
        }
    }

    /// Ends the process if it still runs; how it ended.
    fn end(&mut self) -> String {
        // It may be gone already; then there is nothing to end, and only the status to fetch.
        let _ = self.child.kill();
        self.child.wait().map_or_else(|error| error.to_string(), |status| status.to_string())
    }
}

fn write_lines(mut input: ChildStdin, lines: &Receiver<String>) {
    for line in lines {
        if input.write_all(line.as_bytes()).and_then(|()| input.flush()).is_err() {
            return;
        }
    }
}

fn read_lines(output: ChildStdout, lines: &Sender<String>) {
    for line in BufReader::new(output).lines() {
        let Ok(line) = line else { return };
        if lines.send(line).is_err() {
            return;
        }
    }
}
