//! The loopback service: takes the events that libopttrack posts, and answers requests for predictions.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::json::Json;

/// What a rule's prediction may be, by rule.
pub type Predictions = BTreeMap<String, Vec<Option<String>>>;

/// What was sent to one address.
#[derive(Default)]
pub struct Received {
    /// Bodies of events, in order of arrival.
    pub events: Vec<Json>,
    /// Requests for predictions, each once: its path below the address, and its instance without the uuid.
    pub predictions: Vec<Json>,
}

#[derive(Default)]
struct Box {
    predictions: Option<Arc<Predictions>>,
    received: Received,
}

/// The service; it runs until the process ends.
pub struct Service {
    address: SocketAddr,
    boxes: Arc<Mutex<HashMap<String, Box>>>,
}

impl Service {
    /// Starts it on a port that the system chose.
    pub fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let service = Self { address: listener.local_addr()?, boxes: Arc::default() };
        let boxes = Arc::clone(&service.boxes);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let boxes = Arc::clone(&boxes);
                thread::spawn(move || serve(&stream, &boxes));
            }
        });
        Ok(service)
    }

    /// Opens an address of this name, with what it predicts.
    pub fn open(&self, name: &str, predictions: Option<&Arc<Predictions>>) {
        let opened = Box { predictions: predictions.map(Arc::clone), received: Received::default() };
        locked(&self.boxes).insert(name.to_owned(), opened);
    }

    /// Where to post events of this name.
    pub fn events(&self, name: &str) -> String {
        format!("http://{}/{name}/v1/events", self.address)
    }

    /// Where to ask for predictions of this name.
    pub fn predictions(&self, name: &str) -> String {
        format!("http://{}/{name}/predict/%s", self.address)
    }

    /// Closes the address and gives what came.
    pub fn close(&self, name: &str) -> Received {
        locked(&self.boxes).remove(name).map(|closed| closed.received).unwrap_or_default()
    }
}

fn locked(boxes: &Mutex<HashMap<String, Box>>) -> MutexGuard<'_, HashMap<String, Box>> {
    boxes.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Answers the requests of one connection until the peer closes it.
fn serve(stream: &TcpStream, boxes: &Mutex<HashMap<String, Box>>) {
    let _ = stream.set_nodelay(true);
    let Ok(mut writer) = stream.try_clone() else { return };
    let mut reader = BufReader::new(stream);
    while let Ok(Some((path, body))) = read_request(&mut reader) {
        let (status, answer) = take(&path, &body, boxes);
        let head = format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{answer}",
            answer.len()
        );
        if writer.write_all(head.as_bytes()).is_err() {
            return;
        }
    }
}

fn read_request(reader: &mut impl BufRead) -> io::Result<Option<(String, String)>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut length = 0;
    loop {
        let mut header = String::new();
        if reader.read_line(&mut header)? == 0 || header.trim_end().is_empty() {
            break;
        }
        if let Some((name, value)) = header.split_once(':') {
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().map_err(io::Error::other)?;
            }
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Some((path, String::from_utf8(body).map_err(io::Error::other)?)))
}

/// Files a request and says how to answer it.
fn take(path: &str, body: &str, boxes: &Mutex<HashMap<String, Box>>) -> (&'static str, String) {
    let (name, rest) = path.trim_start_matches('/').split_once('/').unwrap_or_default();
    let mut boxes = locked(boxes);
    let (Some(found), Ok(body)) = (boxes.get_mut(name), Json::parse(body)) else {
        return ("400 Bad Request", "{}".to_owned());
    };
    if rest == "v1/events" {
        found.received.events.push(body);
        return ("204 No Content", String::new());
    }
    let rule = rest.strip_prefix("predict/").map(decoded).unwrap_or_default();
    let instance = body.get("instances").and_then(|instances| instances.items().first().cloned());
    let user =
        instance.as_ref().and_then(|instance| instance.get("visitorId")?.as_text()).unwrap_or_default();
    let answer = found
        .predictions
        .as_ref()
        .and_then(|predictions| predictions.get(&rule))
        .and_then(|choices| choices[hash(user) % choices.len()].clone());
    let request = Json::object([("rule", Json::text(rule)), ("instance", without_uuid(instance))]);
    if !found.received.predictions.contains(&request) {
        found.received.predictions.push(request);
    }
    match answer {
        Some(variation) => {
            let prediction = Json::object([("variation_id", Json::text(variation))]);
            ("200 OK", Json::object([("predictions", Json::List(vec![prediction]))]).to_string())
        }
        None => ("500 Internal Server Error", "{}".to_owned()),
    }
}

/// The instance without what differs from run to run, its attributes sorted.
fn without_uuid(instance: Option<Json>) -> Json {
    let Some(Json::Object(mut members)) = instance else { return Json::Null };
    members.retain(|(name, _)| name != "cmabUUID");
    members.sort_by(|one, other| one.0.cmp(&other.0));
    for (name, value) in &mut members {
        if let ("attributes", Json::List(items)) = (name.as_str(), value) {
            items.sort_by_key(|item| item.get("id").map(ToString::to_string));
            for item in items {
                if let Json::Object(members) = item {
                    members.sort_by(|one, other| one.0.cmp(&other.0));
                }
            }
        }
    }
    Json::Object(members)
}

/// A part of a path without its percent escapes.
fn decoded(part: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = part.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escaped = (*first == b'%').then(|| part_of(after)).flatten();
        bytes.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn part_of(after: &[u8]) -> Option<u8> {
    let digits = std::str::from_utf8(after.get(..2)?).ok()?;
    u8::from_str_radix(digits, 16).ok()
}

/// FNV-1a: the same prediction for the same user, whoever asks.
fn hash(user: &str) -> usize {
    let hash = user.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash >> 20) as usize
}
