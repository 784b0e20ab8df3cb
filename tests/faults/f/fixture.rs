//! What the rows share: a shop's datafile with every kind of entity, clients on it, and what a client answers.

use std::net::TcpListener;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use opttrack::client::{Ask, Client, ClientOptions, Decision, LogLevel, LogRecord, LogSink, Predictor, Tags};
use opttrack::error::{Error, Result, Status};
use opttrack::user::User;
use opttrack::value::Value;
use opttrack_collector::Collector;

/// A datafile with every entity and every field that the library knows.
pub const SHOP: &str = include_str!("shop.json");

/// The bit of `decide` that records nothing.
const DISABLE_DECISION_EVENT: u32 = 1;

/// Users of experiment or group `1886780721`, with the buckets that the specification's vectors give them.
pub const BUCKETS: [(&str, i128); 5] =
    [("ppid1", 5254), ("ppid2", 4299), ("ppid3", 5439), (LONG_ID, 6128), ("", 7140)];

const LONG_ID: &str =
    "a very very very very very very very very very very very very very very very long ppd string";

/// The experiment of which `BUCKETS` speaks.
pub const EXPERIMENT: &str = "1886780721";

const EXPERIMENTS: [&str; 5] =
    ["checkout_button", "free_shipping", "recommendations", "banner_text", "banner_image"];
const FLAGS: [&str; 3] = ["checkout", "banner", "wish_list"];
const EVENTS: [&str; 2] = ["purchase", "sign_up"];

/// Keeps what a client logs.
#[derive(Clone, Default)]
pub struct Messages(Arc<Mutex<Vec<String>>>);

impl Messages {
    pub fn contain(&self, part: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().any(|message| message.contains(part))
    }
}

impl LogSink for Messages {
    fn log(&self, record: &LogRecord<'_>) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(record.message.to_owned());
        true
    }
}

/// Drops what a client logs.
struct Silence;

impl LogSink for Silence {
    fn log(&self, _record: &LogRecord<'_>) -> bool {
        true
    }
}

/// Predicts the one variation that the shop's bandit has: no test asks a service on the network.
struct ByTaste;

impl Predictor for ByTaste {
    fn predict(&self, _user_id: &str, _ask: &Ask) -> std::result::Result<Box<str>, String> {
        Ok("704".into())
    }
}

/// An endpoint where nobody listens.
pub fn closed_endpoint() -> String {
    static PORT: OnceLock<u16> = OnceLock::new();
    let port = PORT.get_or_init(|| {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("loopback has a free port");
        listener.local_addr().expect("a bound socket has an address").port()
    });
    format!("http://127.0.0.1:{port}/v1/events")
}

/// Options of a client that logs nothing and delivers nothing.
pub fn options(datafile: &str) -> ClientOptions {
    ClientOptions {
        datafile: Some(datafile.into()),
        event_endpoint: Some(closed_endpoint()),
        cmab_predictor: Some(Box::new(ByTaste)),
        log_level: LogLevel::Error,
        log_sink: Some(Box::new(Silence)),
        ..ClientOptions::default()
    }
}

pub fn try_client(datafile: &str) -> Result<Client> {
    Client::new(options(datafile))
}

pub fn client(datafile: &str) -> Client {
    try_client(datafile).unwrap_or_else(|error| panic!("{error}"))
}

/// A client whose warnings are kept.
pub fn client_with_messages(datafile: &str) -> (Client, Messages) {
    let messages = Messages::default();
    let log_sink: Option<Box<dyn LogSink>> = Some(Box::new(messages.clone()));
    let options = ClientOptions { log_level: LogLevel::Debug, log_sink, ..options(datafile) };
    (Client::new(options).unwrap_or_else(|error| panic!("{error}")), messages)
}

/// A client that delivers to a collector.
pub fn client_to(collector: &Collector, datafile: &str) -> Client {
    let options = ClientOptions { event_endpoint: Some(collector.events_url()), ..options(datafile) };
    Client::new(options).unwrap_or_else(|error| panic!("{error}"))
}

/// Closes a client and answers the events that its collector has, one JSON object each.
pub fn delivered(collector: &Collector, client: &Client) -> Vec<serde_json::Value> {
    let (left, closed) = client.close(30_000);
    closed.unwrap_or_else(|error| panic!("{left} events left: {error}"));
    let books = client.stats().books;
    let accepted = books.impressions + books.conversions;
    assert!(collector.wait(Duration::from_secs(30), |seen| seen.unique == accepted), "not all arrived");
    assert_eq!(collector.stats().malformed_posts, 0, "the collector refused a batch");
    collector.events().lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
}

/// The error of a datafile that must be refused.
pub fn refusal(client: &Client, datafile: &str) -> Error {
    let error = client.set_datafile(datafile).expect_err("the datafile is refused");
    assert_eq!(error.status(), Status::InvalidDatafile, "{error}");
    error
}

pub fn user(id: &str, attributes: &[(&str, Value<'_>)]) -> User {
    let mut user = User::new(id);
    for (key, value) in attributes {
        user.set_attribute(key, *value);
    }
    user
}

pub fn track(client: &Client, user: &User, event: &str) -> Result<()> {
    client.track(user, event, &Tags::new())
}

/// The variation of an experiment; none also for an experiment that is not there.
pub fn variation(client: &Client, user: &User, experiment: &str) -> Option<String> {
    let decision = client.get_variation(user, experiment).ok()?;
    decision.variation_key().map(str::to_owned)
}

/// What a flag decides, without recording it.
pub fn flag(client: &Client, user: &User, key: &str) -> Decision {
    client.decide(user, key, DISABLE_DECISION_EVENT).unwrap_or_else(|error| panic!("{error}")).0
}

/// Visitors that between them meet every rule of the shop.
fn visitors() -> Vec<User> {
    let home = ("country", Value::Str("DE"));
    let cart = ("cart_value", Value::Double(72.5));
    let old = ("app_version", Value::Str("1.9.3"));
    let mut visitors = vec![user("anna", &[]), user("berta", &[home]), user("", &[cart])];
    for number in 0..5 {
        for (kind, attributes) in [&[][..], &[home], &[cart, old], &[home, cart]].iter().enumerate() {
            visitors.push(user(&format!("visitor-{number}-{kind}"), attributes));
        }
    }
    visitors
}

/// Everything that a client answers about the shop, a line each.
pub fn answers(client: &Client) -> Vec<String> {
    let mut answers = Vec::new();
    for user in visitors() {
        for key in EXPERIMENTS {
            let answer = client.get_variation(&user, key);
            answers.push(format!("{} {key} {:?}", user.id(), answer.map(|made| format!("{made:?}"))));
        }
        for key in FLAGS {
            answers.push(format!("{} {key} {:?}", user.id(), flag(client, &user, key)));
        }
    }
    answers
}

/// Makes every call there is, recorded ones too.
pub fn exercise(client: &Client) {
    answers(client);
    let user = user("carla", &[("country", Value::Str("DE"))]);
    for key in EXPERIMENTS {
        // A datafile with a fault may lack what is asked for; that it answers is what counts here.
        let _ = client.activate(&user, key);
    }
    for event in EVENTS {
        let _ = track(client, &user, event);
    }
    client.get_enabled_features(&user).unwrap_or_else(|error| panic!("{error}"));
}
