// User profile services by callback: what is asked and saved, when, and that a service which fails, answers garbage or
// speaks of somebody else never costs a decision.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "check.h"
#include "client.h"

// A service with one profile. `answer` NULL: none is set.
typedef struct {
  const char *answer;
  bool is_failing;
  // Answers with a text that has a length and no bytes.
  bool has_no_bytes;
  unsigned pause_us;
  int lookups;
  int saves;
  int errors_logged;
  int released;
  char asked[64];
  char saved_for[64];
  char saved[512];
} service;

static void keep(char *into, size_t room, opt_str text) { snprintf(into, room, "%.*s", (int)text.len, text.data); }

static void look_up(opt_str user_id, opt_reply *reply, void *user_data) {
  service *self = user_data;
  self->lookups++;
  keep(self->asked, sizeof self->asked, user_id);
  struct timespec pause = {.tv_nsec = (long)self->pause_us * 1000};
  nanosleep(&pause, NULL);
  // Of several answers the last one counts.
  if (self->answer) {
    opt_reply_set(reply, OPT_STR("{\"user_id\":\"first answer\"}"));
    opt_reply_set(reply, opt_cstr(self->answer));
  }
  if (self->has_no_bytes)
    opt_reply_set(reply, (opt_str){NULL, 4});
  if (self->is_failing)
    opt_reply_fail(reply, OPT_STR("the database is away"));
}

static void save(opt_str user_id, opt_str profile, opt_reply *reply, void *user_data) {
  service *self = user_data;
  self->saves++;
  keep(self->saved_for, sizeof self->saved_for, user_id);
  keep(self->saved, sizeof self->saved, profile);
  if (self->is_failing)
    opt_reply_fail(reply, OPT_STR("the database is full"));
}

static void let_go(void *user_data) { ((service *)user_data)->released++; }

static void note(uint32_t level, opt_str message, void *user_data) {
  (void)message;
  ((service *)user_data)->errors_logged += level <= OPT_LOG_WARNING;
}

static opt_client *client_asking(service *self) {
  opt_error *error = NULL;
  opt_options *options = flags_for(NULL);
  must(opt_options_set_user_profile_service(options, look_up, save, self, let_go, &error), error);
  must(opt_options_set_log_level(options, OPT_LOG_WARNING, &error), error);
  must(opt_options_set_logger(options, note, self, NULL, &error), error);
  return client_of(options);
}

static void split(const opt_client *client, const opt_user *user, uint32_t options, char *variation) {
  opt_decision *decision = decide(client, user, "split", options | OPT_DECIDE_DISABLE_DECISION_EVENT);
  keep(variation, 16, view_of(decision).variation_key);
  opt_decision_free(decision);
}

// The variation that hashing gives the visitor, and the other one.
static void find_sides(char *own, char *other, const char **other_id) {
  opt_client *client = client_of(flags_for(NULL));
  opt_user *user = user_named("visitor");
  split(client, user, 0, own);
  bool is_left = strcmp(own, "left") == 0;
  strcpy(other, is_left ? "right" : "left");
  *other_id = is_left ? "6004" : "6003";
  opt_user_free(user);
  opt_client_free(client);
}

// The profile that puts a visitor into a variation of split_test, with an experiment that this project lacks.
static void profile_of(char *profile, const char *id, const char *variation_id) {
  snprintf(profile, 256,
           "{\"user_id\":\"%s\",\"experiment_bucket_map\":{\"4002\":{\"variation_id\":\"%s\"},"
           "\"777\":{\"variation_id\":\"888\"}}}",
           id, variation_id);
}

static void test_good(void) {
  char own[16], other[16], got[16], profile[256];
  const char *other_id;
  find_sides(own, other, &other_id);
  service self = {.answer = NULL};
  opt_client *client = client_asking(&self);
  opt_user *user = user_named("visitor");
  // New here: bucketed, and saved once.
  split(client, user, 0, got);
  CHECK_TEXT(got, own);
  CHECK_INT(self.lookups, 1);
  CHECK_TEXT(self.asked, "visitor");
  CHECK_INT(self.saves, 1);
  CHECK_TEXT(self.saved_for, "visitor");
  json *saved = json_of(opt_cstr(self.saved));
  CHECK_TEXT(json_text(saved, "user_id"), "visitor");
  CHECK_TEXT(json_text(saved, "experiment_bucket_map.4002.variation_id"), strcmp(own, "left") == 0 ? "6003" : "6004");
  CHECK_INT(json_count(saved, "experiment_bucket_map"), 1);
  json_free(saved);
  // Known: kept in the stored variation, and nothing to save.
  profile_of(profile, "visitor", other_id);
  self.answer = profile;
  split(client, user, 0, got);
  CHECK_TEXT(got, other);
  CHECK_INT(self.lookups, 2);
  CHECK_INT(self.saves, 1);
  // Told not to ask: neither is done.
  split(client, user, OPT_DECIDE_IGNORE_USER_PROFILE_SERVICE, got);
  CHECK_TEXT(got, own);
  CHECK_INT(self.lookups, 2);
  CHECK_INT(self.saves, 1);
  // A stored variation that is no longer there: decided afresh, and what else is stored is kept.
  profile_of(profile, "visitor", "no such variation");
  split(client, user, 0, got);
  CHECK_TEXT(got, own);
  CHECK_INT(self.saves, 2);
  saved = json_of(opt_cstr(self.saved));
  CHECK_INT(json_count(saved, "experiment_bucket_map"), 2);
  CHECK_TEXT(json_text(saved, "experiment_bucket_map.777.variation_id"), "888");
  json_free(saved);
  CHECK_INT(self.released, 0);
  opt_client_free(client);
  CHECK_INT(self.released, 1);
  opt_user_free(user);
}

