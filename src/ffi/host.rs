//! A host's pointer with the function that releases it: what every callback carries.

use std::ffi::c_void;

use super::guard::guard_or;
use super::options::opt_release_callback;

/// Handed back to the host's callbacks, and released once, when the last use is over.
pub(super) struct HostData {
    user_data: *mut c_void,
    release: opt_release_callback,
}

// SAFETY: the header tells the host that callbacks run on any thread; the pointer is only handed back to it.
unsafe impl Send for HostData {}
// SAFETY: as above; several threads may call at once, as the header says.
unsafe impl Sync for HostData {}

impl HostData {
    pub(super) fn new(user_data: *mut c_void, release: opt_release_callback) -> Self {
        Self { user_data, release }
    }

    pub(super) fn pointer(&self) -> *mut c_void {
        self.user_data
    }
}

impl Drop for HostData {
    fn drop(&mut self) {
        if let Some(release) = self.release {
            // SAFETY: the host's own function with the host's own pointer, for the last time.
            guard_or((), || unsafe { release(self.user_data) });
        }
    }
}
