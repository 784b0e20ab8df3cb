//! What a client logs, gives as reasons and explains, and that many rules cost it no more than their number.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::decide_options as option;
use super::{Client, ClientOptions, LogLevel, LogRecord, LogSink};
use crate::error::Status;
use crate::user::User;

type Lines = Arc<Mutex<Vec<(LogLevel, String)>>>;

/// Keeps what is logged.
struct Kept(Lines);

impl LogSink for Kept {
    fn log(&self, record: &LogRecord<'_>) -> bool {
        self.0.lock().expect("not poisoned").push((record.level, record.message.to_owned()));
        true
    }
}

struct World {
    client: Client,
    lines: Lines,
}

impl World {
    /// A client whose datafile has these fields.
    fn new(fields: &str) -> Self {
        let lines = Lines::default();
        let datafile =
            format!(r#"{{"version":"4","accountId":"1","projectId":"1","revision":"1",{fields}}}"#);
        let options = ClientOptions {
            datafile: Some(datafile.into()),
            log_level: LogLevel::Info,
            log_sink: Some(Box::new(Kept(Arc::clone(&lines)))),
            ..ClientOptions::default()
        };
        Self { client: Client::new(options).expect("a client"), lines }
    }

    /// What was logged since the last time.
    fn logged(&self) -> Vec<(LogLevel, String)> {
        std::mem::take(&mut self.lines.lock().expect("not poisoned"))
    }

    /// Decides a flag for a user, records nothing; the reasons and the explanation, where they are asked for.
    fn decide(&self, flag_key: &str, options: u32) -> (Vec<String>, String) {
        let options = options | option::DISABLE_DECISION_EVENT;
        let (decision, _) = self.client.decide(&User::new("visitor"), flag_key, options).expect("a decision");
        let explained = decision.explanation().map_or(String::new(), |(text, _)| text.to_owned());
        (decision.reasons().to_vec(), explained)
    }
}

/// An entry for each number, in a list.
fn many(count: usize, entry: impl Fn(usize) -> String) -> String {
    let all: Vec<String> = (0..count).map(entry).collect();
    format!("[{}]", all.join(","))
}

#[test]
fn a_range_that_ends_at_the_lowest_number_is_explained() {
    let world = World::new(
        r#""featureFlags":[{"key":"f","experimentIds":["1"]}],"experiments":[{"id":"1","key":"e",
        "trafficAllocation":[{"entityId":"","endOfRange":-9223372036854775808}]}]"#,
    );
    let (_, explained) = world.decide("f", option::INCLUDE_REASONS);
    assert!(explained.contains("0 to -9223372036854775808: nothing\n"), "{explained}");
}

#[test]
fn holdouts_of_a_rule_stand_before_it_in_the_explanation() {
    let world = World::new(
        r#""featureFlags":[{"key":"f","experimentIds":["1","2"]}],
        "experiments":[{"id":"1","key":"first"},{"id":"2","key":"second"}],
        "localHoldouts":[{"id":"h","key":"h","status":"Running","includedRules":["2"]},
        {"id":"i","key":"i","status":"Running","includedRules":["2"]}]"#,
    );
    let (_, explained) = world.decide("f", option::INCLUDE_REASONS);
    let rules: Vec<&str> = explained.lines().filter(|line| line.contains("(id ")).map(str::trim).collect();
    let expected = [
        "experiment \"first\" (id 1)",
        "local holdout \"h\" (id h)",
        "local holdout \"i\" (id i)",
        "experiment \"second\" (id 2)",
    ];
    assert_eq!(rules, expected, "{explained}");
}

/// Sixteen times as many of something take some sixteen times as long; 256 times would be their square.
fn assert_linear(what: &str, count: usize, prepare: impl Fn(usize) -> World, call: impl Fn(&World)) {
    // One at a time, for they share the machine.
    static MEASURING: Mutex<()> = Mutex::new(());
    let _alone = MEASURING.lock().unwrap_or_else(PoisonError::into_inner);
    let shortest = |count| -> Duration {
        let world = prepare(count);
        let timed = || {
            let start = crate::platform::processor_time();
            call(&world);
            crate::platform::processor_time().saturating_sub(start)
        };
        (0..5).map(|_| timed()).min().unwrap_or_default()
    };
    let (few, many) = (shortest(count), shortest(16 * count));
    assert!(many < 80 * few, "{what}: {count} take {few:?}, {} take {many:?}", 16 * count);
}

