// A14, the part of C: callers on threads of 64 KiB of stack that come and go, interrupted by signals all the time whose
// handlers stay out of the library (no function of it is async-signal-safe). Other languages have tests of their own.
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/time.h>

#include "check.h"
#include "client.h"
#include "row.h"

enum { THREADS = 8, EVENTS_EACH = 200, STACK_BYTES = 64 * 1024, SIGNAL_EVERY_US = 500 };

static atomic_ullong signals;

static void count_signal(int number) {
  (void)number;
  int before = errno;
  atomic_fetch_add(&signals, 1);
  errno = before;
}

// With and without SA_RESTART: without it, every call of the system may fail with EINTR.
static void send_signals(int flags) {
  struct sigaction action = {.sa_handler = count_signal, .sa_flags = flags};
  struct itimerval every = {.it_interval = {.tv_usec = SIGNAL_EVERY_US}, .it_value = {.tv_usec = SIGNAL_EVERY_US}};
  sigemptyset(&action.sa_mask);
  if (sigaction(SIGALRM, &action, NULL) != 0 || setitimer(ITIMER_REAL, &every, NULL) != 0)
    check_abort("no timer");
}

static void stop_signals(void) {
  struct itimerval never = {{0, 0}, {0, 0}};
  setitimer(ITIMER_REAL, &never, NULL);
}

static void *track_some(void *context) {
  const opt_client *client = context;
  opt_error *error = NULL;
  opt_user *user = user_named("visitor");
  for (int i = 0; i < EVENTS_EACH; i++) {
    opt_decision *decision = NULL;
    opt_pair tags[] = {{OPT_STR("revenue"), opt_int(i)}, {OPT_STR("method"), opt_string(OPT_STR("card"))}};
    CHECK_STATUS(opt_track(client, user, OPT_STR("purchase"), tags, 2, &error), OPT_STATUS_OK, &error);
    CHECK_STATUS(opt_activate(client, user, OPT_STR("checkout_button"), &decision, &error), OPT_STATUS_OK, &error);
    opt_decision_free(decision);
  }
  opt_user_free(user);
  return NULL;
}

static void track_on_small_stacks(const opt_client *client) {
  pthread_attr_t attributes;
  pthread_t threads[THREADS];
  if (pthread_attr_init(&attributes) != 0 || pthread_attr_setstacksize(&attributes, STACK_BYTES) != 0)
    check_abort("no small stacks");
  for (int i = 0; i < THREADS; i++)
    if (pthread_create(&threads[i], &attributes, track_some, (void *)(uintptr_t)client) != 0)
      check_abort("no thread");
  for (int i = 0; i < THREADS; i++)
    CHECK(has_ended(threads[i]));
  pthread_attr_destroy(&attributes);
}

static unsigned long long test_storm(const collector *server, int flags) {
  opt_error *error = NULL;
  opt_options *options = options_for(server);
  must(opt_options_set_batch_size(options, 20, &error), error);
  opt_client *client = client_of(options);
  atomic_store(&signals, 0);
  send_signals(flags);
  unsigned long rounds = times(3, 300);
  // A queue that is full would refuse, rightly.
  for (unsigned long i = 0; i < rounds; i++) {
    track_on_small_stacks(client);
    flush(client);
  }
  stop_signals();
  unsigned long long expected = (unsigned long long)rounds * THREADS * EVENTS_EACH * 2;
  CHECK_INT(stats_of(client).delivered, expected);
  CHECK_INT(collector_stat(server, "unique"), expected);
  CHECK_INT(stats_of(client).retries, 0);
  close_and_free(client);
  collector_reset(server);
  return atomic_load(&signals);
}

int main(void) {
  collector server = collector_start();
  unsigned long long fired = test_storm(&server, SA_RESTART);
  fired += test_storm(&server, 0);
  check_fired("A14", "C callers on small stacks in a storm of signals (C part)", fired);
  collector_stop(&server);
  return check_done("a14_callers");
}
