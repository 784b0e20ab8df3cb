// A client that its host drives: no thread, whatever it does; events go out by pump, flush and close, each by its time.
#include <poll.h>
#include <stdio.h>

#include "check.h"
#include "client.h"

enum { EVENTS = 20, BATCH = 10, BUDGET_MS = 10000, SLACK_MS = 50 };
// After this time without an event memory is given back.
enum { IDLE_MS = 60000 };

static opt_client *driven_client(const collector *server, uint32_t interval_ms) {
  opt_error *error = NULL;
  opt_options *options = options_for(server);
  must(opt_options_set_host_driven(options, 1, &error), error);
  must(opt_options_set_batch_size(options, BATCH, &error), error);
  must(opt_options_set_flush_interval_ms(options, interval_ms, &error), error);
  return client_of(options);
}

static uint32_t pump(const opt_client *client, uint32_t budget_ms) {
  opt_error *error = NULL;
  uint32_t next_ms = 12345;
  CHECK_STATUS(opt_client_pump(client, budget_ms, &next_ms, &error), OPT_STATUS_OK, &error);
  return next_ms;
}

static bool is_readable(int descriptor) {
  struct pollfd asked = {.fd = descriptor, .events = POLLIN};
  return poll(&asked, 1, 0) == 1 && asked.revents == POLLIN;
}

static void test_pump(const collector *server) {
  enum { INTERVAL_MS = 60000 };
  opt_client *client = driven_client(server, INTERVAL_MS);
  CHECK_INT(pump(client, BUDGET_MS), UINT32_MAX);
  track_many(client, "purchase", "first-", BATCH - 1);
  CHECK_RANGE(pump(client, BUDGET_MS), 1, INTERVAL_MS);
  CHECK_INT(stats_of(client).posts, 0);
  track_many(client, "purchase", "last-", 1);
  // Without a budget nothing is sent, and there is something to do.
  CHECK_INT(pump(client, 0), 0);
  CHECK_INT(collector_stat(server, "posts"), 0);
  CHECK_RANGE(pump(client, BUDGET_MS), 1, IDLE_MS);
  CHECK_INT(collector_stat(server, "unique"), BATCH);
  CHECK_INT(stats_of(client).delivered, BATCH);
  track_many(client, "purchase", "more-", EVENTS + 1);
  CHECK_RANGE(pump(client, BUDGET_MS), 1, INTERVAL_MS);
  CHECK_INT(stats_of(client).pending, 1);
  CHECK_INT(threads_of_process(), 1);
  CHECK_INT(stats_of(client).threads, 0);
  flush(client);
  CHECK_INT(collector_stat(server, "unique"), BATCH + EVENTS + 1);
  close_and_free(client);
  CHECK_INT(threads_of_process(), 1);
  collector_reset(server);
}

// Events become due with time, too: the time that pump gave.
static void test_interval(const collector *server) {
  enum { INTERVAL_MS = 30 };
  opt_client *client = driven_client(server, INTERVAL_MS);
  track_many(client, "purchase", "visitor-", 1);
  long long deadline = now_ms() + LONG_MS;
  while (stats_of(client).delivered == 0 && now_ms() < deadline) {
    uint32_t next_ms = pump(client, BUDGET_MS);
    if (next_ms != UINT32_MAX)
      poll(NULL, 0, (int)next_ms);
  }
  CHECK_INT(stats_of(client).delivered, 1);
  close_and_free(client);
  collector_reset(server);
}

static void test_wake(const collector *server) {
  opt_error *error = NULL;
  int descriptor = -1, again = -1;
  opt_client *client = driven_client(server, 60000);
  CHECK_STATUS(opt_client_wake_descriptor(client, &descriptor, &error), OPT_STATUS_OK, &error);
  CHECK_STATUS(opt_client_wake_descriptor(client, &again, &error), OPT_STATUS_OK, &error);
  CHECK_INT(descriptor, again);
  CHECK(!is_readable(descriptor));
  track_many(client, "purchase", "first-", 1);
  CHECK(is_readable(descriptor));
  (void)pump(client, 0);
  CHECK(!is_readable(descriptor));
  track_many(client, "purchase", "second-", 1);
  CHECK(!is_readable(descriptor));
  track_many(client, "purchase", "rest-", BATCH - 2);
  CHECK(is_readable(descriptor));
  // What is left to do keeps it readable.
  CHECK_INT(pump(client, 0), 0);
  CHECK(is_readable(descriptor));
  CHECK_RANGE(pump(client, BUDGET_MS), 1, IDLE_MS);
  CHECK(!is_readable(descriptor));
  close_and_free(client);
  collector_reset(server);
}

// Calls that drive keep their time, also where nobody answers.
static void test_deadlines(const collector *server) {
  enum { TIMEOUT_MS = 200 };
  opt_error *error = NULL;
  uint64_t left = 0;
  collector_faults(server, "[{\"kind\":\"stall\"}]");
  opt_client *client = driven_client(server, 60000);
  track_many(client, "purchase", "visitor-", EVENTS);
  long long begin = now_ms();
  (void)pump(client, TIMEOUT_MS);
  CHECK_RANGE(now_ms() - begin, TIMEOUT_MS - 1, TIMEOUT_MS + SLACK_MS);
  begin = now_ms();
  CHECK_STATUS(opt_client_flush(client, TIMEOUT_MS, &left, &error), OPT_STATUS_TIMEOUT, &error);
  CHECK_RANGE(now_ms() - begin, TIMEOUT_MS - 1, TIMEOUT_MS + SLACK_MS);
  CHECK_INT(left, EVENTS);
  begin = now_ms();
  CHECK_STATUS(opt_client_close(client, TIMEOUT_MS, &left, &error), OPT_STATUS_TIMEOUT, &error);
  CHECK_RANGE(now_ms() - begin, TIMEOUT_MS - 1, TIMEOUT_MS + SLACK_MS);
  CHECK_INT(left, EVENTS);
  CHECK_STATUS(opt_client_pump(client, 0, NULL, &error), OPT_STATUS_CLOSED, &error);
  opt_client_free(client);
  collector_reset(server);
}

// Only what is driven by its host can be.
static void test_refusals(const collector *server) {
  opt_error *error = NULL;
  int descriptor = -1;
  opt_request *request = NULL;
  opt_client *client = client_for(server);
  CHECK_STATUS(opt_client_pump(client, 0, NULL, &error), OPT_STATUS_INVALID_ARGUMENT, &error);
  CHECK_STATUS(opt_client_wake_descriptor(client, &descriptor, &error), OPT_STATUS_INVALID_ARGUMENT, &error);
  opt_client_free(client);
  client = driven_client(server, 60000);
  CHECK_STATUS(opt_client_next_request(client, 0, &request, &error), OPT_STATUS_INVALID_ARGUMENT, &error);
  CHECK_STATUS(opt_client_complete(client, 1, 204, NULL, 0, OPT_STR(""), &error), OPT_STATUS_INVALID_ARGUMENT, &error);
  opt_client_free(client);
  opt_options *options = opt_options_new();
  CHECK_STATUS(opt_options_set_host_driven(options, 2, &error), OPT_STATUS_INVALID_ARGUMENT, &error);
  CHECK_STATUS(opt_options_set_pulled_transport(options, 2, &error), OPT_STATUS_INVALID_ARGUMENT, &error);
  opt_options_free(options);
}

int main(void) {
  collector server = collector_start();
  test_pump(&server);
  test_interval(&server);
  test_wake(&server);
  test_deadlines(&server);
  test_refusals(&server);
  collector_stop(&server);
  return check_done("host_driven");
}
