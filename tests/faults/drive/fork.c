// Children in every way there is, made while the parent's threads go on tracking.
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "traffic.h"

extern char **environ;

enum { TRACK_FAILED = 41, CLOSE_FAILED = 42, LIVING = 64 };

typedef struct {
  const char *action;
  unsigned long long number;
  unsigned long long events;
  uint32_t close_ms;
  unsigned long long stays_ms;
} child_job;

// Tracks with the client that the parent made, and delivers what it tracked.
static int track_in_child(const child_job *job) {
  static const atomic_bool is_halted;
  char prefix[64];
  snprintf(prefix, sizeof prefix, "child%d", (int)getpid());
  static tracker self;
  self = (tracker){.client = client_in_use(),
                   .prefix = prefix,
                   .number = (unsigned)job->number,
                   .count = job->events,
                   .is_halted = &is_halted};
  traffic_run(&self);
  if (self.accepted != job->events) {
    fprintf(stderr, "drive: child %llu tracked %llu of %llu: %s\n", job->number, self.accepted, job->events,
            self.message);
    return TRACK_FAILED;
  }
  uint64_t left = 0;
  opt_error *error = NULL;
  if (opt_client_close(client_in_use(), job->close_ms, &left, &error) == OPT_STATUS_OK)
    return 0;
  opt_str message = opt_error_message(error);
  fprintf(stderr, "drive: child %llu: %.*s\n", job->number, (int)message.len, message.data ? message.data : "");
  return CLOSE_FAILED;
}

_Noreturn static void be_child(const child_job *job) {
  char *const sleeper[] = {"/bin/true", NULL};
  if (strcmp(job->action, "track") == 0)
    _exit(track_in_child(job));
  if (strcmp(job->action, "exit") == 0)
    exit(0);
  if (strcmp(job->action, "exec") == 0)
    execv(sleeper[0], sleeper);
  if (strcmp(job->action, "stay") == 0)
    pause_ms(job->stays_ms);
  if (strcmp(job->action, "double") == 0) {
    pid_t grandchild = fork();
    if (grandchild == 0)
      _exit(track_in_child(job));
    int status = 0;
    waitpid(grandchild, &status, 0);
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 43);
  }
  _exit(0);
}

static pid_t spawn_true(void) {
  char *const words[] = {"/bin/true", NULL};
  pid_t child = -1;
  return posix_spawn(&child, words[0], NULL, NULL, words, environ) == 0 ? child : -1;
}

// The deprecated call is what the row is about.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
static pid_t vfork_true(void) {
  pid_t child = vfork();
  if (child == 0) {
    execl("/bin/true", "/bin/true", (char *)NULL);
    _exit(44);
  }
  return child;
}
#pragma GCC diagnostic pop

static pid_t make_child(const child_job *job) {
  if (strcmp(job->action, "spawn") == 0)
    return spawn_true();
  if (strcmp(job->action, "vfork") == 0)
    return vfork_true();
  pid_t child = fork();
  if (child == 0)
    be_child(job);
  return child;
}

typedef struct {
  pid_t process;
  uint64_t begin_ns;
} living;

// Looks after the children: counts those that ended badly, and ends and counts those that hang.
static unsigned reap(living *children, uint64_t limit_ns, unsigned long long *failed, unsigned long long *hung) {
  unsigned alive = 0;
  for (unsigned i = 0; i < LIVING; i++) {
    int status = 0;
    if (children[i].process == 0)
      continue;
    if (waitpid(children[i].process, &status, WNOHANG) == children[i].process) {
      *failed += !WIFEXITED(status) || WEXITSTATUS(status) != 0;
      children[i].process = 0;
    } else if (now_ns() - children[i].begin_ns > limit_ns) {
      (*hung)++;
      kill(children[i].process, SIGKILL);
      waitpid(children[i].process, NULL, 0);
      children[i].process = 0;
    } else {
      alive++;
    }
  }
  return alive;
}

static void do_children(const command *said) {
  static living children[LIVING];
  child_job job = {.action = text_of(said, "action", "track"),
                   .events = number_of(said, "events", 10),
                   .close_ms = (uint32_t)number_of(said, "close_ms", 20000),
                   .stays_ms = number_of(said, "stays_ms", 0)};
  unsigned long long count = number_of(said, "count", 1), failed = 0, hung = 0;
  unsigned at_once = (unsigned)number_of(said, "at_once", 4);
  uint64_t limit_ns = number_of(said, "limit_ms", 60000) * 1000000;
  if (at_once == 0 || at_once > LIVING)
    drive_abort("so many children at once can't be looked after");
  for (job.number = 0; job.number < count; job.number++) {
    while (reap(children, limit_ns, &failed, &hung) >= at_once)
      pause_ms(1);
    unsigned place = 0;
    while (children[place].process != 0)
      place++;
    fflush(stdout);
    children[place] = (living){make_child(&job), now_ns()};
    if (children[place].process < 0)
      drive_abort("no child");
  }
  while (reap(children, limit_ns, &failed, &hung) > 0)
    pause_ms(1);
  answer_number("forked", (long long)count);
  answer_number("failed", (long long)failed);
  answer_number("hung", (long long)hung);
}

bool do_fork(const command *said) {
  if (strcmp(said->name, "children") != 0)
    return false;
  do_children(said);
  return true;
}
