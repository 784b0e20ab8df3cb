//! One call after the other, each chosen by the input, with what it must come to.

use std::mem::MaybeUninit;

use opttrack::error::Status;
use opttrack::ffi::calls::{
    opt_activate, opt_decide, opt_decide_all, opt_decide_for_keys, opt_get_variation, opt_is_feature_enabled,
    opt_track,
};
use opttrack::ffi::client::{opt_client_close, opt_client_flush};
use opttrack::ffi::decision::{
    opt_decision_free, opt_decisions, opt_decisions_at, opt_decisions_count, opt_decisions_free,
};
use opttrack::ffi::text::opt_str;
use opttrack::ffi::user::{opt_user_free, opt_user_new, opt_user_set_attribute};
use opttrack::ffi::variables::{opt_get_all_feature_variables, opt_text, opt_text_free, opt_text_read};
use opttrack_fuzz::Source;

use super::caller::{Given, Place, check, given, pairs, read};
use super::changes::{datafiles_and_forced, packed};
use super::world::{EVENTS, EXPERIMENTS, FLAGS, KEYS, World, new_client, read_decision};

pub fn step(world: &mut World, source: &mut Source<'_>) {
    let is_null = source.below(32) == 0;
    let mut error = Place::new();
    match source.below(16) {
        0 => new_client(world, source),
        1 => {
            opt_user_free(world.user.take());
            let (id, (attributes, fault), mut place) = (given(source, &KEYS), pairs(source), Place::new());
            let place_or_null = place.or_null(is_null);
            let status = opt_user_new(
                id.as_c,
                attributes.as_ptr(),
                attributes.len(),
                place_or_null,
                error.or_null(false),
            );
            let refused = [id.fault, fault, is_null.then_some(Status::InvalidArgument)];
            // Of several faulty pairs the first counts, which may be of the other kind.
            let any = fault.map(|_| Status::InvalidUtf8);
            check(
                "opt_user_new",
                status,
                &[&refused[..], &[any, any.map(|_| Status::InvalidArgument)]].concat(),
                error,
            );
            world.user = place.take();
        }
        2 => {
            let (mut all, fault) = pairs(source);
            let Some(pair) = all.pop() else { return };
            let user = world.user.as_deref_mut().filter(|_| !is_null);
            let missing = user.is_none().then_some(Status::InvalidArgument);
            if fault.is_some() && !all.is_empty() {
                return;
            }
            let status = opt_user_set_attribute(user, pair.key, pair.value, error.or_null(false));
            let other = fault.map(|_| Status::InvalidUtf8);
            check("opt_user_set_attribute", status, &[missing, fault, other], error);
        }
        3..6 => {
            let (key, (tags, fault)) = (given(source, &KEYS), pairs(source));
            let unknown = world.unknown(&key, EVENTS, Status::UnknownEvent);
            let closed = world.is_closed().then_some(Status::Closed);
            let faults = [
                world.missing(is_null),
                key.fault,
                fault,
                fault.map(|_| Status::InvalidUtf8),
                unknown,
                closed,
            ];
            let status = opt_track(
                world.handle(is_null),
                world.user.as_deref(),
                key.as_c,
                tags.as_ptr(),
                tags.len(),
                error.or_null(false),
            );
            // A queue may have a limit of its own.
            let is_full = status == Status::QueueFull;
            let full = [Some(Status::QueueFull)];
            check("opt_track", status, if is_full { &full } else { &faults }, error);
            world.settle(u64::from(status == Status::Ok));
        }
        6 | 7 => {
            let (key, mut place) = (given(source, &KEYS), Place::new());
            let records = source.bool();
            let call = if records { opt_activate } else { opt_get_variation };
            let status = call(
                world.handle(is_null),
                world.user.as_deref(),
                key.as_c,
                place.or_null(false),
                error.or_null(false),
            );
            let unknown = world.unknown(&key, EXPERIMENTS, Status::UnknownExperiment);
            check("opt_activate", status, &[world.missing(is_null), key.fault, unknown], error);
            let decision = place.take();
            assert_eq!(decision.is_some(), status == Status::Ok);
            let impressions = read_decision(decision.as_deref(), source);
            assert!(records || impressions == 0, "opt_get_variation records nothing");
            opt_decision_free(decision);
            world.settle(impressions);
        }
        8 | 9 => {
            let (key, options, mut place) =
                (given(source, &KEYS), source.below(1024) as u32 & !32, Place::new());
            let bad_options = (options > 511).then_some(Status::InvalidArgument);
            let (client, user) = (world.handle(is_null), world.user.as_deref());
            let status =
                opt_decide(client, user, key.as_c, options, place.or_null(false), error.or_null(false));
            let unknown = world.unknown(&key, FLAGS, Status::UnknownFlag);
            check("opt_decide", status, &[world.missing(is_null), key.fault, bad_options, unknown], error);
            let decision = place.take();
            let impressions = read_decision(decision.as_deref(), source);
            assert!(impressions == 0 || options & 1 == 0, "an option suppresses the impression");
            opt_decision_free(decision);
            world.settle(impressions);
        }
        10 => {
            let keys: Vec<Given<'_>> = (0..source.below(4)).map(|_| given(source, &KEYS)).collect();
            let as_c: Vec<opt_str> = keys.iter().map(|key| key.as_c).collect();
            let mut place: Place<opt_decisions> = Place::new();
            let (client, user) = (world.handle(is_null), world.user.as_deref());
            let is_all = source.bool();
            let status = if is_all {
                opt_decide_all(client, user, 0, place.or_null(false), error.or_null(false))
            } else {
                opt_decide_for_keys(
                    client,
                    user,
                    as_c.as_ptr(),
                    as_c.len(),
                    8,
                    place.or_null(false),
                    error.or_null(false),
                )
            };
            let mut faults: Vec<_> = keys.iter().filter(|_| !is_all).map(|key| key.fault).collect();
            faults.push(world.missing(is_null));
            check("opt_decide_for_keys", status, &faults, error);
            let decisions = place.take();
            let count = opt_decisions_count(decisions.as_deref());
            let all = (0..=count).map(|at| read_decision(opt_decisions_at(decisions.as_deref(), at), source));
            let impressions = all.sum();
            opt_decisions_free(decisions);
            world.settle(impressions);
        }
        11 => {
            let (key, mut enabled, mut event) =
                (given(source, &KEYS), MaybeUninit::new(false), MaybeUninit::new(0));
            let (client, user) = (world.handle(is_null), world.user.as_deref());
            let status = opt_is_feature_enabled(
                client,
                user,
                key.as_c,
                Some(&mut enabled),
                Some(&mut event),
                error.or_null(false),
            );
            let unknown = world.unknown(&key, FLAGS, Status::UnknownFlag);
            check("opt_is_feature_enabled", status, &[world.missing(is_null), key.fault, unknown], error);
            // SAFETY: it began as 0, and calls write nothing but numbers.
            let event = unsafe { event.assume_init() };
            world.settle(u64::from(status == Status::Ok && event == 1));
        }
        12 => {
            let (flag, mut place) = (given(source, &KEYS), Place::<opt_text>::new());
            let (client, user) = (world.handle(is_null), world.user.as_deref());
            let status = opt_get_all_feature_variables(
                client,
                user,
                flag.as_c,
                place.or_null(false),
                error.or_null(false),
            );
            let unknown = world.unknown(&flag, FLAGS, Status::UnknownFlag);
            check(
                "opt_get_all_feature_variables",
                status,
                &[world.missing(is_null), flag.fault, unknown],
                error,
            );
            let text = place.take();
            let json = read(opt_text_read(text.as_deref()));
            assert!(text.is_none() || opttrack_fuzz::json::read(&json, 300).is_some(), "{json}");
            opt_text_free(text);
        }
        13 => datafiles_and_forced(world, source, is_null),
        14 => packed(world, source, is_null),
        _ => {
            let missing = (is_null || world.client.is_none()).then_some(Status::InvalidArgument);
            let mut left = MaybeUninit::new(u64::MAX);
            let is_close = source.below(4) == 0;
            let closed = world.is_closed();
            let pending = if world.client.is_some() { world.stats().pending } else { 0 };
            let late = (pending > 0).then_some(Status::Timeout);
            let (client, place) = (world.handle(is_null), error.or_null(false));
            if is_close {
                check(
                    "opt_client_close",
                    opt_client_close(client, 0, Some(&mut left), place),
                    &[missing, late],
                    error,
                );
                if let Some(held) = world.client.as_mut().filter(|_| !is_null) {
                    held.is_closed = true;
                }
            } else {
                let refused = closed.then_some(Status::Closed);
                let status = opt_client_flush(client, 0, Some(&mut left), place);
                check("opt_client_flush", status, &[missing, late, refused], error);
            }
            if missing.is_none() {
                // SAFETY: it began as a number, and calls write nothing but numbers.
                assert_eq!(unsafe { left.assume_init() }, pending, "events that are left");
            }
        }
    }
}
