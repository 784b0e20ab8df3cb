// A5, the callbacks of a decision: look-up, save, prediction and listener call the library again, with everything but
// close and free: each call works, and close is refused, for no lock is held during a callback.
#include <stdatomic.h>
#include <stdio.h>

#include "check.h"
#include "client.h"
#include "flags.h"
#include "row.h"

typedef struct {
  _Atomic(opt_client *) client;
  atomic_int depth;
  atomic_int entered[4];
} reentry;

enum { LOOKUP, SAVE, PREDICT, LISTENER };

static void ignore(const opt_notification *notification, void *user_data) {
  (void)notification;
  (void)user_data;
}

// Every call that decides, those included for which the callback itself is asked again; but for a prediction, which
// can't wait for another one: there `bandit_status` is a failure.
static void decide_everything(opt_client *client, opt_user *user, opt_status bandit_status) {
  opt_error *error = NULL;
  opt_decision *decision = NULL;
  opt_decisions *decisions = NULL;
  opt_keys *keys = NULL;
  opt_text *text = NULL;
  bool is_enabled;
  opt_str bandit = OPT_STR("bandit");
  CHECK_STATUS(opt_decide(client, user, bandit, OPT_DECIDE_IGNORE_CMAB_CACHE, &decision, &error), bandit_status,
               &error);
  opt_decision_free(decision);
  CHECK_STATUS(opt_decide_for_keys(client, user, &bandit, 1, OPT_DECIDE_RESET_CMAB_CACHE, &decisions, &error),
               OPT_STATUS_OK, &error);
  opt_decisions_free(decisions);
  CHECK_STATUS(opt_decide_all(client, user, OPT_DECIDE_INCLUDE_REASONS, &decisions, &error), OPT_STATUS_OK, &error);
  opt_decisions_free(decisions);
  CHECK_STATUS(opt_activate(client, user, OPT_STR("split_test"), &decision, &error), OPT_STATUS_OK, &error);
  opt_decision_free(decision);
  CHECK_STATUS(opt_is_feature_enabled(client, user, OPT_STR("split"), &is_enabled, NULL, &error), OPT_STATUS_OK,
               &error);
  CHECK_STATUS(opt_get_enabled_features(client, user, &keys, NULL, &error), OPT_STATUS_OK, &error);
  opt_keys_free(keys);
  CHECK_STATUS(opt_get_all_feature_variables(client, user, OPT_STR("checkout"), &text, &error), OPT_STATUS_OK, &error);
  opt_text_free(text);
}

static void call_everything(opt_client *client, opt_status bandit_status) {
  opt_error *error = NULL;
  opt_config *config = NULL;
  opt_notification *notification = NULL;
  uint64_t id = 0, left;
  opt_user *user = user_gold("reentrant");
  CHECK_STATUS(opt_track(client, user, OPT_STR("purchase"), NULL, 0, &error), OPT_STATUS_OK, &error);
  decide_everything(client, user, bandit_status);
  CHECK_STATUS(
      opt_client_set_forced_variation(client, OPT_STR("split_test"), OPT_STR("reentrant"), OPT_STR("left"), &error),
      OPT_STATUS_OK, &error);
  CHECK_STATUS(opt_client_remove_forced_variation(client, OPT_STR("split_test"), OPT_STR("reentrant"), &error),
               OPT_STATUS_OK, &error);
  CHECK_STATUS(opt_client_set_datafile(client, OPT_STR(FLAGS), &error), OPT_STATUS_OK, &error);
  CHECK_STATUS(opt_client_get_optimizely_config(client, &config, &error), OPT_STATUS_OK, &error);
  opt_config_free(config);
  CHECK_STATUS(opt_client_add_listener(client, OPT_NOTIFICATION_DECISION, ignore, NULL, NULL, &id, &error),
               OPT_STATUS_OK, &error);
  CHECK_STATUS(opt_client_remove_listener(client, id, &error), OPT_STATUS_OK, &error);
  opt_status status = opt_client_next_notification(client, 0, &notification, &error);
  CHECK_STATUS(status, status == OPT_STATUS_OK ? OPT_STATUS_OK : OPT_STATUS_TIMEOUT, &error);
  opt_notification_free(notification);
  (void)stats_of(client);
  status = opt_client_flush(client, 0, &left, &error);
  CHECK_STATUS(status, status == OPT_STATUS_OK ? OPT_STATUS_OK : OPT_STATUS_TIMEOUT, &error);
  CHECK_STATUS(opt_client_close(client, 100, &left, &error), OPT_STATUS_INVALID_ARGUMENT, &error);
  opt_user_free(user);
}

