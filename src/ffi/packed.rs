//! Header section: the flat form of the calls, for bindings.

use std::mem::MaybeUninit;

use super::client::opt_client;
use super::error::opt_error;
use super::guard::{Out, guard, required};
use super::text::{bytes, opt_str};
use crate::client::Client;
use crate::client::packed::{self, Answer, Call};
use crate::error::{Error, Result, Status};

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
/// opt_decide: `key` is the flag key; takes options. The answer is a decision.
pub const OPT_PACKED_DECIDE: u8 = 6;
/// opt_decide_for_keys: `key` is empty, the flag keys follow it; takes options. The answer is a list of decisions.
pub const OPT_PACKED_DECIDE_FOR_KEYS: u8 = 7;
/// opt_decide_all: `key` is empty; takes options. The answer is a list of decisions.
pub const OPT_PACKED_DECIDE_ALL: u8 = 8;
/// opt_get_feature_variable and its typed forms: `key` is the flag key. The answer is a variable.
pub const OPT_PACKED_GET_FEATURE_VARIABLE: u8 = 9;
/// opt_get_all_feature_variables: `key` is the flag key. The answer is a text, the JSON object.
pub const OPT_PACKED_GET_ALL_FEATURE_VARIABLES: u8 = 10;

/// Flag of a request: the answer carries the notifications that the call causes, for the caller's own listeners.
pub const OPT_PACKED_NOTIFY: u16 = 1;
/// Flag of a request: the caller has looked the user's profile up and gives it; a change comes back in the answer for
/// the caller to save, and the client's own user profile service is not used.
pub const OPT_PACKED_PROFILE: u16 = 2;
/// Flag of a request: predictions that neither the request nor the cache has are asked of the caller, by the status
/// NEEDS_PREDICTION.
pub const OPT_PACKED_PREDICTS: u16 = 4;

// The header needs literals; the decoder has the numbers.
const _: () = {
    assert!(OPT_PACKED_VERSION == packed::VERSION);
    assert!(OPT_PACKED_TRACK == Call::Track as u8);
    assert!(OPT_PACKED_ACTIVATE == Call::Activate as u8);
    assert!(OPT_PACKED_GET_VARIATION == Call::GetVariation as u8);
    assert!(OPT_PACKED_IS_FEATURE_ENABLED == Call::IsFeatureEnabled as u8);
    assert!(OPT_PACKED_GET_ENABLED_FEATURES == Call::GetEnabledFeatures as u8);
    assert!(OPT_PACKED_DECIDE == Call::Decide as u8);
    assert!(OPT_PACKED_DECIDE_FOR_KEYS == Call::DecideForKeys as u8);
    assert!(OPT_PACKED_DECIDE_ALL == Call::DecideAll as u8);
    assert!(OPT_PACKED_GET_FEATURE_VARIABLE == Call::GetFeatureVariable as u8);
    assert!(OPT_PACKED_GET_ALL_FEATURE_VARIABLES == Call::GetAllFeatureVariables as u8);
    assert!(OPT_PACKED_NOTIFY == packed::NOTIFY);
    assert!(OPT_PACKED_PROFILE == packed::PROFILE);
    assert!(OPT_PACKED_PREDICTS == packed::PREDICTS);
};

