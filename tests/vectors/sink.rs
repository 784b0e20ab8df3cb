//! A loopback HTTP server that stands for the Events API and for the prediction service: it keeps what is posted, apart
//! for each mailbox.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Write};
use std::mem;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::json::Json;

/// The path of the Events API.
const EVENTS_PATH: &str = "/v1/events";
/// The path of the prediction service, which the rule's id follows.
const PREDICTIONS_PATH: &str = "/predict/";
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
    open: HashMap<String, Open>,
    strays: Vec<String>,
}

/// A mailbox that is open: what it answers, and what came.
struct Open {
    /// The variation id that predictions have; none: they fail.
    predicted: Option<String>,
    posted: Posted,
}

/// What was posted to a mailbox, in order of arrival.
#[derive(Default)]
pub struct Posted {
    /// The bodies of event posts.
    pub events: Vec<String>,
    /// Path, within the mailbox, and body of the requests for predictions.
    pub predictions: Vec<(String, String)>,
}

/// Where one case's client posts to.
pub struct Mailbox<'a> {
    sink: &'a Sink,
    name: String,
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

    /// Opens a mailbox with addresses of its own. `predicted` is the variation id that a request for a prediction is
    /// answered with; without one it gets status 500.
    pub fn mailbox(&self, predicted: Option<&str>) -> Mailbox<'_> {
        let mut boxes = locked(&self.boxes);
        boxes.opened += 1;
        let name = boxes.opened.to_string();
        let open = Open { predicted: predicted.map(str::to_owned), posted: Posted::default() };
        boxes.open.insert(name.clone(), open);
        Mailbox { sink: self, name }
    }

    /// What was posted elsewhere than to an open mailbox since this was asked last, as one line each.
    pub fn take_strays(&self) -> Vec<String> {
        mem::take(&mut locked(&self.boxes).strays)
    }
}

impl Mailbox<'_> {
    /// The URL to post events to.
    pub fn events_url(&self) -> String {
        format!("http://{}/{}{EVENTS_PATH}", self.sink.address, self.name)
    }

    /// The URL to ask for predictions, with a place for the rule's id.
    pub fn predictions_url(&self) -> String {
        format!("http://{}/{}{PREDICTIONS_PATH}%s", self.sink.address, self.name)
    }

    /// Closes the mailbox and gives what came.
    pub fn take(self) -> Posted {
        locked(&self.sink.boxes).open.remove(&self.name).map(|open| open.posted).unwrap_or_default()
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
        let answer = request.file(&mut locked(boxes));
        if writer.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

const NO_CONTENT: &str = "HTTP/1.1 204 No Content\r\n\r\n";
const BAD_REQUEST: &str = "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n";
const SERVER_ERROR: &str = "HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n";

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

    /// Puts the body into its mailbox, and gives the answer to send. What is no JSON post to an open mailbox is refused,
    /// and remembered as a stray.
    fn file(self, boxes: &mut Boxes) -> String {
        let path = self.line.strip_prefix("POST /").and_then(|rest| rest.strip_suffix(" HTTP/1.1"));
        let parts = path.filter(|_| self.is_json).and_then(|path| path.split_at_checked(path.find('/')?));
        let open = parts.and_then(|(name, place)| Some((boxes.open.get_mut(name)?, place)));
        let (Some((open, place)), Ok(body)) = (open, String::from_utf8(self.body)) else {
            boxes.strays.push(self.line);
            return BAD_REQUEST.to_owned();
        };
        if place == EVENTS_PATH {
            open.posted.events.push(body);
            return NO_CONTENT.to_owned();
        }
        if !place.starts_with(PREDICTIONS_PATH) {
            boxes.strays.push(self.line);
            return BAD_REQUEST.to_owned();
        }
        open.posted.predictions.push((place.to_owned(), body));
        open.predicted.as_deref().map_or_else(|| SERVER_ERROR.to_owned(), prediction)
    }
}

/// The answer that predicts a variation.
fn prediction(variation_id: &str) -> String {
    let variation = Json::object([("variation_id", Json::text(variation_id))]);
    let body = Json::object([("predictions", Json::List(vec![variation]))]).to_string();
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}")
}
