//! What each fault does to the socket.

use std::io;
use std::net::Shutdown;
use std::time::{Duration, Instant};

use crate::answer::Answer;
use crate::fault::{Faults, Plan};
use crate::http::Conn;
use crate::kind::{BODY, Kind, Part, is_contained};
use crate::socket::reset_on_close;

/// How often a stalled connection is looked at, to let go of one whose client has left.
const LOOK: Duration = Duration::from_millis(20);
/// What huge answers are made of.
const FILLER: [u8; 16 << 10] = [b'x'; 16 << 10];

/// What becomes of the connection.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Next {
    KeepAlive,
    Close,
}

/// Where a fault is played.
pub struct Scene<'s> {
    pub conn: &'s mut Conn,
    pub faults: &'s Faults,
    pub plan: &'s Plan,
    pub path: &'s str,
    pub keep_alive: bool,
}

impl Scene<'_> {
    /// Does to the connection what `kind` says; for the early kinds the request has not been read to its end.
    pub fn play(&mut self, kind: &Kind) -> io::Result<Next> {
        match kind {
            Kind::Status { status, retry_after, early } => self.status(*status, retry_after, *early),
            Kind::Redirect { status, location } => {
                let mut answer = Answer::empty(*status);
                answer.headers.push(("Location", location.as_deref().unwrap_or(self.path).to_owned()));
                self.answer(&answer)
            }
            Kind::Poison { status, .. } => {
                self.answer(&Answer::error(*status, "the batch holds a poisoned visitor"))
            }
            Kind::MaxBytes { bytes, early } => {
                let answer = Answer::error(413, &format!("the body is larger than {bytes} bytes"));
                if *early { self.answer_and_reset(&answer) } else { self.answer(&answer) }
            }
            Kind::DropBefore | Kind::DropAfter => self.reset(),
            Kind::KeepaliveRace => {
                // A polite end: what has arrived is read, so that closing does not reset.
                self.conn.stream.shutdown(Shutdown::Write)?;
                Ok(Next::Close)
            }
            Kind::Stall { bound } => {
                self.stall(*bound);
                Ok(Next::Close)
            }
            Kind::Truncate { status, part } => self.truncate(*status, *part),
            Kind::WrongLength { status, declared } => self.wrong_length(*status, declared),
            Kind::Huge { status, part, bytes, declared } => {
                self.huge(*status, *part, *bytes, declared.as_ref())
            }
            Kind::Trickle { status, delay } => self.trickle(*status, *delay),
            Kind::Garbage { text } => {
                self.conn.send(text.as_bytes())?;
                Ok(Next::Close)
            }
            // A delay is part of the plan, and over by now.
            Kind::Delay { .. } => self.answer(&Answer::empty(204)),
        }
    }

    pub fn answer(&mut self, answer: &Answer) -> io::Result<Next> {
        self.conn.send(&answer.bytes(self.keep_alive))?;
        Ok(if self.keep_alive { Next::KeepAlive } else { Next::Close })
    }

    fn status(&mut self, status: u16, retry_after: &[String], early: bool) -> io::Result<Next> {
        let bodiless = matches!(status, 100..=199 | 204 | 205 | 304);
        let mut answer = if bodiless {
            Answer::empty(status)
        } else {
            Answer::error(status, &format!("fault: status {status}"))
        };
        answer.headers.extend(retry_after.iter().map(|value| ("Retry-After", value.clone())));
        if early {
            return self.answer_and_reset(&answer);
        }
        if matches!(status, 100..=199) {
            // Interim: the real answer follows.
            self.conn.send(answer.head(true, None).as_bytes())?;
            answer = Answer::empty(204);
        }
        self.answer(&answer)
    }

    fn answer_and_reset(&mut self, answer: &Answer) -> io::Result<Next> {
        self.conn.send(&answer.bytes(false))?;
        self.reset()
    }

    fn reset(&mut self) -> io::Result<Next> {
        reset_on_close(&self.conn.stream)?;
        Ok(Next::Close)
    }

    fn stall(&mut self, bound: Option<Duration>) {
        let until = bound.map(|bound| Instant::now() + bound);
        let left = || until.map_or(LOOK, |until| until.saturating_duration_since(Instant::now()).min(LOOK));
        while !left().is_zero() && !self.conn.peer_is_gone() && self.faults.pause(self.plan, left()) {}
    }

    fn truncate(&mut self, status: u16, part: Part) -> io::Result<Next> {
        let answer = Answer::json(status, BODY.to_owned());
        let (head, whole) = (answer.head(self.keep_alive, None).len(), answer.bytes(self.keep_alive));
        let cut = match part {
            Part::Head => head / 2,
            Part::Body => head + BODY.len() / 2,
        };
        self.conn.send(&whole[..cut])?;
        Ok(Next::Close)
    }

    fn wrong_length(&mut self, status: u16, declared: &[String]) -> io::Result<Next> {
        let answer = Answer::json(status, BODY.to_owned());
        self.conn.send((answer.head(self.keep_alive, Some(declared)) + BODY).as_bytes())?;
        // Too short a length leaves bytes before the next answer, which is the point of it; the others end here.
        Ok(if is_contained(declared) && self.keep_alive { Next::KeepAlive } else { Next::Close })
    }

    fn huge(&mut self, status: u16, part: Part, bytes: u64, declared: Option<&String>) -> io::Result<Next> {
        match part {
            Part::Head => {
                self.conn.send(format!("HTTP/1.1 {status} Huge\r\n").as_bytes())?;
                self.pour(bytes, |piece| [b"X-Fill: ", &piece[..piece.len().min(90)], b"\r\n"].concat())?;
            }
            Part::Body => {
                let length = declared.map_or_else(
                    || "Transfer-Encoding: chunked".to_owned(),
                    |declared| format!("Content-Length: {declared}"),
                );
                self.conn.send(format!("HTTP/1.1 {status} Huge\r\n{length}\r\n\r\n").as_bytes())?;
                let chunk =
                    |piece: &[u8]| [format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat();
                match declared {
                    Some(_) => self.pour(bytes, <[u8]>::to_vec)?,
                    None => self.pour(bytes, chunk)?,
                }
            }
        }
        // No end of the head, of the chunks or of the length: the connection just ends.
        Ok(Next::Close)
    }

    /// Sends at least `bytes` in pieces as `wrap` makes them, unless the faults are cleared before.
    fn pour(&mut self, bytes: u64, wrap: impl Fn(&[u8]) -> Vec<u8>) -> io::Result<()> {
        let mut sent = 0;
        while sent < bytes && self.faults.is_current(self.plan) {
            let left = usize::try_from(bytes - sent).unwrap_or(usize::MAX);
            let piece = wrap(&FILLER[..left.min(FILLER.len())]);
            self.conn.send(&piece)?;
            sent += piece.len() as u64;
        }
        Ok(())
    }

    fn trickle(&mut self, status: u16, delay: Duration) -> io::Result<Next> {
        let bytes = Answer::json(status, BODY.to_owned()).bytes(self.keep_alive);
        for (at, byte) in bytes.iter().enumerate() {
            self.conn.send(&[*byte])?;
            if at + 1 < bytes.len() && !self.faults.pause(self.plan, delay) {
                self.conn.send(&bytes[at + 1..])?;
                break;
            }
        }
        Ok(if self.keep_alive { Next::KeepAlive } else { Next::Close })
    }
}
