//! Where events go when no endpoint is set: one event is recorded in this process, whose post the library announces.

#![allow(unsafe_code)] // every call crosses into the library; the pointers come from references that outlive it

use std::ffi::OsStr;
use std::ptr;

use crate::abi::{self, Functions, NotificationView, Str};
use crate::json::Json;
use crate::lookup;

/// The event that is added to a datafile, so that every datafile has one to record.
const EVENT: &str = "an event of the vectors' own";

/// Longest wait for the announcement of a post.
const WAIT_MS: u32 = 10_000;
/// Announcements that are kept; one is looked at.
const QUEUED: u32 = 16;

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

    /// The URL that events of a datafile are posted to where no endpoint is set: as the library's notification says
    /// before it posts, and with the host that it then asks the system for.
    pub fn default_url(self, datafile: &str) -> Result<String, String> {
        let datafile = with_event(datafile)?;
        let post = |client: &Client| self.track(client).and_then(|()| self.announced_url(client));
        let (url, host) = lookup::host_asked_for(|| self.client(&datafile), post)?;
        let host = host.ok_or_else(|| format!("{url} was announced, and no host asked for"))?;
        if !url.starts_with(&format!("https://{host}/")) {
            return Err(format!("{url} was announced, and {host} asked for"));
        }
        Ok(url)
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
                (f.options_set_notification_queue)(options, abi::LOG_EVENT, QUEUED, ptr::null_mut()),
            ];
            let made = (f.client_new)(options, &raw mut client, ptr::null_mut());
            if made != abi::OK || set != [abi::OK; 4] {
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

    /// The URL of the post that the client announces next.
    fn announced_url(self, client: &Client) -> Result<String, String> {
        let f = self.functions;
        let mut notification = ptr::null_mut();
        let mut view = NotificationView { kind: 0, reserved: 0, key: Str::of(""), payload: Str::of("") };
        // SAFETY: the view is as large as it says, and its texts are copied before the notification is freed.
        unsafe {
            let pulled =
                (f.client_next_notification)(client.handle, WAIT_MS, &raw mut notification, ptr::null_mut());
            let size = size_of::<NotificationView>();
            let read = (f.notification_read)(notification, &raw mut view, size, ptr::null_mut());
            let url = abi::copied(view.key).filter(|_| [pulled, read] == [abi::OK; 2]);
            (f.notification_free)(notification);
            url.ok_or_else(|| format!("no post was announced: {pulled}, {read}"))
        }
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
