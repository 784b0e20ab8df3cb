// Tracks conversions, a burst and then at a steady pace for as long as asked, each for a visitor of its own, and closes
// once all are delivered. The soak test runs it with a clock that goes faster than the world's.
//
// Usage: traffic DATAFILE ENDPOINT KIND DIRECTORY EVENTS A_SECOND; KIND is memory, written or mapped. Prints a line
// when the last event is tracked, waits for one of standard input, and prints the books as JSON once the queue is
// empty.

#include <inttypes.h>
#include <opttrack.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SECOND = 1000000000, SLICES_A_SECOND = 10, HOUR_MS = 3600000, REQUEST_MS = 600000, BURST = 20000 };

static void need(int fine, const char *what) {
  if (!fine) {
    fprintf(stderr, "%s\n", what);
    exit(1);
  }
}

static void check(opt_status status, const char *what, opt_error *error) {
  opt_str message = opt_error_message(error);
  if (status != OPT_STATUS_OK)
    fprintf(stderr, "%.*s\n", (int)message.len, message.data ? message.data : "");
  need(status == OPT_STATUS_OK, what);
}

static char *read_file(const char *path) {
  FILE *file = fopen(path, "rb");
  need(file && fseek(file, 0, SEEK_END) == 0, path);
  long size = ftell(file);
  need(size >= 0 && fseek(file, 0, SEEK_SET) == 0, path);
  char *text = malloc((size_t)size + 1);
  need(text && fread(text, 1, (size_t)size, file) == (size_t)size, path);
  text[size] = '\0';
  fclose(file);
  return text;
}

static opt_client *open_client(char **argv) {
  char *datafile = read_file(argv[1]);
  opt_options *options = opt_options_new();
  opt_client *client = NULL;
  opt_error *error = NULL;
  check(opt_options_set_datafile(options, opt_cstr(datafile), &error), "datafile", error);
  check(opt_options_set_event_endpoint(options, opt_cstr(argv[2]), &error), "endpoint", error);
  // What takes ten seconds by the faster clock may take none of the world's.
  check(opt_options_set_timeouts_ms(options, REQUEST_MS, REQUEST_MS, &error), "time-outs", error);
  check(opt_options_set_log_level(options, OPT_LOG_OFF, &error), "log level", error);
  if (strcmp(argv[3], "memory") != 0) {
    uint32_t kind = strcmp(argv[3], "mapped") == 0 ? OPT_JOURNAL_MAPPED : OPT_JOURNAL_WRITTEN;
    check(opt_options_set_journal(options, opt_cstr(argv[4]), kind, &error), "journal", error);
  }
  check(opt_client_new(options, &client, &error), "client", error);
  free(datafile);
  return client;
}

// Tracks for one visitor; false if the event was refused.
static int track(const opt_client *client, uint64_t number) {
  char name[32];
  snprintf(name, sizeof name, "user-%" PRIu64, number);
  opt_pair attributes[] = {{OPT_STR("country"), opt_string(OPT_STR("DE"))}, {OPT_STR("age"), opt_int(34)}};
  opt_pair tags[] = {{OPT_STR("revenue"), opt_int(4200)}, {OPT_STR("method"), opt_string(OPT_STR("card"))}};
  opt_user *user = NULL;
  check(opt_user_new(opt_cstr(name), attributes, 2, &user, NULL), "user", NULL);
  opt_status status = opt_track(client, user, OPT_STR("purchase"), tags, 2, NULL);
  opt_user_free(user);
  need(status == OPT_STATUS_OK || status == OPT_STATUS_QUEUE_FULL, opt_status_name(status));
  return status == OPT_STATUS_OK;
}

static void sleep_until(struct timespec start, uint64_t slices) {
  uint64_t ns = (uint64_t)start.tv_nsec + slices % SLICES_A_SECOND * (SECOND / SLICES_A_SECOND);
  struct timespec due = {.tv_sec = start.tv_sec + (time_t)(slices / SLICES_A_SECOND + ns / SECOND),
                         .tv_nsec = (long)(ns % SECOND)};
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
}

int main(int argc, char **argv) {
  need(argc == 7, "usage: traffic DATAFILE ENDPOINT KIND DIRECTORY EVENTS A_SECOND");
  uint64_t events = strtoull(argv[5], NULL, 10), slice = strtoull(argv[6], NULL, 10) / SLICES_A_SECOND, accepted = 0;
  need(slice > 0, "at least ten events a second");
  opt_client *client = open_client(argv);
  // What a backlog leaves behind is there from the first hour on: by a clock that goes this fast, there is one whenever
  // the machine gives its time to others.
  for (uint64_t number = 0; number < BURST; number++)
    accepted += (uint64_t)track(client, number);
  struct timespec start;
  clock_gettime(CLOCK_MONOTONIC, &start);
  for (uint64_t number = 0; number < events; number++) {
    if (number % slice == 0)
      sleep_until(start, number / slice);
    accepted += (uint64_t)track(client, BURST + number);
  }
  printf("tracked %" PRIu64 "\n", accepted);
  fflush(stdout);
  need(getchar() != EOF, "nobody waits for the books");
  opt_error *error = NULL;
  check(opt_client_flush(client, HOUR_MS, NULL, &error), "flush", error);
  opt_stats stats;
  check(opt_client_stats(client, &stats, sizeof stats, &error), "stats", error);
  printf("{\"accepted\":%" PRIu64 ",\"delivered\":%" PRIu64 ",\"pending\":%" PRIu64 ",\"dropped\":%" PRIu64
         ",\"dead_lettered\":%" PRIu64 ",\"refused\":%" PRIu64 ",\"retries\":%" PRIu64 "}\n",
         stats.accepted, stats.delivered, stats.pending, stats.dropped, stats.dead_lettered, stats.refused_queue_full,
         stats.retries);
  check(opt_client_close(client, HOUR_MS, NULL, &error), "close", error);
  opt_client_free(client);
  return 0;
}
