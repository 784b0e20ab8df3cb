// How events become posts: by size, by time, by revision; and that posts share connections.
#include <stdio.h>

#include "check.h"
#include "client.h"
#include "datafile.h"

static opt_client *client_batching(const collector *server, uint32_t size, uint32_t interval_ms) {
  opt_error *error = NULL;
  opt_options *options = options_for(server);
  must(opt_options_set_batch_size(options, size, &error), error);
  must(opt_options_set_flush_interval_ms(options, interval_ms, &error), error);
  return client_of(options);
}

// Full batches go without a flush and without waiting for the interval, which is a day here.
static void test_size(const collector *server) {
  opt_client *client = client_batching(server, 10, 86400000);
  track_many(client, "purchase", "visitor-", 100);
  CHECK(collector_wait(server, "unique", 100, LONG_MS));
  json *batches = collector_batches(server);
  CHECK_INT(batches->count, 10);
  for (size_t i = 0; i < batches->count; i++)
    CHECK_INT(json_count(&batches->items[i], "body.visitors"), 10);
  json_free(batches);
  // A batch that is not full waits.
  track_many(client, "purchase", "more-", 9);
  CHECK(!collector_wait(server, "unique", 101, 200));
  CHECK_INT(stats_of(client).pending, 9);
  flush(client);
  CHECK_INT(collector_stat(server, "unique"), 109);
  close_and_free(client);
  collector_reset(server);
}

// The first waiting event decides when: about the interval after it, not before.
static void test_interval(const collector *server) {
  enum { INTERVAL_MS = 300 };
  opt_client *client = client_batching(server, 1000, INTERVAL_MS);
  long long begin = now_ms();
  track_many(client, "purchase", "visitor-", 5);
  CHECK(collector_wait(server, "unique", 5, LONG_MS));
  CHECK_RANGE(now_ms() - begin, INTERVAL_MS - 20, INTERVAL_MS + 700);
  CHECK_INT(collector_stat(server, "accepted_posts"), 1);
  close_and_free(client);
  collector_reset(server);
}

static void test_one_each(const collector *server) {
  opt_client *client = client_batching(server, 1, 1000);
  track_many(client, "purchase", "visitor-", 20);
  flush(client);
  CHECK_INT(stats_of(client).posts, 20);
  CHECK_INT(collector_stat(server, "accepted_posts"), 20);
  close_and_free(client);
  collector_reset(server);
}

// Connections are kept: hundreds of posts need one, or a second where the first was idle for too long.
static void test_keep_alive(const collector *server) {
  opt_client *client = client_batching(server, 1, 1000);
  long long before = collector_stat(server, "connections");
  track_many(client, "purchase", "visitor-", 300);
  flush(client);
  long long after = collector_stat(server, "connections");
  printf("batches: 300 posts over %lld connections\n", after - before);
  CHECK_INT(stats_of(client).posts, 300);
  CHECK_RANGE(after - before, 1, 2);
  close_and_free(client);
  collector_reset(server);
}

// A new datafile ends the batch: each event goes out under the revision it was recorded with, in the order recorded.
static void test_revisions(const collector *server) {
  opt_error *error = NULL;
  opt_client *client = client_for(server);
  track_many(client, "purchase", "old-", 3);
  CHECK_STATUS(opt_client_set_datafile(client, OPT_STR(SHOP_AT("43")), &error), OPT_STATUS_OK, &error);
  track_many(client, "purchase", "new-", 2);
  CHECK_STATUS(opt_client_set_datafile(client, OPT_STR(SHOP_AT("44")), &error), OPT_STATUS_OK, &error);
  // Nobody tracks at 44, so it gives no post.
  CHECK_STATUS(opt_client_set_datafile(client, OPT_STR(SHOP), &error), OPT_STATUS_OK, &error);
  track_many(client, "newsletter", "back-", 1);
  flush(client);
  json *batches = collector_batches(server);
  CHECK_INT(batches->count, 3);
  CHECK_TEXT(json_text(batches, "[0].body.revision"), "42");
  CHECK_INT(json_count(batches, "[0].body.visitors"), 3);
  CHECK_TEXT(json_text(batches, "[1].body.revision"), "43");
  CHECK_INT(json_count(batches, "[1].body.visitors"), 2);
  CHECK_TEXT(json_text(batches, "[1].body.visitors[0].visitor_id"), "new-0");
  CHECK_TEXT(json_text(batches, "[2].body.revision"), "42");
  CHECK_TEXT(json_text(batches, "[2].body.visitors[0].visitor_id"), "back-0");
  json_free(batches);
  close_and_free(client);
  collector_reset(server);
}

// Ids come from the datafile of the moment: one client, two meanings of one key.
static void test_ids_of_the_moment(const collector *server) {
  opt_error *error = NULL;
  opt_client *client = client_for(server);
  opt_user *user = user_named("visitor");
  track(client, user, "purchase");
  static const char other[] =
      SHOP_HEAD "\"events\":[{\"id\":\"77\",\"key\":\"purchase\",\"experimentIds\":[]}]," SHOP_TAIL("50");
  CHECK_STATUS(opt_client_set_datafile(client, opt_cstr(other), &error), OPT_STATUS_OK, &error);
  track(client, user, "purchase");
  CHECK_STATUS(opt_track(client, user, OPT_STR("newsletter"), NULL, 0, &error), OPT_STATUS_UNKNOWN_EVENT, &error);
  flush(client);
  json *batches = collector_batches(server);
  CHECK_INT(batches->count, 2);
  CHECK_TEXT(json_text(batches, "[0].body.visitors[0].snapshots[0].events[0].entity_id"), "9001");
  CHECK_TEXT(json_text(batches, "[1].body.visitors[0].snapshots[0].events[0].entity_id"), "77");
  json_free(batches);
  opt_user_free(user);
  close_and_free(client);
  collector_reset(server);
}

int main(void) {
  collector server = collector_start();
  test_size(&server);
  test_interval(&server);
  test_one_each(&server);
  test_keep_alive(&server);
  test_revisions(&server);
  test_ids_of_the_moment(&server);
  collector_stop(&server);
  return check_done("batches");
}
