// The pulled transport: the host makes the requests, and the library knows what each answer means.
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "client.h"

enum { TOTAL_MS = 10000 };

static opt_client *pulled_client(uint32_t batch_size, uint32_t total_ms) {
  opt_error *error = NULL;
  opt_options *options = options_for(NULL);
  must(opt_options_set_event_endpoint(options, OPT_STR("https://events.example/v1"), &error), error);
  must(opt_options_set_pulled_transport(options, 1, &error), error);
  must(opt_options_set_batch_size(options, batch_size, &error), error);
  must(opt_options_set_timeouts_ms(options, 1, total_ms, &error), error);
  return client_of(options);
}

static opt_request_view view_of_request(const opt_request *request) {
  opt_error *error = NULL;
  opt_request_view view;
  must(opt_request_read(request, &view, sizeof view, &error), error);
  return view;
}

// The id of the next request, which must have so many visitors.
static uint64_t next_id(const opt_client *client, uint32_t timeout_ms, size_t visitors) {
  opt_error *error = NULL;
  opt_request *request = NULL;
  CHECK_STATUS(opt_client_next_request(client, timeout_ms, &request, &error), OPT_STATUS_OK, &error);
  if (!request)
    check_abort("no request");
  opt_request_view view = view_of_request(request);
  json *body = json_of(view.body);
  CHECK_INT(json_count(body, "visitors"), visitors);
  json_free(body);
  opt_request_free(request);
  return view.id;
}

static void check_none(const opt_client *client) {
  opt_error *error = NULL;
  opt_request *request = NULL;
  CHECK_STATUS(opt_client_next_request(client, 0, &request, &error), OPT_STATUS_TIMEOUT, &error);
  CHECK(request == NULL);
}

static void complete(const opt_client *client, uint64_t id, uint32_t http_status, opt_status expected) {
  opt_error *error = NULL;
  CHECK_STATUS(opt_client_complete(client, id, http_status, NULL, 0, OPT_STR("said so"), &error), expected, &error);
}

static void test_request(void) {
  opt_error *error = NULL;
  opt_request *request = NULL;
  opt_client *client = pulled_client(1, TOTAL_MS);
  check_none(client);
  track_many(client, "purchase", "visitor-", 1);
  CHECK_STATUS(opt_client_next_request(client, 0, &request, &error), OPT_STATUS_OK, &error);
  opt_request_view view = view_of_request(request);
  CHECK_STR(view.method, "POST");
  CHECK_STR(view.url, "https://events.example/v1");
  CHECK_INT(view.timeout_ms, TOTAL_MS);
  CHECK_INT(view.header_count, 3);
  CHECK_STR(view.headers[0].name, "Content-Type");
  CHECK_STR(view.headers[0].value, "application/json");
  json *body = json_of(view.body);
  CHECK_TEXT(json_text(body, "visitors[0].visitor_id"), "visitor-0");
  json_free(body);
  // One on its way to an endpoint, however much waits.
  track_many(client, "purchase", "other-", 3);
  check_none(client);
  complete(client, view.id + 1, 204, OPT_STATUS_NOT_FOUND);
  complete(client, view.id, 99, OPT_STATUS_INVALID_ARGUMENT);
  complete(client, view.id, 1000, OPT_STATUS_INVALID_ARGUMENT);
  complete(client, view.id, 204, OPT_STATUS_OK);
  complete(client, view.id, 204, OPT_STATUS_NOT_FOUND);
  opt_request_free(request);
  for (int i = 0; i < 3; i++)
    complete(client, next_id(client, 0, 1), 200, OPT_STATUS_OK);
  check_none(client);
  opt_stats stats = stats_of(client);
  CHECK_INT(stats.delivered, 4);
  CHECK_INT(stats.posts, 4);
  CHECK_INT(stats.threads, 0);
  CHECK_INT(threads_of_process(), 1);
  close_and_free(client);
}

static void test_answers(void) {
  opt_client *client = pulled_client(2, TOTAL_MS);
  track_many(client, "purchase", "visitor-", 2);
  // No answer: again, soon.
  complete(client, next_id(client, LONG_MS, 2), 0, OPT_STATUS_OK);
  CHECK_INT(stats_of(client).last_http_status, 0);
  complete(client, next_id(client, LONG_MS, 2), 503, OPT_STATUS_OK);
  CHECK_INT(stats_of(client).delivery_state, OPT_DELIVERY_RETRYING);
  // Refused: halved until the poison stands alone.
  complete(client, next_id(client, LONG_MS, 2), 400, OPT_STATUS_OK);
  complete(client, next_id(client, 0, 1), 400, OPT_STATUS_OK);
  complete(client, next_id(client, 0, 1), 204, OPT_STATUS_OK);
  opt_stats stats = stats_of(client);
  CHECK_INT(stats.dead_lettered, 1);
  CHECK_INT(stats.delivered, 1);
  CHECK_INT(stats.retries, 3);
  close_and_free(client);
}

