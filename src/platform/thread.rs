//! Threads that the host is not surprised by: named, and deaf to its signals.
#![allow(unsafe_code)]

use std::mem::MaybeUninit;
use std::thread::{Builder, JoinHandle, Scope};

/// Starts a thread on which no signal handler of the host ever runs.
pub fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> std::io::Result<JoinHandle<()>> {
    let before = block_all_signals();
    let spawned = Builder::new().name(name.to_owned()).spawn(body);
    restore_signals(before);
    spawned
}

/// The same for a thread that borrows from the one that starts it, which waits for it at the end of the scope.
pub fn spawn_scoped<'scope>(
    scope: &'scope Scope<'scope, '_>,
    name: &str,
    body: impl FnOnce() + Send + 'scope,
) -> std::io::Result<()> {
    let before = block_all_signals();
    let spawned = Builder::new().name(name.to_owned()).spawn_scoped(scope, body);
    restore_signals(before);
    spawned.map(drop)
}

/// A new thread inherits the mask of the one that starts it, so all signals are blocked around the start.
#[cfg(unix)]
fn block_all_signals() -> Option<libc::sigset_t> {
    let mut all = MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: the pointer is valid for a write of the set.
    if unsafe { libc::sigfillset(all.as_mut_ptr()) } != 0 {
        return None;
    }
    let mut before = MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: `all` was filled above; `before` is valid for a write.
    if unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, all.as_ptr(), before.as_mut_ptr()) } != 0 {
        return None;
    }
    // SAFETY: pthread_sigmask succeeded and has written the former mask.
    Some(unsafe { before.assume_init() })
}

#[cfg(unix)]
fn restore_signals(before: Option<libc::sigset_t>) {
    if let Some(before) = before {
        // SAFETY: the mask is the one this thread had; no former mask is asked for.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const before, std::ptr::null_mut()) };
    }
}

#[cfg(not(unix))]
fn block_all_signals() -> Option<MaybeUninit<()>> {
    None
}

#[cfg(not(unix))]
fn restore_signals(_before: Option<MaybeUninit<()>>) {}

/// What this thread has had of a processor: unlike the time that passes, not what others have had.
#[cfg(all(test, unix))]
pub fn processor_time() -> std::time::Duration {
    let mut time = MaybeUninit::<libc::timespec>::uninit();
    // SAFETY: the pointer is valid for a write.
    let result = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, time.as_mut_ptr()) };
    assert_eq!(result, 0, "every thread has this clock");
    // SAFETY: clock_gettime succeeded and has written the time.
    let time = unsafe { time.assume_init() };
    std::time::Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    /// The signals that this thread takes.
    fn open_signals() -> Vec<libc::c_int> {
        let mut mask = MaybeUninit::<libc::sigset_t>::uninit();
        // SAFETY: no new mask is given; `mask` is valid for a write.
        let result = unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, std::ptr::null(), mask.as_mut_ptr()) };
        assert_eq!(result, 0);
        // SAFETY: pthread_sigmask succeeded and has written the mask.
        let mask = unsafe { mask.assume_init() };
        // SAFETY: the set is initialised, and the numbers are signals.
        let is_open = |signal: &libc::c_int| unsafe { libc::sigismember(&raw const mask, *signal) } == 0;
        [libc::SIGINT, libc::SIGTERM, libc::SIGHUP, libc::SIGUSR1, libc::SIGALRM]
            .into_iter()
            .filter(is_open)
            .collect()
    }

    #[test]
    fn a_thread_of_a_scope_has_a_name_and_no_signals_and_its_starter_keeps_its_own() {
        let before = open_signals();
        assert!(!before.is_empty(), "the test itself takes signals");
        let mut seen = None;
        std::thread::scope(|scope| {
            let body = || seen = Some((std::thread::current().name().map(str::to_owned), open_signals()));
            spawn_scoped(scope, "opttrack-test", body).expect("a thread");
        });
        assert_eq!(seen, Some((Some("opttrack-test".to_owned()), Vec::new())));
        assert_eq!(open_signals(), before);
    }
}
