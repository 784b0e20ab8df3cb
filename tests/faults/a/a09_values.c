// A9: values that JSON or the Events API lacks, in masses and under awkward names: they are left out, logged by name
// and counted, and the event is kept. Nested values can't be expressed in this ABI.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "client.h"
#include "datafile.h"

enum { MANY = 10000 };

static unsigned long long fired;

typedef struct {
  unsigned long long warnings;
  // The name that messages must hold, and how many did.
  const char *name;
  unsigned long long named;
} journal;

static void note(uint32_t level, opt_str message, void *user_data) {
  journal *book = user_data;
  char *text = strndup(message.data, message.len);
  book->warnings += level == OPT_LOG_WARNING;
  book->named += text && book->name && strstr(text, book->name);
  free(text);
}

static opt_client *client_noting(const collector *server, journal *book) {
  opt_error *error = NULL;
  opt_options *options = options_for(server);
  must(opt_options_set_log_level(options, OPT_LOG_WARNING, &error), error);
  must(opt_options_set_logger(options, note, book, NULL, &error), error);
  return client_of(options);
}

// Each bad value alone, as a tag and as an attribute.
static void test_each(const collector *server) {
  const opt_value values[] = {opt_double((double)NAN), opt_double(-(double)NAN), opt_double((double)INFINITY),
                              opt_double(-(double)INFINITY)};
  journal book = {.name = "bad name"};
  opt_error *error = NULL;
  opt_client *client = client_noting(server, &book);
  long long unique = 0;
  for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
    opt_user *user = user_named("visitor");
    opt_pair tags[] = {{OPT_STR("bad name"), values[i]}, {OPT_STR("good"), opt_int(1)}};
    CHECK_STATUS(opt_track(client, user, OPT_STR("purchase"), tags, 2, &error), OPT_STATUS_OK, &error);
    fired++;
    CHECK_INT(stats_of(client).ignored_values, fired);
    CHECK_INT(book.named, fired);
    flush(client);
    json *batches;
    const json *tag = json_at(last_visitor(server, ++unique, &batches), "snapshots[0].events[0].tags");
    CHECK_INT(tag ? tag->count : 0, 1);
    CHECK_INT(json_int(tag, "good"), 1);
    json_free(batches);
    opt_user_free(user);
  }
  book.name = "score";
  book.named = 0;
  const opt_value bounds[] = {opt_double((double)NAN), opt_double((double)INFINITY), opt_int(9007199254740993),
                              opt_int(INT64_MIN),      opt_int(INT64_MAX),           opt_double(1e17)};
  for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++) {
    opt_pair attribute = {OPT_STR("score"), bounds[i]};
    opt_user *user = NULL;
    CHECK_STATUS(opt_user_new(OPT_STR("visitor"), &attribute, 1, &user, &error), OPT_STATUS_OK, &error);
    track(client, user, "purchase");
    fired++;
    CHECK_INT(stats_of(client).ignored_values, fired);
    CHECK_INT(book.named, i + 1);
    opt_user_free(user);
  }
  close_and_free(client);
  collector_reset(server);
}

// −0 is a number and stays one.
static void test_negative_zero(const collector *server) {
  opt_error *error = NULL;
  opt_client *client = client_for(server);
  opt_user *user = user_named("visitor");
  opt_pair tags[] = {{OPT_STR("value"), opt_double(-0.0)}, {OPT_STR("revenue"), opt_double(-0.0)}};
  CHECK_STATUS(opt_track(client, user, OPT_STR("purchase"), tags, 2, &error), OPT_STATUS_OK, &error);
  flush(client);
  fired++;
  json *batches;
  const json *event = json_at(last_visitor(server, 1, &batches), "snapshots[0].events[0]");
  CHECK_TEXT(json_text(event, "revenue"), "0");
  CHECK(json_text(event, "value") && fabs(strtod(json_text(event, "value"), NULL)) < 1e-300);
  CHECK(json_text(event, "tags.value") && fabs(strtod(json_text(event, "tags.value"), NULL)) < 1e-300);
  json_free(batches);
  opt_user_free(user);
  close_and_free(client);
  collector_reset(server);
}

