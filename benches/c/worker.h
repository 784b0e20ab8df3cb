// libopttrack through its C ABI as a contestant: what the files of its worker share.

#ifndef OPTTRACK_BENCH_WORKER_H
#define OPTTRACK_BENCH_WORKER_H

#include <inttypes.h>
#include <opttrack.h>

#include "support.h"

enum { MAX_PAIRS = 32 };

typedef struct {
  opt_pair items[MAX_PAIRS];
  size_t count;
} pairs;

// One client with default options but for the settings, and what it is asked to do with it.
typedef struct {
  opt_client *client;
  const char *endpoint;
  char **settings;
  opt_str event;
  opt_str experiment;
  opt_str flag;
  opt_str audience_flag;
  pairs attributes;
  pairs tags;
} worker;

// The users of one command, named before the clock starts.
typedef struct {
  char *text;
  opt_str *ids;
  size_t count;
} users;

static inline void fail(const char *what, opt_status status, opt_error *error) {
  opt_str message = opt_error_message(error);
  fprintf(stderr, "%s: %s: %.*s\n", what, opt_status_name(status), (int)message.len, message.data ? message.data : "");
  exit(1);
}

static inline void answer(const char *op, size_t count, watch spent, size_t events, size_t checksum) {
  printf("{\"op\":\"%s\",\"count\":%zu,\"wall_ns\":%" PRId64 ",\"cpu_ns\":%" PRId64
         ",\"events\":%zu,\"checksum\":%zu}\n",
         op, count, spent.wall_ns, spent.cpu_ns, events, checksum);
}

static inline users name_users(char **fields) {
  size_t first = strtoul(fields[1], NULL, 10);
  users result = {.count = strtoul(fields[2], NULL, 10)};
  const size_t width = 32;
  result.text = malloc(result.count * width + 1);
  result.ids = malloc(result.count * sizeof *result.ids + 1);
  need(result.text && result.ids, "no memory");
  for (size_t place = 0; place < result.count; place++) {
    char *name = result.text + place * width;
    snprintf(name, width, "user-%zu", first + place);
    result.ids[place] = opt_cstr(name);
  }
  return result;
}

static inline void free_users(users list) {
  free(list.ids);
  free(list.text);
}

// Makes a user as a caller would: the attributes are written on the stack for each call.
static inline opt_user *make_user(const worker *self, opt_str id) {
  opt_pair attributes[MAX_PAIRS];
  memcpy(attributes, self->attributes.items, self->attributes.count * sizeof *attributes);
  opt_user *user = NULL;
  opt_error *error = NULL;
  opt_status status = opt_user_new(id, attributes, self->attributes.count, &user, &error);
  if (status != OPT_STATUS_OK)
    fail("making a user", status, error);
  return user;
}

// Reads the variation key, as a caller would; the empty text if there is none.
static inline opt_str variation_of(const opt_decision *decision, opt_decision_view *view) {
  opt_error *error = NULL;
  opt_status status = opt_decision_read(decision, view, sizeof *view, &error);
  if (status != OPT_STATUS_OK)
    fail("reading a decision", status, error);
  return view->variation_key;
}

// The calls that decide flags, in decide.c; `op` is their name in the protocol.
void decide(const worker *self, const char *op, char **fields);
void decide_all(const worker *self, char **fields);
void is_feature_enabled(const worker *self, char **fields);
void decisions(const worker *self, char **fields);

#endif
