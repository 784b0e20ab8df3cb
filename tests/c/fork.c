// Forks: a child begins with nothing of its parent's, whatever its parent's threads were doing, and nothing of the
// parent's is sent, lost or held up by it.
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "client.h"

enum { CHILDREN = 8, EVENTS = 200, FORKS = 40, THREADS = 8, CHILD_SECONDS = 60 };

static pid_t main_process;

// Asked by the leak sanitizer at a process's end. A child lacks the threads whose stacks held what its memory shows.
int __lsan_is_turned_off(void) { return getpid() != main_process; }

// A child that hangs is ended by the alarm, and its parent sees how it ended.
static pid_t fork_guarded(void) {
  pid_t child = fork();
  if (child < 0)
    check_abort("no process for the test");
  if (child == 0)
    alarm(CHILD_SECONDS);
  return child;
}

static void check_ended_well(pid_t child) {
  int status = -1;
  CHECK_INT(waitpid(child, &status, 0), child);
  CHECK_INT(status, 0);
}

// In a child: is all as it must be? Its checks are counted by nobody, so it says so by its exit.
#define child_must(holds) child_must_at((holds), #holds, __LINE__)

static void child_must_at(bool holds, const char *what, int line) {
  if (holds)
    return;
  dprintf(STDERR_FILENO, "%s:%d: in a child: %s\n", __FILE__, line, what);
  _exit(1);
}

static uint64_t pending_of(const opt_client *client) {
  opt_stats stats;
  child_must(opt_client_stats(client, &stats, sizeof stats, NULL) == OPT_STATUS_OK);
  return stats.pending;
}

// Tracks and delivers as a process of its own; the books begin at zero.
static void live(opt_client *client, const char *prefix, int number, int events) {
  opt_stats stats;
  child_must(opt_client_stats(client, &stats, sizeof stats, NULL) == OPT_STATUS_OK);
  child_must(stats.accepted == 0 && stats.pending == 0 && stats.posts == 0 && stats.threads == 0);
  for (int i = 0; i < events; i++) {
    char id[64];
    snprintf(id, sizeof id, "%s%d-%d", prefix, number, i);
    opt_user *user = NULL;
    child_must(opt_user_new(opt_cstr(id), NULL, 0, &user, NULL) == OPT_STATUS_OK);
    child_must(opt_track(client, user, OPT_STR("purchase"), NULL, 0, NULL) == OPT_STATUS_OK);
    opt_user_free(user);
  }
  child_must(opt_client_close(client, LONG_MS, NULL, NULL) == OPT_STATUS_OK);
  child_must(pending_of(client) == 0);
  opt_client_free(client);
}

// Workers forked from a process that has made the client, and has used it.
static void test_prefork(const collector *server) {
  check_scope("prefork");
  opt_client *client = client_for(server);
  track_many(client, "purchase", "parent-", EVENTS);
  pid_t children[CHILDREN];
  for (int i = 0; i < CHILDREN; i++) {
    children[i] = fork_guarded();
    if (children[i] == 0) {
      live(client, "child-", i, EVENTS);
      _exit(0);
    }
  }
  track_many(client, "purchase", "later-", EVENTS);
  for (int i = 0; i < CHILDREN; i++)
    check_ended_well(children[i]);
  // The parent's events wait for their time, and no child has sent them.
  CHECK_INT(collector_stat(server, "unique"), CHILDREN * EVENTS);
  flush(client);
  CHECK_INT(stats_of(client).delivered, 2 * EVENTS);
  CHECK_INT(collector_stat(server, "unique"), (CHILDREN + 2) * EVENTS);
  CHECK_INT(collector_stat(server, "duplicates"), 0);
  CHECK_INT(collector_stat(server, "conflicting"), 0);
  close_and_free(client);
  collector_reset(server);
}

typedef struct {
  opt_client *client;
  atomic_bool is_over;
  atomic_ullong accepted;
} busy;

