//! The listener, a thread for each connection, and their end.

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::fault::Faults;
use crate::http::Conn;
use crate::parse::parse;
use crate::results::Experiment;
use crate::shape::Malformed;
use crate::store::{Stats, Store};
use crate::{connection, control, report, results};

/// The seed that makes the dice of faults fall the same way in every run.
pub const DEFAULT_SEED: u64 = 1;

/// How a collector is started.
#[derive(Debug, Clone)]
pub struct Options {
    /// The port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// The seed of the faults' probabilities.
    pub seed: u64,
    /// A file that what is received is written to, and read from at the start.
    pub keep: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Options { port: 0, seed: DEFAULT_SEED, keep: None }
    }
}

/// What all threads of a collector share.
pub struct Shared {
    pub store: Store,
    pub faults: Faults,
    pub ended: AtomicBool,
    /// Open connections. Weak, so that a connection's own thread closes it, and a reset is a reset.
    open: Mutex<HashMap<u64, Weak<TcpStream>>>,
    closed: Condvar,
}

impl Shared {
    pub fn stats(&self) -> Stats {
        Stats { faults_fired: self.faults.totals(), ..self.store.stats() }
    }

    pub fn reset(&self) {
        self.faults.reset();
        self.store.reset();
    }

    fn open(&self) -> MutexGuard<'_, HashMap<u64, Weak<TcpStream>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A running collector. Dropping it ends it: connections are closed, its threads are gone.
pub struct Collector {
    shared: Arc<Shared>,
    address: SocketAddr,
    listener: Option<JoinHandle<()>>,
}

impl Collector {
    /// Starts one on a free port of 127.0.0.1.
    pub fn start() -> io::Result<Collector> {
        Collector::start_with(&Options::default())
    }

    /// Starts one as `options` say.
    pub fn start_with(options: &Options) -> io::Result<Collector> {
        let store = options.keep.as_deref().map_or_else(|| Ok(Store::default()), Store::kept)?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            store,
            faults: Faults::new(options.seed),
            ended: AtomicBool::new(false),
            open: Mutex::default(),
            closed: Condvar::new(),
        });
        let of_listener = Arc::clone(&shared);
        let listener = thread::Builder::new()
            .name("listener".to_owned())
            .spawn(move || listen(&of_listener, &listener))?;
        Ok(Collector { shared, address, listener: Some(listener) })
    }

    /// Its address: `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where events are posted: `http://127.0.0.1:PORT/v1/events`.
    #[must_use]
    pub fn events_url(&self) -> String {
        self.url() + "/v1/events"
    }

    /// The port it listens on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The counters.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.shared.stats()
    }

    /// Accepted posts in order of arrival: the JSON of `GET /control/batches`.
    #[must_use]
    pub fn batches(&self) -> String {
        self.shared.store.batches_json()
    }

    /// Unique events in order of arrival: the JSON lines of `GET /control/events`.
    #[must_use]
    pub fn events(&self) -> String {
        self.shared.store.events_jsonl()
    }

    /// What the events say about the experiments.
    #[must_use]
    pub fn results(&self) -> Vec<Experiment> {
        results::compute(&self.shared.store)
    }

    /// The results as a table to read.
    #[must_use]
    pub fn report(&self) -> String {
        report::table(&self.results())
    }

    /// Waits until the counters are `enough` or the time is up; tells which. `faults_fired` is empty there.
    #[must_use]
    pub fn wait(&self, timeout: Duration, enough: impl Fn(&Stats) -> bool) -> bool {
        self.shared.store.wait(timeout, enough)
    }

    /// Sets these faults in place of all: a JSON array as `PUT /control/faults` takes it.
    pub fn set_faults(&self, faults: &str) -> Result<(), Malformed> {
        let json =
            parse(faults).map_err(|error| Malformed { path: String::new(), error: error.to_string() })?;
        control::replace_faults(&self.shared, &json)
    }

    /// Ends all faults, and what they keep waiting.
    pub fn clear_faults(&self) {
        self.shared.faults.clear();
    }

    /// Forgets everything received, faults too.
    pub fn reset(&self) {
        self.shared.reset();
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        self.shared.faults.end();
        self.shared.store.wake();
        // The listener looks at `ended` after each connection; this is one for it to look after.
        drop(TcpStream::connect(self.address));
        if let Some(listener) = self.listener.take() {
            // A panic of that thread has been printed; there is nobody here to hand it to.
            drop(listener.join());
        }
        let mut open = self.shared.open();
        for stream in open.values().filter_map(Weak::upgrade) {
            // A connection that is closed already is what we want.
            drop(stream.shutdown(Shutdown::Both));
        }
        while !open.is_empty() {
            open = self.shared.closed.wait(open).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

fn listen(shared: &Arc<Shared>, listener: &TcpListener) {
    for (number, stream) in (0..).zip(listener.incoming()) {
        if shared.ended.load(Ordering::SeqCst) {
            return;
        }
        // A client that left before it was accepted, or no descriptor to spare: the next one is tried.
        let Ok(stream) = stream else { continue };
        // Without it answers in pieces would wait for acknowledgements; with a dead peer it fails, which reading will tell.
        drop(stream.set_nodelay(true));
        let stream = Arc::new(stream);
        shared.open().insert(number, Arc::downgrade(&stream));
        let entry = Entry { shared: Arc::clone(shared), number };
        let thread = thread::Builder::new().name(format!("connection {number}"));
        // Where no thread can be had, the closure is dropped, and the connection and its entry with it.
        drop(thread.spawn(move || connection::serve(&entry.shared, Conn::new(stream))));
    }
}

/// A connection's place in the list of open ones, given up when its thread ends in whatever way.
struct Entry {
    shared: Arc<Shared>,
    number: u64,
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.shared.open().remove(&self.number);
        self.shared.closed.notify_all();
    }
}
