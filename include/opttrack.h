/* libopttrack: Optimizely Feature Experimentation for C, C++ and whatever can call C.
 *
 * Reads a datafile, decides variations as the official SDKs do, records impressions and conversions, and delivers them
 * to the Events API. This header is the manual; it is generated from the library's source. Do not edit it.
 *
 * QUICK START (link with `pkg-config --cflags --libs opttrack`)
 *
 *   #include <opttrack.h>
 *   #include <stdio.h>
 *
 *   int run(const char *datafile, const char *collector_url) {
 *     opt_error *error = NULL;
 *     opt_client *client = NULL;
 *     opt_user *user = NULL;
 *     opt_decision *decision = NULL;
 *
 *     opt_options *options = opt_options_new();
 *     opt_status status = opt_options_set_datafile(options, opt_cstr(datafile), &error);
 *     if (status == OPT_STATUS_OK && collector_url)
 *       status = opt_options_set_event_endpoint(options, opt_cstr(collector_url), &error);
 *     if (status == OPT_STATUS_OK)
 *       status = opt_client_new(options, &client, &error);
 *     else
 *       opt_options_free(options);
 *
 *     opt_pair attributes[] = {{OPT_STR("plan"), opt_string(OPT_STR("gold"))}, {OPT_STR("age"), opt_int(34)}};
 *     if (status == OPT_STATUS_OK)
 *       status = opt_user_new(OPT_STR("visitor-1"), attributes, 2, &user, &error);
 *     if (status == OPT_STATUS_OK)
 *       status = opt_activate(client, user, OPT_STR("checkout_button"), &decision, &error);
 *     if (status == OPT_STATUS_OK) {
 *       opt_decision_view view;
 *       status = opt_decision_read(decision, &view, sizeof view, &error);
 *       if (status == OPT_STATUS_OK && view.variation_key.data)
 *         printf("variation: %.*s\n", (int)view.variation_key.len, view.variation_key.data);
 *     }
 *
 *     opt_pair tags[] = {{OPT_STR("revenue"), opt_int(4200)}, {OPT_STR("method"), opt_string(OPT_STR("card"))}};
 *     if (status == OPT_STATUS_OK)
 *       status = opt_track(client, user, OPT_STR("purchase"), tags, 2, &error);
 *     if (status == OPT_STATUS_OK)
 *       status = opt_client_close(client, 5000, NULL, &error);
 *
 *     if (status != OPT_STATUS_OK) {
 *       opt_str message = opt_error_message(error);
 *       fprintf(stderr, "%s: %.*s\n", opt_status_name(status), (int)message.len, message.data ? message.data : "");
 *     }
 *     opt_decision_free(decision);
 *     opt_user_free(user);
 *     opt_client_free(client);
 *     opt_error_free(error);
 *     return status == OPT_STATUS_OK ? 0 : 1;
 *   }
 *
 * CONVENTIONS, which hold for every function and are not repeated there
 *
 * Statuses. A call that can fail returns an opt_status and takes a last, nullable `opt_error **`. The error is written
 *   on failure only; its owner is the caller, who frees it with opt_error_free. There is no last error kept anywhere.
 *   A handle returned through `*out_…` is NULL on failure (but where a function says otherwise); other out-parameters
 *   are left alone. A panic inside the library becomes OPT_STATUS_INTERNAL; it never unwinds into the caller.
 * NULL. A NULL handle or out-parameter where one is needed is OPT_STATUS_INVALID_ARGUMENT, never a crash.
 *   Every …_free accepts NULL. An array of count 0 may have any pointer.
 *   A handle that was freed, was never made by this library or is of another kind must not be passed: C's types say
 *   which is which, and nothing can be checked.
 * Text is UTF-8 with a length, see opt_str. NUL bytes inside are data.
 * Ownership. Arguments are borrowed for the call and copied if kept, but for handles said to be consumed.
 *   What comes back as opt_str is borrowed from the handle asked, until that handle is freed.
 * Threads. `const opt_client *` may be used by any number of threads at once. Other handles: any number may read while
 *   none changes or frees. No function is async-signal-safe. Deciding threads never wait for each other.
 * Callbacks come as a function, a pointer that is handed back to it, and a function that releases the pointer, called
 *   once. They run on the thread whose call causes them, or on the delivery thread, never under a lock; they may call the
 *   library again, but not close or free their client, and must not unwind (throw).
 * Blocking. Nothing waits on the network but opt_client_flush, opt_client_close and opt_client_pump, which have
 *   deadlines and return 50 ms past them at the latest, and decisions of contextual bandits whose prediction is not in
 *   the cache, which have a time-out (opt_options_set_cmab_timeout_ms) and an option not to wait (OPT_DECIDE_NO_WAIT).
 * The process. No signal handler, no atexit, no global logger, no working directory, no environment variable but those
 *   by which the system's certificates are found (SSL_CERT_FILE, SSL_CERT_DIR); no proxy is taken from it. Two copies of
 *   this library in one process do not meet. SIGPIPE is never raised by it.
 * Words. datafile, event tag, impression, conversion, variation, rollout, holdout and visitor mean what Optimizely's
 *   documentation means by them. Times end in _ms, sizes in _bytes.
 */
#ifndef OPTTRACK_H
#define OPTTRACK_H


#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The version of this header; compare with opt_version(), the version of the library that runs. */
#define OPT_VERSION_MAJOR 0
#define OPT_VERSION_MINOR 1
#define OPT_VERSION_PATCH 0
#define OPT_VERSION "0.1.0"

/* Warns when a status is thrown away, where the compiler can. */
#if defined(__GNUC__) || defined(__clang__)
#define OPT_MUST_USE __attribute__((warn_unused_result))
#else
#define OPT_MUST_USE
#endif


// No value: an attribute that is known to have none.
#define OPT_VALUE_NULL 0

// true or false; `as.boolean` is set.
#define OPT_VALUE_BOOL 1

// A 64-bit whole number; `as.integer` is set.
#define OPT_VALUE_INT 2

// A double; `as.number` is set.
#define OPT_VALUE_DOUBLE 3

// A text; `as.string` is set.
#define OPT_VALUE_STRING 4

// Nothing is logged.
#define OPT_LOG_OFF 0

// Lost configuration, refused events, faults of the library.
#define OPT_LOG_ERROR 1

// What a user of the library can mend. The default.
#define OPT_LOG_WARNING 2

// Start, stop, and changes of state.
#define OPT_LOG_INFO 3

// Every step.
#define OPT_LOG_DEBUG 4

// Events are written to the journal by system calls, about 1 us each. The default.
#define OPT_JOURNAL_WRITTEN 1

// Events are written through memory that is shared with the file, a tenth of that. The host takes a risk: the kernel
// raises SIGBUS in the thread that tracks if the disk can't give a page back, or if somebody cuts or locks the file.
// On file systems that copy on write or reach over a network OPT_JOURNAL_WRITTEN is taken instead; opt_stats says
// which.
#define OPT_JOURNAL_MAPPED 2

// What was accepted survives the process, however it ends. The default.
#define OPT_DURABILITY_PROCESS 0

// It survives a loss of power too, but for the last second, 64 KiB or 100 events, whichever is least: the delivery
// thread asks the disk that often. opt_client_sync asks at once.
#define OPT_DURABILITY_SYSTEM 1

// Nothing waits, or what waits is sent as it comes.
#define OPT_DELIVERY_OK 0

// The last post failed in a way that may pass; the next attempt is timed.
#define OPT_DELIVERY_RETRYING 1

// The server refuses what only a person can mend (401, 403, 404, a redirect, …); attempts are a minute apart.
#define OPT_DELIVERY_HELD 2

// No impression was due: none is sent for such a decision, or an option suppressed it.
#define OPT_EVENT_SUPPRESSED 0

// The impression was accepted and will be delivered.
#define OPT_EVENT_ACCEPTED 1

// The impression was refused: the queue is full, the disk fails, or memory or randomness could not be had.
#define OPT_EVENT_QUEUE_FULL 2

// The impression was refused: the client is closed.
#define OPT_EVENT_CLOSED 3

// The impression was refused: with this user's attributes it is larger than the Events API takes.
#define OPT_EVENT_TOO_LARGE 4

// An experiment that was asked for by its own key decided.
#define OPT_SOURCE_EXPERIMENT 0

// An experiment of the flag decided, or a decision forced for the flag itself.
#define OPT_SOURCE_FEATURE_TEST 1

// A delivery rule of the flag decided, or nothing.
#define OPT_SOURCE_ROLLOUT 2

// A holdout decided.
#define OPT_SOURCE_HOLDOUT 3

// A variable that is true or false.
#define OPT_VARIABLE_BOOLEAN 1

// A variable that is a 64-bit whole number.
#define OPT_VARIABLE_INTEGER 2

// A variable that is a finite double.
#define OPT_VARIABLE_DOUBLE 3

// A variable that is a text.
#define OPT_VARIABLE_STRING 4

// A variable that is any JSON value.
#define OPT_VARIABLE_JSON 5

// Record no impression.
#define OPT_DECIDE_DISABLE_DECISION_EVENT 1

// Of several flags, leave those out that are not enabled; their impressions are recorded all the same. Error decisions
// stay. Nothing changes for opt_decide.
#define OPT_DECIDE_ENABLED_FLAGS_ONLY 2

// Neither look the user's profile up nor save it.
#define OPT_DECIDE_IGNORE_USER_PROFILE_SERVICE 4

// Report the reasons of the decision, and explain it: opt_decision_reason_at, opt_decision_explain_text.
#define OPT_DECIDE_INCLUDE_REASONS 8

// Give no variables.
#define OPT_DECIDE_EXCLUDE_VARIABLES 16

// Ask for the predictions of contextual bandits anew, and leave the cache as it is.
#define OPT_DECIDE_IGNORE_CMAB_CACHE 32

// Empty the cache of predictions first, for all users.
#define OPT_DECIDE_RESET_CMAB_CACHE 64

// First forget the predictions that the cache has for this user and the experiments that the call comes to.
#define OPT_DECIDE_INVALIDATE_USER_CMAB_CACHE 128

// Do not wait for predictions: experiments whose prediction is not in the cache are passed over. For threads that must
// never wait on the network.
#define OPT_DECIDE_NO_WAIT 256

// A decision was made, by any call that decides. Payload: `{"type", "userId", "attributes", "decisionInfo"}`, with the
// types and fields of the official SDKs ("flag", "ab-test", "feature-test", "feature", "feature-variable",
// "all-feature-variables"). Error decisions are not told, but for opt_is_feature_enabled and opt_get_enabled_features whose
// prediction failed: `source` is "" there.
#define OPT_NOTIFICATION_DECISION 1

// A conversion was accepted. Payload: `{"eventKey", "userId", "attributes", "eventTags"}`.
#define OPT_NOTIFICATION_TRACK 2

// A batch of events is about to be posted for the first time. Payload: `{"url", "httpVerb", "params"}`, the last being
// what is posted.
#define OPT_NOTIFICATION_LOG_EVENT 4

// Another datafile is in force. Payload: `{"revision"}`.
#define OPT_NOTIFICATION_CONFIG_UPDATE 8

// The server refused an event for good. Key: the event key or rule key. Payload: `{"uuid", "key", "reason", "httpStatus"}`.
#define OPT_NOTIFICATION_DEAD_LETTER 16

// An event was given up for another reason: damage on the disk has no uuid and is told by opt_stats alone. Key: the
// event key or rule key. Payload: `{"uuid", "key", "reason"}`.
#define OPT_NOTIFICATION_DROP 32

// Something was logged, in the queue alone (opt_options_set_notification_queue): a listener would be told of what its own
// calls log. Where it is queued nothing goes to standard error. Payload: `{"level", "message", "eventKey", "flagKey",
// "status", "httpStatus"}`, the level by its number, those that a message does not have null. Key: the message.
#define OPT_NOTIFICATION_LOG 64

// Segments are neither looked up in the cache nor kept there.
#define OPT_SEGMENTS_IGNORE_CACHE 1

// The cache forgets every user's segments before.
#define OPT_SEGMENTS_RESET_CACHE 2

// First byte of a request and of an answer: the version of the flat form.
#define OPT_PACKED_VERSION 1

// opt_track: `key` is the event key; takes tags. The answer is empty.
#define OPT_PACKED_TRACK 1

// opt_activate: `key` is the experiment key. The answer is a decision.
#define OPT_PACKED_ACTIVATE 2

// opt_get_variation: `key` is the experiment key. The answer is a decision.
#define OPT_PACKED_GET_VARIATION 3

// opt_is_feature_enabled: `key` is the flag key. The answer is a decision.
#define OPT_PACKED_IS_FEATURE_ENABLED 4

// opt_get_enabled_features: `key` is empty. The answer is a list of keys.
#define OPT_PACKED_GET_ENABLED_FEATURES 5

// opt_decide: `key` is the flag key; takes options. The answer is a decision.
#define OPT_PACKED_DECIDE 6

// opt_decide_for_keys: `key` is empty, the flag keys follow it; takes options. The answer is a list of decisions.
#define OPT_PACKED_DECIDE_FOR_KEYS 7

// opt_decide_all: `key` is empty; takes options. The answer is a list of decisions.
#define OPT_PACKED_DECIDE_ALL 8

// opt_get_feature_variable and its typed forms: `key` is the flag key. The answer is a variable.
#define OPT_PACKED_GET_FEATURE_VARIABLE 9

// opt_get_all_feature_variables: `key` is the flag key. The answer is a text, the JSON object.
#define OPT_PACKED_GET_ALL_FEATURE_VARIABLES 10

// Flag of a request: the answer carries the notifications that the call causes, for the caller's own listeners.
#define OPT_PACKED_NOTIFY 1

// Flag of a request: the caller has looked the user's profile up and gives it; a change comes back in the answer for
// the caller to save, and the client's own user profile service is not used.
#define OPT_PACKED_PROFILE 2

// Flag of a request: predictions that neither the request nor the cache has are asked of the caller, by the status
// NEEDS_PREDICTION.
#define OPT_PACKED_PREDICTS 4

// What a call came to. Numbered once and for ever; new statuses are added at the end. A program should treat a
// number it does not know as a failure. `opt_status_name` names each.
enum opt_status
#ifdef __cplusplus
  : int32_t
