// The flat form of what decides flags: the same decisions as the calls it stands for; profiles and predictions that the
// caller fetches, with nothing recorded until it has them all; and the notifications a call causes.
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "client.h"
#include "request.h"

enum { ROOM = 16 * 1024 };

static uint8_t room[ROOM];

// Makes a call; the answer lies in `room` until the next one.
static answer call(const opt_client *client, const request *asked, opt_status expected) {
  opt_error *error = NULL;
  size_t size = SIZE_MAX;
  memset(room, 0xAA, ROOM);
  CHECK_STATUS(opt_call_packed(client, asked->bytes, asked->size, room, ROOM, &size, &error), expected, &error);
  CHECK_RANGE(size, 0, ROOM);
  return (answer){.bytes = room, .size = size <= ROOM ? size : 0};
}

static void put_gold_user(request *to, const char *id) {
  put_text(to, id);
  put_u32(to, 1);
  put_pair_text(to, "plan", "gold");
  put_u32(to, 0);
}

static request gold_request(request_head head) {
  request asked = request_begin(head);
  put_gold_user(&asked, "visitor");
  request_end(&asked);
  return asked;
}

static bool is_same(opt_str left, opt_str right) {
  return !left.data == !right.data && left.len == right.len && (!left.len || !memcmp(left.data, right.data, left.len));
}

// A decision of an answer is the one of the handle, part by part.
static void check_same(const answer_decision *packed, const opt_decision *decision) {
  opt_decision_view view = view_of(decision);
  opt_str explained = opt_decision_explain_text(decision);
  CHECK(is_same(packed->flag_key, view.flag_key));
  CHECK(is_same(packed->rule_key, view.rule_key));
  CHECK(is_same(packed->variation_key, view.variation_key));
  CHECK(is_same(packed->rule_id, view.rule_id));
  CHECK(is_same(packed->variation_id, view.variation_id));
  CHECK_INT(packed->enabled, view.enabled);
  CHECK_INT(packed->source, view.source);
  CHECK_INT(packed->status, view.status);
  CHECK(is_same(packed->variables, opt_decision_variables(decision)));
  CHECK_INT(packed->reason_count, opt_decision_reason_count(decision));
  CHECK(is_same(packed->explain_text, explained.data ? explained : OPT_STR("")));
}

static void test_decide(const opt_client *client) {
  static const uint32_t options[] = {0, OPT_DECIDE_INCLUDE_REASONS, OPT_DECIDE_EXCLUDE_VARIABLES};
  static const char *const flags[] = {"checkout", "split", "broken"};
  opt_user *gold = user_gold("visitor");
  for (size_t i = 0; i < 3; i++) {
    for (size_t j = 0; j < 3; j++) {
      check_scope(flags[i]);
      request asked = gold_request((request_head){.call = OPT_PACKED_DECIDE, .options = options[j], .key = flags[i]});
      answer from = call(client, &asked, OPT_STATUS_OK);
      (void)take_head(&from, true);
      answer_decision packed = take_decision(&from);
      check_end(&from);
      opt_decision *decision = decide(client, gold, flags[i], options[j]);
      check_same(&packed, decision);
      CHECK_INT(packed.event_status, OPT_EVENT_ACCEPTED);
      opt_decision_free(decision);
    }
  }
  check_scope(NULL);
  request asked = gold_request((request_head){.call = OPT_PACKED_DECIDE, .key = "none"});
  answer from = call(client, &asked, OPT_STATUS_UNKNOWN_FLAG);
  (void)take_head(&from, true);
  answer_decision packed = take_decision(&from);
  CHECK_INT(packed.status, OPT_STATUS_UNKNOWN_FLAG);
  CHECK_STR(packed.first_reason, "No flag was found for key \"none\".");
  check_end(&from);
  opt_user_free(gold);
}

