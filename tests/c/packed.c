// The flat form of every call: same decisions, same bytes on the wire, same statuses as the calls it stands for.
#include <string.h>

#include "check.h"
#include "client.h"
#include "request.h"

enum { ROOM = 512 };

// Makes a call; the answer lies in `room` until the next one.
static answer call(const opt_client *client, const request *asked, uint8_t room[ROOM], opt_status expected) {
  opt_error *error = NULL;
  size_t size = SIZE_MAX;
  memset(room, 0xAA, ROOM);
  CHECK_STATUS(opt_call_packed(client, asked->bytes, asked->size, room, ROOM, &size, &error), expected, &error);
  CHECK_RANGE(size, 0, ROOM);
  return (answer){.bytes = room, .size = size};
}

static void check_decision(answer from, bool is_enabled, unsigned event, const char *flag, const char *rule,
                           const char *variation) {
  answer_head head = take_head(&from, true);
  CHECK(!head.has_profile);
  CHECK_INT(head.prediction_count, 0);
  CHECK_INT(head.notification_count, 0);
  answer_decision decision = take_decision(&from);
  CHECK_INT(decision.enabled, is_enabled);
  CHECK_INT(decision.event_status, event);
  CHECK_STR(decision.flag_key, flag);
  CHECK_STR(decision.rule_key, rule);
  CHECK_STR(decision.variation_key, variation);
  CHECK_STR(decision.cmab_uuid, NULL);
  CHECK_STR(decision.explain_text, "");
  CHECK_STR(decision.explain_json, "");
  check_end(&from);
}

static void test_track(const collector *server) {
  uint8_t room[ROOM];
  opt_client *client = client_for(server);
  request asked = request_begin((request_head){.call = OPT_PACKED_TRACK, .key = "purchase"});
  put_text(&asked, "visitor-1");
  put_u32(&asked, 3);
  put_pair_text(&asked, "plan", "gold");
  put_pair_int(&asked, "age", 34);
  put_pair_null(&asked, "score");
  put_u32(&asked, 4);
  put_pair_int(&asked, "revenue", 4200);
  put_pair_double(&asked, "value", 1.5);
  put_pair_bool(&asked, "gift", true);
  put_pair_text(&asked, "method", "card");
  put_u32(&asked, 1);
  put_text(&asked, "segment");
  put_u32(&asked, 0);
  put_u32(&asked, 0);
  answer taken = call(client, &asked, room, OPT_STATUS_OK);
  (void)take_head(&taken, false);
  check_end(&taken);
  flush(client);
  json *batches;
  const json *visitor = last_visitor(server, 1, &batches);
  CHECK_TEXT(json_text(visitor, "visitor_id"), "visitor-1");
  CHECK_TEXT(json_text(visitor, "attributes[0].value"), "gold");
  CHECK_TEXT(json_text(visitor, "attributes[1].value"), "34");
  const json *event = json_at(visitor, "snapshots[0].events[0]");
  CHECK_TEXT(json_text(event, "key"), "purchase");
  CHECK_TEXT(json_text(event, "revenue"), "4200");
  CHECK_TEXT(json_text(event, "value"), "1.5");
  CHECK_TEXT(json_text(event, "tags.gift"), "true");
  CHECK_TEXT(json_text(event, "tags.method"), "card");
  json_free(batches);
  request unknown = request_plain(OPT_PACKED_TRACK, "no_such_event", "visitor-1");
  CHECK_INT(call(client, &unknown, room, OPT_STATUS_UNKNOWN_EVENT).size, 0);
  close_and_free(client);
  collector_reset(server);
}