#endif // __cplusplus
 {
  // Done.
  OPT_STATUS_OK = 0,
  // An argument is NULL, out of range or contradictory; the message names it.
  OPT_STATUS_INVALID_ARGUMENT = 1,
  // A text is not UTF-8; the message names the argument and the offset of the first bad byte.
  OPT_STATUS_INVALID_UTF8 = 2,
  // The datafile is not JSON, has a wrong type somewhere or an unsupported version; the place is its JSON path.
  OPT_STATUS_INVALID_DATAFILE = 3,
  // The client has no datafile yet.
  OPT_STATUS_NOT_READY = 4,
  // The client was closed: events are refused, decisions still work.
  OPT_STATUS_CLOSED = 5,
  // The datafile has no event with this key; nothing was recorded.
  OPT_STATUS_UNKNOWN_EVENT = 6,
  // The datafile has no experiment with this key.
  OPT_STATUS_UNKNOWN_EXPERIMENT = 7,
  // The datafile has no flag with this key.
  OPT_STATUS_UNKNOWN_FLAG = 8,
  // The flag has no variable with this key.
  OPT_STATUS_UNKNOWN_VARIABLE = 9,
  // What was asked for is not there (a forced variation that was never set, say).
  OPT_STATUS_NOT_FOUND = 10,
  // A variable has another type than the getter asks for.
  OPT_STATUS_WRONG_TYPE = 11,
  // A variable's text can't be read as its type.
  OPT_STATUS_BAD_VALUE = 12,
  // Some of what was asked for could be given, some not.
  OPT_STATUS_PARTIAL = 13,
  // An event alone is larger than the Events API takes (3.5 MB), or an answer does not fit the buffer given for it.
  OPT_STATUS_TOO_LARGE = 14,
  // The queue is at its limit; nothing was recorded. The same call may succeed later.
  OPT_STATUS_QUEUE_FULL = 15,
  // The disk refused the event; nothing was recorded. The same call may succeed later.
  OPT_STATUS_DISK = 16,
  // Memory for the call could not be had; nothing was recorded. The same call may succeed later.
  OPT_STATUS_OUT_OF_MEMORY = 17,
  // The deadline passed before everything was delivered.
  OPT_STATUS_TIMEOUT = 18,
  // This build or this platform can't do what was asked for.
  OPT_STATUS_NOT_SUPPORTED = 19,
  // A fault of the library itself, caught at its boundary. Events accepted before still go out.
  OPT_STATUS_INTERNAL = 20,
  // A contextual bandit's prediction could not be had; the decision is an error decision.
  OPT_STATUS_PREDICTION_FAILED = 21,
  // Flat form only: the call is to be made again with the predictions that its answer asks for.
  OPT_STATUS_NEEDS_PREDICTION = 22,
  // Tracking is off (opt_client_set_tracking); nothing was recorded.
  OPT_STATUS_TRACKING_OFF = 23,
  // A server could not be reached, can't be trusted or refused what it was asked for; the message says which.
  OPT_STATUS_NETWORK = 24,
};
#ifndef __cplusplus
typedef int32_t opt_status;
#endif // __cplusplus

// Decides and records for one environment of an Optimizely project.
//
// Threads: share one client freely; every call that takes `const opt_client *` may run at the same time on any
// thread. The first event starts the client's one delivery thread, which blocks all signals; without events there is
// none, nor where the host drives (opt_options_set_host_driven). If the system refuses the thread, events wait, the
// next one tries again, and flush and close deliver on their caller's thread. Fork: a child process may go on with its
// parent's client. It keeps datafile, options, forced variations and listeners, and begins with zero counters, a queue,
// a thread and connections of its own: what waits in the parent is sent by the parent alone, and a child that ends or
// executes another program sends nothing. A child made by vfork must not call the library. Since 0.1.
typedef struct opt_client opt_client;

// What one datafile holds, as data: experiments, flags, their rules, variations and variables, attributes, audiences
// and events. For tools that list or check what a project has; decisions do not need it.
// Read it with opt_config_json or part by part; free it with opt_config_free. Everything under it is borrowed from it.
//
// Threads: immutable; may be read and freed on any thread, also after its client is gone or has another datafile.
// Since 0.1.
typedef struct opt_config opt_config;

// An experiment or a delivery rule of an OptimizelyConfig. Read it with opt_config_experiment_read.
//
// Ownership: borrowed from the opt_config it comes from; there is nothing to free.
// Threads: immutable; any. Since 0.1.
typedef struct opt_config_experiment opt_config_experiment;

// A flag of an OptimizelyConfig. Read it with opt_config_feature_read.
//
// Ownership: borrowed from the opt_config it comes from; there is nothing to free.
// Threads: immutable; any. Since 0.1.
typedef struct opt_config_feature opt_config_feature;

// A variation of an experiment or a delivery rule. Read it with opt_config_variation_read.
//
// Ownership: borrowed from the opt_config it comes from; there is nothing to free.
// Threads: immutable; any. Since 0.1.
typedef struct opt_config_variation opt_config_variation;

// What was decided for a user. Read it with opt_decision_read and the calls below; free it with opt_decision_free.
// It holds on to the datafile that it was made by, so free it when it is read.
//
// Threads: immutable; may be read and freed on any thread, also after its client is gone. Since 0.1.
typedef struct opt_decision opt_decision;

// The decisions of one call over several flags, all by one datafile. Free it with opt_decisions_free.
//
// Threads: immutable; may be read and freed on any thread, also after its client is gone. Since 0.1.
typedef struct opt_decisions opt_decisions;

// What went wrong: a status, a sentence, the place in the input, and whether a retry can help. Written by a call
// that fails and was given a place for it; freed by the caller with opt_error_free.
//
// Threads: immutable; may be read and freed on any thread. Since 0.1.
typedef struct opt_error opt_error;

// A list of keys. Read it with opt_keys_count and opt_keys_at; free it with opt_keys_free.
//
// Threads: immutable; may be read and freed on any thread, also after its client is gone. Since 0.1.
typedef struct opt_keys opt_keys;

// Something that happened. Read it with opt_notification_read. One that was pulled is freed with
// opt_notification_free; one given to a callback is valid during the call and must not be freed.
//
// Threads: immutable; may be read on any thread. Since 0.1.
typedef struct opt_notification opt_notification;

// What a client is made with. A builder: made with opt_options_new, filled by opt_options_set_…, consumed by
// opt_client_new. Values out of range are reported by opt_client_new, all of them at once; what a setter can't even
// keep (text that is not UTF-8, a log level that is none) it refuses itself, and keeps what was set before.
//
// Threads: one thread at a time. Since 0.1.
typedef struct opt_options opt_options;

// Where a callback that is asked for something puts its answer. Made by the library for one call of a callback, and
// valid during that call.
//
// Threads: only the one that the callback runs on. Since 0.1.
typedef struct opt_reply opt_reply;

// A request that the host is to make. Read it with opt_request_read, free it with opt_request_free at any time: it is
// completed by its id.
//
// Threads: immutable; may be read on any thread. Since 0.1.
typedef struct opt_request opt_request;

// A text of the library's. Read it with opt_text_read, free it with opt_text_free.
//
// Threads: immutable; may be read and freed on any thread, also after its client is gone. Since 0.1.
typedef struct opt_text opt_text;

// A user context: a visitor's id, attributes, qualified segments and forced decisions. Cheap; make one for each request.
//
// Threads: one thread at a time may change a user; any number may read it (decide, track) while none does.
// Independent of any client: one user may serve several. Since 0.1.
typedef struct opt_user opt_user;

// Borrowed UTF-8 text: `len` bytes at `data`, no terminator needed; NUL bytes inside are legal.
//
// As an argument: the library copies what it keeps; `data` may be freed as soon as the call returns. {NULL, 0} is
// the empty text; NULL with a length is refused with OPT_STATUS_INVALID_ARGUMENT, bytes that are not UTF-8 with
// OPT_STATUS_INVALID_UTF8. Make one with OPT_STR("literal") or opt_cstr(pointer).
// As an answer: borrowed from the handle it came from and valid until that is freed; never NUL-terminated;
// `data == NULL` means that there is none.
//
// Threads: a plain value. Since 0.1.
typedef struct {
  // First byte.
  const char *data;
  // Number of bytes.
  size_t len;
} opt_str;

// What was logged, with what it is about. Texts are valid during the call; those that a message does not have are none.
// Visitor ids and values of attributes and tags are nowhere in it, secrets (SDK key, access token) never whole.
//
// Threads: a plain value. Since 0.1; fields are only ever added at the end.
typedef struct {
  // One of OPT_LOG_ERROR to OPT_LOG_DEBUG.
  uint32_t level;
  // The opt_status that the call which it is about returns; OPT_STATUS_OK if it is about none.
  uint32_t status;
  // The HTTP status that a server answered; 0 if it is about none.
  uint32_t http_status;
  // 0.
  uint32_t reserved;
  // One line.
  opt_str message;
  // The key of the event that it is about.
  opt_str event_key;
  // The key of the flag that it is about.
  opt_str flag_key;
} opt_log_record;

// Receives what is logged, as opt_log_callback, with what it is about.
//
// Since 0.1.
typedef void (*opt_log_record_callback)(const opt_log_record *record, void *user_data);

// Releases what a callback was given as `user_data`. Called exactly once, when the library will not use it again.
//
// Since 0.1.
typedef void (*opt_release_callback)(void *user_data);

// Receives one log message. `level` is one of OPT_LOG_ERROR to OPT_LOG_DEBUG, `message` one line, valid during the
// call. Called on the thread whose call caused the message, or on the delivery thread; never while the library holds
// a lock. It may call the library again, except to close or free this client; it must not unwind (throw).
//
// Since 0.1.
typedef void (*opt_log_callback)(uint32_t level, opt_str message, void *user_data);

// Looks up the profile of a user id: answers with opt_reply_set and the JSON that was given to save, or not at all if
// there is none. `{"user_id":"u","experiment_bucket_map":{"<experiment id>":{"variation_id":"<variation id>"}}}`
//
// Runs on the thread whose call needs the profile, which waits for it; never while the library holds a lock. It may
// call the library again, except to close or free this client; it must not unwind (throw). What it answers is
// validated: garbage and profiles of other users count as none, with a logged warning. Since 0.1.
typedef void (*opt_profile_lookup_callback)(opt_str user_id, opt_reply *reply, void *user_data);

// Saves a profile, whole, in place of the one before; opt_reply_fail says that it could not. Same rules as for
// opt_profile_lookup_callback. Since 0.1.
typedef void (*opt_profile_save_callback)(opt_str user_id, opt_str profile, opt_reply *reply, void *user_data);

// Predicts a variation for a contextual bandit: answers with opt_reply_set and the variation's id. `rule_id` is the
// experiment's id, `request` the JSON body that the prediction endpoint would be posted, see
// opt_options_set_cmab_endpoint. Same rules as for opt_profile_lookup_callback. An id that the experiment does not
// have makes the next rule count; no answer, the empty text or a failure makes an error decision. A decision made
// inside it that needs a prediction itself fails with OPT_STATUS_PREDICTION_FAILED. Since 0.1.
typedef void (*opt_cmab_callback)(opt_str rule_id,
                                  opt_str user_id,
                                  opt_str request,
                                  opt_reply *reply,
                                  void *user_data);

// The books of a client, from its making on. At any instant
// `accepted + recovered == delivered + pending + dead_lettered + dropped`.
//
// Threads: a plain value. Since 0.1; fields are only ever added at the end.
typedef struct {
  // Events accepted: calls of opt_track that returned OK, and decisions with OPT_EVENT_ACCEPTED.
  uint64_t accepted;
  // Of those, impressions.
  uint64_t accepted_impressions;
  // Of those, conversions.
  uint64_t accepted_conversions;
  // Events adopted from earlier processes: 0 without a journal directory.
  uint64_t recovered;
  // Events that the server has taken (answered 2xx).
  uint64_t delivered;
  // Events that wait or are on their way, counted in the queue.
  uint64_t pending;
  // Events that the server refused one by one; each was logged with its uuid, key and the answer.
  uint64_t dead_lettered;
  // Events dropped for another reason: the sum of the dropped_… below.
  uint64_t dropped;
  // Events refused because the queue was full; never accepted.
  uint64_t refused_queue_full;
  // Events refused because each alone was larger than the Events API takes.
  uint64_t refused_too_large;
  // Conversions refused for an event key that the datafile lacks.
  uint64_t refused_unknown_event;
  // Events refused for any other reason: closed, not ready, no memory, no randomness.
  uint64_t refused_other;
  // Attributes and tags left out of accepted events because the Events API can't take their value.
  uint64_t ignored_values;
  // Posts sent, repeats included.
  uint64_t posts;
  // Posts that will be or were repeated after a failure.
  uint64_t retries;
  // HTTP status of the last answer; 0 before the first, and after a post without an answer.
  uint32_t last_http_status;
  // One of OPT_DELIVERY_…: the worst over all endpoints.
  uint32_t delivery_state;
  // Bytes of the records that wait.
  uint64_t pending_bytes;
  // Time since the oldest waiting event was recorded, in milliseconds; 0 if none waits.
  uint64_t oldest_pending_ms;
  // 1 if waiting events survive the process, 0 if they are in memory only.
  uint32_t is_durable;
  // Threads that the library runs for this client: 0 or 1.
  uint32_t threads;
  // Of the dropped: their records were damaged on the disk; the bytes were put aside.
  uint64_t dropped_corrupt;
  // Of the dropped: opt_client_discard.
  uint64_t dropped_discarded;
  // Of the dropped: opt_client_purge_visitor.
  uint64_t dropped_purged;
  // Of the dropped: older than opt_options_set_max_age_ms allows.
  uint64_t dropped_expired;
  // Of the dropped: refused by the server while the file of dead letters was full.
  uint64_t dropped_dead_letter_limit;
  // Events refused because the disk failed; never accepted.
  uint64_t refused_disk;
  // Events refused while tracking was off; never accepted.
  uint64_t refused_tracking_off;
  // Bytes that the journal takes: of the disk, or of memory.
  uint64_t journal_bytes;
  // Bytes of this client's dead letters on the disk.
  uint64_t dead_letter_bytes;
  // Directories of earlier clients that were left alone, for another endpoint or another version of the format.
  uint64_t foreign_directories;
  // How events are kept: 0 in memory, OPT_JOURNAL_WRITTEN or OPT_JOURNAL_MAPPED.
  uint32_t journal_kind;
  // The system's number of the disk's last error; 0 while the disk works.
  uint32_t disk_errno;
  // Of the accepted events, those for the Data Platform (opt_send_odp_event).
  uint64_t accepted_odp_events;
} opt_stats;

// The member that `opt_value.type` names. Threads: a plain value. Since 0.1.
typedef union {
  // For OPT_VALUE_BOOL.
  bool boolean;
  // For OPT_VALUE_INT.
  int64_t integer;
  // For OPT_VALUE_DOUBLE.
  double number;
  // For OPT_VALUE_STRING.
  opt_str string;
} opt_value_as;

// A typed value of an attribute or an event tag. Make one with opt_null, opt_bool, opt_int, opt_double or opt_string.
// A `type` that is no OPT_VALUE_… is refused with OPT_STATUS_INVALID_ARGUMENT.
//
// Threads: a plain value. Since 0.1.
typedef struct {
  // One of OPT_VALUE_…
  uint32_t type;
  // The value itself.
  opt_value_as as;
} opt_value;

// One attribute or event tag. An empty key is legal; of two pairs with one key the last wins.
//
// Threads: a plain value. Since 0.1.
typedef struct {
  // Name.
  opt_str key;
  // Value.
  opt_value value;
} opt_pair;

