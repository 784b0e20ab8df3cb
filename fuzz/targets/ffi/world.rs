//! The model: which handles live, what was accepted, and what the datafile in force has.

use std::mem::MaybeUninit;

use opttrack::error::Status;
use opttrack::ffi::client::{opt_client, opt_client_free, opt_client_new};
use opttrack::ffi::decision::{
    opt_decision, opt_decision_explain_text, opt_decision_json, opt_decision_read, opt_decision_reason_at,
    opt_decision_reason_count, opt_decision_view,
};
use opttrack::ffi::driving::opt_options_set_pulled_transport;
use opttrack::ffi::logging::opt_options_set_log_level;
use opttrack::ffi::options::{
    opt_options_new, opt_options_set_datafile, opt_options_set_event_endpoint,
    opt_options_set_flush_interval_ms, opt_options_set_queue_limit,
};
use opttrack::ffi::stats::{opt_client_stats, opt_stats};
use opttrack::ffi::text::opt_str;
use opttrack::ffi::user::opt_user;
use opttrack::ffi::variables::opt_decision_get_integer;
use opttrack_fuzz::Source;

use super::caller::{Given, Place, check, given, read};

pub const DATAFILE: &str = include_str!("../../../examples/demo/shop.json");
pub const OTHER: &str = r#"{"version":"4","events":[{"id":"9","key":"purchase"}]}"#;

pub struct Held {
    pub client: Box<opt_client>,
    pub is_closed: bool,
    pub accepted: u64,
    pub has_shop: bool,
}

#[derive(Default)]
pub struct World {
    pub client: Option<Held>,
    pub user: Option<Box<opt_user>>,
}

pub const KEYS: [&str; 10] = [
    "purchase",
    "checkout_button",
    "dark_mode",
    "reviews",
    "none",
    "",
    "visitor-1",
    "gift_wrap",
    "blue",
    "one_click",
];

/// What the shop's datafile has.
pub const EVENTS: &[&str] = &["purchase", "add_to_cart", "newsletter_signup"];
pub const EXPERIMENTS: &[&str] =
    &["checkout_button", "product_reviews", "old_banner", "free_shipping", "gift_wrap"];
pub const FLAGS: &[&str] = &["reviews", "dark_mode", "one_click"];

impl World {
    pub fn handle(&self, is_null: bool) -> Option<&opt_client> {
        self.client.as_ref().filter(|_| !is_null).map(|held| &*held.client)
    }

    /// What a call with neither client nor user comes to.
    pub fn missing(&self, is_null: bool) -> Option<Status> {
        (is_null || self.client.is_none() || self.user.is_none()).then_some(Status::InvalidArgument)
    }

    /// What a key comes to that the datafile in force does not have.
    pub fn unknown(&self, key: &Given<'_>, known: &[&str], status: Status) -> Option<Status> {
        let has_shop = self.client.as_ref().is_none_or(|held| held.has_shop);
        let known = if has_shop {
            known
        } else if known == EVENTS {
            &EVENTS[..1]
        } else {
            &[]
        };
        (key.fault.is_none() && !known.contains(&key.text())).then_some(status)
    }

    pub fn is_closed(&self) -> bool {
        self.client.as_ref().is_some_and(|held| held.is_closed)
    }

    pub fn stats(&self) -> opt_stats {
        let (mut stats, mut error) = (opt_stats::default(), Place::new());
        let client = self.handle(false).expect("a client");
        let status =
            opt_client_stats(Some(client), &raw mut stats, size_of::<opt_stats>(), error.or_null(false));
        check("opt_client_stats", status, &[], error);
        stats
    }

    /// Accepted events are those that calls said were accepted, and each is somewhere.
    pub fn settle(&mut self, impressions: u64) {
        let stats = if self.client.is_some() { self.stats() } else { return };
        let held = self.client.as_mut().expect("a client");
        held.accepted += impressions;
        assert_eq!(stats.accepted, held.accepted, "accepted");
        let somewhere = stats.delivered + stats.pending + stats.dead_lettered + stats.dropped;
        assert_eq!(stats.accepted + stats.recovered, somewhere, "the books balance");
        assert_eq!(stats.accepted, stats.accepted_impressions + stats.accepted_conversions);
    }
}

