//! What was received: accepted batches as they came, events by uuid, and the counters.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::json::{Json, Quoted};
use crate::keep::Keep;
use crate::parse::parse;
use crate::view::{self, Sighting};

/// The counters. Each post ends as accepted, rejected or malformed, so these three sum up to `posts`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stats {
    /// Posts of events whose outcome is decided.
    pub posts: u64,
    /// Valid posts whose events count as received.
    pub accepted_posts: u64,
    /// Posts whose events do not count, because of a fault, their size, or a client that left half-way.
    pub rejected_posts: u64,
    /// Posts that broke the Events API's rules.
    pub malformed_posts: u64,
    /// Events of accepted posts, repeats included.
    pub events: u64,
    /// Events with different uuids.
    pub unique: u64,
    /// Repeats: `events - unique`.
    pub duplicates: u64,
    /// Repeats whose content differs from the first one's.
    pub conflicting: u64,
    /// Unique events that have a decision.
    pub impressions: u64,
    /// Unique events that have none.
    pub conversions: u64,
    /// Connections that carried at least one post of events.
    pub connections: u64,
    /// How often each kind of fault fired, every kind named.
    pub faults_fired: Vec<(&'static str, u64)>,
}

impl Stats {
    /// The counters as one JSON object.
    #[must_use]
    pub fn to_json(&self) -> String {
        let counters = [
            ("posts", self.posts),
            ("accepted_posts", self.accepted_posts),
            ("rejected_posts", self.rejected_posts),
            ("malformed_posts", self.malformed_posts),
            ("events", self.events),
            ("unique", self.unique),
            ("duplicates", self.duplicates),
            ("conflicting", self.conflicting),
            ("impressions", self.impressions),
            ("conversions", self.conversions),
            ("connections", self.connections),
        ];
        let members = |of: &[(&str, u64)]| {
            of.iter().map(|(key, n)| format!("\"{key}\":{n}")).collect::<Vec<_>>().join(",")
        };
        format!("{{{},\"faults_fired\":{{{}}}}}", members(&counters), members(&self.faults_fired))
    }
}

/// An accepted post: the body byte for byte, so that numbers stay what they were.
struct Post {
    path: String,
    headers: Vec<(String, String)>,
    body: String,
}

/// A unique event: where its first sighting is, and what later ones are compared with.
#[derive(Clone, Copy)]
struct Event {
    post: u32,
    /// Its number within the post.
    ordinal: u32,
    digest: u64,
    count: u32,
}

#[derive(Default)]
struct Received {
    posts: Vec<Arc<Post>>,
    events: Vec<Event>,
    by_uuid: HashMap<u128, u32>,
    stats: Stats,
}

/// Everything received since the start or the last reset.
#[derive(Default)]
pub struct Store {
    received: Mutex<Received>,
    changed: Condvar,
    keep: Option<Keep>,
}

impl Store {
    /// A store that writes to this file, and begins with what is in it.
    pub fn kept(path: &Path) -> io::Result<Self> {
        let mut store = Store::default();
        store.keep = Some(Keep::open(path, |path, body, batch| store.accept(path, &[], body, batch))?);
        Ok(store)
    }

    pub fn stats(&self) -> Stats {
        self.lock().stats.clone()
    }

    /// Takes a post that has passed validation; `batch` is its body.
    pub fn accept(&self, path: &str, headers: &[(String, String)], body: &str, batch: &Json) {
        if let Some(keep) = &self.keep {
            keep.write(path, body, batch);
        }
        let events: Vec<(u128, u64, bool)> = view::events(batch)
            .map(|event| (event.uuid(), event.digest(), event.decision().is_some()))
            .collect();
        let post = Post { path: path.to_owned(), headers: headers.to_vec(), body: body.to_owned() };
        let mut received = self.lock();
        let number = received.posts.len() as u32;
        received.posts.push(Arc::new(post));
        for (ordinal, (uuid, digest, impression)) in events.into_iter().enumerate() {
            received.count(
                uuid,
                impression,
                Event { post: number, ordinal: ordinal as u32, digest, count: 1 },
            );
        }
        received.stats.accepted_posts += 1;
        received.stats.posts += 1;
        drop(received);
        self.changed.notify_all();
    }