static void test_many(const opt_client *client) {
  request asked = gold_request((request_head){
      .call = OPT_PACKED_DECIDE_FOR_KEYS, .flag_keys = {"split", "none", "checkout", "split"}, .flag_key_count = 4});
  answer from = call(client, &asked, OPT_STATUS_OK);
  (void)take_head(&from, true);
  CHECK_INT(take_u32(&from), 3);
  CHECK_STR(take_decision(&from).flag_key, "split");
  CHECK_INT(take_decision(&from).status, OPT_STATUS_UNKNOWN_FLAG);
  CHECK_STR(take_decision(&from).variation_key, "on");
  check_end(&from);
  asked = gold_request((request_head){.call = OPT_PACKED_DECIDE_FOR_KEYS});
  from = call(client, &asked, OPT_STATUS_OK);
  (void)take_head(&from, true);
  CHECK_INT(take_u32(&from), 0);
  check_end(&from);
  asked = gold_request((request_head){.call = OPT_PACKED_DECIDE_ALL, .options = OPT_DECIDE_NO_WAIT});
  from = call(client, &asked, OPT_STATUS_OK);
  (void)take_head(&from, true);
  CHECK_INT(take_u32(&from), 4);
  CHECK_STR(take_decision(&from).flag_key, "checkout");
  CHECK_STR(take_decision(&from).flag_key, "split");
  CHECK_STR(take_decision(&from).variation_key, NULL);
  CHECK_STR(take_decision(&from).flag_key, "broken");
  check_end(&from);
}

static void test_variables(const opt_client *client) {
  static const struct {
    const char *key;
    uint32_t type, found;
    const char *value;
    opt_status status;
  } table[] = {
      {"max_items", 0, OPT_VARIABLE_INTEGER, "25", OPT_STATUS_OK},
      {"max_items", OPT_VARIABLE_INTEGER, OPT_VARIABLE_INTEGER, "25", OPT_STATUS_OK},
      {"title", OPT_VARIABLE_STRING, OPT_VARIABLE_STRING, "\"Buy \\\"now\\\"\"", OPT_STATUS_OK},
      {"layout", OPT_VARIABLE_JSON, OPT_VARIABLE_JSON, "{\"columns\":3}", OPT_STATUS_OK},
      {"layout", OPT_VARIABLE_STRING, 0, NULL, OPT_STATUS_WRONG_TYPE},
      {"none", 0, 0, NULL, OPT_STATUS_UNKNOWN_VARIABLE},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    check_scope(table[i].key);
    request asked = gold_request((request_head){.call = OPT_PACKED_GET_FEATURE_VARIABLE,
                                                .key = "checkout",
                                                .variable = table[i].key,
                                                .variable_type = table[i].type});
    answer from = call(client, &asked, table[i].status);
    if (!table[i].value) {
      CHECK_INT(from.size, 0);
      continue;
    }
    (void)take_head(&from, true);
    CHECK_INT(take_u32(&from), table[i].found);
    check_text_in(&from, table[i].value);
    check_end(&from);
  }
  check_scope(NULL);
  request asked = gold_request((request_head){.call = OPT_PACKED_GET_ALL_FEATURE_VARIABLES, .key = "checkout"});
  answer from = call(client, &asked, OPT_STATUS_OK);
  (void)take_head(&from, true);
  json *values = json_of(take_text(&from));
  CHECK_TEXT(json_text(values, "max_items"), "25");
  json_free(values);
  check_end(&from);
  asked = gold_request((request_head){.call = OPT_PACKED_GET_ALL_FEATURE_VARIABLES, .key = "broken"});
  from = call(client, &asked, OPT_STATUS_PARTIAL);
  (void)take_head(&from, true);
  check_text_in(&from, "{\"count\":null,\"label\":\"fine\"}");
  check_end(&from);
}

static void test_forced(const opt_client *client) {
  request asked = request_begin((request_head){.call = OPT_PACKED_DECIDE, .key = "checkout"});
  put_gold_user(&asked, "visitor");
  put_u32(&asked, UINT32_MAX);
  put_u32(&asked, 2);
  put_text(&asked, "checkout");
  put_text(&asked, "checkout_test");
  put_text(&asked, "off");
  put_text(&asked, "split");
  put_text(&asked, "");
  put_text(&asked, "left");
  put_u32(&asked, 0);
  answer from = call(client, &asked, OPT_STATUS_OK);
  (void)take_head(&from, true);
  answer_decision decision = take_decision(&from);
  CHECK_STR(decision.rule_key, "checkout_test");
  CHECK_STR(decision.variation_key, "off");
  check_end(&from);
}

