//! Each fault does to the bytes what its name says.

mod common;

use std::io::Write;
use std::time::{Duration, Instant};

use common::{Peer, batch, conversion, faulty, fired, one};

/// Posts one event on a new connection and returns all that comes back until the connection ends.
fn all_that_comes(faults: &str, unique: u64) -> String {
    let collector = faulty(faults);
    let mut peer = Peer::to(&collector);
    peer.post(&one(1));
    let text = peer.rest_as_text();
    assert_eq!(collector.stats().unique, unique, "events that count");
    text
}

#[test]
fn status_answers_with_any_number_and_its_retry_after() {
    for status in [0, 42, 200, 204, 299, 301, 400, 404, 429, 503, 599, 600, 999] {
        let collector = faulty(&format!(
            r#"[{{"kind":"status","status":{status},"retry_after":["1","Sun, 06 Nov 1994"]}}]"#
        ));
        let mut peer = Peer::to(&collector);
        let answer = peer.posted(&one(1));
        assert!(answer.head.starts_with(&format!("HTTP/1.1 {status} ")), "{}", answer.head);
        assert!(answer.head.contains("Retry-After: 1\r\nRetry-After: Sun, 06 Nov 1994\r\n"));
        let stats = collector.stats();
        let success = (200..300).contains(&status);
        assert_eq!(
            (stats.unique, stats.rejected_posts),
            (u64::from(success), u64::from(!success)),
            "status {status}"
        );
        assert_eq!(fired(&collector, "status"), 1);
        collector.clear_faults();
        assert_eq!(peer.posted(&one(1)).status, 204, "the connection goes on");
    }
}