    pub fn reject(&self) {
        self.note(|stats| {
            stats.rejected_posts += 1;
            stats.posts += 1;
        });
    }

    pub fn malformed(&self) {
        self.note(|stats| {
            stats.malformed_posts += 1;
            stats.posts += 1;
        });
    }

    pub fn connected(&self) {
        self.note(|stats| stats.connections += 1);
    }

    /// Forgets everything.
    pub fn reset(&self) {
        *self.lock() = Received::default();
        self.changed.notify_all();
    }

    /// Makes those who wait look again.
    pub fn wake(&self) {
        // Under the lock, so that nobody is between looking and falling asleep.
        drop(self.lock());
        self.changed.notify_all();
    }

    /// Waits until `enough` says so or the time is up; tells which.
    pub fn wait(&self, timeout: Duration, enough: impl Fn(&Stats) -> bool) -> bool {
        let deadline = Instant::now() + timeout;
        let mut received = self.lock();
        while !enough(&received.stats) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            received = self.changed.wait_timeout(received, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// Accepted posts in order of arrival, as a JSON array.
    pub fn batches_json(&self) -> String {
        let posts = self.lock().posts.clone();
        let mut out = String::from("[");
        for (index, post) in posts.iter().enumerate() {
            let headers: Vec<String> = post
                .headers
                .iter()
                .map(|(name, value)| format!("{}:{}", Quoted(name), Quoted(value)))
                .collect();
            let path = Quoted(&post.path).to_string();
            let comma = if index == 0 { "" } else { "," };
            out.extend([comma, "{\"path\":", &path, ",\"headers\":{", &headers.join(",")]);
            out.extend(["},\"body\":", &post.body, "}"]);
        }
        out.push(']');
        out
    }

    /// Unique events in order of arrival, one JSON object a line.
    pub fn events_jsonl(&self) -> String {
        let mut out = String::new();
        self.each_event(|event, count| {
            event.write_line(&mut out, count).expect("a String takes every write");
        });
        out
    }

    /// Shows each unique event, at its first sighting, in order of arrival, with how often it has come.
    pub fn each_event(&self, mut see: impl FnMut(&Sighting, u32)) {
        let (posts, events) = {
            let received = self.lock();
            (received.posts.clone(), received.events.clone())
        };
        let mut events = events.into_iter().peekable();
        for (number, post) in posts.iter().enumerate() {
            if events.peek().is_none_or(|event| event.post as usize != number) {
                continue;
            }
            let batch = parse(&post.body).expect("it was JSON when it was accepted");
            for (ordinal, sighting) in view::events(&batch).enumerate() {
                let here = |event: &Event| event.post as usize == number && event.ordinal as usize == ordinal;
                if let Some(event) = events.next_if(here) {
                    see(&sighting, event.count);
                }
            }
        }
    }

    fn note(&self, change: impl FnOnce(&mut Stats)) {
        change(&mut self.lock().stats);
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Received> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Received {
    fn count(&mut self, uuid: u128, impression: bool, event: Event) {
        self.stats.events += 1;
        match self.by_uuid.entry(uuid) {
            Entry::Vacant(vacant) => {
                vacant.insert(self.events.len() as u32);
                self.events.push(event);
                self.stats.unique += 1;
                self.stats.impressions += u64::from(impression);
                self.stats.conversions += u64::from(!impression);
            }
            Entry::Occupied(occupied) => {
                let first = &mut self.events[*occupied.get() as usize];
                first.count += 1;
                self.stats.duplicates += 1;
                self.stats.conflicting += u64::from(first.digest != event.digest);
            }
        }
    }
}
