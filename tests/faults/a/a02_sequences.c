// A2: random sequences of calls on live, closed and missing handles: always a status, never a crash.
// Freed handles are forbidden, and C's types keep kinds apart; what is left is what this program does.
#include <stdio.h>
#include <stdlib.h>

#include "check.h"
#include "client.h"
#include "datafile.h"
#include "row.h"

enum { CLIENTS = 3, USERS = 3, CALLS = 14 };

typedef struct {
  opt_client *clients[CLIENTS];
  bool is_closed[CLIENTS];
  opt_user *users[USERS];
  uint64_t random;
  unsigned long long misuses;
} world;

// xorshift64: the sequence depends on the seed alone, so that a crash can be had again.
static unsigned roll(world *in, unsigned sides) {
  in->random ^= in->random << 13;
  in->random ^= in->random >> 7;
  in->random ^= in->random << 17;
  return (unsigned)(in->random >> 33) % sides;
}

static opt_str some_key(world *in) {
  static const char *const keys[] = {"purchase", "checkout_button", "gold_banner", "search", "", "none",
                                     "\xFF",     "prices"};
  if (roll(in, 16) == 0) {
    in->misuses++;
    return (opt_str){NULL, roll(in, 2)};
  }
  return opt_cstr(keys[roll(in, 8)]);
}

static opt_value some_value(world *in) {
  opt_value values[] = {opt_null(), opt_bool(true), opt_int(INT64_MIN), opt_double(0.5), opt_string(some_key(in))};
  opt_value chosen = values[roll(in, 5)];
  if (roll(in, 16) == 0) {
    in->misuses++;
    chosen.type = 5 + roll(in, 1000);
  }
  return chosen;
}

// A status that the call may return by its documentation; and OUT_OF_MEMORY or INTERNAL never come here.
static void expect_sane(opt_status status, opt_error **error) {
  bool is_sane = status >= OPT_STATUS_OK && status <= OPT_STATUS_NOT_SUPPORTED && status != OPT_STATUS_OUT_OF_MEMORY;
  CHECK(is_sane && opt_error_status(*error) == status);
  opt_error_free(*error);
  *error = NULL;
}

static void replace_client(world *in, unsigned place) {
  opt_error *error = NULL;
  opt_client_free(in->clients[place]);
  in->clients[place] = NULL;
  in->is_closed[place] = false;
  opt_options *options = options_for(NULL);
  if (roll(in, 4) == 0) {
    in->misuses++;
    expect_sane(opt_options_set_datafile(options, some_key(in), &error), &error);
  }
  expect_sane(opt_client_new(options, &in->clients[place], &error), &error);
}

static void step(world *in) {
  opt_error *error = NULL;
  opt_decision *decision = NULL;
  opt_keys *keys = NULL;
  opt_stats stats;
  uint64_t count;
  bool is_enabled;
  unsigned place = roll(in, CLIENTS);
  opt_client *client = roll(in, 16) ? in->clients[place] : NULL;
  opt_user *user = roll(in, 16) ? in->users[roll(in, USERS)] : NULL;
  opt_pair pairs[2] = {{some_key(in), some_value(in)}, {some_key(in), some_value(in)}};
  in->misuses += (!client ? 1U : in->is_closed[place]) + (user ? 0U : 1U);
  switch (roll(in, CALLS)) {
  case 0:
    expect_sane(opt_track(client, user, some_key(in), pairs, roll(in, 3), &error), &error);
    break;
  case 1:
    expect_sane(opt_activate(client, user, some_key(in), &decision, &error), &error);
    break;
  case 2:
    expect_sane(opt_get_variation(client, user, some_key(in), &decision, &error), &error);
    break;
  case 3:
    expect_sane(opt_decide(client, user, some_key(in), roll(in, 4), &decision, &error), &error);
    break;
  case 4:
    expect_sane(opt_is_feature_enabled(client, user, some_key(in), &is_enabled, NULL, &error), &error);
    break;
  case 5:
    expect_sane(opt_get_enabled_features(client, user, &keys, &count, &error), &error);
    break;
  case 6:
    expect_sane(opt_client_set_forced_variation(client, some_key(in), some_key(in), some_key(in), &error), &error);
    break;
  case 7:
    expect_sane(opt_client_remove_forced_variation(client, some_key(in), some_key(in), &error), &error);
    break;
  case 8:
    expect_sane(opt_client_get_forced_variation(client, some_key(in), some_key(in), &decision, &error), &error);
    break;
  case 9:
    expect_sane(opt_user_set_attribute(user, some_key(in), some_value(in), &error), &error);
    break;
  case 10:
    expect_sane(opt_client_flush(client, 0, &count, &error), &error);
    break;
  case 11:
    expect_sane(opt_client_stats(client, &stats, sizeof stats, &error), &error);
    break;
  case 12:
    // Now and then: once is enough for a client, and a second time is a misuse.
    if (roll(in, 64) == 0) {
      expect_sane(opt_client_close(client, 0, NULL, &error), &error);
      in->is_closed[place] |= client != NULL;
    }
    break;
  default:
    if (roll(in, 64) == 0)
      replace_client(in, place);
    else
      expect_sane(opt_client_set_datafile(client, roll(in, 8) ? some_key(in) : OPT_STR(SHOP), &error), &error);
  }
  opt_decision_free(decision);
  opt_keys_free(keys);
}

int main(void) {
  const char *seed = getenv("OPT_SEED");
  world in = {.random = seed ? strtoull(seed, NULL, 10) | 1 : 88172645463325252ULL};
  printf("a02: seed %llu (set OPT_SEED for another)\n", (unsigned long long)in.random);
  for (unsigned i = 0; i < CLIENTS; i++)
    replace_client(&in, i);
  for (unsigned i = 0; i < USERS; i++)
    in.users[i] = user_named("visitor");
  unsigned long calls = times(100000, 10000000);
  for (unsigned long i = 0; i < calls; i++)
    step(&in);
  for (unsigned i = 0; i < CLIENTS; i++) {
    if (in.clients[i])
      (void)stats_of(in.clients[i]);
    opt_client_free(in.clients[i]);
  }
  for (unsigned i = 0; i < USERS; i++)
    opt_user_free(in.users[i]);
  check_fired("A2", "every misuse among random calls gets a status", in.misuses);
  return check_done("a02_sequences");
}
