//! Datafiles as bytes, which only the C ABI can be given: it must refuse what is not UTF-8.
#![allow(unsafe_code)] // answers of the C ABI are pointers

use std::mem::MaybeUninit;

use opttrack::error::Status;
use opttrack::ffi::client::{opt_client, opt_client_free, opt_client_new, opt_client_set_datafile};
use opttrack::ffi::error::{opt_error, opt_error_free, opt_error_message, opt_error_place};
use opttrack::ffi::logging::opt_options_set_log_level;
use opttrack::ffi::options::{opt_options_new, opt_options_set_datafile, opt_options_set_event_endpoint};
use opttrack::ffi::text::opt_str;

use super::fixture::closed_endpoint;

/// A refusal of the C ABI, copied out of its handle.
#[derive(Debug)]
pub struct Refusal {
    pub status: Status,
    pub message: String,
    pub place: String,
}

/// A client made by the C ABI, without events and without a log.
pub struct AbiClient(Option<Box<opt_client>>);

impl AbiClient {
    pub fn new(datafile: &[u8]) -> Result<Self, Refusal> {
        let mut options = opt_options_new().expect("options are made");
        let url = closed_endpoint();
        refused(|error| opt_options_set_log_level(Some(&mut options), 0, Some(error)))?;
        refused(|error| {
            opt_options_set_event_endpoint(Some(&mut options), borrow(url.as_bytes()), Some(error))
        })?;
        refused(|error| opt_options_set_datafile(Some(&mut options), borrow(datafile), Some(error)))?;
        let mut client = MaybeUninit::new(None);
        refused(|error| opt_client_new(Some(options), Some(&mut client), Some(error)))?;
        // SAFETY: initialised above, and overwritten by nothing but a client.
        Ok(Self(unsafe { client.assume_init() }))
    }

    pub fn set_datafile(&self, bytes: &[u8]) -> Result<(), Refusal> {
        refused(|error| opt_client_set_datafile(self.0.as_deref(), borrow(bytes), Some(error)))
    }
}

impl Drop for AbiClient {
    fn drop(&mut self) {
        opt_client_free(self.0.take());
    }
}

fn borrow(bytes: &[u8]) -> opt_str {
    opt_str { data: bytes.as_ptr().cast(), len: bytes.len() }
}

/// Makes a call and reads its error.
fn refused(call: impl FnOnce(&mut MaybeUninit<Option<Box<opt_error>>>) -> Status) -> Result<(), Refusal> {
    let mut error = MaybeUninit::new(None);
    let status = call(&mut error);
    // SAFETY: initialised above, and overwritten by nothing but an error.
    let error = unsafe { error.assume_init() };
    if status == Status::Ok {
        assert!(error.is_none(), "a call that succeeds writes no error");
        return Ok(());
    }
    let handle = error.as_deref();
    let refusal =
        Refusal { status, message: copy(opt_error_message(handle)), place: copy(opt_error_place(handle)) };
    opt_error_free(error);
    Err(refusal)
}

fn copy(text: opt_str) -> String {
    assert!(!text.data.is_null(), "an error has a message and a place");
    // SAFETY: the header promises `len` readable bytes, borrowed from a handle that is still alive.
    let bytes = unsafe { std::slice::from_raw_parts(text.data.cast::<u8>(), text.len) };
    String::from_utf8(bytes.to_vec()).expect("the library's texts are UTF-8")
}