// The parts of a decision. The texts are borrowed from the decision; `data == NULL` means none.
//
// Threads: a plain value. Since 0.1; fields are only ever added at the end.
typedef struct {
  // The flag decided; none for opt_activate, opt_get_variation and forced variations, which speak of experiments.
  opt_str flag_key;
  // The experiment, delivery rule or holdout that decided; none if no rule did.
  opt_str rule_key;
  // The variation; none if the user gets none.
  opt_str variation_key;
  // 1 if the variation enables the flag, else 0.
  uint32_t enabled;
  // One of OPT_EVENT_…: what became of the impression.
  uint32_t event_status;
  // The id of the rule that decided; none if no rule did.
  opt_str rule_id;
  // The id of the variation; none if the user gets none.
  opt_str variation_id;
  // The uuid that ties the impression to a contextual bandit's prediction; none if no bandit decided.
  opt_str cmab_uuid;
  // One of OPT_SOURCE_…: what decided.
  uint32_t source;
  // OPT_STATUS_OK, or the opt_status that says why this is an error decision.
  uint32_t status;
} opt_decision_view;

// Receives notifications: what a call causes on the thread of that call, what delivery causes on the delivery thread;
// never while the library holds a lock. It may call the library again and add or remove listeners, but not close or
// free this client; it must not unwind (throw). Since 0.1.
typedef void (*opt_notification_callback)(const opt_notification *notification, void *user_data);

// The parts of a notification. Threads: a plain value. Since 0.1; fields are only ever added at the end.
typedef struct {
  // One of OPT_NOTIFICATION_…
  uint32_t type;
  // 0.
  uint32_t reserved;
  // The key of the flag, experiment or event, the URL, or the revision.
  opt_str key;
  // The whole, as a JSON object.
  opt_str payload;
} opt_notification_view;

// The head of an OptimizelyConfig, and how much it holds. The texts are borrowed from it.
//
// Threads: a plain value. Since 0.1; fields are only ever added at the end.
typedef struct {
  // The SDK key that the datafile names; empty if it names none.
  opt_str sdk_key;
  // The key of the datafile's environment; empty if it has none.
  opt_str environment_key;
  // The datafile's revision.
  opt_str revision;
  // Experiments, see opt_config_experiment_at.
  size_t experiment_count;
  // Flags, see opt_config_feature_at.
  size_t feature_count;
  // Attributes, see opt_config_attribute_at.
  size_t attribute_count;
  // Audiences, see opt_config_audience_at.
  size_t audience_count;
  // Events, see opt_config_event_at.
  size_t event_count;
} opt_config_view;

// An attribute that the datafile defines. The texts are borrowed from the OptimizelyConfig.
//
// Threads: a plain value. Since 0.1; fields are only ever added at the end.
typedef struct {
  // Its id.
  opt_str id;
  // Its key.
  opt_str key;
} opt_config_attribute;

// An audience that the datafile defines. The texts are borrowed from the OptimizelyConfig.
//
// Threads: a plain value. Since 0.1; fields are only ever added at the end.
typedef struct {
  // Its id.
  opt_str id;
  // Its name.
  opt_str name;
  // Its conditions as JSON; empty if it has none.
  opt_str conditions;
} opt_config_audience;

// An event that the datafile defines. The texts are borrowed from the OptimizelyConfig.
//
// Threads: a plain value. Since 0.1; fields are only ever added at the end.
typedef struct {
  // Its id.
  opt_str id;
  // Its key.
  opt_str key;
  // Experiments that use it, see opt_config_event_experiment_id_at.
  size_t experiment_id_count;
} opt_config_event;

// The parts of a flag. The texts are borrowed from the OptimizelyConfig.
//
// Threads: a plain value. Since 0.1; fields are only ever added at the end.
typedef struct {
  // Its id.
  opt_str id;
  // Its key.
  opt_str key;
  // Experiments, see opt_config_feature_experiment_rule_at.
  size_t experiment_rule_count;
  // Delivery rules, see opt_config_feature_delivery_rule_at.
  size_t delivery_rule_count;
  // Variables, see opt_config_feature_variable_at.
  size_t variable_count;
} opt_config_feature_view;

// A variable with the value it has in a variation, or by default in a flag. The texts are borrowed from the
// OptimizelyConfig.
//
// Threads: a plain value. Since 0.1; fields are only ever added at the end.
typedef struct {
  // Its id.
  opt_str id;
  // Its key.
  opt_str key;
  // "boolean", "integer", "double", "string", "json", or what else the datafile says.
  opt_str type;
  // The value as text.
  opt_str value;
} opt_config_variable;

// The parts of an experiment or a delivery rule. The texts are borrowed from the OptimizelyConfig.
//
// Threads: a plain value. Since 0.1; fields are only ever added at the end.
typedef struct {
  // Its id.
  opt_str id;
  // Its key.
  opt_str key;
  // Its audience conditions with names for ids, as in `"us" OR "female"`; empty if it has none.
  opt_str audiences;
  // Variations, see opt_config_experiment_variation_at.
  size_t variation_count;
} opt_config_experiment_view;

// The parts of a variation. The texts are borrowed from the OptimizelyConfig.
//
// Threads: a plain value. Since 0.1; fields are only ever added at the end.
typedef struct {
  // Its id.
  opt_str id;
  // Its key.
  opt_str key;
  // 1 if the variation enables the flag, 0 if not, 2 if the datafile says neither.
  uint32_t feature_enabled;
  // 0; for later use.
  uint32_t reserved;
  // Variables, see opt_config_variation_variable_at.
  size_t variable_count;
} opt_config_variation_view;

// A header of a request or an answer. Threads: a plain value. Since 0.1; fields are only ever added at the end.
typedef struct {
  // Its name, in any case.
  opt_str name;
  // Its value, without what surrounds it.
  opt_str value;
} opt_header;

// The parts of a request. Threads: a plain value. Since 0.1; fields are only ever added at the end.
typedef struct {
  // By which opt_client_complete knows it; unique in the process.
  uint64_t id;
  // "POST", or "GET" for a datafile.
  opt_str method;
  // An http:// or https:// URL.
  opt_str url;
  // The headers to send.
  const opt_header *headers;
  // How many.
  size_t header_count;
  // What to post: JSON. The empty text for a get.
  opt_str body;
  // How long the request may take, in milliseconds from opt_client_next_request on: the total time-out of
  // opt_options_set_timeouts_ms. One that is not completed by then counts as failed.
  uint64_t timeout_ms;
} opt_request_view;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// The version of the library that runs, as "major.minor.patch".
// Compare it with OPT_VERSION, the version of the header compiled against.
//
// Ownership: static; never freed. Threads: any. Blocks: never. Since 0.1.
opt_str opt_version(void);

// The name of a status as written in this header ("OPT_STATUS_OK"), for logs; "OPT_STATUS_UNKNOWN" for a number
// that this library does not have. Terminated by NUL.
//
// Ownership: static; never freed. Threads: any. Blocks: never. Since 0.1.
const char *opt_status_name(int32_t status);

// The status that the call returned; OPT_STATUS_OK for NULL.
//
// Threads: any. Blocks: never. Since 0.1.
opt_status opt_error_status(const opt_error *error);

// One line for a log: what was wrong, where, what was expected. It holds no visitor ids and no attribute values.
// None for NULL.
//
// Ownership: borrowed from `error`. Threads: any. Blocks: never. Since 0.1.
opt_str opt_error_message(const opt_error *error);

// The argument ("tags"), the option ("batch_size") or the JSON path ("experiments[3].id") that the message speaks of;
// the empty text if there is no such place, none for NULL.
//
// Ownership: borrowed from `error`. Threads: any. Blocks: never. Since 0.1.
opt_str opt_error_place(const opt_error *error);

// True if the same call may succeed later (queue full, not ready, time-out), false if its input is wrong or for NULL.
//
// Threads: any. Blocks: never. Since 0.1.
bool opt_error_is_retriable(const opt_error *error);

// Frees `error`; NULL is ignored.
//
// Ownership: consumes `error`. Threads: any. Blocks: never. Since 0.1.
void opt_error_free(opt_error *error);

// New options with every default. Never NULL but when memory is gone.
//
// Ownership: the caller owns them until opt_client_new or opt_options_free. Threads: any. Blocks: never. Since 0.1.
opt_options *opt_options_new(void);

// Frees options that no client was made with; NULL is ignored.
//
// Ownership: consumes `options`. Threads: any. Blocks: never. Since 0.1.
void opt_options_free(opt_options *options);

// The datafile to decide by: its JSON text, as the Optimizely CDN serves it. Required, unless opt_options_set_journal
// names a directory in which an earlier client has kept its last good one. It is parsed by opt_client_new; at least
// 64 MiB are taken.
//
// Ownership: the text is copied. Threads: one at a time for these options. Blocks: never.
// Errors: INVALID_ARGUMENT, INVALID_UTF8. Since 0.1.
OPT_MUST_USE
opt_status opt_options_set_datafile(opt_options *options,
                                    opt_str datafile,
                                    opt_error **error);

// Where events are posted: an http:// or https:// URL, such as a collector or a proxy of yours. Default: the Events
// API of the datafile's region.
//
// Ownership: the text is copied. Threads: one at a time for these options. Blocks: never.
// Errors: INVALID_ARGUMENT, INVALID_UTF8. Since 0.1.
OPT_MUST_USE
opt_status opt_options_set_event_endpoint(opt_options *options,
                                          opt_str url,
                                          opt_error **error);

// Most events in one post: 1 to 1,000, default 1,000. A batch is sent when it is full, when its oldest event has
// waited for the flush interval, or at flush and close.
//
// Threads: one at a time for these options. Blocks: never. Errors: INVALID_ARGUMENT. Since 0.1.
OPT_MUST_USE
opt_status opt_options_set_batch_size(opt_options *options,
                                      uint32_t events,
                                      opt_error **error);

// Longest time an event waits for others before its batch is sent, in milliseconds: 1 to 86,400,000 (a day), default
// 1,000.
//
// Threads: one at a time for these options. Blocks: never. Errors: INVALID_ARGUMENT. Since 0.1.
OPT_MUST_USE
opt_status opt_options_set_flush_interval_ms(opt_options *options,
                                             uint32_t interval_ms,
                                             opt_error **error);

// Time-outs of a post in milliseconds, each 1 to 600,000: `connect_ms` for name look-up, connecting and TLS together
// (default 5,000), `total_ms` for the whole request (default 10,000).
//
// Threads: one at a time for these options. Blocks: never. Errors: INVALID_ARGUMENT. Since 0.1.
OPT_MUST_USE
opt_status opt_options_set_timeouts_ms(opt_options *options,
                                       uint32_t connect_ms,
                                       uint32_t total_ms,
                                       opt_error **error);

// Delays between attempts of a post that may succeed later, in milliseconds: the n-th is random between 0 and
// min(`longest_ms`, `first_ms` * 2^n). Each 1 to 3,600,000, `first_ms` at most `longest_ms`; default 200 and 60,000.
//
// Threads: one at a time for these options. Blocks: never. Errors: INVALID_ARGUMENT. Since 0.1.
OPT_MUST_USE
opt_status opt_options_set_retry_delays_ms(opt_options *options,
                                           uint32_t first_ms,
                                           uint32_t longest_ms,
                                           opt_error **error);

// Takes what suits a phone: batches of 10 events, sent 30 s after the oldest at the latest, and a journal in files of 16
// to 64 KiB. Options that are set later count.
//
// Threads: one at a time for these options. Blocks: never. Errors: INVALID_ARGUMENT. Since 0.1.
OPT_MUST_USE
opt_status opt_options_use_mobile_preset(opt_options *options,
                                         opt_error **error);

// How much may wait for delivery: `bytes` of memory (64 KiB to 1 TiB, default 32 MiB) and `events` (0, the default:
// as many as the bytes hold). At the limit new events are refused with OPT_STATUS_QUEUE_FULL; what was accepted stays.
//
// Threads: one at a time for these options. Blocks: never. Errors: INVALID_ARGUMENT. Since 0.1.
OPT_MUST_USE
opt_status opt_options_set_queue_limit(opt_options *options,
                                       uint64_t bytes,
                                       uint64_t events,
                                       opt_error **error);

// The product's own name and version on the wire (`client_name`, `client_version`), for wrappers of this library.
// Default: "libopttrack" and opt_version(). Neither may be empty.
//
// Ownership: the texts are copied. Threads: one at a time for these options. Blocks: never.
// Errors: INVALID_ARGUMENT, INVALID_UTF8. Since 0.1.
OPT_MUST_USE
opt_status opt_options_set_client_name(opt_options *options,
                                       opt_str name,
                                       opt_str version,
                                       opt_error **error);

// Decide options that every opt_decide, opt_decide_for_keys and opt_decide_all has beside its own: a sum of
// OPT_DECIDE_…, default 0. A call can't switch one of them off.
//
// Threads: one at a time for these options. Blocks: never. Errors: INVALID_ARGUMENT. Since 0.1.
OPT_MUST_USE
opt_status opt_options_set_default_decide_options(opt_options *options,
                                                  uint32_t decide_options,
                                                  opt_error **error);

// The least important level that is logged: OPT_LOG_OFF to OPT_LOG_DEBUG, default OPT_LOG_WARNING.
//
// Threads: one at a time for these options. Blocks: never. Errors: INVALID_ARGUMENT. Since 0.1.
OPT_MUST_USE opt_status opt_options_set_log_level(opt_options *options, uint32_t level, opt_error **error);

// Where log messages go instead of standard error, with what they are about, as a structured log wants it. Otherwise as
// opt_options_set_logger; of the two the one that is called last counts.
//
// Ownership: `user_data` stays the caller's until `release`. Threads: one at a time for these options; the callback
// runs on any thread. Blocks: never. Errors: INVALID_ARGUMENT. Since 0.1.
OPT_MUST_USE
opt_status opt_options_set_record_logger(opt_options *options,
                                         opt_log_record_callback callback,
                                         void *user_data,
                                         opt_release_callback release,
                                         opt_error **error);

// Where log messages go instead of standard error. `callback` NULL: back to standard error. `release`, if not NULL,
// is called once with `user_data` when the last use is over, also when this call fails.
//
// Without a callback, each message is written to standard error at once the first time and then at most hourly, with
// how often it came meanwhile. A callback gets every message.
//
// Ownership: `user_data` stays the caller's until `release`. Threads: one at a time for these options; the callback
// runs on any thread. Blocks: never. Errors: INVALID_ARGUMENT. Since 0.1.
OPT_MUST_USE
opt_status opt_options_set_logger(opt_options *options,
                                  opt_log_callback callback,
                                  void *user_data,
                                  opt_release_callback release,
                                  opt_error **error);

// The certificates that are trusted in place of the platform's: a file in PEM form, read by opt_client_new. Connections
// are never made without checking the server's certificate.
//
// Ownership: the text is copied. Threads: one at a time for these options. Blocks: never.
// Errors: INVALID_ARGUMENT, INVALID_UTF8; opt_client_new says INVALID_ARGUMENT where the file can't be used, NOT_SUPPORTED
// in a build without TLS. Since 0.1.
OPT_MUST_USE
opt_status opt_options_set_ca_file(opt_options *options,
                                   opt_str path,
                                   opt_error **error);

// The certificate by which the client shows servers who it is (mutual TLS): files in PEM form of the certificate with
// its chain, and of its private key without a password, read by opt_client_new.
//
// Ownership: the texts are copied. Threads: one at a time for these options. Blocks: never.
// Errors: as opt_options_set_ca_file. Since 0.1.
OPT_MUST_USE
opt_status opt_options_set_client_certificate(opt_options *options,
                                              opt_str certificate_path,
                                              opt_str key_path,
                                              opt_error **error);

