// A conversion on the wire, field by field: batch, visitor, snapshot, event, and nothing besides.
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "check.h"
#include "client.h"

static long long wall_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// Lower-case, hyphenated, version 4, variant 1.
static bool is_uuid_v4(const char *text) {
  if (!text || strlen(text) != 36)
    return false;
  for (int i = 0; i < 36; i++) {
    bool is_hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    if (is_hyphen ? text[i] != '-' : !isdigit((unsigned char)text[i]) && (text[i] < 'a' || text[i] > 'f'))
      return false;
  }
  return text[14] == '4' && strchr("89ab", text[19]);
}

static const char *header_of(const json *batch, const char *name) {
  const json *headers = json_at(batch, "headers");
  for (size_t i = 0; headers && i < headers->count; i++)
    if (strcasecmp(headers->items[i].name, name) == 0)
      return headers->items[i].text;
  return NULL;
}

static void check_batch(const json *batch, const char *client_name, const char *client_version) {
  CHECK_TEXT(json_text(batch, "path"), "/v1/events");
  CHECK_TEXT(header_of(batch, "content-type"), "application/json");
  CHECK_INT(json_count(batch, "body"), 8);
  CHECK_TEXT(json_text(batch, "body.account_id"), "12001");
  CHECK_TEXT(json_text(batch, "body.project_id"), "111001");
  CHECK_TEXT(json_text(batch, "body.revision"), "42");
  CHECK_TEXT(json_text(batch, "body.client_name"), client_name);
  CHECK_TEXT(json_text(batch, "body.client_version"), client_version);
  CHECK_TEXT(json_text(batch, "body.anonymize_ip"), "true");
  CHECK_TEXT(json_text(batch, "body.enrich_decisions"), "true");
}

static void test_without_tags(const collector *server) {
  opt_client *client = client_for(server);
  opt_user *user = user_named("visitor \"1\" \xE2\x82\xAC");
  long long before = wall_ms();
  track(client, user, "purchase");
  long long after = wall_ms();
  flush(client);

  json *batches;
  const json *visitor = last_visitor(server, 1, &batches);
  check_batch(&batches->items[0], "libopttrack", OPT_VERSION);
  CHECK_INT(visitor->count, 3);
  CHECK_TEXT(json_text(visitor, "visitor_id"), "visitor \"1\" \xE2\x82\xAC");
  CHECK_INT(json_count(visitor, "snapshots[0]"), 1);
  const json *event = json_at(visitor, "snapshots[0].events[0]");
  CHECK_INT(event->count, 4);
  CHECK_TEXT(json_text(event, "entity_id"), "9001");
  CHECK_TEXT(json_text(event, "key"), "purchase");
  CHECK_RANGE(json_int(event, "timestamp"), before, after);
  CHECK(is_uuid_v4(json_text(event, "uuid")));
  // The datafile says botFiltering, so every visitor carries it.
  CHECK_INT(json_count(visitor, "attributes"), 1);
  CHECK_TEXT(json_text(visitor, "attributes[0].key"), "$opt_bot_filtering");
  CHECK_TEXT(json_text(visitor, "attributes[0].entity_id"), "$opt_bot_filtering");
  CHECK_TEXT(json_text(visitor, "attributes[0].type"), "custom");
  CHECK_TEXT(json_text(visitor, "attributes[0].value"), "true");
  json_free(batches);

  opt_user_free(user);
  close_and_free(client);
  collector_reset(server);
}

static void test_with_tags(const collector *server) {
  opt_error *error = NULL;
  opt_client *client = client_for(server);
  opt_user *user = user_named("visitor-2");
  opt_pair tags[] = {{OPT_STR("revenue"), opt_int(4200)},
                     {OPT_STR("value"), opt_double(1.5)},
                     {OPT_STR("sku"), opt_string(OPT_STR("A-7"))},
                     {OPT_STR("gift"), opt_bool(true)}};
  CHECK_STATUS(opt_track(client, user, OPT_STR("purchase"), tags, 4, &error), OPT_STATUS_OK, &error);
  flush(client);

  json *batches;
  const json *event = json_at(last_visitor(server, 1, &batches), "snapshots[0].events[0]");
  CHECK_INT(event->count, 7);
  CHECK_TEXT(json_text(event, "revenue"), "4200");
  CHECK_TEXT(json_text(event, "value"), "1.5");
  CHECK_INT(json_count(event, "tags"), 4);
  CHECK_TEXT(json_text(event, "tags.revenue"), "4200");
  CHECK_TEXT(json_text(event, "tags.value"), "1.5");
  CHECK_TEXT(json_text(event, "tags.sku"), "A-7");
  CHECK_TEXT(json_text(event, "tags.gift"), "true");
  json_free(batches);

  opt_user_free(user);
  close_and_free(client);
  collector_reset(server);
}

// An event that no experiment measures is sent all the same.
static void test_event_without_experiments(const collector *server) {
  opt_client *client = client_for(server);
  opt_user *user = user_named("visitor-3");
  track(client, user, "newsletter");
  flush(client);
  json *batches;
  const json *visitor = last_visitor(server, 1, &batches);
  CHECK_TEXT(json_text(visitor, "snapshots[0].events[0].entity_id"), "9002");
  CHECK_TEXT(json_text(visitor, "snapshots[0].events[0].key"), "newsletter");
  json_free(batches);
  opt_user_free(user);
  close_and_free(client);
  collector_reset(server);
}

static void test_client_name(const collector *server) {
  opt_error *error = NULL;
  opt_options *options = options_for(server);
  CHECK_STATUS(opt_options_set_client_name(options, OPT_STR("shop-sdk"), OPT_STR("7.8.9"), &error), OPT_STATUS_OK,
               &error);
  opt_client *client = client_of(options);
  opt_user *user = user_named("visitor-4");
  track(client, user, "purchase");
  flush(client);
  json *batches;
  (void)last_visitor(server, 1, &batches);
  check_batch(&batches->items[0], "shop-sdk", "7.8.9");
  json_free(batches);
  opt_user_free(user);
  close_and_free(client);
  collector_reset(server);
}

// One visitor an event, never merged, in the order of the calls, and each with a uuid of its own.
static void test_order(const collector *server) {
  enum { EVENTS = 50 };
  opt_client *client = client_for(server);
  opt_user *user = user_named("visitor-5");
  for (int i = 0; i < EVENTS; i++)
    track(client, user, i % 2 ? "purchase" : "newsletter");
  flush(client);
  CHECK(collector_wait(server, "unique", EVENTS, LONG_MS));
  json *batches = collector_batches(server);
  CHECK_INT(batches->count, 1);
  CHECK_INT(json_count(batches, "[0].body.visitors"), EVENTS);
  long long earlier = 0;
  for (int i = 0; i < EVENTS; i++) {
    char path[64];
    snprintf(path, sizeof path, "[0].body.visitors[%d].snapshots[0].events[0]", i);
    const json *event = json_at(batches, path);
    CHECK_TEXT(json_text(event, "key"), i % 2 ? "purchase" : "newsletter");
    CHECK(json_int(event, "timestamp") >= earlier);
    earlier = json_int(event, "timestamp");
  }
  json_free(batches);
  opt_user_free(user);
  close_and_free(client);
  collector_reset(server);
}

int main(void) {
  collector server = collector_start();
  test_without_tags(&server);
  test_with_tags(&server);
  test_event_without_experiments(&server);
  test_client_name(&server);
  test_order(&server);
  collector_stop(&server);
  return check_done("wire_conversion");
}