static void check_retry_after(opt_str name, opt_str value, opt_str date, long long least_ms, long long most_ms) {
  opt_error *error = NULL;
  opt_client *client = pulled_client(1, TOTAL_MS);
  track_many(client, "purchase", "visitor-", 1);
  opt_header headers[] = {{OPT_STR("x-other"), OPT_STR("\xFF")}, {name, value}, {OPT_STR("DATE"), date}};
  CHECK_STATUS(opt_client_complete(client, next_id(client, 0, 1), 429, headers, 3, OPT_STR(""), &error), OPT_STATUS_OK,
               &error);
  uint32_t next_ms = 0;
  CHECK_STATUS(opt_client_pump(client, 0, &next_ms, &error), OPT_STATUS_OK, &error);
  CHECK_RANGE(next_ms, least_ms, most_ms);
  opt_client_free(client);
}

static void test_retry_after(void) {
  static const char date[] = "Sun, 06 Nov 1994 08:49:37 GMT";
  check_retry_after(OPT_STR("retry-after"), OPT_STR("7"), opt_cstr(date), 6000, 7000);
  check_retry_after(OPT_STR("Retry-After"), OPT_STR("Sun, 06 Nov 1994 08:50:37 GMT"), opt_cstr(date), 59000, 60000);
  check_retry_after(OPT_STR("RETRY-AFTER"), OPT_STR("86400"), opt_cstr(date), 299000, 300000);
  // Nonsense is passed over: a first delay of ours is far below a second.
  check_retry_after(OPT_STR("Retry-After"), OPT_STR("soon"), opt_cstr(date), 0, 100);
}

// A host that does not answer in time has failed; what it says later is nobody's.
static void test_expiry(void) {
  enum { SHORT_MS = 20 };
  opt_client *client = pulled_client(1, SHORT_MS);
  track_many(client, "purchase", "visitor-", 1);
  uint64_t first = next_id(client, 0, 1);
  uint64_t second = next_id(client, LONG_MS, 1);
  CHECK(second != first);
  complete(client, first, 204, OPT_STATUS_NOT_FOUND);
  CHECK_INT(stats_of(client).retries, 1);
  CHECK_INT(stats_of(client).last_http_status, 0);
  opt_client_free(client);
}

static void *pull_all(void *context) {
  const opt_client *client = context;
  for (;;) {
    opt_request *request = NULL;
    opt_status status = opt_client_next_request(client, LONG_MS, &request, NULL);
    if (status != OPT_STATUS_OK)
      return (void *)(intptr_t)status;
    complete(client, view_of_request(request).id, 204, OPT_STATUS_OK);
    opt_request_free(request);
  }
}

// Flush and close wait for another thread to make the requests, and close ends its waiting.
static void test_waiting(void) {
  pthread_t puller;
  void *ended_with = NULL;
  opt_client *client = pulled_client(10, TOTAL_MS);
  if (pthread_create(&puller, NULL, pull_all, client) != 0)
    check_abort("no thread for the test");
  track_many(client, "purchase", "first-", 25);
  flush(client);
  track_many(client, "purchase", "second-", 3);
  opt_error *error = NULL;
  CHECK_STATUS(opt_client_close(client, LONG_MS, NULL, &error), OPT_STATUS_OK, &error);
  pthread_join(puller, &ended_with);
  CHECK_INT((intptr_t)ended_with, OPT_STATUS_CLOSED);
  CHECK_INT(stats_of(client).delivered, 28);
  opt_client_free(client);
}

// On one thread: a flush that does not wait makes what waits due.
static void test_alone(void) {
  opt_error *error = NULL;
  uint64_t left = 0;
  opt_client *client = pulled_client(1000, TOTAL_MS);
  track_many(client, "purchase", "visitor-", 5);
  check_none(client);
  CHECK_STATUS(opt_client_flush(client, 0, &left, &error), OPT_STATUS_TIMEOUT, &error);
  CHECK_INT(left, 5);
  complete(client, next_id(client, 0, 5), 204, OPT_STATUS_OK);
  CHECK_STATUS(opt_client_flush(client, 0, &left, &error), OPT_STATUS_OK, &error);
  // Later events wait for others again.
  track_many(client, "purchase", "later-", 5);
  check_none(client);
  opt_client_free(client);
}

// A child knows nothing of its parent's requests.
static void test_fork(void) {
  opt_client *client = pulled_client(1, TOTAL_MS);
  track_many(client, "purchase", "visitor-", 1);
  uint64_t id = next_id(client, 0, 1);
  fflush(NULL);
  pid_t child = fork();
  if (child == 0)
    _exit(opt_client_complete(client, id, 204, NULL, 0, OPT_STR(""), NULL) != OPT_STATUS_NOT_FOUND);
  int status = -1;
  CHECK_INT(waitpid(child, &status, 0), child);
  CHECK_INT(status, 0);
  complete(client, id, 204, OPT_STATUS_OK);
  close_and_free(client);
}

int main(void) {
  test_request();
  test_answers();
  test_retry_after();
  test_expiry();
  test_waiting();
  test_alone();
  test_fork();
  return check_done("pulled");
}
