//! Header section: services that a host plugs in: user profiles, and predictions for contextual bandits.

use std::ffi::c_void;
use std::mem::MaybeUninit;

use super::error::opt_error;
use super::guard::guard_or;
use super::host::HostData;
use super::options::{change, opt_options, opt_release_callback};
use super::text::opt_str;
use crate::client::{Ask, LookupError, Predictor, ProfileService};
use crate::error::Status;

/// Where a callback that is asked for something puts its answer. Made by the library for one call of a callback, and
/// valid during that call.
///
/// Threads: only the one that the callback runs on. Since 0.1.
#[derive(Default)]
pub struct opt_reply {
    answer: Option<String>,
    failure: Option<String>,
}

/// Answers with a text. Of several answers the last counts. NULL and text that is not UTF-8 count as a failure.
///
/// Ownership: the text is copied. Threads: the callback's own. Blocks: never. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn opt_reply_set(reply: Option<&mut opt_reply>, text: opt_str) {
    guard_or((), || {
        let Some(reply) = reply else { return };
        // SAFETY: the header makes the caller promise readable text.
        match unsafe { text.to_str("answer") } {
            Ok(text) => reply.answer = Some(text.to_owned()),
            Err(error) => reply.failure = Some(error.message().to_owned()),
        }
    });
}

/// Says that there is no answer, because something failed. The message is logged as it is: it should not hold user ids.
///
/// Ownership: the text is copied. Threads: the callback's own. Blocks: never. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn opt_reply_fail(reply: Option<&mut opt_reply>, message: opt_str) {
    guard_or((), || {
        let Some(reply) = reply else { return };
        // SAFETY: the header makes the caller promise readable text.
        let message = unsafe { message.to_str("message") };
        let message = message.map_or_else(|error| error.message().to_owned(), str::to_owned);
        reply.failure = Some(message);
    });
}

/// Looks up the profile of a user id: answers with opt_reply_set and the JSON that was given to save, or not at all if
/// there is none. `{"user_id":"u","experiment_bucket_map":{"<experiment id>":{"variation_id":"<variation id>"}}}`
///
/// Runs on the thread whose call needs the profile, which waits for it; never while the library holds a lock. It may
/// call the library again, except to close or free this client; it must not unwind (throw). What it answers is
/// validated: garbage and profiles of other users count as none, with a logged warning. Since 0.1.
pub type opt_profile_lookup_callback =
    Option<unsafe extern "C" fn(user_id: opt_str, reply: *mut opt_reply, user_data: *mut c_void)>;

/// Saves a profile, whole, in place of the one before; opt_reply_fail says that it could not. Same rules as for
/// opt_profile_lookup_callback. Since 0.1.
pub type opt_profile_save_callback = Option<
    unsafe extern "C" fn(user_id: opt_str, profile: opt_str, reply: *mut opt_reply, user_data: *mut c_void),
>;

/// Predicts a variation for a contextual bandit: answers with opt_reply_set and the variation's id. `rule_id` is the
/// experiment's id, `request` the JSON body that the prediction endpoint would be posted, see
/// opt_options_set_cmab_endpoint. Same rules as for opt_profile_lookup_callback. An id that the experiment does not
/// have makes the next rule count; no answer, the empty text or a failure makes an error decision. A decision made
/// inside it that needs a prediction itself fails with OPT_STATUS_PREDICTION_FAILED. Since 0.1.
pub type opt_cmab_callback = Option<
    unsafe extern "C" fn(
        rule_id: opt_str,
        user_id: opt_str,
        request: opt_str,
        reply: *mut opt_reply,
        user_data: *mut c_void,
    ),
>;

/// Calls a host's function that answers by a reply.
fn ask(call: impl FnOnce(*mut opt_reply)) -> Result<Option<String>, String> {
    let mut reply = opt_reply::default();
    call(&raw mut reply);
    reply.failure.map_or(Ok(reply.answer), Err)
}

struct HostProfiles {
    lookup: opt_profile_lookup_callback,
    save: opt_profile_save_callback,
    data: HostData,
}

impl ProfileService for HostProfiles {
    fn lookup(&self, user_id: &str) -> Result<Option<String>, LookupError> {
        let Some(lookup) = self.lookup else { return Ok(None) };
        // SAFETY: the host's own function with the host's own pointer; text and reply live during the call.
        let answer = ask(|reply| unsafe { lookup(opt_str::borrow(user_id), reply, self.data.pointer()) });
        answer.map_err(LookupError::Failed)
    }

    fn save(&self, user_id: &str, profile: &str) -> Result<(), String> {
        let Some(save) = self.save else { return Ok(()) };
        let (user_id, profile) = (opt_str::borrow(user_id), opt_str::borrow(profile));
        // SAFETY: as above.
        ask(|reply| unsafe { save(user_id, profile, reply, self.data.pointer()) }).map(drop)
    }
}

struct HostPredictor {
    predict: opt_cmab_callback,
    data: HostData,
}

impl Predictor for HostPredictor {
    fn predict(&self, user_id: &str, question: &Ask) -> Result<Box<str>, String> {
        let none = "the host's predictor gave no answer";
        let Some(predict) = self.predict else { return Err(none.to_owned()) };
        let (rule_id, body) = (opt_str::borrow(&question.rule_id), opt_str::borrow(&question.body));
        let user_id = opt_str::borrow(user_id);
        // SAFETY: the host's own function with the host's own pointer; texts and reply live during the call.
        let answer = ask(|reply| unsafe { predict(rule_id, user_id, body, reply, self.data.pointer()) })?;
        answer.map(String::into_boxed_str).ok_or_else(|| none.to_owned())
    }
}

