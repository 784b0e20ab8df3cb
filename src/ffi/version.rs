//! Header section: version and status names.

use std::ffi::c_char;

use super::guard::guard_or;
use super::text::opt_str;
use crate::error::Status;

/// The version of the library that runs, as "major.minor.patch".
/// Compare it with OPT_VERSION, the version of the header compiled against.
///
/// Ownership: static; never freed. Threads: any. Blocks: never. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn opt_version() -> opt_str {
    guard_or(opt_str::NONE, || opt_str::borrow(env!("CARGO_PKG_VERSION")))
}

/// The name of a status as written in this header ("OPT_STATUS_OK"), for logs; "OPT_STATUS_UNKNOWN" for a number
/// that this library does not have. Terminated by NUL.
///
/// Ownership: static; never freed. Threads: any. Blocks: never. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn opt_status_name(status: i32) -> *const c_char {
    guard_or(c"OPT_STATUS_UNKNOWN".as_ptr(), || {
        Status::ALL
            .iter()
            .find(|known| **known as i32 == status)
            .map_or(c"OPT_STATUS_UNKNOWN".as_ptr(), |known| known.c_name().as_ptr())
    })
}

#[cfg(feature = "test-panics")]
thread_local! {
    static ARMED: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// Makes the next guarded call of this thread panic inside the library. Only in builds for the tests of the boundary.
#[cfg(feature = "test-panics")]
#[unsafe(no_mangle)]
pub extern "C" fn opt_test_panic_next() {
    ARMED.with(|armed| armed.set(true));
}

/// Makes the delivery of this process panic so many times: 1: in its next step, 2: in the next request, 3: when the next
/// answer is taken in. Only in builds for the tests of the delivery.
#[cfg(feature = "test-panics")]
#[unsafe(no_mangle)]
pub extern "C" fn opt_test_panic_delivery(place: u32, count: u32) {
    crate::client::lay_ambush(place, count);
}

#[cfg(feature = "test-panics")]
pub(super) fn panic_if_armed() {
    assert!(!ARMED.with(|armed| armed.replace(false)), "asked for by a test");
}
