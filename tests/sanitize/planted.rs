//! Faults on purpose, in a library that is built as ours is for a sanitizer: one that is not found says that none would be.

use std::thread;

/// A place that two threads may not write at once.
static mut COUNT: u64 = 0;

/// Reads memory that was freed.
#[unsafe(no_mangle)]
pub extern "C" fn planted_use_after_free(index: usize) -> u8 {
    let bytes = vec![7_u8; 64];
    let place = bytes.as_ptr();
    drop(bytes);
    // SAFETY: there is none; that is what is to be found.
    unsafe { place.add(index % 64).read_volatile() }
}

/// Forgets memory.
#[unsafe(no_mangle)]
pub extern "C" fn planted_leak(size: usize) {
    let bytes = std::hint::black_box(vec![7_u8; size]);
    std::mem::forget(bytes);
}

/// Writes one place from two threads.
#[unsafe(no_mangle)]
pub extern "C" fn planted_race(times: u64) -> u64 {
    let count = move || {
        for _ in 0..times {
            // SAFETY: there is none; that is what is to be found.
            unsafe { (&raw mut COUNT).write_volatile((&raw const COUNT).read_volatile() + 1) }
        }
    };
    let other = thread::spawn(count);
    count();
    let _ = other.join();
    // SAFETY: the other thread has ended.
    unsafe { (&raw const COUNT).read_volatile() }
}
