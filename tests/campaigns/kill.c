// Eight threads in full traffic until somebody kills the process; or, without traffic, the last one, which delivers all
// that is left. Each event has a uuid that says which process, thread and event it is; it goes into the thread's own
// list only after the event was accepted.
//
// Usage: kill ENDPOINT JOURNAL KIND LISTS PROCESS RATE INTERVAL_MS PAD     traffic: RATE events a second in all, tags
// up to PAD bytes
//        kill ENDPOINT JOURNAL KIND drain                                  prints the books as JSON once nothing is
//        left
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <opttrack.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "datafile.h"

enum { THREADS = 8, LONGEST_PAD = 16 * 1024, LINE = 37, DRAIN_MS = 300000 };

typedef struct {
  const opt_client *client;
  const char *lists;
  unsigned process;
  unsigned number;
  double rate;
  size_t pad;
} tracker;

_Noreturn static void fail(const char *what, opt_error *error) {
  opt_str message = opt_error_message(error);
  fprintf(stderr, "kill: %s: %.*s (%s)\n", what, (int)message.len, message.data ? message.data : "", strerror(errno));
  exit(1);
}

static uint64_t now_ns(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void must(opt_status status, const char *what, opt_error *error) {
  if (status != OPT_STATUS_OK)
    fail(what, error);
}

static opt_client *open_client(char **arguments, const char *interval) {
  opt_error *error = NULL;
  opt_client *client = NULL;
  opt_options *options = opt_options_new();
  uint32_t kind = strcmp(arguments[3], "mapped") == 0 ? OPT_JOURNAL_MAPPED : OPT_JOURNAL_WRITTEN;
  must(opt_options_set_datafile(options, OPT_STR(SHOP), &error), "datafile", error);
  must(opt_options_set_event_endpoint(options, opt_cstr(arguments[1]), &error), "endpoint", error);
  must(opt_options_set_journal(options, opt_cstr(arguments[2]), kind, &error), "journal", error);
  must(opt_options_set_batch_size(options, 200, &error), "batch", error);
  must(opt_options_set_flush_interval_ms(options, (uint32_t)strtoul(interval, NULL, 10), &error), "interval", error);
  must(opt_options_set_retry_delays_ms(options, 5, 100, &error), "retry", error);
  must(opt_client_new(options, &client, &error), "client", error);
  return client;
}

static char text[LONGEST_PAD];

// One event and, once it is accepted, its line.
static void track_one(const tracker *self, int list, uint64_t event) {
  char id[64], line[LINE + 1];
  opt_user *user = NULL;
  snprintf(id, sizeof id, "p%u-%u-%" PRIu64, self->process, self->number, event);
  snprintf(line, sizeof line, "%08x-0000-4%03x-8000-%012" PRIx64 "\n", self->process, self->number, event);
  must(opt_user_new(opt_cstr(id), NULL, 0, &user, NULL), "user", NULL);
  size_t pad = self->pad ? (size_t)(event * 2654435761u) % self->pad : 0;
  opt_pair tags[] = {{OPT_STR("revenue"), opt_int((int64_t)event)},
                     {OPT_STR("note"), opt_string((opt_str){text, pad})}};
  opt_error *error = NULL;
  opt_status status;
  do {
    status = opt_track_at(self->client, user, OPT_STR("purchase"), tags, pad ? 2 : 1,
                          (int64_t)(now_ns(CLOCK_REALTIME) / 1000000), (opt_str){line, LINE - 1}, &error);
    // A full queue has refused it: the same event again, until it is taken.
    if (status != OPT_STATUS_OK && status != OPT_STATUS_QUEUE_FULL)
      fail("track", error);
    opt_error_free(error);
    error = NULL;
  } while (status != OPT_STATUS_OK);
  if (pwrite(list, line, LINE, (off_t)(event * LINE)) != LINE)
    fail("the list can't be written", NULL);
  opt_user_free(user);
}

static void *track(void *context) {
  const tracker *self = context;
  char path[512];
  snprintf(path, sizeof path, "%s/%u-%u", self->lists, self->process, self->number);
  int list = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (list < 0)
    fail(path, NULL);
  uint64_t begin = now_ns(CLOCK_MONOTONIC);
  for (uint64_t event = 0;; event++) {
    static const struct timespec step = {.tv_nsec = 300000};
    while ((double)(now_ns(CLOCK_MONOTONIC) - begin) / 1e9 * self->rate < (double)event)
      nanosleep(&step, NULL);
    track_one(self, list, event);
  }
  return NULL;
}

static void run_traffic(const opt_client *client, char **arguments) {
  static tracker trackers[THREADS];
  pthread_t threads[THREADS];
  size_t pad = strtoul(arguments[8], NULL, 10);
  memset(text, 'x', sizeof text);
  for (unsigned i = 0; i < THREADS; i++) {
    trackers[i] = (tracker){.client = client,
                            .lists = arguments[4],
                            .process = (unsigned)strtoul(arguments[5], NULL, 10),
                            .number = i,
                            .rate = strtod(arguments[6], NULL) / THREADS,
                            .pad = pad > LONGEST_PAD ? LONGEST_PAD : pad};
    if (pthread_create(&threads[i], NULL, track, &trackers[i]) != 0)
      fail("no thread", NULL);
  }
  for (unsigned i = 0; i < THREADS; i++)
    pthread_join(threads[i], NULL);
}

// Directories of clients, this one's among them.
static unsigned clients_in(const char *journal) {
  unsigned count = 0;
  DIR *folder = opendir(journal);
  if (!folder)
    fail(journal, NULL);
  for (struct dirent *entry; (entry = readdir(folder));)
    count += strlen(entry->d_name) == 16;
  closedir(folder);
  return count;
}

// Takes over what all the others have left, and delivers it.
static void drain(opt_client *client, const char *journal) {
  opt_error *error = NULL;
  opt_stats stats = {.pending = 1};
  uint64_t left = 0, begin = now_ns(CLOCK_MONOTONIC);
  while (clients_in(journal) > 1 || stats.pending > 0) {
    static const struct timespec step = {.tv_nsec = 5000000};
    nanosleep(&step, NULL);
    must(opt_client_stats(client, &stats, sizeof stats, &error), "stats", error);
    if (stats.accepted + stats.recovered != stats.delivered + stats.pending + stats.dead_lettered + stats.dropped)
      fail("the books do not balance", NULL);
    if (now_ns(CLOCK_MONOTONIC) - begin > (uint64_t)DRAIN_MS * 1000000)
      fail("something is never taken over or delivered", NULL);
  }
  must(opt_client_close(client, DRAIN_MS, &left, &error), "close", error);
  must(opt_client_stats(client, &stats, sizeof stats, &error), "stats", error);
  printf("{\"recovered\":%" PRIu64 ",\"delivered\":%" PRIu64 ",\"dead_lettered\":%" PRIu64 ",\"dropped\":%" PRIu64
         ",\"corrupt\":%" PRIu64 ",\"foreign\":%" PRIu64 "}\n",
         stats.recovered, stats.delivered, stats.dead_lettered, stats.dropped, stats.dropped_corrupt,
         stats.foreign_directories);
  opt_client_free(client);
}

int main(int count, char **arguments) {
  if (count != 5 && count != 9) {
    fprintf(stderr, "usage: see the source\n");
    return 2;
  }
  bool drains = count == 5;
  opt_client *client = open_client(arguments, drains ? "1" : arguments[7]);
  if (drains) {
    drain(client, arguments[2]);
  } else {
    // Who kills may count what died before it was open.
    puts("open");
    fflush(stdout);
    run_traffic(client, arguments);
  }
  return 0;
}
