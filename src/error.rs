//! The one error type of the library: a status, a sentence, the place in the input, and whether a retry can help.

use std::borrow::Cow;
use std::fmt;

/// What a call came to. Numbered once and for ever; new statuses are added at the end. A program should treat a
/// number it does not know as a failure. `opt_status_name` names each.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// Done.
    Ok = 0,
    /// An argument is NULL, out of range or contradictory; the message names it.
    InvalidArgument = 1,
    /// A text is not UTF-8; the message names the argument and the offset of the first bad byte.
    InvalidUtf8 = 2,
    /// The datafile is not JSON, has a wrong type somewhere or an unsupported version; the place is its JSON path.
    InvalidDatafile = 3,
    /// The client has no datafile yet.
    NotReady = 4,
    /// The client was closed: events are refused, decisions still work.
    Closed = 5,
    /// The datafile has no event with this key; nothing was recorded.
    UnknownEvent = 6,
    /// The datafile has no experiment with this key.
    UnknownExperiment = 7,
    /// The datafile has no flag with this key.
    UnknownFlag = 8,
    /// The flag has no variable with this key.
    UnknownVariable = 9,
    /// What was asked for is not there (a forced variation that was never set, say).
    NotFound = 10,
    /// A variable has another type than the getter asks for.
    WrongType = 11,
    /// A variable's text can't be read as its type.
    BadValue = 12,
    /// Some of what was asked for could be given, some not.
    Partial = 13,
    /// An event alone is larger than the Events API takes (3.5 MB), or an answer does not fit the buffer given for it.
    TooLarge = 14,
    /// The queue is at its limit; nothing was recorded. The same call may succeed later.
    QueueFull = 15,
    /// The disk refused the event; nothing was recorded. The same call may succeed later.
    Disk = 16,
    /// Memory for the call could not be had; nothing was recorded. The same call may succeed later.
    OutOfMemory = 17,
    /// The deadline passed before everything was delivered.
    Timeout = 18,
    /// This build or this platform can't do what was asked for.
    NotSupported = 19,
    /// A fault of the library itself, caught at its boundary. Events accepted before still go out.
    Internal = 20,
    /// A contextual bandit's prediction could not be had; the decision is an error decision.
    PredictionFailed = 21,
    /// Flat form only: the call is to be made again with the predictions that its answer asks for.
    NeedsPrediction = 22,
    /// Tracking is off (opt_client_set_tracking); nothing was recorded.
    TrackingOff = 23,
    /// A server could not be reached, can't be trusted or refused what it was asked for; the message says which.
    Network = 24,
}

impl Status {
    /// Every status, in the order of its number.
    pub const ALL: [Self; 25] = [
        Self::Ok,
        Self::InvalidArgument,
        Self::InvalidUtf8,
        Self::InvalidDatafile,
        Self::NotReady,
        Self::Closed,
        Self::UnknownEvent,
        Self::UnknownExperiment,
        Self::UnknownFlag,
        Self::UnknownVariable,
        Self::NotFound,
        Self::WrongType,
        Self::BadValue,
        Self::Partial,
        Self::TooLarge,
        Self::QueueFull,
        Self::Disk,
        Self::OutOfMemory,
        Self::Timeout,
        Self::NotSupported,
        Self::Internal,
        Self::PredictionFailed,
        Self::NeedsPrediction,
        Self::TrackingOff,
        Self::Network,
    ];

