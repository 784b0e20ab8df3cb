// Impressions on the wire: which decisions send one, and its decision object field by field.
#include "check.h"
#include "client.h"

// What an impression must say.
typedef struct {
  const char *campaign;
  const char *experiment;
  // NULL: JSON null.
  const char *variation;
  const char *flag_key;
  const char *rule_key;
  const char *rule_type;
  const char *variation_key;
  const char *enabled;
} impression;

static void check_impression(const collector *server, long long unique, const impression *expected) {
  json *batches;
  const json *visitor = last_visitor(server, unique, &batches);
  const json *snapshot = json_at(visitor, "snapshots[0]");
  CHECK_INT(snapshot->count, 2);
  CHECK_INT(json_count(snapshot, "decisions"), 1);
  const json *decision = json_at(snapshot, "decisions[0]");
  CHECK_INT(decision->count, 4);
  CHECK_TEXT(json_text(decision, "campaign_id"), expected->campaign);
  CHECK_TEXT(json_text(decision, "experiment_id"), expected->experiment);
  if (expected->variation)
    CHECK_TEXT(json_text(decision, "variation_id"), expected->variation);
  else
    CHECK(json_at(decision, "variation_id") && json_at(decision, "variation_id")->kind == JSON_NULL);
  const json *metadata = json_at(decision, "metadata");
  CHECK_INT(metadata ? metadata->count : 0, 5);
  CHECK_TEXT(json_text(metadata, "flag_key"), expected->flag_key);
  CHECK_TEXT(json_text(metadata, "rule_key"), expected->rule_key);
  CHECK_TEXT(json_text(metadata, "rule_type"), expected->rule_type);
  CHECK_TEXT(json_text(metadata, "variation_key"), expected->variation_key);
  CHECK_TEXT(json_text(metadata, "enabled"), expected->enabled);
  const json *event = json_at(snapshot, "events[0]");
  CHECK_INT(event->count, 4);
  CHECK_TEXT(json_text(event, "entity_id"), expected->campaign);
  CHECK_TEXT(json_text(event, "key"), "campaign_activated");
  CHECK(json_int(event, "timestamp") > 0);
  CHECK(json_text(event, "uuid") != NULL);
  json_free(batches);
}

// Reads a decision's event status and frees it.
static uint32_t event_status_of(opt_decision *decision) {
  opt_error *error = NULL;
  opt_decision_view view;
  must(opt_decision_read(decision, &view, sizeof view, &error), error);
  opt_decision_free(decision);
  return view.event_status;
}

static opt_user *grown_up(void) {
  opt_error *error = NULL;
  opt_user *user = NULL;
  opt_pair attributes[] = {{OPT_STR("age"), opt_int(34)}};
  must(opt_user_new(OPT_STR("visitor-1"), attributes, 1, &user, &error), error);
  return user;
}

static void test_activate(const collector *server) {
  static const impression expected = {"5001", "4001", "6001", "", "checkout_button", "experiment", "green", "true"};
  opt_error *error = NULL;
  opt_decision *decision = NULL;
  opt_client *client = client_for(server);
  opt_user *user = user_named("visitor-1");
  CHECK_STATUS(opt_activate(client, user, OPT_STR("checkout_button"), &decision, &error), OPT_STATUS_OK, &error);
  CHECK_INT(event_status_of(decision), OPT_EVENT_ACCEPTED);
  flush(client);
  check_impression(server, 1, &expected);
  // Nothing is sent where there is no variation, nor for GetVariation.
  CHECK_STATUS(opt_activate(client, user, OPT_STR("gold_banner"), &decision, &error), OPT_STATUS_OK, &error);
  CHECK_INT(event_status_of(decision), OPT_EVENT_SUPPRESSED);
  CHECK_STATUS(opt_get_variation(client, user, OPT_STR("checkout_button"), &decision, &error), OPT_STATUS_OK, &error);
  CHECK_INT(event_status_of(decision), OPT_EVENT_SUPPRESSED);
  CHECK_INT(stats_of(client).accepted_impressions, 1);
  opt_user_free(user);
  close_and_free(client);
  CHECK_INT(collector_stat(server, "impressions"), 1);
  collector_reset(server);
}

