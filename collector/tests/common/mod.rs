//! A raw client and payloads, for tests that look at bytes.
#![allow(dead_code, reason = "each test program uses its own part of this")]

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use opttrack_collector::Collector;

/// Nothing here takes so long; it keeps a broken collector from hanging the tests.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// One connection to a collector.
pub struct Peer(pub TcpStream);

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).expect("the body is JSON")
    }
}

impl Peer {
    pub fn to(collector: &Collector) -> Peer {
        let stream = TcpStream::connect(("127.0.0.1", collector.port())).expect("it listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a time-out can be set");
        stream.set_nodelay(true).expect("and this too");
        Peer(stream)
    }

    pub fn send(&mut self, bytes: &str) {
        self.0.write_all(bytes.as_bytes()).expect("it reads");
    }

    pub fn post(&mut self, body: &str) {
        self.send(&request("POST", "/v1/events", body));
    }

    /// Posts and reads the answer.
    pub fn posted(&mut self, body: &str) -> Answer {
        self.post(body);
        self.answer()
    }

    /// Asks and reads the answer.
    pub fn ask(&mut self, method: &str, path: &str, body: &str) -> Answer {
        self.send(&request(method, path, body));
        self.answer()
    }

    /// One answer with a Content-Length, or none and no body.
    pub fn answer(&mut self) -> Answer {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            assert_eq!(self.0.read(&mut byte).expect("an answer comes"), 1, "the head ends early: {head:?}");
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).expect("the head is text");
        let status = head.split(' ').nth(1).and_then(|word| word.parse().ok()).expect("a status");
        let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: "));
        let mut body = vec![0; length.map_or(0, |digits| digits.parse().expect("a length"))];
        self.0.read_exact(&mut body).expect("the body comes whole");
        Answer { status, head, body: String::from_utf8(body).expect("the body is text") }
    }

    /// Everything up to the end, which must be a polite one.
    pub fn rest(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.0.read_to_end(&mut bytes).expect("the connection ends without a reset");
        bytes
    }

    pub fn rest_as_text(&mut self) -> String {
        String::from_utf8(self.rest()).expect("text")
    }

    /// The next thing to be read is a reset.
    pub fn assert_reset(&mut self) {
        let error = self.0.read(&mut [0; 64]).expect_err("a reset, not bytes and not a polite end");
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    }
}

pub fn request(method: &str, path: &str, body: &str) -> String {
    format!("{method} {path} HTTP/1.1\r\nHost: test\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

/// A collector with these faults.
pub fn faulty(faults: &str) -> Collector {
    let collector = Collector::start().expect("a loopback port is free");
    collector.set_faults(faults).expect("the faults are well-formed");
    collector
}

/// How often a kind of fault fired.
pub fn fired(collector: &Collector, kind: &str) -> u64 {
    let fired = collector.stats().faults_fired;
    fired.into_iter().find_map(|(name, count)| (name == kind).then_some(count)).expect("a kind there is")
}

pub fn uuid(number: u32) -> String {
    format!("00000000-0000-4000-8000-{number:012x}")
}

pub fn batch(visitors: &[String]) -> String {
    format!(
        r#"{{"account_id":"12001","project_id":"111001","revision":"42","client_name":"libopttrack",
        "client_version":"1.0.0","anonymize_ip":false,"enrich_decisions":true,"visitors":[{}]}}"#,
        visitors.join(",")
    )
}

/// A visitor with one conversion; `more` are further members of the event, each after a comma.
pub fn conversion(number: u32, visitor: &str, timestamp: i64, more: &str) -> String {
    format!(
        r#"{{"visitor_id":"{visitor}","attributes":[{{"entity_id":"111094","key":"plan","type":"custom","value":"gold"}}],
        "snapshots":[{{"events":[{{"entity_id":"111095","key":"purchase","timestamp":{timestamp},
        "uuid":"{}"{more}}}]}}]}}"#,
        uuid(number)
    )
}

/// A visitor with one impression of the experiment `rule`.
pub fn impression(number: u32, visitor: &str, timestamp: i64, rule: &str, variation: &str) -> String {
    format!(
        r#"{{"visitor_id":"{visitor}","attributes":[],"snapshots":[{{"decisions":[{{"campaign_id":"c-{rule}",
        "experiment_id":"e-{rule}","variation_id":"{}","metadata":{{"flag_key":"shop","rule_key":"{rule}",
        "rule_type":"feature-test","variation_key":"{variation}","enabled":true}}}}],
        "events":[{{"entity_id":"c-{rule}","key":"campaign_activated","timestamp":{timestamp},"uuid":"{}"}}]}}]}}"#,
        variation.bytes().map(u64::from).sum::<u64>(),
        uuid(number)
    )
}

/// A batch of one conversion.
pub fn one(number: u32) -> String {
    batch(&[conversion(number, "visitor-1", 1_700_000_000_123, "")])
}
