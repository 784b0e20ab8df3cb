// One of everything that a call can be given, made anew for each generated call; see calls.py.
#ifndef OPTTRACK_FAULTS_FIXTURE_H
#define OPTTRACK_FAULTS_FIXTURE_H

#include <opttrack.h>

#include "check.h"
#include "request.h"

typedef struct {
  const char *name;
  opt_options *options;
  opt_client *client;
  opt_user *user;
  opt_decision *decision;
  opt_keys *keys;
  // An error to be asked about; `error` is where the call under test puts its own.
  opt_error *failure;
  opt_pair pairs[2];
  opt_str texts[2];
  request asked;
  uint8_t answer[256];

  // Filled with a wild pointer first, so that a call that leaves one alone is found out.
  opt_client *out_client;
  opt_user *out_user;
  opt_decision *out_decision;
  opt_keys *out_keys;
  opt_error *error;
  opt_decision_view out_view;
  opt_stats out_stats;
  uint64_t out_count;
  size_t out_size;
  uint32_t out_event_status;
  bool out_enabled;
  // Loggers that were handed over, and how many came back.
  int released;
} fixture;

// A text that has a length and no bytes, which is refused.
opt_str null_text(void);

void fixture_begin(fixture *f, const char *name);

// Frees whatever the call has not consumed.
void fixture_end(fixture *f);

// The call's status; `place` names the argument that its error must speak of, where it was given a place for one.
void fixture_expect(fixture *f, opt_status actual, opt_status expected, const char *place, bool has_error);

// The call was stopped by a panic: status and message say so.
void fixture_expect_panic(fixture *f, opt_status actual);

// The panic is over and has cost nothing: what the fixture still has works.
void fixture_expect_alive(fixture *f);

// A logger, and its release with the fixture as user data.
void fixture_log(uint32_t level, opt_str message, void *user_data);
void fixture_release(void *user_data);

#endif
