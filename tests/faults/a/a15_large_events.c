// A15: large events. One of 2 MiB, over a batch, goes alone and in its turn; one over what the Events API takes, 3.5 MB
// as JSON, is refused at once with TOO_LARGE.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "client.h"

enum { API_LIMIT = 3500000 };

static unsigned long long fired;

// Tracks a conversion with a text of `length` times `letter`.
static opt_status track_text(const opt_client *client, size_t length, char letter, opt_error **error) {
  char *text = malloc(length);
  if (!text)
    check_abort("no memory for a large event");
  memset(text, letter, length);
  opt_user *user = user_named("visitor-large");
  opt_pair tag = {OPT_STR("note"), opt_string((opt_str){text, length})};
  opt_status status = opt_track(client, user, OPT_STR("purchase"), &tag, 1, error);
  opt_user_free(user);
  free(text);
  fired++;
  return status;
}

static void test_over_a_batch(const collector *server) {
  opt_error *error = NULL;
  opt_client *client = client_for(server);
  track_many(client, "purchase", "before-", 3);
  CHECK_STATUS(track_text(client, 2 << 20, 'x', &error), OPT_STATUS_OK, &error);
  track_many(client, "purchase", "after-", 2);
  flush(client);
  json *batches = collector_batches(server);
  CHECK_INT(batches->count, 3);
  CHECK_INT(json_count(batches, "[0].body.visitors"), 3);
  CHECK_INT(json_count(batches, "[1].body.visitors"), 1);
  CHECK_INT(json_count(batches, "[2].body.visitors"), 2);
  const json *note = json_at(batches, "[1].body.visitors[0].snapshots[0].events[0].tags.note");
  CHECK_INT(note ? note->length : 0, 2 << 20);
  json_free(batches);
  CHECK_INT(stats_of(client).delivered, 6);
  close_and_free(client);
  collector_reset(server);
}

static void check_too_large(opt_client *client, opt_status status, opt_error **error) {
  opt_stats stats = stats_of(client);
  CHECK(!opt_error_is_retriable(*error));
  CHECK_STATUS(status, OPT_STATUS_TOO_LARGE, error);
  CHECK_INT(stats.accepted, 0);
  CHECK_INT(stats.pending, 0);
}

static void test_over_the_api(const collector *server) {
  opt_error *error = NULL;
  opt_client *client = client_for(server);
  check_too_large(client, track_text(client, 4000000, 'x', &error), &error);
  check_too_large(client, track_text(client, API_LIMIT, 'x', &error), &error);
  // A control character takes six bytes of JSON: small in memory, too large on the wire.
  check_too_large(client, track_text(client, 700000, '\x01', &error), &error);
  check_too_large(client, track_text(client, 1800000, '"', &error), &error);
  CHECK_INT(stats_of(client).refused_too_large, 4);

  char *text = malloc(4000000);
  if (!text)
    check_abort("no memory for a large attribute");
  memset(text, 'x', 4000000);
  opt_user *user = user_named("visitor");
  CHECK_STATUS(opt_user_set_attribute(user, OPT_STR("plan"), opt_string((opt_str){text, 4000000}), &error),
               OPT_STATUS_OK, &error);
  free(text);
  // The decision is made; its impression says what became of it.
  opt_decision *decision = NULL;
  opt_decision_view view;
  CHECK_STATUS(opt_activate(client, user, OPT_STR("checkout_button"), &decision, &error), OPT_STATUS_OK, &error);
  CHECK_STATUS(opt_decision_read(decision, &view, sizeof view, &error), OPT_STATUS_OK, &error);
  CHECK_STR(view.variation_key, "green");
  CHECK_INT(view.event_status, OPT_EVENT_TOO_LARGE);
  opt_decision_free(decision);
  CHECK_INT(stats_of(client).refused_too_large, 5);
  fired++;
  opt_user_free(user);
  close_and_free(client);
  CHECK_INT(collector_stat(server, "posts"), 0);
  collector_reset(server);
}

// The border itself: what is accepted is delivered, to the byte; the API's limit holds for the whole JSON object.
static void test_border(const collector *server) {
  opt_error *error = NULL;
  opt_client *client = client_for(server);
  collector_faults(server, "[{\"kind\":\"max_bytes\",\"bytes\":3500000}]");
  size_t taken = 3000000, refused = API_LIMIT;
  long long accepted = 0;
  while (refused - taken > 1) {
    size_t middle = taken + (refused - taken) / 2;
    opt_status status = track_text(client, middle, 'x', &error);
    CHECK_STATUS(status, status == OPT_STATUS_OK ? OPT_STATUS_OK : OPT_STATUS_TOO_LARGE, &error);
    accepted += status == OPT_STATUS_OK;
    *(status == OPT_STATUS_OK ? &taken : &refused) = middle;
    flush(client);
  }
  printf("a15: a text of %zu bytes is taken, one of %zu is refused\n", taken, refused);
  CHECK(accepted > 0);
  CHECK_RANGE(taken, API_LIMIT - 2000, API_LIMIT);
  CHECK_INT(stats_of(client).delivered, accepted);
  CHECK_INT(stats_of(client).dead_lettered, 0);
  CHECK_INT(collector_stat(server, "unique"), accepted);
  close_and_free(client);
  collector_reset(server);
}

int main(void) {
  collector server = collector_start();
  test_over_a_batch(&server);
  test_over_the_api(&server);
  test_border(&server);
  check_fired("A15", "an event over a batch goes alone, one over the API is refused", fired);
  collector_stop(&server);
  return check_done("a15_large_events");
}
