//! The poller on times that are told it.

use super::*;

const SECOND: Duration = Duration::from_secs(1);
const INTERVAL: Duration = Duration::from_secs(300);

fn poller() -> Poller {
    Poller::new(Source::new("abcdefgh", Some("TOKEN"), Some("https://host/%s.json")), Some(INTERVAL))
}

/// To the nearest second.
fn seconds_between(from: Duration, to: Duration) -> u64 {
    let between = to.checked_sub(from).expect("later") + Duration::from_millis(500);
    between.as_secs()
}

fn answered(status: u16) -> Answer {
    Answer { status, ..Answer::default() }
}

fn names(fetch: &Fetch) -> Vec<&'static str> {
    fetch.headers.iter().map(|(name, _)| *name).collect()
}

/// One attempt that brings a datafile.
fn take(poller: &mut Poller, now: Duration, etag: &str) {
    poller.begin(now).expect("due");
    let answer = Answer { etag: Some(etag.into()), body: b"{}".to_vec(), ..answered(200) };
    match poller.complete(Fetched::Answered(answer), now, 0) {
        Polled::Datafile(text, validators) => {
            assert_eq!(text, "{}");
            poller.accepted(validators, now, 0);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_first_attempt_is_due_at_once_and_the_next_after_an_interval_give_or_take_a_tenth() {
    for (random, expected) in [(0, 270), (u64::MAX / 2, 300), (u64::MAX, 330)] {
        let mut poller = poller();
        let fetch = poller.begin(SECOND).expect("due at once");
        assert_eq!((fetch.method, &*fetch.url), (Method::Get, "https://host/abcdefgh.json"));
        assert_eq!(names(&fetch), ["Authorization"]);
        assert_eq!(poller.due(), None, "one at a time");
        let polled = poller.complete(Fetched::Answered(answered(200)), SECOND, random);
        assert!(matches!(polled, Polled::Datafile(..)));
        poller.accepted(Validators::default(), SECOND, random);
        let due = poller.due().expect("the next one");
        assert_eq!(seconds_between(SECOND, due), expected);
    }
}

#[test]
fn what_the_datafile_in_force_came_with_is_sent_and_nothing_else() {
    let mut poller = poller();
    take(&mut poller, SECOND, "\"one\"");
    let fetch = poller.begin(INTERVAL * 2).expect("due");
    assert!(fetch.headers.contains(&("If-None-Match", "\"one\"".into())), "{:?}", fetch.headers);
    // A datafile that is refused must come again.
    let answer = Answer { etag: Some("\"two\"".into()), body: b"<html>".to_vec(), ..answered(200) };
    assert!(matches!(poller.complete(Fetched::Answered(answer), INTERVAL * 2, 0), Polled::Datafile(..)));
    poller.refused(INTERVAL * 2, 0);
    let fetch = poller.begin(INTERVAL * 3).expect("due");
    assert!(fetch.headers.contains(&("If-None-Match", "\"one\"".into())), "{:?}", fetch.headers);
    assert_eq!(poller.complete(Fetched::Answered(answered(304)), INTERVAL * 3, 0), Polled::Unchanged);
    poller.forget();
    let fetch = poller.begin(INTERVAL * 5).expect("due");
    assert_eq!(names(&fetch), ["Authorization"]);
    let polled = poller.complete(Fetched::Answered(answered(304)), INTERVAL * 5, 0);
    assert!(matches!(polled, Polled::Failed(why) if why.contains("304")));
}

#[test]
fn attempts_that_fail_come_later_and_later_up_to_the_interval() {
    let mut poller = poller();
    let mut now = SECOND;
    for expected in [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300] {
        poller.begin(now).expect("due");
        let polled = poller.complete(Fetched::Failed("refused".into()), now, u64::MAX);
        assert!(matches!(polled, Polled::Failed(why) if why.contains("refused")));
        let due = poller.due().expect("another attempt");
        assert_eq!(seconds_between(now, due), expected);
        now = due;
    }
    take(&mut poller, now, "x");
    let now = poller.due().expect("the next one");
    poller.begin(now).expect("due");
    let answer = Answer { retry_after: Some(SECOND * 77), ..answered(503) };
    poller.complete(Fetched::Answered(answer), now, 0);
    assert_eq!(poller.due(), Some(now + SECOND * 77), "as long as the server says");
}

#[test]
fn without_an_interval_it_asks_until_the_first_success() {
    let mut poller = Poller::new(Source::new("key", None, None), None);
    poller.begin(SECOND).expect("due");
    poller.complete(Fetched::Failed("refused".into()), SECOND, 0);
    let due = poller.due().expect("again");
    take(&mut poller, due, "x");
    assert_eq!(poller.due(), None);
    poller.hurry();
    assert!(poller.begin(due).is_some(), "unless somebody asks for it");
}

#[test]
fn redirects_are_followed_without_the_token_and_not_for_ever() {
    let mut poller = poller();
    let redirect = |to: &str| Fetched::Answered(Answer { location: Some(to.into()), ..answered(302) });
    let fetch = poller.begin(SECOND).expect("due");
    assert!(!fetch.is_led_away);
    assert_eq!(poller.complete(redirect("/other"), SECOND, 0), Polled::Redirected);
    let fetch = poller.begin(SECOND).expect("at once");
    assert_eq!((&*fetch.url, names(&fetch)), ("https://host/other", vec!["Authorization"]));
    assert_eq!(poller.complete(redirect("https://elsewhere/x"), SECOND, 0), Polled::Redirected);
    let fetch = poller.begin(SECOND).expect("at once");
    assert_eq!((&*fetch.url, names(&fetch), fetch.is_led_away), ("https://elsewhere/x", vec![], true));
    // Back again, but by the word of another host.
    assert_eq!(poller.complete(redirect("https://host/back"), SECOND, 0), Polled::Redirected);
    assert!(names(&poller.begin(SECOND).expect("at once")).is_empty());
    for _ in 0..2 {
        assert_eq!(poller.complete(redirect("/again"), SECOND, 0), Polled::Redirected);
        poller.begin(SECOND).expect("at once");
    }
    let polled = poller.complete(redirect("/again"), SECOND, 0);
    assert!(matches!(polled, Polled::Failed(why) if why.contains("more than 5 redirects")));
    assert!(poller.due().is_some_and(|due| due > SECOND));
    // The next attempt begins where the first did.
    assert_eq!(&*poller.begin(INTERVAL).expect("due").url, "https://host/abcdefgh.json");
    let polled = poller.complete(redirect("http://host/x"), INTERVAL, 0);
    assert!(matches!(polled, Polled::Failed(why) if why.contains("from https to http")));
}

#[test]
fn what_a_user_can_mend_is_said_without_secrets() {
    for (status, said) in
        [(403, "access token"), (401, "access token"), (404, "SDK key"), (500, "500"), (204, "204")]
    {
        let mut poller = poller();
        poller.begin(SECOND).expect("due");
        match poller.complete(Fetched::Answered(answered(status)), SECOND, 0) {
            Polled::Failed(why) => assert!(why.contains(said), "{why}"),
            other => panic!("{status}: {other:?}"),
        }
    }
    let mut poller = poller();
    poller.begin(SECOND).expect("due");
    let polled = poller.complete(Fetched::Failed("https://host/abcdefgh.json TOKEN".into()), SECOND, 0);
    assert_eq!(polled, Polled::Failed("gave no answer (https://host/abcd….json …)".into()));
}

#[test]
fn a_suspended_poller_asks_for_nothing_and_once_when_it_is_resumed() {
    let mut poller = poller();
    take(&mut poller, SECOND, "x");
    poller.suspend();
    assert_eq!(poller.due(), None);
    assert!(poller.begin(INTERVAL * 10).is_none());
    poller.resume();
    assert!(poller.begin(INTERVAL * 10).is_some());
    poller.complete(Fetched::Answered(answered(304)), INTERVAL * 10, 0);
    assert!(poller.due().is_some_and(|due| due > INTERVAL * 10));
}
