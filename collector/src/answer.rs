//! Answers: status, headers, body, and their bytes on the wire.

use std::fmt::Write as _;

use crate::json::Quoted;

/// An answer with its body and headers of its own; length and connection are added when it is sent.
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

impl Answer {
    pub fn empty(status: u16) -> Self {
        Answer { status, headers: Vec::new(), body: String::new() }
    }

    pub fn json(status: u16, body: String) -> Self {
        Answer { status, headers: vec![("Content-Type", "application/json".to_owned())], body }
    }

    pub fn error(status: u16, why: &str) -> Self {
        Answer::json(status, format!("{{\"error\":{}}}", Quoted(why)))
    }

    /// The head, with these lengths declared instead of the true one if any are given.
    pub fn head(&self, keep_alive: bool, lengths: Option<&[String]>) -> String {
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        let mut header = |name: &str, value: &str| {
            write!(head, "{name}: {value}\r\n").expect("a String takes every write");
        };
        self.headers.iter().for_each(|(name, value)| header(name, value));
        match lengths {
            Some(lengths) => lengths.iter().for_each(|length| header("Content-Length", length)),
            None if matches!(self.status, 100..=199 | 204 | 304) => {}
            None => header("Content-Length", &self.body.len().to_string()),
        }
        if !keep_alive {
            header("Connection", "close");
        }
        head + "\r\n"
    }

    pub fn bytes(&self, keep_alive: bool) -> Vec<u8> {
        (self.head(keep_alive, None) + &self.body).into_bytes()
    }
}

/// The words beside a status; for a client they mean nothing.
fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        204 => "No Content",
        400 => "Bad Request",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        413 => "Content Too Large",
        429 => "Too Many Requests",
        503 => "Service Unavailable",
        _ => "Status",
    }
}
