//! The log: one line a message, to standard error or to the host.

use std::cell::Cell;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use once_cell::race::OnceBox;

use super::clock::Clock;
use super::fork::PerProcess;
use super::standard_error;
use crate::error::Status;

/// How important a message is; the numbers are those of the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// Nothing.
    Off = 0,
    /// Lost configuration, refused events, faults of the library.
    Error = 1,
    /// What a user of the library can mend.
    Warning = 2,
    /// Start, stop, and changes of state.
    Info = 3,
    /// Every step.
    Debug = 4,
}

impl LogLevel {
    fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
            Self::Debug => "debug",
        }
    }
}

/// What a message is about, for those who look for it by more than its words. Never a visitor's id or a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogFields<'f> {
    /// The key of the event.
    pub event_key: Option<&'f str>,
    /// The key of the flag.
    pub flag_key: Option<&'f str>,
    /// What the call that it is about returns.
    pub status: Option<Status>,
    /// What a server answered.
    pub http_status: Option<u16>,
}

/// One message.
#[derive(Clone, Copy, Debug)]
pub struct LogRecord<'r> {
    /// How important it is.
    pub level: LogLevel,
    /// One line.
    pub message: &'r str,
    /// What it is about.
    pub fields: LogFields<'r>,
}

/// Takes messages in place of standard error. Called with no lock held.
pub trait LogSink: Send + Sync {
    /// Takes one message; is it taken care of? What nobody takes care of goes to standard error.
    fn log(&self, record: &LogRecord<'_>) -> bool;
}

/// How often standard error repeats a message.
const REPEAT_AFTER: Duration = Duration::from_secs(3600);

/// Different messages remembered; past that, all are forgotten, so that memory stays bounded.
const MAX_REMEMBERED: usize = 1024;

thread_local! {
    /// Address of the log whose client has called the host's function that this thread is in; 0 for none.
    static CALLING: Cell<usize> = const { Cell::new(0) };
}

/// Where a client's messages go.
pub struct Log {
    threshold: LogLevel,
    sink: Option<Box<dyn LogSink>>,
    /// Another one, which each process has for itself and which calls nothing of the host's.
    queue: PerProcess<OnceBox<Box<dyn LogSink>>>,
    clock: Arc<dyn Clock>,
    remembered: PerProcess<Memory>,
}

/// Messages that standard error was told.
type Memory = Mutex<HashMap<Box<str>, Repeats>>;

struct Repeats {
    since: Duration,
    count: u64,
}

impl Log {
    /// A log that passes messages at least as important as `threshold`.
    #[must_use]
    pub fn new(threshold: LogLevel, sink: Option<Box<dyn LogSink>>, clock: Arc<dyn Clock>) -> Self {
        let (queue, remembered) = (PerProcess::new(OnceBox::new()), PerProcess::new(Memory::default()));
        Self { threshold, sink, queue, clock, remembered }
    }

    /// Has messages go to a queue besides, in this process; the first one that is attached stays.
    pub fn attach(&self, queue: Box<dyn LogSink>) {
        let _ = self.queue.get(OnceBox::new).set(Box::new(queue));
    }

    /// Is anybody interested in messages of this level? Then, and only then, is it worth making one.
    #[must_use]
    pub fn passes(&self, level: LogLevel) -> bool {
        level <= self.threshold
    }

    /// Writes a message if its level passes.
    pub fn write(&self, level: LogLevel, message: fmt::Arguments<'_>) {
        self.write_with(level, LogFields::default(), message);
    }

    /// Writes a message, with what it is about, if its level passes.
    pub fn write_with(&self, level: LogLevel, fields: LogFields<'_>, message: fmt::Arguments<'_>) {
        if !self.passes(level) {
            return;
        }
        let message = &*message.to_string();
        let record = LogRecord { level, message, fields };
        // The queue first: a host's function may fork, and then the queue is the parent's.
        let is_queued = self.queue.get(OnceBox::new).get().is_some_and(|queue| queue.log(&record));
        let is_taken = self.sink.as_ref().is_some_and(|sink| self.calling_out(|| sink.log(&record)));
        if !is_queued && !is_taken {
            self.to_standard_error(level, message);
        }
    }

    /// Runs a function of the host's, remembering that this thread is inside one. What goes wrong in there goes on.
    pub fn calling_out<T>(&self, call: impl FnOnce() -> T) -> T {
        struct Restore(usize);

        impl Drop for Restore {
            fn drop(&mut self) {
                let _ = CALLING.try_with(|calling| calling.set(self.0));
            }
        }

        let _outer = Restore(CALLING.try_with(|calling| calling.replace(self.address())).unwrap_or_default());
        call()
    }

    /// Is this thread inside a function of the host's that this log's client has called?
    #[must_use]
    pub fn is_calling(&self) -> bool {
        CALLING.try_with(Cell::get).is_ok_and(|calling| calling == self.address())
    }

    /// Tells this log from every other one while it lives.
    fn address(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    /// Each message at once the first time, then counted and at most hourly, so that a hot path never drowns the disk.
    fn to_standard_error(&self, level: LogLevel, message: &str) {
        let now = self.clock.monotonic();
        let Some(unsaid) = self.unsaid_repeats(message, now) else { return };
        let repeats = if unsaid > 0 { format!(" ({unsaid} more in the last hour)") } else { String::new() };
        let line = format!("opttrack {}: {message}{repeats}\n", level.name());
        standard_error::write(line.as_bytes());
    }

    /// How often the message came without being said, if it is to be said now.
    fn unsaid_repeats(&self, message: &str, now: Duration) -> Option<u64> {
        let remembered = self.remembered.get(Memory::default);
        let mut remembered = remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(repeats) = remembered.get_mut(message) {
            if now < repeats.since + REPEAT_AFTER {
                repeats.count += 1;
                return None;
            }
            repeats.since = now;
            return Some(std::mem::take(&mut repeats.count));
        }
        if remembered.len() >= MAX_REMEMBERED {
            remembered.clear();
        }
        remembered.insert(message.into(), Repeats { since: now, count: 0 });
        Some(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    struct Hours(AtomicU64);

    impl Clock for Hours {
        fn wall_ns(&self) -> i64 {
            0
        }

        fn monotonic(&self) -> Duration {
            Duration::from_secs(3600 * self.0.load(Ordering::Relaxed))
        }
    }

    #[test]
    fn a_message_is_said_at_once_and_then_at_most_hourly_with_its_count() {
        let clock = Arc::new(Hours(AtomicU64::new(0)));
        let log = Log::new(LogLevel::Warning, None, clock.clone());
        let now = || clock.monotonic();
        assert_eq!(log.unsaid_repeats("a", now()), Some(0));
        assert_eq!(log.unsaid_repeats("a", now()), None);
        assert_eq!(log.unsaid_repeats("b", now()), Some(0));
        assert_eq!(log.unsaid_repeats("a", now()), None);
        clock.0.store(1, Ordering::Relaxed);
        assert_eq!(log.unsaid_repeats("a", now()), Some(2));
        assert_eq!(log.unsaid_repeats("a", now()), None);
    }

    #[test]
    fn memory_for_different_messages_is_bounded() {
        let log = Log::new(LogLevel::Warning, None, Arc::new(Hours(AtomicU64::new(0))));
        for number in 0..10 * MAX_REMEMBERED {
            log.unsaid_repeats(&number.to_string(), Duration::ZERO);
        }
        let remembered = log.remembered.get(Memory::default).lock().expect("not poisoned").len();
        assert!(remembered <= MAX_REMEMBERED, "{remembered}");
    }
}