static void reenter(reentry *self, int callback) {
  opt_client *client = atomic_load(&self->client);
  if (!client)
    return;
  // Two levels show that a callback inside a callback works; more would never end.
  if (atomic_fetch_add(&self->depth, 1) < 2) {
    atomic_fetch_add(&self->entered[callback], 1);
    call_everything(client, callback == PREDICT ? OPT_STATUS_PREDICTION_FAILED : OPT_STATUS_OK);
  }
  atomic_fetch_sub(&self->depth, 1);
}

static void look_up(opt_str user_id, opt_reply *reply, void *user_data) {
  (void)user_id;
  (void)reply;
  reenter(user_data, LOOKUP);
}

static void save(opt_str user_id, opt_str profile, opt_reply *reply, void *user_data) {
  (void)user_id;
  (void)profile;
  (void)reply;
  reenter(user_data, SAVE);
}

static void predict(opt_str rule_id, opt_str user_id, opt_str request, opt_reply *reply, void *user_data) {
  (void)rule_id;
  (void)user_id;
  (void)request;
  reenter(user_data, PREDICT);
  opt_reply_set(reply, OPT_STR("6005"));
}

static void listen_in(const opt_notification *notification, void *user_data) {
  (void)notification;
  reenter(user_data, LISTENER);
}

// One of the four callbacks meddles; the others do their work.
static void test_callback(const collector *server, int callback) {
  static const char *const names[] = {"look-up", "save", "prediction", "listener"};
  opt_error *error = NULL;
  reentry self = {.client = NULL}, quiet = {.client = NULL};
  uint64_t id;
  check_scope(names[callback]);
  opt_options *options = flags_for(server);
  // Of the two functions of a service only one may meddle, so the other is left at its first line.
  if (callback == LOOKUP || callback == SAVE)
    must(opt_options_set_user_profile_service(options, look_up, save, &self, NULL, &error), error);
  must(opt_options_set_cmab_predictor(options, predict, callback == PREDICT ? &self : &quiet, NULL, &error), error);
  must(opt_options_set_notification_queue(options, OPT_NOTIFICATION_LOG_EVENT, 4, &error), error);
  opt_client *client = client_of(options);
  if (callback == LISTENER)
    must(opt_client_add_listener(client, 15, listen_in, &self, NULL, &id, &error), error);
  opt_user *user = user_gold("visitor");
  atomic_store(&self.client, client);
  opt_decision_free(decide(client, user, "split", 0));
  opt_decision_free(decide(client, user, "bandit", 0));
  track(client, user, "purchase");
  CHECK(atomic_load(&self.entered[callback]) >= 1);
  flush(client);
  atomic_store(&self.client, NULL);
  flush(client);
  opt_user_free(user);
  close_and_free(client);
  check_fired("A5", names[callback], (unsigned long long)atomic_load(&self.entered[callback]));
  check_scope(NULL);
}

static void *run(void *context) {
  for (int callback = LOOKUP; callback <= LISTENER; callback++)
    test_callback(context, callback);
  return NULL;
}

int main(void) {
  collector server = collector_start();
  // On a thread of its own, so that a deadlock is a failure and not a hang.
  CHECK(has_ended(start(run, &server)));
  collector_stop(&server);
  return check_done("a05_deciding_callbacks");
}
