// A poison event among many: exactly that one is set aside and logged, all others are delivered, in few posts.
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "client.h"

typedef struct {
  int errors;
  char last[1024];
} journal;

static void note(uint32_t level, opt_str message, void *user_data) {
  journal *book = user_data;
  if (level != OPT_LOG_ERROR)
    return;
  size_t length = message.len < sizeof book->last - 1 ? message.len : sizeof book->last - 1;
  memcpy(book->last, message.data, length);
  book->last[length] = '\0';
  book->errors++;
}

static opt_client *client_with_journal(const collector *server, journal *book) {
  opt_error *error = NULL;
  opt_options *options = options_for(server);
  must(opt_options_set_log_level(options, OPT_LOG_ERROR, &error), error);
  must(opt_options_set_logger(options, note, book, NULL, &error), error);
  return client_of(options);
}

// Is a visitor among those that the collector took?
static bool was_taken(const collector *server, const char *visitor) {
  bool is_found = false;
  json *batches = collector_batches(server);
  for (size_t i = 0; i < batches->count; i++) {
    const json *visitors = json_at(&batches->items[i], "body.visitors");
    for (size_t j = 0; j < visitors->count; j++)
      is_found |= strcmp(json_text(&visitors->items[j], "visitor_id"), visitor) == 0;
  }
  json_free(batches);
  return is_found;
}

// 2 log2(n) + 3 posts are enough to find one among n.
static int bound(int events) {
  int halvings = 0;
  while ((1 << halvings) < events)
    halvings++;
  return 1 + 2 * halvings + 3;
}

static void test_one(const collector *server, int events, int poisoned) {
  char faults[128], visitor[32], scope[64];
  snprintf(visitor, sizeof visitor, "visitor-%d", poisoned);
  snprintf(faults, sizeof faults, "[{\"kind\":\"poison\",\"visitor\":\"%s\"}]", visitor);
  snprintf(scope, sizeof scope, "%d of %d", poisoned, events);
  check_scope(scope);
  collector_faults(server, faults);
  journal book = {0};
  opt_client *client = client_with_journal(server, &book);
  track_many(client, "purchase", "visitor-", events);
  flush(client);
  opt_stats stats = stats_of(client);
  CHECK_INT(stats.delivered, events - 1);
  CHECK_INT(stats.dead_lettered, 1);
  CHECK_INT(stats.pending, 0);
  CHECK_RANGE(stats.posts, 1, bound(events));
  CHECK_INT(collector_stat(server, "unique"), events - 1);
  CHECK(!was_taken(server, visitor));
  CHECK(collector_fired(server, "poison") >= 1);
  // The log names uuid, key and the answer, and not the visitor.
  CHECK_INT(book.errors, 1);
  CHECK(strstr(book.last, "purchase") != NULL);
  CHECK(strstr(book.last, "400") != NULL);
  CHECK(strstr(book.last, "visitor-") == NULL);
  close_and_free(client);
  collector_reset(server);
  check_scope(NULL);
}

// Everything is refused: a gateway's fault, not the events'. After 20 single refusals without a success it holds.
static void test_all_refused(const collector *server) {
  enum { EVENTS = 200 };
  collector_faults(server, "[{\"kind\":\"status\",\"status\":400}]");
  opt_error *error = NULL;
  journal book = {0};
  uint64_t left = 0;
  opt_client *client = client_with_journal(server, &book);
  track_many(client, "purchase", "visitor-", EVENTS);
  CHECK_STATUS(opt_client_flush(client, 2000, &left, &error), OPT_STATUS_TIMEOUT, &error);
  opt_stats stats = stats_of(client);
  CHECK_RANGE(stats.dead_lettered, 1, 20);
  CHECK_INT(stats.pending, EVENTS - stats.dead_lettered);
  CHECK_INT(stats.delivery_state, OPT_DELIVERY_HELD);
  collector_faults(server, "[]");
  flush(client);
  CHECK_INT(stats_of(client).delivered, EVENTS - stats.dead_lettered);
  CHECK_INT(collector_stat(server, "unique"), EVENTS - stats.dead_lettered);
  close_and_free(client);
  collector_reset(server);
}

int main(void) {
  collector server = collector_start();
  test_one(&server, 1, 0);
  test_one(&server, 2, 1);
  test_one(&server, 100, 0);
  test_one(&server, 100, 57);
  test_one(&server, 1000, 999);
  test_all_refused(&server);
  collector_stop(&server);
  return check_done("poison");
}
