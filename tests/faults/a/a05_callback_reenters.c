// A5: a log callback calls the library again, with everything but close and free: each call works, on the host's
// thread and on the delivery thread, for no lock is held during a callback.
#include <stdatomic.h>
#include <stdio.h>

#include "check.h"
#include "client.h"
#include "datafile.h"
#include "row.h"

typedef struct {
  _Atomic(opt_client *) client;
  atomic_int depth;
  atomic_int entered;
  atomic_int on_worker;
  pthread_t host;
} reentry;

// Every call that a callback may make. Those that fail log again, one level deeper, which must not deadlock either.
static void call_everything(opt_client *client) {
  opt_error *error = NULL;
  opt_decision *decision = NULL;
  opt_keys *keys = NULL;
  bool is_enabled;
  uint64_t left;
  opt_user *user = user_named("reentrant");
  CHECK_STATUS(opt_track(client, user, OPT_STR("purchase"), NULL, 0, &error), OPT_STATUS_OK, &error);
  CHECK_STATUS(opt_track(client, user, OPT_STR("none"), NULL, 0, &error), OPT_STATUS_UNKNOWN_EVENT, &error);
  CHECK_STATUS(opt_activate(client, user, OPT_STR("checkout_button"), &decision, &error), OPT_STATUS_OK, &error);
  opt_decision_free(decision);
  CHECK_STATUS(opt_decide(client, user, OPT_STR("search"), 0, &decision, &error), OPT_STATUS_OK, &error);
  opt_decision_free(decision);
  CHECK_STATUS(opt_is_feature_enabled(client, user, OPT_STR("beta"), &is_enabled, NULL, &error), OPT_STATUS_OK, &error);
  CHECK_STATUS(opt_get_enabled_features(client, user, &keys, NULL, &error), OPT_STATUS_OK, &error);
  opt_keys_free(keys);
  CHECK_STATUS(
      opt_client_set_forced_variation(client, OPT_STR("prices"), OPT_STR("reentrant"), OPT_STR("rounded"), &error),
      OPT_STATUS_OK, &error);
  CHECK_STATUS(opt_client_set_datafile(client, OPT_STR(SHOP), &error), OPT_STATUS_OK, &error);
  CHECK_STATUS(opt_client_set_datafile(client, OPT_STR("no datafile"), &error), OPT_STATUS_INVALID_DATAFILE, &error);
  (void)stats_of(client);
  // On the delivery thread nobody can send meanwhile, so a flush there waits for nothing.
  opt_status status = opt_client_flush(client, 0, &left, &error);
  CHECK_STATUS(status, status == OPT_STATUS_OK ? OPT_STATUS_OK : OPT_STATUS_TIMEOUT, &error);
  opt_user_free(user);
}

static void reenter(uint32_t level, opt_str message, void *user_data) {
  (void)level;
  (void)message;
  reentry *self = user_data;
  opt_client *client = atomic_load(&self->client);
  if (!client)
    return;
  // Two levels show that a callback inside a callback works; more would never end.
  if (atomic_fetch_add(&self->depth, 1) < 2) {
    atomic_fetch_add(&self->entered, 1);
    if (!pthread_equal(pthread_self(), self->host))
      atomic_fetch_add(&self->on_worker, 1);
    call_everything(client);
  }
  atomic_fetch_sub(&self->depth, 1);
}

static bool was_on_worker(const void *context) { return atomic_load(&((const reentry *)context)->on_worker) > 0; }

static void *run(void *context) {
  const collector *server = context;
  opt_error *error = NULL;
  reentry self = {.client = NULL, .host = pthread_self()};
  opt_options *options = options_for(server);
  must(opt_options_set_log_level(options, OPT_LOG_WARNING, &error), error);
  must(opt_options_set_logger(options, reenter, &self, NULL, &error), error);
  opt_client *client = client_of(options);
  opt_user *user = user_named("visitor");
  atomic_store(&self.client, client);
  CHECK_STATUS(opt_track(client, user, OPT_STR("none"), NULL, 0, &error), OPT_STATUS_UNKNOWN_EVENT, &error);
  int on_host = atomic_load(&self.entered);
  CHECK(on_host >= 2);
  collector_faults(server, "[{\"kind\":\"status\",\"status\":403}]");
  track(client, user, "purchase");
  opt_status status = opt_client_flush(client, 300, NULL, &error);
  CHECK_STATUS(status, OPT_STATUS_TIMEOUT, &error);
  CHECK(wait_until(was_on_worker, &self));
  atomic_store(&self.client, NULL);
  collector_faults(server, "[]");
  flush(client);
  CHECK_INT(stats_of(client).delivered, collector_stat(server, "unique"));
  opt_user_free(user);
  close_and_free(client);
  check_fired("A5", "a log callback may call the library, on any thread and inside itself",
              (unsigned long long)atomic_load(&self.entered));
  return NULL;
}

int main(void) {
  collector server = collector_start();
  // On a thread of its own, so that a deadlock is a failure and not a hang.
  CHECK(has_ended(start(run, &server)));
  collector_stop(&server);
  return check_done("a05_callback_reenters");
}
