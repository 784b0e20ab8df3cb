//! What the cases of a folder run in: the library, the place its posts go to, datafiles, and the rules of comparison.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::client::{Client, Library, Refusal, Settings, User};
use crate::compare::Comparer;
use crate::datafile::Datafiles;
use crate::json::Json;
use crate::lookup;
use crate::normal::sort_attributes;
use crate::sink::{Mailbox, Sink};
use crate::value::Named;

/// Longest wait for the loopback sink; no case comes near it.
const DEADLINE_MS: u32 = 10_000;
/// No flush interval passes while a case runs.
const NO_INTERVAL_MS: u32 = 86_400_000;

/// Everything that a case needs. Shared by the threads that run cases.
pub struct World<'a> {
    pub library: Library,
    pub comparer: &'a Comparer,
    pub sink: &'a Sink,
    pub datafiles: Datafiles,
    hosts: Mutex<HashMap<String, Result<String, String>>>,
}

/// A client that posts to a mailbox of its own.
pub struct Posting<'a> {
    pub client: Client,
    mailbox: Mailbox<'a>,
}

impl<'a> World<'a> {
    /// A world around the datafiles of one folder.
    pub fn new(library: Library, comparer: &'a Comparer, sink: &'a Sink, datafiles: Datafiles) -> Self {
        Self { library, comparer, sink, datafiles, hosts: Mutex::default() }
    }

    /// A user; segments, where given, are those that the user qualifies for.
    pub fn user(&self, id: &str, attributes: &[Named], segments: Option<&[&str]>) -> Result<User, String> {
        self.library.user(id, attributes, segments).map_err(|refusal| refusal.message)
    }

    /// A client that is only asked, and posts nothing.
    pub fn asked(&self, datafile: &str) -> Result<Client, Refusal> {
        // Nothing listens on the discard port: a post that should not be is never taken.
        self.make(datafile, Some("http://127.0.0.1:9"), 1)
    }

    /// A client whose posts can be read.
    pub fn posting(&self, datafile: &str, batch_size: u32) -> Result<Posting<'a>, Refusal> {
        let mailbox = self.sink.mailbox();
        let client = self.make(datafile, Some(&mailbox.url()), batch_size)?;
        Ok(Posting { client, mailbox })
    }

    /// The URL that events of the datafile `name` are posted to where no endpoint is set. `calls` make an event; those
    /// that are given first for a datafile are made, on a client of their own. Only the URL's host can be observed.
    pub fn event_url(
        &self,
        name: &str,
        datafile: &str,
        calls: impl FnOnce(&Client) -> Result<(), String>,
    ) -> Result<String, String> {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        let host = hosts.entry(name.to_owned()).or_insert_with(|| {
            let client = self.make(datafile, None, 1).map_err(|refusal| refusal.message)?;
            lookup::host_asked_for(|| calls(&client))?.ok_or_else(|| "no host was asked for".to_owned())
        });
        host.as_ref().map(|host| format!("https://{host}/v1/events")).map_err(String::clone)
    }

    fn make(&self, datafile: &str, endpoint: Option<&str>, batch_size: u32) -> Result<Client, Refusal> {
        self.library.client(&Settings { datafile, endpoint, batch_size, flush_interval_ms: NO_INTERVAL_MS })
    }
}

impl Posting<'_> {
    /// Waits until everything is delivered, closes the client, and gives the bodies in order of arrival.
    pub fn bodies(self, flush_first: bool) -> Result<Vec<Json>, String> {
        let flushed = if flush_first { self.client.flush(DEADLINE_MS) } else { Ok(()) };
        let closed = self.client.close(DEADLINE_MS);
        drop(self.client);
        let bodies = self.mailbox.take();
        flushed.map_err(|refusal| format!("flush: {}", refusal.message))?;
        closed.map_err(|refusal| format!("close: {}", refusal.message))?;
        let read = |body: String| {
            let mut body =
                Json::parse(&body).map_err(|error| format!("a payload is no JSON ({error}): {body}"))?;
            sort_attributes(&mut body);
            Ok(body)
        };
        bodies.into_iter().map(read).collect()
    }
}

/// The datafile that a case names.
pub fn datafile_of(case: &Json, world: &World) -> Result<(String, Arc<str>), String> {
    let name = case.get("df").and_then(Json::as_text).ok_or("the case names no datafile")?;
    Ok((name.to_owned(), world.datafiles.text(name)?))
}
