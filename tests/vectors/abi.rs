//! The C ABI by hand: the few types and functions of `opttrack.h` that make one event, looked up in the library.

#![allow(unsafe_code)] // a foreign library is called; `endpoint.rs` makes the safe calls

use std::ffi::{OsStr, c_char};

use libloading::{Library, Symbol};

/// `opt_status` of a call that succeeded.
pub const OK: i32 = 0;
/// `OPT_LOG_OFF`.
pub const LOG_OFF: u32 = 0;

/// `OPT_NOTIFICATION_LOG_EVENT`.
pub const LOG_EVENT: u32 = 4;

/// `opt_str`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Str {
    pub data: *const c_char,
    pub len: usize,
}

impl Str {
    /// Borrows a text for a call.
    pub fn of(text: &str) -> Self {
        Self { data: text.as_ptr().cast(), len: text.len() }
    }
}

/// `opt_notification_view`.
#[repr(C)]
pub struct NotificationView {
    pub kind: u32,
    pub reserved: u32,
    pub key: Str,
    pub payload: Str,
}

/// Declares the opaque handles of the header.
macro_rules! handles {
    ($($name:ident)*) => {$(
        #[repr(C)]
        pub struct $name {
            _opaque: [u8; 0],
        }
    )*};
}
handles!(Client Error Notification Options Pair User);

/// Declares the table of functions, and how it is filled from the library.
macro_rules! functions {
    ($($name:ident($($argument:ty),*) $(-> $answer:ty)?;)*) => {
        /// The functions of the library, under their names without `opt_`.
        pub struct Functions {
            $(pub $name: unsafe extern "C" fn($($argument),*) $(-> $answer)?,)*
        }

        impl Functions {
            fn find(library: &Library) -> Result<Self, libloading::Error> {
                Ok(Self {$(
                    $name: {
                        let symbol = concat!("opt_", stringify!($name));
                        // SAFETY: the types are those of the header that ships with the library.
                        let found: Symbol<unsafe extern "C" fn($($argument),*) $(-> $answer)?> =
                            unsafe { library.get(symbol.as_bytes())? };
                        *found
                    },
                )*})
            }
        }
    };
}

functions! {
    version() -> Str;
    options_new() -> *mut Options;
    options_set_datafile(*mut Options, Str, *mut *mut Error) -> i32;
    options_set_batch_size(*mut Options, u32, *mut *mut Error) -> i32;
    options_set_log_level(*mut Options, u32, *mut *mut Error) -> i32;
    options_set_notification_queue(*mut Options, u32, u32, *mut *mut Error) -> i32;
    client_new(*mut Options, *mut *mut Client, *mut *mut Error) -> i32;
    client_next_notification(*const Client, u32, *mut *mut Notification, *mut *mut Error) -> i32;
    client_free(*mut Client);
    notification_read(*const Notification, *mut NotificationView, usize, *mut *mut Error) -> i32;
    notification_free(*mut Notification);
    user_new(Str, *const Pair, usize, *mut *mut User, *mut *mut Error) -> i32;
    user_free(*mut User);
    track(*const Client, *const User, Str, *const Pair, usize, *mut *mut Error) -> i32;
}

/// Loads the library for the rest of the process's life: it runs threads, and is not made to be unloaded.
pub fn load(path: &OsStr) -> Result<&'static Functions, libloading::Error> {
    // SAFETY: the library's initialisers do nothing but what every Rust library's do.
    let library = Box::leak(Box::new(unsafe { Library::new(path)? }));
    Ok(Box::leak(Box::new(Functions::find(library)?)))
}

/// Copies a text that the library lends; none where it says that there is none.
///
/// # Safety
/// `text` is as the library gave it, and the handle it came from is still alive.
pub unsafe fn copied(text: Str) -> Option<String> {
    if text.data.is_null() {
        return None;
    }
    // SAFETY: the caller's promise: `len` bytes are readable at `data`.
    let bytes = unsafe { std::slice::from_raw_parts(text.data.cast::<u8>(), text.len) };
    Some(String::from_utf8_lossy(bytes).into_owned())
}
