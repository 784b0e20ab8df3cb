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

/// Stack below the caller's frame that is left alone: what the calls from here on take.
#[cfg(any(target_os = "linux", target_os = "android"))]
const MARGIN: usize = 8 * 1024;

/// Gives the memory back that this thread's stack has grown into and does not use now. For a thread that is about to
/// sleep for long: a request over the network goes deep, and what it touched would stay.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub fn give_stack_back() {
    if let Some((start, end)) = unused_stack() {
        // SAFETY: what lies below every frame of this thread holds nothing; the margin is for this very call.
        unsafe { libc::madvise(start, end.addr() - start.addr(), libc::MADV_DONTNEED) };
    }
}

/// Nothing elsewhere: the memory stays.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub fn give_stack_back() {}

/// The first byte of this thread's stack, and the page where it is in use from.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn unused_stack() -> Option<(*mut libc::c_void, *mut libc::c_void)> {
    let mut attributes = MaybeUninit::<libc::pthread_attr_t>::uninit();
    // SAFETY: the thread is this one; the pointer is valid for a write.
    if unsafe { libc::pthread_getattr_np(libc::pthread_self(), attributes.as_mut_ptr()) } != 0 {
        return None;
    }
    let (mut start, mut size) = (std::ptr::null_mut::<libc::c_void>(), 0);
    // SAFETY: the attributes were filled above; both places are valid for a write.
    let result = unsafe { libc::pthread_attr_getstack(attributes.as_ptr(), &raw mut start, &raw mut size) };
    // SAFETY: filled above, and used no more.
    unsafe { libc::pthread_attr_destroy(attributes.as_mut_ptr()) };
    // SAFETY: no memory is involved.
    let page = usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).ok()?;
    let here = (&raw const attributes).addr();
    let used = here.checked_sub(MARGIN)? / page * page;
    let is_mine = result == 0 && start.addr() < used && here < start.addr() + size;
    is_mine.then(|| (start, start.with_addr(used)))
}

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

    /// Pages of this thread's unused stack that are memory.
    #[cfg(target_os = "linux")]
    fn resident_pages() -> usize {
        let (start, end) = unused_stack().expect("a stack");
        // The lowest page may be the guard, of which nothing is asked.
        let (start, size) = (start.wrapping_byte_add(64 * 1024), end.addr() - start.addr() - 64 * 1024);
        let mut pages = vec![0_u8; size / 4096 + 1];
        // SAFETY: the range is mapped; a byte for each of its pages is there to be written.
        assert_eq!(unsafe { libc::mincore(start, size, pages.as_mut_ptr()) }, 0);
        pages.iter().filter(|page| **page & 1 == 1).count()
    }

    #[cfg(target_os = "linux")]
    #[inline(never)]
    #[expect(clippy::large_stack_arrays, reason = "it is the stack that is tested")]
    fn go_deep() -> usize {
        let mut bytes = [1_u8; 256 * 1024];
        std::hint::black_box(&mut bytes).iter().map(|byte| usize::from(*byte)).sum()
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_stack_that_was_used_is_given_back_and_can_be_used_again() {
        let thread = spawn("opttrack-test", || {
            // A sanitizer lets functions have their locals elsewhere, and then nothing is given back.
            if unused_stack().is_none() && std::env::var_os("OPT_CHECKED").is_some() {
                return;
            }
            let kept = std::hint::black_box([7_u8; 1000]);
            assert_eq!(go_deep(), 256 * 1024);
            let before = resident_pages();
            give_stack_back();
            let after = resident_pages();
            assert_eq!(go_deep(), 256 * 1024);
            assert_eq!(kept, [7; 1000]);
            assert!(before >= 60, "{before} pages were used");
            assert!(after <= 4, "{after} of {before} pages are left");
        });
        thread.expect("a thread").join().expect("no panic");
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
