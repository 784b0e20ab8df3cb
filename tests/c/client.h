// What tests need of the library besides what they test: clients, users and books without ceremony.
#ifndef OPTTRACK_TESTS_CLIENT_H
#define OPTTRACK_TESTS_CLIENT_H

#include <opttrack.h>

#include "collector.h"

// The longest that a test waits for what must come.
enum { LONG_MS = 20000 };

// Options for the shop at a collector: events wait for a flush rather than for time, retries come quickly, nothing is
// logged. `server` NULL: an endpoint where nobody listens.
opt_options *options_for(const collector *server);

// The same for the project of flags.h.
opt_options *flags_for(const collector *server);

// A client of these options, which are consumed.
opt_client *client_of(opt_options *options);

// Both at once.
opt_client *client_for(const collector *server);

// A user without attributes.
opt_user *user_named(const char *id);

// A user whose attribute plan is "gold", as the audience of flags.h wants it.
opt_user *user_gold(const char *id);

// A decision that must be made without an error. Free it with opt_decision_free.
opt_decision *decide(const opt_client *client, const opt_user *user, const char *flag_key, uint32_t options);

// The parts of a decision.
opt_decision_view view_of(const opt_decision *decision);

// A text of the library that must be JSON. Free it with json_free.
json *json_of(opt_str text);

// The client's books; a reading that does not balance is a failure of the test.
opt_stats stats_of(const opt_client *client);

// Tracks a conversion without tags, which must be accepted.
void track(const opt_client *client, const opt_user *user, const char *event_key);

// Tracks one conversion of each of `count` visitors named `prefix`0, `prefix`1, …
void track_many(const opt_client *client, const char *event_key, const char *prefix, int count);

// Delivers everything that waits, or fails the test.
void flush(const opt_client *client);

// Closes with a long deadline, which must suffice, and frees.
void close_and_free(opt_client *client);

// Ends the program if a call that a test only builds on has failed.
void must(opt_status status, opt_error *error);

// The monotonic clock in milliseconds.
long long now_ms(void);

// Waits until `holds(context)`; false after LONG_MS.
bool wait_until(bool (*holds)(const void *context), const void *context);

// The number of threads of this process.
int threads_of_process(void);

// The only event of the only visitor of the last batch that the collector has taken, for tests that send one at a
// time: waits for `unique` events, then gives the visitor. Free `*batches` with json_free.
const json *last_visitor(const collector *server, long long unique, json **batches);

#endif
