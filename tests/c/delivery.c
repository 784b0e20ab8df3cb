// Delivery through trouble: what may pass is repeated until it does, what only a person can mend is held and said so.
#include <stdio.h>

#include "check.h"
#include "client.h"

// Sends `count` events through faults and expects each at the collector exactly once, however often it was posted.
static void test_passes(const collector *server, const char *name, const char *kind, const char *faults) {
  enum { EVENTS = 20 };
  check_scope(name);
  collector_faults(server, faults);
  opt_client *client = client_for(server);
  track_many(client, "purchase", "visitor-", EVENTS);
  flush(client);
  opt_stats stats = stats_of(client);
  CHECK_INT(stats.delivered, EVENTS);
  CHECK_INT(stats.pending, 0);
  CHECK_INT(stats.dead_lettered, 0);
  CHECK(stats.retries >= 1);
  CHECK_INT(stats.posts, stats.retries + 1);
  CHECK_INT(stats.delivery_state, OPT_DELIVERY_OK);
  CHECK_INT(stats.last_http_status, 204);
  CHECK(collector_fired(server, kind) >= 1);
  CHECK_INT(collector_stat(server, "unique"), EVENTS);
  CHECK_INT(collector_stat(server, "conflicting"), 0);
  close_and_free(client);
  collector_reset(server);
  check_scope(NULL);
}

// A server that names the time gets it, also from a flush; nonsense is passed over.
static void test_retry_after(const collector *server) {
  collector_faults(server, "[{\"kind\":\"status\",\"status\":429,\"retry_after\":\"1\",\"count\":1}]");
  opt_client *client = client_for(server);
  track_many(client, "purchase", "visitor-", 1);
  long long begin = now_ms();
  flush(client);
  CHECK_RANGE(now_ms() - begin, 950, 3000);
  CHECK_INT(stats_of(client).posts, 2);
  collector_faults(server, "[{\"kind\":\"status\",\"status\":503,\"retry_after\":\"soon\",\"count\":1}]");
  track_many(client, "purchase", "other-", 1);
  begin = now_ms();
  flush(client);
  CHECK_RANGE(now_ms() - begin, 0, 900);
  CHECK_INT(stats_of(client).posts, 4);
  close_and_free(client);
  collector_reset(server);
}

// Refusals that a repetition does not mend: one post, then quiet; the events stay and go out once it is mended.
static void test_hold(const collector *server, int status) {
  char faults[128];
  snprintf(faults, sizeof faults, "[{\"kind\":\"status\",\"status\":%d}]", status);
  check_scope(faults);
  collector_faults(server, faults);
  opt_error *error = NULL;
  uint64_t left = 0;
  opt_client *client = client_for(server);
  track_many(client, "purchase", "visitor-", 5);
  CHECK_STATUS(opt_client_flush(client, 300, &left, &error), OPT_STATUS_TIMEOUT, &error);
  CHECK_INT(left, 5);
  opt_stats stats = stats_of(client);
  CHECK_INT(stats.delivery_state, OPT_DELIVERY_HELD);
  CHECK_INT(stats.last_http_status, status);
  CHECK_INT(stats.posts, 1);
  CHECK_INT(stats.pending, 5);
  collector_faults(server, "[]");
  flush(client);
  stats = stats_of(client);
  CHECK_INT(stats.delivery_state, OPT_DELIVERY_OK);
  CHECK_INT(stats.delivered, 5);
  CHECK_INT(stats.dead_lettered, 0);
  close_and_free(client);
  collector_reset(server);
  check_scope(NULL);
}

// While a server stays away the books say so; nothing is given up.
static void test_outage(const collector *server) {
  collector_faults(server, "[{\"kind\":\"status\",\"status\":503}]");
  opt_error *error = NULL;
  uint64_t left = 0;
  opt_client *client = client_for(server);
  track_many(client, "purchase", "visitor-", 5);
  opt_status status = opt_client_flush(client, 400, &left, &error);
  CHECK(opt_error_is_retriable(error));
  CHECK_STATUS(status, OPT_STATUS_TIMEOUT, &error);
  CHECK_INT(left, 5);
  opt_stats stats = stats_of(client);
  CHECK_INT(stats.delivery_state, OPT_DELIVERY_RETRYING);
  CHECK_INT(stats.last_http_status, 503);
  CHECK(stats.retries >= 2);
  CHECK(stats.oldest_pending_ms >= 350);
  CHECK(stats.pending_bytes > 0);
  collector_faults(server, "[]");
  // Without another flush: the next attempt is timed, and gets through.
  CHECK(collector_wait(server, "unique", 5, LONG_MS));
  flush(client);
  stats = stats_of(client);
  CHECK_INT(stats.delivered, 5);
  CHECK_INT(stats.oldest_pending_ms, 0);
  CHECK_INT(stats.pending_bytes, 0);
  close_and_free(client);
  collector_reset(server);
}

// A collector that is not there at all.
static void test_nobody_listens(void) {
  opt_error *error = NULL;
  uint64_t left = 0;
  opt_client *client = client_for(NULL);
  track_many(client, "purchase", "visitor-", 3);
  CHECK_STATUS(opt_client_flush(client, 200, &left, &error), OPT_STATUS_TIMEOUT, &error);
  CHECK_INT(left, 3);
  opt_stats stats = stats_of(client);
  CHECK_INT(stats.last_http_status, 0);
  CHECK_INT(stats.delivery_state, OPT_DELIVERY_RETRYING);
  CHECK_INT(stats.delivered, 0);
  CHECK_STATUS(opt_client_close(client, 0, &left, &error), OPT_STATUS_TIMEOUT, &error);
  CHECK_INT(left, 3);
  opt_client_free(client);
}

int main(void) {
  collector server = collector_start();
  test_passes(&server, "503 twice", "status", "[{\"kind\":\"status\",\"status\":503,\"count\":2}]");
  test_passes(&server, "429", "status", "[{\"kind\":\"status\",\"status\":429,\"count\":1}]");
  test_passes(&server, "408", "status", "[{\"kind\":\"status\",\"status\":408,\"count\":1}]");
  test_passes(&server, "500", "status", "[{\"kind\":\"status\",\"status\":500,\"count\":1}]");
  test_passes(&server, "reset before the first byte", "drop_before", "[{\"kind\":\"drop_before\",\"count\":2}]");
  test_passes(&server, "reset after the request", "drop_after", "[{\"kind\":\"drop_after\",\"count\":2}]");
  test_passes(&server, "answer lost", "drop_after", "[{\"kind\":\"drop_after\",\"commit\":true,\"count\":2}]");
  test_passes(&server, "garbage", "garbage", "[{\"kind\":\"garbage\",\"count\":1}]");
  test_retry_after(&server);
  test_hold(&server, 401);
  test_hold(&server, 403);
  test_hold(&server, 404);
  test_hold(&server, 302);
  test_outage(&server);
  test_nobody_listens();
  collector_stop(&server);
  return check_done("delivery");
}