static void *keep_tracking(void *context) {
  busy *self = context;
  opt_user *user = user_named("busy");
  while (!atomic_load(&self->is_over)) {
    opt_stats stats;
    opt_status status = opt_track(self->client, user, OPT_STR("purchase"), NULL, 0, NULL);
    if (status == OPT_STATUS_OK)
      atomic_fetch_add(&self->accepted, 1);
    else if (status != OPT_STATUS_QUEUE_FULL)
      check_abort("an event was refused");
    // Refusals are logged, so that the log's own lock is taken, too.
    if (opt_track(self->client, user, OPT_STR("none"), NULL, 0, NULL) != OPT_STATUS_UNKNOWN_EVENT)
      check_abort("an unknown event was taken");
    if (opt_client_stats(self->client, &stats, sizeof stats, NULL) != OPT_STATUS_OK)
      check_abort("no books");
  }
  opt_user_free(user);
  return NULL;
}

// Whatever lock of the library a thread holds at the fork, the child does not wait for it.
static void test_busy(const collector *server) {
  check_scope("fork while threads track");
  opt_error *error = NULL;
  opt_options *options = options_for(server);
  must(opt_options_set_flush_interval_ms(options, 1, &error), error);
  must(opt_options_set_log_level(options, OPT_LOG_ERROR, &error), error);
  busy self = {.client = client_of(options)};
  pthread_t threads[THREADS];
  for (int i = 0; i < THREADS; i++)
    if (pthread_create(&threads[i], NULL, keep_tracking, &self) != 0)
      check_abort("no thread for the test");
  for (int i = 0; i < FORKS; i++) {
    pid_t child = fork_guarded();
    if (child == 0) {
      live(self.client, "forked-", i, 1);
      _exit(0);
    }
    check_ended_well(child);
  }
  atomic_store(&self.is_over, true);
  for (int i = 0; i < THREADS; i++)
    pthread_join(threads[i], NULL);
  flush(self.client);
  unsigned long long accepted = atomic_load(&self.accepted);
  CHECK(accepted > 0);
  CHECK_INT(stats_of(self.client).delivered, accepted);
  CHECK_INT(collector_stat(server, "unique"), accepted + FORKS);
  CHECK_INT(collector_stat(server, "duplicates"), 0);
  CHECK_INT(collector_stat(server, "conflicting"), 0);
  close_and_free(self.client);
  collector_reset(server);
}

// A child that only ends, in whatever way, sends nothing and holds nothing up.
static void test_silent(const collector *server) {
  check_scope("a child that only ends");
  static const char *const ways[] = {"exit", "_exit", "exec", "free", "close", "double fork"};
  opt_client *client = client_for(server);
  track_many(client, "purchase", "parent-", EVENTS);
  for (size_t way = 0; way < sizeof ways / sizeof *ways; way++) {
    check_scope(ways[way]);
    // Lest the child's exit prints it a second time.
    fflush(NULL);
    pid_t child = fork_guarded();
    if (child == 0) {
      switch (way) {
      case 0:
        exit(0);
      case 2:
        execl("/bin/true", "true", (char *)NULL);
        _exit(1);
      case 3:
        opt_client_free(client);
        _exit(0);
      case 4:
        child_must(opt_client_close(client, LONG_MS, NULL, NULL) == OPT_STATUS_OK);
        opt_client_free(client);
        _exit(0);
      case 5: {
        pid_t grandchild = fork_guarded();
        if (grandchild == 0) {
          live(client, "grandchild-", 0, 1);
          _exit(0);
        }
        int status = -1;
        child_must(waitpid(grandchild, &status, 0) == grandchild && status == 0);
        live(client, "middle-", 0, 1);
        _exit(0);
      }
      default:
        _exit(0);
      }
    }
    check_ended_well(child);
    CHECK_INT(collector_stat(server, "unique"), way == 5 ? 2 : 0);
    CHECK_INT(stats_of(client).pending, EVENTS);
  }
  check_scope(NULL);
  flush(client);
  CHECK_INT(collector_stat(server, "unique"), EVENTS + 2);
  CHECK_INT(collector_stat(server, "duplicates"), 0);
  close_and_free(client);
  collector_reset(server);
}

