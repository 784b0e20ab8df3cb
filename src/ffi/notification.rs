//! Header section: notifications.

use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::sync::Arc;

use super::client::opt_client;
use super::error::opt_error;
use super::guard::{guard, guard_or, out_handle, required};
use super::host::HostData;
use super::options::{change, opt_options, opt_release_callback};
use super::stats::fill;
use super::text::opt_str;
use crate::client::{Listener, Notification, Topic};
use crate::error::{Error, Status};

/// A decision was made, by any call that decides. Payload: `{"type", "userId", "attributes", "decisionInfo"}`, with the
/// types and fields of the official SDKs ("flag", "ab-test", "feature-test", "feature", "feature-variable",
/// "all-feature-variables"). Error decisions are not told, but for opt_is_feature_enabled and opt_get_enabled_features whose
/// prediction failed: `source` is "" there.
pub const OPT_NOTIFICATION_DECISION: u32 = 1;
/// A conversion was accepted. Payload: `{"eventKey", "userId", "attributes", "eventTags"}`.
pub const OPT_NOTIFICATION_TRACK: u32 = 2;
/// A batch of events is about to be posted for the first time. Payload: `{"url", "httpVerb", "params"}`, the last being
/// what is posted.
pub const OPT_NOTIFICATION_LOG_EVENT: u32 = 4;
/// Another datafile is in force. Payload: `{"revision"}`.
pub const OPT_NOTIFICATION_CONFIG_UPDATE: u32 = 8;
/// The server refused an event for good. Key: the event key or rule key. Payload: `{"uuid", "key", "reason", "httpStatus"}`.
pub const OPT_NOTIFICATION_DEAD_LETTER: u32 = 16;
/// An event was given up for another reason: damage on the disk has no uuid and is told by opt_stats alone. Key: the
/// event key or rule key. Payload: `{"uuid", "key", "reason"}`.
pub const OPT_NOTIFICATION_DROP: u32 = 32;

/// Something was logged, in the queue alone (opt_options_set_notification_queue): a listener would be told of what its own
/// calls log. Where it is queued nothing goes to standard error. Payload: `{"level", "message", "eventKey", "flagKey",
/// "status", "httpStatus"}`, the level by its number, those that a message does not have null. Key: the message.
pub const OPT_NOTIFICATION_LOG: u32 = 64;

// The header needs literals; the client has the numbers.
const _: () = {
    assert!(OPT_NOTIFICATION_DECISION == Topic::Decision as u32);
    assert!(OPT_NOTIFICATION_TRACK == Topic::Track as u32);
    assert!(OPT_NOTIFICATION_LOG_EVENT == Topic::LogEvent as u32);
    assert!(OPT_NOTIFICATION_CONFIG_UPDATE == Topic::ConfigUpdate as u32);
    assert!(OPT_NOTIFICATION_DEAD_LETTER == Topic::DeadLetter as u32);
    assert!(OPT_NOTIFICATION_DROP == Topic::Drop as u32);
    assert!(OPT_NOTIFICATION_LOG == Topic::Log as u32);
};

/// Something that happened. Read it with opt_notification_read. One that was pulled is freed with
/// opt_notification_free; one given to a callback is valid during the call and must not be freed.
///
/// Threads: immutable; may be read on any thread. Since 0.1.
pub struct opt_notification(Notification);

/// The parts of a notification. Threads: a plain value. Since 0.1; fields are only ever added at the end.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct opt_notification_view {
    /// One of OPT_NOTIFICATION_…
    pub r#type: u32,
    /// 0.
    pub reserved: u32,
    /// The key of the flag, experiment or event, the URL, or the revision.
    pub key: opt_str,
    /// The whole, as a JSON object.
    pub payload: opt_str,
}

/// Receives notifications: what a call causes on the thread of that call, what delivery causes on the delivery thread;
/// never while the library holds a lock. It may call the library again and add or remove listeners, but not close or
/// free this client; it must not unwind (throw). Since 0.1.
pub type opt_notification_callback =
    Option<unsafe extern "C" fn(notification: *const opt_notification, user_data: *mut c_void)>;

struct HostListener {
    callback: opt_notification_callback,
    data: HostData,
}

impl Listener for HostListener {
    fn notified(&self, notification: &Notification) {
        if let Some(callback) = self.callback {
            let notification = opt_notification(notification.clone());
            // SAFETY: the host's own function with the host's own pointer; the notification lives during the call.
            unsafe { callback(&raw const notification, self.data.pointer()) };
        }
    }
}

