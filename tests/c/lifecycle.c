// Flush and close keep their deadlines whatever the server does, and a closed client says what it still does.
#include <stdio.h>

#include "check.h"
#include "client.h"
#include "datafile.h"

// The header promises 50 ms; a busy machine may keep a thread waiting longer than that.
enum { PROMISED_LATE_MS = 50, TOLERATED_LATE_MS = 500 };

static long long worst_late_ms;

static void check_deadline(const char *what, long long begin, long long timeout_ms) {
  long long late = now_ms() - begin - timeout_ms;
  worst_late_ms = late > worst_late_ms ? late : worst_late_ms;
  printf("lifecycle: %s with %lld ms returned %lld ms %s its deadline%s\n", what, timeout_ms, late < 0 ? -late : late,
         late < 0 ? "before" : "after", late > PROMISED_LATE_MS ? " (promised: 50)" : "");
  CHECK_RANGE(late, -timeout_ms, TOLERATED_LATE_MS);
}

static void check_close(opt_client *client, const char *what, uint32_t timeout_ms, uint64_t left_expected) {
  opt_error *error = NULL;
  uint64_t left = UINT64_MAX;
  long long begin = now_ms();
  opt_status status = opt_client_close(client, timeout_ms, &left, &error);
  check_deadline(what, begin, timeout_ms);
  CHECK_STATUS(status, left_expected ? OPT_STATUS_TIMEOUT : OPT_STATUS_OK, &error);
  CHECK_INT(left, left_expected);
}

// A server that takes the request and never answers, in every way to be told to wait.
static void test_deadlines(const collector *server, const char *name, const char *faults) {
  enum { EVENTS = 7 };
  check_scope(name);
  collector_faults(server, faults);
  opt_error *error = NULL;
  uint64_t left = 0;
  opt_client *client = client_for(server);
  track_many(client, "purchase", "visitor-", EVENTS);
  long long begin = now_ms();
  opt_status status = opt_client_flush(client, 200, &left, &error);
  check_deadline("flush", begin, 200);
  CHECK_STATUS(status, OPT_STATUS_TIMEOUT, &error);
  CHECK_INT(left, EVENTS);
  begin = now_ms();
  status = opt_client_flush(client, 0, &left, &error);
  check_deadline("flush", begin, 0);
  CHECK_STATUS(status, OPT_STATUS_TIMEOUT, &error);
  // Flushing leaves the client usable.
  track_many(client, "purchase", "later-", 1);
  check_close(client, "close", 300, EVENTS + 1);
  // A second close gives the first's answer, within its own deadline.
  check_close(client, "second close", 100, EVENTS + 1);
  CHECK_INT(stats_of(client).pending, EVENTS + 1);
  begin = now_ms();
  opt_client_free(client);
  check_deadline("free", begin, 0);
  collector_reset(server);
  check_scope(NULL);
}

static void test_close_at_once(const collector *server) {
  collector_faults(server, "[{\"kind\":\"stall\"}]");
  opt_client *client = client_for(server);
  track_many(client, "purchase", "visitor-", 3);
  check_close(client, "close", 0, 3);
  opt_client_free(client);
  // Never closed: freeing is a close with a time-out of 0.
  client = client_for(server);
  track_many(client, "purchase", "visitor-", 3);
  long long begin = now_ms();
  opt_client_free(client);
  check_deadline("free", begin, 0);
  collector_reset(server);
}

static void test_nothing_waits(const collector *server) {
  opt_error *error = NULL;
  uint64_t left = UINT64_MAX;
  opt_client *client = client_for(server);
  CHECK_STATUS(opt_client_flush(client, 0, &left, &error), OPT_STATUS_OK, &error);
  CHECK_INT(left, 0);
  long long begin = now_ms();
  check_close(client, "close", 60000, 0);
  CHECK_RANGE(now_ms() - begin, 0, TOLERATED_LATE_MS);
  check_close(client, "second close", 60000, 0);
  opt_client_free(client);
}

