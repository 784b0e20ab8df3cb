//! The predictor over HTTP, against a server on loopback.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use super::*;
use crate::cmab::{CacheLimits, Cmab, Origin, Question};
use crate::platform::{SystemClock, SystemRandom};
use crate::transport::{HttpSettings, HttpTransport, Timeouts};

const GOOD: &str = r#"{"predictions":[{"variation_id":"v"}]}"#;

/// A request as it came: its first line, its headers in lower case, its body.
#[derive(Clone, Debug)]
struct Received {
    line: String,
    headers: String,
    body: String,
}

/// Status line and body for the nth request, from 0.
type Answer = dyn Fn(usize) -> (&'static str, String) + Send + Sync;

/// A server that lives until the test's process ends.
struct Server {
    address: String,
    received: Arc<(Mutex<Vec<Received>>, Condvar)>,
}

impl Server {
    /// Holds the answer to each request until `together` of them have come.
    fn new(
        together: usize,
        answer: impl Fn(usize) -> (&'static str, String) + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let received = Arc::<(Mutex<Vec<_>>, Condvar)>::default();
        let (shared, answer) = (Arc::clone(&received), Arc::<Answer>::from(Box::new(answer) as Box<Answer>));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (shared, answer) = (Arc::clone(&shared), Arc::clone(&answer));
                thread::spawn(move || serve(&stream, together, &shared, &*answer));
            }
        });
        Self { address, received }
    }

    fn always(status: &'static str, body: &'static str) -> Self {
        Self::new(1, move |_| (status, body.to_owned()))
    }

    fn predictor(&self) -> HttpPredictor {
        HttpPredictor::new(transport(), &format!("http://{}/predict/%s?x=1", self.address))
    }

    fn predict(&self) -> Result<Box<str>, String> {
        self.predictor().predict("secret-user", &ask("r1"))
    }

    fn received(&self) -> Vec<Received> {
        self.received.0.lock().expect("not poisoned").clone()
    }
}

fn serve(stream: &TcpStream, together: usize, received: &(Mutex<Vec<Received>>, Condvar), answer: &Answer) {
    let (mut reader, mut writer) = (BufReader::new(stream), stream);
    while let Some(request) = read(&mut reader) {
        let number = {
            let mut list = received.0.lock().expect("not poisoned");
            list.push(request);
            let number = list.len() - 1;
            received.1.notify_all();
            drop(received.1.wait_while(list, |list| list.len() < together).expect("not poisoned"));
            number
        };
        let (status, body) = answer(number);
        let head =
            format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nLocation: /elsewhere\r\n\r\n", body.len());
        if writer.write_all((head + &body).as_bytes()).is_err() {
            return;
        }
    }
}

fn read(reader: &mut BufReader<&TcpStream>) -> Option<Received> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|bytes| *bytes > 0)?;
    let mut headers = String::new();
    while !headers.ends_with("\r\n\r\n") {
        reader.read_line(&mut headers).ok().filter(|bytes| *bytes > 0)?;
    }
    let headers = headers.to_lowercase();
    let length = headers.split("content-length: ").nth(1)?.split('\r').next()?.parse().ok()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Received { line: line.trim().to_owned(), headers, body: String::from_utf8(body).ok()? })
}

fn transport() -> Box<dyn Transport> {
    let timeouts = Timeouts { connect: Duration::from_secs(10), total: Duration::from_secs(30) };
    let settings = HttpSettings { idle: crate::cmab::AT_ONCE, ..HttpSettings::new(timeouts, "test") };
    Box::new(HttpTransport::new(settings))
}

fn ask(rule_id: &str) -> Ask {
    Ask { rule_id: rule_id.into(), cmab_uuid: "uuid".into(), body: r#"{"instances":[]}"#.to_owned() }
}

#[test]
fn a_question_is_posted_as_json_to_the_address_of_its_rule() {
    let server = Server::always("200 OK", GOOD);
    assert_eq!(server.predict().as_deref(), Ok("v"));
    let received = server.received();
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].line, "POST /predict/r1?x=1 HTTP/1.1");
    assert!(received[0].headers.contains("content-type: application/json\r\n"), "{:?}", received[0]);
    assert_eq!(received[0].body, r#"{"instances":[]}"#);
}

#[test]
fn a_rule_id_is_one_segment_of_the_path() {
    for (id, expected) in [
        ("10-a_b.C~9", "10-a_b.C~9"),
        ("a/../b?c#d", "a%2F..%2Fb%3Fc%23d"),
        ("ä %s", "%C3%A4%20%25s"),
        ("\r\n", "%0D%0A"),
    ] {
        assert_eq!(segment(id), expected);
    }
    let server = Server::always("200 OK", GOOD);
    assert_eq!(server.predictor().predict("u", &ask("a/b %s\r\n")).as_deref(), Ok("v"));
    assert_eq!(server.received()[0].line, "POST /predict/a%2Fb%20%25s%0D%0A?x=1 HTTP/1.1");
}