// The HTTP proxy that every request goes through, by CONNECT: `http://host:port`, with `user:password@` before the host
// if it wants them. Without this call there is none: the environment's variables are not read.
//
// Ownership: the text is copied. Threads: one at a time for these options. Blocks: never.
// Errors: INVALID_ARGUMENT, INVALID_UTF8. Since 0.1.
OPT_MUST_USE
opt_status opt_options_set_proxy(opt_options *options,
                                 opt_str url,
                                 opt_error **error);

// Adds a header to every request of the built-in HTTP client, such as the key of a gateway of yours. It is not sent to
// another host that a redirect leads to, and never logged. Call it once a header.
//
// Ownership: the texts are copied. Threads: one at a time for these options. Blocks: never.
// Errors: INVALID_ARGUMENT, INVALID_UTF8; opt_client_new refuses what is no header, and those that the library writes
// itself. Since 0.1.
OPT_MUST_USE
opt_status opt_options_add_header(opt_options *options,
                                  opt_str name,
                                  opt_str value,
                                  opt_error **error);

// Answers with a text. Of several answers the last counts. NULL and text that is not UTF-8 count as a failure.
//
// Ownership: the text is copied. Threads: the callback's own. Blocks: never. Since 0.1.
void opt_reply_set(opt_reply *reply,
                   opt_str text);

// Says that there is no answer, because something failed. The message is logged as it is: it should not hold user ids.
//
// Ownership: the text is copied. Threads: the callback's own. Blocks: never. Since 0.1.
void opt_reply_fail(opt_reply *reply,
                    opt_str message);

// A user profile service, which makes decisions of experiments sticky: a variation once decided by traffic stays,
// whatever becomes of traffic and audience. Each call that decides looks the user's profile up once, before, and saves
// it once, after, if something in it changed; OPT_DECIDE_IGNORE_USER_PROFILE_SERVICE does neither. A service that
// fails is logged, and the decision is made without it; after a look-up that failed nothing is saved. `save` may be
// NULL; `lookup` NULL: no service. Not beside opt_options_set_user_profile_directory: opt_client_new refuses both.
// `release`, if not NULL, is called once with `user_data` when the last use is over, also when this call fails.
// Rule: the official SDKs' UserProfileService.
//
// Ownership: `user_data` stays the caller's until `release`. Threads: one at a time for these options; the callbacks
// run on any thread, several at once. Blocks: never. Errors: INVALID_ARGUMENT. Since 0.1.
OPT_MUST_USE
opt_status opt_options_set_user_profile_service(opt_options *options,
                                                opt_profile_lookup_callback lookup,
                                                opt_profile_save_callback save,
                                                void *user_data,
                                                opt_release_callback release,
                                                opt_error **error);

// The built-in user profile service: one file a user in this directory, which is made if it is missing. A profile is
// replaced by renaming, so that a crash leaves the old or the new one; nothing waits for the disk, so after a power
// loss the newest profiles may be missing. Any number of threads, clients and processes may share a directory.
// Not beside opt_options_set_user_profile_service: opt_client_new refuses both.
//
// Ownership: the text is copied. Threads: one at a time for these options. Blocks: never; opt_client_new makes the
// directory, decisions read and write small files.
// Errors: INVALID_ARGUMENT, INVALID_UTF8; opt_client_new says DISK where the directory can't be used. Since 0.1.
OPT_MUST_USE
opt_status opt_options_set_user_profile_directory(opt_options *options,
                                                  opt_str path,
                                                  opt_error **error);

// Predicts for contextual bandits in the host, in place of the prediction endpoint. `callback` NULL: back to the
// endpoint. `release`, if not NULL, is called once with `user_data` when the last use is over, also when this call
// fails. Answers are cached as those of the endpoint are.
//
// Ownership: `user_data` stays the caller's until `release`. Threads: one at a time for these options; the callback
// runs on any thread, several at once. Blocks: never. Errors: INVALID_ARGUMENT. Since 0.1.
OPT_MUST_USE
opt_status opt_options_set_cmab_predictor(opt_options *options,
                                          opt_cmab_callback callback,
                                          void *user_data,
                                          opt_release_callback release,
                                          opt_error **error);

// The endpoint that predicts for contextual bandits: an http:// or https:// URL with `%s` once, where the experiment's
// id goes. Default: Optimizely's. A decision that needs a prediction waits for it, unless OPT_DECIDE_NO_WAIT is given.
//
// It is posted `{"instances": [{"visitorId", "experimentId", "attributes": [{"id", "value", "type":
// "custom_attribute"}], "cmabUUID"}]}`, always one instance, with the attributes that the model takes and the user
// has, by their ids; it answers with `{"predictions": [{"variation_id": "…"}]}`.
//
// Ownership: the text is copied. Threads: one at a time for these options. Blocks: never.
// Errors: INVALID_ARGUMENT, INVALID_UTF8. Since 0.1.
OPT_MUST_USE
opt_status opt_options_set_cmab_endpoint(opt_options *options,
                                         opt_str url_template,
                                         opt_error **error);

// Longest time for one attempt to get a prediction, in milliseconds: 1 to 600,000, default 10,000. One attempt that
// failed is followed by another, 100 ms later.
//
// Threads: one at a time for these options. Blocks: never. Errors: INVALID_ARGUMENT. Since 0.1.
OPT_MUST_USE
opt_status opt_options_set_cmab_timeout_ms(opt_options *options,
                                           uint32_t timeout_ms,
                                           opt_error **error);

// How many predictions are kept (1 to 1,000,000, default 10,000; the least recently used goes first) and for how long
// (1 to 86,400,000 ms, default 1,800,000: half an hour). 0 is the default. A prediction is kept for a user id and an
// experiment, and counts as long as the attributes that the model takes are the same.
//
// Threads: one at a time for these options. Blocks: never. Errors: INVALID_ARGUMENT. Since 0.1.
OPT_MUST_USE
opt_status opt_options_set_cmab_cache(opt_options *options,
                                      uint32_t entries,
                                      uint32_t ttl_ms,
                                      opt_error **error);

// Keeps events on disk until they are delivered, in `directory`: a path, which need not be UTF-8. opt_client_new makes
// the directory, for this user alone, and fails with DISK where it can't be used; a relative path is resolved then,
// once. Any number of clients and processes may share a directory: each has one of its own inside it, locked, and what
// a client that is no more has left is taken over by the next one whose events go to the same endpoint.
//
// The last good datafile is kept there too (datafile.json): a client that is given none decides by it. Clients of
// different environments need different directories for that.
//
// Every event that was accepted is then delivered by this process or a later one, kept as a dead letter, or counted as
// dropped: the process may be killed at any moment. `kind` is one of OPT_JOURNAL_…. Without a journal events wait in
// memory.
//
// Ownership: the path is copied. Threads: one at a time for these options. Blocks: never.
// Errors: INVALID_ARGUMENT (an empty path, a `kind` that is none). Since 0.1.
OPT_MUST_USE
opt_status opt_options_set_journal(opt_options *options,
                                   opt_str directory,
                                   uint32_t kind,
                                   opt_error **error);

// What a loss of power may take: one of OPT_DURABILITY_…. Nothing but a journal on disk survives one.
//
// Threads: one at a time for these options. Blocks: never. Errors: INVALID_ARGUMENT. Since 0.1.
OPT_MUST_USE
opt_status opt_options_set_durability(opt_options *options,
                                      uint32_t durability,
                                      opt_error **error);

// Most bytes that this client's journal takes on the disk (64 KiB to 1 TiB, default 1 GiB) and that its dead letters
// take (up to 1 TiB, default 64 MiB). At the first limit new events are refused with QUEUE_FULL; past the second an
// event that the server refuses is dropped, counted and logged.
//
// Threads: one at a time for these options. Blocks: never. Errors: INVALID_ARGUMENT (by opt_client_new). Since 0.1.
OPT_MUST_USE
opt_status opt_options_set_journal_limits(opt_options *options,
                                          uint64_t journal_bytes,
                                          uint64_t dead_letter_bytes,
                                          opt_error **error);

// Gives events up that are older than this when their turn comes, in milliseconds: up to ten years; 0, the default:
// never. Each is counted, logged and notified.
//
// Threads: one at a time for these options. Blocks: never. Errors: INVALID_ARGUMENT (by opt_client_new). Since 0.1.
OPT_MUST_USE
opt_status opt_options_set_max_age_ms(opt_options *options,
                                      uint64_t max_age_ms,
                                      opt_error **error);

// Makes a client from `options`.
//
// Ownership: consumes `options` always, also on failure. `*out_client` is the caller's, to be closed with
// opt_client_close and freed with opt_client_free; it is NULL on failure.
// Threads: any. Blocks: never on the network; parses the datafile on this thread (a few ms per MB).
// Errors: INVALID_ARGUMENT (options out of range, each named in the message; no datafile given), INVALID_DATAFILE
// (the place is the JSON path, the message says line and column), OUT_OF_MEMORY. Since 0.1.
OPT_MUST_USE
opt_status opt_client_new(opt_options *options,
                          opt_client **out_client,
                          opt_error **error);

// Puts another datafile in force, for hosts that get theirs by webhook or from a cache. Calls that run keep the old
// one to their end; events already recorded go out with the revision they were made under. A datafile that is refused
// changes nothing.
//
// Ownership: the text is copied as far as needed. Threads: any. Blocks: never on the network; parses on this thread.
// Errors: INVALID_ARGUMENT, INVALID_UTF8, INVALID_DATAFILE (as opt_client_new), CLOSED, OUT_OF_MEMORY. Since 0.1.
OPT_MUST_USE
opt_status opt_client_set_datafile(const opt_client *client,
                                   opt_str datafile,
                                   opt_error **error);

// Sends what was accepted before this call, without waiting for batches to fill, and waits for the server's answers.
// Batches that had been told to wait before a retry are tried at once, unless the server itself named the time.
//
// `out_left`, if not NULL, gets the number of those events that are still waiting: 0 on OK. They stay queued and are
// sent later; the client stays usable.
//
// Where the client has no thread, for the host drives it or none can be had, they are sent on the thread that calls; a
// request is cut short at the deadline, and what was to be sent stays due. With a pulled transport other threads have
// to make the requests meanwhile.
//
// Threads: any; several may flush at once. Blocks: at most `timeout_ms` milliseconds (0: not at all), but where the
// calling thread has to look a name up itself, which can't be cut short.
// Errors: TIMEOUT, INVALID_ARGUMENT, CLOSED. Since 0.1.
OPT_MUST_USE
opt_status opt_client_flush(const opt_client *client,
                            uint32_t timeout_ms,
                            uint64_t *out_left,
                            opt_error **error);

// Closes the client: refuses further events, sends what waits, ends the delivery thread, closes connections; a request
// that is on its way at the deadline is broken off. Decisions still work
// afterwards; their impressions are refused and say so. A second close waits like the first and gives its answer.
//
// `out_left`, if not NULL, gets the number of accepted events that were not delivered: 0 on OK. With a journal on disk
// those are safe there, and the next client of the directory sends them. In memory they are lost when the client is
// freed; choose the time-out accordingly.
//
// Threads: any, also while other threads use the client: their events are refused with CLOSED from then on.
// Blocks: at most `timeout_ms` milliseconds, as opt_client_flush; 0 returns at once.
// Errors: TIMEOUT (the message says how many events are left), INVALID_ARGUMENT (also when called from a callback
// of this client). Since 0.1.
OPT_MUST_USE
opt_status opt_client_close(const opt_client *client,
                            uint32_t timeout_ms,
                            uint64_t *out_left,
                            opt_error **error);

// Switches the recording of events on (1, as a client begins) or off (0), for a visitor's or an operator's consent.
// While it is off opt_track returns TRACKING_OFF, which is counted and no error in the log; decisions work, and their
// impressions are OPT_EVENT_SUPPRESSED. What was recorded before is delivered all the same: see opt_client_discard.
//
// Threads: any; calls that run may still record. Blocks: never. Errors: INVALID_ARGUMENT. Since 0.1.
OPT_MUST_USE
opt_status opt_client_set_tracking(const opt_client *client,
                                   uint32_t is_on,
                                   opt_error **error);

// Frees a client; NULL is ignored. Without opt_client_close before, it is closed with a time-out of 0.
//
// Ownership: consumes `client`; handles made by it (decisions, users, errors) stay valid.
// Threads: no other thread may be inside a call with it. Blocks: never. Since 0.1.
void opt_client_free(opt_client *client);

// Returns when what was accepted before this call survives a loss of power: asks the disk to keep the journal, and the
// names of its files. What the disk fails to keep is written anew by the delivery thread; call again to be sure of it.
//
// Threads: any. Blocks: on the disk, at most `timeout_ms` milliseconds: a thread of its own waits for the disk, and is
// left behind at the deadline.
// Errors: TIMEOUT, NOT_SUPPORTED (no journal on disk), DISK, INVALID_ARGUMENT. Since 0.1.
OPT_MUST_USE
opt_status opt_client_sync(const opt_client *client,
                           uint32_t timeout_ms,
                           opt_error **error);

// Gives up everything that waits, as for a user who withdraws consent. `out_count`, if not NULL, gets how many events
// that were. A batch on its way is given up too if its attempt fails, and can't be called back if it does not. Each
// event is counted as dropped, and notified. Dead letters stay; events of other clients in the same directory too.
//
// Threads: any. Blocks: on the disk for a moment; never on the network. Errors: DISK, INVALID_ARGUMENT. Since 0.1.
OPT_MUST_USE
opt_status opt_client_discard(const opt_client *client,
                              uint64_t *out_count,
                              opt_error **error);

// Gives up what waits of one visitor, and overwrites it on the disk; removes the visitor's dead letters, those of clients
// that are no more included. `out_count`, if not NULL, gets how many events and letters that were. A batch on its way
// is looked through if its attempt fails.
//
// Threads: any. Blocks: on the disk, for as long as reading what waits takes; never on the network.
// Errors: DISK, INVALID_UTF8, INVALID_ARGUMENT. Since 0.1.
OPT_MUST_USE
opt_status opt_client_purge_visitor(const opt_client *client,
                                    opt_str visitor_id,
                                    uint64_t *out_count,
                                    opt_error **error);

// Has the client get its datafile by itself, by the SDK key of an environment: it asks Optimizely's CDN when it is made,
// and then again and again (opt_options_set_polling_interval_ms). opt_client_new does not wait for the answer; until it
// is there, calls that need a datafile return OPT_STATUS_NOT_READY, see opt_client_wait_ready. A datafile that is given
// besides, or one that an earlier client has kept in the journal's directory, is used until then. A datafile that can't
// be used, and an older revision, never replace a good one. The empty text: no SDK key.
//
// It is asked for with If-None-Match and If-Modified-Since on the delivery thread, for 5 s at most, never while a full
// batch waits, but for one that is 5 s late. What failed is tried again after 1 s, 2 s, 4 s up to the interval, each time
// by a random half, or when Retry-After says. Up to 5 redirects are followed, never from https to http. Rule: the
// official SDKs' config manager.
//
// The key is a secret: messages show its first four characters.
//
// Ownership: the text is copied. Threads: one at a time for these options. Blocks: never.
// Errors: INVALID_ARGUMENT, INVALID_UTF8. Since 0.1.
OPT_MUST_USE
opt_status opt_options_set_sdk_key(opt_options *options,
                                   opt_str sdk_key,
                                   opt_error **error);

