// Commands about memory, with the help of tests/faults/shim/memory.c where it is loaded; and about rights.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "drive.h"

// Allocations of the calling thread so far; none where the shim is not loaded.
static unsigned long long allocations(void) {
  unsigned long long (*count)(void) =
      (unsigned long long (*)(void))(uintptr_t)dlsym(RTLD_DEFAULT, "opt_shim_allocations");
  return count ? count() : 0;
}

// Lets the n-th allocation of this thread from now on fail; 0: none. Says whether the one before has failed.
static bool fail_nth(unsigned long long n) {
  bool (*set)(unsigned long long) = (bool (*)(unsigned long long))(uintptr_t)dlsym(RTLD_DEFAULT, "opt_shim_fail_nth");
  return set && set(n);
}

static opt_status track(const opt_user *user) {
  opt_pair tags[] = {{OPT_STR("revenue"), opt_int(100)}, {OPT_STR("note"), opt_string(OPT_STR("some text"))}};
  return opt_track(client_in_use(), user, OPT_STR("purchase"), tags, 2, NULL);
}

static opt_status decide(const opt_user *user) {
  opt_decision *decision = NULL;
  opt_status status =
      opt_decide(client_in_use(), user, OPT_STR("dark_mode"), OPT_DECIDE_DISABLE_DECISION_EVENT, &decision, NULL);
  opt_decision_free(decision);
  return status;
}

// The allocations of one call after it has run before, and what becomes of it when the n-th of them fails.
static void do_allocations(const command *said) {
  opt_status (*call)(const opt_user *) = strcmp(text_of(said, "call", "track"), "track") == 0 ? track : decide;
  unsigned long long rounds = number_of(said, "count", 1000), refused = 0, accepted = 0, fired = 0;
  opt_user *user = NULL;
  if (opt_user_new(OPT_STR("allocating"), NULL, 0, &user, NULL) != OPT_STATUS_OK)
    drive_abort("no user");
  for (int i = 0; i < 100; i++)
    accepted += call(user) == OPT_STATUS_OK;
  unsigned long long before = allocations();
  for (unsigned long long i = 0; i < rounds; i++)
    accepted += call(user) == OPT_STATUS_OK;
  answer_number("allocations", (long long)(allocations() - before));
  for (unsigned long long n = 1; n <= 20; n++) {
    fail_nth(n);
    opt_status status = call(user);
    fired += fail_nth(0);
    accepted += status == OPT_STATUS_OK;
    refused += status != OPT_STATUS_OK;
  }
  opt_user_free(user);
  answer_number("accepted", (long long)accepted);
  answer_number("refused", (long long)refused);
  answer_number("failed_allocations", (long long)fired);
}

// The process may map so many MiB more than now; -1: as much as it likes.
static void do_space(const command *said) {
  long pages = 0;
  FILE *statm = fopen("/proc/self/statm", "r");
  if (!statm || fscanf(statm, "%ld", &pages) != 1)
    drive_abort("no /proc/self/statm");
  fclose(statm);
  long long more = atoll(text_of(said, "mib", "-1"));
  struct rlimit limit;
  getrlimit(RLIMIT_AS, &limit);
  limit.rlim_cur = more < 0 ? limit.rlim_max : (rlim_t)(pages * sysconf(_SC_PAGESIZE) + (more << 20));
  if (setrlimit(RLIMIT_AS, &limit) != 0)
    drive_abort("the limit of memory can't be set");
  answer_number("limit_kib", (long long)(limit.rlim_cur >> 10));
}

// Gives rights up: the root folder, the group, the user.
static void do_become(const command *said) {
  if (has(said, "root") && (chroot(text_of(said, "root", "/")) != 0 || chdir("/") != 0))
    drive_abort("no such root");
  if (has(said, "uid")) {
    uid_t id = (uid_t)number_of(said, "uid", 65534);
    if (setgroups(0, NULL) != 0 || setresgid(id, id, id) != 0 || setresuid(id, id, id) != 0)
      drive_abort("rights can't be given up");
  }
  answer_number("uid", geteuid());
}

bool do_memory(const command *said) {
  if (strcmp(said->name, "allocations") == 0)
    do_allocations(said);
  else if (strcmp(said->name, "space") == 0)
    do_space(said);
  else if (strcmp(said->name, "become") == 0)
    do_become(said);
  else
    return false;
  return true;
}
