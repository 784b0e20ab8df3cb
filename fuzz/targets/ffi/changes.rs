//! Calls that change what is in force, and the flat form of all of them.

use std::mem::MaybeUninit;

use opttrack::error::Status;
use opttrack::ffi::client::opt_client_set_datafile;
use opttrack::ffi::forced::{opt_client_remove_forced_variation, opt_client_set_forced_variation};
use opttrack::ffi::packed::opt_call_packed;
use opttrack::ffi::text::opt_str;
use opttrack::ffi::user::opt_user_set_forced_decision;
use opttrack_fuzz::Source;

use super::caller::{Place, check, given};
use super::world::{DATAFILE, EXPERIMENTS, KEYS, OTHER, World};

pub fn datafiles_and_forced(world: &mut World, source: &mut Source<'_>, is_null: bool) {
    let mut error = Place::new();
    let missing = (is_null || world.client.is_none()).then_some(Status::InvalidArgument);
    match source.below(4) {
        0 => {
            let (mut text, is_shop) = (given(source, &[DATAFILE, OTHER]), source.bool());
            if source.bool() {
                let known = if is_shop { DATAFILE } else { OTHER };
                text.as_c = opt_str { data: known.as_ptr().cast(), len: known.len() };
                (text.bytes, text.fault) = (known.as_bytes(), None);
            }
            let status = opt_client_set_datafile(world.handle(is_null), text.as_c, error.or_null(false));
            let is_known = [DATAFILE, OTHER].contains(&text.text());
            let is_refused = [Status::InvalidDatafile, Status::InvalidArgument].contains(&status);
            let refused = (!is_known && is_refused).then_some(status);
            let closed = world.is_closed().then_some(Status::Closed);
            check("opt_client_set_datafile", status, &[missing, text.fault, closed, refused], error);
            if let Some(held) = world.client.as_mut().filter(|_| status == Status::Ok) {
                held.has_shop = text.text() == DATAFILE;
            }
        }
        kind => {
            let (experiment, user, variation) =
                (given(source, &KEYS), given(source, &KEYS), given(source, &KEYS));
            let texts = [experiment.fault, user.fault, variation.fault];
            let client = world.handle(is_null);
            let (place, mut missing) = (error.or_null(false), missing);
            let status = match kind {
                1 => {
                    opt_client_set_forced_variation(client, experiment.as_c, user.as_c, variation.as_c, place)
                }
                2 => opt_client_remove_forced_variation(client, experiment.as_c, user.as_c, place),
                _ => {
                    let handle = world.user.as_deref_mut().filter(|_| !is_null);
                    missing = handle.is_none().then_some(Status::InvalidArgument);
                    opt_user_set_forced_decision(handle, experiment.as_c, user.as_c, variation.as_c, place)
                }
            };
            let unknown =
                world.unknown(&experiment, EXPERIMENTS, Status::UnknownExperiment).filter(|_| kind != 3);
            // Which variations an experiment has is for other tests.
            let other = (kind == 1 && status == Status::NotFound).then_some(status);
            let texts = if kind == 2 { &texts[..2] } else { &texts };
            check("a forced variation", status, &[texts, &[missing, unknown, other]].concat(), error);
        }
    }
}

pub fn packed(world: &mut World, source: &mut Source<'_>, is_null: bool) {
    let missing = (is_null || world.client.is_none()).then_some(Status::InvalidArgument);
    let length = source.below(1000);
    let request = source.bytes(length);
    let mut answer = vec![0_u8; source.below(2000)];
    let (mut size, mut error) = (MaybeUninit::new(0_usize), Place::new());
    let before = if world.client.is_some() { world.stats().accepted } else { 0 };
    let status = opt_call_packed(
        world.handle(is_null),
        request.as_ptr(),
        request.len(),
        answer.as_mut_ptr(),
        answer.len(),
        Some(&mut size),
        error.or_null(false),
    );
    assert!(![Status::Internal, Status::OutOfMemory, Status::Disk].contains(&status), "{status:?}");
    check("opt_call_packed", status, &[missing, (status != Status::Ok).then_some(status)], error);
    // SAFETY: it began as a number, and calls write nothing but numbers.
    let size = unsafe { size.assume_init() };
    assert!(status != Status::Ok || size <= answer.len(), "an answer that does not fit");
    if world.client.is_some() {
        let after = world.stats().accepted;
        assert!(
            after == before || [Status::Ok, Status::Partial, Status::UnknownFlag].contains(&status),
            "{status:?}"
        );
        world.settle(after - before);
    }
}
