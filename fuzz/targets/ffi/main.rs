//! Bytes as a sequence of calls of the C ABI, with handles, NULLs, texts that are none, and lengths: every status is one
//! that a model foretells, and the books at the end are the model's.
#![no_main]
#![allow(unsafe_code, reason = "the boundary is called as C calls it")]

mod caller;
mod calls;
mod changes;
mod world;

use libfuzzer_sys::fuzz_target;
use opttrack::ffi::client::opt_client_free;
use opttrack::ffi::text::opt_str;
use opttrack::ffi::user::{opt_user_free, opt_user_new};
use opttrack_fuzz::Source;

use caller::{Place, check};
use calls::step;
use world::{World, new_client};

fuzz_target!(|data: &[u8]| {
    let mut source = Source::new(data);
    let mut world = World::default();
    new_client(&mut world, &mut source);
    let mut error = Place::new();
    let mut place = Place::new();
    let id = opt_str { data: b"visitor-1".as_ptr().cast(), len: 9 };
    let status = opt_user_new(id, std::ptr::null(), 0, place.or_null(false), error.or_null(false));
    check("opt_user_new", status, &[], error);
    world.user = place.take();
    for _ in 0..64 {
        if source.is_empty() {
            break;
        }
        step(&mut world, &mut source);
    }
    world.settle(0);
    opt_user_free(world.user);
    opt_client_free(world.client.map(|held| held.client));
});
