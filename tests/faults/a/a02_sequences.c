// A2: random sequences of calls on live, closed and missing handles: always a status, never a crash.
// Freed handles are forbidden, and C's types keep kinds apart; what is left is what this program does.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "client.h"
#include "datafile.h"
#include "row.h"

enum { CLIENTS = 3, USERS = 3, CALLS = 14, LATER_CALLS = 14, LISTENERS = 8 };

typedef struct {
  opt_client *clients[CLIENTS];
  bool is_closed[CLIENTS];
  opt_user *users[USERS];
  // The ids of each client's listeners, so that there are never more.
  uint64_t listeners[CLIENTS][LISTENERS];
  uint64_t random;
  unsigned long long misuses;
  unsigned long long heard;
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
  memset(in->listeners[place], 0, sizeof in->listeners[place]);
  opt_options *options = options_for(NULL);
  if (roll(in, 4) == 0) {
    in->misuses++;
    expect_sane(opt_options_set_datafile(options, some_key(in), &error), &error);
  }
  expect_sane(opt_client_new(options, &in->clients[place], &error), &error);
}

static void ignore(const opt_notification *notification, void *user_data) {
  opt_error *error = NULL;
  opt_notification_view view;
  expect_sane(opt_notification_read(notification, &view, sizeof view, &error), &error);
  ++*(unsigned long long *)user_data;
}

// What can be asked of decisions, which may be none.
static void ask_decisions(world *in, opt_decisions *decisions, opt_decision *decision) {
  opt_error *error = NULL;
  bool boolean;
  int64_t integer;
  double number;
  opt_str text;
  const opt_decision *each = decision ? decision : opt_decisions_at(decisions, roll(in, 5));
  (void)opt_decisions_find(decisions, some_key(in));
  (void)opt_decision_reason_at(each, roll(in, 3));
  (void)opt_decision_json(each);
  (void)opt_decision_explain_json(each);
  expect_sane(opt_decision_get_boolean(each, some_key(in), &boolean, &error), &error);
  expect_sane(opt_decision_get_integer(each, some_key(in), &integer, &error), &error);
  expect_sane(opt_decision_get_double(each, some_key(in), &number, &error), &error);
  expect_sane(opt_decision_get_string(each, some_key(in), &text, &error), &error);
  opt_decisions_free(decisions);
  opt_decision_free(decision);
}

static void ask_config(world *in, const opt_client *client) {
  opt_error *error = NULL;
  opt_config *config = NULL;
  // As large as the largest size that is told.
  union {
    opt_config_event event;
    char room[64];
  } place;
  opt_config_variable variable;
  expect_sane(opt_client_get_optimizely_config(client, &config, &error), &error);
  const opt_config_feature *feature = opt_config_feature_at(config, roll(in, 5));
  const opt_config_experiment *rule = opt_config_feature_delivery_rule_at(feature, roll(in, 2));
  const opt_config_variation *variation = opt_config_experiment_variation_at(rule, roll(in, 2));
  expect_sane(opt_config_variation_variable_at(variation, roll(in, 2), &variable, sizeof variable, &error), &error);
  expect_sane(opt_config_event_at(config, roll(in, 3), &place.event, roll(in, 64), &error), &error);
  (void)opt_config_event_experiment_id_at(config, roll(in, 3), roll(in, 3));
  opt_config_free(config);
}

static void step_later(world *in, opt_client *client, opt_user *user, unsigned place) {
  opt_error *error = NULL;
  opt_decision *decision = NULL;
  opt_decisions *decisions = NULL;
  opt_text *text = NULL;
  opt_notification *notification = NULL;
  opt_str keys[3] = {some_key(in), some_key(in), some_key(in)}, found;
  uint32_t type;
  bool boolean;
  int64_t integer;
  uint64_t *listener = &in->listeners[place][roll(in, LISTENERS)];
  switch (roll(in, LATER_CALLS)) {
  case 0:
    expect_sane(opt_decide_for_keys(client, user, keys, roll(in, 4), roll(in, 1024), &decisions, &error), &error);
    ask_decisions(in, decisions, NULL);
    break;
  case 1:
    expect_sane(opt_decide_all(client, user, roll(in, 1024), &decisions, &error), &error);
    ask_decisions(in, decisions, NULL);
    break;
  case 2:
    expect_sane(opt_decide(client, user, some_key(in), roll(in, 512), &decision, &error), &error);
    ask_decisions(in, NULL, decision);
    break;
  case 3:
    expect_sane(opt_user_set_forced_decision(user, keys[0], keys[1], keys[2], &error), &error);
    break;
  case 4:
    expect_sane(opt_user_get_forced_decision(user, keys[0], keys[1], &found, &error), &error);
    break;
  case 5:
    expect_sane(opt_user_remove_forced_decision(user, keys[0], keys[1], &error), &error);
    break;
  case 6:
    expect_sane(opt_user_remove_all_forced_decisions(user, &error), &error);
    break;
  case 7:
    expect_sane(opt_get_feature_variable(client, user, keys[0], keys[1], &type, &text, &error), &error);
    break;
  case 8:
    expect_sane(opt_get_all_feature_variables(client, user, keys[0], &text, &error), &error);
    break;
  case 9:
    expect_sane(opt_get_feature_variable_boolean(client, user, keys[0], keys[1], &boolean, &error), &error);
    expect_sane(opt_get_feature_variable_integer(client, user, keys[0], keys[1], &integer, &error), &error);
    break;
  case 10:
    expect_sane(opt_client_remove_listener(client, *listener, &error), &error);
    expect_sane(opt_client_add_listener(client, roll(in, 20), ignore, &in->heard, NULL, listener, &error), &error);
    break;
  case 11:
    expect_sane(opt_client_remove_listener(client, *listener, &error), &error);
    break;
  case 12:
    expect_sane(opt_client_next_notification(client, 0, &notification, &error), &error);
    break;
  default:
    ask_config(in, client);
  }
  (void)opt_text_read(text);
  opt_text_free(text);
  opt_notification_free(notification);
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
  if (roll(in, 2) == 0) {
    step_later(in, client, user, place);
    return;
  }
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
  CHECK(in.heard > 0);
  check_fired("A2", "every misuse among random calls gets a status", in.misuses);
  return check_done("a02_sequences");
}