// Of two pairs with one key the last wins, also where it is no value; an empty key is a key.
static void test_names(const collector *server) {
  opt_error *error = NULL;
  opt_client *client = client_for(server);
  opt_user *user = user_named("visitor");
  opt_pair tags[] = {{OPT_STR("twice"), opt_int(1)},   {OPT_STR(""), opt_int(2)},
                     {OPT_STR("twice"), opt_int(3)},   {OPT_STR("revenue"), opt_int(100)},
                     {OPT_STR("revenue"), opt_int(7)}, {OPT_STR("\"\\\n"), opt_int(4)}};
  CHECK_STATUS(opt_track(client, user, OPT_STR("purchase"), tags, 6, &error), OPT_STATUS_OK, &error);
  fired += 3;
  flush(client);
  json *batches;
  const json *event = json_at(last_visitor(server, 1, &batches), "snapshots[0].events[0]");
  const json *sent = json_at(event, "tags");
  CHECK_INT(sent ? sent->count : 0, 4);
  CHECK_INT(json_int(sent, "twice"), 3);
  CHECK_INT(json_int(sent, "revenue"), 7);
  CHECK_INT(json_int(event, "revenue"), 7);
  const json *empty = json_member(sent, "", 0);
  CHECK_TEXT(empty ? empty->text : NULL, "2");
  const json *escaped = json_member(sent, "\"\\\n", 3);
  CHECK_TEXT(escaped ? escaped->text : NULL, "4");
  json_free(batches);
  opt_user_free(user);
  close_and_free(client);
  collector_reset(server);
}

// A datafile that knows all the attributes `many-0`, `many-1`, …
static char *datafile_of_many(void) {
  size_t room = (size_t)MANY * 48 + 4096;
  char *text = malloc(room);
  if (!text)
    check_abort("no memory for a datafile");
  size_t used = (size_t)snprintf(text, room, "%s%s\"attributes\":[", SHOP_HEAD, SHOP_EVENTS);
  for (int i = 0; i < MANY; i++)
    used += (size_t)snprintf(text + used, room - used, "%s{\"id\":\"%d\",\"key\":\"many-%d\"}", i ? "," : "", i, i);
  snprintf(text + used, room - used, "],%s", SHOP_TAIL("42"));
  return text;
}

static void test_many(const collector *server) {
  static char keys[MANY][32];
  static opt_pair pairs[MANY];
  opt_error *error = NULL;
  for (int i = 0; i < MANY; i++) {
    snprintf(keys[i], sizeof keys[i], "many-%d", i);
    pairs[i] = (opt_pair){opt_cstr(keys[i]), i % 10 ? opt_int(i) : opt_double((double)NAN)};
  }
  journal book = {.name = "many-"};
  opt_client *client = client_noting(server, &book);
  char *datafile = datafile_of_many();
  CHECK_STATUS(opt_client_set_datafile(client, opt_cstr(datafile), &error), OPT_STATUS_OK, &error);
  free(datafile);
  opt_user *user = NULL;
  CHECK_STATUS(opt_user_new(OPT_STR("visitor"), pairs, MANY, &user, &error), OPT_STATUS_OK, &error);
  CHECK_STATUS(opt_track(client, user, OPT_STR("purchase"), pairs, MANY, &error), OPT_STATUS_OK, &error);
  fired += 2;
  CHECK_INT(stats_of(client).ignored_values, 2 * MANY / 10);
  CHECK_INT(book.named, 2 * MANY / 10);
  flush(client);
  json *batches;
  const json *visitor = last_visitor(server, 1, &batches);
  CHECK_INT(json_count(visitor, "attributes"), MANY - MANY / 10 + 1);
  CHECK_INT(json_count(visitor, "snapshots[0].events[0].tags"), MANY - MANY / 10);
  json_free(batches);
  opt_user_free(user);
  close_and_free(client);
}

int main(void) {
  collector server = collector_start();
  test_each(&server);
  test_negative_zero(&server);
  test_names(&server);
  test_many(&server);
  CHECK_INT(collector_stat(&server, "malformed_posts"), 0);
  CHECK_INT(collector_stat(&server, "rejected_posts"), 0);
  check_fired("A9", "bad values are left out, named and counted, and the event is kept", fired);
  collector_stop(&server);
  return check_done("a09_values");
}
