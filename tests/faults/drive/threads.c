// Commands about threads that a host may have: hit by signals, on small stacks, ending, without processor.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "drive.h"

enum { NAME_BYTES = 16, PAINT = 0xa5, PAGE = 4096 };

static atomic_ullong signals_seen, signals_on_worker;
static atomic_bool storms;

// What the handler of a host sees: does it ever run on a thread of the library?
static void note_signal(int number) {
  char name[NAME_BYTES] = "";
  int before = errno;
  (void)number;
  prctl(PR_GET_NAME, name);
  atomic_fetch_add(&signals_seen, 1);
  if (strncmp(name, "opttrack", 8) == 0)
    atomic_fetch_add(&signals_on_worker, 1);
  errno = before;
}

// A signal to every thread of the process, once a millisecond.
static void *storm(void *unused) {
  (void)unused;
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, NULL);
  while (atomic_load(&storms)) {
    DIR *tasks = opendir("/proc/self/task");
    for (struct dirent *entry; tasks && (entry = readdir(tasks));)
      if (entry->d_name[0] != '.')
        syscall(SYS_tgkill, getpid(), atoi(entry->d_name), SIGUSR1);
    if (tasks)
      closedir(tasks);
    pause_ms(1);
  }
  return NULL;
}

static pthread_t storm_thread;

static void start_storm(const command *said) {
  struct sigaction action = {.sa_handler = note_signal, .sa_flags = has(said, "restart") ? SA_RESTART : 0};
  sigemptyset(&action.sa_mask);
  atomic_store(&storms, true);
  atomic_store(&signals_seen, 0);
  if (sigaction(SIGUSR1, &action, NULL) != 0 || pthread_create(&storm_thread, NULL, storm, NULL) != 0)
    drive_abort("no storm of signals");
}

static void stop_storm(void) {
  atomic_store(&storms, false);
  pthread_join(storm_thread, NULL);
  answer_number("seen", (long long)atomic_load(&signals_seen));
  answer_number("on_worker", (long long)atomic_load(&signals_on_worker));
}

// A thread on a stack that was painted before, and how much of the paint was gone after one kind of call.
typedef struct {
  const char *what;
  const opt_user *user;
  opt_status status;
  char *top;
} small_thread;

static void *call_on_small_stack(void *context) {
  small_thread *self = context;
  char here = 0;
  self->top = &here;
  if (strcmp(self->what, "track") == 0) {
    opt_pair tags[] = {{OPT_STR("revenue"), opt_int(100)}, {OPT_STR("note"), opt_string(OPT_STR("some text"))}};
    self->status = opt_track(client_in_use(), self->user, OPT_STR("purchase"), tags, 2, NULL);
  } else if (strcmp(self->what, "decide") == 0) {
    opt_decision *decision = NULL;
    self->status = opt_decide(client_in_use(), self->user, OPT_STR("dark_mode"), 0, &decision, NULL);
    opt_decision_free(decision);
  } else if (strcmp(self->what, "activate") == 0) {
    opt_decision *decision = NULL;
    self->status = opt_activate(client_in_use(), self->user, OPT_STR("checkout_button"), &decision, NULL);
    opt_decision_free(decision);
  } else {
    opt_stats stats;
    self->status = opt_client_stats(client_in_use(), &stats, sizeof stats, NULL);
  }
  return NULL;
}

static void do_stack(const command *said) {
  size_t size = (size_t)number_of(said, "kib", 64) * 1024;
  opt_user *user = NULL;
  small_thread self = {.what = text_of(said, "call", "track")};
  pthread_attr_t attributes;
  pthread_t thread;
  char *stack = NULL;
  if (opt_user_new(OPT_STR("stack"), NULL, 0, &user, NULL) != OPT_STATUS_OK ||
      posix_memalign((void **)&stack, PAGE, size) != 0)
    drive_abort("no stack");
  self.user = user;
  memset(stack, PAINT, size);
  pthread_attr_init(&attributes);
  if (pthread_attr_setstack(&attributes, stack, size) != 0 ||
      pthread_create(&thread, &attributes, call_on_small_stack, &self) != 0)
    drive_abort("no thread on a small stack");
  pthread_join(thread, NULL);
  char *lowest = stack;
  while (lowest < self.top && *(unsigned char *)lowest == PAINT)
    lowest++;
  answer_number("used_bytes", self.top - lowest);
  answer_status(self.status, NULL);
  pthread_attr_destroy(&attributes);
  opt_user_free(user);
  free(stack);
}

// Tracking from the destructor of thread-specific data, when the library's own thread-local state is gone.
static pthread_key_t ending;
static atomic_ullong tracked_at_end;

static void track_at_end(void *context) {
  opt_user *user = context;
  opt_decision *decision = NULL;
  atomic_fetch_add(&tracked_at_end,
                   opt_track(client_in_use(), user, OPT_STR("purchase"), NULL, 0, NULL) == OPT_STATUS_OK);
  atomic_fetch_add(&tracked_at_end,
                   opt_activate(client_in_use(), user, OPT_STR("checkout_button"), &decision, NULL) == OPT_STATUS_OK);
  opt_decision_free(decision);
  opt_user_free(user);
}

static void *track_and_end(void *context) {
  char id[64];
  opt_user *user = NULL;
  snprintf(id, sizeof id, "ending-%p", context);
  if (opt_user_new(opt_cstr(id), NULL, 0, &user, NULL) != OPT_STATUS_OK || pthread_setspecific(ending, user) != 0)
    drive_abort("no user for the end of a thread");
  // The library's thread-local state is made before, and so destroyed before.
  atomic_fetch_add(&tracked_at_end,
                   opt_track(client_in_use(), user, OPT_STR("purchase"), NULL, 0, NULL) == OPT_STATUS_OK);
  return NULL;
}

static void do_ending(const command *said) {
  unsigned long long count = number_of(said, "count", 1);
  if (pthread_key_create(&ending, track_at_end) != 0)
    drive_abort("no key");
  atomic_store(&tracked_at_end, 0);
  for (unsigned long long i = 0; i < count; i++) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, track_and_end, (void *)(uintptr_t)(i + 1)) != 0)
      drive_abort("no thread that ends");
    pthread_join(thread, NULL);
  }
  pthread_key_delete(ending);
  answer_number("accepted", (long long)atomic_load(&tracked_at_end));
}

static void *spin(void *until) {
  volatile unsigned long long turns = 0;
  while (now_ns() < *(const uint64_t *)until)
    turns = turns + 1;
  return NULL;
}

// Threads that do nothing but burn the processor for so long.
static void do_busy(const command *said) {
  static uint64_t until;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  until = now_ns() + number_of(said, "ms", 1000) * 1000000;
  for (unsigned long long i = 0; i < number_of(said, "threads", 1); i++) {
    pthread_t thread;
    if (pthread_create(&thread, &attributes, spin, &until) != 0)
      drive_abort("no busy thread");
  }
  pthread_attr_destroy(&attributes);
}

bool do_threads(const command *said) {
  if (strcmp(said->name, "storm") == 0)
    start_storm(said);
  else if (strcmp(said->name, "calm") == 0)
    stop_storm();
  else if (strcmp(said->name, "stack") == 0)
    do_stack(said);
  else if (strcmp(said->name, "ending") == 0)
    do_ending(said);
  else if (strcmp(said->name, "busy") == 0)
    do_busy(said);
  else
    return false;
  return true;
}
