//! Forks: a child has a copy of the memory, one thread, and locks that nobody will ever open. So what a process shares
//! between its threads is told apart by generation, and a child makes its own.
#![allow(unsafe_code)]

use std::marker::PhantomData;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, AtomicU64, Ordering};

/// Raised in each child, so that it differs from that of every ancestor.
static GENERATION: AtomicU64 = AtomicU64::new(0);

/// Descriptors of locks, which a child must not keep: a lock of flock lasts until its last copy is closed.
static DESCRIPTORS: Chunk = Chunk::new();

/// Which process this is, counted from the first of its ancestors that has watched for forks.
#[must_use]
pub fn generation() -> u64 {
    GENERATION.load(Ordering::Relaxed)
}

/// Has this process's forks watched from now on; false if the system has no memory for that. Two that come first at
/// once may both register: a generation raised twice is as good.
#[must_use]
pub fn watch() -> bool {
    static IS_WATCHED: AtomicBool = AtomicBool::new(false);
    if IS_WATCHED.load(Ordering::Acquire) {
        return true;
    }
    let is_watched = at_fork();
    IS_WATCHED.store(is_watched, Ordering::Release);
    is_watched
}

#[cfg(unix)]
fn at_fork() -> bool {
    // SAFETY: the handler is never unloaded, for the library is linked not to be; it calls nothing but close.
    unsafe { libc::pthread_atfork(None, None, Some(in_child)) == 0 }
}

#[cfg(not(unix))]
fn at_fork() -> bool {
    true
}

/// Runs in each child before fork returns there. Only what is safe in a signal handler is safe here.
#[cfg(unix)]
extern "C" fn in_child() {
    GENERATION.fetch_add(1, Ordering::Relaxed);
    DESCRIPTORS.each(|slot| {
        let descriptor = slot.swap(FREE, Ordering::Relaxed);
        if descriptor != FREE {
            // SAFETY: the parent's lock is its own; this copy of the descriptor is used by nobody.
            unsafe { libc::close(descriptor) };
        }
    });
}

const FREE: i32 = -1;

const CHUNK: usize = 64;

/// Places for descriptors. Chunks are added and never freed, so that a child can walk them at any instant.
struct Chunk {
    slots: [AtomicI32; CHUNK],
    next: AtomicPtr<Chunk>,
}

impl Chunk {
    const fn new() -> Self {
        Self { slots: [const { AtomicI32::new(FREE) }; CHUNK], next: AtomicPtr::new(ptr::null_mut()) }
    }

    fn next(&self) -> Option<&'static Self> {
        // SAFETY: the pointer is null or that of a chunk which was leaked before it was published.
        unsafe { self.next.load(Ordering::Acquire).as_ref() }
    }

    #[cfg(unix)]
    fn each(&'static self, mut call: impl FnMut(&AtomicI32)) {
        let mut chunk = Some(self);
        while let Some(here) = chunk {
            here.slots.iter().for_each(&mut call);
            chunk = here.next();
        }
    }

    /// Takes a place for a descriptor, in a new chunk if all are taken.
    fn take(&'static self, descriptor: i32) -> &'static AtomicI32 {
        let mut chunk = self;
        loop {
            let take = |slot: &&AtomicI32| {
                slot.compare_exchange(FREE, descriptor, Ordering::Relaxed, Ordering::Relaxed).is_ok()
            };
            if let Some(slot) = chunk.slots.iter().find(take) {
                return slot;
            }
            chunk = chunk.next().unwrap_or_else(|| chunk.grow());
        }
    }

    fn grow(&'static self) -> &'static Self {
        let new = Box::into_raw(Box::new(Self::new()));
        match self.next.compare_exchange(ptr::null_mut(), new, Ordering::AcqRel, Ordering::Acquire) {
            // SAFETY: it was just made, and is never freed.
            Ok(_) => unsafe { &*new },
            Err(other) => {
                // SAFETY: it was just made, and nobody has seen it.
                drop(unsafe { Box::from_raw(new) });
                // SAFETY: another thread has published it, and it is never freed.
                unsafe { &*other }
            }
        }
    }
}

/// A descriptor that children close.
pub struct ClosedInChild {
    slot: &'static AtomicI32,
    descriptor: i32,
}

/// Has children close a descriptor. To be called before a lock is taken by it, and the answer dropped before it is closed
/// here, lest a child close what has its number by then.
#[must_use]
pub fn register(descriptor: i32) -> ClosedInChild {
    ClosedInChild { slot: DESCRIPTORS.take(descriptor), descriptor }
}

impl Drop for ClosedInChild {
    fn drop(&mut self) {
        // In a child the place may be another's by now.
        let _ = self.slot.compare_exchange(self.descriptor, FREE, Ordering::Relaxed, Ordering::Relaxed);
    }
}

/// A value that each process has for itself. A child's first use makes a new one and leaks the parent's, which is never
/// touched again: its locks may be held by threads that are not there.
pub struct PerProcess<T> {
    current: AtomicPtr<Held<T>>,
    /// The newest generation that somebody has begun to make a value for.
    claimed: AtomicU64,
    owns: PhantomData<Held<T>>,
}

struct Held<T> {
    generation: u64,
    value: T,
}

impl<T: Send + Sync> PerProcess<T> {
    /// A value of this process.
    #[must_use]
    pub fn new(value: T) -> Self {
        let generation = generation();
        let held = Box::new(Held { generation, value });
        Self {
            current: AtomicPtr::new(Box::into_raw(held)),
            claimed: AtomicU64::new(generation),
            owns: PhantomData,
        }
    }

    /// The value of this process. `make` makes it if there is none yet; it must not come back here.
    #[inline]
    pub fn get(&self, make: impl FnOnce() -> T) -> &T {
        match self.current() {
            Some(value) => value,
            None => self.renew(make),
        }
    }

    /// The value of this process, if it has used it.
    #[inline]
    pub fn current(&self) -> Option<&T> {
        // SAFETY: the pointer is that of a box, which is freed with `self` at the earliest.
        let held = unsafe { &*self.current.load(Ordering::Acquire) };
        (held.generation == generation()).then_some(&held.value)
    }

    /// Only one thread makes a value; the others wait for it. A claim of an ancestor's thread is older, so that nobody
    /// waits for one that is not there.
    #[cold]
    fn renew(&self, make: impl FnOnce() -> T) -> &T {
        let generation = generation();
        loop {
            if let Some(value) = self.current() {
                return value;
            }
            let before = self.claimed.load(Ordering::Relaxed);
            let claim =
                || self.claimed.compare_exchange(before, generation, Ordering::Relaxed, Ordering::Relaxed);
            if before != generation && claim().is_ok() {
                let claim = Claim { claimed: &self.claimed, before };
                let held = Box::into_raw(Box::new(Held { generation, value: make() }));
                std::mem::forget(claim);
                self.current.store(held, Ordering::Release);
                // SAFETY: as in `current`.
                return unsafe { &(*held).value };
            }
            std::thread::yield_now();
        }
    }
}

/// Gives a claim back if the making panics.
struct Claim<'p> {
    claimed: &'p AtomicU64,
    before: u64,
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.claimed.store(self.before, Ordering::Relaxed);
    }
}

