// Attributes and tags of every type on the wire: what travels, what is left out, and that each omission is counted.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "client.h"

// A value, and what must stand in the JSON; NULL: it is left out.
typedef struct {
  const char *name;
  opt_value value;
  json_kind kind;
  const char *as_attribute;
  const char *as_tag;
} row;

#define TWO_53 9007199254740992

// Attributes are bounded by 2^53, tags are not. Null is "none" for attributes, which is no loss and not counted.
static const row *rows(size_t *count) {
  static row table[32];
  const row all[] = {
      {"true", opt_bool(true), JSON_BOOL, "true", "true"},
      {"false", opt_bool(false), JSON_BOOL, "false", "false"},
      {"zero", opt_int(0), JSON_NUMBER, "0", "0"},
      {"negative", opt_int(-7), JSON_NUMBER, "-7", "-7"},
      {"2^53", opt_int(TWO_53), JSON_NUMBER, "9007199254740992", "9007199254740992"},
      {"-2^53", opt_int(-TWO_53), JSON_NUMBER, "-9007199254740992", "-9007199254740992"},
      {"2^53+1", opt_int(TWO_53 + 1), JSON_NUMBER, NULL, "9007199254740993"},
      {"INT64_MAX", opt_int(INT64_MAX), JSON_NUMBER, NULL, "9223372036854775807"},
      {"INT64_MIN", opt_int(INT64_MIN), JSON_NUMBER, NULL, "-9223372036854775808"},
      {"fraction", opt_double(0.1), JSON_NUMBER, "0.1", "0.1"},
      {"large double", opt_double(1e300), JSON_NUMBER, NULL, "1e+300"},
      {"NaN", opt_double((double)NAN), JSON_NUMBER, NULL, NULL},
      {"infinity", opt_double((double)INFINITY), JSON_NUMBER, NULL, NULL},
      {"-infinity", opt_double(-(double)INFINITY), JSON_NUMBER, NULL, NULL},
      {"text", opt_string(OPT_STR("gold")), JSON_STRING, "gold", "gold"},
      {"empty text", opt_string(OPT_STR("")), JSON_STRING, "", ""},
      {"escapes", opt_string(OPT_STR("\"\\/\b\f\n\r\t\x01\x7F")), JSON_STRING, "\"\\/\b\f\n\r\t\x01\x7F",
       "\"\\/\b\f\n\r\t\x01\x7F"},
      {"unicode", opt_string(OPT_STR("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\xE2\x80\xA8<&>")), JSON_STRING,
       "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\xE2\x80\xA8<&>", "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\xE2\x80\xA8<&>"},
  };
  *count = sizeof all / sizeof *all;
  memcpy(table, all, sizeof all);
  return table;
}

static void check_value(const json *value, json_kind kind, const char *expected) {
  if (!expected) {
    CHECK(value == NULL);
    return;
  }
  CHECK(value && value->kind == kind);
  CHECK_TEXT(value ? value->text : NULL, expected);
}

static void test_types(const collector *server) {
  opt_error *error = NULL;
  opt_client *client = client_for(server);
  size_t count;
  const row *table = rows(&count);
  for (size_t i = 0; i < count; i++) {
    const row *each = &table[i];
    check_scope(each->name);
    uint64_t ignored_before = stats_of(client).ignored_values;
    opt_pair attribute = {OPT_STR("score"), each->value};
    opt_pair tag = {OPT_STR("note"), each->value};
    opt_user *user = NULL;
    CHECK_STATUS(opt_user_new(OPT_STR("visitor"), &attribute, 1, &user, &error), OPT_STATUS_OK, &error);
    CHECK_STATUS(opt_track(client, user, OPT_STR("purchase"), &tag, 1, &error), OPT_STATUS_OK, &error);
    flush(client);
    json *batches;
    const json *visitor = last_visitor(server, (long long)i + 1, &batches);
    bool has_attribute = each->as_attribute != NULL;
    CHECK_INT(json_count(visitor, "attributes"), has_attribute ? 2 : 1);
    CHECK_TEXT(json_text(visitor, "attributes[0].key"), has_attribute ? "score" : "$opt_bot_filtering");
    if (has_attribute) {
      CHECK_TEXT(json_text(visitor, "attributes[0].entity_id"), "111097");
      check_value(json_at(visitor, "attributes[0].value"), each->kind, each->as_attribute);
    }
    // A map whose tags were all left out is still a map.
    CHECK(json_at(visitor, "snapshots[0].events[0].tags") != NULL);
    check_value(json_at(visitor, "snapshots[0].events[0].tags.note"), each->kind, each->as_tag);
    CHECK_INT(stats_of(client).ignored_values - ignored_before, !each->as_attribute + !each->as_tag);
    json_free(batches);
    opt_user_free(user);
  }
  check_scope(NULL);
  close_and_free(client);
  CHECK_INT(collector_stat(server, "rejected_posts"), 0);
  collector_reset(server);
}