static void test_decisions(const collector *server) {
  uint8_t room[ROOM];
  opt_client *client = client_for(server);
  request asked = request_plain(OPT_PACKED_ACTIVATE, "checkout_button", "visitor");
  check_decision(call(client, &asked, room, OPT_STATUS_OK), true, OPT_EVENT_ACCEPTED, NULL, "checkout_button", "green");
  asked = request_plain(OPT_PACKED_GET_VARIATION, "checkout_button", "visitor");
  check_decision(call(client, &asked, room, OPT_STATUS_OK), true, OPT_EVENT_SUPPRESSED, NULL, "checkout_button",
                 "green");
  asked = request_plain(OPT_PACKED_GET_VARIATION, "gold_banner", "visitor");
  check_decision(call(client, &asked, room, OPT_STATUS_OK), false, OPT_EVENT_SUPPRESSED, NULL, NULL, NULL);
  asked = request_plain(OPT_PACKED_GET_VARIATION, "none", "visitor");
  CHECK_INT(call(client, &asked, room, OPT_STATUS_UNKNOWN_EXPERIMENT).size, 0);

  asked = request_plain(OPT_PACKED_IS_FEATURE_ENABLED, "dark_mode", "visitor");
  answer enabled = call(client, &asked, room, OPT_STATUS_OK);
  (void)take_head(&enabled, true);
  answer_decision dark = take_decision(&enabled);
  CHECK_INT(dark.enabled, 1);
  CHECK_INT(dark.event_status, OPT_EVENT_ACCEPTED);
  check_end(&enabled);

  asked = request_begin(
      (request_head){.call = OPT_PACKED_DECIDE, .options = OPT_DECIDE_DISABLE_DECISION_EVENT, .key = "search"});
  put_text(&asked, "visitor");
  put_u32(&asked, 1);
  put_pair_int(&asked, "age", 40);
  put_u32(&asked, 0);
  request_end(&asked);
  check_decision(call(client, &asked, room, OPT_STATUS_OK), true, OPT_EVENT_SUPPRESSED, "search", "search_test",
                 "ranked");
  // An unknown flag is answered with a decision too, as opt_decide does.
  asked = request_plain(OPT_PACKED_DECIDE, "none", "visitor");
  check_decision(call(client, &asked, room, OPT_STATUS_UNKNOWN_FLAG), false, OPT_EVENT_SUPPRESSED, "none", NULL, NULL);
  CHECK_INT(stats_of(client).accepted, 2);
  close_and_free(client);
  collector_reset(server);
}

static void test_keys(const collector *server) {
  uint8_t room[ROOM];
  opt_client *client = client_for(server);
  request asked = request_begin((request_head){.call = OPT_PACKED_GET_ENABLED_FEATURES});
  put_text(&asked, "visitor");
  put_u32(&asked, 1);
  put_pair_double(&asked, "age", 40);
  put_u32(&asked, 0);
  request_end(&asked);
  answer listed = call(client, &asked, room, OPT_STATUS_OK);
  (void)take_head(&listed, true);
  CHECK_INT(take_u32(&listed), 2);
  check_text_in(&listed, "search");
  check_text_in(&listed, "dark_mode");
  CHECK_INT(take_u64(&listed), 0);
  check_end(&listed);
  CHECK_INT(stats_of(client).accepted_impressions, 3);
  close_and_free(client);
  collector_reset(server);
}

// An answer that has no room says how much it needs and records nothing; with the room, it does both.
static void test_small_room(const collector *server, unsigned what, const char *key, uint64_t impressions) {
  opt_error *error = NULL;
  uint8_t room[ROOM];
  opt_client *client = client_for(server);
  request asked = request_plain(what, key, "visitor");
  size_t needed = 0;
  CHECK_STATUS(opt_call_packed(client, asked.bytes, asked.size, NULL, 0, &needed, &error), OPT_STATUS_TOO_LARGE,
               &error);
  CHECK_RANGE(needed, 4, ROOM);
  for (size_t capacity = 0; capacity < needed; capacity++) {
    size_t size = 0;
    memset(room, 0xAA, sizeof room);
    CHECK_STATUS(opt_call_packed(client, asked.bytes, asked.size, room, capacity, &size, &error), OPT_STATUS_TOO_LARGE,
                 &error);
    CHECK_INT(size, needed);
    bool is_untouched = true;
    for (size_t i = capacity; i < sizeof room; i++)
      is_untouched &= room[i] == 0xAA;
    CHECK(is_untouched);
  }
  CHECK_INT(stats_of(client).accepted, 0);
  size_t size = 0;
  CHECK_STATUS(opt_call_packed(client, asked.bytes, asked.size, room, needed, &size, &error), OPT_STATUS_OK, &error);
  CHECK_INT(size, needed);
  CHECK_INT(stats_of(client).accepted, impressions);
  close_and_free(client);
  collector_reset(server);
}

int main(void) {
  collector server = collector_start();
  test_track(&server);
  test_decisions(&server);
  test_keys(&server);
  test_small_room(&server, OPT_PACKED_ACTIVATE, "checkout_button", 1);
  test_small_room(&server, OPT_PACKED_IS_FEATURE_ENABLED, "dark_mode", 1);
  test_small_room(&server, OPT_PACKED_DECIDE, "beta", 1);
  test_small_room(&server, OPT_PACKED_GET_ENABLED_FEATURES, "", 3);
  collector_stop(&server);
  return check_done("packed");
}
