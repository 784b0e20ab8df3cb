// A12: a thousand clients at once, then clients made and closed for a long time: threads are bounded by the clients
// that have events, and descriptors, threads and memory come back to where they were.
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "check.h"
#include "client.h"
#include "row.h"

// A percent of the memory; of a small process that is less than one of the allocator's steps, so those are allowed.
enum { MOST_CLIENTS = 1000, ALLOCATOR_STEP_KIB = 512 };

typedef struct {
  int files;
  int threads;
  long kib;
} footprint;

static bool is_alone(const void *context) { return threads_of_process() == *(const int *)context; }

static footprint measure(void) {
  int alone = 1;
  CHECK(wait_until(is_alone, &alone));
  return (footprint){count_files(), threads_of_process(), resident_kib()};
}

static void check_back(const char *when, footprint before) {
  footprint after = measure();
  printf("a12: %s: files %d -> %d, threads %d -> %d, memory %ld -> %ld KiB\n", when, before.files, after.files,
         before.threads, after.threads, before.kib, after.kib);
  CHECK_INT(after.files, before.files);
  CHECK_INT(after.threads, before.threads);
  // A sanitizer's own memory grows with what it has seen.
  if (getenv("OPT_CHECKED"))
    printf("a12: under a checker; the memory is not compared\n");
  else
    CHECK_RANGE(after.kib, 0, before.kib + before.kib / 100 + ALLOCATOR_STEP_KIB);
}

// All at once, each with an event of its own.
static void open_many(const collector *server, int count) {
  static opt_client *clients[MOST_CLIENTS];
  int threads = threads_of_process();
  long long unique = collector_stat(server, "unique");
  for (int i = 0; i < count; i++)
    clients[i] = client_for(server);
  CHECK_INT(threads_of_process(), threads);
  for (int i = 0; i < count; i++)
    track_many(clients[i], "purchase", "visitor-", 1);
  CHECK_RANGE(threads_of_process(), threads, threads + count);
  for (int i = 0; i < count; i++)
    close_and_free(clients[i]);
  CHECK_INT(collector_stat(server, "unique"), unique + count);
}

// Of one after the other, every tenth has an event.
static void open_in_turn(const collector *server, unsigned long count) {
  for (unsigned long i = 0; i < count; i++) {
    opt_client *client = client_for(i % 10 ? NULL : server);
    if (i % 10 == 0)
      track_many(client, "purchase", "visitor-", 1);
    close_and_free(client);
  }
}

// A thousand connections are more than the usual limit.
static void allow_files(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_max < 4 * MOST_CLIENTS)
    check_abort("too few file descriptors are allowed for a thousand clients");
  limit.rlim_cur = limit.rlim_max < 65536 ? limit.rlim_max : 65536;
  setrlimit(RLIMIT_NOFILE, &limit);
}

int main(void) {
  allow_files();
  // One arena, so that memory which is free is seen to be.
  mallopt(M_ARENA_MAX, 1);
  collector server = collector_start();
  int clients = (int)times(MOST_CLIENTS, MOST_CLIENTS);
  unsigned long turns = times(2000, 100000);
  // What is made once and kept, the first use makes.
  open_many(&server, clients);
  open_in_turn(&server, 20);
  collector_reset(&server);
  footprint before = measure();
  open_many(&server, clients);
  check_back("all at once", before);
  open_in_turn(&server, turns);
  check_back("one after the other", before);
  CHECK_INT(collector_stat(&server, "unique"), (unsigned long)clients + turns / 10);
  check_fired("A12", "many clients leave nothing behind", (unsigned long)clients + turns);
  collector_stop(&server);
  return check_done("a12_many_clients");
}
