// Builds and reads the flat form of opt_call_packed, byte by byte as its comment in the header says.
#ifndef OPTTRACK_TESTS_REQUEST_H
#define OPTTRACK_TESTS_REQUEST_H

#include <opttrack.h>

enum { REQUEST_ROOM = 2048 };

// A request under construction.
typedef struct {
  uint8_t bytes[REQUEST_ROOM];
  size_t size;
} request;

// What a request begins with. Members that a call has no use for are NULL and 0.
typedef struct {
  unsigned call;
  // A sum of OPT_PACKED_NOTIFY, OPT_PACKED_PROFILE and OPT_PACKED_PREDICTS.
  unsigned flags;
  uint32_t options;
  const char *key;
  const char *flag_keys[8];
  uint32_t flag_key_count;
  const char *variable;
  uint32_t variable_type;
} request_head;

// An answer being read; `is_short` once more was asked for than is there.
typedef struct {
  const uint8_t *bytes;
  size_t size;
  size_t at;
  bool is_short;
} answer;

// What comes before an answer's body. Of several predictions or notifications the texts are the first one's.
typedef struct {
  bool has_body;
  bool has_profile;
  opt_str profile;
  uint32_t prediction_count;
  opt_str rule_id, cmab_uuid, prediction_request;
  uint32_t notification_count;
  uint32_t notification_type;
  opt_str notification_key, notification_payload;
} answer_head;

// A decision of an answer; texts that there are none of have no `data`.
typedef struct {
  unsigned enabled, event_status, source;
  uint32_t status;
  opt_str flag_key, rule_key, variation_key, rule_id, variation_id, cmab_uuid;
  opt_str variables;
  uint32_t reason_count;
  opt_str first_reason;
  opt_str explain_text, explain_json;
} answer_decision;

// Ends the program if the request has no room.
void put(request *to, const void *bytes, size_t size);
void put_u8(request *to, unsigned value);
void put_u32(request *to, uint32_t value);
void put_u64(request *to, uint64_t value);
void put_text(request *to, const char *text);

// Everything before the user's id.
request request_begin(request_head head);

// Everything after the tags: no segments fetched, no forced decisions, no profile, no predictions.
void request_end(request *to);

// The user's id without attributes, and everything after it.
void put_plain_user(request *to, const char *user);

// Each type of value, with its key before it.
void put_pair_null(request *to, const char *key);
void put_pair_bool(request *to, const char *key, bool value);
void put_pair_int(request *to, const char *key, int64_t value);
void put_pair_double(request *to, const char *key, double value);
void put_pair_text(request *to, const char *key, const char *value);

// A call without options for a user without attributes, tags and segments.
request request_plain(unsigned call, const char *key, const char *user);

uint32_t take_u8(answer *from);
uint32_t take_u32(answer *from);
uint64_t take_u64(answer *from);

opt_str take_text(answer *from);

// Everything before the body; checks the version, the reserved bytes, and that there is a body or none.
answer_head take_head(answer *from, bool has_body);
answer_decision take_decision(answer *from);

// Nothing is left, and nothing was missing.
void check_end(const answer *from);

// Compares the next text with an expected one, as a check.
void check_text_in(answer *from, const char *expected);

#endif