// The access token of a secure environment, whose datafile is not open to everybody. It is sent as `Authorization:
// Bearer` to the host that is asked, to no other that it redirects to, and is never logged. The empty text: no token.
//
// Ownership: the text is copied. Threads: one at a time for these options. Blocks: never.
// Errors: INVALID_ARGUMENT, INVALID_UTF8. Since 0.1.
OPT_MUST_USE
opt_status opt_options_set_access_token(opt_options *options,
                                        opt_str token,
                                        opt_error **error);

// Where the datafile is asked for in place of Optimizely's CDN: an http:// or https:// URL, with `%s` where the SDK key
// goes. One without `%s` needs no SDK key.
//
// Ownership: the text is copied. Threads: one at a time for these options. Blocks: never.
// Errors: INVALID_ARGUMENT, INVALID_UTF8. Since 0.1.
OPT_MUST_USE
opt_status opt_options_set_datafile_url(opt_options *options,
                                        opt_str url_template,
                                        opt_error **error);

// Time between two attempts to get a newer datafile, in milliseconds: 100 to 31,536,000,000 (a year), give or take a
// tenth at random; default 300,000 (5 minutes). 0: none after the first that succeeded.
//
// Threads: one at a time for these options. Blocks: never. Errors: INVALID_ARGUMENT. Since 0.1.
OPT_MUST_USE
opt_status opt_options_set_polling_interval_ms(opt_options *options,
                                               uint64_t interval_ms,
                                               opt_error **error);

// Waits until there is a datafile to decide by; returns at once where there is one. A notification tells of it too
// (OPT_NOTIFICATION_CONFIG_UPDATE).
//
// Threads: any; where the client is host-driven this call drives it, and with a pulled transport other threads have to
// make the requests meanwhile. Blocks: at most `timeout_ms` milliseconds.
// Errors: TIMEOUT (the message says how the last attempt failed), CLOSED, INVALID_ARGUMENT. Since 0.1.
OPT_MUST_USE
opt_status opt_client_wait_ready(const opt_client *client,
                                 uint32_t timeout_ms,
                                 opt_error **error);

// Asks for a newer datafile now, and waits until it is in force or the server has said that there is none. An attempt
// that is on its way already is followed by another.
//
// Threads: any, as opt_client_wait_ready. Blocks: at most `timeout_ms` milliseconds.
// Errors: NETWORK (no answer, or a refusal; the message says which), INVALID_DATAFILE, TIMEOUT, CLOSED, INVALID_ARGUMENT
// (also for a client without SDK key and datafile URL). The datafile in force stays. Since 0.1.
OPT_MUST_USE
opt_status opt_client_refresh_datafile(const opt_client *client,
                                       uint32_t timeout_ms,
                                       opt_error **error);

// For a host that goes into the background: sends what waits, as opt_client_flush, and then rests until
// opt_client_resume. Nothing is polled or sent meanwhile, and no timer wakes the process; events are recorded, and calls
// that wait (flush, close) work. `out_left`, if not NULL, gets the number of events that still wait.
//
// Threads: any. Blocks: at most `timeout_ms` milliseconds. Errors: TIMEOUT (it rests all the same), CLOSED,
// INVALID_ARGUMENT. Since 0.1.
OPT_MUST_USE
opt_status opt_client_suspend(const opt_client *client,
                              uint32_t timeout_ms,
                              uint64_t *out_left,
                              opt_error **error);

// Goes on after opt_client_suspend: what has become due meanwhile is done at once, and once. Nothing for a client that
// does not rest.
//
// Threads: any. Blocks: never. Errors: INVALID_ARGUMENT. Since 0.1.
OPT_MUST_USE
opt_status opt_client_resume(const opt_client *client,
                             opt_error **error);

// Fills `*out_stats` with the client's books. `size` is sizeof(opt_stats) as the caller knows it: a shorter struct is
// filled as far as it goes, of a longer one the rest is zeroed.
//
// Threads: any, at any time, also after close. Blocks: never. Errors: INVALID_ARGUMENT (NULL; a size of 0, over 4,096
// or no multiple of 8). Since 0.1.
OPT_MUST_USE
opt_status opt_client_stats(const opt_client *client,
                            opt_stats *out_stats,
                            size_t size,
                            opt_error **error);

// Makes a user with `count` attributes. Every value is kept as given; what a decision or an event can't use (NaN,
// infinities, numbers beyond 2^53) counts as unknown there, is left out there, and is logged there.
// The reserved attribute `$opt_bucketing_id`, a text, is what the user is bucketed by instead of the id.
//
// `id` may be empty, but the Events API needs one: events of an empty id are logged with a warning.
//
// Ownership: everything is copied; the caller frees `*out_user` with opt_user_free. It is NULL on failure.
// Threads: any. Blocks: never. Errors: INVALID_ARGUMENT, INVALID_UTF8. Since 0.1.
OPT_MUST_USE
opt_status opt_user_new(opt_str id,
                        const opt_pair *attributes,
                        size_t count,
                        opt_user **out_user,
                        opt_error **error);

// Sets one attribute, or replaces it.
//
// Ownership: key and value are copied. Threads: nobody else may use `user` meanwhile. Blocks: never.
// Errors: INVALID_ARGUMENT, INVALID_UTF8. Since 0.1.
OPT_MUST_USE
opt_status opt_user_set_attribute(opt_user *user,
                                  opt_str key,
                                  opt_value value,
                                  opt_error **error);

// Sets the segments that the user qualifies for, as the audience match `qualified` reads them, in place of any set
// before.
//
// Ownership: the texts are copied. Threads: nobody else may use `user` meanwhile. Blocks: never.
// Errors: INVALID_ARGUMENT, INVALID_UTF8. Since 0.1.
OPT_MUST_USE
opt_status opt_user_set_qualified_segments(opt_user *user,
                                           const opt_str *segments,
                                           size_t count,
                                           opt_error **error);

// Forces a variation on this user's decisions of a flag: of its rule `rule_key`, or, where that is the empty text, of
// the flag itself, before anything else is looked at. Nothing is checked here: at opt_decide, a variation that the
// flag does not have counts as not forced, and the reasons say so. Forced decisions count for opt_decide,
// opt_decide_for_keys and opt_decide_all only.
// Rule: the official SDKs' setForcedDecision.
//
// Ownership: the texts are copied. Threads: nobody else may use `user` meanwhile. Blocks: never.
// Errors: INVALID_ARGUMENT, INVALID_UTF8. Since 0.1.
OPT_MUST_USE
opt_status opt_user_set_forced_decision(opt_user *user,
                                        opt_str flag_key,
                                        opt_str rule_key,
                                        opt_str variation_key,
                                        opt_error **error);

// The key of the variation that is forced for a flag (`rule_key` empty) or for one of its rules.
// Rule: the official SDKs' getForcedDecision.
//
// Ownership: `*out_variation_key` is borrowed from `user` until it is changed or freed. Threads: any number while
// none changes `user`. Blocks: never. Errors: NOT_FOUND, INVALID_ARGUMENT, INVALID_UTF8. Since 0.1.
OPT_MUST_USE
opt_status opt_user_get_forced_decision(const opt_user *user,
                                        opt_str flag_key,
                                        opt_str rule_key,
                                        opt_str *out_variation_key,
                                        opt_error **error);

// Removes the decision that is forced for a flag (`rule_key` empty) or for one of its rules.
// Rule: the official SDKs' removeForcedDecision.
//
// Threads: nobody else may use `user` meanwhile. Blocks: never.
// Errors: NOT_FOUND (none was forced), INVALID_ARGUMENT, INVALID_UTF8. Since 0.1.
OPT_MUST_USE
opt_status opt_user_remove_forced_decision(opt_user *user,
                                           opt_str flag_key,
                                           opt_str rule_key,
                                           opt_error **error);

// Removes every forced decision of the user; OK also if there is none.
// Rule: the official SDKs' removeAllForcedDecisions.
//
// Threads: nobody else may use `user` meanwhile. Blocks: never. Errors: INVALID_ARGUMENT. Since 0.1.
OPT_MUST_USE opt_status opt_user_remove_all_forced_decisions(opt_user *user, opt_error **error);

// Frees a user; NULL is ignored.
//
// Ownership: consumes `user`. Threads: nobody else may use it. Blocks: never. Since 0.1.
void opt_user_free(opt_user *user);

// Fills `*out_view` with the parts of `decision`. `size` is sizeof(opt_decision_view) as the caller knows it: a
// shorter struct is filled as far as it goes, of a longer one the rest is zeroed.
//
// Ownership: the texts are borrowed from `decision`. Threads: any. Blocks: never.
// Errors: INVALID_ARGUMENT (NULL; a size of 0, over 4,096 or no multiple of 8). Since 0.1.
OPT_MUST_USE
opt_status opt_decision_read(const opt_decision *decision,
                             opt_decision_view *out_view,
                             size_t size,
                             opt_error **error);

// The number of reasons; 0 for NULL. Errors are always among them, and come first: an unknown flag, a prediction that
// could not be had, a variable that can't be read as its type. The others are there with OPT_DECIDE_INCLUDE_REASONS.
//
// Threads: any. Blocks: never. Since 0.1.
size_t opt_decision_reason_count(const opt_decision *decision);

// The reason at `index`, one sentence; none (`data == NULL`) for an index past the end or for NULL. Reasons hold user
// ids; their wording may change between versions.
//
// Ownership: borrowed from `decision`. Threads: any. Blocks: never. Since 0.1.
opt_str opt_decision_reason_at(const opt_decision *decision,
                               size_t index);

// The way to the decision, for a person: each rule that was tried, each audience with the values that were compared,
// the bucket number against the ranges. None (`data == NULL`) without OPT_DECIDE_INCLUDE_REASONS. It holds the user's
// id and attributes.
//
// Ownership: borrowed from `decision`. Threads: any. Blocks: never. Since 0.1.
opt_str opt_decision_explain_text(const opt_decision *decision);

// The same for a program: `{"flagKey", "userId", "steps", "rules": [{"kind", "key", "id", "audiences": [{"id",
// "result", "problem", "conditions": [{"attribute", "match", "value", "actual", "result", "problem"}]}], "inAudience",
// "buckets": [{"of", "parentId", "bucket", "ranges": [{"from", "end", "entity", "hit"}]}], "steps"}], "decision"}`.
// Results are "true", "false" and "unknown"; a range goes up to, but not with, its end.
//
// Ownership: borrowed from `decision`. Threads: any. Blocks: never. Since 0.1.
opt_str opt_decision_explain_json(const opt_decision *decision);

// The decision as a JSON object, as the official SDKs write theirs, but for the user: `{"variationKey", "enabled",
// "variables", "ruleKey", "flagKey", "reasons"}`; null for a key that there is none of. None (`data == NULL`) for NULL.
//
// Ownership: borrowed from `decision`. Threads: any. Blocks: never. Since 0.1.
opt_str opt_decision_json(const opt_decision *decision);

// Frees a decision; NULL is ignored. Not for decisions that are borrowed from an opt_decisions.
//
// Ownership: consumes `decision` and what was borrowed from it. Threads: any. Blocks: never. Since 0.1.
void opt_decision_free(opt_decision *decision);

// The number of decisions; 0 for NULL.
//
// Threads: any. Blocks: never. Since 0.1.
size_t opt_decisions_count(const opt_decisions *decisions);

// The decision at `index`; NULL for an index past the end or for NULL.
//
// Ownership: borrowed from `decisions`, and not to be freed. Threads: any. Blocks: never. Since 0.1.
const opt_decision *opt_decisions_at(const opt_decisions *decisions, size_t index);

// The decision of the flag `flag_key`; NULL if it is not among them, or for NULL.
//
// Ownership: borrowed from `decisions`, and not to be freed. Threads: any. Blocks: never. Since 0.1.
const opt_decision *opt_decisions_find(const opt_decisions *decisions, opt_str flag_key);

// Frees a list of decisions; NULL is ignored.
//
// Ownership: consumes `decisions` and what was borrowed from it. Threads: any. Blocks: never. Since 0.1.
void opt_decisions_free(opt_decisions *decisions);

// The number of keys; 0 for NULL.
//
// Threads: any. Blocks: never. Since 0.1.
size_t opt_keys_count(const opt_keys *keys);

// The key at `index`; none (`data == NULL`) for an index past the end or for NULL.
//
// Ownership: borrowed from `keys`. Threads: any. Blocks: never. Since 0.1.
opt_str opt_keys_at(const opt_keys *keys, size_t index);

// Frees a list of keys; NULL is ignored.
//
// Ownership: consumes `keys` and what was borrowed from it. Threads: any. Blocks: never. Since 0.1.
void opt_keys_free(opt_keys *keys);

// The text; none (`data == NULL`) for NULL.
//
// Ownership: borrowed from `text`. Threads: any. Blocks: never. Since 0.1.
opt_str opt_text_read(const opt_text *text);

// Frees a text; NULL is ignored.
//
// Ownership: consumes `text` and what was borrowed from it. Threads: any. Blocks: never. Since 0.1.
void opt_text_free(opt_text *text);

// All variables of the decided flag as a JSON object, each in its own type: the variation's values if it enables the
// flag, else the defaults. One that can't be read as its type is null, and a reason says so. "{}" for an error
// decision, with OPT_DECIDE_EXCLUDE_VARIABLES, and for decisions of experiments; none (`data == NULL`) for NULL.
//
// Ownership: borrowed from `decision`. Threads: any. Blocks: never. Since 0.1.
opt_str opt_decision_variables(const opt_decision *decision);

// A boolean variable of the decided flag.
//
// Ownership: the arguments are borrowed for the call. Threads: any. Blocks: never.
// Errors: UNKNOWN_VARIABLE (also where the decision has no variables), WRONG_TYPE, BAD_VALUE (its text can't be read),
// INVALID_ARGUMENT, INVALID_UTF8. Since 0.1.
OPT_MUST_USE
opt_status opt_decision_get_boolean(const opt_decision *decision,
                                    opt_str variable_key,
                                    bool *out_value,
                                    opt_error **error);

// An integer variable of the decided flag.
//
// Threads: any. Blocks: never. Errors: as opt_decision_get_boolean. Since 0.1.
OPT_MUST_USE
opt_status opt_decision_get_integer(const opt_decision *decision,
                                    opt_str variable_key,
                                    int64_t *out_value,
                                    opt_error **error);

// A double variable of the decided flag; always finite.
//
// Threads: any. Blocks: never. Errors: as opt_decision_get_boolean. Since 0.1.
OPT_MUST_USE
opt_status opt_decision_get_double(const opt_decision *decision,
                                   opt_str variable_key,
                                   double *out_value,
                                   opt_error **error);

// A string variable of the decided flag.
//
// Ownership: `*out_value` is borrowed from `decision`. Threads: any. Blocks: never.
// Errors: as opt_decision_get_boolean. Since 0.1.
OPT_MUST_USE
opt_status opt_decision_get_string(const opt_decision *decision,
                                   opt_str variable_key,
                                   opt_str *out_value,
                                   opt_error **error);

