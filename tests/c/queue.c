// The queue's limits: at one the newest event is refused, and what was accepted is delivered, no more and no less.
#include <stdio.h>

#include "check.h"
#include "client.h"

enum { EVENT_LIMIT = 100, TRIES = 1000, SMALLEST_BYTES = 64 * 1024 };

static opt_client *client_limited(const collector *server, uint64_t bytes, uint64_t events) {
  opt_error *error = NULL;
  opt_options *options = options_for(server);
  must(opt_options_set_queue_limit(options, bytes, events, &error), error);
  return client_of(options);
}

// Tracks until `tries` are done; the number accepted. Every refusal must be QUEUE_FULL, worth a retry.
static int track_tries(const opt_client *client, int tries) {
  opt_error *error = NULL;
  int accepted = 0;
  opt_user *user = user_named("visitor");
  for (int i = 0; i < tries; i++) {
    opt_status status = opt_track(client, user, OPT_STR("purchase"), NULL, 0, &error);
    accepted += status == OPT_STATUS_OK;
    CHECK(status == OPT_STATUS_OK || opt_error_is_retriable(error));
    CHECK_STATUS(status, status == OPT_STATUS_OK ? OPT_STATUS_OK : OPT_STATUS_QUEUE_FULL, &error);
  }
  opt_user_free(user);
  return accepted;
}

static void test_event_limit(const collector *server) {
  opt_error *error = NULL;
  opt_client *client = client_limited(server, 1 << 20, EVENT_LIMIT);
  CHECK_INT(track_tries(client, TRIES), EVENT_LIMIT);
  opt_stats stats = stats_of(client);
  CHECK_INT(stats.accepted, EVENT_LIMIT);
  CHECK_INT(stats.pending, EVENT_LIMIT);
  CHECK_INT(stats.refused_queue_full, TRIES - EVENT_LIMIT);

  // A decision is made all the same, and says what became of its impression.
  opt_user *user = user_named("visitor");
  opt_decision *decision = NULL;
  opt_decision_view view;
  CHECK_STATUS(opt_activate(client, user, OPT_STR("checkout_button"), &decision, &error), OPT_STATUS_OK, &error);
  CHECK_STATUS(opt_decision_read(decision, &view, sizeof view, &error), OPT_STATUS_OK, &error);
  CHECK_STR(view.variation_key, "green");
  CHECK_INT(view.event_status, OPT_EVENT_QUEUE_FULL);
  opt_decision_free(decision);
  uint32_t event_status = OPT_EVENT_ACCEPTED;
  bool is_enabled = false;
  CHECK_STATUS(opt_is_feature_enabled(client, user, OPT_STR("dark_mode"), &is_enabled, &event_status, &error),
               OPT_STATUS_OK, &error);
  CHECK(is_enabled);
  CHECK_INT(event_status, OPT_EVENT_QUEUE_FULL);
  CHECK_INT(stats_of(client).refused_queue_full, TRIES - EVENT_LIMIT + 2);

  // Delivery makes room.
  flush(client);
  CHECK_INT(stats_of(client).delivered, EVENT_LIMIT);
  CHECK_INT(collector_stat(server, "unique"), EVENT_LIMIT);
  CHECK_INT(track_tries(client, 1), 1);
  opt_user_free(user);
  close_and_free(client);
  CHECK_INT(collector_stat(server, "unique"), EVENT_LIMIT + 1);
  collector_reset(server);
}

static void test_byte_limit(const collector *server) {
  opt_client *client = client_limited(server, SMALLEST_BYTES, 0);
  int accepted = track_tries(client, TRIES * 2);
  opt_stats stats = stats_of(client);
  printf("queue: %d bytes took %d events, %llu bytes in use\n", SMALLEST_BYTES, accepted,
         (unsigned long long)stats.pending_bytes);
  CHECK_RANGE(accepted, 1, TRIES * 2 - 1);
  CHECK_INT(stats.accepted, accepted);
  CHECK_INT(stats.refused_queue_full, TRIES * 2 - accepted);
  CHECK_RANGE(stats.pending_bytes, 1, SMALLEST_BYTES);
  flush(client);
  CHECK_INT(stats_of(client).delivered, accepted);
  CHECK_INT(stats_of(client).pending_bytes, 0);
  close_and_free(client);
  CHECK_INT(collector_stat(server, "unique"), accepted);
  collector_reset(server);
}

// The same while the queue drains: what was accepted and what was delivered agree to the event.
static void test_while_draining(const collector *server) {
  opt_error *error = NULL;
  opt_options *options = options_for(server);
  must(opt_options_set_queue_limit(options, 1 << 20, 1000, &error), error);
  must(opt_options_set_batch_size(options, 100, &error), error);
  collector_faults(server, "[{\"kind\":\"delay\",\"delay_ms\":2}]");
  opt_client *client = client_of(options);
  int accepted = track_tries(client, 20000);
  flush(client);
  opt_stats stats = stats_of(client);
  printf("queue: accepted %d of 20000 while it drained\n", accepted);
  CHECK_RANGE(accepted, 1000, 20000);
  CHECK_INT(stats.accepted, accepted);
  CHECK_INT(stats.delivered, accepted);
  CHECK_INT(stats.refused_queue_full, 20000 - accepted);
  close_and_free(client);
  CHECK_INT(collector_stat(server, "unique"), accepted);
  collector_reset(server);
}

int main(void) {
  collector server = collector_start();
  test_event_limit(&server);
  test_byte_limit(&server);
  test_while_draining(&server);
  collector_stop(&server);
  return check_done("queue");
}