    /// The name as the header has it, NUL-terminated so that C can print it.
    #[must_use]
    pub const fn c_name(self) -> &'static std::ffi::CStr {
        match self {
            Self::Ok => c"OPT_STATUS_OK",
            Self::InvalidArgument => c"OPT_STATUS_INVALID_ARGUMENT",
            Self::InvalidUtf8 => c"OPT_STATUS_INVALID_UTF8",
            Self::InvalidDatafile => c"OPT_STATUS_INVALID_DATAFILE",
            Self::NotReady => c"OPT_STATUS_NOT_READY",
            Self::Closed => c"OPT_STATUS_CLOSED",
            Self::UnknownEvent => c"OPT_STATUS_UNKNOWN_EVENT",
            Self::UnknownExperiment => c"OPT_STATUS_UNKNOWN_EXPERIMENT",
            Self::UnknownFlag => c"OPT_STATUS_UNKNOWN_FLAG",
            Self::UnknownVariable => c"OPT_STATUS_UNKNOWN_VARIABLE",
            Self::NotFound => c"OPT_STATUS_NOT_FOUND",
            Self::WrongType => c"OPT_STATUS_WRONG_TYPE",
            Self::BadValue => c"OPT_STATUS_BAD_VALUE",
            Self::Partial => c"OPT_STATUS_PARTIAL",
            Self::TooLarge => c"OPT_STATUS_TOO_LARGE",
            Self::QueueFull => c"OPT_STATUS_QUEUE_FULL",
            Self::Disk => c"OPT_STATUS_DISK",
            Self::OutOfMemory => c"OPT_STATUS_OUT_OF_MEMORY",
            Self::Timeout => c"OPT_STATUS_TIMEOUT",
            Self::NotSupported => c"OPT_STATUS_NOT_SUPPORTED",
            Self::Internal => c"OPT_STATUS_INTERNAL",
            Self::PredictionFailed => c"OPT_STATUS_PREDICTION_FAILED",
            Self::NeedsPrediction => c"OPT_STATUS_NEEDS_PREDICTION",
            Self::TrackingOff => c"OPT_STATUS_TRACKING_OFF",
            Self::Network => c"OPT_STATUS_NETWORK",
        }
    }

    /// Can the same call succeed later without another input?
    #[must_use]
    pub const fn is_retriable(self) -> bool {
        matches!(
            self,
            Self::NotReady
                | Self::QueueFull
                | Self::Disk
                | Self::OutOfMemory
                | Self::Timeout
                | Self::PredictionFailed
                | Self::Network
        )
    }
}

/// What went wrong, in words and fields. The message is one line without user data: keys of events and flags
/// may stand in it, visitor ids and attribute values never do. One pointer wide, so that results stay in registers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(Box<Parts>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Parts {
    status: Status,
    message: Cow<'static, str>,
    place: Cow<'static, str>,
}

/// The result of every fallible call of the library.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error that names no place.
    #[must_use]
    pub fn new(status: Status, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Parts { status, message: message.into(), place: Cow::Borrowed("") }))
    }

    /// The same error at a place: an argument's name, or a JSON path.
    #[must_use]
    pub fn at(mut self, place: impl Into<Cow<'static, str>>) -> Self {
        self.0.place = place.into();
        self
    }

    /// A missing or unusable argument.
    #[must_use]
    pub fn argument(name: &'static str, what: &str) -> Self {
        Self::new(Status::InvalidArgument, format!("{name}: {what}")).at(name)
    }

    /// A call that came after the client was closed.
    #[must_use]
    pub fn closed() -> Self {
        Self::new(Status::Closed, "the client is closed")
    }

    /// The status that the call returns.
    #[must_use]
    pub fn status(&self) -> Status {
        self.0.status
    }

    /// One line for a log: what was wrong, where, what was expected.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The argument or JSON path the message speaks of; empty if there is none.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.0.place
    }

    /// Can the same call succeed later without another input?
    #[must_use]
    pub fn is_retriable(&self) -> bool {
        self.0.status.is_retriable()
    }
}

/// Bytes of a caller's text that a message shows.
const SHOWN: usize = 200;

/// A caller's text for a message: quoted, control characters escaped, cut where it is long.
#[must_use]
pub fn shown(text: &str) -> String {
    if text.len() <= SHOWN {
        return format!("{text:?}");
    }
    let end = (0..=SHOWN).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    format!("{:?}… ({} bytes)", &text[..end], text.len())
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl std::error::Error for Error {}