static request split_request(const char *profile) {
  request asked = request_begin((request_head){.call = OPT_PACKED_DECIDE, .flags = OPT_PACKED_PROFILE, .key = "split"});
  put_gold_user(&asked, "visitor");
  put_u32(&asked, UINT32_MAX);
  put_u32(&asked, 0);
  put_text(&asked, profile);
  put_u32(&asked, 0);
  return asked;
}

// The caller looks profiles up and saves them; a profile that did not change is not given back.
static void test_profile(const opt_client *client) {
  char stored[256];
  request asked = split_request("");
  answer from = call(client, &asked, OPT_STATUS_OK);
  answer_head head = take_head(&from, true);
  CHECK(head.has_profile);
  json *profile = json_of(head.profile);
  CHECK_TEXT(json_text(profile, "user_id"), "visitor");
  answer_decision decision = take_decision(&from);
  CHECK_INT(json_count(profile, "experiment_bucket_map"), 1);
  const char *own = json_text(profile, "experiment_bucket_map.4002.variation_id");
  CHECK_STR(decision.variation_id, own);
  // The other side, stored: it is kept, and there is nothing to save.
  const char *other = own && strcmp(own, "6003") == 0 ? "6004" : "6003";
  snprintf(stored, sizeof stored,
           "{\"user_id\":\"visitor\",\"experiment_bucket_map\":{\"4002\":{\"variation_id\":\"%s\"}}}", other);
  asked = split_request(stored);
  from = call(client, &asked, OPT_STATUS_OK);
  CHECK(!take_head(&from, true).has_profile);
  CHECK_STR(take_decision(&from).variation_id, other);
  check_end(&from);
  // Without the flag nobody's profile is meant, and none comes back.
  asked = gold_request((request_head){.call = OPT_PACKED_DECIDE, .key = "split"});
  from = call(client, &asked, OPT_STATUS_OK);
  CHECK(!take_head(&from, true).has_profile);
  CHECK_STR(take_decision(&from).variation_id, own);
  check_end(&from);
  json_free(profile);
}

static request bandit_request(const char *visitor, int predictions, bool is_had, opt_str cmab_uuid) {
  char uuid[64];
  request asked =
      request_begin((request_head){.call = OPT_PACKED_DECIDE, .flags = OPT_PACKED_PREDICTS, .key = "bandit"});
  put_gold_user(&asked, visitor);
  put_u32(&asked, UINT32_MAX);
  put_u32(&asked, 0);
  put_u32(&asked, (uint32_t)predictions);
  if (predictions) {
    snprintf(uuid, sizeof uuid, "%.*s", (int)cmab_uuid.len, cmab_uuid.data);
    put_text(&asked, "4003");
    put_u8(&asked, is_had);
    put_text(&asked, is_had ? "6006" : "");
    put_text(&asked, uuid);
  }
  return asked;
}

// The first call says what has to be predicted, and records nothing; the second, with the answer, decides.
static void test_predictions(const opt_client *client) {
  char uuid[64];
  uint64_t before = stats_of(client).accepted;
  request asked = bandit_request("visitor", 0, false, OPT_STR(""));
  answer from = call(client, &asked, OPT_STATUS_NEEDS_PREDICTION);
  answer_head head = take_head(&from, false);
  check_end(&from);
  CHECK_INT(head.prediction_count, 1);
  CHECK_STR(head.rule_id, "4003");
  CHECK_INT(head.cmab_uuid.len, 36);
  json *body = json_of(head.prediction_request);
  CHECK_TEXT(json_text(body, "instances[0].visitorId"), "visitor");
  CHECK_STR(head.cmab_uuid, json_text(body, "instances[0].cmabUUID"));
  json_free(body);
  CHECK_INT(stats_of(client).accepted, before);
  snprintf(uuid, sizeof uuid, "%.*s", (int)head.cmab_uuid.len, head.cmab_uuid.data);

  asked = bandit_request("visitor", 1, true, opt_cstr(uuid));
  from = call(client, &asked, OPT_STATUS_OK);
  CHECK_INT(take_head(&from, true).prediction_count, 0);
  answer_decision decision = take_decision(&from);
  CHECK_STR(decision.variation_key, "b");
  CHECK_STR(decision.cmab_uuid, uuid);
  CHECK_INT(decision.event_status, OPT_EVENT_ACCEPTED);
  check_end(&from);
  CHECK_INT(stats_of(client).accepted, before + 1);

  asked = bandit_request("another visitor", 1, false, opt_cstr(uuid));
  from = call(client, &asked, OPT_STATUS_PREDICTION_FAILED);
  (void)take_head(&from, true);
  decision = take_decision(&from);
  CHECK_INT(decision.status, OPT_STATUS_PREDICTION_FAILED);
  CHECK_STR(decision.first_reason, "Failed to fetch CMAB data for experiment bandit_test.");
  check_end(&from);
  CHECK_INT(stats_of(client).accepted, before + 1);
}

