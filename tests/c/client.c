// Clients, users and books for tests.
#include "client.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "check.h"
#include "datafile.h"
#include "flags.h"

enum { TEST_INTERVAL_MS = 60000, FIRST_RETRY_MS = 5, LONGEST_RETRY_MS = 50, QUEUE_BYTES = 64 << 20 };

void must(opt_status status, opt_error *error) {
  if (status == OPT_STATUS_OK)
    return;
  opt_str message = opt_error_message(error);
  fprintf(stderr, "%s: %.*s\n", opt_status_name(status), (int)message.len, message.data ? message.data : "");
  check_abort("a call that the test builds on failed");
}

static opt_options *options_of(opt_str datafile, const collector *server) {
  opt_error *error = NULL;
  opt_options *options = opt_options_new();
  must(opt_options_set_datafile(options, datafile, &error), error);
  const char *url = server ? server->events_url : "http://127.0.0.1:1/v1/events";
  must(opt_options_set_event_endpoint(options, opt_cstr(url), &error), error);
  must(opt_options_set_flush_interval_ms(options, TEST_INTERVAL_MS, &error), error);
  must(opt_options_set_retry_delays_ms(options, FIRST_RETRY_MS, LONGEST_RETRY_MS, &error), error);
  must(opt_options_set_queue_limit(options, QUEUE_BYTES, 0, &error), error);
  must(opt_options_set_log_level(options, OPT_LOG_OFF, &error), error);
  return options;
}

opt_options *options_for(const collector *server) { return options_of(OPT_STR(SHOP), server); }

opt_options *flags_for(const collector *server) { return options_of(OPT_STR(FLAGS), server); }

opt_client *client_of(opt_options *options) {
  opt_error *error = NULL;
  opt_client *client = NULL;
  must(opt_client_new(options, &client, &error), error);
  return client;
}

opt_client *client_for(const collector *server) { return client_of(options_for(server)); }

opt_user *user_named(const char *id) {
  opt_error *error = NULL;
  opt_user *user = NULL;
  must(opt_user_new(opt_cstr(id), NULL, 0, &user, &error), error);
  return user;
}

opt_user *user_gold(const char *id) {
  opt_error *error = NULL;
  opt_pair plan = {OPT_STR("plan"), opt_string(OPT_STR("gold"))};
  opt_user *user = NULL;
  must(opt_user_new(opt_cstr(id), &plan, 1, &user, &error), error);
  return user;
}

opt_decision *decide(const opt_client *client, const opt_user *user, const char *flag_key, uint32_t options) {
  opt_error *error = NULL;
  opt_decision *decision = NULL;
  must(opt_decide(client, user, opt_cstr(flag_key), options, &decision, &error), error);
  return decision;
}

opt_decision_view view_of(const opt_decision *decision) {
  opt_error *error = NULL;
  opt_decision_view view;
  must(opt_decision_read(decision, &view, sizeof view, &error), error);
  return view;
}

json *json_of(opt_str text) {
  json *value = text.data ? json_parse(text.data, text.len) : NULL;
  if (!value)
    check_abort("a text of the library that must be JSON is not");
  return value;
}

opt_stats stats_of(const opt_client *client) {
  opt_error *error = NULL;
  opt_stats stats;
  must(opt_client_stats(client, &stats, sizeof stats, &error), error);
  // Read in loops too: only a reading that is wrong is worth a line in the sum.
  uint64_t settled = stats.delivered + stats.pending + stats.dead_lettered + stats.dropped;
  if (stats.accepted + stats.recovered != settled)
    CHECK_INT(stats.accepted + stats.recovered, settled);
  if (stats.accepted != stats.accepted_impressions + stats.accepted_conversions)
    CHECK_INT(stats.accepted, stats.accepted_impressions + stats.accepted_conversions);
  return stats;
}

void track(const opt_client *client, const opt_user *user, const char *event_key) {
  opt_error *error = NULL;
  must(opt_track(client, user, opt_cstr(event_key), NULL, 0, &error), error);
}

void track_many(const opt_client *client, const char *event_key, const char *prefix, int count) {
  for (int i = 0; i < count; i++) {
    char id[64];
    snprintf(id, sizeof id, "%s%d", prefix, i);
    opt_user *user = user_named(id);
    track(client, user, event_key);
    opt_user_free(user);
  }
}

void flush(const opt_client *client) {
  opt_error *error = NULL;
  uint64_t left = UINT64_MAX;
  CHECK_STATUS(opt_client_flush(client, LONG_MS, &left, &error), OPT_STATUS_OK, &error);
  CHECK_INT(left, 0);
}

void close_and_free(opt_client *client) {
  opt_error *error = NULL;
  uint64_t left = UINT64_MAX;
  CHECK_STATUS(opt_client_close(client, LONG_MS, &left, &error), OPT_STATUS_OK, &error);
  CHECK_INT(left, 0);
  opt_client_free(client);
}

long long now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool wait_until(bool (*holds)(const void *context), const void *context) {
  static const struct timespec step = {.tv_nsec = 1000000};
  long long deadline = now_ms() + LONG_MS;
  while (!holds(context)) {
    if (now_ms() > deadline)
      return false;
    nanosleep(&step, NULL);
  }
  return true;
}

int threads_of_process(void) {
  DIR *tasks = opendir("/proc/self/task");
  if (!tasks)
    check_abort("no /proc/self/task");
  int count = 0;
  for (struct dirent *entry; (entry = readdir(tasks));)
    count += entry->d_name[0] != '.';
  closedir(tasks);
  return count;
}

const json *last_visitor(const collector *server, long long unique, json **batches) {
  CHECK(collector_wait(server, "unique", unique, LONG_MS));
  *batches = collector_batches(server);
  if ((*batches)->count == 0)
    check_abort("the collector has no batch");
  const json *batch = &(*batches)->items[(*batches)->count - 1];
  CHECK_INT(json_count(batch, "body.visitors"), 1);
  const json *visitor = json_at(batch, "body.visitors[0]");
  CHECK_INT(json_count(visitor, "snapshots"), 1);
  CHECK_INT(json_count(visitor, "snapshots[0].events"), 1);
  return visitor;
}
