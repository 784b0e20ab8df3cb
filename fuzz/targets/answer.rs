//! Bytes in pieces as answers to two posts: no status without a whole head that says it, a bounded part of an endless
//! answer, and nothing of one answer taken for the next.
#![no_main]

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use opttrack::fuzzing::{HttpSettings, HttpTransport, Outcome, Request, Timeouts, Transport as _};
use opttrack_fuzz::Source;
use ureq::Error;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, Transport,
};

/// What may be taken from a peer for one post: the head, the part of a body that is read, and buffers.
const MOST: usize = 1024 * 1024;

/// What connections after the first one are answered.
const ELSEWHERE: &[u8] = b"HTTP/1.1 503 Elsewhere\r\nContent-Length: 0\r\n\r\n";

/// The peer: what it sends after the first and after the second post on the first connection, and how.
#[derive(Debug, Default)]
struct Peer {
    answers: [Vec<u8>; 2],
    pieces: Vec<usize>,
    /// Does the last piece come again and again?
    is_endless: bool,
    /// Does the connection stay open when all is sent?
    stays_open: bool,
    connections: usize,
    posts: usize,
    sent: usize,
    taken: usize,
    turns: usize,
}

impl Peer {
    /// The part of the running answer that was not sent yet.
    fn left(&self) -> &[u8] {
        let answer = self.posts.clamp(1, 2) - 1;
        self.answers[answer].get(self.sent..).unwrap_or_default()
    }
}

#[derive(Clone, Debug)]
struct Network(Arc<Mutex<Peer>>);

impl Network {
    fn peer(&self) -> MutexGuard<'_, Peer> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connector for Network {
    type Out = Line;

    fn connect(&self, _: &ConnectionDetails<'_>, _: Option<()>) -> Result<Option<Line>, Error> {
        // An eighth of the real size, for it takes long to clear them.
        let buffers = LazyBuffers::new(16 * 1024, 16 * 1024);
        let number = self.peer().connections;
        self.peer().connections += 1;
        Ok(Some(Line { network: self.clone(), buffers, number, elsewhere: 0 }))
    }
}

#[derive(Debug)]
struct Line {
    network: Network,
    buffers: LazyBuffers,
    number: usize,
    elsewhere: usize,
}

impl Transport for Line {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), Error> {
        let is_post = self.buffers.output()[..amount].starts_with(b"POST ");
        if self.number == 0 && is_post {
            let mut peer = self.network.peer();
            peer.posts += 1;
            peer.sent = 0;
        }
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let room = self.buffers.input_append_buf();
        let mut peer = self.network.peer();
        if self.number > 0 {
            let left = &ELSEWHERE[self.elsewhere.min(ELSEWHERE.len())..];
            let amount = left.len().min(room.len());
            room[..amount].copy_from_slice(&left[..amount]);
            self.elsewhere += amount;
            drop(peer);
            self.buffers.input_appended(amount);
            return Ok(amount > 0);
        }
        peer.turns += 1;
        let mut piece = peer.pieces.get(peer.turns % (peer.pieces.len() + 1)).copied().unwrap_or(usize::MAX);
        if peer.left().is_empty() && peer.is_endless {
            peer.sent = 0;
            // From here on no longer byte by byte, which takes long and shows nothing new.
            piece = usize::MAX;
        }
        if peer.left().is_empty() && peer.stays_open {
            return Err(Error::Timeout(timeout.reason));
        }
        let amount = peer.left().len().min(piece.max(1)).min(room.len());
        room[..amount].copy_from_slice(&peer.left()[..amount]);
        peer.sent += amount;
        peer.taken += amount;
        assert!(peer.taken < MOST, "an answer without an end is read without an end");
        drop(peer);
        self.buffers.input_appended(amount);
        Ok(amount > 0)
    }

    /// As of a socket: something to read, or the end, is no sign of an idle connection.
    fn is_open(&mut self) -> bool {
        let peer = self.network.peer();
        self.number > 0 || peer.left().is_empty() && peer.stays_open
    }
}

