//! Header section: values and pairs.

use super::text::{array, opt_str};
use crate::error::{Error, Result};
use crate::value::Value;

/// No value: an attribute that is known to have none.
pub const OPT_VALUE_NULL: u32 = 0;
/// true or false; `as.boolean` is set.
pub const OPT_VALUE_BOOL: u32 = 1;
/// A 64-bit whole number; `as.integer` is set.
pub const OPT_VALUE_INT: u32 = 2;
/// A double; `as.number` is set.
pub const OPT_VALUE_DOUBLE: u32 = 3;
/// A text; `as.string` is set.
pub const OPT_VALUE_STRING: u32 = 4;

/// The member that `opt_value.type` names. Threads: a plain value. Since 0.1.
#[repr(C)]
#[derive(Clone, Copy)]
pub union opt_value_as {
    /// For OPT_VALUE_BOOL.
    pub boolean: bool,
    /// For OPT_VALUE_INT.
    pub integer: i64,
    /// For OPT_VALUE_DOUBLE.
    pub number: f64,
    /// For OPT_VALUE_STRING.
    pub string: opt_str,
}

/// A typed value of an attribute or an event tag. Make one with opt_null, opt_bool, opt_int, opt_double or opt_string.
/// A `type` that is no OPT_VALUE_… is refused with OPT_STATUS_INVALID_ARGUMENT.
///
/// Threads: a plain value. Since 0.1.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct opt_value {
    /// One of OPT_VALUE_…
    pub r#type: u32,
    /// The value itself.
    pub r#as: opt_value_as,
}

/// One attribute or event tag. An empty key is legal; of two pairs with one key the last wins.
///
/// Threads: a plain value. Since 0.1.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct opt_pair {
    /// Name.
    pub key: opt_str,
    /// Value.
    pub value: opt_value,
}

impl opt_value {
    /// # Safety
    /// The header makes the caller promise that the member named by `type` is set, and its text readable.
    #[inline]
    pub(super) unsafe fn to_value<'a>(self, name: &'static str) -> Result<Value<'a>> {
        Ok(match self.r#type {
            OPT_VALUE_NULL => Value::Null,
            OPT_VALUE_BOOL => {
                // Read as a byte: C may have put any number there, and a Rust bool of 2 would be undefined.
                // SAFETY: the first byte of the union is initialised, for its bool is set.
                let byte = unsafe { std::ptr::from_ref(&self.r#as).cast::<u8>().read() };
                Value::Bool(byte != 0)
            }
            OPT_VALUE_INT => {
                // SAFETY: the member is set; any bits are an i64.
                Value::Int(unsafe { self.r#as.integer })
            }
            OPT_VALUE_DOUBLE => {
                // SAFETY: the member is set; any bits are a double.
                Value::Double(unsafe { self.r#as.number })
            }
            OPT_VALUE_STRING => {
                // SAFETY: the member is set; any bits are an opt_str.
                let text = unsafe { self.r#as.string };
                // SAFETY: the caller promises readable text.
                Value::Str(unsafe { text.to_str(name) }?)
            }
            other => {
                let what = format!("a value has type {other}; 0 to 4 are known");
                return Err(Error::argument(name, &what));
            }
        })
    }
}

/// Calls `take` with each pair of a C array, in order.
///
/// # Safety
/// The header makes the caller promise `count` readable pairs, each set and with readable texts.
#[inline]
pub(super) unsafe fn each_pair<'a>(
    pairs: *const opt_pair,
    count: usize,
    name: &'static str,
    mut take: impl FnMut(&'a str, Value<'a>) -> Result<()>,
) -> Result<()> {
    // SAFETY: passed on from our own caller.
    for pair in unsafe { array(pairs, count, name) }? {
        // SAFETY: the caller promises readable keys.
        let key = unsafe { pair.key.to_str(name) }?;
        // SAFETY: the caller promises set values.
        take(key, unsafe { pair.value.to_value(name) }?)?;
    }
    Ok(())
}
