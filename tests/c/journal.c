// The journal on disk: what a client leaves another delivers, what can't be used is refused by name, the last good
// datafile is kept, and what the host takes back is gone.
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "client.h"
#include "collector.h"

enum { EVENTS = 200, SYNC_MS = 10000 };

static char root[] = "/tmp/opttrack-journal-XXXXXX";

static const char *folder(const char *name) {
  static char path[256];
  snprintf(path, sizeof path, "%s/%s", root, name);
  return path;
}

static opt_options *options_in(const collector *server, const char *name, uint32_t kind) {
  opt_error *error = NULL;
  opt_options *options = options_for(server);
  must(opt_options_set_journal(options, opt_cstr(folder(name)), kind, &error), error);
  return options;
}

static opt_client *client_in(const collector *server, const char *name, uint32_t kind) {
  return client_of(options_in(server, name, kind));
}

// Names in a folder; -1 if there is none.
static int entries(const char *name) {
  int count = 0;
  DIR *directory = opendir(folder(name));
  if (!directory)
    return -1;
  for (struct dirent *entry; (entry = readdir(directory));)
    count += entry->d_name[0] != '.';
  closedir(directory);
  return count;
}

static bool has_delivered(const void *client) { return stats_of(client).delivered == EVENTS; }

// A process tracks into the journal and is gone without a word; the next client delivers all of it, once.
static void test_a_process_that_is_gone(const collector *server, const char *name, uint32_t kind) {
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    opt_client *client = client_in(server, name, kind);
    track_many(client, "purchase", "gone-", EVENTS);
    opt_stats stats = stats_of(client);
    _exit(stats.pending == EVENTS && stats.journal_kind == kind && stats.is_durable == 1 ? 0 : 1);
  }
  int status = -1;
  CHECK_INT(waitpid(child, &status, 0), child);
  CHECK_INT(status, 0);
  CHECK_INT(collector_stat(server, "posts"), 0);

  opt_client *client = client_in(server, name, kind);
  CHECK(wait_until(has_delivered, client));
  opt_stats stats = stats_of(client);
  CHECK_INT(stats.recovered, EVENTS);
  CHECK_INT(stats.accepted, 0);
  CHECK_INT(stats.dropped, 0);
  CHECK_INT(collector_stat(server, "unique"), EVENTS);
  CHECK_INT(collector_stat(server, "duplicates"), 0);
  close_and_free(client);
  // Of the clients nothing is left but the datafile.
  CHECK_INT(entries(name), 1);
  collector_reset(server);
}

// What close could not deliver is safe, and is the next client's.
static void test_what_close_leaves(const collector *server) {
  opt_error *error = NULL;
  uint64_t left = 0;
  opt_client *client = client_in(server, "left", OPT_JOURNAL_WRITTEN);
  collector_faults(server, "[{\"kind\":\"status\",\"status\":503}]");
  track_many(client, "purchase", "left-", EVENTS);
  CHECK_STATUS(opt_client_close(client, 50, &left, &error), OPT_STATUS_TIMEOUT, &error);
  CHECK_INT(left, EVENTS);
  opt_client_free(client);
  collector_faults(server, "[]");
  client = client_in(server, "left", OPT_JOURNAL_WRITTEN);
  CHECK(wait_until(has_delivered, client));
  CHECK_INT(collector_stat(server, "unique"), EVENTS);
  close_and_free(client);
  collector_reset(server);
}

// Directories that are none: each refused with DISK, by its name, and nothing is kept in memory silently.
static void test_refused(const collector *server) {
  opt_error *error = NULL;
  FILE *file = fopen(folder("file"), "w");
  CHECK(file && fclose(file) == 0);
  char loop[256];
  snprintf(loop, sizeof loop, "%s", folder("loop"));
  CHECK_INT(symlink(loop, loop), 0);
  static const char *names[] = {"file", "file/below", "loop"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    opt_client *client = NULL;
    opt_status status = opt_client_new(options_in(server, names[i], OPT_JOURNAL_WRITTEN), &client, &error);
    CHECK_INT(status, OPT_STATUS_DISK);
    CHECK(!client);
    char message[512];
    opt_str said = opt_error_message(error);
    snprintf(message, sizeof message, "%.*s", (int)said.len, said.data);
    CHECK(strstr(message, folder(names[i])));
    CHECK_STR(opt_error_place(error), "directory");
    opt_error_free(error);
    error = NULL;
  }
  opt_options *options = options_for(server);
  CHECK_STATUS(opt_options_set_journal(options, opt_cstr(""), OPT_JOURNAL_WRITTEN, &error), OPT_STATUS_INVALID_ARGUMENT,
               &error);
  CHECK_STATUS(opt_options_set_journal(options, opt_cstr("x"), 3, &error), OPT_STATUS_INVALID_ARGUMENT, &error);
  CHECK_STATUS(opt_options_set_journal(options, OPT_STR("a\0b"), OPT_JOURNAL_WRITTEN, &error),
               OPT_STATUS_INVALID_ARGUMENT, &error);
  CHECK_STATUS(opt_options_set_durability(options, 2, &error), OPT_STATUS_INVALID_ARGUMENT, &error);
  opt_options_free(options);
}

