//! What the tests share: a folder, the command, clients in processes of their own that are killed, collectors.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use opttrack::client::{Client, ClientOptions, JournalOptions, LogLevel, Tags};
use opttrack::user::User;
use opttrack::value::Value as Attribute;
use opttrack_collector::Collector;
use serde_json::{Value, json};

/// Nothing here takes so long; it keeps what is broken from hanging the tests.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The variable with the orders of a child process.
const ORDERS: &str = "OPTTRACK_JOURNAL_TEST_ORDERS";

/// The test that is the client in a child process.
const RECORDER: &str = "a_client_that_is_killed_leaves_its_events";

const DAY_MS: u32 = 86_400_000;

/// Where nobody listens.
pub const NOWHERE: &str = "http://127.0.0.1:9/v1/events";

pub const DATAFILE: &str = r#"{"version":"4","accountId":"12001","projectId":"111001","revision":"42",
    "attributes":[{"id":"111094","key":"plan"}],
    "events":[{"id":"9001","key":"purchase"},{"id":"9002","key":"visit"}],
    "experiments":[{"id":"7","key":"exp","layerId":"70","status":"Running","audienceIds":[],"forcedVariations":{},
        "trafficAllocation":[{"entityId":"77","endOfRange":10000}],"variations":[{"id":"77","key":"on"}]}]}"#;

/// What a client in a child process does before it is killed.
#[derive(Clone)]
pub struct Orders<'o> {
    pub endpoint: &'o str,
    /// Conversions, each with a uuid of its own; the first has the number `first`.
    pub conversions: u64,
    pub first: u64,
    pub impressions: u64,
    /// So many conversions are settled before the others are recorded.
    pub settled: u64,
    /// Longest wait of an event for others; after a day there is no test any more.
    pub flush_interval_ms: u32,
}

impl Default for Orders<'_> {
    fn default() -> Self {
        Self {
            endpoint: NOWHERE,
            conversions: 10,
            first: 1,
            impressions: 0,
            settled: 0,
            flush_interval_ms: DAY_MS,
        }
    }
}

/// Turns this process into a client, if it was started as one; it never returns then.
pub fn record_if_asked() {
    let Ok(orders) = std::env::var(ORDERS) else { return };
    let orders: Value = serde_json::from_str(&orders).expect("orders");
    let number = |name: &str| orders[name].as_u64().expect("a number");
    let text = |name: &str| orders[name].as_str().expect("a text").to_owned();
    let options = ClientOptions {
        datafile: Some(DATAFILE.into()),
        event_endpoint: Some(text("endpoint")),
        flush_interval_ms: u32::try_from(number("flush_interval_ms")).expect("a time"),
        first_retry_ms: 1,
        // Standard error is for what was accepted.
        log_level: LogLevel::Off,
        journal: JournalOptions { directory: Some(text("directory").into()), ..JournalOptions::default() },
        ..ClientOptions::default()
    };
    let client = Client::new(options).expect("a client");
    for at in 0..number("conversions") {
        if at == number("settled") && at > 0 {
            client.flush(60_000).1.expect("everything is settled");
        }
        let time_ms = i64::try_from(1_700_000_000_000 + at).expect("a time");
        let uuid = uuid(number("first") + at);
        let mut user = User::new(&format!("visitor {}", number("first") + at));
        user.set_attribute("plan", Attribute::Str("gold \"1\""));
        let mut tags = Tags::new();
        tags.push("revenue", Attribute::Int(4200));
        let key = if at % 2 == 0 { "purchase" } else { "visit" };
        client.track_at(&user, key, &tags, time_ms, &uuid).expect("accepted");
        eprintln!("accepted {uuid}");
    }
    if number("settled") == number("conversions") {
        client.flush(60_000).1.expect("everything is settled");
    }
    for at in 0..number("impressions") {
        client.activate(&User::new(&format!("visitor {at}")), "exp").expect("decided");
    }
    eprintln!("done");
    loop {
        std::thread::park();
    }
}

/// The uuid of a number.
pub fn uuid(number: u64) -> String {
    format!("00000000-0000-4000-8000-{number:012x}")
}

/// A client in a process of its own, killed when it is dropped.
pub struct Recorder {
    child: Child,
    _errors: BufReader<ChildStderr>,
    /// The uuids of the conversions that were accepted.
    pub accepted: BTreeSet<String>,
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.child.kill().expect("it is ours");
        self.child.wait().expect("it is gone");
    }
}

/// What a run of the command came to.
pub struct Run {
    pub status: i32,
    pub out: String,
    pub errors: String,
}

impl Run {
    /// The output, of a run that ended as expected.
    pub fn ended(self, status: i32) -> String {
        assert_eq!(self.status, status, "{}\n{}", self.out, self.errors);
        self.out
    }
}

/// Runs the command.
pub fn tool<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>, input: &str) -> Run {
    let mut child = command(arguments).spawn().expect("the command starts");
    let mut stdin = child.stdin.take().expect("it is piped");
    // A command that reads no input has ended perhaps.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Run {
        status: output.status.code().expect("no signal"),
        out: text(&output.stdout),
        errors: text(&output.stderr),
    }
}

