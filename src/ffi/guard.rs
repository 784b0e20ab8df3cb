//! What every exported function shares: the panic guard, the error out-parameter, and the checks of pointers.

use std::mem::MaybeUninit;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::error::opt_error;
use crate::error::{Error, Result, Status};

/// A nullable out-parameter for a handle, written without reading what was there.
pub(super) type Out<'a, T> = Option<&'a mut MaybeUninit<Option<Box<T>>>>;

/// Runs `call`; turns its error or its panic into a status and, where the caller gave a place for it, an error handle.
pub(super) fn guard(error: Out<'_, opt_error>, call: impl FnOnce() -> Result<()>) -> Status {
    let result = catch_unwind(AssertUnwindSafe(|| {
        #[cfg(feature = "test-panics")]
        super::version::panic_if_armed();
        call()
    }))
    .unwrap_or_else(|panic| Err(internal(&*panic)));
    match result {
        Ok(()) => Status::Ok,
        Err(failure) => {
            let status = failure.status();
            if let Some(place) = error {
                place.write(Some(Box::new(opt_error::from(failure))));
            }
            status
        }
    }
}

/// Runs an accessor that can't report a status; a panic gives `fallback`.
pub(super) fn guard_or<T>(fallback: T, call: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(|| {
        #[cfg(feature = "test-panics")]
        super::version::panic_if_armed();
        call()
    }))
    .unwrap_or(fallback)
}

fn internal(panic: &(dyn std::any::Any + Send)) -> Error {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    Error::new(Status::Internal, format!("panic inside the library: {text}"))
}

/// The handle behind a pointer that must not be NULL.
pub(super) fn required<T>(pointer: Option<T>, name: &'static str) -> Result<T> {
    pointer.ok_or_else(|| Error::argument(name, "is NULL"))
}

/// An out-parameter for a handle that must not be NULL; it holds NULL until the call has succeeded.
pub(super) fn out_handle<'a, T>(out: Out<'a, T>, name: &'static str) -> Result<&'a mut Option<Box<T>>> {
    Ok(required(out, name)?.write(None))
}

/// A yes or no that comes as a number.
pub(super) fn truth(value: u32, name: &'static str) -> Result<bool> {
    match value {
        0 | 1 => Ok(value == 1),
        other => Err(Error::argument(name, &format!("is {other}; 0 and 1 are taken"))),
    }
}