// A JSON variable of the decided flag: its text, which is valid JSON.
//
// Ownership: `*out_value` is borrowed from `decision`. Threads: any. Blocks: never.
// Errors: as opt_decision_get_boolean. Since 0.1.
OPT_MUST_USE
opt_status opt_decision_get_json(const opt_decision *decision,
                                 opt_str variable_key,
                                 opt_str *out_value,
                                 opt_error **error);

// A boolean variable of a flag for the user: the value of the variation that the user gets if that enables the flag,
// else the default. Decides the flag as opt_is_feature_enabled does, but records nothing; a prediction that can't be had
// counts as no variation.
// Rule: the official SDKs' GetFeatureVariableBoolean.
//
// Ownership: the arguments are borrowed for the call. Threads: any. Blocks: as opt_decide.
// Errors: UNKNOWN_FLAG, UNKNOWN_VARIABLE, WRONG_TYPE, BAD_VALUE (its text can't be read), NOT_READY, INVALID_ARGUMENT,
// INVALID_UTF8. Since 0.1.
OPT_MUST_USE
opt_status opt_get_feature_variable_boolean(const opt_client *client,
                                            const opt_user *user,
                                            opt_str flag_key,
                                            opt_str variable_key,
                                            bool *out_value,
                                            opt_error **error);

// An integer variable of a flag for the user, by the rules of opt_get_feature_variable_boolean.
//
// Threads: any. Blocks: as opt_decide. Errors: as opt_get_feature_variable_boolean. Since 0.1.
OPT_MUST_USE
opt_status opt_get_feature_variable_integer(const opt_client *client,
                                            const opt_user *user,
                                            opt_str flag_key,
                                            opt_str variable_key,
                                            int64_t *out_value,
                                            opt_error **error);

// A double variable of a flag for the user, by the rules of opt_get_feature_variable_boolean.
//
// Threads: any. Blocks: as opt_decide. Errors: as opt_get_feature_variable_boolean. Since 0.1.
OPT_MUST_USE
opt_status opt_get_feature_variable_double(const opt_client *client,
                                           const opt_user *user,
                                           opt_str flag_key,
                                           opt_str variable_key,
                                           double *out_value,
                                           opt_error **error);

// A string variable of a flag for the user, by the rules of opt_get_feature_variable_boolean.
//
// Ownership: the caller frees `*out_text` with opt_text_free; it is NULL on failure.
// Threads: any. Blocks: as opt_decide. Errors: as opt_get_feature_variable_boolean. Since 0.1.
OPT_MUST_USE
opt_status opt_get_feature_variable_string(const opt_client *client,
                                           const opt_user *user,
                                           opt_str flag_key,
                                           opt_str variable_key,
                                           opt_text **out_text,
                                           opt_error **error);

// A JSON variable of a flag for the user: its text, which is valid JSON. By the rules of
// opt_get_feature_variable_boolean.
//
// Ownership: the caller frees `*out_text` with opt_text_free; it is NULL on failure.
// Threads: any. Blocks: as opt_decide. Errors: as opt_get_feature_variable_boolean. Since 0.1.
OPT_MUST_USE
opt_status opt_get_feature_variable_json(const opt_client *client,
                                         const opt_user *user,
                                         opt_str flag_key,
                                         opt_str variable_key,
                                         opt_text **out_text,
                                         opt_error **error);

// A variable of a flag for the user in its own type: `*out_type`, if not NULL, gets one of OPT_VARIABLE_…, `*out_json`
// the value as JSON (`true`, `7`, `"text"`, …). By the rules of opt_get_feature_variable_boolean.
//
// Ownership: the caller frees `*out_json` with opt_text_free; it is NULL on failure.
// Threads: any. Blocks: as opt_decide. Errors: as opt_get_feature_variable_boolean. Since 0.1.
OPT_MUST_USE
opt_status opt_get_feature_variable(const opt_client *client,
                                    const opt_user *user,
                                    opt_str flag_key,
                                    opt_str variable_key,
                                    uint32_t *out_type,
                                    opt_text **out_json,
                                    opt_error **error);

// All variables of a flag for the user as a JSON object, each in its own type. On PARTIAL `*out_json` is there too:
// variables that can't be read as their type are null in it, and the message names them.
// Rule: the official SDKs' GetAllFeatureVariables; records nothing.
//
// Ownership: the caller frees `*out_json` with opt_text_free; it is NULL on failure. Threads: any. Blocks: as
// opt_decide. Errors: UNKNOWN_FLAG, PARTIAL, NOT_READY, INVALID_ARGUMENT, INVALID_UTF8. Since 0.1.
OPT_MUST_USE
opt_status opt_get_all_feature_variables(const opt_client *client,
                                         const opt_user *user,
                                         opt_str flag_key,
                                         opt_text **out_json,
                                         opt_error **error);

// Decides which variation of an experiment the user gets, and records the impression of it.
// Rule: the official SDKs' Activate: forced variation, whitelist, audience, exclusion group, traffic; no impression
// where there is no variation.
//
// `*out_decision` is NULL on failure. A decision is made also after close; its event_status says that the impression
// was refused.
//
// Ownership: the arguments are borrowed for the call; the caller frees `*out_decision` with opt_decision_free.
// Threads: any. Blocks: as opt_decide.
// Errors: UNKNOWN_EXPERIMENT, NOT_READY, PREDICTION_FAILED, INVALID_ARGUMENT, INVALID_UTF8. Since 0.1.
OPT_MUST_USE
opt_status opt_activate(const opt_client *client,
                        const opt_user *user,
                        opt_str experiment_key,
                        opt_decision **out_decision,
                        opt_error **error);

// Decides as opt_activate does, and records nothing.
// Rule: the official SDKs' GetVariation.
//
// Ownership: the arguments are borrowed for the call; the caller frees `*out_decision` with opt_decision_free.
// Threads: any. Blocks: as opt_decide.
// Errors: UNKNOWN_EXPERIMENT, NOT_READY, PREDICTION_FAILED, INVALID_ARGUMENT, INVALID_UTF8. Since 0.1.
OPT_MUST_USE
opt_status opt_get_variation(const opt_client *client,
                             const opt_user *user,
                             opt_str experiment_key,
                             opt_decision **out_decision,
                             opt_error **error);

// Decides a flag for the user, and records the impression where one is due.
// Rule: the official SDKs' Decide: a decision forced for the flag; holdouts; the flag's experiments in order, each with
// its forced decision, its holdouts, forced variation, whitelist, profile, audience, group, and traffic or prediction;
// then its delivery rules. The impression of a delivery rule, or of no variation, is recorded only where the datafile
// says `sendFlagDecisions`.
//
// `options` is a sum of OPT_DECIDE_…; bits that this version does not know are refused.
// On UNKNOWN_FLAG, NOT_READY and PREDICTION_FAILED `*out_decision` holds an error decision: no variation, not enabled,
// a reason.
//
// Ownership: the arguments are borrowed for the call; the caller frees `*out_decision` with opt_decision_free.
// Threads: any. Blocks: never, but where an experiment of the flag is a contextual bandit whose prediction is not in the
// cache: then for two attempts at most (opt_options_set_cmab_timeout_ms), made on a short-lived thread of the library's,
// unless OPT_DECIDE_NO_WAIT is given; and for as long as the host's own user profile service takes.
// Errors: UNKNOWN_FLAG, NOT_READY, PREDICTION_FAILED, INVALID_ARGUMENT, INVALID_UTF8. Since 0.1.
OPT_MUST_USE
opt_status opt_decide(const opt_client *client,
                      const opt_user *user,
                      opt_str flag_key,
                      uint32_t options,
                      opt_decision **out_decision,
                      opt_error **error);

// Decides several flags for the user as opt_decide does, all by one datafile; the predictions that contextual bandits
// need are asked for at once, on short-lived threads of the library's. A key that stands twice counts once; one that
// the datafile does not have gives an error decision among the others.
// Rule: the official SDKs' DecideForKeys. The decisions are in the order of the keys.
//
// Ownership: the arguments are borrowed for the call; the caller frees `*out_decisions` with opt_decisions_free. It is
// NULL on failure. Threads: any. Blocks: as opt_decide. Errors: NOT_READY, INVALID_ARGUMENT, INVALID_UTF8. Since 0.1.
OPT_MUST_USE
opt_status opt_decide_for_keys(const opt_client *client,
                               const opt_user *user,
                               const opt_str *flag_keys,
                               size_t count,
                               uint32_t options,
                               opt_decisions **out_decisions,
                               opt_error **error);

// Decides every flag of the datafile for the user as opt_decide_for_keys does, in the datafile's order.
// Rule: the official SDKs' DecideAll.
//
// Ownership: the arguments are borrowed for the call; the caller frees `*out_decisions` with opt_decisions_free. It is
// NULL on failure. Threads: any. Blocks: as opt_decide. Errors: NOT_READY, INVALID_ARGUMENT. Since 0.1.
OPT_MUST_USE
opt_status opt_decide_all(const opt_client *client,
                          const opt_user *user,
                          uint32_t options,
                          opt_decisions **out_decisions,
                          opt_error **error);

// Is the flag on for the user? Decides it as opt_decide does, but heeds neither forced decisions of the user nor the
// client's default decide options, and records the impression where one is due.
// Rule: the official SDKs' IsFeatureEnabled.
//
// `*out_enabled` is false on failure. `out_event_status`, if not NULL, gets one of OPT_EVENT_….
//
// Ownership: the arguments are borrowed for the call. Threads: any. Blocks: as opt_decide.
// Errors: UNKNOWN_FLAG, NOT_READY, PREDICTION_FAILED, INVALID_ARGUMENT, INVALID_UTF8. Since 0.1.
OPT_MUST_USE
opt_status opt_is_feature_enabled(const opt_client *client,
                                  const opt_user *user,
                                  opt_str flag_key,
                                  bool *out_enabled,
                                  uint32_t *out_event_status,
                                  opt_error **error);

// The keys of all flags that are on for the user, in the datafile's order. Decides each as opt_is_feature_enabled
// does, all by one datafile, and records the impressions that are due, also of flags that are off.
// Rule: the official SDKs' GetEnabledFeatures.
//
// `*out_keys` is NULL on failure. `out_refused`, if not NULL, gets the number of impressions that were refused.
//
// Ownership: the arguments are borrowed for the call; the caller frees `*out_keys` with opt_keys_free.
// Threads: any. Blocks: as opt_decide. Errors: NOT_READY, INVALID_ARGUMENT. Since 0.1.
OPT_MUST_USE
opt_status opt_get_enabled_features(const opt_client *client,
                                    const opt_user *user,
                                    opt_keys **out_keys,
                                    uint64_t *out_refused,
                                    opt_error **error);

// Counts a conversion of the user for the event `event_key`, once for each experiment whose impression this user
// already had. Sends no impression itself.
// Rule: the official SDKs' Track: an event key that the datafile lacks is refused and logged. The tag `revenue` (a
// number, in cents; a fraction is cut off) and the tag `value` (a number, or a text that is one) feed metrics; they
// and all other tags travel as they are. Tags that the Events API can't take (no value, NaN, infinities) are left out,
// logged and counted in opt_stats.ignored_values; the event is kept.
//
// On OK the event is accepted: from then on opt_client_stats accounts for it.
//
// Ownership: the arguments are borrowed for the call. Threads: any. Blocks: never on the network; with a journal on
// disk, for one write to it.
// Errors: UNKNOWN_EVENT, NOT_READY, CLOSED, TRACKING_OFF, TOO_LARGE, QUEUE_FULL, DISK, OUT_OF_MEMORY, INVALID_ARGUMENT,
// INVALID_UTF8, INTERNAL; on each of them nothing was recorded. Since 0.1.
OPT_MUST_USE
opt_status opt_track(const opt_client *client,
                     const opt_user *user,
                     opt_str event_key,
                     const opt_pair *tags,
                     size_t tag_count,
                     opt_error **error);

// Counts a conversion as opt_track does, that happened at another time or has a uuid of its own: for consumers of
// queues and for jobs that are run again. The Events API counts events with the same uuid once.
//
// `time_ms` is the time on the wire, in milliseconds since 1970 UTC: 0 to 253,402,300,799,999 (the end of the year
// 9999). `uuid` is a uuid's canonical text, `8-4-4-4-12` hexadecimal digits in either case, which becomes lower case
// on the wire (the Events API means those of version 4); empty: one is made, as opt_track does.
//
// Ownership: the arguments are borrowed for the call. Threads: any. Blocks: never on the network.
// Errors: those of opt_track; INVALID_ARGUMENT also for a time out of range and for what is no uuid. Since 0.1.
OPT_MUST_USE
opt_status opt_track_at(const opt_client *client,
                        const opt_user *user,
                        opt_str event_key,
                        const opt_pair *tags,
                        size_t tag_count,
                        int64_t time_ms,
                        opt_str uuid,
                        opt_error **error);

// Forces a variation of an experiment on a user id: it outranks whitelist, audience and traffic, but not a paused
// experiment. Kept in memory by this client until removed; survives opt_client_set_datafile.
// Rule: the official SDKs' SetForcedVariation.
//
// Ownership: the texts are copied. Threads: any. Blocks: never.
// Errors: UNKNOWN_EXPERIMENT, NOT_FOUND (the experiment has no such variation; the empty key is none), NOT_READY,
// INVALID_ARGUMENT, INVALID_UTF8. Since 0.1.
OPT_MUST_USE
opt_status opt_client_set_forced_variation(const opt_client *client,
                                           opt_str experiment_key,
                                           opt_str user_id,
                                           opt_str variation_key,
                                           opt_error **error);

// Removes a forced variation; OK also if none was set.
// Rule: the official SDKs' SetForcedVariation with no variation.
//
// Threads: any. Blocks: never. Errors: UNKNOWN_EXPERIMENT, NOT_READY, INVALID_ARGUMENT, INVALID_UTF8. Since 0.1.
OPT_MUST_USE
opt_status opt_client_remove_forced_variation(const opt_client *client,
                                              opt_str experiment_key,
                                              opt_str user_id,
                                              opt_error **error);

// The variation forced on a user id, as a decision that has rule key and variation key.
// Rule: the official SDKs' GetForcedVariation.
//
// Ownership: the caller frees `*out_decision` with opt_decision_free; it is NULL on failure.
// Threads: any. Blocks: never.
// Errors: NOT_FOUND (none is set, or the datafile no longer has it), UNKNOWN_EXPERIMENT, NOT_READY, INVALID_ARGUMENT,
// INVALID_UTF8. Since 0.1.
OPT_MUST_USE
opt_status opt_client_get_forced_variation(const opt_client *client,
                                           opt_str experiment_key,
                                           opt_str user_id,
                                           opt_decision **out_decision,
                                           opt_error **error);

