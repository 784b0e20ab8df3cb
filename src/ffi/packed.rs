//! Header section: the flat form of the calls, for bindings.

use std::mem::MaybeUninit;

use super::client::opt_client;
use super::error::opt_error;
use super::guard::{guard, required};
use super::text::bytes;
use crate::client::packed::{self, Answer, Call};
use crate::error::{Error, Status};

/// First byte of a request and of an answer: the version of the flat form.
pub const OPT_PACKED_VERSION: u8 = 1;
/// opt_track: `key` is the event key; takes tags. The answer is empty.
pub const OPT_PACKED_TRACK: u8 = 1;
/// opt_activate: `key` is the experiment key. The answer is a decision.
pub const OPT_PACKED_ACTIVATE: u8 = 2;
/// opt_get_variation: `key` is the experiment key. The answer is a decision.
pub const OPT_PACKED_GET_VARIATION: u8 = 3;
/// opt_is_feature_enabled: `key` is the flag key. The answer is a decision.
pub const OPT_PACKED_IS_FEATURE_ENABLED: u8 = 4;
/// opt_get_enabled_features: `key` is empty. The answer is a list of keys.
pub const OPT_PACKED_GET_ENABLED_FEATURES: u8 = 5;
/// opt_decide: `key` is the flag key; `options` are its options. The answer is a decision.
pub const OPT_PACKED_DECIDE: u8 = 6;

// The header needs literals; the decoder has the numbers.
const _: () = {
    assert!(OPT_PACKED_VERSION == packed::VERSION);
    assert!(OPT_PACKED_TRACK == Call::Track as u8);
    assert!(OPT_PACKED_ACTIVATE == Call::Activate as u8);
    assert!(OPT_PACKED_GET_VARIATION == Call::GetVariation as u8);
    assert!(OPT_PACKED_IS_FEATURE_ENABLED == Call::IsFeatureEnabled as u8);
    assert!(OPT_PACKED_GET_ENABLED_FEATURES == Call::GetEnabledFeatures as u8);
    assert!(OPT_PACKED_DECIDE == Call::Decide as u8);
};

/// Makes one of the calls above from one buffer, so that a language which can't hand over arrays of pointers cheaply
/// (Go, Java) crosses into the library once, user and all. Same rules, same statuses.
///
/// Request, integers little-endian, no padding; `text` is a u32 length and that many bytes of UTF-8:
///   u8   OPT_PACKED_VERSION
///   u8   the call, OPT_PACKED_TRACK to OPT_PACKED_DECIDE
///   u16  0, reserved
///   u32  options (of opt_decide; else 0)
///   text key
///   text user id
///   u32  number of attributes, then each: text key, value
///   u32  number of tags, then each: text key, value (0 but for OPT_PACKED_TRACK)
///   u32  number of qualified segments, then each: text; 0xFFFFFFFF if they were never fetched
/// A value is a u8 type and what belongs to it: 0 none; 1 bool, u8 0 or 1; 2 integer, i64; 3 double, 8 bytes IEEE 754;
/// 4 text.
///
/// Answer of a decision:
///   u8   OPT_PACKED_VERSION
///   u8   1 if enabled, else 0
///   u8   one of OPT_EVENT_…
///   u8   which texts follow: 1 flag key + 2 rule key + 4 variation key
///   text each of them, in this order
/// Answer of a list: u8 OPT_PACKED_VERSION, three bytes 0, u32 number of keys, then each: text;
/// u64 number of impressions that were refused.
///
/// `*out_size` gets the size of the answer. If `capacity` is less, the call returns TOO_LARGE with
/// `*out_size` set, and nothing was recorded: call again with a larger buffer. On UNKNOWN_FLAG and NOT_READY a decision
/// answers as opt_decide says.
///
/// Ownership: everything is borrowed for the call; `answer` may be NULL with a capacity of 0. Threads: any.
/// Blocks: as the call it makes.
/// Errors: those of the call; INVALID_ARGUMENT for a request that is cut short, has bytes left over, an unknown version,
/// call, value type or reserved bits (the message names the offset). Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_call_packed(
    client: Option<&opt_client>,
    request: *const u8,
    request_size: usize,
    answer: *mut u8,
    capacity: usize,
    out_size: Option<&mut MaybeUninit<usize>>,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    guard(error, || {
        let size = required(out_size, "out_size")?.write(0);
        let client = required(client, "client")?;
        if answer.is_null() && capacity > 0 {
            return Err(Error::argument("answer", "is NULL with a capacity"));
        }
        // SAFETY: the header makes the caller promise `request_size` readable bytes.
        let request = unsafe { bytes(request, request_size, "request") }?;
        let Answer { bytes, result } = packed::call(&client.0, request, capacity, size)?;
        if !bytes.is_empty() {
            // SAFETY: `packed::call` fits the answer into `capacity` writable bytes, which the caller promises; the
            // answer is memory of our own, so they can't overlap.
            unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), answer, bytes.len()) };
        }
        result
    })
}
