// A6, the callbacks of a decision: one that blocks for ever holds up nobody but the thread whose call it is. Others
// decide, track and are told; and a listener that blocks the delivery thread leaves close its deadline.
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "client.h"
#include "row.h"

enum { DEADLINE_MS = 300, TOLERATED_LATE_MS = 500 };

typedef struct {
  pthread_mutex_t gate;
  atomic_int blocked;
  atomic_int passed;
  opt_client *client;
  const char *flag;
} blocker;

static void wait_at_gate(blocker *self) {
  atomic_fetch_add(&self->blocked, 1);
  pthread_mutex_lock(&self->gate);
  pthread_mutex_unlock(&self->gate);
  atomic_fetch_add(&self->passed, 1);
}

static bool has_passed(const void *context) { return atomic_load(&((const blocker *)context)->passed) > 0; }

static bool is_blocked(const void *context) { return atomic_load(&((const blocker *)context)->blocked) > 0; }

// Only the visitor named "blocked" is.
static bool is_its_turn(opt_str user_id) { return user_id.len == 7 && memcmp(user_id.data, "blocked", 7) == 0; }

static void look_up(opt_str user_id, opt_reply *reply, void *user_data) {
  (void)reply;
  if (is_its_turn(user_id))
    wait_at_gate(user_data);
}

static void save(opt_str user_id, opt_str profile, opt_reply *reply, void *user_data) {
  (void)user_id;
  (void)profile;
  (void)reply;
  (void)user_data;
}

static void predict(opt_str rule_id, opt_str user_id, opt_str request, opt_reply *reply, void *user_data) {
  (void)rule_id;
  (void)request;
  if (is_its_turn(user_id))
    wait_at_gate(user_data);
  opt_reply_set(reply, OPT_STR("6005"));
}

static void block_log_event(const opt_notification *notification, void *user_data) {
  (void)notification;
  wait_at_gate(user_data);
}

static void *decide_blocked(void *context) {
  blocker *self = context;
  opt_user *user = user_named("blocked");
  opt_decision *decision = decide(self->client, user, self->flag, 0);
  CHECK(view_of(decision).variation_key.len > 0);
  opt_decision_free(decision);
  opt_user_free(user);
  return NULL;
}

// While one thread is held up in a callback, everything else works and close is in time.
static unsigned long long test_decision(const collector *server, const char *flag) {
  opt_error *error = NULL;
  blocker self = {.flag = flag};
  check_scope(flag);
  pthread_mutex_init(&self.gate, NULL);
  pthread_mutex_lock(&self.gate);
  opt_options *options = flags_for(server);
  if (strcmp(flag, "split") == 0)
    must(opt_options_set_user_profile_service(options, look_up, save, &self, NULL, &error), error);
  must(opt_options_set_cmab_predictor(options, predict, &self, NULL, &error), error);
  self.client = client_of(options);
  pthread_t thread = start(decide_blocked, &self);
  CHECK(wait_until(is_blocked, &self));
  opt_user *user = user_named("free");
  opt_decision_free(decide(self.client, user, "split", 0));
  opt_decision_free(decide(self.client, user, "bandit", 0));
  track(self.client, user, "purchase");
  flush(self.client);
  CHECK_INT(stats_of(self.client).delivered, 3);
  long long begin = now_ms();
  CHECK_STATUS(opt_client_close(self.client, DEADLINE_MS, NULL, &error), OPT_STATUS_OK, &error);
  CHECK_RANGE(now_ms() - begin, 0, DEADLINE_MS + TOLERATED_LATE_MS);
  CHECK_INT(atomic_load(&self.blocked), 1);
  pthread_mutex_unlock(&self.gate);
  // What was decided after close is a decision all the same.
  CHECK(has_ended(thread));
  opt_user_free(user);
  opt_client_free(self.client);
  pthread_mutex_destroy(&self.gate);
  collector_reset(server);
  check_scope(NULL);
  return 1;
}

static unsigned long long test_listener(const collector *server) {
  opt_error *error = NULL;
  blocker self = {.flag = NULL};
  uint64_t id, left = 0;
  pthread_mutex_init(&self.gate, NULL);
  pthread_mutex_lock(&self.gate);
  opt_client *client = client_of(flags_for(server));
  must(opt_client_add_listener(client, OPT_NOTIFICATION_LOG_EVENT, block_log_event, &self, NULL, &id, &error), error);
  opt_user *user = user_named("visitor");
  track(client, user, "purchase");
  CHECK_STATUS(opt_client_flush(client, 200, NULL, &error), OPT_STATUS_TIMEOUT, &error);
  CHECK(wait_until(is_blocked, &self));
  track(client, user, "purchase");
  opt_decision_free(decide(client, user, "split", 0));
  long long begin = now_ms();
  CHECK_STATUS(opt_client_close(client, DEADLINE_MS, &left, &error), OPT_STATUS_TIMEOUT, &error);
  long long late = now_ms() - begin - DEADLINE_MS;
  printf("a06: close with a blocked listener returned %lld ms after its deadline\n", late);
  CHECK_RANGE(late, 0, TOLERATED_LATE_MS);
  CHECK_INT(left, 3);
  // The client is gone, the listener is not: what it was given stays until it has passed.
  opt_client_free(client);
  pthread_mutex_unlock(&self.gate);
  CHECK(wait_until(has_passed, &self));
  opt_user_free(user);
  collector_reset(server);
  return 1;
}

int main(void) {
  collector server = collector_start();
  unsigned long long fired = test_decision(&server, "split") + test_decision(&server, "bandit");
  fired += test_listener(&server);
  check_fired("A6", "a callback of a decision that blocks holds up its own thread alone", fired);
  collector_stop(&server);
  return check_done("a06_blocking_decision");
}
