//! HTTP/1.1 as far as the Events API needs it: requests off a socket.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::time::Duration;

/// The Events API takes bodies up to 3.5 MB.
pub const MAX_BODY: usize = 3_500_000;
/// Request line and headers together.
const MAX_HEAD: usize = 64 << 10;
/// How much, and for how long, is still read from a client that was refused before it had sent everything.
const DRAIN_BYTES: u64 = 64 << 20;
const DRAIN_TIME: Duration = Duration::from_secs(5);

/// Why a request cannot be had.
#[derive(Debug)]
pub enum Trouble {
    /// The peer is gone.
    Gone,
    /// It is to be told so, and the connection closed.
    Refused { status: u16, why: &'static str },
}

impl From<io::Error> for Trouble {
    fn from(_: io::Error) -> Self {
        Trouble::Gone
    }
}

const fn refused<T>(status: u16, why: &'static str) -> Result<T, Trouble> {
    Err(Trouble::Refused { status, why })
}

/// A request line, taken apart.
pub struct Line {
    pub method: String,
    /// Without the query, and without scheme and host where those were given.
    pub path: String,
    pub query: String,
    persistent: bool,
}

impl Line {
    pub fn is_control(&self) -> bool {
        self.path == "/control" || self.path.starts_with("/control/")
    }
}

/// The headers, names in lower case, and what follows from them.
pub struct Head {
    pub headers: Vec<(String, String)>,
    /// Whether the connection stays open after the answer.
    pub keep_alive: bool,
    /// The declared length; none if the body comes in chunks.
    pub length: Option<usize>,
    expects_continue: bool,
}

/// One client's connection, with what has been read and not yet used.
pub struct Conn {
    pub stream: Arc<TcpStream>,
    buffer: Vec<u8>,
    used: usize,
    head_bytes: usize,
}

impl Conn {
    pub fn new(stream: Arc<TcpStream>) -> Self {
        Conn { stream, buffer: Vec::new(), used: 0, head_bytes: 0 }
    }

    /// The next request line; none if the client has closed.
    pub fn line(&mut self) -> Result<Option<Line>, Trouble> {
        self.head_bytes = 0;
        if self.used == self.buffer.len() && !self.fill()? {
            return Ok(None);
        }
        let line = self.text_line()?;
        let mut words = line.split(' ');
        let (Some(method), Some(target), Some(version), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return refused(400, "the request line is not METHOD TARGET VERSION");
        };
        if !version.starts_with("HTTP/1.") {
            return refused(505, "only HTTP/1.x is spoken here");
        }
        let local = target
            .strip_prefix("http://")
            .map_or(target, |rest| rest.find('/').map_or("/", |at| &rest[at..]));
        let (path, query) = local.split_once('?').unwrap_or((local, ""));
        let [method, path, query] = [method, path, query].map(str::to_owned);
        Ok(Some(Line { method, path, query, persistent: version != "HTTP/1.0" }))
    }

    /// The headers after `line`.
    pub fn head(&mut self, line: &Line) -> Result<Head, Trouble> {
        let mut headers: Vec<(String, String)> = Vec::new();
        loop {
            let text = self.text_line()?;
            if text.is_empty() {
                break;
            }
            let Some((name, value)) = text.split_once(':').filter(|(name, _)| !name.is_empty()) else {
                return refused(400, "a header is not NAME: VALUE");
            };
            let (name, value) = (name.to_ascii_lowercase(), value.trim());
            match headers.iter_mut().find(|(known, _)| *known == name) {
                Some((_, values)) => values.extend([", ", value]),
                None => headers.push((name, value.to_owned())),
            }
        }
        let get =
            |name: &str| headers.iter().find_map(|(known, value)| (known == name).then_some(value.as_str()));
        let connection = get("connection").unwrap_or_default().to_ascii_lowercase();
        let length = match (get("transfer-encoding"), get("content-length")) {
            (Some(_), Some(_)) => return refused(400, "both Content-Length and Transfer-Encoding"),
            (Some(coding), None) if coding.eq_ignore_ascii_case("chunked") => None,
            (Some(_), None) => return refused(501, "of transfer codings only chunked is known"),
            (None, Some(digits)) if !digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                return refused(400, "Content-Length is not one number");
            }
            (None, Some(digits)) => match digits.parse() {
                Ok(length) => Some(length),
                Err(_) => return refused(413, "Content-Length is beyond all bounds"),
            },
            (None, None) => Some(0),
        };
        let keep_alive =
            if line.persistent { !connection.contains("close") } else { connection.contains("keep-alive") };
        let expects_continue = get("expect").is_some_and(|value| value.eq_ignore_ascii_case("100-continue"));
        Ok(Head { headers, keep_alive, length, expects_continue })
    }

