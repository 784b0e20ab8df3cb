// Where no thread can be had, events wait, flush and close deliver on the thread that calls them, and the next event
// tries again.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

#include "check.h"
#include "client.h"

static atomic_bool is_refused;
static atomic_int refusals;

typedef int creator(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *context);

// A sanitizer's, where one is linked into this program: it has to hear of each thread.
__attribute__((weak)) creator __interceptor_pthread_create;

// Stands before the system's.
int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *context) {
  creator *create = __interceptor_pthread_create;
  if (atomic_load(&is_refused)) {
    atomic_fetch_add(&refusals, 1);
    return EAGAIN;
  }
  if (!create)
    *(void **)&create = dlsym(RTLD_NEXT, "pthread_create");
  return create(thread, attributes, body, context);
}

static void count_line(uint32_t level, opt_str message, void *context) {
  (void)message;
  if (level == OPT_LOG_ERROR)
    atomic_fetch_add((atomic_int *)context, 1);
}

static void test_flush(const collector *server) {
  enum { EVENTS = 10 };
  opt_error *error = NULL;
  atomic_int errors = 0;
  opt_options *options = options_for(server);
  must(opt_options_set_log_level(options, OPT_LOG_ERROR, &error), error);
  must(opt_options_set_logger(options, count_line, &errors, NULL, &error), error);
  opt_client *client = client_of(options);
  atomic_store(&is_refused, true);
  track_many(client, "purchase", "first-", EVENTS);
  CHECK_INT(atomic_load(&refusals), EVENTS);
  CHECK_INT(atomic_load(&errors), 1);
  opt_stats stats = stats_of(client);
  CHECK_INT(stats.pending, EVENTS);
  CHECK_INT(stats.threads, 0);
  CHECK_INT(atomic_load(&refusals), EVENTS);
  flush(client);
  CHECK_INT(stats_of(client).delivered, EVENTS);
  CHECK_INT(atomic_load(&refusals), EVENTS + 1);
  atomic_store(&is_refused, false);
  track_many(client, "purchase", "second-", 1);
  CHECK_INT(stats_of(client).threads, 1);
  close_and_free(client);
  CHECK_INT(collector_stat(server, "unique"), EVENTS + 1);
  collector_reset(server);
}

static void test_close(const collector *server) {
  enum { TIMEOUT_MS = 200, SLACK_MS = 50 };
  opt_error *error = NULL;
  uint64_t left = 0;
  atomic_store(&is_refused, true);
  opt_client *client = client_for(server);
  track_many(client, "purchase", "visitor-", 3);
  close_and_free(client);
  CHECK_INT(collector_stat(server, "unique"), 3);
  // In time, however long the server takes.
  collector_faults(server, "[{\"kind\":\"stall\"}]");
  client = client_for(server);
  track_many(client, "purchase", "other-", 1);
  long long begin = now_ms();
  CHECK_STATUS(opt_client_close(client, TIMEOUT_MS, &left, &error), OPT_STATUS_TIMEOUT, &error);
  CHECK_RANGE(now_ms() - begin, TIMEOUT_MS - 1, TIMEOUT_MS + SLACK_MS);
  CHECK_INT(left, 1);
  opt_client_free(client);
  atomic_store(&is_refused, false);
  collector_reset(server);
}

int main(void) {
  collector server = collector_start();
  test_flush(&server);
  test_close(&server);
  CHECK_INT(threads_of_process(), 1);
  collector_stop(&server);
  return check_done("no_thread");
}
