// A3: eight threads use a client while another closes it: events are refused with CLOSED from then on, decisions go
// on, nothing hangs, and the books still balance.
#include <stdatomic.h>
#include <string.h>

#include "check.h"
#include "client.h"
#include "row.h"

enum { THREADS = 8 };

typedef struct {
  const opt_client *client;
  atomic_bool *is_over;
  unsigned long long accepted;
  unsigned long long refused;
  // Answers that a client may not give; counted, for there are millions of answers.
  unsigned long long wrong;
} worker;

static void *use(void *context) {
  worker *self = context;
  opt_user *user = user_named("visitor");
  while (!atomic_load(self->is_over)) {
    opt_error *error = NULL;
    opt_status status = opt_track(self->client, user, OPT_STR("purchase"), NULL, 0, &error);
    self->wrong += status != OPT_STATUS_OK && status != OPT_STATUS_CLOSED;
    // Once closed, closed for good.
    self->wrong += status == OPT_STATUS_OK && self->refused > 0;
    self->accepted += status == OPT_STATUS_OK;
    self->refused += status == OPT_STATUS_CLOSED;
    opt_error_free(error);
    error = NULL;
    opt_decision *decision = NULL;
    opt_decision_view view;
    must(opt_activate(self->client, user, OPT_STR("checkout_button"), &decision, &error), error);
    must(opt_decision_read(decision, &view, sizeof view, &error), error);
    self->wrong += view.variation_key.len != 5 || memcmp(view.variation_key.data, "green", 5) != 0;
    self->wrong += view.event_status != OPT_EVENT_ACCEPTED && view.event_status != OPT_EVENT_CLOSED;
    self->accepted += view.event_status == OPT_EVENT_ACCEPTED;
    self->refused += view.event_status == OPT_EVENT_CLOSED;
    opt_decision_free(decision);
    (void)stats_of(self->client);
  }
  opt_user_free(user);
  return NULL;
}

static bool is_tracking(const void *client) { return stats_of(client).accepted > 100; }

static bool is_refusing(const void *client) { return stats_of(client).refused_other > 100; }

static unsigned long long test_round(const collector *server) {
  atomic_bool is_over = false;
  opt_error *error = NULL;
  opt_client *client = client_for(server);
  worker workers[THREADS];
  pthread_t threads[THREADS];
  for (int i = 0; i < THREADS; i++) {
    workers[i] = (worker){client, &is_over, 0, 0, 0};
    threads[i] = start(use, &workers[i]);
  }
  CHECK(wait_until(is_tracking, client));
  uint64_t left = UINT64_MAX;
  CHECK_STATUS(opt_client_close(client, LONG_MS, &left, &error), OPT_STATUS_OK, &error);
  CHECK_INT(left, 0);
  CHECK(wait_until(is_refusing, client));
  atomic_store(&is_over, true);
  unsigned long long accepted = 0, refused = 0;
  for (int i = 0; i < THREADS; i++) {
    CHECK(has_ended(threads[i]));
    accepted += workers[i].accepted;
    refused += workers[i].refused;
    CHECK_INT(workers[i].wrong, 0);
  }
  opt_stats stats = stats_of(client);
  CHECK_INT(stats.accepted, accepted);
  CHECK_INT(stats.delivered, accepted);
  CHECK_INT(stats.refused_other, refused);
  CHECK_INT(collector_stat(server, "unique"), accepted);
  opt_client_free(client);
  collector_reset(server);
  return refused;
}

int main(void) {
  collector server = collector_start();
  unsigned long long refused = 0;
  unsigned long rounds = times(2, 500);
  for (unsigned long i = 0; i < rounds; i++)
    refused += test_round(&server);
  check_fired("A3", "events during and after a close on another thread are refused, none is lost", refused);
  collector_stop(&server);
  return check_done("a03_close_while_used");
}