/// Makes one of the calls above from one buffer, so that a language which can't hand over arrays of pointers cheaply
/// (Go, Java) crosses into the library once, user and all, and needs no callback. Same rules, same statuses.
///
/// Request, integers little-endian, no padding; `text` is a u32 length and that many bytes of UTF-8:
///   u8   OPT_PACKED_VERSION
///   u8   the call, OPT_PACKED_TRACK to OPT_PACKED_GET_ALL_FEATURE_VARIABLES
///   u16  flags, a sum of OPT_PACKED_NOTIFY, OPT_PACKED_PROFILE, OPT_PACKED_PREDICTS
///   u32  options, a sum of OPT_DECIDE_… (0 for a call that has none)
///   text key
///   u32  number of flag keys, then each: text (0 but for OPT_PACKED_DECIDE_FOR_KEYS)
///   text variable key, u32 its type: 0 for any, or one of OPT_VARIABLE_… (empty and 0 for a call that has none)
///   text user id
///   u32  number of attributes, then each: text key, value
///   u32  number of tags, then each: text key, value (0 but for OPT_PACKED_TRACK)
///   u32  number of qualified segments, then each: text; 0xFFFFFFFF if they were never fetched
///   u32  number of forced decisions, then each: text flag key, text rule key (empty: the flag itself), text variation
///        key
///   text with OPT_PACKED_PROFILE only: the user's profile as JSON; empty if there is none
///   u32  number of predictions, then each: text rule id, u8 1 if it was had or 0 if not, text variation id, text uuid
/// A value is a u8 type and what belongs to it: 0 none; 1 bool, u8 0 or 1; 2 integer, i64; 3 double, 8 bytes IEEE 754;
/// 4 text.
///
/// Answer:
///   u8   OPT_PACKED_VERSION
///   u8   1 if a body follows at the end, else 0
///   u16  0
///   u8   1 if the profile changed, then text: the whole profile to save, as JSON; else 0
///   u32  number of predictions needed, then each: text rule id, text uuid, text the JSON body for the endpoint
///   u32  number of notifications, then each: u32 type, text key, text payload
///   the body:
/// A decision is
///   u8   1 if enabled, else 0
///   u8   one of OPT_EVENT_…
///   u8   one of OPT_SOURCE_…
///   u8   which texts follow: 1 flag key + 2 rule key + 4 variation key + 8 rule id + 16 variation id + 32 uuid
///   u32  its status
///   text each of them, in this order
///   text the variables, as a JSON object
///   u32  number of reasons, then each: text
///   text the explanation, text the same as JSON; both empty without OPT_DECIDE_INCLUDE_REASONS
/// A list of decisions: u32 number, then each. A list of keys: u32 number, then each: text; u64 number of impressions
/// that were refused. A variable: u32 its type, text the value as JSON.
///
/// On UNKNOWN_FLAG, NOT_READY and PREDICTION_FAILED opt_decide has a body, the error decision; so have PREDICTION_FAILED
/// of opt_is_feature_enabled and PARTIAL of opt_get_all_feature_variables. On NEEDS_PREDICTION nothing was recorded: get the predictions that the answer asks for
/// and call again with these and all that were given before. Their uuids are to be given back as they came.
///
/// `*out_size` gets the size of the answer; 0 where there is none. If `capacity` is less, the call returns TOO_LARGE
/// with `*out_size` set, and nothing was recorded: call again with a larger buffer.
///
/// Ownership: everything is borrowed for the call; `answer` may be NULL with a capacity of 0. Threads: any.
/// Blocks: as the call it makes.
/// Errors: those of the call; INVALID_ARGUMENT for a request that is cut short, has bytes left over, an unknown version,
/// call, value type or unknown flags (the message names the offset). Since 0.1.
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
    answered(client, (request, request_size), (answer, capacity), out_size, error, packed::call)
}

/// Makes the call of a request with OPT_PACKED_TRACK as opt_track_at does: at the caller's own time, with its uuid.
///
/// Ownership: everything is borrowed for the call; `answer` may be NULL with a capacity of 0. Threads: any.
/// Blocks: never on the network. Errors: those of opt_track_at and opt_call_packed; INVALID_ARGUMENT also for another
/// call than OPT_PACKED_TRACK. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_track_at_packed(
    client: Option<&opt_client>,
    request: *const u8,
    request_size: usize,
    time_ms: i64,
    uuid: opt_str,
    answer: *mut u8,
    capacity: usize,
    out_size: Option<&mut MaybeUninit<usize>>,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    let call = |client: &Client, request: &[u8], capacity, size: &mut usize| {
        // SAFETY: the header makes the caller promise readable text.
        let uuid = unsafe { uuid.to_str("uuid") }?;
        packed::track_at(client, request, time_ms, uuid, capacity, size)
    };
    answered(client, (request, request_size), (answer, capacity), out_size, error, call)
}

/// What the calls of the flat form share.
fn answered(
    client: Option<&opt_client>,
    (request, request_size): (*const u8, usize),
    (answer, capacity): (*mut u8, usize),
    out_size: Option<&mut MaybeUninit<usize>>,
    error: Out<'_, opt_error>,
    call: impl FnOnce(&Client, &[u8], usize, &mut usize) -> Result<Answer>,
) -> Status {
    guard(error, || {
        let size = required(out_size, "out_size")?.write(0);
        let client = required(client, "client")?;
        if answer.is_null() && capacity > 0 {
            return Err(Error::argument("answer", "is NULL with a capacity"));
        }
        // SAFETY: the header makes the caller promise `request_size` readable bytes.
        let request = unsafe { bytes(request, request_size, "request") }?;
        let Answer { bytes, result } = call(&client.0, request, capacity, size)?;
        if !bytes.is_empty() {
            // SAFETY: the call fits the answer into `capacity` writable bytes, which the caller promises; the
            // answer is memory of our own, so they can't overlap.
            unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), answer, bytes.len()) };
        }
        result
    })
}