impl<T> Drop for PerProcess<T> {
    fn drop(&mut self) {
        let held = *self.current.get_mut();
        // SAFETY: the pointer is that of a box, and nobody else has `self`.
        let is_ours = unsafe { (*held).generation } == generation();
        if is_ours {
            // SAFETY: as above.
            drop(unsafe { Box::from_raw(held) });
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::fs::File;
    use std::os::fd::AsRawFd;

    /// Does it hold in a child of this process?
    fn in_a_child(holds: impl FnOnce() -> bool) -> bool {
        // SAFETY: the child only reads memory, makes system calls, and ends without unwinding.
        match unsafe { libc::fork() } {
            // SAFETY: ends the child, whatever it holds.
            0 => unsafe { libc::_exit(i32::from(!holds())) },
            child => {
                let mut status = -1;
                // SAFETY: the place is valid for a write.
                let ended = unsafe { libc::waitpid(child, &raw mut status, 0) };
                assert_eq!(ended, child, "the child ends");
                status == 0
            }
        }
    }

    fn is_open(descriptor: i32) -> bool {
        // SAFETY: no memory is involved.
        unsafe { libc::fcntl(descriptor, libc::F_GETFD) != -1 }
    }

    #[test]
    fn a_child_has_another_generation_and_closes_what_was_registered() {
        assert!(watch());
        let before = generation();
        let files: Vec<File> = (0..CHUNK + 2).map(|_| File::open("/dev/null").expect("a file")).collect();
        let mut guards: Vec<_> = files[1..].iter().map(|file| register(file.as_raw_fd())).collect();
        drop(guards.pop());
        let last = files.len() - 1;
        let is_as_promised = || {
            let is_closed = files[1..last].iter().all(|file| !is_open(file.as_raw_fd()));
            generation() != before
                && is_closed
                && is_open(files[0].as_raw_fd())
                && is_open(files[last].as_raw_fd())
        };
        assert!(in_a_child(is_as_promised));
        assert_eq!(generation(), before);
        assert!(files.iter().all(|file| is_open(file.as_raw_fd())));
    }

    #[test]
    fn a_child_makes_a_value_of_its_own_once_and_a_grandchild_another() {
        assert!(watch());
        let value = PerProcess::new(AtomicU64::new(1));
        let own = |number| value.get(|| AtomicU64::new(number)).load(Ordering::Relaxed);
        assert_eq!(own(2), 1);
        assert!(in_a_child(|| {
            let is_none = value.current().is_none();
            is_none && own(2) == 2 && own(3) == 2 && in_a_child(|| own(4) == 4) && own(5) == 2
        }));
        assert_eq!(own(6), 1);
    }

    #[test]
    fn a_value_goes_with_its_cell() {
        let value = std::sync::Arc::new(());
        let cell = PerProcess::new(std::sync::Arc::clone(&value));
        drop(cell);
        assert_eq!(std::sync::Arc::strong_count(&value), 1);
    }
}
