// The books balance at every instant: four threads track, a fifth reads, and the collector fails now and then.
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "check.h"
#include "client.h"

enum { TRACKERS = 4, EVENTS_EACH = 5000 };

typedef struct {
  const opt_client *client;
  int number;
  unsigned long long accepted;
} tracker;

static atomic_bool is_over;

// Conversions and impressions in turn; each answer is counted.
static void *track_many_events(void *context) {
  tracker *self = context;
  opt_error *error = NULL;
  char id[32];
  snprintf(id, sizeof id, "visitor-%d", self->number);
  opt_user *user = user_named(id);
  for (int i = 0; i < EVENTS_EACH; i++) {
    if (i % 2) {
      track(self->client, user, "purchase");
      self->accepted++;
      continue;
    }
    opt_decision *decision = NULL;
    opt_decision_view view;
    must(opt_activate(self->client, user, OPT_STR("checkout_button"), &decision, &error), error);
    must(opt_decision_read(decision, &view, sizeof view, &error), error);
    self->accepted += view.event_status == OPT_EVENT_ACCEPTED;
    opt_decision_free(decision);
  }
  opt_user_free(user);
  return NULL;
}

// stats_of checks the equation at each reading; terms that only grow must not shrink.
static void *read_books(void *context) {
  const opt_client *client = context;
  opt_stats before = stats_of(client);
  unsigned long long readings = 0, shrunk = 0;
  while (!atomic_load(&is_over)) {
    opt_stats now = stats_of(client);
    shrunk += now.accepted < before.accepted || now.delivered < before.delivered || now.posts < before.posts;
    before = now;
    readings++;
  }
  printf("books: read %llu times\n", readings);
  CHECK(readings > 0);
  CHECK_INT(shrunk, 0);
  return NULL;
}

static void test_books(const collector *server) {
  collector_faults(server, "[{\"kind\":\"status\",\"status\":503,\"probability\":0.2},"
                           "{\"kind\":\"drop_after\",\"commit\":true,\"probability\":0.1}]");
  opt_error *error = NULL;
  opt_options *options = options_for(server);
  must(opt_options_set_batch_size(options, 50, &error), error);
  opt_client *client = client_of(options);
  pthread_t reader, threads[TRACKERS];
  tracker trackers[TRACKERS];
  pthread_create(&reader, NULL, read_books, client);
  for (int i = 0; i < TRACKERS; i++) {
    trackers[i] = (tracker){client, i, 0};
    pthread_create(&threads[i], NULL, track_many_events, &trackers[i]);
  }
  unsigned long long accepted = 0;
  for (int i = 0; i < TRACKERS; i++) {
    pthread_join(threads[i], NULL);
    accepted += trackers[i].accepted;
  }
  flush(client);
  atomic_store(&is_over, true);
  pthread_join(reader, NULL);

  opt_stats stats = stats_of(client);
  CHECK_INT(accepted, TRACKERS * EVENTS_EACH);
  CHECK_INT(stats.accepted, accepted);
  CHECK_INT(stats.accepted_impressions, accepted / 2);
  CHECK_INT(stats.accepted_conversions, accepted / 2);
  CHECK_INT(stats.delivered, accepted);
  CHECK(stats.retries > 0);
  CHECK_INT(collector_stat(server, "unique"), accepted);
  CHECK_INT(collector_stat(server, "impressions"), accepted / 2);
  CHECK_INT(collector_stat(server, "conversions"), accepted / 2);
  CHECK_INT(collector_stat(server, "conflicting"), 0);
  CHECK_INT(collector_stat(server, "malformed_posts"), 0);
  close_and_free(client);
}

int main(void) {
  collector server = collector_start();
  test_books(&server);
  collector_stop(&server);
  return check_done("books");
}