/// A user profile service, which makes decisions of experiments sticky: a variation once decided by traffic stays,
/// whatever becomes of traffic and audience. Each call that decides looks the user's profile up once, before, and saves
/// it once, after, if something in it changed; OPT_DECIDE_IGNORE_USER_PROFILE_SERVICE does neither. A service that
/// fails is logged, and the decision is made without it; after a look-up that failed nothing is saved. `save` may be
/// NULL; `lookup` NULL: no service. Not beside opt_options_set_user_profile_directory: opt_client_new refuses both.
/// `release`, if not NULL, is called once with `user_data` when the last use is over, also when this call fails.
/// Rule: the official SDKs' UserProfileService.
///
/// Ownership: `user_data` stays the caller's until `release`. Threads: one at a time for these options; the callbacks
/// run on any thread, several at once. Blocks: never. Errors: INVALID_ARGUMENT. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_options_set_user_profile_service(
    options: Option<&mut opt_options>,
    lookup: opt_profile_lookup_callback,
    save: opt_profile_save_callback,
    user_data: *mut c_void,
    release: opt_release_callback,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    let host = HostProfiles { lookup, save, data: HostData::new(user_data, release) };
    change(options, error, move |options| {
        options.profile_service = match host.lookup {
            Some(_) => Some(Box::new(host)),
            None => None,
        };
        Ok(())
    })
}

/// The built-in user profile service: one file a user in this directory, which is made if it is missing. A profile is
/// replaced by renaming, so that a crash leaves the old or the new one; nothing waits for the disk, so after a power
/// loss the newest profiles may be missing. Any number of threads, clients and processes may share a directory.
/// Not beside opt_options_set_user_profile_service: opt_client_new refuses both.
///
/// Ownership: the text is copied. Threads: one at a time for these options. Blocks: never; opt_client_new makes the
/// directory, decisions read and write small files.
/// Errors: INVALID_ARGUMENT, INVALID_UTF8; opt_client_new says DISK where the directory can't be used. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_options_set_user_profile_directory(
    options: Option<&mut opt_options>,
    path: opt_str,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    change(options, error, |options| {
        // SAFETY: the header makes the caller promise readable text.
        options.profile_directory = Some(unsafe { path.to_str("path") }?.to_owned());
        Ok(())
    })
}

/// Predicts for contextual bandits in the host, in place of the prediction endpoint. `callback` NULL: back to the
/// endpoint. `release`, if not NULL, is called once with `user_data` when the last use is over, also when this call
/// fails. Answers are cached as those of the endpoint are.
///
/// Ownership: `user_data` stays the caller's until `release`. Threads: one at a time for these options; the callback
/// runs on any thread, several at once. Blocks: never. Errors: INVALID_ARGUMENT. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_options_set_cmab_predictor(
    options: Option<&mut opt_options>,
    callback: opt_cmab_callback,
    user_data: *mut c_void,
    release: opt_release_callback,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    let host = HostPredictor { predict: callback, data: HostData::new(user_data, release) };
    change(options, error, move |options| {
        options.cmab_predictor = match host.predict {
            Some(_) => Some(Box::new(host)),
            None => None,
        };
        Ok(())
    })
}

/// The endpoint that predicts for contextual bandits: an http:// or https:// URL with `%s` once, where the experiment's
/// id goes. Default: Optimizely's. A decision that needs a prediction waits for it, unless OPT_DECIDE_NO_WAIT is given.
///
/// It is posted `{"instances": [{"visitorId", "experimentId", "attributes": [{"id", "value", "type":
/// "custom_attribute"}], "cmabUUID"}]}`, always one instance, with the attributes that the model takes and the user
/// has, by their ids; it answers with `{"predictions": [{"variation_id": "…"}]}`.
///
/// Ownership: the text is copied. Threads: one at a time for these options. Blocks: never.
/// Errors: INVALID_ARGUMENT, INVALID_UTF8. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_options_set_cmab_endpoint(
    options: Option<&mut opt_options>,
    url_template: opt_str,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    change(options, error, |options| {
        // SAFETY: the header makes the caller promise readable text.
        unsafe { url_template.to_str("url_template") }?.clone_into(&mut options.cmab_endpoint);
        Ok(())
    })
}

/// Longest time for one attempt to get a prediction, in milliseconds: 1 to 600,000, default 10,000. One attempt that
/// failed is followed by another, 100 ms later.
///
/// Threads: one at a time for these options. Blocks: never. Errors: INVALID_ARGUMENT. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_options_set_cmab_timeout_ms(
    options: Option<&mut opt_options>,
    timeout_ms: u32,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    change(options, error, |options| {
        options.cmab_timeout_ms = timeout_ms;
        Ok(())
    })
}

/// How many predictions are kept (1 to 1,000,000, default 10,000; the least recently used goes first) and for how long
/// (1 to 86,400,000 ms, default 1,800,000: half an hour). 0 is the default. A prediction is kept for a user id and an
/// experiment, and counts as long as the attributes that the model takes are the same.
///
/// Threads: one at a time for these options. Blocks: never. Errors: INVALID_ARGUMENT. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_options_set_cmab_cache(
    options: Option<&mut opt_options>,
    entries: u32,
    ttl_ms: u32,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    change(options, error, |options| {
        let defaults = crate::client::ClientOptions::default();
        options.cmab_cache_entries = if entries == 0 { defaults.cmab_cache_entries } else { entries };
        options.cmab_cache_ttl_ms = if ttl_ms == 0 { defaults.cmab_cache_ttl_ms } else { ttl_ms };
        Ok(())
    })
}
