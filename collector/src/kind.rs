//! The kinds of fault: what each is given, which posts concern it, and what its answer means for the events.

use std::time::Duration;

/// What goes wrong.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// Answers with a status of its own; `early` does so before the body is read, and resets.
    Status { status: u16, retry_after: Vec<String>, early: bool },
    /// Answers late. Combines with whatever stands after it in the list.
    Delay { delay: Duration },
    /// Resets once the request line is known, without reading on.
    DropBefore,
    /// Reads the request, then resets.
    DropAfter,
    /// Reads the request and never answers.
    Stall { bound: Option<Duration> },
    /// Cuts the answer in the middle of its head or of its body.
    Truncate { status: u16, part: Part },
    /// Declares another length than the body has; several lengths make several headers.
    WrongLength { status: u16, declared: Vec<String> },
    /// Sends a head or a body of so many bytes.
    Huge { status: u16, part: Part, bytes: u64, declared: Option<String> },
    /// Sends the answer a byte at a time.
    Trickle { status: u16, delay: Duration },
    /// Sends something that is not HTTP.
    Garbage { text: String },
    /// Sends the client elsewhere; without a place, to where it already is.
    Redirect { status: u16, location: Option<String> },
    /// Refuses a batch that holds one of these visitors.
    Poison { status: u16, visitors: Vec<String> },
    /// Refuses a body of more bytes; `early` does so as soon as the head declares them, and resets.
    MaxBytes { bytes: u64, early: bool },
    /// Closes a connection that has been used before as its next request arrives.
    KeepaliveRace,
}

/// The body of answers that are to be cut or mislabelled: long enough to be cut in the middle.
pub const BODY: &str = "{\"note\":\"this answer comes from a fault\"}";

/// Whether the declared length is one number and the body has that much, so that the answer can be read whole.
pub fn is_contained(declared: &[String]) -> bool {
    matches!(declared, [one] if one.parse().is_ok_and(|length: usize| length <= BODY.len()))
}

/// The half of an answer that a fault is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Head,
    Body,
}

/// The kinds by name, in the order of the enum.
pub const NAMES: [&str; 14] = [
    "status",
    "delay",
    "drop_before",
    "drop_after",
    "stall",
    "truncate",
    "wrong_length",
    "huge",
    "trickle",
    "garbage",
    "redirect",
    "poison",
    "max_bytes",
    "keepalive_race",
];

impl Kind {
    /// The place of its name in [`NAMES`].
    pub fn index(&self) -> usize {
        match self {
            Kind::Status { .. } => 0,
            Kind::Delay { .. } => 1,
            Kind::DropBefore => 2,
            Kind::DropAfter => 3,
            Kind::Stall { .. } => 4,
            Kind::Truncate { .. } => 5,
            Kind::WrongLength { .. } => 6,
            Kind::Huge { .. } => 7,
            Kind::Trickle { .. } => 8,
            Kind::Garbage { .. } => 9,
            Kind::Redirect { .. } => 10,
            Kind::Poison { .. } => 11,
            Kind::MaxBytes { .. } => 12,
            Kind::KeepaliveRace => 13,
        }
    }

    /// Whether this kind has anything to do with the post, as far as it has been read.
    pub fn concerns(&self, post: &Progress) -> bool {
        match self {
            Kind::DropBefore => matches!(post, Progress::Line { .. }),
            Kind::KeepaliveRace => matches!(post, Progress::Line { reused: true }),
            Kind::Status { early: true, .. } => matches!(post, Progress::Head { .. }),
            Kind::MaxBytes { bytes, early: true } => {
                matches!(post, Progress::Head { declared: Some(declared) } if declared > bytes)
            }
            Kind::MaxBytes { bytes, early: false } => {
                matches!(post, Progress::Whole { bytes: length, .. } if length > bytes)
            }
            Kind::Poison { visitors: poison, .. } => {
                let Progress::Whole { visitors, .. } = post else { return false };
                visitors.iter().any(|visitor| poison.iter().any(|id| id == visitor))
            }
            _ => matches!(post, Progress::Whole { .. }),
        }
    }

    /// Whether a client is right to take the answer for a success, so that the events must count.
    pub fn reads_as_success(&self) -> bool {
        match self {
            // An interim answer is followed by the real one.
            Kind::Status { status, early: false, .. } => matches!(status, 100..=299),
            Kind::Trickle { status, .. } | Kind::Huge { status, part: Part::Body, .. } => {
                matches!(status, 200..=299)
            }
            Kind::WrongLength { status, declared } => matches!(status, 200..=299) && is_contained(declared),
            _ => false,
        }
    }
}

/// How far a post has been read when it is asked whether a fault fires.
pub enum Progress<'p> {
    Line { reused: bool },
    Head { declared: Option<u64> },
    Whole { bytes: u64, visitors: Vec<&'p str> },
}