static void test_notifications(const opt_client *client) {
  request asked =
      gold_request((request_head){.call = OPT_PACKED_DECIDE, .flags = OPT_PACKED_NOTIFY, .key = "checkout"});
  answer from = call(client, &asked, OPT_STATUS_OK);
  answer_head head = take_head(&from, true);
  CHECK_INT(head.notification_count, 1);
  CHECK_INT(head.notification_type, OPT_NOTIFICATION_DECISION);
  CHECK_STR(head.notification_key, "checkout");
  json *payload = json_of(head.notification_payload);
  CHECK_TEXT(json_text(payload, "type"), "flag");
  CHECK_TEXT(json_text(payload, "decisionInfo.variationKey"), "on");
  json_free(payload);
  CHECK_STR(take_decision(&from).variation_key, "on");
  check_end(&from);
  asked = gold_request((request_head){.call = OPT_PACKED_TRACK, .flags = OPT_PACKED_NOTIFY, .key = "purchase"});
  from = call(client, &asked, OPT_STATUS_OK);
  head = take_head(&from, false);
  CHECK_INT(head.notification_count, 1);
  CHECK_INT(head.notification_type, OPT_NOTIFICATION_TRACK);
  CHECK_STR(head.notification_key, "purchase");
  check_end(&from);
  asked = gold_request(
      (request_head){.call = OPT_PACKED_DECIDE_ALL, .flags = OPT_PACKED_NOTIFY, .options = OPT_DECIDE_NO_WAIT});
  from = call(client, &asked, OPT_STATUS_OK);
  CHECK_INT(take_head(&from, true).notification_count, 4);
}

// Too small an answer says how large it has to be, and nothing was recorded; so for every kind of body.
static void test_small_room(const opt_client *client, request_head head) {
  opt_error *error = NULL;
  request asked = gold_request(head);
  uint64_t before = stats_of(client).accepted;
  size_t needed = 0;
  CHECK_STATUS(opt_call_packed(client, asked.bytes, asked.size, NULL, 0, &needed, &error), OPT_STATUS_TOO_LARGE,
               &error);
  CHECK_RANGE(needed, 14, ROOM);
  for (size_t capacity = 0; capacity < needed; capacity += 7) {
    size_t size = 0;
    CHECK_STATUS(opt_call_packed(client, asked.bytes, asked.size, room, capacity, &size, &error), OPT_STATUS_TOO_LARGE,
                 &error);
    CHECK_INT(size, needed);
  }
  CHECK_INT(stats_of(client).accepted, before);
  size_t size = 0;
  CHECK_STATUS(opt_call_packed(client, asked.bytes, asked.size, room, needed, &size, &error), OPT_STATUS_OK, &error);
  CHECK_INT(size, needed);
}

int main(void) {
  opt_client *client = client_of(flags_for(NULL));
  test_decide(client);
  test_many(client);
  test_variables(client);
  test_forced(client);
  test_profile(client);
  test_predictions(client);
  test_notifications(client);
  test_small_room(client, (request_head){.call = OPT_PACKED_DECIDE, .key = "checkout"});
  test_small_room(client, (request_head){.call = OPT_PACKED_DECIDE_ALL, .options = OPT_DECIDE_NO_WAIT});
  test_small_room(client, (request_head){.call = OPT_PACKED_GET_ALL_FEATURE_VARIABLES, .key = "checkout"});
  test_small_room(client,
                  (request_head){.call = OPT_PACKED_GET_FEATURE_VARIABLE, .key = "checkout", .variable = "title"});
  opt_client_free(client);
  return check_done("packed_decide");
}