fn check_types(types: u32) -> crate::error::Result<()> {
    match types & !Topic::TOLD {
        0 if types != 0 => Ok(()),
        0 => Err(Error::argument("types", "is empty; give a sum of OPT_NOTIFICATION_…")),
        unknown => {
            Err(Error::argument("types", &format!("has bits that no listener is told of: {unknown:#x}")))
        }
    }
}

/// Adds a listener behind those that are there; it hears the `types`, a sum of OPT_NOTIFICATION_…. The same callback
/// may be added more than once. `*out_id` is what removes it; it is never 0.
/// `release`, if not NULL, is called once with `user_data` when the last use is over, also when this call fails.
///
/// Ownership: `user_data` stays the caller's until `release`. Threads: any; also from inside a callback.
/// Blocks: never. Errors: INVALID_ARGUMENT. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_client_add_listener(
    client: Option<&opt_client>,
    types: u32,
    callback: opt_notification_callback,
    user_data: *mut c_void,
    release: opt_release_callback,
    out_id: Option<&mut MaybeUninit<u64>>,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    let listener = HostListener { callback, data: HostData::new(user_data, release) };
    guard(error, move || {
        let client = required(client, "client")?;
        let out_id = required(out_id, "out_id")?;
        required(callback, "callback")?;
        check_types(types)?;
        out_id.write(client.0.add_listener(types, Arc::new(listener)));
        Ok(())
    })
}

/// Removes a listener. Other threads may still be inside its callback; its release function runs after the last of
/// them has left.
///
/// Threads: any; also from inside a callback. Blocks: never. Errors: NOT_FOUND, INVALID_ARGUMENT. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_client_remove_listener(
    client: Option<&opt_client>,
    id: u64,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    guard(error, || {
        if required(client, "client")?.0.remove_listener(id) {
            return Ok(());
        }
        Err(Error::new(Status::NotFound, format!("there is no listener {id}")).at("id"))
    })
}

/// Keeps notifications of the `types`, a sum of OPT_NOTIFICATION_…, for opt_client_next_notification: up to `capacity`
/// of them (0 to 100,000), then the oldest go. Default: none.
///
/// Threads: one at a time for these options. Blocks: never. Errors: INVALID_ARGUMENT. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_options_set_notification_queue(
    options: Option<&mut opt_options>,
    types: u32,
    capacity: u32,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    change(options, error, |options| {
        options.queued_topics = types;
        options.notification_capacity = capacity;
        Ok(())
    })
}

/// Takes the oldest notification out of the queue that opt_options_set_notification_queue keeps, waiting for one if
/// there is none: for languages that C can't call. Closing the client ends the wait; what is in the queue by then can
/// still be taken, and after that every call is CLOSED.
///
/// Ownership: the caller frees `*out_notification` with opt_notification_free; it is NULL on failure.
/// Threads: any. Blocks: at most `timeout_ms` milliseconds. Errors: TIMEOUT (there is none yet),
/// CLOSED (the client is closed and none is left), INVALID_ARGUMENT. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_client_next_notification(
    client: Option<&opt_client>,
    timeout_ms: u32,
    out_notification: Option<&mut MaybeUninit<Option<Box<opt_notification>>>>,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    guard(error, || {
        let out = out_handle(out_notification, "out_notification")?;
        let pulled = required(client, "client")?.0.next_notification(timeout_ms)?;
        *out = Some(Box::new(opt_notification(pulled)));
        Ok(())
    })
}

/// Fills `*out_view` with the parts of `notification`. `size` is sizeof(opt_notification_view) as the caller knows it:
/// a shorter struct is filled as far as it goes, of a longer one the rest is zeroed.
///
/// Ownership: the texts are borrowed from `notification`. Threads: any. Blocks: never.
/// Errors: INVALID_ARGUMENT (NULL; a size of 0, over 4,096 or no multiple of 8). Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_notification_read(
    notification: Option<&opt_notification>,
    out_view: *mut opt_notification_view,
    size: usize,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    guard(error, || {
        let notification = &required(notification, "notification")?.0;
        let view = opt_notification_view {
            r#type: notification.topic as u32,
            reserved: 0,
            key: opt_str::borrow(&notification.key),
            payload: opt_str::borrow(&notification.payload),
        };
        // SAFETY: the header makes the caller promise `size` writable bytes at `out_view`.
        unsafe { fill(out_view, &view, size, "out_view") }
    })
}

/// Frees a notification that was pulled; NULL is ignored.
///
/// Ownership: consumes `notification` and what was borrowed from it. Threads: any. Blocks: never. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn opt_notification_free(notification: Option<Box<opt_notification>>) {
    guard_or((), || drop(notification));
}