#[test]
fn an_interim_status_is_followed_by_the_real_answer() {
    let collector = faulty(r#"[{"kind":"status","status":103}]"#);
    let mut peer = Peer::to(&collector);
    assert_eq!(peer.posted(&one(1)).status, 103);
    assert_eq!(peer.answer().status, 204);
    assert_eq!(collector.stats().unique, 1);
}

#[test]
fn an_early_status_comes_before_the_body_and_then_a_reset() {
    let collector = faulty(r#"[{"kind":"status","status":429,"early":true}]"#);
    let mut peer = Peer::to(&collector);
    peer.send("POST /v1/events HTTP/1.1\r\nContent-Length: 3000000\r\n\r\n{\"acc");
    assert_eq!(peer.answer().status, 429);
    peer.assert_reset();
    assert_eq!(collector.stats().rejected_posts, 1);
}

#[test]
fn delay_answers_late_and_combines_with_another_fault() {
    let collector = faulty(r#"[{"kind":"delay","delay_ms":60},{"kind":"status","status":503,"skip":1}]"#);
    let mut peer = Peer::to(&collector);
    for status in [204, 503] {
        let start = Instant::now();
        assert_eq!(peer.posted(&one(1)).status, status);
        assert!(start.elapsed() >= Duration::from_millis(60));
    }
    assert_eq!((fired(&collector, "delay"), fired(&collector, "status")), (2, 1));
}

#[test]
fn drop_before_resets_when_only_the_request_line_is_there() {
    let collector = faulty(r#"[{"kind":"drop_before"}]"#);
    let mut peer = Peer::to(&collector);
    peer.send("POST /v1/events HTTP/1.1\r\n");
    peer.assert_reset();
    assert_eq!((collector.stats().posts, collector.stats().rejected_posts), (1, 1));
}

#[test]
fn drop_after_reads_the_request_and_resets() {
    for (commit, unique) in [("", 0), (r#","commit":true"#, 1)] {
        let collector = faulty(&format!(r#"[{{"kind":"drop_after"{commit}}}]"#));
        let mut peer = Peer::to(&collector);
        peer.post(&one(1));
        peer.assert_reset();
        let stats = collector.stats();
        assert_eq!((stats.posts, stats.unique, stats.rejected_posts), (1, unique, 1 - unique));
    }
}

#[test]
fn stall_never_answers_until_the_faults_are_cleared() {
    let collector = faulty(r#"[{"kind":"stall"}]"#);
    let mut peer = Peer::to(&collector);
    peer.post(&one(1));
    assert!(collector.wait(common::PATIENCE, |stats| stats.posts == 1));
    peer.0.set_nonblocking(true).expect("it can be set");
    assert_eq!(peer.0.peek(&mut [0]).expect_err("no answer").kind(), std::io::ErrorKind::WouldBlock);
    peer.0.set_nonblocking(false).expect("it can be set");
    collector.clear_faults();
    assert_eq!(peer.rest(), b"");
}

#[test]
fn stall_is_bounded_by_its_time_and_by_the_collectors_life() {
    let collector = faulty(r#"[{"kind":"stall","stall_ms":50,"count":1},{"kind":"stall"}]"#);
    let start = Instant::now();
    let mut peer = Peer::to(&collector);
    peer.post(&one(1));
    assert_eq!(peer.rest(), b"");
    assert!(start.elapsed() >= Duration::from_millis(50));
    let mut unbounded = Peer::to(&collector);
    unbounded.post(&one(2));
    assert!(collector.wait(common::PATIENCE, |stats| stats.posts == 2));
    drop(collector);
    assert_eq!(unbounded.rest(), b"");
}

#[test]
fn truncate_cuts_the_head() {
    let text = all_that_comes(r#"[{"kind":"truncate"}]"#, 0);
    assert!(text.starts_with("HTTP/1.1 200 OK\r\n") && !text.contains("\r\n\r\n"), "{text}");
}

#[test]
fn truncate_cuts_the_body() {
    let text = all_that_comes(r#"[{"kind":"truncate","part":"body","commit":true}]"#, 1);
    let (head, body) = text.split_once("\r\n\r\n").expect("a whole head");
    let length: usize =
        head.split("Content-Length: ").nth(1).expect("a length").trim().parse().expect("a number");
    assert!(!body.is_empty() && body.len() < length, "{text}");
}

#[test]
fn wrong_length_declares_too_much_and_ends() {
    let text = all_that_comes(r#"[{"kind":"wrong_length","declared":9000}]"#, 0);
    let (head, body) = text.split_once("\r\n\r\n").expect("a whole head");
    assert!(head.contains("Content-Length: 9000") && !body.is_empty() && body.len() < 9000, "{text}");
}

#[test]
fn wrong_length_declares_too_little_and_goes_on() {
    let collector = faulty(r#"[{"kind":"wrong_length","declared":4,"count":1}]"#);
    let mut peer = Peer::to(&collector);
    assert_eq!(peer.posted(&one(1)).body.len(), 4);
    peer.post(&one(2));
    let surplus = peer.answer_after_surplus();
    assert!(surplus.ends_with('}') && !surplus.is_empty(), "{surplus}");
    assert_eq!(collector.stats().unique, 2);
}

#[test]
fn wrong_length_takes_nonsense_and_several_lengths() {
    let text = all_that_comes(r#"[{"kind":"wrong_length","declared":["-5","many",7]}]"#, 0);
    assert!(text.contains("Content-Length: -5\r\nContent-Length: many\r\nContent-Length: 7\r\n"), "{text}");
}

#[test]
fn huge_sends_a_body_in_chunks_without_end() {
    let text = all_that_comes(r#"[{"kind":"huge","bytes":300000}]"#, 1);
    assert!(text.contains("Transfer-Encoding: chunked\r\n\r\n4000\r\nxxx"));
    assert!(text.len() >= 300_000 && !text.ends_with("0\r\n\r\n"));
}

#[test]
fn huge_sends_a_body_of_a_length_beyond_reason() {
    let text = all_that_comes(r#"[{"kind":"huge","bytes":100000,"declared":10737418240,"status":500}]"#, 0);
    let (head, body) = text.split_once("\r\n\r\n").expect("a whole head");
    assert!(head.starts_with("HTTP/1.1 500 ") && head.ends_with("Content-Length: 10737418240"));
    assert_eq!(body.len(), 100_000);
}

#[test]
fn huge_sends_headers_without_end() {
    let text = all_that_comes(r#"[{"kind":"huge","part":"head","bytes":1000000}]"#, 0);
    assert!(text.len() >= 1_000_000 && !text.contains("\r\n\r\n"));
    assert!(text.lines().count() > 10_000);
}

#[test]
fn huge_ends_when_the_client_leaves() {
    let collector = faulty(r#"[{"kind":"huge","bytes":9000000000000}]"#);
    let mut peer = Peer::to(&collector);
    peer.post(&one(1));
    assert_eq!(peer.answer().status, 200);
    drop(peer);
    // Its end waits for every connection's thread.
    drop(collector);
}

#[test]
fn trickle_sends_a_byte_at_a_time() {
    let collector = faulty(r#"[{"kind":"trickle","delay_ms":2}]"#);
    let mut peer = Peer::to(&collector);
    let start = Instant::now();
    let answer = peer.posted(&one(1));
    let gaps = (answer.head.len() + answer.body.len() - 1) as u32;
    assert!(start.elapsed() >= Duration::from_millis(2) * gaps, "{:?} for {gaps} gaps", start.elapsed());
    assert_eq!((answer.status, collector.stats().unique), (200, 1));
    collector.clear_faults();
    assert_eq!(peer.posted(&one(2)).status, 204, "the connection goes on");
}

#[test]
fn garbage_is_not_http() {
    assert!(all_that_comes(r#"[{"kind":"garbage"}]"#, 0).starts_with('\u{1}'));
    assert_eq!(
        all_that_comes(r#"[{"kind":"garbage","text":"PRI * HTTP/2.0\r\n"}]"#, 0),
        "PRI * HTTP/2.0\r\n"
    );
}

#[test]
fn redirect_names_a_place() {
    for status in [301, 302, 303, 307, 308] {
        for (given, place) in [("", "/v1/events"), (r#","location":"file:///tmp/x""#, "file:///tmp/x")] {
            let collector = faulty(&format!(r#"[{{"kind":"redirect","status":{status}{given}}}]"#));
            let answer = Peer::to(&collector).posted(&one(1));
            assert_eq!(answer.status, status);
            assert!(answer.head.contains(&format!("Location: {place}\r\n")), "{}", answer.head);
            assert_eq!(collector.stats().rejected_posts, 1);
        }
    }
}

#[test]
fn poison_refuses_a_batch_that_holds_the_visitor() {
    let collector = faulty(
        r#"[{"kind":"poison","visitor":["bad","worse"]},{"kind":"poison","visitor":"odd","status":422}]"#,
    );
    let mut peer = Peer::to(&collector);
    let pair = |visitor: &str| batch(&[conversion(1, "good", 5, ""), conversion(2, visitor, 5, "")]);
    for (visitor, status) in [("fine", 204), ("worse", 400), ("bad", 400), ("odd", 422), ("bad-not", 204)] {
        assert_eq!(peer.posted(&pair(visitor)).status, status, "{visitor}");
    }
    assert_eq!((fired(&collector, "poison"), collector.stats().accepted_posts), (3, 2));
}

#[test]
fn max_bytes_refuses_what_is_larger() {
    let (small, large) = (one(1), batch(&[conversion(1, &"v".repeat(500), 5, "")]));
    let collector = faulty(&format!(r#"[{{"kind":"max_bytes","bytes":{}}}]"#, small.len()));
    let mut peer = Peer::to(&collector);
    assert_eq!(
        (peer.posted(&small).status, peer.posted(&large).status, peer.posted(&small).status),
        (204, 413, 204)
    );
    assert_eq!(fired(&collector, "max_bytes"), 1);
}

#[test]
fn max_bytes_may_refuse_before_the_body() {
    let collector = faulty(r#"[{"kind":"max_bytes","bytes":4000,"early":true}]"#);
    let mut peer = Peer::to(&collector);
    assert_eq!(peer.posted(&one(1)).status, 204);
    peer.send("POST /v1/events HTTP/1.1\r\nContent-Length: 4001\r\n\r\n");
    assert_eq!(peer.answer().status, 413);
    peer.assert_reset();
}

#[test]
fn keepalive_race_closes_a_used_connection_as_the_next_request_arrives() {
    let collector = faulty(r#"[{"kind":"keepalive_race"}]"#);
    let mut peer = Peer::to(&collector);
    assert_eq!(peer.posted(&one(1)).status, 204, "the first request of a connection is served");
    peer.post(&one(2));
    assert_eq!(peer.rest(), b"", "a polite end without an answer");
    let stats = collector.stats();
    assert_eq!((stats.unique, stats.rejected_posts, fired(&collector, "keepalive_race")), (1, 1, 1));
}

impl Peer {
    /// Reads the bytes before the next answer, and that answer, which must be a 204.
    fn answer_after_surplus(&mut self) -> String {
        let mut text = Vec::new();
        while !text.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            std::io::Read::read_exact(&mut self.0, &mut byte).expect("bytes come");
            text.write_all(&byte).expect("a Vec takes every write");
        }
        let text = String::from_utf8(text).expect("text");
        let (surplus, _) = text.split_once("HTTP/1.1 204 No Content\r\n").expect("an answer follows");
        surplus.to_owned()
    }
}
