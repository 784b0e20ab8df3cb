//! What a caller in C has: places for answers, texts that may be none, and statuses to look at.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use opttrack::error::Status;
use opttrack::ffi::error::{opt_error, opt_error_free, opt_error_message, opt_error_place, opt_error_status};
use opttrack::ffi::text::opt_str;
use opttrack::ffi::value::{opt_pair, opt_value, opt_value_as};
use opttrack_fuzz::Source;

/// The place of an answer, as C has one.
pub struct Place<T>(MaybeUninit<Option<Box<T>>>);

impl<T> Place<T> {
    pub fn new() -> Self {
        Self(MaybeUninit::new(None))
    }

    /// A place, or NULL now and then.
    pub fn or_null(&mut self, is_null: bool) -> Option<&mut MaybeUninit<Option<Box<T>>>> {
        (!is_null).then_some(&mut self.0)
    }

    pub fn take(self) -> Option<Box<T>> {
        // SAFETY: it began as NULL, and calls write nothing but handles.
        unsafe { self.0.assume_init() }
    }
}

/// A text as a caller might give it, and the status it alone would cause.
#[derive(Clone, Copy)]
pub struct Given<'a> {
    pub bytes: &'a [u8],
    pub as_c: opt_str,
    pub fault: Option<Status>,
}

impl Given<'_> {
    pub fn text(&self) -> &str {
        std::str::from_utf8(self.bytes).unwrap_or("\u{fffd}")
    }
}

pub fn given<'a>(source: &mut Source<'a>, likely: &[&'static str]) -> Given<'a> {
    let whole = |bytes: &'a [u8], fault| Given {
        bytes,
        as_c: opt_str { data: bytes.as_ptr().cast::<c_char>(), len: bytes.len() },
        fault,
    };
    match source.byte() {
        0 => Given { bytes: b"", as_c: opt_str { data: std::ptr::null(), len: 0 }, fault: None },
        1 => {
            let as_c = opt_str { data: std::ptr::null(), len: 1 + source.below(1000) };
            Given { bytes: b"", as_c, fault: Some(Status::InvalidArgument) }
        }
        2 => {
            let as_c = opt_str { data: b"x".as_ptr().cast(), len: usize::MAX - source.below(1000) };
            Given { bytes: b"", as_c, fault: Some(Status::InvalidArgument) }
        }
        3..40 => {
            let length = usize::from(source.byte());
            let bytes = source.bytes(length);
            whole(bytes, std::str::from_utf8(bytes).err().map(|_| Status::InvalidUtf8))
        }
        other => whole(likely[usize::from(other) % likely.len()].as_bytes(), None),
    }
}

/// A text of the library's, read to its end.
pub fn read(text: opt_str) -> String {
    if text.data.is_null() {
        return String::new();
    }
    // SAFETY: the header promises `len` readable bytes.
    let bytes = unsafe { std::slice::from_raw_parts(text.data.cast::<u8>(), text.len) };
    std::str::from_utf8(bytes).expect("texts of the library are UTF-8").to_owned()
}

/// Did a call come to something that it may come to? Where nothing is wrong, to OK.
pub fn check(what: &str, status: Status, faults: &[Option<Status>], error: Place<opt_error>) {
    let faults: Vec<Status> = faults.iter().copied().flatten().collect();
    let is_foretold = if faults.is_empty() { status == Status::Ok } else { faults.contains(&status) };
    let error = error.take();
    let message = read(opt_error_message(error.as_deref()));
    assert!(is_foretold, "{what} came to {status:?} ({message}); {faults:?} were foretold");
    if let Some(error) = &error {
        assert_eq!(opt_error_status(Some(error)), status);
        assert!(!message.is_empty() && !message.contains('\n'), "{what}: {message:?}");
        read(opt_error_place(Some(error)));
    }
    opt_error_free(error);
}
/// Tags or attributes in C's form; and whether a call must refuse them.
pub fn pairs(source: &mut Source<'_>) -> (Vec<opt_pair>, Option<Status>) {
    let mut fault = None;
    let pairs = (0..source.below(4)).map(|_| {
        let key = given(source, &["revenue", "value", "plan", "app_version"]);
        let kind = source.below(7) as u32;
        let mut text = None;
        let r#as = match kind {
            1 => opt_value_as { boolean: source.bool() },
            2 => opt_value_as { integer: source.i64() },
            4 => {
                let value = given(source, &["gold", "2.1.0", "12.5"]);
                text = value.fault;
                opt_value_as { string: value.as_c }
            }
            _ => opt_value_as { number: source.f64() },
        };
        fault = fault.or(key.fault).or(text).or((kind > 4).then_some(Status::InvalidArgument));
        opt_pair { key: key.as_c, value: opt_value { r#type: kind, r#as } }
    });
    (pairs.collect(), fault)
}
