//! What a client has of its own in each process: where its events wait, who sends them, what is counted. A child of a
//! fork makes another, and never touches its parent's.

use std::io;
use std::sync::Arc;

use super::current::Current;
use super::desk::Desk;
use super::keeper::Keeper;
use super::polling_options::PollingOptions;
use super::stats::Tally;
use crate::delivery::{DeadLetters, Delivery, Drive, Limits, Lost, Parts, Witness};
use crate::journal::{Bounds, Durability, Journal, Place, Reader, Seams, Sizes};
use crate::json;
use crate::notification::{Listeners, Notification, Queue, Topic};
use crate::platform::{Clock, Log, LogFields, LogRecord, LogSink, Random};

/// A client in one process. Whatever holds a lock that a thread may hold while another forks belongs here.
pub(super) struct Room {
    pub(super) journal: Arc<Journal>,
    pub(super) delivery: Delivery,
    pub(super) tally: Tally,
    pub(super) queue: Arc<Queue>,
    /// Keeps the datafile current, where the client gets it by itself.
    pub(super) keeper: Option<Arc<Keeper>>,
    /// Where its errands are handed out.
    pub(super) desk: Arc<Desk>,
}

impl Room {
    /// Takes no events, and ends the waits for notifications.
    pub(super) fn close(&self) {
        self.journal.close();
        self.queue.close();
    }
}

/// What is polled, and for what.
pub(super) struct Polling {
    pub(super) options: PollingOptions,
    pub(super) current: Arc<Current>,
}

/// What rooms are made of.
pub(super) struct Plan {
    pub(super) bounds: Bounds,
    pub(super) limits: Limits,
    pub(super) queued_topics: u32,
    pub(super) notification_capacity: usize,
    pub(super) drive: Drive,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<dyn Random>,
    pub(super) log: Arc<Log>,
    pub(super) listeners: Arc<Listeners>,
    /// What keeps the datafile current, where the client gets it by itself.
    pub(super) polling: Option<Polling>,
    pub(super) place: Place,
    pub(super) sizes: Sizes,
    pub(super) dead_letter_bytes: u64,
}

impl Plan {
    /// A room in which nothing has happened. Errors come from the journal's directory only. What others have left is taken
    /// over once the endpoints are known.
    pub(super) fn room(&self, endpoints: Vec<Box<str>>) -> io::Result<Room> {
        let (journal, reader) = Journal::open(self.seams(), &self.place, self.bounds, self.sizes)?;
        journal.set_endpoints(endpoints);
        Ok(self.furnish(journal, reader))
    }

    /// A child's room. Where it can't have a directory of its own its events are refused, and say why. Calls nothing of
    /// the host's: a child makes its room inside any call.
    pub(super) fn room_of_child(&self, endpoints: Vec<Box<str>>) -> Room {
        self.room(endpoints).unwrap_or_else(|error| {
            let (journal, reader) = Journal::refusing(self.seams(), &error);
            self.furnish(journal, reader)
        })
    }

    fn seams(&self) -> Seams {
        Seams { random: Arc::clone(&self.random), clock: Arc::clone(&self.clock) }
    }

    fn furnish(&self, journal: Arc<Journal>, reader: Reader) -> Room {
        let queue = Arc::new(Queue::new(self.queued_topics, self.notification_capacity));
        let witness = PostWitness {
            listeners: Arc::clone(&self.listeners),
            queue: Arc::clone(&queue),
            log: Arc::clone(&self.log),
        };
        if Topic::Log.is_in(self.queued_topics) {
            self.log.attach(Box::new(QueuedLog(Arc::clone(&queue))));
        }
        let keeper = self.polling.as_ref().and_then(|Polling { options, current }| {
            let (journal, queue) = (Arc::clone(&journal), Arc::clone(&queue));
            let poller = options.poller()?;
            Some(Arc::new(Keeper::new(poller, Arc::clone(current), journal, queue, Arc::clone(&self.log))))
        });
        let desk = Arc::new(Desk::new(keeper.clone()));
        let delivery = Delivery::new(Parts {
            witness: Box::new(witness),
            journal: Arc::clone(&journal),
            reader,
            drive: self.drive.clone(),
            clock: Arc::clone(&self.clock),
            random: Arc::clone(&self.random),
            log: Arc::clone(&self.log),
            limits: self.limits,
            dead_letters: self.dead_letters(&journal),
            errands: Arc::<Desk>::clone(&desk),
        });
        Room { journal, delivery, tally: Tally::default(), queue, keeper, desk }
    }
}

impl Plan {
    /// Where refused events are kept; in memory they are logged alone.
    fn dead_letters(&self, journal: &Journal) -> Option<DeadLetters> {
        let Place::Directory(directory) = &self.place else { return None };
        let path = journal.dead_letter_path()?;
        let is_synced = directory.durability == Durability::System;
        Some(DeadLetters::new(Arc::clone(&directory.disk), path, self.dead_letter_bytes, is_synced))
    }
}

/// Puts what is logged into the queue.
struct QueuedLog(Arc<Queue>);

impl LogSink for QueuedLog {
    fn log(&self, record: &LogRecord<'_>) -> bool {
        let LogFields { event_key, flag_key, status, http_status } = record.fields;
        let payload = json::to_string(|out| {
            json::object(out, |members| {
                members.integer("level", record.level as i64);
                members.text("message", record.message);
                members.text_or_null("eventKey", event_key);
                members.text_or_null("flagKey", flag_key);
                let name = status.map(|status| status.c_name().to_str().unwrap_or_default());
                members.text_or_null("status", name);
                match http_status {
                    Some(status) => members.integer("httpStatus", i64::from(status)),
                    None => json::null(members.name("httpStatus")),
                }
            });
        });
        self.0.push(Notification { topic: Topic::Log, key: record.message.into(), payload });
        true
    }
}

/// Tells listeners of each batch before it is posted for the first time (rule: SPEC, section 9.1), and of each event that
/// will never be delivered.
struct PostWitness {
    listeners: Arc<Listeners>,
    queue: Arc<Queue>,
    log: Arc<Log>,
}

impl Witness for PostWitness {
    fn posting(&self, url: &str, body: &[u8]) {
        if !self.listeners.want(Topic::LogEvent) {
            return;
        }
        let payload = json::to_string(|out| {
            json::object(out, |members| {
                members.text("url", url);
                members.text("httpVerb", "POST");
                members.name("params").extend_from_slice(body);
            });
        });
        self.notify(&Notification { topic: Topic::LogEvent, key: url.into(), payload });
    }

    fn wants_drops(&self) -> bool {
        self.listeners.want(Topic::Drop)
    }

    fn lost(&self, lost: &Lost<'_>) {
        let topic = if lost.http_status.is_some() { Topic::DeadLetter } else { Topic::Drop };
        if !self.listeners.want(topic) {
            return;
        }
        let payload = json::to_string(|out| {
            json::object(out, |members| {
                members.text("uuid", lost.uuid);
                members.text("key", lost.key);
                members.text("reason", lost.reason);
                if let Some(status) = lost.http_status {
                    members.integer("httpStatus", i64::from(status));
                }
            });
        });
        self.notify(&Notification { topic, key: lost.key.into(), payload });
    }
}

impl PostWitness {
    fn notify(&self, notification: &Notification) {
        // Into the queue first: a listener may fork, and then this queue is the parent's.
        self.queue.push(notification.clone());
        self.log.calling_out(|| self.listeners.tell(notification));
    }
}
