//! Threads that the host is not surprised by: named, and deaf to its signals.
#![allow(unsafe_code)]

use std::mem::MaybeUninit;
use std::thread::{Builder, JoinHandle};

/// Starts a thread on which no signal handler of the host ever runs.
pub fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> std::io::Result<JoinHandle<()>> {
    let before = block_all_signals();
    let spawned = Builder::new().name(name.to_owned()).spawn(body);
    restore_signals(before);
    spawned
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