#[test]
fn an_id_may_be_a_number_and_any_2xx_is_success() {
    let number = r#"{"predictions":[{"variation_id":9007199254740993}]}"#;
    assert_eq!(Server::always("200 OK", number).predict().as_deref(), Ok("9007199254740993"));
    assert_eq!(Server::always("202 Accepted", GOOD).predict().as_deref(), Ok("v"));
}

#[test]
fn what_fails_once_is_asked_a_second_time() {
    for status in ["500 Internal Server Error", "404 Not Found", "429 Too Many Requests"] {
        let server =
            Server::new(1, move |number| (if number == 0 { status } else { "200 OK" }, GOOD.to_owned()));
        assert_eq!(server.predict().as_deref(), Ok("v"), "{status}");
        assert_eq!(server.received().len(), 2);
    }
    let server =
        Server::new(1, |number| ("200 OK", if number == 0 { "secret-body" } else { GOOD }.to_owned()));
    assert_eq!(server.predict().as_deref(), Ok("v"));
}

#[test]
fn what_fails_twice_is_an_error_that_shows_nothing_of_the_user() {
    for (status, body, error) in [
        ("500 Oops", "secret", "the prediction service answered with HTTP status 500"),
        ("400 Bad Request", GOOD, "the prediction service answered with HTTP status 400"),
        (
            "200 OK",
            "secret",
            "the prediction service's answer can't be used: the answer is no JSON at line 1, column 1",
        ),
        (
            "200 OK",
            "",
            "the prediction service's answer can't be used: the answer is no JSON at line 1, column 0",
        ),
    ] {
        let server = Server::always(status, body);
        assert_eq!(server.predict(), Err(error.to_owned()));
        assert_eq!(server.received().len(), 2, "{status}");
    }
}

#[test]
fn a_redirect_is_not_followed() {
    let server = Server::always("307 Temporary Redirect", GOOD);
    assert_eq!(server.predict(), Err("the prediction service answered with HTTP status 307".to_owned()));
    let lines: Vec<_> = server.received().into_iter().map(|received| received.line).collect();
    assert_eq!(lines, ["POST /predict/r1?x=1 HTTP/1.1"; 2]);
}

#[test]
fn a_server_that_is_not_there_is_an_error() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let predictor = HttpPredictor::new(transport(), &format!("http://{address}/%s"));
    let error = predictor.predict("secret-user", &ask("r")).expect_err("nobody listens");
    assert!(error.starts_with("the prediction service gave no answer: "), "{error}");
    assert!(!error.contains("secret"), "{error}");
}

#[test]
fn three_questions_are_on_their_way_at_once() {
    let server = Server::new(3, |_| ("200 OK", GOOD.to_owned()));
    let limits = CacheLimits::default();
    let (clock, random) = (Arc::new(SystemClock::default()), Arc::new(SystemRandom));
    let cmab = Cmab::new(Box::new(server.predictor()), limits, clock, random);
    let questions = ["1", "2", "3"].map(|rule_id| Question { rule_id, attributes: "[]" });
    for origin in [Origin::Asked, Origin::Cache] {
        for answer in cmab.answers("u", &questions, true) {
            let (answer, from) = answer.expect("an answer");
            assert_eq!((&*answer.variation_id, from), ("v", origin));
        }
    }
    let mut lines: Vec<_> = server.received().into_iter().map(|received| received.line).collect();
    lines.sort_unstable();
    assert_eq!(lines, ["1", "2", "3"].map(|rule| format!("POST /predict/{rule}?x=1 HTTP/1.1")));
}

#[test]
fn eight_threads_with_one_question_send_one_request() {
    let server = Server::always("200 OK", GOOD);
    let limits = CacheLimits::default();
    let (clock, random) = (Arc::new(SystemClock::default()), Arc::new(SystemRandom));
    let cmab = Cmab::new(Box::new(server.predictor()), limits, clock, random);
    let ask = || cmab.answers("u", &[Question { rule_id: "1", attributes: "[]" }], true).remove(0);
    let answers: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    let uuids: Vec<_> = answers.into_iter().map(|answer| answer.expect("an answer").0.cmab_uuid).collect();
    assert!(uuids.len() == 8 && uuids.iter().all(|uuid| *uuid == uuids[0]), "{uuids:?}");
    let received = server.received();
    assert_eq!(received.len(), 1);
    assert!(received[0].body.contains(&*uuids[0]), "{received:?}");
}
