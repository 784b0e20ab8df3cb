//! Requests, answers and events of the Data Platform, and the cache of segments.

use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::value::Value;

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn the_request_asks_for_the_segments_of_the_datafile() {
    let body = String::from_utf8(request("a\"b", &["one".into(), "two".into()])).expect("text");
    let query = "query($userId: String, $audiences: [String]) {customer(fs_user_id: $userId) {audiences(subset: \
        $audiences) {edges {node {name state}}}}}";
    assert_eq!(
        body,
        format!(r#"{{"query":"{query}","variables":{{"userId":"a\"b","audiences":["one","two"]}}}}"#)
    );
}

#[test]
fn only_qualified_segments_count() {
    let body = br#"{"data":{"customer":{"audiences":{"edges":[{"node":{"name":"a","state":"qualified"}},
        {"node":{"name":"b","state":"not_qualified"}},{"node":{"name":"c","state":"qualified"}},{"node":{}},{}]}}}}"#;
    assert_eq!(answer(200, body), Ok(vec!["a".into(), "c".into()]));
    assert_eq!(answer(200, br#"{"errors":[],"data":{"customer":{"audiences":{"edges":[]}}}}"#), Ok(vec![]));
}

#[test]
fn what_is_wrong_with_an_answer_is_said() {
    for (status, body, said) in [
        (400, "{}", "status 400"),
        (503, "{}", "status 503"),
        (200, "<html>", "decode error"),
        (200, "{}", "decode error"),
        (200, r#"{"data":{"customer":null}}"#, "decode error"),
        (200, r#"{"errors":[{"extensions":{"code":"INVALID_IDENTIFIER_EXCEPTION"}}]}"#, "invalid identifier"),
        (200, r#"{"errors":[{"extensions":{"classification":"Fetching"}}]}"#, "(Fetching)"),
        (200, r#"{"errors":[{}]}"#, "decode error"),
    ] {
        let error = answer(status, body.as_bytes()).expect_err(body);
        assert!(error.contains(said), "{body}: {error}");
    }
}

fn written(event: &OdpEvent<'_>) -> String {
    let mut out = b"{".to_vec();
    event.write_head(&mut out);
    out.extend_from_slice(b",\"data\":{");
    let is_given = event.write_data(&mut out, "name", "1.2");
    out.extend_from_slice(if is_given { b"}}!" } else { b"}}" });
    String::from_utf8(out).expect("text")
}

#[test]
fn an_event_has_the_common_data_unless_the_caller_gives_it() {
    let event = OdpEvent {
        kind: "",
        action: "bought",
        identifiers: &[("email", "a@b"), ("FS-User-Id", "u")],
        data: &[("data_source", Value::Str("mine")), ("price", Value::Double(1.5)), ("none", Value::Null)],
    };
    assert_eq!(
        written(&event),
        r#"{"type":"fullstack","action":"bought","identifiers":{"email":"a@b","fs_user_id":"u"},"data":{"data_source_type":"sdk","data_source_version":"1.2","data_source":"mine","price":1.5,"none":null}}"#
    );
    assert_eq!(event.user_id(), "u");
    let event = OdpEvent { kind: "t", data: &[("idempotence_id", Value::Str("x"))], ..event };
    assert!(written(&event).ends_with("\"idempotence_id\":\"x\"}}!"));
    let both = [("fs-user-id", "other"), ("fs_user_id", "u")];
    let event = OdpEvent { identifiers: &both, ..event };
    assert!(written(&event).contains(r#"{"fs-user-id":"other","fs_user_id":"u"}"#));
    assert_eq!(event.user_id(), "u");
}

#[test]
fn what_can_be_no_event_is_refused_by_name() {
    let good = OdpEvent { kind: "", action: "a", identifiers: &[("vuid", "v")], data: &[] };
    assert_eq!(check(&good), Ok(()));
    assert_eq!(check(&OdpEvent { identifiers: &[], ..good }), Err(EventFault::NoIdentifiers));
    assert_eq!(check(&OdpEvent { action: "", ..good }), Err(EventFault::NoAction));
    let data = [("ok", Value::Int(1)), ("bad", Value::Double(f64::NAN))];
    assert_eq!(check(&OdpEvent { data: &data, ..good }), Err(EventFault::BadValue("bad")));
}

#[test]
fn the_cache_keeps_the_most_recently_used_for_their_time() {
    let cache = SegmentCache::new(2, 10 * SECOND);
    let segments: Arc<[Box<str>]> = Arc::new(["s".into()]);
    let save = |user: &str, now| cache.save(user, Arc::clone(&segments), cache.ticket(), now);
    save("a", SECOND);
    save("b", SECOND * 2);
    assert!(cache.find("a", SECOND * 3).is_some());
    save("c", SECOND * 4);
    assert!(cache.find("b", SECOND * 4).is_none(), "used longest ago");
    assert!(cache.find("a", SECOND * 10).is_some());
    assert!(cache.find("a", SECOND * 11).is_none(), "its time is over");
    let ticket = cache.ticket();
    cache.reset();
    assert!(cache.find("c", SECOND * 5).is_none());
    cache.save("late", Arc::clone(&segments), ticket, SECOND * 5);
    assert!(cache.find("late", SECOND * 5).is_none(), "it was asked for before the reset");
    let none = SegmentCache::new(0, SECOND);
    none.save("a", Arc::clone(&segments), none.ticket(), SECOND);
    assert!(none.find("a", SECOND).is_none());
    let for_ever = SegmentCache::new(1, Duration::ZERO);
    for_ever.save("a", segments, for_ever.ticket(), SECOND);
    assert!(for_ever.find("a", SECOND * 1_000_000_000).is_some());
}
