//! A client that gets its datafile by itself, on a clock and a transport that the test holds in its hands.

use super::super::{Client, ClientOptions, PulledRequest, Topic};
use crate::error::Status;
use crate::event::Tags;
use crate::transport::Method;
use crate::user::User;

fn datafile(revision: &str) -> String {
    format!(
        r#"{{"version":"4","accountId":"1","projectId":"1","revision":"{revision}","events":[{{"id":"9","key":"bought"}}],
        "featureFlags":[{{"key":"flag","id":"7"}}]}}"#
    )
}

struct World {
    client: Client,
    now_ms: u64,
}

impl World {
    fn new(change: impl FnOnce(&mut ClientOptions)) -> Self {
        let mut options = ClientOptions {
            is_pulled: true,
            manual_clock_ms: Some(0),
            queued_topics: Topic::ConfigUpdate as u32,
            notification_capacity: 100,
            log_level: super::super::LogLevel::Off,
            ..ClientOptions::default()
        };
        options.polling.sdk_key = Some("secret-key".to_owned());
        options.polling.interval_ms = 1_000;
        change(&mut options);
        Self { client: Client::new(options).expect("a client"), now_ms: 0 }
    }

    fn wait(&mut self, ms: u64) {
        self.now_ms += ms;
        self.client.set_clock(0, self.now_ms).expect("a manual clock");
    }

    fn asked(&self) -> Option<PulledRequest> {
        self.client.next_request(0).ok()
    }

    fn answer(&self, status: u32, headers: &[(&str, &str)], body: &str) {
        let request = self.asked().expect("a request");
        self.client.complete(request.id, status, headers, body.as_bytes()).expect("it was asked for");
    }

    fn revision(&self) -> Option<String> {
        self.client.optimizely_config().ok().map(|config| config.revision.to_string())
    }
}

#[test]
fn without_a_datafile_every_call_says_so_and_nothing_is_recorded() {
    let world = World::new(|_| {});
    let client = &world.client;
    let user = User::new("visitor");
    let not_ready = |status: Option<Status>| assert_eq!(status, Some(Status::NotReady));
    not_ready(client.track(&user, "bought", &Tags::default()).err().map(|error| error.status()));
    not_ready(client.activate(&user, "x").err().map(|error| error.status()));
    not_ready(client.is_feature_enabled(&user, "flag").err().map(|error| error.status()));
    not_ready(client.get_enabled_features(&user).err().map(|error| error.status()));
    not_ready(client.decide_all(&user, 0).err().map(|error| error.status()));
    not_ready(client.decide_for_keys(&user, &["flag"], 0).err().map(|error| error.status()));
    not_ready(client.set_forced_variation("x", "visitor", "v").err().map(|error| error.status()));
    not_ready(client.optimizely_config().err().map(|error| error.status()));
    let (decision, result) = client.decide(&user, "flag", 0).expect("an error decision");
    not_ready(result.err().map(|error| error.status()));
    assert_eq!(decision.reasons(), ["Optimizely SDK not configured properly yet."]);
    assert_eq!((decision.flag_key(), decision.enabled()), (Some("flag"), false));
    let error = client.wait_ready(0).expect_err("there is none yet");
    assert_eq!(error.status(), Status::Timeout);
    assert_eq!(client.stats().books.accepted(), 0);
}