/// A flag `f` with that many experiments, each with these fields beside id and key.
fn flag_of(count: usize, fields: &str) -> World {
    let experiments = many(count, |number| format!(r#"{{"id":"{number:06}","key":"{number}"{fields}}}"#));
    let ids = many(count, |number| format!("\"{number:06}\""));
    World::new(&format!(
        r#""experiments":{experiments},"featureFlags":[{{"key":"f","experimentIds":{ids}}}]"#
    ))
}

#[test]
fn reasons_of_many_rules_take_time_in_proportion() {
    assert_linear(
        "rules",
        2_000,
        |count| flag_of(count, ""),
        |world| {
            world.decide("f", option::INCLUDE_REASONS);
        },
    );
}

#[test]
fn the_outcome_of_a_holdout_is_logged_as_information() {
    let world = World::new(
        r#""featureFlags":[{"key":"f"}],"audiences":[{"id":"9","name":"nobody","conditions":"[\"or\"]"}],
        "holdouts":[{"id":"1","key":"out","status":"Running","audienceIds":["9"]},
        {"id":"2","key":"empty","status":"Running"},
        {"id":"3","key":"in","status":"Running","variations":[{"id":"v","key":"off"}],
        "trafficAllocation":[{"entityId":"v","endOfRange":10000}]}]"#,
    );
    world.logged();
    for options in [0, option::INCLUDE_REASONS] {
        world.decide("f", options);
        let lines = [
            "holdout \"out\": its conditions are not met",
            "holdout \"empty\": its conditions are met, and it gives no variation",
            "holdout \"in\": its conditions are met, and it gives variation \"off\"",
        ];
        assert_eq!(world.logged(), lines.map(|line| (LogLevel::Info, line.to_owned())));
    }
}

#[test]
fn a_variable_that_cannot_be_read_is_logged_where_it_is_decided() {
    let world = World::new(
        r#""featureFlags":[{"key":"f","variables":[{"id":"1","key":"v","type":"boolean","defaultValue":"x"}]}]"#,
    );
    world.logged();
    let line = || (LogLevel::Warning, "flag \"f\": variable \"v\" has a text that is no boolean".to_owned());
    for options in [0, option::INCLUDE_REASONS] {
        world.decide("f", options);
        assert_eq!(world.logged(), [line()]);
    }
    world.decide("f", option::EXCLUDE_VARIABLES);
    assert_eq!(world.logged(), []);
}

#[test]
fn a_variation_that_cannot_be_forced_is_an_error() {
    let world = World::new(r#""experiments":[{"id":"1","key":"e"}]"#);
    world.logged();
    assert!(world.client.set_forced_variation("none", "u", "v").is_err());
    assert!(world.client.set_forced_variation("e", "u", "v").is_err());
    assert!(world.client.remove_forced_variation("none", "u").is_err());
    let levels: Vec<LogLevel> = world.logged().into_iter().map(|(level, _)| level).collect();
    assert_eq!(levels, [LogLevel::Error; 3]);
}

const BANDIT: &str = r#","cmab":{"trafficAllocation":10000}"#;

#[test]
fn many_bandits_of_a_flag_are_passed_over_in_time_with_their_number() {
    assert_linear(
        "bandits",
        250,
        |count| flag_of(count, BANDIT),
        |world| {
            world.decide("f", option::NO_WAIT);
        },
    );
}

#[test]
fn predictions_of_many_flags_are_found_in_time_with_their_number() {
    let flags = |count| {
        let bandits = many(count, |number| format!(r#"{{"id":"{number:06}","key":"{number}"{BANDIT}}}"#));
        let flags = many(count, |number| format!(r#"{{"key":"{number}","experimentIds":["{number:06}"]}}"#));
        World::new(&format!(r#""experiments":{bandits},"featureFlags":{flags}"#))
    };
    assert_linear("flags", 4_000, flags, |world| {
        let options = option::NO_WAIT | option::DISABLE_DECISION_EVENT;
        let all = world.client.decide_all(&User::new("visitor"), options).expect("decisions");
        assert!(all.all().iter().all(|decision| decision.variation_key().is_none()));
    });
}

#[test]
fn the_reasons_say_what_became_of_the_cache_of_predictions() {
    let world = flag_of(1, BANDIT);
    let said = |options| {
        let (reasons, _) = world.decide("f", options | option::NO_WAIT | option::INCLUDE_REASONS);
        reasons.into_iter().filter(|reason| reason.contains("cache")).collect::<Vec<_>>()
    };
    let (reset, ignored) = (option::RESET_CMAB_CACHE, option::IGNORE_CMAB_CACHE);
    let forgotten = option::INVALIDATE_USER_CMAB_CACHE;
    assert_eq!(said(0), [""; 0]);
    let both = [
        "the cache of predictions was emptied before experiment \"0\"",
        "the cached prediction for experiment \"0\" and user \"visitor\" was forgotten",
    ];
    assert_eq!(said(reset | forgotten), both);
    // What is ignored is not touched either.
    let ignores = "the cache of predictions is ignored for experiment \"0\" and user \"visitor\"";
    assert_eq!(said(ignored | reset | forgotten), [ignores]);
}

#[test]
fn a_forced_variation_is_that_user_s_until_it_is_removed() {
    let world = World::new(
        r#""experiments":[{"id":"1","key":"e","variations":[{"id":"v","key":"v"},{"id":"w","key":"w"}]}]"#,
    );
    let forced = |user| {
        let forced = world.client.get_forced_variation("e", user);
        let decided = world.client.get_variation(&User::new(user), "e").expect("a decision");
        let forced = forced.ok().and_then(|decision| decision.variation_key().map(str::to_owned));
        assert_eq!(decided.variation_key(), forced.as_deref());
        forced
    };
    let set = |user, variation| world.client.set_forced_variation("e", user, variation).expect("set");
    assert_eq!(forced("a"), None);
    set("a", "v");
    set("b", "v");
    set("b", "w");
    assert_eq!([forced("a"), forced("b"), forced("")], [Some("v".to_owned()), Some("w".to_owned()), None]);
    world.client.remove_forced_variation("e", "b").expect("removed");
    world.client.remove_forced_variation("e", "c").expect("nothing to remove");
    assert_eq!([forced("a"), forced("b")], [Some("v".to_owned()), None]);
}

#[test]
fn variations_are_forced_on_as_many_users_as_a_test_bed_has() {
    let world = World::new(
        r#""experiments":[{"id":"1","key":"e","variations":[{"id":"v","key":"v"},{"id":"w","key":"w"}]}]"#,
    );
    let variation = |user: u32| if user % 2 == 0 { "v" } else { "w" };
    for user in 0..20_000 {
        world.client.set_forced_variation("e", &user.to_string(), variation(user)).expect("set");
    }
    for user in 0..20_000 {
        let forced = world.client.get_forced_variation("e", &user.to_string()).expect("forced");
        assert_eq!(forced.variation_key(), Some(variation(user)));
    }
}

#[test]
fn forcing_no_variation_is_worth_a_word_to_developers_only() {
    let world = World::new(r#""experiments":[{"id":"1","key":"e","variations":[]}]"#);
    world.logged();
    let forced =
        |variation| world.client.set_forced_variation("e", "visitor", variation).map_err(|e| e.status());
    assert_eq!(forced(""), Err(Status::NotFound));
    assert_eq!(world.logged(), [], "the client logs from INFO on");
    assert_eq!(forced("v"), Err(Status::NotFound));
    let levels: Vec<LogLevel> = world.logged().into_iter().map(|(level, _)| level).collect();
    assert_eq!(levels, [LogLevel::Error]);
}
