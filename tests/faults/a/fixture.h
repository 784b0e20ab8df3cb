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
  // A client that the host drives, and a request of it that is not completed.
  opt_client *driven;
  opt_request *request;
  uint64_t request_id;
  opt_header headers[1];
  opt_user *user;
  opt_decision *decision;
  opt_decisions *decisions;
  opt_keys *keys;
  opt_text *text;
  opt_notification *notification;
  opt_config *config;
  // Borrowed from `config`.
  const opt_config_feature *feature;
  const opt_config_experiment *experiment;
  const opt_config_variation *variation;
  // A listener of `client`.
  uint64_t listener;
  // An error to be asked about; `error` is where the call under test puts its own.
  opt_error *failure;
  opt_pair pairs[2];
  opt_str texts[2];
  request asked;
  // One of opt_track.
  request tracked;
  uint8_t answer[4096];

  // Filled with a wild pointer first, so that a call that leaves one alone is found out.
  opt_client *out_client;
  opt_user *out_user;
  opt_decision *out_decision;
  opt_decisions *out_decisions;
  opt_keys *out_keys;
  opt_text *out_text;
  opt_config *out_config;
  opt_notification *out_notification;
  opt_request *out_request;
  opt_error *error;
  // Room for any view.
  uint64_t out_view[64];
  uint64_t out_count;
  int64_t out_integer;
  double out_number;
  opt_str out_str;
  size_t out_size;
  int out_descriptor;
  uint32_t out_event_status;
  uint32_t out_type;
  bool out_enabled;
  // How often something that was handed over came back.
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

// Callbacks of every kind that do nothing, and the release of one with the fixture as user data.
void fixture_record(const opt_log_record *record, void *user_data);
void fixture_log(uint32_t level, opt_str message, void *user_data);
void fixture_look_up(opt_str user_id, opt_reply *reply, void *user_data);
void fixture_save(opt_str user_id, opt_str profile, opt_reply *reply, void *user_data);
void fixture_predict(opt_str rule_id, opt_str user_id, opt_str request, opt_reply *reply, void *user_data);
void fixture_hear(const opt_notification *notification, void *user_data);
void fixture_release(void *user_data);

#endif