#[test]
fn the_first_answer_makes_it_ready_and_the_next_ones_keep_it_current() {
    let mut world = World::new(|_| {});
    let request = world.asked().expect("asked at once");
    assert_eq!(request.method, Method::Get);
    assert_eq!(&*request.url, "https://cdn.optimizely.com/datafiles/secret-key.json");
    let headers = [("ETag", "\"1\""), ("Last-Modified", "a day")];
    let text = datafile("1");
    world.client.complete(request.id, 200, &headers, text.as_bytes()).expect("taken");
    world.client.wait_ready(0).expect("ready");
    assert_eq!(world.revision().as_deref(), Some("1"));

    world.wait(800);
    assert!(world.asked().is_none(), "not yet");
    world.wait(300);
    let request = world.asked().expect("after an interval");
    assert_eq!(request.headers, [("If-None-Match", "\"1\"".into()), ("If-Modified-Since", "a day".into())]);
    world.client.complete(request.id, 304, &[], b"").expect("taken");
    world.wait(1_100);
    world.answer(200, &[], &datafile("2"));
    assert_eq!(world.revision().as_deref(), Some("2"));
    let told = |world: &World| world.client.next_notification(0).map(|told| told.payload).ok();
    assert_eq!(told(&world).as_deref(), Some(r#"{"revision":"1"}"#));
    assert_eq!(told(&world).as_deref(), Some(r#"{"revision":"2"}"#));
    // The same once more, and an older one.
    for revision in ["2", "1"] {
        world.wait(1_100);
        world.answer(200, &[], &datafile(revision));
        assert_eq!(world.revision().as_deref(), Some("2"));
    }
    assert_eq!(told(&world), None);
}

#[test]
fn a_bad_answer_never_replaces_a_good_datafile() {
    let mut world = World::new(|options| options.datafile = Some(datafile("5").into()));
    world.client.wait_ready(0).expect("ready from the start");
    for (status, body) in [
        (200, "<html>Sign in</html>"),
        (200, ""),
        (200, "{\"version\":\"9\"}"),
        (404, "{}"),
        (302, ""),
        (500, "{}"),
        (0, "reset"),
        (200, "\u{0}\u{1}"),
    ] {
        world.wait(2_000);
        world.answer(status, &[], body);
        assert_eq!(world.revision().as_deref(), Some("5"), "{status} {body}");
    }
    world.wait(2_000);
    world.answer(200, &[], &datafile("6"));
    assert_eq!(world.revision().as_deref(), Some("6"));
}

#[test]
fn a_bad_datafile_at_the_start_is_replaced_by_the_servers() {
    let folder = std::env::temp_dir().join(format!("opttrack-polled-{}", std::process::id()));
    let keep_in = |options: &mut ClientOptions| options.journal.directory = Some(folder.clone());
    drop(World::new(|options| {
        keep_in(options);
        options.datafile = Some(datafile("5").into());
    }));
    let is_kept = |name: &std::path::Path| name.extension().is_some_and(|extension| extension == "json");
    let mut kept =
        std::fs::read_dir(&folder).expect("a journal").map(|entry| entry.expect("its name").path());
    let kept = kept.find(|path| is_kept(path)).expect("the datafile of the client before");
    std::fs::write(&kept, "{\"version\":\"9\"}").expect("written");
    for given in [None, Some("<html>Sign in</html>")] {
        let world = World::new(|options| {
            keep_in(options);
            options.datafile = given.map(Into::into);
        });
        assert_eq!(world.revision(), None);
        world.answer(200, &[], &datafile("6"));
        assert_eq!(world.revision().as_deref(), Some("6"));
        std::fs::write(&kept, "{\"version\":\"9\"}").expect("written");
    }
    std::fs::remove_dir_all(&folder).expect("removed");
}

#[test]
fn a_refresh_says_how_the_last_attempt_went() {
    let world = World::new(|options| options.datafile = Some(datafile("5").into()));
    world.answer(200, &[], &datafile("5"));
    let asked = std::thread::scope(|scope| {
        let refresh = scope.spawn(|| world.client.refresh_datafile(10_000));
        let request = world.client.next_request(10_000).expect("a request");
        world.client.complete(request.id, 403, &[], b"").expect("taken");
        refresh.join().expect("no panic")
    });
    let error = asked.expect_err("refused");
    assert_eq!(error.status(), Status::Network);
    assert!(error.message().contains("check the SDK key"), "{error}");
    assert!(!error.message().contains("secret-key"), "{error}");
    let error = world.client.refresh_datafile(0).expect_err("no time");
    assert_eq!(error.status(), Status::Timeout);
}

#[test]
fn a_suspended_client_asks_and_sends_nothing_until_it_is_resumed() {
    let mut world = World::new(|options| options.datafile = Some(datafile("5").into()));
    world.answer(304, &[], "");
    world.wait(2_000);
    world.answer(200, &[], &datafile("5"));
    let (left, result) = world.client.suspend(0);
    assert_eq!((left, result.is_ok()), (0, true));
    world.client.track(&User::new("visitor"), "bought", &Tags::default()).expect("recorded");
    world.wait(100_000);
    assert!(world.asked().is_none());
    assert_eq!(world.client.pump(0).expect("driven"), None, "no timer wakes the process");
    world.client.resume();
    let mut methods =
        vec![world.asked().expect("both").method.name(), world.asked().expect("both").method.name()];
    methods.sort_unstable();
    assert_eq!(methods, ["GET", "POST"]);
    assert!(world.asked().is_none());
}

#[test]
fn options_that_contradict_each_other_are_refused_by_name() {
    for (place, change) in [
        (
            "sdk_key",
            (|options: &mut ClientOptions| options.polling.sdk_key = Some("a/b".into())) as fn(&mut _),
        ),
        ("access_token", |options| {
            options.datafile = Some("{}".into());
            options.polling.sdk_key = None;
            options.polling.access_token = Some("token".into());
        }),
        ("datafile_url", |options| options.polling.url = Some("https://%s/".into())),
        ("datafile_url", |options| {
            options.polling.sdk_key = None;
            options.polling.url = Some("https://host/%s".into());
        }),
        ("polling_interval_ms", |options| options.polling.interval_ms = 99),
        ("proxy", |options| options.network.proxy = Some("http://host:1".into())),
        ("datafile", |options| options.polling.sdk_key = Some(String::new())),
    ] {
        let mut options = ClientOptions { is_pulled: true, ..ClientOptions::default() };
        options.log_level = super::super::LogLevel::Off;
        options.polling.sdk_key = Some("key".to_owned());
        change(&mut options);
        let error = Client::new(options).err().expect(place);
        assert_eq!((error.status(), error.place()), (Status::InvalidArgument, place));
    }
}