// Many flags are one question and at most one save; the older calls ask too.
static void test_many(void) {
  opt_error *error = NULL;
  opt_decisions *decisions = NULL;
  opt_decision *decision = NULL;
  service self = {.answer = NULL};
  opt_client *client = client_asking(&self);
  opt_user *gold = user_gold("visitor");
  CHECK_STATUS(opt_decide_all(client, gold, OPT_DECIDE_NO_WAIT, &decisions, &error), OPT_STATUS_OK, &error);
  CHECK_INT(self.lookups, 1);
  CHECK_INT(self.saves, 1);
  json *saved = json_of(opt_cstr(self.saved));
  CHECK_INT(json_count(saved, "experiment_bucket_map"), 2);
  CHECK_TEXT(json_text(saved, "experiment_bucket_map.4001.variation_id"), "6001");
  json_free(saved);
  opt_decisions_free(decisions);
  CHECK_STATUS(opt_decide_for_keys(client, gold, NULL, 0, 0, &decisions, &error), OPT_STATUS_OK, &error);
  opt_decisions_free(decisions);
  CHECK_INT(self.lookups, 1);
  CHECK_STATUS(opt_get_variation(client, gold, OPT_STR("split_test"), &decision, &error), OPT_STATUS_OK, &error);
  opt_decision_free(decision);
  CHECK_INT(self.lookups, 2);
  CHECK_INT(self.saves, 2);
  opt_user_free(gold);
  opt_client_free(client);
}

// Whatever comes back, the decision is the one that hashing makes, and what was wrong is logged.
static void test_bad_answers(void) {
  static const struct {
    const char *answer;
    bool is_failing, is_logged, has_no_bytes;
  } table[] = {
      {NULL, true, true, false},
      {NULL, false, true, true},
      {"{\"user_id\":\"visitor\"", false, true, false},
      {"no JSON at all", false, true, false},
      {"\xFF\xFE", false, true, false},
      {"[]", false, true, false},
      {"null", false, true, false},
      {"{\"user_id\":7,\"experiment_bucket_map\":{}}", false, true, false},
      {"{\"user_id\":\"visitor\",\"experiment_bucket_map\":[]}", false, false, false},
      {"{\"user_id\":\"visitor\",\"experiment_bucket_map\":{\"4002\":\"6003\"}}", false, false, false},
      {"{\"user_id\":\"visitor\",\"experiment_bucket_map\":{\"4002\":{\"variation_id\":{}}}}", false, false, false},
  };
  char own[16], other[16], got[16];
  const char *other_id;
  find_sides(own, other, &other_id);
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    service self = {
        .answer = table[i].answer, .is_failing = table[i].is_failing, .has_no_bytes = table[i].has_no_bytes};
    opt_client *client = client_asking(&self);
    opt_user *user = user_named("visitor");
    check_scope(table[i].answer ? table[i].answer : "failing");
    split(client, user, 0, got);
    CHECK_TEXT(got, own);
    CHECK_INT(self.lookups, 1);
    CHECK(!table[i].is_logged || self.errors_logged > 0);
    opt_user_free(user);
    opt_client_free(client);
    check_scope(NULL);
  }
}

// A profile that says another id is what a service that mixes its users up answers.
static void test_other_id(void) {
  char own[16], other[16], got[16], profile[256];
  const char *other_id;
  find_sides(own, other, &other_id);
  profile_of(profile, "somebody else", other_id);
  service self = {.answer = profile};
  opt_client *client = client_asking(&self);
  opt_user *user = user_named("visitor");
  split(client, user, 0, got);
  CHECK_TEXT(got, own);
  // What is saved is the visitor's own.
  if (self.saves > 0) {
    json *saved = json_of(opt_cstr(self.saved));
    CHECK_TEXT(json_text(saved, "user_id"), "visitor");
    json_free(saved);
  }
  opt_user_free(user);
  opt_client_free(client);
}

static void test_slow(void) {
  enum { PAUSE_US = 200000 };
  char got[16];
  service self = {.answer = NULL, .pause_us = PAUSE_US};
  opt_client *client = client_asking(&self);
  opt_user *user = user_named("visitor");
  long long before = now_ms();
  split(client, user, 0, got);
  CHECK_RANGE(now_ms() - before, PAUSE_US / 1000, LONG_MS);
  CHECK_INT(self.lookups, 1);
  opt_user_free(user);
  opt_client_free(client);
}

// Options own the service from the start: it is let go of with them, also when the call that sets it fails.
static void test_release(void) {
  opt_error *error = NULL;
  service self = {.answer = NULL}, second = {.answer = NULL};
  opt_options *options = opt_options_new();
  CHECK_STATUS(opt_options_set_user_profile_service(options, look_up, save, &self, let_go, &error), OPT_STATUS_OK,
               &error);
  CHECK_STATUS(opt_options_set_user_profile_service(options, look_up, save, &second, let_go, &error), OPT_STATUS_OK,
               &error);
  CHECK_INT(self.released, 1);
  opt_options_free(options);
  CHECK_INT(second.released, 1);
  CHECK_STATUS(opt_options_set_user_profile_service(NULL, look_up, save, &self, let_go, &error),
               OPT_STATUS_INVALID_ARGUMENT, &error);
  CHECK_INT(self.released, 2);
  CHECK_INT(self.lookups + second.lookups, 0);
}

int main(void) {
  test_good();
  test_many();
  test_bad_answers();
  test_other_id();
  test_slow();
  test_release();
  return check_done("profiles");
}