// Adds a listener behind those that are there; it hears the `types`, a sum of OPT_NOTIFICATION_…. The same callback
// may be added more than once. `*out_id` is what removes it; it is never 0.
// `release`, if not NULL, is called once with `user_data` when the last use is over, also when this call fails.
//
// Ownership: `user_data` stays the caller's until `release`. Threads: any; also from inside a callback.
// Blocks: never. Errors: INVALID_ARGUMENT. Since 0.1.
OPT_MUST_USE
opt_status opt_client_add_listener(const opt_client *client,
                                   uint32_t types,
                                   opt_notification_callback callback,
                                   void *user_data,
                                   opt_release_callback release,
                                   uint64_t *out_id,
                                   opt_error **error);

// Removes a listener. Other threads may still be inside its callback; its release function runs after the last of
// them has left.
//
// Threads: any; also from inside a callback. Blocks: never. Errors: NOT_FOUND, INVALID_ARGUMENT. Since 0.1.
OPT_MUST_USE
opt_status opt_client_remove_listener(const opt_client *client,
                                      uint64_t id,
                                      opt_error **error);

// Keeps notifications of the `types`, a sum of OPT_NOTIFICATION_…, for opt_client_next_notification: up to `capacity`
// of them (0 to 100,000), then the oldest go. Default: none.
//
// Threads: one at a time for these options. Blocks: never. Errors: INVALID_ARGUMENT. Since 0.1.
OPT_MUST_USE
opt_status opt_options_set_notification_queue(opt_options *options,
                                              uint32_t types,
                                              uint32_t capacity,
                                              opt_error **error);

// Takes the oldest notification out of the queue that opt_options_set_notification_queue keeps, waiting for one if
// there is none: for languages that C can't call. Closing the client ends the wait; what is in the queue by then can
// still be taken, and after that every call is CLOSED.
//
// Ownership: the caller frees `*out_notification` with opt_notification_free; it is NULL on failure.
// Threads: any. Blocks: at most `timeout_ms` milliseconds. Errors: TIMEOUT (there is none yet),
// CLOSED (the client is closed and none is left), INVALID_ARGUMENT. Since 0.1.
OPT_MUST_USE
opt_status opt_client_next_notification(const opt_client *client,
                                        uint32_t timeout_ms,
                                        opt_notification **out_notification,
                                        opt_error **error);

// Fills `*out_view` with the parts of `notification`. `size` is sizeof(opt_notification_view) as the caller knows it:
// a shorter struct is filled as far as it goes, of a longer one the rest is zeroed.
//
// Ownership: the texts are borrowed from `notification`. Threads: any. Blocks: never.
// Errors: INVALID_ARGUMENT (NULL; a size of 0, over 4,096 or no multiple of 8). Since 0.1.
OPT_MUST_USE
opt_status opt_notification_read(const opt_notification *notification,
                                 opt_notification_view *out_view,
                                 size_t size,
                                 opt_error **error);

// Frees a notification that was pulled; NULL is ignored.
//
// Ownership: consumes `notification` and what was borrowed from it. Threads: any. Blocks: never. Since 0.1.
void opt_notification_free(opt_notification *notification);

// Has the client ask nothing of the Data Platform and tell it nothing: 1, or 0 (the default).
//
// Threads: one at a time for these options. Blocks: never. Errors: INVALID_ARGUMENT. Since 0.1.
OPT_MUST_USE
opt_status opt_options_set_odp_disabled(opt_options *options,
                                        uint32_t is_disabled,
                                        opt_error **error);

// Where the Data Platform is, in place of the host in the datafile: an http:// or https:// URL without query. The public
// key stays the datafile's.
//
// Ownership: the text is copied. Threads: one at a time for these options. Blocks: never.
// Errors: INVALID_ARGUMENT, INVALID_UTF8. Since 0.1.
OPT_MUST_USE
opt_status opt_options_set_odp_host(opt_options *options,
                                    opt_str url,
                                    opt_error **error);

// How many users' segments are kept (default 10,000; 0: none's) and for how many milliseconds (default 600,000, ten
// minutes; 0: for ever). Of a full cache the least recently used go first. A datafile with another Data Platform or with
// other segments empties it.
//
// Threads: one at a time for these options. Blocks: never. Errors: INVALID_ARGUMENT. Since 0.1.
OPT_MUST_USE
opt_status opt_options_set_segment_cache(opt_options *options,
                                         uint32_t entries,
                                         uint32_t ttl_ms,
                                         opt_error **error);

// Asks the Data Platform which of the datafile's segments a user qualifies for, and gives them to the user in place of
// any set before. Without an answer the user has none. What was fetched before comes from the cache; an empty answer is
// not kept there. A datafile without segments asks nothing.
//
// `options` is 0 or OPT_SEGMENTS_… joined by `|`. Rule: the official SDKs' fetchQualifiedSegments.
//
// Threads: nobody else may use `user` meanwhile. Blocks: on the network, on this thread, at most `timeout_ms`
// milliseconds (the official SDKs wait 10,000), but for a look-up of a name by the system's resolver; with a pulled
// transport another thread has to make the request meanwhile.
// Errors: NETWORK (no answer, a refusal, or an answer that can't be read; the message says which), TIMEOUT (pulled
// transport), NOT_READY, NOT_SUPPORTED (disabled, or the datafile has no Data Platform), INVALID_ARGUMENT. Since 0.1.
OPT_MUST_USE
opt_status opt_fetch_qualified_segments(const opt_client *client,
                                        opt_user *user,
                                        uint32_t options,
                                        uint32_t timeout_ms,
                                        opt_error **error);

// Records an event for the Data Platform, which is kept and delivered as conversions are, in batches of at most 10.
//
// `type` is the event's type, "fullstack" if it is empty; `action` says what happened. `identifiers` are texts by name,
// at least one; if none is named `fs_user_id`, the first that is named so but for case, or `fs-user-id`, counts as it.
// `data` is what else is known: `idempotence_id` (the event's uuid), `data_source_type`, `data_source` and
// `data_source_version` are added unless they are given. Rule: the official SDKs' sendOdpEvent.
//
// Ownership: the arguments are borrowed for the call. Threads: any. Blocks: never on the network.
// Errors: INVALID_ARGUMENT (no identifier, no action, an identifier that is no text, data that is a NaN, infinite or
// beyond 2^53), INVALID_UTF8, NOT_READY, NOT_SUPPORTED (disabled, or the datafile has no Data Platform), and those of
// opt_track: CLOSED, TRACKING_OFF, QUEUE_FULL, DISK, TOO_LARGE, OUT_OF_MEMORY. Since 0.1.
OPT_MUST_USE
opt_status opt_send_odp_event(const opt_client *client,
                              opt_str type,
                              opt_str action,
                              const opt_pair *identifiers,
                              size_t identifier_count,
                              const opt_pair *data,
                              size_t data_count,
                              opt_error **error);

// Tells the Data Platform that a user id and a device's `vuid` are one user. Where either is the empty text there is
// nothing to tell, and OK is returned. Rule: the official SDKs' identify event.
//
// Ownership: the arguments are borrowed for the call. Threads: any. Blocks: never on the network.
// Errors: those of opt_send_odp_event. Since 0.1.
OPT_MUST_USE
opt_status opt_identify(const opt_client *client,
                        opt_str user_id,
                        opt_str vuid,
                        opt_error **error);

// Does the user qualify for a segment? False if segments were neither fetched nor set, and for what is no text.
//
// Threads: any number while none changes `user`. Blocks: never. Since 0.1.
bool opt_user_is_qualified_for(const opt_user *user,
                               opt_str segment);

// Have segments been fetched or set for the user, were it none?
//
// Threads: any number while none changes `user`. Blocks: never. Since 0.1.
bool opt_user_has_qualified_segments(const opt_user *user);

// How many segments the user qualifies for.
//
// Threads: any number while none changes `user`. Blocks: never. Since 0.1.
size_t opt_user_qualified_segment_count(const opt_user *user);

// The segment at a place, counted from 0; none beyond the last.
//
// Ownership: borrowed from `user` until its segments are changed or it is freed. Threads: any number while none changes
// `user`. Blocks: never. Since 0.1.
opt_str opt_user_qualified_segment_at(const opt_user *user,
                                      size_t index);

// Forgets the user's segments, as before they were fetched or set.
//
// Threads: nobody else may use `user` meanwhile. Blocks: never. Errors: INVALID_ARGUMENT. Since 0.1.
OPT_MUST_USE opt_status opt_user_clear_qualified_segments(opt_user *user, opt_error **error);

// The OptimizelyConfig of the datafile in force. It stays as it is when the client gets another datafile.
//
// Ownership: the caller frees `*out_config` with opt_config_free. It is NULL on failure. Threads: any.
// Blocks: never on the network; the first call after a new datafile reads that on this thread, later ones share it.
// Errors: NOT_READY, INVALID_ARGUMENT. Since 0.1.
OPT_MUST_USE
opt_status opt_client_get_optimizely_config(const opt_client *client,
                                            opt_config **out_config,
                                            opt_error **error);

// The whole as one JSON object with the members environmentKey, sdkKey, revision, experimentsMap, featuresMap,
// attributes, audiences and events, as all Optimizely SDKs name them; the datafile itself is not in it.
// None (`data == NULL`) for NULL. It is several times as long as the datafile, for it repeats variables in each
// variation and experiments under each flag; the first call writes it.
//
// Ownership: borrowed from `config`. Threads: any. Blocks: only while another thread's first call writes the text.
// Since 0.1.
opt_str opt_config_json(const opt_config *config);

// The datafile that this is of, byte for byte; none (`data == NULL`) for NULL.
//
// Ownership: borrowed from `config`. Threads: any. Blocks: never. Since 0.1.
opt_str opt_config_datafile(const opt_config *config);

// Fills `*out_view` with the head of `config`. `size` is sizeof(opt_config_view) as the caller knows it: a shorter
// struct is filled as far as it goes, of a longer one the rest is zeroed.
//
// Ownership: the texts are borrowed from `config`. Threads: any. Blocks: never.
// Errors: INVALID_ARGUMENT (NULL; a size of 0, over 4,096 or no multiple of 8). Since 0.1.
OPT_MUST_USE
opt_status opt_config_read(const opt_config *config,
                           opt_config_view *out_view,
                           size_t size,
                           opt_error **error);

// Fills `*out_attribute` with the attribute at `index`, in the datafile's order. `size` is
// sizeof(opt_config_attribute), which counts as in opt_config_read.
//
// Ownership: the texts are borrowed from `config`. Threads: any. Blocks: never.
// Errors: NOT_FOUND (an index past the end), INVALID_ARGUMENT (as opt_config_read). Since 0.1.
OPT_MUST_USE
opt_status opt_config_attribute_at(const opt_config *config,
                                   size_t index,
                                   opt_config_attribute *out_attribute,
                                   size_t size,
                                   opt_error **error);

// Fills `*out_audience` with the audience at `index`: typed ones come first, each id is there once, and the
// placeholder `$opt_dummy_audience` is not. `size` is sizeof(opt_config_audience), which counts as in opt_config_read.
//
// Ownership: the texts are borrowed from `config`. Threads: any. Blocks: never.
// Errors: NOT_FOUND (an index past the end), INVALID_ARGUMENT (as opt_config_read). Since 0.1.
OPT_MUST_USE
opt_status opt_config_audience_at(const opt_config *config,
                                  size_t index,
                                  opt_config_audience *out_audience,
                                  size_t size,
                                  opt_error **error);

// Fills `*out_event` with the event at `index`, in the datafile's order. `size` is sizeof(opt_config_event), which
// counts as in opt_config_read.
//
// Ownership: the texts are borrowed from `config`. Threads: any. Blocks: never.
// Errors: NOT_FOUND (an index past the end), INVALID_ARGUMENT (as opt_config_read). Since 0.1.
OPT_MUST_USE
opt_status opt_config_event_at(const opt_config *config,
                               size_t index,
                               opt_config_event *out_event,
                               size_t size,
                               opt_error **error);

// The id at `index` of the experiments that use the event at `event_index`, as the datafile lists them; none
// (`data == NULL`) for an index past the end or for NULL.
//
// Ownership: borrowed from `config`. Threads: any. Blocks: never. Since 0.1.
opt_str opt_config_event_experiment_id_at(const opt_config *config, size_t event_index, size_t index);

// Frees an OptimizelyConfig; NULL is ignored.
//
// Ownership: consumes `config` and what was borrowed from it. Threads: any. Blocks: never. Since 0.1.
void opt_config_free(opt_config *config);

// The experiment at `index`, in the datafile's order, those of groups after the others; of several with one key only
// the last is there, and opt_config_feature_experiment_rule_at has all. NULL for an index past the end or for NULL.
//
// Ownership: borrowed from `config`. Threads: any. Blocks: never. Since 0.1.
const opt_config_experiment *opt_config_experiment_at(const opt_config *config,
                                                      size_t index);

// The experiment with this key; NULL if there is none, and for NULL. Delivery rules are not found.
//
// Ownership: borrowed from `config`. Threads: any. Blocks: never. Since 0.1.
const opt_config_experiment *opt_config_experiment_find(const opt_config *config, opt_str key);

// The flag at `index`, in the datafile's order; of several with one key the last. NULL for an index past the end or
// for NULL.
//
// Ownership: borrowed from `config`. Threads: any. Blocks: never. Since 0.1.
const opt_config_feature *opt_config_feature_at(const opt_config *config,
                                                size_t index);

// The flag with this key; NULL if there is none, and for NULL.
//
// Ownership: borrowed from `config`. Threads: any. Blocks: never. Since 0.1.
const opt_config_feature *opt_config_feature_find(const opt_config *config, opt_str key);

// Fills `*out_view` with the parts of `feature`. `size` is sizeof(opt_config_feature_view), which counts as in
// opt_config_read.
//
// Ownership: the texts are borrowed from the OptimizelyConfig. Threads: any. Blocks: never.
// Errors: INVALID_ARGUMENT (as opt_config_read). Since 0.1.
OPT_MUST_USE
opt_status opt_config_feature_read(const opt_config_feature *feature,
                                   opt_config_feature_view *out_view,
                                   size_t size,
                                   opt_error **error);

// The experiment at `index` of a flag, in the flag's order; NULL for an index past the end or for NULL.
//
// Ownership: borrowed from the OptimizelyConfig. Threads: any. Blocks: never. Since 0.1.
const opt_config_experiment *opt_config_feature_experiment_rule_at(const opt_config_feature *feature,
                                                                   size_t index);

// The delivery rule at `index` of a flag, in order, the last one for everyone else; NULL for an index past the end or
// for NULL.
//
// Ownership: borrowed from the OptimizelyConfig. Threads: any. Blocks: never. Since 0.1.
const opt_config_experiment *opt_config_feature_delivery_rule_at(const opt_config_feature *feature,
                                                                 size_t index);

// Fills `*out_variable` with the variable at `index` of a flag and its default. `size` is sizeof(opt_config_variable),
// which counts as in opt_config_read.
//
// Ownership: the texts are borrowed from the OptimizelyConfig. Threads: any. Blocks: never.
// Errors: NOT_FOUND (an index past the end), INVALID_ARGUMENT (as opt_config_read). Since 0.1.
OPT_MUST_USE
opt_status opt_config_feature_variable_at(const opt_config_feature *feature,
                                          size_t index,
                                          opt_config_variable *out_variable,
                                          size_t size,
                                          opt_error **error);

