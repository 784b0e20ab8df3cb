//! A loopback HTTP server that takes every event post and keeps its body, apart for each mailbox.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

/// No payload of the Events API is larger.
const LARGEST_BODY: usize = 4 << 20;

/// The server. It lives as long as the process.
pub struct Sink {
    address: SocketAddr,
    boxes: Arc<Mutex<Boxes>>,
}

#[derive(Default)]
struct Boxes {
    opened: u64,
    bodies: HashMap<String, Vec<String>>,
    strays: Vec<String>,
}

/// Where one case's client posts to.
pub struct Mailbox<'a> {
    sink: &'a Sink,
    path: String,
}

impl Sink {
    /// Starts the server on a free port.
    pub fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let boxes = Arc::<Mutex<Boxes>>::default();
        let shared = Arc::clone(&boxes);
        thread::Builder::new().name("sink".to_owned()).spawn(move || {
            for stream in listener.incoming().filter_map(Result::ok) {
                let boxes = Arc::clone(&shared);
                // A client that can't be served sees its connection closed, and its case fails.
                drop(thread::Builder::new().spawn(move || serve(stream, &boxes)));
            }
        })?;
        Ok(Self { address, boxes })
    }

    /// Opens a mailbox with an address of its own.
    pub fn mailbox(&self) -> Mailbox<'_> {
        let mut boxes = locked(&self.boxes);
        boxes.opened += 1;
        let path = format!("/{}/v1/events", boxes.opened);
        boxes.bodies.insert(path.clone(), Vec::new());
        Mailbox { sink: self, path }
    }

    /// What was posted elsewhere than to an open mailbox, as one line each.
    pub fn strays(&self) -> Vec<String> {
        locked(&self.boxes).strays.clone()
    }
}

impl Mailbox<'_> {
    /// The URL to post to.
    pub fn url(&self) -> String {
        format!("http://{}{}", self.sink.address, self.path)
    }

    /// Closes the mailbox and gives the bodies in order of arrival.
    pub fn take(self) -> Vec<String> {
        locked(&self.sink.boxes).bodies.remove(&self.path).unwrap_or_default()
    }
}

fn locked(boxes: &Mutex<Boxes>) -> MutexGuard<'_, Boxes> {
    boxes.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Answers the posts of one connection until the peer closes it.
fn serve(stream: TcpStream, boxes: &Mutex<Boxes>) {
    let Ok(mut writer) = stream.try_clone() else { return };
    let mut reader = BufReader::new(stream);
    while let Ok(Some(request)) = Request::read(&mut reader) {
        let taken = request.file(&mut locked(boxes));
        let answer: &[u8] = if taken { b"HTTP/1.1 204 No Content\r\n\r\n" } else { BAD_REQUEST };
        if writer.write_all(answer).is_err() {
            return;
        }
    }
}

const BAD_REQUEST: &[u8] = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n";

struct Request {
    line: String,
    is_json: bool,
    body: Vec<u8>,
}

impl Request {
    /// The next request; none at the end of the connection.
    fn read(reader: &mut impl BufRead) -> io::Result<Option<Self>> {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let (mut is_json, mut length) = (false, 0);
        loop {
            let mut header = String::new();
            if reader.read_line(&mut header)? == 0 || header.trim_end().is_empty() {
                break;
            }
            let Some((name, value)) = header.split_once(':') else { continue };
            match name.to_ascii_lowercase().as_str() {
                "content-type" => is_json = value.trim().starts_with("application/json"),
                "content-length" => length = value.trim().parse().map_err(io::Error::other)?,
                _ => {}
            }
        }
        if length > LARGEST_BODY {
            return Err(io::Error::other("a body larger than the Events API takes"));
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        Ok(Some(Self { line: line.trim_end().to_owned(), is_json, body }))
    }

    /// Puts the body into its mailbox; false, and remembered as a stray, if it is no JSON post to an open one.
    fn file(self, boxes: &mut Boxes) -> bool {
        let path = self.line.strip_prefix("POST ").and_then(|rest| rest.strip_suffix(" HTTP/1.1"));
        let mailbox = path.filter(|_| self.is_json).and_then(|path| boxes.bodies.get_mut(path));
        let (Some(mailbox), Ok(body)) = (mailbox, String::from_utf8(self.body)) else {
            boxes.strays.push(self.line);
            return false;
        };
        mailbox.push(body);
        true
    }
}
