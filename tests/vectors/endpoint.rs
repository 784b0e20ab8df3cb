//! Where events go when no endpoint is set: one event is recorded in this process, and `lookup.rs` sees its host.

#![allow(unsafe_code)] // every call crosses into the library; the pointers come from references that outlive it

use std::ffi::OsStr;
use std::ptr;

use crate::abi::{self, Functions, Str};
use crate::json::Json;
use crate::lookup;

/// The event that is added to a datafile, so that every datafile has one to record.
const EVENT: &str = "an event of the vectors' own";

/// The library, loaded into this process.
#[derive(Clone, Copy)]
pub struct Library {
    functions: &'static Functions,
}

impl Library {
    /// Loads the library at `path`.
    pub fn load(path: &OsStr) -> Result<Self, String> {
        abi::load(path).map(|functions| Self { functions }).map_err(|error| error.to_string())
    }

    /// The version that the library says it has.
    pub fn version(self) -> String {
        // SAFETY: the text is static.
        unsafe { abi::copied((self.functions.version)()) }.unwrap_or_default()
    }

    /// The URL that events of a datafile are posted to where no endpoint is set. Only its host can be observed.
    pub fn default_url(self, datafile: &str) -> Result<String, String> {
        let datafile = with_event(datafile)?;
        let host = lookup::host_asked_for(|| self.client(&datafile), |client| self.track(client))?;
        host.map(|host| format!("https://{host}/v1/events")).ok_or_else(|| "no host was asked for".to_owned())
    }

    fn client(self, datafile: &str) -> Result<Client, String> {
        let f = self.functions;
        let mut client = ptr::null_mut();
        // SAFETY: the options are this call's own until they are consumed.
        unsafe {
            let options = (f.options_new)();
            let set = [
                (f.options_set_datafile)(options, Str::of(datafile), ptr::null_mut()),
                (f.options_set_batch_size)(options, 1, ptr::null_mut()),
                (f.options_set_log_level)(options, abi::LOG_OFF, ptr::null_mut()),
            ];
            let made = (f.client_new)(options, &raw mut client, ptr::null_mut());
            if made != abi::OK || set != [abi::OK; 3] {
                return Err(format!("no client without an endpoint: options {set:?}, client {made}"));
            }
        }
        Ok(Client { functions: f, handle: client })
    }

    fn track(self, client: &Client) -> Result<(), String> {
        let f = self.functions;
        let mut user = ptr::null_mut();
        // SAFETY: the user is freed after its last use; the client lives as long as its reference.
        let (made, tracked) = unsafe {
            let made = (f.user_new)(Str::of("user"), ptr::null(), 0, &raw mut user, ptr::null_mut());
            let tracked = (f.track)(client.handle, user, Str::of(EVENT), ptr::null(), 0, ptr::null_mut());
            (f.user_free)(user);
            (made, tracked)
        };
        if [made, tracked] == [abi::OK; 2] { Ok(()) } else { Err(format!("user {made}, track {tracked}")) }
    }
}

/// A client without an endpoint; dropped, it loses what waits.
struct Client {
    functions: &'static Functions,
    handle: *mut abi::Client,
}

impl Drop for Client {
    fn drop(&mut self) {
        // SAFETY: the handle is this value's own.
        unsafe { (self.functions.client_free)(self.handle) }
    }
}

/// The datafile with one event more.
fn with_event(datafile: &str) -> Result<String, String> {
    let mut datafile = Json::parse(datafile)?;
    let event = Json::object([
        ("id", Json::text("1")),
        ("key", Json::text(EVENT)),
        ("experimentIds", Json::List(Vec::new())),
    ]);
    let Json::Object(members) = &mut datafile else { return Err("a datafile that is no object".to_owned()) };
    match members.iter_mut().find(|(name, _)| name == "events") {
        Some((_, Json::List(events))) => events.push(event),
        Some((_, other)) => *other = Json::List(vec![event]),
        None => members.push(("events".to_owned(), Json::List(vec![event]))),
    }
    Ok(datafile.to_string())
}
