//! Requests whose answer is wanted: a datafile, or a user's segments.

use std::time::Duration;

use super::Outcome;

/// Bytes of an answer that are kept for the log.
const SHOWN: usize = 4096;

/// How a request asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Without a body.
    Get,
    /// With JSON.
    Post,
}

impl Method {
    /// As HTTP writes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// A request whose answer is wanted.
#[derive(Clone, Debug)]
pub struct Fetch {
    /// How it asks.
    pub method: Method,
    /// The full URL.
    pub url: Box<str>,
    /// Headers beside those that every request has.
    pub headers: Vec<(&'static str, Box<str>)>,
    /// JSON; empty for a get.
    pub body: Vec<u8>,
    /// Bytes of an answer that are taken; a longer one counts as failed.
    pub most: usize,
    /// It goes where a redirect led, to a host that must not see the headers which the host program gave.
    #[cfg_attr(
        not(feature = "http"),
        expect(dead_code, reason = "a host that makes requests sees to its own headers")
    )]
    pub is_led_away: bool,
}

/// What a peer answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// How long the peer asks to be left alone.
    pub retry_after: Option<Duration>,
    /// Header ETag, as it is.
    pub etag: Option<Box<str>>,
    /// Header Last-Modified, as it is.
    pub last_modified: Option<Box<str>>,
    /// Header Location, as it is.
    pub location: Option<Box<str>>,
    /// The body.
    pub body: Vec<u8>,
}

/// What came of a request whose answer is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fetched {
    /// The peer answered, and the whole answer came.
    Answered(Answer),
    /// No whole answer came; the reason is for the log.
    Failed(String),
}

impl From<Fetched> for Outcome {
    fn from(fetched: Fetched) -> Self {
        match fetched {
            Fetched::Answered(Answer { status, retry_after, body, .. }) => {
                let text = String::from_utf8_lossy(&body[..body.len().min(SHOWN)]).into_owned();
                Self::Answered { status, retry_after, text }
            }
            Fetched::Failed(why) => Self::Failed(why),
        }
    }
}

/// A URL for the log: without user, query and fragment, which may hold secrets.
#[must_use]
pub fn shown_url(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let bare = rest.split(['?', '#']).next().unwrap_or_default();
    let (authority, path) = bare.split_at(bare.find('/').unwrap_or(bare.len()));
    let host = authority.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{host}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shown_url_keeps_no_secret() {
        for (url, shown) in [
            ("https://cdn.example.com/datafiles/key.json", "https://cdn.example.com/datafiles/key.json"),
            ("http://user:secret@host:80/path?token=secret#secret", "http://host:80/path"),
            ("https://host#secret", "https://host"),
            ("https://host?secret@x", "https://host"),
        ] {
            assert_eq!(shown_url(url), shown);
        }
    }
}
