// What tests of a host need: time that stands still until it is set, and uuids that come again.
#include <string.h>

#include "check.h"
#include "client.h"

enum { INTERVAL_MS = 30000, BATCH = 10 };

static const int64_t start_ms = INT64_C(1700000000000);

static opt_options *test_options(void) {
  opt_error *error = NULL;
  opt_options *options = options_for(NULL);
  must(opt_options_use_mobile_preset(options, &error), error);
  must(opt_options_set_pulled_transport(options, 1, &error), error);
  must(opt_options_set_manual_clock(options, start_ms, &error), error);
  must(opt_options_set_id_seed(options, 42, &error), error);
  must(opt_options_set_retry_delays_ms(options, 1000, 1000, &error), error);
  return options;
}

static void set_clock(const opt_client *client, uint64_t passed_ms) {
  opt_error *error = NULL;
  CHECK_STATUS(opt_client_set_clock(client, start_ms + (int64_t)passed_ms, passed_ms, &error), OPT_STATUS_OK, &error);
}

static void check_next(const opt_client *client, uint32_t expected_ms) {
  opt_error *error = NULL;
  uint32_t next_ms = 0;
  CHECK_STATUS(opt_client_pump(client, 0, &next_ms, &error), OPT_STATUS_OK, &error);
  CHECK_INT(next_ms, expected_ms);
}

// The only request; its first event's uuid and time. Completes it.
static void check_request(const opt_client *client, uint32_t http_status, size_t visitors, const char *time,
                          char uuid[64]) {
  opt_error *error = NULL;
  opt_request *request = NULL;
  opt_request_view view;
  must(opt_client_next_request(client, 0, &request, &error), error);
  must(opt_request_read(request, &view, sizeof view, &error), error);
  json *body = json_of(view.body);
  CHECK_INT(json_count(body, "visitors"), visitors);
  CHECK_TEXT(json_text(body, "visitors[0].snapshots[0].events[0].timestamp"), time);
  strncpy(uuid, json_text(body, "visitors[0].snapshots[0].events[0].uuid"), 63);
  json_free(body);
  CHECK_STATUS(opt_client_complete(client, view.id, http_status, NULL, 0, OPT_STR(""), &error), OPT_STATUS_OK, &error);
  opt_request_free(request);
}

// The preset's interval and batch, to the millisecond.
static void run(char first[64], char second[64]) {
  opt_client *client = client_of(test_options());
  track_many(client, "purchase", "visitor-", 1);
  check_next(client, INTERVAL_MS);
  set_clock(client, INTERVAL_MS - 1);
  check_next(client, 1);
  set_clock(client, INTERVAL_MS);
  check_next(client, 0);
  check_request(client, 204, 1, "1700000000000", first);
  track_many(client, "purchase", "more-", BATCH - 1);
  check_next(client, INTERVAL_MS);
  track_many(client, "purchase", "last-", 1);
  check_next(client, 0);
  check_request(client, 204, BATCH, "1700000030000", second);
  CHECK_INT(stats_of(client).delivered, BATCH + 1);
  close_and_free(client);
}

// A request that the host never completes fails when its time is over by the clock.
static void test_expiry(void) {
  enum { TOTAL_MS = 10000 };
  opt_error *error = NULL;
  opt_request *request = NULL;
  opt_request_view view;
  opt_client *client = client_of(test_options());
  track_many(client, "purchase", "visitor-", BATCH);
  must(opt_client_next_request(client, 0, &request, &error), error);
  must(opt_request_read(request, &view, sizeof view, &error), error);
  check_next(client, TOTAL_MS);
  set_clock(client, TOTAL_MS);
  CHECK_STATUS(opt_client_complete(client, view.id, 204, NULL, 0, OPT_STR(""), &error), OPT_STATUS_NOT_FOUND, &error);
  CHECK_INT(stats_of(client).pending, BATCH);
  opt_request_free(request);
  opt_client_free(client);
}

static void test_refusals(void) {
  opt_error *error = NULL;
  opt_client *client = NULL;
  opt_options *options = options_for(NULL);
  must(opt_options_set_manual_clock(options, 0, &error), error);
  CHECK_INT(opt_client_new(options, &client, &error), OPT_STATUS_INVALID_ARGUMENT);
  CHECK_STR(opt_error_place(error), "manual_clock");
  opt_error_free(error);
  error = NULL;
  options = test_options();
  must(opt_options_set_manual_clock(options, -1, &error), error);
  CHECK_STATUS(opt_client_new(options, &client, &error), OPT_STATUS_INVALID_ARGUMENT, &error);
  client = client_of(test_options());
  set_clock(client, 5);
  CHECK_STATUS(opt_client_set_clock(client, start_ms, 4, &error), OPT_STATUS_INVALID_ARGUMENT, &error);
  CHECK_STATUS(opt_client_set_clock(client, -1, 6, &error), OPT_STATUS_INVALID_ARGUMENT, &error);
  opt_client_free(client);
  client = client_for(NULL);
  CHECK_STATUS(opt_client_set_clock(client, start_ms, 6, &error), OPT_STATUS_INVALID_ARGUMENT, &error);
  opt_client_free(client);
}

int main(void) {
  char uuids[4][64] = {{0}};
  run(uuids[0], uuids[1]);
  run(uuids[2], uuids[3]);
  CHECK_TEXT(uuids[2], uuids[0]);
  CHECK_TEXT(uuids[3], uuids[1]);
  CHECK(strcmp(uuids[0], uuids[1]) != 0);
  test_expiry();
  test_refusals();
  return check_done("manual_clock");
}
