//! Header section: text.

use std::ffi::c_char;
use std::path::PathBuf;

use crate::error::{Error, Result, Status};

/// Borrowed UTF-8 text: `len` bytes at `data`, no terminator needed; NUL bytes inside are legal.
///
/// As an argument: the library copies what it keeps; `data` may be freed as soon as the call returns. {NULL, 0} is
/// the empty text; NULL with a length is refused with OPT_STATUS_INVALID_ARGUMENT, bytes that are not UTF-8 with
/// OPT_STATUS_INVALID_UTF8. Make one with OPT_STR("literal") or opt_cstr(pointer).
/// As an answer: borrowed from the handle it came from and valid until that is freed; never NUL-terminated;
/// `data == NULL` means that there is none.
///
/// Threads: a plain value. Since 0.1.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct opt_str {
    /// First byte.
    pub data: *const c_char,
    /// Number of bytes.
    pub len: usize,
}

impl opt_str {
    pub(super) const NONE: Self = Self { data: std::ptr::null(), len: 0 };

    pub(super) const fn borrow(text: &str) -> Self {
        Self { data: text.as_ptr().cast(), len: text.len() }
    }

    pub(super) fn borrow_optional(text: Option<&str>) -> Self {
        text.map_or(Self::NONE, Self::borrow)
    }

    /// The text as Rust sees it, or an error that names the argument and the byte.
    ///
    /// # Safety
    /// The header makes the caller promise `len` readable bytes at `data` for the length of the call.
    #[inline]
    pub(super) unsafe fn to_str<'a>(self, name: &'static str) -> Result<&'a str> {
        // SAFETY: passed on from our own caller.
        let bytes = unsafe { bytes(self.data.cast(), self.len, name) }?;
        if is_ascii(bytes) {
            // SAFETY: ASCII is UTF-8. Most texts are, and this check is a small part of the other's work.
            return Ok(unsafe { std::str::from_utf8_unchecked(bytes) });
        }
        std::str::from_utf8(bytes).map_err(|error| {
            let message = format!("{name}: byte {} is not UTF-8", error.valid_up_to());
            Error::new(Status::InvalidUtf8, message).at(name)
        })
    }
}

impl opt_str {
    /// The path that the bytes are; it need not be UTF-8 where the system does not say so.
    ///
    /// # Safety
    /// As `to_str`.
    pub(super) unsafe fn to_path(self, name: &'static str) -> Result<PathBuf> {
        // SAFETY: passed on from our own caller.
        let bytes = unsafe { bytes(self.data.cast(), self.len, name) }?;
        match bytes {
            [] => Err(Error::argument(name, "is empty")),
            bytes if bytes.contains(&0) => Err(Error::argument(name, "has a NUL byte, which no path has")),
            bytes => path(bytes, name),
        }
    }
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "other systems refuse what is not UTF-8")]
fn path(bytes: &[u8], _name: &'static str) -> Result<PathBuf> {
    use std::os::unix::ffi::OsStrExt;

    Ok(std::ffi::OsStr::from_bytes(bytes).into())
}

#[cfg(not(unix))]
fn path(bytes: &[u8], name: &'static str) -> Result<PathBuf> {
    let text = std::str::from_utf8(bytes).map_err(|_| Error::argument(name, "is not UTF-8"))?;
    Ok(text.into())
}

/// The bytes at a pointer with a length; a length of zero ignores the pointer, as C and Go need it.
///
/// # Safety
/// `data` is NULL or points to `len` readable bytes that nobody changes during `'a`.
#[inline]
pub(super) unsafe fn bytes<'a>(data: *const u8, len: usize, name: &'static str) -> Result<&'a [u8]> {
    if len == 0 {
        return Ok(&[]);
    }
    if data.is_null() || len > isize::MAX as usize {
        return Err(Error::argument(name, "is NULL with a length, or longer than the address space"));
    }
    // SAFETY: not NULL, within the address space; readable for `len` bytes by the caller's promise.
    Ok(unsafe { std::slice::from_raw_parts(data, len) })
}

/// Are all bytes ASCII? Keys and ids are short: two words that may overlap are all there is to look at.
#[inline]
fn is_ascii(bytes: &[u8]) -> bool {
    const HIGH_BITS: u128 = u128::MAX / 255 * 128;
    let seen = if bytes.len() > 32 {
        return bytes.is_ascii();
    } else if let (Some(first), Some(last)) = (bytes.first_chunk::<16>(), bytes.last_chunk::<16>()) {
        u128::from_ne_bytes(*first) | u128::from_ne_bytes(*last)
    } else if let (Some(first), Some(last)) = (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        (u64::from_ne_bytes(*first) | u64::from_ne_bytes(*last)).into()
    } else if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        (u32::from_ne_bytes(*first) | u32::from_ne_bytes(*last)).into()
    } else {
        bytes.iter().fold(0, |seen, byte| seen | byte).into()
    };
    seen & HIGH_BITS == 0
}

/// The elements at a pointer with a count, with the same rules.
///
/// # Safety
/// `data` is NULL or points to `count` readable elements that nobody changes during `'a`.
#[inline]
pub(super) unsafe fn array<'a, T>(data: *const T, count: usize, name: &'static str) -> Result<&'a [T]> {
    if count == 0 {
        return Ok(&[]);
    }
    if data.is_null() {
        return Err(Error::argument(name, "is NULL with a length"));
    }
    if !data.is_aligned() {
        return Err(Error::argument(name, "is not aligned"));
    }
    if count.checked_mul(size_of::<T>()).is_none_or(|size| size > isize::MAX as usize) {
        return Err(Error::argument(name, "has a length beyond the address space"));
    }
    // SAFETY: not NULL, aligned, within the address space; readable for `count` elements by the caller's promise.
    Ok(unsafe { std::slice::from_raw_parts(data, count) })
}

/// The texts of a C array.
///
/// # Safety
/// The header makes the caller promise `count` readable texts.
pub(super) unsafe fn texts<'a>(
    data: *const opt_str,
    count: usize,
    name: &'static str,
) -> Result<Vec<&'a str>> {
    // SAFETY: passed on from our own caller.
    let all = unsafe { array(data, count, name) }?;
    // SAFETY: as above, each readable.
    all.iter().map(|text| unsafe { text.to_str(name) }).collect()
}

#[cfg(test)]
mod tests {
    use super::is_ascii;

    #[test]
    fn one_byte_that_is_not_ascii_is_found_wherever_it_stands() {
        for length in 0..80 {
            assert!(is_ascii(&vec![0x7f; length]), "{length}");
            for place in 0..length {
                let mut bytes = vec![0x7f; place];
                bytes.push(0x80);
                bytes.resize(length, 0x7f);
                assert!(!is_ascii(&bytes), "{place} of {length}");
            }
        }
    }
}