    /// The body after `head`, asked for if the client waits for that.
    pub fn body(&mut self, head: &Head) -> Result<Vec<u8>, Trouble> {
        if head.length.is_some_and(|length| length > MAX_BODY) {
            return refused(413, "the body is larger than 3.5 MB");
        }
        if head.expects_continue && self.used == self.buffer.len() {
            self.send(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        let mut body = Vec::new();
        if let Some(length) = head.length {
            self.take(length, &mut body)?;
            return Ok(body);
        }
        self.head_bytes = 0;
        loop {
            let size = self.text_line()?;
            let digits = size.split(';').next().unwrap_or_default().trim();
            let Ok(size) = usize::from_str_radix(digits, 16) else {
                return refused(400, "a chunk's size is not a hexadecimal number");
            };
            if size > MAX_BODY - body.len() {
                return refused(413, "the body is larger than 3.5 MB");
            }
            if size == 0 {
                while !self.text_line()?.is_empty() {}
                return Ok(body);
            }
            self.take(size, &mut body)?;
            if !self.text_line()?.is_empty() {
                return refused(400, "a chunk is longer than its size says");
            }
            self.head_bytes = 0;
        }
    }

    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        (&*self.stream).write_all(bytes)
    }

    /// Ends the connection so that an answer to a half-read request arrives: closing with bytes unread would reset it.
    pub fn linger(&mut self) {
        let drained = self.stream.shutdown(Shutdown::Write).and_then(|()| {
            self.stream.set_read_timeout(Some(DRAIN_TIME))?;
            io::copy(&mut (&*self.stream).take(DRAIN_BYTES), &mut io::sink())
        });
        // Whatever came of it, the connection is closed next.
        drop(drained);
    }

    /// Whether the peer has closed or reset.
    pub fn peer_is_gone(&self) -> bool {
        let look = || -> io::Result<usize> {
            self.stream.set_nonblocking(true)?;
            let looked = self.stream.peek(&mut [0]);
            self.stream.set_nonblocking(false)?;
            looked
        };
        match look() {
            Ok(bytes) => bytes == 0,
            Err(error) => error.kind() != io::ErrorKind::WouldBlock,
        }
    }

    fn fill(&mut self) -> Result<bool, Trouble> {
        self.buffer.drain(..self.used);
        self.used = 0;
        let start = self.buffer.len();
        self.buffer.resize(start + (16 << 10), 0);
        let read = loop {
            match (&*self.stream).read(&mut self.buffer[start..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        self.buffer.truncate(start + *read.as_ref().unwrap_or(&0));
        Ok(read? > 0)
    }

    /// A line without its end.
    fn text_line(&mut self) -> Result<String, Trouble> {
        let mut searched = 0;
        loop {
            let rest = &self.buffer[self.used..];
            if let Some(found) = rest[searched..].iter().position(|byte| *byte == b'\n') {
                let line = &rest[..searched + found];
                let line = line.strip_suffix(b"\r").unwrap_or(line);
                let Ok(text) = std::str::from_utf8(line) else {
                    return refused(400, "the head is not UTF-8");
                };
                let text = text.to_owned();
                self.used += searched + found + 1;
                self.head_bytes += searched + found + 1;
                return if self.head_bytes > MAX_HEAD {
                    refused(431, "the head is too large")
                } else {
                    Ok(text)
                };
            }
            searched = rest.len();
            if self.head_bytes + searched > MAX_HEAD {
                return refused(431, "the head is too large");
            }
            if !self.fill()? {
                return Err(Trouble::Gone);
            }
        }
    }

    fn take(&mut self, bytes: usize, into: &mut Vec<u8>) -> Result<(), Trouble> {
        let ready = bytes.min(self.buffer.len() - self.used);
        into.reserve(bytes);
        into.extend_from_slice(&self.buffer[self.used..self.used + ready]);
        self.used += ready;
        let missing = (bytes - ready) as u64;
        let read = (&*self.stream).take(missing).read_to_end(into)?;
        if read as u64 == missing { Ok(()) } else { Err(Trouble::Gone) }
    }
}
