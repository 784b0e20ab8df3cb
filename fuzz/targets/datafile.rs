//! A datafile, given to a client that has one: what is refused changes nothing; what is taken decides as the same file in
//! other letters does.
#![no_main]

use std::cell::OnceCell;

use libfuzzer_sys::fuzz_target;
use opttrack::client::decide_options as option;
use opttrack::client::{Ask, Client, ClientOptions, LogLevel, Predictor};
use opttrack::error::Status;
use opttrack::user::User;
use opttrack::value::Value;
use opttrack_fuzz::json;

const BASE: &str = include_str!("../../examples/demo/shop.json");

/// Flags and experiments that are decided one by one; a datafile may have any number.
const LOOKED_AT: usize = 12;

thread_local! {
    static CLIENT: OnceCell<(Client, Vec<User>, Said)> = const { OnceCell::new() };
}

/// Predicts at once, and not for every rule.
struct Oracle;

impl Predictor for Oracle {
    fn predict(&self, _: &str, ask: &Ask) -> Result<Box<str>, String> {
        if ask.rule_id.len().is_multiple_of(2) { Ok("11".into()) } else { Err("nothing known".to_owned()) }
    }
}

/// What a client says with the datafile in force.
#[derive(Debug, PartialEq)]
struct Said {
    config: String,
    decisions: Vec<String>,
}

fn users() -> Vec<User> {
    (0..6)
        .map(|number| {
            let mut user = User::new(["visitor-1", "", "a", "user_b", "user_d", "🦀"][number]);
            if number > 0 {
                user.set_attribute("plan", Value::Str("gold"));
                user.set_attribute("app_version", Value::Str("2.1.0-beta"));
                user.set_attribute("age", Value::Int(30 * number as i64));
            }
            if number > 3 {
                user.set_attribute("$opt_bucketing_id", Value::Str("else"));
                user.set_attribute("a", Value::Bool(true));
                user.set_qualified_segments(&["vip", "a"]);
            }
            user
        })
        .collect()
}

fn said(client: &Client, users: &[User]) -> Said {
    let config = client.optimizely_config().expect("a config of what was taken");
    let mut decisions = Vec::new();
    // Predictions have an id of their own each time, so none is taken from the cache.
    let options =
        option::DISABLE_DECISION_EVENT | option::INCLUDE_REASONS | option::NO_WAIT | option::RESET_CMAB_CACHE;
    for user in users {
        let all = client.decide_all(user, options).expect("decisions");
        decisions.extend(all.all().iter().take(LOOKED_AT).map(|decision| decision.to_json().to_owned()));
        for experiment in config.experiments.entries().iter().take(LOOKED_AT) {
            let decision = client.get_variation(user, &experiment.key);
            let line = decision.map(|decision| decision.variation_key().unwrap_or_default().to_owned());
            decisions.push(line.unwrap_or_else(|error| error.to_string()));
        }
    }
    Said { config: config.to_json(), decisions }
}

fn client() -> (Client, Vec<User>, Said) {
    let options = ClientOptions {
        datafile: Some(BASE.into()),
        log_level: LogLevel::Off,
        event_endpoint: Some("http://127.0.0.1:9/".into()),
        cmab_predictor: Some(Box::new(Oracle)),
        ..ClientOptions::default()
    };
    let (client, users) = (Client::new(options).expect("a client"), users());
    let before = said(&client, &users);
    (client, users, before)
}

fn check(text: &str, client: &Client, users: &[User], before: &Said) {
    let read = json::read(text.strip_prefix('\u{feff}').unwrap_or(text), 700);
    if let Err(error) = client.set_datafile(text) {
        let known = [Status::InvalidDatafile, Status::InvalidArgument, Status::OutOfMemory];
        assert!(known.contains(&error.status()) && !error.message().is_empty(), "{error}");
        assert!(!error.place().is_empty(), "no place: {error}");
        assert_eq!(&said(client, users), before, "a refused datafile changed something");
        return;
    }
    let taken = said(client, users);
    assert_eq!(said(client, users), taken, "asked twice");
    // Deeper than is read here only conditions are.
    if let Some(read) = read {
        assert!(matches!(read, json::Json::Object(_)), "only objects are datafiles");
        client.set_datafile(&read.in_other_words()).expect("the same in other letters");
        let again = said(client, users);
        assert_eq!(again.decisions, taken.decisions);
        // Conditions are reported in the datafile's own letters.
        assert_eq!(reported(&again.config), reported(&taken.config));
    }
    client.set_datafile(BASE).expect("the first one again");
}

/// A report of what a datafile holds, but for its conditions.
fn reported(config: &str) -> String {
    let Some(json::Json::Object(mut members)) = json::read(config, 700) else { panic!("no JSON: {config}") };
    members.retain(|(name, _)| name.said.as_deref() != Some("audiences"));
    format!("{members:?}")
}

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    CLIENT.with(|kept| {
        let (client, users, before) = kept.get_or_init(client);
        check(text, client, users, before);
    });
});
