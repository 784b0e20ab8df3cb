//! Which host the library posts to when none is set: seen where it asks the system for the host's address.
//!
//! The Events API must not be reached from here. So this program stands in for `getaddrinfo`: a name under
//! `optimizely.com` is noted and not found.

#![allow(unsafe_code)] // takes the place of a function of the C library

use std::collections::HashSet;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Duration;

use libc::addrinfo;

/// The names asked for, each with the thread that asked: a client's delivery thread is its own.
static ASKED: Mutex<Vec<(ThreadId, String)>> = Mutex::new(Vec::new());
static ANY_ASKED: Condvar = Condvar::new();
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

const GUARDED: &str = "optimizely.com";

type GetAddrInfo =
    unsafe extern "C" fn(*const c_char, *const c_char, *const addrinfo, *mut *mut addrinfo) -> c_int;

/// Stands in for the C library's function of this name, for this program and all that it loads.
///
/// # Safety
/// As for the original.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn getaddrinfo(
    node: *const c_char,
    service: *const c_char,
    hints: *const addrinfo,
    found: *mut *mut addrinfo,
) -> c_int {
    if !node.is_null() {
        // SAFETY: the caller gives a text that ends with a NUL.
        let name = unsafe { CStr::from_ptr(node) }.to_string_lossy();
        if name.ends_with(GUARDED) {
            asked().push((thread::current().id(), name.into_owned()));
            ANY_ASKED.notify_all();
            return libc::EAI_NONAME;
        }
    }
    // SAFETY: RTLD_NEXT finds the function that this one hides; the arguments are passed on as they came.
    unsafe {
        let next = libc::dlsym(libc::RTLD_NEXT, c"getaddrinfo".as_ptr());
        if next.is_null() {
            return libc::EAI_SYSTEM;
        }
        std::mem::transmute::<*mut c_void, GetAddrInfo>(next)(node, service, hints, found)
    }
}

/// Is this program's function the one that libraries get?
pub fn is_in_force() -> bool {
    // SAFETY: a look-up by name.
    let found = unsafe { libc::dlsym(libc::RTLD_DEFAULT, c"getaddrinfo".as_ptr()) };
    found == getaddrinfo as *mut c_void
}

/// What `post` answers, which makes the client of `make` post, and the host that the client asks for then; none if it asks
/// for none within ten seconds. Threads that asked before are those of earlier clients, which may try once more as they
/// end.
pub fn host_asked_for<C, T>(
    make: impl FnOnce() -> Result<C, String>,
    post: impl FnOnce(&C) -> Result<T, String>,
) -> Result<(T, Option<String>), String> {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let earlier: HashSet<ThreadId> = asked().iter().map(|(thread, _)| *thread).collect();
    let is_new = |(thread, _): &(ThreadId, String)| !earlier.contains(thread);
    let client = make()?;
    let posted = post(&client)?;
    let limit = Duration::from_secs(10);
    let waited = ANY_ASKED.wait_timeout_while(asked(), limit, |asked| !asked.iter().any(is_new));
    let (asked, _) = waited.unwrap_or_else(PoisonError::into_inner);
    Ok((posted, asked.iter().find(|entry| is_new(entry)).map(|(_, name)| name.clone())))
}

fn asked() -> MutexGuard<'static, Vec<(ThreadId, String)>> {
    ASKED.lock().unwrap_or_else(PoisonError::into_inner)
}