// Any bytes are a path but NUL, and nobody else may look.
static void test_paths(const collector *server) {
  static const char *names[] = {"not-\xff-utf8", "new\nline", "deep/below/it"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    opt_client *client = client_in(server, names[i], OPT_JOURNAL_WRITTEN);
    track_many(client, "purchase", "path-", 1);
    struct stat info;
    CHECK_INT(stat(folder(names[i]), &info), 0);
    CHECK_INT(info.st_mode & 0777, 0700);
    close_and_free(client);
  }
  // A relative one is resolved once.
  opt_error *error = NULL;
  char *before = getcwd(NULL, 0);
  CHECK_INT(chdir(root), 0);
  opt_options *options = options_for(server);
  must(opt_options_set_journal(options, OPT_STR("relative"), OPT_JOURNAL_WRITTEN, &error), error);
  opt_client *client = client_of(options);
  CHECK_INT(chdir(before), 0);
  free(before);
  track_many(client, "purchase", "relative-", 1);
  CHECK_INT(entries("relative"), 2);
  close_and_free(client);
  collector_reset(server);
}

// A start without a datafile decides by the last one that was in force.
static void test_kept_datafile(const collector *server) {
  opt_error *error = NULL;
  close_and_free(client_in(server, "datafile", OPT_JOURNAL_WRITTEN));
  opt_options *options = opt_options_new();
  must(opt_options_set_journal(options, opt_cstr(folder("datafile")), OPT_JOURNAL_WRITTEN, &error), error);
  must(opt_options_set_event_endpoint(options, opt_cstr(server->events_url), &error), error);
  opt_client *client = client_of(options);
  track_many(client, "purchase", "kept-", 1);
  close_and_free(client);
  options = opt_options_new();
  must(opt_options_set_journal(options, opt_cstr(folder("no-datafile")), OPT_JOURNAL_WRITTEN, &error), error);
  must(opt_options_set_log_level(options, OPT_LOG_OFF, &error), error);
  CHECK_STATUS(opt_client_new(options, &client, &error), OPT_STATUS_INVALID_ARGUMENT, &error);
  collector_reset(server);
}

// Discarded and purged events are on no disk any more.
static void test_taken_back(const collector *server) {
  opt_error *error = NULL;
  uint64_t count = 0;
  opt_client *client = client_in(server, "back", OPT_JOURNAL_MAPPED);
  CHECK_STATUS(opt_client_sync(client, SYNC_MS, &error), OPT_STATUS_OK, &error);
  track_many(client, "purchase", "back-", EVENTS);
  CHECK_STATUS(opt_client_purge_visitor(client, OPT_STR("back-7"), &count, &error), OPT_STATUS_OK, &error);
  CHECK_INT(count, 1);
  CHECK_INT(stats_of(client).dropped_purged, 1);
  char command[512];
  snprintf(command, sizeof command, "grep -rq 'back-8' %s && ! grep -rqw 'back-7' %s", folder("back"), folder("back"));
  CHECK_INT(system(command), 0);
  CHECK_STATUS(opt_client_sync(client, SYNC_MS, &error), OPT_STATUS_OK, &error);
  CHECK_STATUS(opt_client_discard(client, &count, &error), OPT_STATUS_OK, &error);
  CHECK_INT(count, EVENTS - 1);
  opt_stats stats = stats_of(client);
  CHECK_INT(stats.dropped_discarded, EVENTS - 1);
  CHECK_INT(stats.pending, 0);
  close_and_free(client);
  CHECK_INT(entries("back"), 1);
  CHECK_INT(collector_stat(server, "posts"), 0);
  collector_reset(server);
}

// What the server refuses lies in a file, as it was to be sent.
static void test_dead_letters(const collector *server) {
  opt_client *client = client_in(server, "dead", OPT_JOURNAL_WRITTEN);
  collector_faults(server, "[{\"kind\":\"poison\",\"visitor\":\"dead-3\"}]");
  track_many(client, "purchase", "dead-", 10);
  flush(client);
  opt_stats stats = stats_of(client);
  CHECK_INT(stats.dead_lettered, 1);
  CHECK_INT(stats.delivered, 9);
  CHECK(stats.dead_letter_bytes > 0);
  close_and_free(client);
  CHECK_INT(entries("dead/dead-letters"), 1);
  char command[512];
  snprintf(command, sizeof command, "grep -q '\"httpStatus\":400.*\"visitor_id\":\"dead-3\"' %s/*.jsonl",
           folder("dead/dead-letters"));
  CHECK_INT(system(command), 0);
  collector_faults(server, "[]");
  collector_reset(server);
}

int main(void) {
  collector server = collector_start();
  if (!mkdtemp(root))
    return 1;
  test_a_process_that_is_gone(&server, "written", OPT_JOURNAL_WRITTEN);
  test_a_process_that_is_gone(&server, "mapped", OPT_JOURNAL_MAPPED);
  test_what_close_leaves(&server);
  test_refused(&server);
  test_paths(&server);
  test_kept_datafile(&server);
  test_taken_back(&server);
  test_dead_letters(&server);
  char command[512];
  snprintf(command, sizeof command, "rm -rf %s", root);
  CHECK_INT(system(command), 0);
  collector_stop(&server);
  return check_done("journal");
}
