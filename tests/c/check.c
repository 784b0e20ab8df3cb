// The counters behind check.h. Safe from several threads, for tests track from many.
#include "check.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static atomic_ullong passed;
static atomic_ullong failed;
static _Thread_local const char *scope;

static bool count(bool held) {
  atomic_fetch_add(held ? &passed : &failed, 1);
  return held;
}

// Begins the line of a failure, which the caller completes.
static void print_place(const char *expression, const char *file, int line) {
  printf("FAILED %s:%d: %s%s%s", file, line, scope ? scope : "", scope ? ": " : "", expression);
}

bool check_that(bool held, const char *expression, const char *file, int line) {
  if (!held) {
    print_place(expression, file, line);
    printf("\n");
  }
  return count(held);
}

bool check_int(long long actual, long long expected, const char *expression, const char *file, int line) {
  if (actual != expected) {
    print_place(expression, file, line);
    printf(" is %lld, expected %lld\n", actual, expected);
  }
  return count(actual == expected);
}

bool check_range(long long actual, long long least, long long most, const char *expression, const char *file,
                 int line) {
  bool held = actual >= least && actual <= most;
  if (!held) {
    print_place(expression, file, line);
    printf(" is %lld, expected %lld to %lld\n", actual, least, most);
  }
  return count(held);
}

bool check_text(const char *actual, const char *expected, const char *expression, const char *file, int line) {
  bool held = actual && expected && strcmp(actual, expected) == 0;
  if (!held) {
    print_place(expression, file, line);
    printf(" is %s, expected %s\n", actual ? actual : "(none)", expected ? expected : "(none)");
  }
  return count(held);
}

bool check_str(opt_str actual, const char *expected, const char *expression, const char *file, int line) {
  bool held = expected ? actual.data && actual.len == strlen(expected) && memcmp(actual.data, expected, actual.len) == 0
                       : !actual.data;
  if (!held) {
    print_place(expression, file, line);
    printf(" is %.*s, expected %s\n", actual.data ? (int)actual.len : 6, actual.data ? actual.data : "(none)",
           expected ? expected : "(none)");
  }
  return count(held);
}

bool check_status(opt_status actual, opt_status expected, opt_error **error, const char *expression, const char *file,
                  int line) {
  opt_str message = opt_error_message(*error);
  bool is_told = (actual != OPT_STATUS_OK) == (*error != NULL) && opt_error_status(*error) == actual;
  bool held = actual == expected && is_told;
  if (!held) {
    print_place(expression, file, line);
    printf(" returned %s, expected %s; its error says: %.*s\n", opt_status_name(actual), opt_status_name(expected),
           message.data ? (int)message.len : 6, message.data ? message.data : "(none)");
  }
  opt_error_free(*error);
  *error = NULL;
  return count(held);
}

void check_scope(const char *name) { scope = name; }

void check_fired(const char *row, const char *promise, unsigned long long fired) {
  printf("%s: %s: fired %llu\n", row, promise, fired);
  if (fired == 0)
    printf("FAILED %s: its fault never fired\n", row);
  count(fired > 0);
}

int check_done(const char *name) {
  unsigned long long good = atomic_load(&passed);
  unsigned long long bad = atomic_load(&failed);
  if (good + bad == 0) {
    printf("FAILED %s: it checked nothing\n", name);
    bad = 1;
  }
  printf("%s: %llu passed, %llu failed\n", name, good, bad);
  return bad == 0 ? 0 : 1;
}

void check_abort(const char *what) {
  printf("FAILED: %s\n", what);
  fflush(stdout);
  exit(2);
}