/// A head's status, its lines, and what follows it.
type Head<'a> = (u16, Vec<&'a [u8]>, &'a [u8]);

/// The first whole head that is no announcement of another one.
fn head(answer: &[u8]) -> Option<Head<'_>> {
    let mut rest = answer;
    loop {
        while let [b'\r' | b'\n', after @ ..] = rest {
            rest = after;
        }
        let mut lines = Vec::new();
        loop {
            let end = rest.iter().position(|byte| *byte == b'\n')?;
            let line = rest[..end].strip_suffix(b"\r").unwrap_or(&rest[..end]);
            rest = &rest[end + 1..];
            if line.is_empty() {
                break;
            }
            lines.push(line);
        }
        let first = lines.first()?;
        let digits = std::str::from_utf8(first.strip_prefix(b"HTTP/1.")?.get(2..5)?).ok()?;
        let status = digits.parse().ok()?;
        if !(100..200).contains(&status) || status == 101 {
            return Some((status, lines, rest));
        }
    }
}

/// The length that a head announces, if that is all it says of the body.
fn length(lines: &[&[u8]]) -> Option<usize> {
    let lines: Vec<String> = lines.iter().map(|line| String::from_utf8_lossy(line).to_lowercase()).collect();
    let mut lengths = lines.iter().filter_map(|line| line.strip_prefix("content-length:"));
    let length = lengths.next()?.trim().parse().ok()?;
    let is_all = lengths.next().is_none() && !lines.iter().any(|line| line.starts_with("transfer-encoding"));
    is_all.then_some(length)
}

fn check(outcome: &Outcome, answer: &[u8], is_endless: bool) {
    let Outcome::Answered { status: found, retry_after, text } = outcome else { return };
    let (status, lines, body) =
        head(answer).unwrap_or_else(|| panic!("{found} of {:?}", String::from_utf8_lossy(answer)));
    assert_eq!(*found, status, "of {:?}", String::from_utf8_lossy(answer));
    if let (200..=203 | 205..=299, Some(length), false) = (status, length(&lines), is_endless) {
        assert!(
            length <= body.len(),
            "a success of which {length} bytes were announced and {} came",
            body.len()
        );
    }
    assert!(text.len() <= 3 * 64 * 1024, "{} bytes of an answer are kept", text.len());
    assert!(retry_after.is_none_or(|wait| wait <= Duration::from_secs(300)));
}

fuzz_target!(|data: &[u8]| {
    let mut source = Source::new(data);
    let flags = source.byte();
    let pieces = (0..source.below(5)).map(|_| source.below(64)).collect();
    let first = source.below(1000);
    let first = source.bytes(first).to_vec();
    let second = source.rest().to_vec();
    let peer = Peer {
        answers: [first, second],
        pieces,
        is_endless: flags % 16 == 1,
        stays_open: flags & 2 != 0,
        ..Peer::default()
    };
    let network = Network(Arc::new(Mutex::new(peer)));
    let hour = Duration::from_secs(3600);
    let timeouts = Timeouts { connect: hour, total: hour };
    let transport = HttpTransport::over(network.clone(), HttpSettings::new(timeouts, "fuzz"));
    let request = Request { url: "http://127.0.0.1:9/v1/events", headers: &[], body: b"{}", deadline: None };

    let outcome = transport.post(&request);
    assert_eq!(network.peer().posts, 1, "a post is sent once");
    let is_endless = network.peer().is_endless;
    check(&outcome, &network.peer().answers[0], is_endless);
    network.peer().taken = 0;
    let outcome = transport.post(&request);
    let peer = network.peer();
    if peer.connections == 1 {
        assert_eq!(peer.posts, 2, "a post is sent once");
        check(&outcome, &peer.answers[1], is_endless);
    } else if let Outcome::Answered { status, .. } = outcome {
        assert_eq!(status, 503, "the answer of another connection");
    }
});