/// The command with its streams piped.
pub fn command<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_opttrack-journal"));
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A folder with a journal's directory in it, removed with the test.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("opttrack-tool-{}-{number}", std::process::id()));
        std::fs::create_dir(&path).expect("a folder");
        Self(path)
    }

    /// The journal's directory; its name is no easy one.
    pub fn journal(&self) -> PathBuf {
        self.0.join("a journal")
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Writes a file beside the journal.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, text).expect("a file");
        path
    }

    /// Runs a command on the journal's directory.
    pub fn run(&self, command: &str, options: &[&str]) -> Run {
        self.run_with(command, options, "")
    }

    /// Runs a command that reads.
    pub fn run_with(&self, command: &str, options: &[&str], input: &str) -> Run {
        let directory = self.journal();
        let arguments = [OsStr::new(command), directory.as_os_str()].into_iter();
        tool(arguments.chain(options.iter().map(OsStr::new)), input)
    }

    /// A client that has done as it was told, and lives.
    pub fn recorder(&self, orders: &Orders<'_>) -> Recorder {
        let orders = json!({
            "directory": self.journal(),
            "endpoint": orders.endpoint,
            "conversions": orders.conversions,
            "first": orders.first,
            "impressions": orders.impressions,
            "settled": orders.settled,
            "flush_interval_ms": orders.flush_interval_ms,
        });
        let mut child = Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", RECORDER, "--nocapture"])
            .env(ORDERS, orders.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("a child");
        let mut errors = BufReader::new(child.stderr.take().expect("it is piped"));
        let (mut accepted, mut said) = (BTreeSet::new(), String::new());
        loop {
            let mut line = String::new();
            let count = errors.read_line(&mut line).expect("a line");
            assert!(count > 0, "the client has ended: {said}");
            match line.trim_end() {
                "done" => break,
                line => accepted.extend(line.strip_prefix("accepted ").map(str::to_owned)),
            }
            said.push_str(&line);
        }
        Recorder { child, _errors: errors, accepted }
    }

    /// A client that has done as it was told, and was killed; answers the uuids of its conversions.
    pub fn killed(&self, orders: &Orders<'_>) -> BTreeSet<String> {
        let mut recorder = self.recorder(orders);
        std::mem::take(&mut recorder.accepted)
    }

    /// What `list --json` says.
    pub fn list(&self) -> Value {
        serde_json::from_str(&self.run("list", &["--json"]).ended(0)).expect("JSON")
    }

    /// Events that wait, over all segments of clients that do not live.
    pub fn waiting(&self) -> u64 {
        let list = self.list();
        let clients = list["clients"].as_array().expect("a list");
        let dead = clients.iter().filter(|client| client["state"] != "live");
        let segments = dead.flat_map(|client| client["segments"].as_array().expect("a list"));
        segments.map(|segment| segment["waiting"].as_u64().expect("a number")).sum()
    }

    /// What `export` says, line by line.
    pub fn export(&self, options: &[&str]) -> Vec<Value> {
        let lines = self.run("export", options).ended(0);
        lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    /// The segments of all clients.
    pub fn segments(&self) -> Vec<PathBuf> {
        self.files().into_iter().filter(|path| path.extension() == Some(OsStr::new("seg"))).collect()
    }

    /// The files of dead letters.
    pub fn letters(&self) -> Vec<PathBuf> {
        self.files().into_iter().filter(|path| path.extension() == Some(OsStr::new("jsonl"))).collect()
    }

    /// Every file in the journal's directory.
    pub fn files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        collect(&self.journal(), &mut files);
        files.sort();
        files
    }

    /// Every file with its bytes.
    pub fn contents(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let read = |path: PathBuf| (path.clone(), std::fs::read(path).expect("readable"));
        self.files().into_iter().map(read).collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push(path);
        }
    }
}

/// A collector that runs.
pub fn collector() -> Collector {
    Collector::start().expect("a collector")
}

/// The uuids that a collector has.
pub fn received(collector: &Collector) -> BTreeSet<String> {
    events(collector).iter().map(|event| event["uuid"].as_str().expect("a uuid").to_owned()).collect()
}

/// The events that a collector has.
pub fn events(collector: &Collector) -> Vec<Value> {
    collector.events().lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// What a collector refuses: the batches with one of these visitors.
pub fn poison(collector: &Collector, numbers: &[u64]) {
    let visitors: Vec<_> = numbers.iter().map(|number| format!("visitor {number}")).collect();
    let faults = json!([{ "kind": "poison", "visitor": visitors }]);
    collector.set_faults(&faults.to_string()).expect("a fault");
}

/// The uuids of numbers.
pub fn uuids(numbers: impl IntoIterator<Item = u64>) -> BTreeSet<String> {
    numbers.into_iter().map(uuid).collect()
}
