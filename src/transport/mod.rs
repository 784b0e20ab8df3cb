//! The way to a peer: a request in, an outcome out. Behind a trait, so that hosts and tests bring their own.

#[cfg(feature = "http")]
mod connection;
mod fetch;
#[cfg(feature = "http")]
mod http;
mod http_date;
pub mod retry_after;
#[cfg(feature = "tls")]
mod tls;
#[cfg(feature = "http")]
mod trouble;

use std::time::{Duration, Instant};

pub use fetch::{Answer, Fetch, Fetched, Method, shown_url};
#[cfg(feature = "http")]
pub use http::{HttpSettings, HttpTransport, Timeouts, proxy};
#[cfg(all(fuzzing, feature = "http"))]
pub use retry_after::parse as parse_retry_after;
#[cfg(feature = "tls")]
pub use tls::{TlsFault, configured as configured_tls};

/// A post.
#[cfg_attr(not(feature = "http"), expect(dead_code, reason = "this build has no transport of its own"))]
pub struct Request<'a> {
    /// The full URL.
    pub url: &'a str,
    /// Headers beside those that every request has.
    pub headers: &'a [(&'a str, &'a str)],
    /// JSON.
    pub body: &'a [u8],
    /// When who waits for it must have his answer, if that may be earlier than the transport's own time-outs.
    pub deadline: Option<Instant>,
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The peer answered.
    Answered {
        /// HTTP status.
        status: u16,
        /// How long the peer asks to be left alone.
        retry_after: Option<Duration>,
        /// The first part of the body, for the log.
        text: String,
    },
    /// No answer came; the reason is for the log.
    Failed(String),
    /// The connection broke when the request was on its way or its answer was: it may be too large for the peer.
    #[cfg_attr(
        not(feature = "http"),
        expect(dead_code, reason = "a host that posts by itself says no more than that it failed")
    )]
    Cut(String),
    /// The peer can't be trusted or does not let us in, which only a person can mend; the reason is for the log.
    #[cfg_attr(not(feature = "http"), expect(dead_code, reason = "as above"))]
    Barred(String),
}

/// Sends requests, each on the thread that asks for it, which waits. Any number of threads may post at once.
pub trait Transport: Send + Sync {
    /// Posts a body. Returns within the transport's own time-outs, and by the request's deadline.
    fn post(&self, request: &Request<'_>) -> Outcome;

    /// Makes a request whose answer is wanted. Returns as `post` does.
    fn fetch(&self, fetch: &Fetch, deadline: Option<Instant>) -> Fetched;

    /// Breaks off what is on its way and closes every connection; every later post fails.
    fn shut_down(&self) {}
}
