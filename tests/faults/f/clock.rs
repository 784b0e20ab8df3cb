//! A clock that stands still while other programs have the processor, so that figures hold on a busy machine.
#![allow(unsafe_code)] // the standard library has no such clock

use std::time::Duration;

/// How long this thread computes for a call.
pub fn computing(call: impl FnOnce()) -> Duration {
    let start = now();
    call();
    now().saturating_sub(start)
}

fn now() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a live timespec of our own.
    let result = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    assert_eq!(result, 0, "every thread has a clock");
    let seconds = u64::try_from(time.tv_sec).expect("time runs forward");
    Duration::new(seconds, u32::try_from(time.tv_nsec).expect("nanoseconds are below a second"))
}
