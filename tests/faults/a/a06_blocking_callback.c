// A6, the part of C: a callback that blocks, or forks. Only the thread that it runs on waits; close keeps its deadline.
// That a C++ exception does not cross the boundary is shown by the tests of opttrack.hpp; in C nothing can be thrown.
#include <stdatomic.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "client.h"
#include "row.h"

enum { DEADLINE_MS = 300, TOLERATED_LATE_MS = 500 };

typedef struct {
  pthread_mutex_t gate;
  pthread_t host;
  atomic_int blocked;
  atomic_int released;
} blocker;

// Blocks the delivery thread until the gate is opened; the host's own thread passes.
static void block(uint32_t level, opt_str message, void *user_data) {
  (void)level;
  (void)message;
  blocker *self = user_data;
  if (pthread_equal(pthread_self(), self->host))
    return;
  atomic_fetch_add(&self->blocked, 1);
  pthread_mutex_lock(&self->gate);
  pthread_mutex_unlock(&self->gate);
}

static void release(void *user_data) { atomic_fetch_add(&((blocker *)user_data)->released, 1); }

static bool is_blocked(const void *context) { return atomic_load(&((const blocker *)context)->blocked) > 0; }

static bool is_released(const void *context) { return atomic_load(&((const blocker *)context)->released) > 0; }

static opt_client *client_with_log(const collector *server, opt_log_callback log, void *data,
                                   opt_release_callback release_data) {
  opt_error *error = NULL;
  opt_options *options = options_for(server);
  must(opt_options_set_log_level(options, OPT_LOG_WARNING, &error), error);
  must(opt_options_set_logger(options, log, data, release_data, &error), error);
  return client_of(options);
}

static unsigned long long test_blocked(const collector *server) {
  collector_faults(server, "[{\"kind\":\"status\",\"status\":401}]");
  blocker self = {.host = pthread_self()};
  pthread_mutex_init(&self.gate, NULL);
  pthread_mutex_lock(&self.gate);
  opt_error *error = NULL;
  opt_client *client = client_with_log(server, block, &self, release);
  opt_user *user = user_named("visitor");
  track(client, user, "purchase");
  CHECK_STATUS(opt_client_flush(client, 200, NULL, &error), OPT_STATUS_TIMEOUT, &error);
  CHECK(wait_until(is_blocked, &self));
  // Everybody else goes on.
  track(client, user, "purchase");
  CHECK_INT(stats_of(client).pending, 2);
  uint64_t left = 0;
  long long begin = now_ms();
  opt_status status = opt_client_close(client, DEADLINE_MS, &left, &error);
  long long late = now_ms() - begin - DEADLINE_MS;
  printf("a06: close with a blocked callback returned %lld ms after its deadline\n", late);
  CHECK_RANGE(late, -DEADLINE_MS, TOLERATED_LATE_MS);
  CHECK_STATUS(status, OPT_STATUS_TIMEOUT, &error);
  CHECK_INT(left, 2);
  begin = now_ms();
  opt_client_free(client);
  CHECK_RANGE(now_ms() - begin, 0, TOLERATED_LATE_MS);
  // The callback still runs, so its data is still in use.
  CHECK_INT(atomic_load(&self.released), 0);
  pthread_mutex_unlock(&self.gate);
  CHECK(wait_until(is_released, &self));
  CHECK_INT(atomic_load(&self.released), 1);
  opt_user_free(user);
  pthread_mutex_destroy(&self.gate);
  collector_reset(server);
  return (unsigned long long)atomic_load(&self.blocked);
}

static atomic_int forks;

// A child made inside a callback leaves at once, without touching its parent's client.
static void fork_inside(uint32_t level, opt_str message, void *user_data) {
  (void)level;
  (void)message;
  (void)user_data;
  pid_t child = fork();
  if (child == 0)
    _exit(7);
  int status = 0;
  CHECK(child > 0 && waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
  atomic_fetch_add(&forks, 1);
}

static unsigned long long test_forking(const collector *server) {
  opt_error *error = NULL;
  opt_client *client = client_with_log(server, fork_inside, NULL, NULL);
  opt_user *user = user_named("visitor");
  track(client, user, "purchase");
  CHECK_STATUS(opt_track(client, user, OPT_STR("none"), NULL, 0, &error), OPT_STATUS_UNKNOWN_EVENT, &error);
  CHECK_INT(atomic_load(&forks), 1);
  track(client, user, "purchase");
  flush(client);
  CHECK_INT(collector_stat(server, "unique"), 2);
  CHECK_INT(collector_stat(server, "duplicates"), 0);
  opt_user_free(user);
  close_and_free(client);
  collector_reset(server);
  return (unsigned long long)atomic_load(&forks);
}

int main(void) {
  collector server = collector_start();
  unsigned long long fired = test_blocked(&server);
  fired += test_forking(&server);
  check_fired("A6", "a callback that blocks or forks holds up its own thread alone (C part)", fired);
  collector_stop(&server);
  return check_done("a06_blocking_callback");
}
