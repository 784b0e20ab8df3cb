// A11: events that no datafile knows, a client without a datafile, a datafile without events: refused, told in the log,
// and nothing is sent.
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "client.h"
#include "datafile.h"

static unsigned long long fired;

typedef struct {
  int errors;
  const char *name;
  int named;
} journal;

static void note(uint32_t level, opt_str message, void *user_data) {
  journal *book = user_data;
  char *text = strndup(message.data, message.len);
  book->errors += level == OPT_LOG_ERROR;
  book->named += text && strstr(text, book->name) ? 1 : 0;
  free(text);
}

static opt_options *options_noting(const collector *server, journal *book) {
  opt_error *error = NULL;
  opt_options *options = options_for(server);
  must(opt_options_set_log_level(options, OPT_LOG_ERROR, &error), error);
  must(opt_options_set_logger(options, note, book, NULL, &error), error);
  return options;
}

static void test_unknown_keys(const collector *server) {
  static const char *const keys[] = {"no_such_event", "Purchase", "purchase ", "purchas", "checkout_button", "9001"};
  journal book = {0};
  opt_error *error = NULL;
  opt_client *client = client_of(options_noting(server, &book));
  opt_user *user = user_named("visitor");
  int count = (int)(sizeof keys / sizeof *keys);
  for (int i = 0; i < count; i++) {
    book.name = keys[i];
    CHECK_STATUS(opt_track(client, user, opt_cstr(keys[i]), NULL, 0, &error), OPT_STATUS_UNKNOWN_EVENT, &error);
    CHECK_INT(book.errors, i + 1);
    CHECK_INT(book.named, i + 1);
    fired++;
  }
  // The empty key is just another key that the datafile lacks.
  book.name = "";
  CHECK_STATUS(opt_track(client, user, OPT_STR(""), NULL, 0, &error), OPT_STATUS_UNKNOWN_EVENT, &error);
  fired++;
  opt_stats stats = stats_of(client);
  CHECK_INT(stats.refused_unknown_event, count + 1);
  CHECK_INT(stats.accepted, 0);
  CHECK_INT(stats.threads, 0);
  opt_user_free(user);
  close_and_free(client);
}

static void test_without_events(const collector *server) {
  static const char bare[] = SHOP_HEAD SHOP_EXPERIMENTS SHOP_TAIL("1");
  static const char least[] = "{\"version\":\"4\"}";
  const char *const datafiles[] = {bare, least};
  for (int i = 0; i < 2; i++) {
    journal book = {.name = "purchase"};
    opt_error *error = NULL;
    opt_options *options = options_noting(server, &book);
    must(opt_options_set_datafile(options, opt_cstr(datafiles[i]), &error), error);
    opt_client *client = client_of(options);
    opt_user *user = user_named("visitor");
    CHECK_STATUS(opt_track(client, user, OPT_STR("purchase"), NULL, 0, &error), OPT_STATUS_UNKNOWN_EVENT, &error);
    CHECK_INT(book.errors, 1);
    CHECK_INT(book.named, 1);
    fired++;
    opt_user_free(user);
    close_and_free(client);
  }
}

static void test_without_datafile(const collector *server) {
  journal book = {.name = "datafile"};
  opt_error *error = NULL;
  opt_client *client = NULL;
  opt_options *options = opt_options_new();
  must(opt_options_set_event_endpoint(options, opt_cstr(server->events_url), &error), error);
  must(opt_options_set_logger(options, note, &book, NULL, &error), error);
  CHECK_STATUS(opt_client_new(options, &client, &error), OPT_STATUS_INVALID_ARGUMENT, &error);
  CHECK(client == NULL);
  CHECK(book.errors >= 1 && book.named >= 1);
  fired++;
}

int main(void) {
  collector server = collector_start();
  test_unknown_keys(&server);
  test_without_events(&server);
  test_without_datafile(&server);
  CHECK_INT(collector_stat(&server, "posts"), 0);
  check_fired("A11", "what no datafile knows is refused and logged, and nothing is sent", fired);
  collector_stop(&server);
  return check_done("a11_unknown");
}
