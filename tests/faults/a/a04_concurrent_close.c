// A4: closes at once from eight threads, inside a log callback, on the delivery thread, and flushes after it: one does
// the work, all return in time, and from inside a callback it is refused.
#include <stdatomic.h>
#include <stdio.h>

#include "check.h"
#include "client.h"
#include "row.h"

enum { THREADS = 8, DEADLINE_MS = 300, TOLERATED_LATE_MS = 500 };

typedef struct {
  const opt_client *client;
  opt_status expected;
  uint64_t left;
} closer;

static void *close_once(void *context) {
  const closer *self = context;
  opt_error *error = NULL;
  uint64_t left = UINT64_MAX;
  long long begin = now_ms();
  opt_status status = opt_client_close(self->client, DEADLINE_MS, &left, &error);
  CHECK_RANGE(now_ms() - begin, 0, DEADLINE_MS + TOLERATED_LATE_MS);
  CHECK_STATUS(status, self->expected, &error);
  CHECK_INT(left, self->left);
  CHECK_STATUS(opt_client_flush(self->client, 100, NULL, &error), OPT_STATUS_CLOSED, &error);
  return NULL;
}

static unsigned long long close_from_all(const collector *server, const char *faults, opt_status expected,
                                         uint64_t left) {
  collector_faults(server, faults);
  opt_client *client = client_for(server);
  track_many(client, "purchase", "visitor-", 5);
  closer shared = {client, expected, left};
  pthread_t threads[THREADS];
  for (int i = 0; i < THREADS; i++)
    threads[i] = start(close_once, &shared);
  for (int i = 0; i < THREADS; i++)
    CHECK(has_ended(threads[i]));
  CHECK_INT(stats_of(client).pending, left);
  opt_client_free(client);
  collector_reset(server);
  return THREADS;
}

// Closes from inside the callback, on whichever thread runs it.
typedef struct {
  _Atomic(opt_client *) client;
  pthread_t host;
  atomic_int on_host;
  atomic_int on_worker;
} inside;

static void close_inside(uint32_t level, opt_str message, void *user_data) {
  (void)level;
  (void)message;
  inside *self = user_data;
  opt_client *client = atomic_load(&self->client);
  if (!client)
    return;
  opt_error *error = NULL;
  long long begin = now_ms();
  opt_status status = opt_client_close(client, 5000, NULL, &error);
  CHECK_RANGE(now_ms() - begin, 0, TOLERATED_LATE_MS);
  CHECK_STATUS(status, OPT_STATUS_INVALID_ARGUMENT, &error);
  atomic_fetch_add(pthread_equal(pthread_self(), self->host) ? &self->on_host : &self->on_worker, 1);
}

static bool was_inside_worker(const void *context) { return atomic_load(&((const inside *)context)->on_worker) > 0; }

static unsigned long long close_from_callbacks(const collector *server) {
  collector_faults(server, "[{\"kind\":\"status\",\"status\":401}]");
  opt_error *error = NULL;
  inside self = {.client = NULL, .host = pthread_self()};
  opt_options *options = options_for(server);
  must(opt_options_set_log_level(options, OPT_LOG_WARNING, &error), error);
  must(opt_options_set_logger(options, close_inside, &self, NULL, &error), error);
  opt_client *client = client_of(options);
  opt_user *user = user_named("visitor");
  atomic_store(&self.client, client);
  // On this thread: the callback runs inside opt_track.
  CHECK_STATUS(opt_track(client, user, OPT_STR("none"), NULL, 0, &error), OPT_STATUS_UNKNOWN_EVENT, &error);
  CHECK_INT(atomic_load(&self.on_host), 1);
  // On the delivery thread: it tells that the endpoint refuses.
  track(client, user, "purchase");
  CHECK_STATUS(opt_client_flush(client, 200, NULL, &error), OPT_STATUS_TIMEOUT, &error);
  CHECK(wait_until(was_inside_worker, &self));
  atomic_store(&self.client, NULL);
  // Refused closes have closed nothing.
  track(client, user, "purchase");
  collector_faults(server, "[]");
  flush(client);
  CHECK_INT(stats_of(client).delivered, 2);
  opt_user_free(user);
  close_and_free(client);
  collector_reset(server);
  return (unsigned long long)(atomic_load(&self.on_host) + atomic_load(&self.on_worker));
}

int main(void) {
  collector server = collector_start();
  unsigned long long closes = 0;
  unsigned long rounds = times(5, 200);
  for (unsigned long i = 0; i < rounds; i++) {
    closes += close_from_all(&server, "[]", OPT_STATUS_OK, 0);
    closes += close_from_all(&server, "[{\"kind\":\"stall\"}]", OPT_STATUS_TIMEOUT, 5);
    closes += close_from_callbacks(&server);
  }
  check_fired("A4", "concurrent and nested closes return in time", closes);
  collector_stop(&server);
  return check_done("a04_concurrent_close");
}
