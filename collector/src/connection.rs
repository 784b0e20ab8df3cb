//! One client's requests, one after the other: events are judged and counted, faults fire, control is answered.

use crate::answer::Answer;
use crate::control;
use crate::fault::Plan;
use crate::http::{Conn, Head, Line, Trouble};
use crate::inject::{Next, Scene};
use crate::json::Json;
use crate::kind::{Kind, Progress};
use crate::parse::parse;
use crate::server::Shared;
use crate::shape::Malformed;
use crate::{validate, view};

/// Serves a connection to its end.
pub fn serve(shared: &Shared, conn: Conn) {
    let mut session = Session { shared, conn, requests: 0, posted: false };
    loop {
        match session.turn() {
            Ok(Next::KeepAlive) => session.requests += 1,
            Ok(Next::Close) | Err(Trouble::Gone) => return,
            Err(Trouble::Refused { status, why }) => {
                if session.conn.send(&Answer::error(status, why).bytes(false)).is_ok() {
                    session.conn.linger();
                }
                return;
            }
        }
    }
}

struct Session<'s> {
    shared: &'s Shared,
    conn: Conn,
    /// Requests served before this one.
    requests: u64,
    /// Whether this connection has carried events.
    posted: bool,
}

impl Session<'_> {
    fn turn(&mut self) -> Result<Next, Trouble> {
        let Some(line) = self.conn.line()? else { return Ok(Next::Close) };
        if !line.is_control() && line.method == "POST" {
            return self.events(&line);
        }
        let head = self.conn.head(&line)?;
        let body = self.conn.body(&head)?;
        let answer = if line.is_control() {
            control::answer(self.shared, &line, &body)
        } else {
            Answer::error(405, "events are posted; everything else is under /control")
        };
        self.conn.send(&answer.bytes(head.keep_alive))?;
        Ok(if head.keep_alive { Next::KeepAlive } else { Next::Close })
    }

    fn events(&mut self, line: &Line) -> Result<Next, Trouble> {
        let shared = self.shared;
        if !std::mem::replace(&mut self.posted, true) {
            shared.store.connected();
        }
        let plan = shared.faults.plan(&Progress::Line { reused: self.requests > 0 });
        if let Some((kind, _)) = &plan.fault {
            shared.store.reject();
            return self.play(&plan, kind, line, false);
        }
        let read = self.read(line);
        let (head, body) = match read {
            Ok(Read::Whole(head, body)) => (head, body),
            Ok(Read::Refused(plan, kind)) => {
                shared.store.reject();
                return self.play(&plan, &kind, line, false);
            }
            Err(trouble) => {
                shared.store.reject();
                return Err(trouble);
            }
        };
        self.judge(line, &head, &body)
    }

    /// The rest of a post, unless a fault that refuses it unread fires first.
    fn read(&mut self, line: &Line) -> Result<Read, Trouble> {
        let head = self.conn.head(line)?;
        let declared = head.length.map(|length| length as u64);
        let mut plan = self.shared.faults.plan(&Progress::Head { declared });
        if let Some((kind, _)) = plan.fault.take() {
            return Ok(Read::Refused(plan, kind));
        }
        let body = self.conn.body(&head)?;
        Ok(Read::Whole(head, body))
    }

    /// Counts a post that was read, then answers it, in this order: who has an answer finds it in the stats.
    fn judge(&mut self, line: &Line, head: &Head, body: &[u8]) -> Result<Next, Trouble> {
        let shared = self.shared;
        let text = std::str::from_utf8(body).map_err(|_| whole("the body is not UTF-8"));
        let document = text.clone().and_then(|text| parse(text).map_err(|error| whole(&error.to_string())));
        let visitors = document.iter().flat_map(view::visitor_ids).collect();
        let plan = shared.faults.plan(&Progress::Whole { bytes: body.len() as u64, visitors });
        let answer = match &plan.fault {
            Some((_, false)) => {
                shared.store.reject();
                None
            }
            _ => match document.as_ref().map_err(Malformed::clone).and_then(|batch| checked(batch)) {
                Ok(batch) => {
                    shared.store.accept(
                        &line.path,
                        &head.headers,
                        text.as_deref().unwrap_or_default(),
                        batch,
                    );
                    Some(Answer::empty(204))
                }
                Err(malformed) => {
                    shared.store.malformed();
                    Some(Answer::json(400, malformed.to_json()))
                }
            },
        };
        shared.faults.pause(&plan, plan.delay);
        let mut scene = self.scene(&plan, line, head.keep_alive);
        Ok(match (&plan.fault, &answer) {
            // A malformed batch that would have counted is told so; no fault hides that.
            (_, Some(answer)) if answer.status == 400 => scene.answer(answer)?,
            (Some((kind, _)), _) => scene.play(kind)?,
            (None, answer) => scene.answer(answer.as_ref().unwrap_or(&Answer::empty(204)))?,
        })
    }

    fn play(&mut self, plan: &Plan, kind: &Kind, line: &Line, keep_alive: bool) -> Result<Next, Trouble> {
        Ok(self.scene(plan, line, keep_alive).play(kind)?)
    }

    fn scene<'s>(&'s mut self, plan: &'s Plan, line: &'s Line, keep_alive: bool) -> Scene<'s> {
        Scene { conn: &mut self.conn, faults: &self.shared.faults, plan, path: &line.path, keep_alive }
    }
}

enum Read {
    Whole(Head, Vec<u8>),
    /// By a fault that fires before the body is read.
    Refused(Plan, Kind),
}

fn checked<'n, 'a>(batch: &'n Json<'a>) -> Result<&'n Json<'a>, Malformed> {
    validate::batch(batch).map(|()| batch)
}

/// What is wrong with the document as a whole.
fn whole(error: &str) -> Malformed {
    Malformed { path: String::new(), error: error.to_owned() }
}