static void test_feature_test(const collector *server) {
  static const impression expected = {"5003",        "4003",         "6003",   "search",
                                      "search_test", "feature-test", "ranked", "true"};
  opt_error *error = NULL;
  opt_decision *decision = NULL;
  opt_client *client = client_for(server);
  opt_user *user = grown_up();
  CHECK_STATUS(opt_decide(client, user, OPT_STR("search"), 0, &decision, &error), OPT_STATUS_OK, &error);
  CHECK_INT(event_status_of(decision), OPT_EVENT_ACCEPTED);
  flush(client);
  check_impression(server, 1, &expected);
  bool is_enabled = false;
  uint32_t event_status = OPT_EVENT_SUPPRESSED;
  CHECK_STATUS(opt_is_feature_enabled(client, user, OPT_STR("search"), &is_enabled, &event_status, &error),
               OPT_STATUS_OK, &error);
  CHECK(is_enabled);
  CHECK_INT(event_status, OPT_EVENT_ACCEPTED);
  flush(client);
  check_impression(server, 2, &expected);
  // The option that asks for silence.
  CHECK_STATUS(opt_decide(client, user, OPT_STR("search"), OPT_DECIDE_DISABLE_DECISION_EVENT, &decision, &error),
               OPT_STATUS_OK, &error);
  CHECK_INT(event_status_of(decision), OPT_EVENT_SUPPRESSED);
  opt_user_free(user);
  close_and_free(client);
  CHECK_INT(collector_stat(server, "impressions"), 2);
  collector_reset(server);
}

// A rollout sends one because the datafile says sendFlagDecisions; a flag that is off does too.
static void test_rollouts(const collector *server) {
  static const impression on = {"8102", "4102", "6102", "dark_mode", "4102", "rollout", "6102", "true"};
  static const impression off = {"8103", "4103", "6103", "beta", "4103", "rollout", "6103", "false"};
  opt_error *error = NULL;
  opt_client *client = client_for(server);
  opt_user *user = user_named("visitor-1");
  bool is_enabled = false;
  CHECK_STATUS(opt_is_feature_enabled(client, user, OPT_STR("dark_mode"), &is_enabled, NULL, &error), OPT_STATUS_OK,
               &error);
  CHECK(is_enabled);
  flush(client);
  check_impression(server, 1, &on);
  CHECK_STATUS(opt_is_feature_enabled(client, user, OPT_STR("beta"), &is_enabled, NULL, &error), OPT_STATUS_OK, &error);
  CHECK(!is_enabled);
  flush(client);
  check_impression(server, 2, &off);
  opt_user_free(user);
  close_and_free(client);
  collector_reset(server);
}

// All flags at once: one impression a flag, of those that are off too.
static void test_enabled_features(const collector *server) {
  opt_error *error = NULL;
  opt_keys *keys = NULL;
  uint64_t refused = UINT64_MAX;
  opt_client *client = client_for(server);
  opt_user *user = grown_up();
  CHECK_STATUS(opt_get_enabled_features(client, user, &keys, &refused, &error), OPT_STATUS_OK, &error);
  CHECK_INT(refused, 0);
  opt_keys_free(keys);
  CHECK_INT(stats_of(client).accepted_impressions, 3);
  flush(client);
  CHECK(collector_wait(server, "unique", 3, LONG_MS));
  json *batches = collector_batches(server);
  CHECK_TEXT(json_text(batches, "[0].body.visitors[0].snapshots[0].decisions[0].metadata.flag_key"), "search");
  CHECK_TEXT(json_text(batches, "[0].body.visitors[1].snapshots[0].decisions[0].metadata.flag_key"), "dark_mode");
  CHECK_TEXT(json_text(batches, "[0].body.visitors[2].snapshots[0].decisions[0].metadata.flag_key"), "beta");
  json_free(batches);
  opt_user_free(user);
  close_and_free(client);
  collector_reset(server);
}

// The visitor of an impression is the user's id also where another id is bucketed, as conversions have it.
static void test_bucketing_id(const collector *server) {
  opt_error *error = NULL;
  opt_decision *decision = NULL;
  opt_client *client = client_for(server);
  opt_user *user = user_named("visitor-1");
  CHECK_STATUS(opt_user_set_attribute(user, OPT_STR("$opt_bucketing_id"), opt_string(OPT_STR("household-7")), &error),
               OPT_STATUS_OK, &error);
  CHECK_STATUS(opt_activate(client, user, OPT_STR("checkout_button"), &decision, &error), OPT_STATUS_OK, &error);
  opt_decision_free(decision);
  flush(client);
  json *batches;
  const json *visitor = last_visitor(server, 1, &batches);
  CHECK_TEXT(json_text(visitor, "visitor_id"), "visitor-1");
  CHECK_TEXT(json_text(visitor, "attributes[0].entity_id"), "$opt_bucketing_id");
  CHECK_TEXT(json_text(visitor, "attributes[0].value"), "household-7");
  json_free(batches);
  opt_user_free(user);
  close_and_free(client);
  collector_reset(server);
}

int main(void) {
  collector server = collector_start();
  test_activate(&server);
  test_feature_test(&server);
  test_rollouts(&server);
  test_enabled_features(&server);
  test_bucketing_id(&server);
  collector_stop(&server);
  return check_done("wire_impression");
}