typedef struct {
  opt_client *client;
  atomic_int forks;
  pid_t parent;
  pid_t child;
} forking;

static void fork_once(const opt_notification *notification, void *context) {
  (void)notification;
  forking *self = context;
  if (atomic_fetch_add(&self->forks, 1) > 0)
    return;
  self->child = fork_guarded();
}

// A listener forks: on the thread of a call, where the call goes on in both processes.
static void test_in_a_call(const collector *server) {
  check_scope("fork in a listener of a call");
  opt_error *error = NULL;
  uint64_t id;
  forking self = {.client = client_for(server), .parent = getpid()};
  must(opt_client_add_listener(self.client, OPT_NOTIFICATION_TRACK, fork_once, &self, NULL, &id, &error), error);
  opt_user *user = user_named("visitor");
  track(self.client, user, "purchase");
  if (getpid() != self.parent) {
    live(self.client, "child-", 0, 1);
    _exit(0);
  }
  check_ended_well(self.child);
  CHECK_INT(collector_stat(server, "unique"), 1);
  flush(self.client);
  CHECK_INT(collector_stat(server, "unique"), 2);
  opt_user_free(user);
  close_and_free(self.client);
  collector_reset(server);
}

// A listener forks on the delivery thread, which is all that the child has: it ends there, and sends nothing.
static void test_in_the_delivery(const collector *server) {
  check_scope("fork in a listener of the delivery");
  opt_error *error = NULL;
  uint64_t id;
  forking self = {.client = client_for(server), .parent = getpid()};
  must(opt_client_add_listener(self.client, OPT_NOTIFICATION_LOG_EVENT, fork_once, &self, NULL, &id, &error), error);
  track_many(self.client, "purchase", "parent-", EVENTS);
  fflush(NULL);
  flush(self.client);
  CHECK(self.child > 0);
  check_ended_well(self.child);
  CHECK_INT(collector_stat(server, "unique"), EVENTS);
  CHECK_INT(collector_stat(server, "duplicates"), 0);
  CHECK_INT(collector_stat(server, "posts"), stats_of(self.client).posts);
  close_and_free(self.client);
  collector_reset(server);
}

// What lies behind the client's snapshots is the child's, too: options, forced variations, closed or not.
static void test_kept(const collector *server) {
  check_scope("what a child keeps");
  opt_error *error = NULL;
  opt_client *client = client_for(server);
  must(opt_client_set_forced_variation(client, OPT_STR("prices"), OPT_STR("visitor"), OPT_STR("rounded"), &error),
       error);
  pid_t child = fork_guarded();
  if (child == 0) {
    opt_decision *decision = NULL;
    child_must(opt_client_get_forced_variation(client, OPT_STR("prices"), OPT_STR("visitor"), &decision, NULL) ==
               OPT_STATUS_OK);
    opt_decision_free(decision);
    live(client, "child-", 0, 1);
    _exit(0);
  }
  check_ended_well(child);
  opt_user *user = user_named("visitor");
  CHECK_STATUS(opt_client_close(client, LONG_MS, NULL, &error), OPT_STATUS_OK, &error);
  child = fork_guarded();
  if (child == 0) {
    child_must(opt_track(client, user, OPT_STR("purchase"), NULL, 0, NULL) == OPT_STATUS_CLOSED);
    _exit(0);
  }
  check_ended_well(child);
  CHECK_INT(collector_stat(server, "unique"), 1);
  opt_user_free(user);
  opt_client_free(client);
  collector_reset(server);
}

int main(void) {
  main_process = getpid();
  collector server = collector_start();
  test_prefork(&server);
  test_busy(&server);
  test_silent(&server);
  test_in_a_call(&server);
  test_in_the_delivery(&server);
  test_kept(&server);
  check_scope(NULL);
  collector_stop(&server);
  return check_done("fork");
}
