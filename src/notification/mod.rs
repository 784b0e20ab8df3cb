//! Notifications: who listens to what happens, and the queue from which a host pulls what happened on its own.
//! Rule: SPEC, section 9.

mod queue;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use arc_swap::ArcSwap;

pub use queue::Queue;

/// What happened; the numbers are those of the header, and sets of them are sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// A decision was made.
    Decision = 1,
    /// A conversion was accepted.
    Track = 2,
    /// A batch of events is about to be posted.
    LogEvent = 4,
    /// Another datafile is in force.
    ConfigUpdate = 8,
    /// The server refused an event for good.
    DeadLetter = 16,
    /// An event was given up for another reason.
    Drop = 32,
    /// Something was logged.
    Log = 64,
}

impl Topic {
    /// All of them.
    pub const ALL: u32 = Self::Decision as u32
        | Self::Track as u32
        | Self::LogEvent as u32
        | Self::ConfigUpdate as u32
        | Self::DeadLetter as u32
        | Self::Drop as u32
        | Self::Log as u32;

    /// Those that listeners are told; the others go to the queue alone.
    pub const TOLD: u32 = Self::ALL & !(Self::Log as u32);

    /// Is it in a set?
    #[must_use]
    pub const fn is_in(self, topics: u32) -> bool {
        topics & self as u32 != 0
    }
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// What.
    pub topic: Topic,
    /// The key of the flag, experiment or event, the URL, or the revision.
    pub key: Box<str>,
    /// The whole, as a JSON object.
    pub payload: String,
}

/// Takes notifications, on the thread whose call caused them or on the delivery thread, and never under a lock.
pub trait Listener: Send + Sync {
    /// Takes one.
    fn notified(&self, notification: &Notification);
}

struct Entry {
    id: u64,
    topics: u32,
    listener: Arc<dyn Listener>,
}

/// Everybody who listens to one client.
pub struct Listeners {
    /// In order of registration; replaced whole, so that telling takes no lock and listeners may come and go meanwhile.
    entries: ArcSwap<Vec<Arc<Entry>>>,
    /// The topics that anybody listens to.
    topics: AtomicU32,
    next_id: AtomicU64,
}

impl Listeners {
    /// Nobody yet, but for a queue of those topics, which is the caller's.
    #[must_use]
    pub fn new(queued_topics: u32) -> Self {
        Self {
            entries: ArcSwap::default(),
            topics: AtomicU32::new(queued_topics),
            next_id: AtomicU64::new(1),
        }
    }

    /// Does anybody listen to this? Then, and only then, is it worth making a notification.
    #[must_use]
    pub fn want(&self, topic: Topic) -> bool {
        topic.is_in(self.topics.load(Ordering::Relaxed))
    }

    /// Adds a listener behind the others; answers the id by which it is removed.
    pub fn add(&self, topics: u32, listener: Arc<dyn Listener>) -> u64 {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let entry = Arc::new(Entry { id, topics, listener });
        self.entries.rcu(|entries| {
            let mut entries = Vec::clone(entries);
            entries.push(Arc::clone(&entry));
            entries
        });
        // A topic once listened to stays looked at: a remove that raced with an add must not silence it.
        self.topics.fetch_or(topics, Ordering::Relaxed);
        id
    }

    /// Removes a listener; was it there? It may still be in a call that another thread makes.
    pub fn remove(&self, id: u64) -> bool {
        let before = self.entries.rcu(|entries| {
            let kept = entries.iter().filter(|entry| entry.id != id);
            kept.cloned().collect::<Vec<_>>()
        });
        before.iter().any(|entry| entry.id == id)
    }

    /// Tells everybody who listens to it, in order of registration.
    pub fn tell(&self, notification: &Notification) {
        for entry in self.entries.load_full().iter() {
            if notification.topic.is_in(entry.topics) {
                entry.listener.notified(notification);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;
    use std::time::Duration;

    struct Noted(Mutex<Vec<String>>, &'static str);

    impl Listener for Noted {
        fn notified(&self, notification: &Notification) {
            self.0.lock().expect("not poisoned").push(format!("{} {}", self.1, notification.key));
        }
    }

    fn happened(topic: Topic, key: &str) -> Notification {
        Notification { topic, key: key.into(), payload: "{}".to_owned() }
    }

    #[test]
    fn listeners_hear_their_topics_until_they_are_removed() {
        let listeners = Listeners::new(0);
        assert!(!listeners.want(Topic::Track));
        let noted = Arc::new(Noted(Mutex::default(), "a"));
        let id = listeners.add(Topic::Track as u32, noted.clone());
        assert!(listeners.want(Topic::Track) && !listeners.want(Topic::Decision));
        listeners.tell(&happened(Topic::Track, "1"));
        listeners.tell(&happened(Topic::Decision, "2"));
        assert!(listeners.remove(id) && !listeners.remove(id));
        listeners.tell(&happened(Topic::Track, "3"));
        assert_eq!(*noted.0.lock().expect("not poisoned"), ["a 1"]);
    }

    #[test]
    fn the_queue_keeps_its_topics_and_the_newest_of_them() {
        let queue = Queue::new(Topic::ConfigUpdate as u32, 2);
        for key in ["1", "2", "3"] {
            queue.push(happened(Topic::ConfigUpdate, key));
            queue.push(happened(Topic::Track, key));
        }
        let pulled = || queue.pull(Duration::ZERO).map(|notification| notification.key.into_string());
        assert_eq!([pulled(), pulled(), pulled()], [Some("2".to_owned()), Some("3".to_owned()), None]);
    }
}