// No value: a tag is left out and counted, an attribute is left out without being missed.
static void test_null(const collector *server) {
  opt_error *error = NULL;
  opt_client *client = client_for(server);
  opt_pair pairs[] = {{OPT_STR("score"), opt_null()}};
  opt_user *user = NULL;
  CHECK_STATUS(opt_user_new(OPT_STR("visitor"), pairs, 1, &user, &error), OPT_STATUS_OK, &error);
  CHECK_STATUS(opt_track(client, user, OPT_STR("purchase"), pairs, 1, &error), OPT_STATUS_OK, &error);
  flush(client);
  json *batches;
  const json *visitor = last_visitor(server, 1, &batches);
  CHECK_INT(json_count(visitor, "attributes"), 1);
  CHECK_INT(json_count(visitor, "snapshots[0].events[0].tags"), 0);
  CHECK_INT(stats_of(client).ignored_values, 1);
  json_free(batches);
  opt_user_free(user);
  close_and_free(client);
  collector_reset(server);
}

// Order of setting; unknown keys dropped; reserved ones under their own name; the datafile's bot filtering at the end
// and in place of a user's.
static void test_attribute_keys(const collector *server) {
  opt_error *error = NULL;
  opt_client *client = client_for(server);
  opt_user *user = user_named("visitor");
  const opt_pair pairs[] = {{OPT_STR("age"), opt_int(34)},
                            {OPT_STR("unknown"), opt_int(1)},
                            {OPT_STR("$opt_bot_filtering"), opt_bool(false)},
                            {OPT_STR("$opt_user_agent"), opt_string(OPT_STR("curl/8"))},
                            {OPT_STR(""), opt_int(2)},
                            {OPT_STR("plan"), opt_string(OPT_STR("silver"))},
                            {OPT_STR("age"), opt_int(35)}};
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
    CHECK_STATUS(opt_user_set_attribute(user, pairs[i].key, pairs[i].value, &error), OPT_STATUS_OK, &error);
  track(client, user, "purchase");
  flush(client);
  json *batches;
  const json *visitor = last_visitor(server, 1, &batches);
  static const char *const expected[][3] = {{"111095", "age", "35"},
                                            {"$opt_user_agent", "$opt_user_agent", "curl/8"},
                                            {"111094", "plan", "silver"},
                                            {"$opt_bot_filtering", "$opt_bot_filtering", "true"}};
  CHECK_INT(json_count(visitor, "attributes"), 4);
  for (size_t i = 0; i < 4; i++) {
    const json *attribute = i < json_count(visitor, "attributes") ? &json_at(visitor, "attributes")->items[i] : NULL;
    CHECK_INT(attribute ? attribute->count : 0, 4);
    CHECK_TEXT(json_text(attribute, "entity_id"), expected[i][0]);
    CHECK_TEXT(json_text(attribute, "key"), expected[i][1]);
    CHECK_TEXT(json_text(attribute, "type"), "custom");
    CHECK_TEXT(json_text(attribute, "value"), expected[i][2]);
  }
  json_free(batches);
  opt_user_free(user);
  close_and_free(client);
  collector_reset(server);
}

// A user may go on changing: each event has the attributes of its moment.
static void test_attributes_of_the_moment(const collector *server) {
  opt_error *error = NULL;
  opt_client *client = client_for(server);
  opt_user *user = user_named("visitor");
  for (int age = 20; age < 23; age++) {
    CHECK_STATUS(opt_user_set_attribute(user, OPT_STR("age"), opt_int(age), &error), OPT_STATUS_OK, &error);
    track(client, user, "purchase");
  }
  opt_user_free(user);
  flush(client);
  CHECK(collector_wait(server, "unique", 3, LONG_MS));
  json *batches = collector_batches(server);
  for (int i = 0; i < 3; i++) {
    char path[64];
    snprintf(path, sizeof path, "[0].body.visitors[%d].attributes[0].value", i);
    CHECK_INT(json_int(batches, path), 20 + i);
  }
  json_free(batches);
  close_and_free(client);
  collector_reset(server);
}

int main(void) {
  collector server = collector_start();
  test_types(&server);
  test_null(&server);
  test_attribute_keys(&server);
  test_attributes_of_the_moment(&server);
  collector_stop(&server);
  return check_done("wire_values");
}
