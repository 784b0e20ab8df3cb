//! HTTP as clients really speak it: keep-alive, chunks, 100-continue, limits, and what is not spoken.

mod common;

use common::{Peer, batch, conversion, one};
use opttrack_collector::Collector;

fn started() -> (Collector, Peer) {
    let collector = Collector::start().expect("it starts");
    let peer = Peer::to(&collector);
    (collector, peer)
}

#[test]
fn a_body_may_come_in_chunks() {
    let (collector, mut peer) = started();
    let body = one(1);
    let (first, second) = body.split_at(100);
    let length = second.len();
    peer.send(&format!(
        "POST /v1/events HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n64;note=x\r\n{first}\r\n{length:X}\r\n{second}\r\n\
         0\r\nX-Trailer: yes\r\n\r\n"
    ));
    assert_eq!(peer.answer().status, 204);
    assert_eq!(peer.posted(&one(2)).status, 204, "the connection goes on in step");
    assert_eq!(collector.stats().unique, 2);
}

#[test]
fn a_client_that_expects_continue_is_asked_for_its_body() {
    let (_collector, mut peer) = started();
    let body = one(1);
    let length = body.len();
    peer.send(&format!(
        "POST /v1/events HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: {length}\r\n\r\n"
    ));
    assert_eq!(peer.answer().status, 100);
    peer.send(&body);
    assert_eq!(peer.answer().status, 204);
}

#[test]
fn requests_in_one_piece_are_answered_in_turn() {
    let (collector, mut peer) = started();
    let request = common::request("POST", "/v1/events", &one(1));
    peer.send(&request.repeat(3));
    assert_eq!([peer.answer().status, peer.answer().status, peer.answer().status], [204; 3]);
    assert_eq!(collector.stats().duplicates, 2);
}

#[test]
fn the_connection_closes_when_the_client_wants_it() {
    for (version, header) in [("1.1", "Connection: close\r\n"), ("1.0", "")] {
        let (_collector, mut peer) = started();
        let body = one(1);
        let length = body.len();
        peer.send(&format!(
            "POST /v1/events HTTP/{version}\r\n{header}Content-Length: {length}\r\n\r\n{body}"
        ));
        assert_eq!(peer.rest_as_text(), "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
    }
}

#[test]
fn a_body_beyond_the_limit_is_refused_and_the_answer_arrives() {
    let (collector, mut peer) = started();
    let filler = |bytes: usize| {
        let small = batch(&[conversion(1, "", 5, "")]).len();
        batch(&[conversion(1, &"v".repeat(bytes - small), 5, "")])
    };
    assert_eq!(peer.posted(&filler(3_500_000)).status, 204);
    assert_eq!(peer.posted(&filler(3_500_001)).status, 413);
    let mut peer = Peer::to(&collector);
    peer.send("POST /v1/events HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n7fffffffffffffff\r\n");
    assert_eq!(peer.answer().status, 413);
    assert_eq!((collector.stats().rejected_posts, collector.stats().unique), (2, 1));
}

#[test]
fn a_client_that_leaves_half_way_counts_as_rejected() {
    let (collector, mut peer) = started();
    peer.send("POST /v1/events HTTP/1.1\r\nContent-Length: 500\r\n\r\n{");
    drop(peer);
    assert!(collector.wait(common::PATIENCE, |stats| stats.posts == 1));
    assert_eq!(collector.stats().rejected_posts, 1);
}

#[test]
fn what_is_not_spoken_is_said() {
    for (request, status) in [
        ("nonsense\r\n\r\n", 400),
        ("POST /v1/events HTTP/2.0\r\n\r\n", 505),
        ("POST /v1/events HTTP/1.1\r\nno colon\r\n\r\n", 400),
        ("POST /v1/events HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
        ("POST /v1/events HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        ("POST /v1/events HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n", 413),
        ("POST /v1/events HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        ("POST /v1/events HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
        ("POST /v1/events HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        ("GET /v1/events HTTP/1.1\r\n\r\n", 405),
        ("PUT /v1/events HTTP/1.1\r\n\r\n", 405),
        ("GET /control/nothing HTTP/1.1\r\n\r\n", 404),
        ("POST /control/stats HTTP/1.1\r\n\r\n", 405),
        ("POST http://127.0.0.1/control/reset HTTP/1.1\r\n\r\n", 204),
    ] {
        let (_collector, mut peer) = started();
        peer.send(request);
        assert_eq!(peer.answer().status, status, "{request}");
    }
    let (_collector, mut peer) = started();
    peer.send(&format!("POST /v1/events HTTP/1.1\r\nX: {}", "x".repeat(70_000)));
    assert_eq!(peer.answer().status, 431);
}

#[test]
fn a_body_that_is_not_utf8_is_malformed() {
    let (collector, mut peer) = started();
    std::io::Write::write_all(&mut peer.0, b"POST /v1/events HTTP/1.1\r\nContent-Length: 2\r\n\r\n\xff\xfe")
        .expect("sent");
    assert_eq!(peer.answer().json()["path"], "");
    assert_eq!(collector.stats().malformed_posts, 1);
}
