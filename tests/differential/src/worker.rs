//! A worker: a process that answers lines of JSON, each as it comes, for as long as the run lasts.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use crate::json::Json;

/// How many questions may wait for a worker.
const WAITING: usize = 16;

/// A process and the thread that asks it.
pub struct Worker {
    questions: Option<SyncSender<String>>,
    answers: Receiver<Result<Json, String>>,
    child: Child,
}

impl Worker {
    /// Starts the command, whose words are separated by spaces.
    pub fn start(command: &str) -> Result<Self, String> {
        let mut words = command.split(' ');
        let program = words.next().unwrap_or_default();
        let mut child = Command::new(program)
            .args(words)
            .env("NO_PROXY", "127.0.0.1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{command}: {error}"))?;
        let (Some(mut input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(format!("{command}: no pipes"));
        };
        let mut output = BufReader::new(output);
        let (questions, asked) = sync_channel::<String>(WAITING);
        let (answered, answers) = sync_channel(WAITING);
        let command = command.to_owned();
        thread::spawn(move || {
            for question in asked {
                let answer =
                    ask(&mut input, &mut output, &question).map_err(|error| format!("{command}: {error}"));
                if answered.send(answer).is_err() {
                    return;
                }
            }
        });
        Ok(Self { questions: Some(questions), answers, child })
    }

    /// Puts a question; its answer comes in turn.
    pub fn ask(&self, question: String) -> Result<(), String> {
        let questions = self.questions.as_ref().ok_or("the worker was told to end")?;
        questions.send(question).map_err(|_| "the worker's thread has ended".to_owned())
    }

    /// The next answer.
    pub fn answer(&self) -> Result<Json, String> {
        self.answers.recv().map_err(|_| "the worker's thread has ended".to_owned())?
    }
}

impl Drop for Worker {
    /// Its input ends, and so does the process.
    fn drop(&mut self) {
        self.questions = None;
        while self.answers.recv().is_ok() {}
        if self.child.wait().is_err() {
            let _ = self.child.kill();
        }
    }
}

fn ask(input: &mut impl Write, output: &mut impl BufRead, question: &str) -> Result<Json, String> {
    writeln!(input, "{question}").and_then(|()| input.flush()).map_err(|error| error.to_string())?;
    let mut line = String::new();
    if output.read_line(&mut line).map_err(|error| error.to_string())? == 0 {
        return Err(format!("it ended instead of answering {question}"));
    }
    Json::parse(&line).map_err(|error| format!("{error} in {line}"))
}