// Close delivers what waits.
static void test_close_delivers(const collector *server) {
  opt_client *client = client_for(server);
  track_many(client, "purchase", "visitor-", 2500);
  check_close(client, "close", LONG_MS, 0);
  CHECK_INT(collector_stat(server, "unique"), 2500);
  opt_client_free(client);
  collector_reset(server);
}

static void test_after_close(const collector *server) {
  opt_error *error = NULL;
  opt_decision *decision = NULL;
  opt_decision_view view;
  opt_client *client = client_for(server);
  opt_user *user = user_named("visitor");
  track(client, user, "purchase");
  check_close(client, "close", LONG_MS, 0);

  CHECK_STATUS(opt_track(client, user, OPT_STR("purchase"), NULL, 0, &error), OPT_STATUS_CLOSED, &error);
  CHECK_STATUS(opt_client_flush(client, 100, NULL, &error), OPT_STATUS_CLOSED, &error);
  CHECK_STATUS(opt_client_set_datafile(client, OPT_STR(SHOP_AT("43")), &error), OPT_STATUS_CLOSED, &error);
  CHECK_STATUS(opt_decide(client, user, OPT_STR("dark_mode"), 0, &decision, &error), OPT_STATUS_OK, &error);
  CHECK_STATUS(opt_decision_read(decision, &view, sizeof view, &error), OPT_STATUS_OK, &error);
  CHECK_INT(view.enabled, 1);
  CHECK_INT(view.event_status, OPT_EVENT_CLOSED);
  opt_decision_free(decision);
  CHECK_STATUS(opt_activate(client, user, OPT_STR("checkout_button"), &decision, &error), OPT_STATUS_OK, &error);
  CHECK_STATUS(opt_decision_read(decision, &view, sizeof view, &error), OPT_STATUS_OK, &error);
  CHECK_STR(view.variation_key, "green");
  CHECK_INT(view.event_status, OPT_EVENT_CLOSED);
  opt_decision_free(decision);
  opt_keys *keys = NULL;
  uint64_t refused = 0;
  CHECK_STATUS(opt_get_enabled_features(client, user, &keys, &refused, &error), OPT_STATUS_OK, &error);
  CHECK_INT(opt_keys_count(keys), 1);
  CHECK_INT(refused, 3);
  opt_keys_free(keys);
  // A decision that sends nothing is suppressed, closed or not.
  CHECK_STATUS(opt_get_variation(client, user, OPT_STR("checkout_button"), &decision, &error), OPT_STATUS_OK, &error);
  CHECK_STATUS(opt_decision_read(decision, &view, sizeof view, &error), OPT_STATUS_OK, &error);
  CHECK_INT(view.event_status, OPT_EVENT_SUPPRESSED);
  opt_decision_free(decision);

  opt_stats stats = stats_of(client);
  CHECK_INT(stats.accepted, 1);
  CHECK_INT(stats.delivered, 1);
  CHECK_INT(stats.refused_other, 6);
  CHECK_INT(stats.threads, 0);
  opt_user_free(user);
  opt_client_free(client);
  CHECK_INT(collector_stat(server, "unique"), 1);
  collector_reset(server);
}

int main(void) {
  collector server = collector_start();
  test_deadlines(&server, "no answer", "[{\"kind\":\"stall\"}]");
  test_deadlines(&server, "slow answer", "[{\"kind\":\"delay\",\"delay_ms\":30000}]");
  test_deadlines(&server, "told to wait", "[{\"kind\":\"status\",\"status\":503,\"retry_after\":\"3600\"}]");
  test_deadlines(&server, "held", "[{\"kind\":\"status\",\"status\":403}]");
  test_close_at_once(&server);
  test_nothing_waits(&server);
  test_close_delivers(&server);
  test_after_close(&server);
  printf("lifecycle: latest return %lld ms after its deadline\n", worst_late_ms);
  collector_stop(&server);
  return check_done("lifecycle");
}