// Fills `*out_view` with the parts of `experiment`. `size` is sizeof(opt_config_experiment_view), which counts as in
// opt_config_read.
//
// Ownership: the texts are borrowed from the OptimizelyConfig. Threads: any. Blocks: never.
// Errors: INVALID_ARGUMENT (as opt_config_read). Since 0.1.
OPT_MUST_USE
opt_status opt_config_experiment_read(const opt_config_experiment *experiment,
                                      opt_config_experiment_view *out_view,
                                      size_t size,
                                      opt_error **error);

// The variation at `index` of an experiment or a delivery rule, in the datafile's order; of several with one key the
// last. NULL for an index past the end or for NULL.
//
// Ownership: borrowed from the OptimizelyConfig. Threads: any. Blocks: never. Since 0.1.
const opt_config_variation *opt_config_experiment_variation_at(const opt_config_experiment *experiment,
                                                               size_t index);

// Fills `*out_view` with the parts of `variation`. `size` is sizeof(opt_config_variation_view), which counts as in
// opt_config_read.
//
// Ownership: the texts are borrowed from the OptimizelyConfig. Threads: any. Blocks: never.
// Errors: INVALID_ARGUMENT (as opt_config_read). Since 0.1.
OPT_MUST_USE
opt_status opt_config_variation_read(const opt_config_variation *variation,
                                     opt_config_variation_view *out_view,
                                     size_t size,
                                     opt_error **error);

// Fills `*out_variable` with the variable at `index` of a variation and the value it has there. `size` is
// sizeof(opt_config_variable), which counts as in opt_config_read.
//
// Ownership: the texts are borrowed from the OptimizelyConfig. Threads: any. Blocks: never.
// Errors: NOT_FOUND (an index past the end), INVALID_ARGUMENT (as opt_config_read). Since 0.1.
OPT_MUST_USE
opt_status opt_config_variation_variable_at(const opt_config_variation *variation,
                                            size_t index,
                                            opt_config_variable *out_variable,
                                            size_t size,
                                            opt_error **error);

// Has the host drive the client, which then starts no thread at all: 1, or 0 (the default) for a thread of the
// library's. Events are sent by opt_client_pump, and by opt_client_flush and opt_client_close on the thread that calls
// them; predictions for contextual bandits are asked for on the thread that decides, one after the other.
//
// Threads: one at a time for these options. Blocks: never. Errors: INVALID_ARGUMENT. Since 0.1.
OPT_MUST_USE
opt_status opt_options_set_host_driven(opt_options *options,
                                       uint32_t is_host_driven,
                                       opt_error **error);

// Has the host make the requests, too, with its own HTTP client: 1, or 0 (the default). It takes them by
// opt_client_next_request and gives the answers by opt_client_complete. Such a client is host-driven. In a build
// without HTTP it is the only one there is. Tests find here what would be sent.
//
// Threads: one at a time for these options. Blocks: never. Errors: INVALID_ARGUMENT. Since 0.1.
OPT_MUST_USE
opt_status opt_options_set_pulled_transport(opt_options *options,
                                            uint32_t is_pulled,
                                            opt_error **error);

// Has the client go by a clock that stands still until opt_client_set_clock sets it, for tests: `wall_ms` is what it
// shows, in milliseconds since 1970 UTC, 0 to 253,402,300,799,999. It says when events happened and when something is
// due; calls that wait go by the system's clock all the same. opt_client_new refuses it for a client that is not
// host-driven.
//
// Threads: one at a time for these options. Blocks: never. Errors: INVALID_ARGUMENT. Since 0.1.
OPT_MUST_USE
opt_status opt_options_set_manual_clock(opt_options *options,
                                        int64_t wall_ms,
                                        opt_error **error);

// Has uuids, delays between attempts and whatever else is random follow from a number, for tests: the same calls on one
// thread give the same uuids. Never in production: two clients of one seed give the same uuids, and the Events API
// counts what has the same uuid once.
//
// Threads: one at a time for these options. Blocks: never. Errors: INVALID_ARGUMENT. Since 0.1.
OPT_MUST_USE
opt_status opt_options_set_id_seed(opt_options *options,
                                   uint64_t seed,
                                   opt_error **error);

// Sets the clock of opt_options_set_manual_clock: what it shows (0 to 253,402,300,799,999), and how much time has passed
// since the client was made, in milliseconds, which never goes back. What has become due is done by the next call that
// drives.
//
// Threads: any. Blocks: never. Errors: INVALID_ARGUMENT (also for a client without a manual clock). Since 0.1.
OPT_MUST_USE
opt_status opt_client_set_clock(const opt_client *client,
                                int64_t wall_ms,
                                uint64_t monotonic_ms,
                                opt_error **error);

// Does what is due for a client that is host-driven: posts batches that are full or have waited long enough, and what
// waits for another attempt, one after the other, on this thread. With a pulled transport it makes requests ready for
// opt_client_next_request, and counts those as failed that were not completed in time.
//
// `*out_next_ms`, if `out_next_ms` is not NULL, gets the time after which to call again, in milliseconds: 0 if the
// budget was used up, or a request is ready to be pulled; UINT32_MAX if there is nothing to do until an event comes.
// Events may bring it forward: see opt_client_wake_descriptor. A request is given what is left of the budget, so a
// budget below the time that an answer takes delivers nothing; a budget of 0 sends nothing.
//
// Threads: any; several may pump at once. Blocks: at most `budget_ms` milliseconds, but for a look-up of a name by the
// system's resolver, which can't be cut short. Errors: CLOSED, INVALID_ARGUMENT (also for a client that is not
// host-driven). Since 0.1.
OPT_MUST_USE
opt_status opt_client_pump(const opt_client *client,
                           uint32_t budget_ms,
                           uint32_t *out_next_ms,
                           opt_error **error);

// A descriptor for select, poll or epoll, which is readable when opt_client_pump, or opt_client_next_request of a
// pulled transport, is to be called: when the first event came, a batch became full, another thread waits in a flush,
// or there is more to do than the last call has done. The call makes it unreadable. The time that opt_client_pump gave
// has to be heeded besides.
//
// Ownership: the descriptor is the client's, is closed with it and must not be read, written or closed. A child of a
// fork asks for one of its own. Threads: any. Blocks: never. Errors: INVALID_ARGUMENT (also for a client that is not
// host-driven), OUT_OF_MEMORY (no descriptor can be had), NOT_SUPPORTED (the platform has no eventfd). Since 0.1.
OPT_MUST_USE
opt_status opt_client_wake_descriptor(const opt_client *client,
                                      int *out_descriptor,
                                      opt_error **error);

// Takes the next request that is due, waiting for one if there is none: a batch of events to post, or a datafile to get
// where the client polls. No redirect is to be followed: the library does that itself. At most one
// request to each endpoint is on its way at a time. The requests of a parent process are unknown in a child.
//
// Ownership: the caller frees `*out_request` with opt_request_free; it is NULL on failure.
// Threads: any. Blocks: at most `timeout_ms` milliseconds (0: not at all). Errors: TIMEOUT (none is due), CLOSED,
// INVALID_ARGUMENT (also for a client without pulled transport). Since 0.1.
OPT_MUST_USE
opt_status opt_client_next_request(const opt_client *client,
                                   uint32_t timeout_ms,
                                   opt_request **out_request,
                                   opt_error **error);

// Fills `*out_view` with the parts of `request`. `size` is sizeof(opt_request_view) as the caller knows it: a shorter
// struct is filled as far as it goes, of a longer one the rest is zeroed.
//
// Ownership: texts and headers are borrowed from `request`. Threads: any. Blocks: never.
// Errors: INVALID_ARGUMENT (NULL; a size of 0, over 4,096 or no multiple of 8). Since 0.1.
OPT_MUST_USE
opt_status opt_request_read(const opt_request *request,
                            opt_request_view *out_view,
                            size_t size,
                            opt_error **error);

// Frees a request; NULL is ignored. It may be freed before it is completed.
//
// Ownership: consumes `request` and what was borrowed from it. Threads: any. Blocks: never. Since 0.1.
void opt_request_free(opt_request *request);

// Gives the answer to a request that was taken by opt_client_next_request: its HTTP status with headers and body, or 0
// if no whole answer came; then the body may say why, for the log. What the answer means is the library's to know: a
// request that may succeed later comes again, no earlier than Retry-After says (read against Date, if it is there). For
// datafiles ETag, Last-Modified and Location are read, too, and the body has to be decompressed. Other headers are
// passed over. Of texts, what is not UTF-8 is replaced.
//
// Ownership: everything is borrowed for the call. Threads: any. Blocks: never on the network.
// Errors: NOT_FOUND (no such request, or it is settled already: completed, or timed out), INVALID_ARGUMENT (a status
// other than 0 and 100 to 999; also for a client without pulled transport). Since 0.1.
OPT_MUST_USE
opt_status opt_client_complete(const opt_client *client,
                               uint64_t request_id,
                               uint32_t http_status,
                               const opt_header *headers,
                               size_t header_count,
                               opt_str body,
                               opt_error **error);

// Makes one of the calls above from one buffer, so that a language which can't hand over arrays of pointers cheaply
// (Go, Java) crosses into the library once, user and all, and needs no callback. Same rules, same statuses.
//
// Request, integers little-endian, no padding; `text` is a u32 length and that many bytes of UTF-8:
//   u8   OPT_PACKED_VERSION
//   u8   the call, OPT_PACKED_TRACK to OPT_PACKED_GET_ALL_FEATURE_VARIABLES
//   u16  flags, a sum of OPT_PACKED_NOTIFY, OPT_PACKED_PROFILE, OPT_PACKED_PREDICTS
//   u32  options, a sum of OPT_DECIDE_… (0 for a call that has none)
//   text key
//   u32  number of flag keys, then each: text (0 but for OPT_PACKED_DECIDE_FOR_KEYS)
//   text variable key, u32 its type: 0 for any, or one of OPT_VARIABLE_… (empty and 0 for a call that has none)
//   text user id
//   u32  number of attributes, then each: text key, value
//   u32  number of tags, then each: text key, value (0 but for OPT_PACKED_TRACK)
//   u32  number of qualified segments, then each: text; 0xFFFFFFFF if they were never fetched
//   u32  number of forced decisions, then each: text flag key, text rule key (empty: the flag itself), text variation
//        key
//   text with OPT_PACKED_PROFILE only: the user's profile as JSON; empty if there is none
//   u32  number of predictions, then each: text rule id, u8 1 if it was had or 0 if not, text variation id, text uuid
// A value is a u8 type and what belongs to it: 0 none; 1 bool, u8 0 or 1; 2 integer, i64; 3 double, 8 bytes IEEE 754;
// 4 text.
//
// Answer:
//   u8   OPT_PACKED_VERSION
//   u8   1 if a body follows at the end, else 0
//   u16  0
//   u8   1 if the profile changed, then text: the whole profile to save, as JSON; else 0
//   u32  number of predictions needed, then each: text rule id, text uuid, text the JSON body for the endpoint
//   u32  number of notifications, then each: u32 type, text key, text payload
//   the body:
// A decision is
//   u8   1 if enabled, else 0
//   u8   one of OPT_EVENT_…
//   u8   one of OPT_SOURCE_…
//   u8   which texts follow: 1 flag key + 2 rule key + 4 variation key + 8 rule id + 16 variation id + 32 uuid
//   u32  its status
//   text each of them, in this order
//   text the variables, as a JSON object
//   u32  number of reasons, then each: text
//   text the explanation, text the same as JSON; both empty without OPT_DECIDE_INCLUDE_REASONS
// A list of decisions: u32 number, then each. A list of keys: u32 number, then each: text; u64 number of impressions
// that were refused. A variable: u32 its type, text the value as JSON.
//
// On UNKNOWN_FLAG, NOT_READY and PREDICTION_FAILED opt_decide has a body, the error decision; so have PREDICTION_FAILED
// of opt_is_feature_enabled and PARTIAL of opt_get_all_feature_variables. On NEEDS_PREDICTION nothing was recorded: get the predictions that the answer asks for
// and call again with these and all that were given before. Their uuids are to be given back as they came.
//
// `*out_size` gets the size of the answer; 0 where there is none. If `capacity` is less, the call returns TOO_LARGE
// with `*out_size` set, and nothing was recorded: call again with a larger buffer.
//
// Ownership: everything is borrowed for the call; `answer` may be NULL with a capacity of 0. Threads: any.
// Blocks: as the call it makes.
// Errors: those of the call; INVALID_ARGUMENT for a request that is cut short, has bytes left over, an unknown version,
// call, value type or unknown flags (the message names the offset). Since 0.1.
OPT_MUST_USE
opt_status opt_call_packed(const opt_client *client,
                           const uint8_t *request,
                           size_t request_size,
                           uint8_t *answer,
                           size_t capacity,
                           size_t *out_size,
                           opt_error **error);

// Makes the call of a request with OPT_PACKED_TRACK as opt_track_at does: at the caller's own time, with its uuid.
//
// Ownership: everything is borrowed for the call; `answer` may be NULL with a capacity of 0. Threads: any.
// Blocks: never on the network. Errors: those of opt_track_at and opt_call_packed; INVALID_ARGUMENT also for another
// call than OPT_PACKED_TRACK. Since 0.1.
OPT_MUST_USE
opt_status opt_track_at_packed(const opt_client *client,
                               const uint8_t *request,
                               size_t request_size,
                               int64_t time_ms,
                               opt_str uuid,
                               uint8_t *answer,
                               size_t capacity,
                               size_t *out_size,
                               opt_error **error);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

// An opt_str of a string literal, its length counted by the compiler. Since 0.1.
#ifdef __cplusplus
#define OPT_STR(literal) (opt_str{("" literal), sizeof(literal) - 1})
#else
#define OPT_STR(literal) ((opt_str){("" literal), sizeof(literal) - 1})
#endif

// An opt_str of a NUL-terminated text, borrowed; NULL gives the empty text. Since 0.1.
static inline opt_str opt_cstr(const char *text) {
  opt_str result;
  result.data = text;
  result.len = text ? strlen(text) : 0;
  return result;
}

// A value that says there is none. Since 0.1.
static inline opt_value opt_null(void) {
  opt_value value;
  memset(&value, 0, sizeof value);
  value.type = OPT_VALUE_NULL;
  return value;
}

// A value that is true or false. Since 0.1.
static inline opt_value opt_bool(bool boolean) {
  opt_value value;
  memset(&value, 0, sizeof value);
  value.type = OPT_VALUE_BOOL;
  value.as.boolean = boolean;
  return value;
}

// A whole number. Since 0.1.
static inline opt_value opt_int(int64_t integer) {
  opt_value value;
  memset(&value, 0, sizeof value);
  value.type = OPT_VALUE_INT;
  value.as.integer = integer;
  return value;
}

// A double. Since 0.1.
static inline opt_value opt_double(double number) {
  opt_value value;
  memset(&value, 0, sizeof value);
  value.type = OPT_VALUE_DOUBLE;
  value.as.number = number;
  return value;
}

// A text, borrowed as opt_str says. Since 0.1.
static inline opt_value opt_string(opt_str string) {
  opt_value value;
  memset(&value, 0, sizeof value);
  value.type = OPT_VALUE_STRING;
  value.as.string = string;
  return value;
}

#endif /* OPTTRACK_H */