pub fn new_client(world: &mut World, source: &mut Source<'_>) {
    if let Some(held) = world.client.take() {
        opt_client_free(Some(held.client));
    }
    let mut options = opt_options_new();
    let mut fault = None;
    let set =
        |status: Status, expected: Option<Status>, error| check("an option", status, &[expected], error);
    let mut error = Place::new();
    let datafile = opt_str { data: DATAFILE.as_ptr().cast(), len: DATAFILE.len() };
    set(opt_options_set_datafile(options.as_deref_mut(), datafile, error.or_null(false)), None, error);
    let mut error = Place::new();
    let url = "http://127.0.0.1:9/v1/events";
    let url = opt_str { data: url.as_ptr().cast(), len: url.len() };
    set(opt_options_set_event_endpoint(options.as_deref_mut(), url, error.or_null(false)), None, error);
    // Without a thread and without a connection; requests are the target batcher's business.
    let mut error = Place::new();
    set(opt_options_set_pulled_transport(options.as_deref_mut(), 1, error.or_null(false)), None, error);
    // So long that nothing is ever posted.
    let mut error = Place::new();
    set(
        opt_options_set_flush_interval_ms(options.as_deref_mut(), 86_400_000, error.or_null(false)),
        None,
        error,
    );
    let mut error = Place::new();
    set(opt_options_set_log_level(options.as_deref_mut(), 0, error.or_null(false)), None, error);
    if source.below(4) == 0 {
        let (mut error, bytes) = (Place::new(), source.u64() >> source.below(64));
        set(
            opt_options_set_queue_limit(options.as_deref_mut(), bytes, 900, error.or_null(false)),
            None,
            error,
        );
        fault = (!(65_536..=1 << 40).contains(&bytes)).then_some(Status::InvalidArgument);
    }
    let (mut place, mut error, is_null) = (Place::new(), Place::new(), source.below(16) == 0);
    let status = opt_client_new(options, place.or_null(is_null), error.or_null(false));
    check("opt_client_new", status, &[fault, is_null.then_some(Status::InvalidArgument)], error);
    world.client = place.take().map(|client| Held { client, is_closed: false, accepted: 0, has_shop: true });
    assert_eq!(world.client.is_some(), status == Status::Ok);
}
pub fn read_decision(decision: Option<&opt_decision>, source: &mut Source<'_>) -> u64 {
    let Some(decision) = decision else { return 0 };
    let json = read(opt_decision_json(Some(decision)));
    assert!(opttrack_fuzz::json::read(&json, 300).is_some(), "{json}");
    for index in 0..=opt_decision_reason_count(Some(decision)) {
        read(opt_decision_reason_at(Some(decision), index));
    }
    read(opt_decision_explain_text(Some(decision)));
    let mut error = Place::new();
    let mut integer = MaybeUninit::new(0_i64);
    let key = given(source, &KEYS);
    let status = opt_decision_get_integer(Some(decision), key.as_c, Some(&mut integer), error.or_null(false));
    let faults = [Status::UnknownVariable, Status::WrongType, Status::BadValue, Status::UnknownFlag];
    let faults = faults.map(Some);
    check(
        "opt_decision_get_integer",
        status,
        if status == Status::Ok {
            &[]
        } else if key.fault.is_some() {
            std::slice::from_ref(&key.fault)
        } else {
            &faults
        },
        error,
    );
    let mut view = MaybeUninit::<opt_decision_view>::zeroed();
    let size = size_of::<opt_decision_view>();
    let mut error = Place::new();
    let status = opt_decision_read(Some(decision), view.as_mut_ptr(), size, error.or_null(false));
    check("opt_decision_read", status, &[], error);
    // SAFETY: filled above, and any bytes are a view.
    let view = unsafe { view.assume_init() };
    read(view.flag_key);
    read(view.variation_key);
    u64::from(view.event_status == 1)
}
