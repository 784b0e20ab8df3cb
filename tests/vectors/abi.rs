//! The C ABI by hand: the types and functions of `opttrack.h` that the vectors need, looked up in the library.

#![allow(unsafe_code)] // a foreign library is called; `client.rs` makes the safe calls

use std::ffi::{CStr, OsStr, c_char};

use libloading::{Library, Symbol};

/// `opt_status` of a call that succeeded.
pub const OK: i32 = 0;
/// `OPT_STATUS_INVALID_DATAFILE`.
pub const INVALID_DATAFILE: i32 = 3;
/// `OPT_STATUS_UNKNOWN_EVENT`.
pub const UNKNOWN_EVENT: i32 = 6;
/// `OPT_STATUS_UNKNOWN_EXPERIMENT`.
pub const UNKNOWN_EXPERIMENT: i32 = 7;
/// `OPT_STATUS_UNKNOWN_FLAG`.
pub const UNKNOWN_FLAG: i32 = 8;
/// `OPT_STATUS_NOT_FOUND`.
pub const NOT_FOUND: i32 = 10;
/// `OPT_DECIDE_DISABLE_DECISION_EVENT`.
pub const DISABLE_DECISION_EVENT: u32 = 1;
/// `OPT_LOG_OFF`.
pub const LOG_OFF: u32 = 0;

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

/// The union in `opt_value`.
#[repr(C)]
#[derive(Clone, Copy)]
pub union ValueAs {
    pub boolean: bool,
    pub integer: i64,
    pub number: f64,
    pub string: Str,
}

/// `opt_value`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Value {
    pub kind: u32,
    pub held: ValueAs,
}

/// `opt_pair`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Pair {
    pub key: Str,
    pub value: Value,
}

/// `opt_decision_view`.
#[repr(C)]
pub struct DecisionView {
    pub flag_key: Str,
    pub rule_key: Str,
    pub variation_key: Str,
    pub enabled: u32,
    pub event_status: u32,
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
handles!(Client Decision Error Keys Options User);

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
    status_name(i32) -> *const c_char;
    error_status(*const Error) -> i32;
    error_message(*const Error) -> Str;
    error_free(*mut Error);
    options_new() -> *mut Options;
    options_free(*mut Options);
    options_set_datafile(*mut Options, Str, *mut *mut Error) -> i32;
    options_set_event_endpoint(*mut Options, Str, *mut *mut Error) -> i32;
    options_set_batch_size(*mut Options, u32, *mut *mut Error) -> i32;
    options_set_flush_interval_ms(*mut Options, u32, *mut *mut Error) -> i32;
    options_set_log_level(*mut Options, u32, *mut *mut Error) -> i32;
    client_new(*mut Options, *mut *mut Client, *mut *mut Error) -> i32;
    client_flush(*const Client, u32, *mut u64, *mut *mut Error) -> i32;
    client_close(*const Client, u32, *mut u64, *mut *mut Error) -> i32;
    client_free(*mut Client);
    user_new(Str, *const Pair, usize, *mut *mut User, *mut *mut Error) -> i32;
    user_set_qualified_segments(*mut User, *const Str, usize, *mut *mut Error) -> i32;
    user_free(*mut User);
    decision_read(*const Decision, *mut DecisionView, usize, *mut *mut Error) -> i32;
    decision_free(*mut Decision);
    keys_count(*const Keys) -> usize;
    keys_at(*const Keys, usize) -> Str;
    keys_free(*mut Keys);
    activate(*const Client, *const User, Str, *mut *mut Decision, *mut *mut Error) -> i32;
    get_variation(*const Client, *const User, Str, *mut *mut Decision, *mut *mut Error) -> i32;
    decide(*const Client, *const User, Str, u32, *mut *mut Decision, *mut *mut Error) -> i32;
    is_feature_enabled(*const Client, *const User, Str, *mut bool, *mut u32, *mut *mut Error) -> i32;
    get_enabled_features(*const Client, *const User, *mut *mut Keys, *mut u64, *mut *mut Error) -> i32;
    track(*const Client, *const User, Str, *const Pair, usize, *mut *mut Error) -> i32;
    client_set_forced_variation(*const Client, Str, Str, Str, *mut *mut Error) -> i32;
    client_remove_forced_variation(*const Client, Str, Str, *mut *mut Error) -> i32;
    client_get_forced_variation(*const Client, Str, Str, *mut *mut Decision, *mut *mut Error) -> i32;
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

/// Copies a text that ends with a NUL.
///
/// # Safety
/// `text` is as the library gave it.
pub unsafe fn copied_c_str(text: *const c_char) -> String {
    // SAFETY: the caller's promise: a NUL ends the text.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}
