// The library's thread: none before the first event, one after it, none after close; it takes no signals, and the
// host's own mask and dispositions are untouched.
#define _GNU_SOURCE
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "client.h"

static int threads_at_rest;

static bool is_alone(const void *context) {
  (void)context;
  return threads_of_process() == threads_at_rest;
}

// The signals that a thread of this process blocks.
static unsigned long long blocked_by(const char *thread) {
  char path[300], line[256];
  unsigned long long mask = 0;
  snprintf(path, sizeof path, "/proc/self/task/%s/status", thread);
  FILE *status = fopen(path, "r");
  while (status && fgets(line, sizeof line, status))
    if (strncmp(line, "SigBlk:", 7) == 0)
      mask = strtoull(line + 7, NULL, 16);
  if (status)
    fclose(status);
  return mask;
}

// Every thread but this one blocks all signals that the kernel and libc let a program block.
static int count_deaf_threads(void) {
  int count = 0;
  char own[32];
  snprintf(own, sizeof own, "%d", (int)gettid());
  DIR *tasks = opendir("/proc/self/task");
  for (struct dirent *entry; tasks && (entry = readdir(tasks));) {
    if (entry->d_name[0] == '.' || strcmp(entry->d_name, own) == 0)
      continue;
    unsigned long long mask = blocked_by(entry->d_name);
    bool is_deaf = true;
    for (int signal = 1; signal < SIGRTMIN; signal++)
      is_deaf &= signal == SIGKILL || signal == SIGSTOP || signal >= 32 || (mask >> (signal - 1) & 1);
    CHECK(is_deaf);
    count += is_deaf;
  }
  if (tasks)
    closedir(tasks);
  return count;
}

static void test_count(const collector *server) {
  opt_error *error = NULL;
  opt_client *client = client_for(server);
  opt_user *user = user_named("visitor");
  opt_decision *decision = NULL;
  CHECK_INT(threads_of_process(), threads_at_rest);
  CHECK_INT(stats_of(client).threads, 0);
  // Without an event there is nothing to deliver: decisions, flushes and refused events start nothing.
  CHECK_STATUS(opt_get_variation(client, user, OPT_STR("checkout_button"), &decision, &error), OPT_STATUS_OK, &error);
  opt_decision_free(decision);
  CHECK_STATUS(opt_track(client, user, OPT_STR("none"), NULL, 0, &error), OPT_STATUS_UNKNOWN_EVENT, &error);
  flush(client);
  CHECK_INT(threads_of_process(), threads_at_rest);

  track(client, user, "purchase");
  CHECK_INT(threads_of_process(), threads_at_rest + 1);
  CHECK_INT(stats_of(client).threads, 1);
  CHECK_INT(count_deaf_threads(), 1);
  track_many(client, "purchase", "visitor-", 100);
  flush(client);
  CHECK_INT(threads_of_process(), threads_at_rest + 1);

  opt_user_free(user);
  CHECK_STATUS(opt_client_close(client, LONG_MS, NULL, &error), OPT_STATUS_OK, &error);
  CHECK(wait_until(is_alone, NULL));
  CHECK_INT(stats_of(client).threads, 0);
  opt_client_free(client);
  CHECK_INT(threads_of_process(), threads_at_rest);
}

// A client that was closed before its first event never had one.
static void test_idle_client(const collector *server) {
  opt_client *client = client_for(server);
  close_and_free(client);
  CHECK_INT(threads_of_process(), threads_at_rest);
}

// The library neither installs handlers nor leaves the caller's mask changed, also around a reset connection.
static void test_signals(const collector *server) {
  struct sigaction before[NSIG], after;
  sigset_t mask_before, mask_after;
  pthread_sigmask(SIG_SETMASK, NULL, &mask_before);
  for (int i = 1; i < NSIG; i++)
    if (sigaction(i, NULL, &before[i]) != 0)
      memset(&before[i], 0, sizeof before[i]);
  collector_faults(server, "[{\"kind\":\"drop_before\",\"count\":3}]");
  opt_client *client = client_for(server);
  track_many(client, "purchase", "visitor-", 10);
  close_and_free(client);
  pthread_sigmask(SIG_SETMASK, NULL, &mask_after);
  for (int i = 1; i < NSIG; i++) {
    CHECK_INT(sigismember(&mask_before, i), sigismember(&mask_after, i));
    if (sigaction(i, NULL, &after) == 0)
      CHECK(after.sa_handler == before[i].sa_handler);
  }
  CHECK(collector_fired(server, "drop_before") >= 1);
  collector_reset(server);
}

int main(void) {
  collector server = collector_start();
  threads_at_rest = threads_of_process();
  CHECK_INT(threads_at_rest, 1);
  test_count(&server);
  test_idle_client(&server);
  test_signals(&server);
  collector_stop(&server);
  return check_done("threads");
}
