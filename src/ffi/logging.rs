//! Header section: the log.

use std::ffi::c_void;

use super::error::opt_error;
use super::host::HostData;
use super::options::{change, opt_options, opt_release_callback};
use super::text::opt_str;
use crate::client::{LogLevel, LogRecord, LogSink};
use crate::error::{Error, Status};

/// Nothing is logged.
pub const OPT_LOG_OFF: u32 = 0;
/// Lost configuration, refused events, faults of the library.
pub const OPT_LOG_ERROR: u32 = 1;
/// What a user of the library can mend. The default.
pub const OPT_LOG_WARNING: u32 = 2;
/// Start, stop, and changes of state.
pub const OPT_LOG_INFO: u32 = 3;
/// Every step.
pub const OPT_LOG_DEBUG: u32 = 4;

/// Receives one log message. `level` is one of OPT_LOG_ERROR to OPT_LOG_DEBUG, `message` one line, valid during the
/// call. Called on the thread whose call caused the message, or on the delivery thread; never while the library holds
/// a lock. It may call the library again, except to close or free this client; it must not unwind (throw).
///
/// Since 0.1.
pub type opt_log_callback =
    Option<unsafe extern "C" fn(level: u32, message: opt_str, user_data: *mut c_void)>;

/// The least important level that is logged: OPT_LOG_OFF to OPT_LOG_DEBUG, default OPT_LOG_WARNING.
///
/// Threads: one at a time for these options. Blocks: never. Errors: INVALID_ARGUMENT. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_options_set_log_level(
    options: Option<&mut opt_options>,
    level: u32,
    error: Option<&mut std::mem::MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    change(options, error, |options| {
        options.log_level = match level {
            OPT_LOG_OFF => LogLevel::Off,
            OPT_LOG_ERROR => LogLevel::Error,
            OPT_LOG_WARNING => LogLevel::Warning,
            OPT_LOG_INFO => LogLevel::Info,
            OPT_LOG_DEBUG => LogLevel::Debug,
            other => return Err(Error::argument("level", &format!("is {other}; 0 to 4 are known"))),
        };
        Ok(())
    })
}

/// What was logged, with what it is about. Texts are valid during the call; those that a message does not have are none.
/// Visitor ids and values of attributes and tags are nowhere in it, secrets (SDK key, access token) never whole.
///
/// Threads: a plain value. Since 0.1; fields are only ever added at the end.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct opt_log_record {
    /// One of OPT_LOG_ERROR to OPT_LOG_DEBUG.
    pub level: u32,
    /// The opt_status that the call which it is about returns; OPT_STATUS_OK if it is about none.
    pub status: u32,
    /// The HTTP status that a server answered; 0 if it is about none.
    pub http_status: u32,
    /// 0.
    pub reserved: u32,
    /// One line.
    pub message: opt_str,
    /// The key of the event that it is about.
    pub event_key: opt_str,
    /// The key of the flag that it is about.
    pub flag_key: opt_str,
}

/// Receives what is logged, as opt_log_callback, with what it is about.
///
/// Since 0.1.
pub type opt_log_record_callback =
    Option<unsafe extern "C" fn(record: *const opt_log_record, user_data: *mut c_void)>;

/// Where log messages go instead of standard error, with what they are about, as a structured log wants it. Otherwise as
/// opt_options_set_logger; of the two the one that is called last counts.
///
/// Ownership: `user_data` stays the caller's until `release`. Threads: one at a time for these options; the callback
/// runs on any thread. Blocks: never. Errors: INVALID_ARGUMENT. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_options_set_record_logger(
    options: Option<&mut opt_options>,
    callback: opt_log_record_callback,
    user_data: *mut c_void,
    release: opt_release_callback,
    error: Option<&mut std::mem::MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    let host = HostRecordLog { callback, data: HostData::new(user_data, release) };
    change(options, error, move |options| {
        options.log_sink = match host.callback {
            Some(_) => Some(Box::new(host)),
            None => None,
        };
        Ok(())
    })
}

/// Where log messages go instead of standard error. `callback` NULL: back to standard error. `release`, if not NULL,
/// is called once with `user_data` when the last use is over, also when this call fails.
///
/// Without a callback, each message is written to standard error at once the first time and then at most hourly, with
/// how often it came meanwhile. A callback gets every message.
///
/// Ownership: `user_data` stays the caller's until `release`. Threads: one at a time for these options; the callback
/// runs on any thread. Blocks: never. Errors: INVALID_ARGUMENT. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_options_set_logger(
    options: Option<&mut opt_options>,
    callback: opt_log_callback,
    user_data: *mut c_void,
    release: opt_release_callback,
    error: Option<&mut std::mem::MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    let host = HostLog { callback, data: HostData::new(user_data, release) };
    change(options, error, move |options| {
        options.log_sink = match host.callback {
            Some(_) => Some(Box::new(host)),
            None => None,
        };
        Ok(())
    })
}

/// A host's log callback with what belongs to it.
struct HostLog {
    callback: opt_log_callback,
    data: HostData,
}

impl LogSink for HostLog {
    fn log(&self, record: &LogRecord<'_>) -> bool {
        let Some(callback) = self.callback else { return false };
        let message = opt_str::borrow(record.message);
        // SAFETY: the host's own function with the host's own pointer; the text lives during the call.
        unsafe { callback(record.level as u32, message, self.data.pointer()) };
        true
    }
}

/// The same for a callback that takes records.
struct HostRecordLog {
    callback: opt_log_record_callback,
    data: HostData,
}

impl LogSink for HostRecordLog {
    fn log(&self, record: &LogRecord<'_>) -> bool {
        let Some(callback) = self.callback else { return false };
        let fields = record.fields;
        let record = opt_log_record {
            level: record.level as u32,
            status: fields.status.map_or(0, |status| status as u32),
            http_status: fields.http_status.map_or(0, u32::from),
            reserved: 0,
            message: opt_str::borrow(record.message),
            event_key: opt_str::borrow_optional(fields.event_key),
            flag_key: opt_str::borrow_optional(fields.flag_key),
        };
        // SAFETY: the host's own function with the host's own pointer; the record and its texts live during the call.
        unsafe { callback(&raw const record, self.data.pointer()) };
        true
    }
}
