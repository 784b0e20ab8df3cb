// opt_decide, one flag at a time: every field, the variables and their getters, each option, reasons, explanation and
// JSON; what an error decision says; and the impressions that go with it.
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "client.h"

// Everything the view says of a decision, in one call.
static void check_view(const opt_decision *decision, const char *flag, const char *rule, const char *rule_id,
                       const char *variation, const char *variation_id) {
  opt_decision_view view = view_of(decision);
  CHECK_STR(view.flag_key, flag);
  CHECK_STR(view.rule_key, rule);
  CHECK_STR(view.rule_id, rule_id);
  CHECK_STR(view.variation_key, variation);
  CHECK_STR(view.variation_id, variation_id);
}

static void test_sources(const opt_client *client) {
  opt_error *error = NULL;
  opt_decision *decision = NULL;
  opt_user *gold = user_gold("visitor");
  opt_user *plain = user_named("visitor");
  opt_user *held = user_gold("visitor");
  must(opt_user_set_attribute(held, OPT_STR("held"), opt_bool(true), &error), error);

  decision = decide(client, gold, "checkout", 0);
  check_view(decision, "checkout", "checkout_test", "4001", "on", "6001");
  CHECK_INT(view_of(decision).source, OPT_SOURCE_FEATURE_TEST);
  CHECK_INT(view_of(decision).enabled, 1);
  CHECK_INT(view_of(decision).status, OPT_STATUS_OK);
  CHECK_STR(view_of(decision).cmab_uuid, NULL);
  CHECK_INT(view_of(decision).event_status, OPT_EVENT_ACCEPTED);
  opt_decision_free(decision);

  decision = decide(client, plain, "checkout", 0);
  check_view(decision, "checkout", "checkout_everyone", "4101", "default_off", "6101");
  CHECK_INT(view_of(decision).source, OPT_SOURCE_ROLLOUT);
  CHECK_INT(view_of(decision).enabled, 0);
  opt_decision_free(decision);

  decision = decide(client, held, "checkout", 0);
  check_view(decision, "checkout", "held_back", "4901", "holdout_off", "6901");
  CHECK_INT(view_of(decision).source, OPT_SOURCE_HOLDOUT);
  CHECK_INT(view_of(decision).enabled, 0);
  opt_decision_free(decision);

  CHECK_STATUS(opt_activate(client, gold, OPT_STR("checkout_test"), &decision, &error), OPT_STATUS_OK, &error);
  check_view(decision, NULL, "checkout_test", "4001", "on", "6001");
  CHECK_INT(view_of(decision).source, OPT_SOURCE_EXPERIMENT);
  opt_decision_free(decision);
  opt_user_free(held);
  opt_user_free(plain);
  opt_user_free(gold);
}

static void test_variables(const opt_client *client) {
  opt_user *gold = user_gold("visitor");
  opt_user *plain = user_named("visitor");
  opt_decision *on = decide(client, gold, "checkout", 0);
  opt_decision *off = decide(client, plain, "checkout", 0);
  opt_decision *none = decide(client, gold, "checkout", OPT_DECIDE_EXCLUDE_VARIABLES);
  json *values = json_of(opt_decision_variables(on));
  CHECK_INT(values->count, 5);
  CHECK_TEXT(json_text(values, "show_banner"), "true");
  CHECK_TEXT(json_text(values, "max_items"), "25");
  CHECK_TEXT(json_text(values, "price"), "4.5");
  CHECK_TEXT(json_text(values, "title"), "Buy \"now\"");
  CHECK_TEXT(json_text(values, "layout.columns"), "3");
  json_free(values);
  // A variation that is off shows the defaults.
  values = json_of(opt_decision_variables(off));
  CHECK_INT(values->count, 5);
  CHECK_TEXT(json_text(values, "show_banner"), "false");
  CHECK_TEXT(json_text(values, "max_items"), "10");
  CHECK_TEXT(json_text(values, "layout.columns"), "2");
  json_free(values);
  CHECK_STR(opt_decision_variables(none), "{}");
  CHECK_STR(opt_decision_variables(NULL), NULL);
  opt_decision_free(none);
  opt_decision_free(off);
  opt_decision_free(on);
  opt_user_free(plain);
  opt_user_free(gold);
}

static void test_getters(const opt_client *client) {
  opt_error *error = NULL;
  opt_user *gold = user_gold("visitor");
  opt_decision *on = decide(client, gold, "checkout", 0);
  bool banner = false;
  int64_t items = 0;
  double price = 0;
  opt_str text = {NULL, 0};
  CHECK_STATUS(opt_decision_get_boolean(on, OPT_STR("show_banner"), &banner, &error), OPT_STATUS_OK, &error);
  CHECK(banner);
  CHECK_STATUS(opt_decision_get_integer(on, OPT_STR("max_items"), &items, &error), OPT_STATUS_OK, &error);
  CHECK_INT(items, 25);
  CHECK_STATUS(opt_decision_get_double(on, OPT_STR("price"), &price, &error), OPT_STATUS_OK, &error);
  CHECK_INT(price * 10, 45);
  CHECK_STATUS(opt_decision_get_string(on, OPT_STR("title"), &text, &error), OPT_STATUS_OK, &error);
  CHECK_STR(text, "Buy \"now\"");
  CHECK_STATUS(opt_decision_get_json(on, OPT_STR("layout"), &text, &error), OPT_STATUS_OK, &error);
  CHECK_STR(text, "{\"columns\":3}");

  // Each getter refuses the other types, and leaves what it was to fill alone.
  CHECK_STATUS(opt_decision_get_boolean(on, OPT_STR("max_items"), &banner, &error), OPT_STATUS_WRONG_TYPE, &error);
  CHECK_STATUS(opt_decision_get_integer(on, OPT_STR("price"), &items, &error), OPT_STATUS_WRONG_TYPE, &error);
  CHECK_STATUS(opt_decision_get_double(on, OPT_STR("max_items"), &price, &error), OPT_STATUS_WRONG_TYPE, &error);
  CHECK_STATUS(opt_decision_get_string(on, OPT_STR("layout"), &text, &error), OPT_STATUS_WRONG_TYPE, &error);
  CHECK_STATUS(opt_decision_get_json(on, OPT_STR("title"), &text, &error), OPT_STATUS_WRONG_TYPE, &error);
  CHECK_STATUS(opt_decision_get_boolean(on, OPT_STR("none"), &banner, &error), OPT_STATUS_UNKNOWN_VARIABLE, &error);
  CHECK(banner);
  CHECK_INT(items, 25);
  opt_decision_free(on);

  opt_decision *broken = decide(client, gold, "broken", 0);
  CHECK_STATUS(opt_decision_get_integer(broken, OPT_STR("count"), &items, &error), OPT_STATUS_BAD_VALUE, &error);
  CHECK_STATUS(opt_decision_get_string(broken, OPT_STR("label"), &text, &error), OPT_STATUS_OK, &error);
  CHECK_STR(text, "fine");
  CHECK_STR(opt_decision_variables(broken), "{\"count\":null,\"label\":\"fine\"}");
  // What can't be read is an error, whose reason comes unasked.
  CHECK_INT(opt_decision_reason_count(broken), 1);
  CHECK_STR(opt_decision_reason_at(broken, 0), "Variable value for key \"count\" is invalid or wrong type.");
  opt_decision_free(broken);
  opt_user_free(gold);
}

static void test_reasons(const opt_client *client) {
  opt_user *gold = user_gold("visitor-with-a-name");
  opt_decision *silent = decide(client, gold, "checkout", 0);
  CHECK_INT(opt_decision_reason_count(silent), 0);
  CHECK_STR(opt_decision_reason_at(silent, 0), NULL);
  CHECK_STR(opt_decision_explain_text(silent), NULL);
  CHECK_STR(opt_decision_explain_json(silent), NULL);
  opt_decision_free(silent);

  opt_decision *told = decide(client, gold, "checkout", OPT_DECIDE_INCLUDE_REASONS);
  size_t count = opt_decision_reason_count(told);
  CHECK(count > 0);
  for (size_t i = 0; i < count; i++)
    CHECK(opt_decision_reason_at(told, i).len > 0);
  CHECK_STR(opt_decision_reason_at(told, count), NULL);
  CHECK_STR(opt_decision_reason_at(told, SIZE_MAX), NULL);
  opt_str text = opt_decision_explain_text(told);
  CHECK(text.len > 0);
  char copied[8192];
  snprintf(copied, sizeof copied, "%.*s", (int)text.len, text.data ? text.data : "");
  CHECK(strstr(copied, "checkout_test"));
  json *explained = json_of(opt_decision_explain_json(told));
  CHECK(explained->kind == JSON_OBJECT && explained->count > 0);
  json_free(explained);
  CHECK_INT(opt_decision_reason_count(NULL), 0);
  CHECK_STR(opt_decision_explain_text(NULL), NULL);
  CHECK_STR(opt_decision_explain_json(NULL), NULL);
  opt_decision_free(told);
  opt_user_free(gold);
}

static void test_json(const opt_client *client) {
  opt_user *gold = user_gold("visitor");
  opt_decision *on = decide(client, gold, "checkout", OPT_DECIDE_INCLUDE_REASONS);
  json *whole = json_of(opt_decision_json(on));
  CHECK_INT(whole->count, 6);
  CHECK_TEXT(json_text(whole, "flagKey"), "checkout");
  CHECK_TEXT(json_text(whole, "ruleKey"), "checkout_test");
  CHECK_TEXT(json_text(whole, "variationKey"), "on");
  CHECK_TEXT(json_text(whole, "enabled"), "true");
  CHECK_INT(json_count(whole, "variables"), 5);
  CHECK_INT(json_count(whole, "reasons"), opt_decision_reason_count(on));
  json_free(whole);
  opt_decision_free(on);
  CHECK_STR(opt_decision_json(NULL), NULL);
  opt_user_free(gold);
}

// An unknown flag is answered twice over: by the status, and by a decision that is off and says why.
static void test_error_decision(const opt_client *client) {
  opt_error *error = NULL;
  opt_decision *decision = NULL;
  opt_user *user = user_named("visitor");
  int64_t items;
  CHECK_STATUS(opt_decide(client, user, OPT_STR("none"), 0, &decision, &error), OPT_STATUS_UNKNOWN_FLAG, &error);
  check_view(decision, "none", NULL, NULL, NULL, NULL);
  CHECK_INT(view_of(decision).enabled, 0);
  CHECK_INT(view_of(decision).status, OPT_STATUS_UNKNOWN_FLAG);
  CHECK_INT(view_of(decision).event_status, OPT_EVENT_SUPPRESSED);
  CHECK_STR(opt_decision_variables(decision), "{}");
  CHECK_STATUS(opt_decision_get_integer(decision, OPT_STR("max_items"), &items, &error), OPT_STATUS_UNKNOWN_VARIABLE,
               &error);
  CHECK_INT(opt_decision_reason_count(decision), 1);
  CHECK_STR(opt_decision_reason_at(decision, 0), "No flag was found for key \"none\".");
  json *whole = json_of(opt_decision_json(decision));
  CHECK_TEXT(json_text(whole, "variationKey"), "null");
  CHECK_TEXT(json_text(whole, "ruleKey"), "null");
  CHECK_INT(json_count(whole, "reasons"), 1);
  json_free(whole);
  opt_decision_free(decision);
  opt_user_free(user);
}

// Options of the client and of the call add up.
static void test_default_options(void) {
  opt_error *error = NULL;
  opt_options *options = flags_for(NULL);
  must(opt_options_set_default_decide_options(options, OPT_DECIDE_DISABLE_DECISION_EVENT | OPT_DECIDE_EXCLUDE_VARIABLES,
                                              &error),
       error);
  opt_client *client = client_of(options);
  opt_user *gold = user_gold("visitor");
  opt_decision *decision = decide(client, gold, "checkout", OPT_DECIDE_INCLUDE_REASONS);
  CHECK_INT(view_of(decision).event_status, OPT_EVENT_SUPPRESSED);
  CHECK_STR(opt_decision_variables(decision), "{}");
  CHECK(opt_decision_reason_count(decision) > 0);
  CHECK_INT(stats_of(client).accepted, 0);
  opt_decision_free(decision);
  opt_user_free(gold);
  opt_client_free(client);
}

// The impression says what decided, by key and by kind of rule.
static void test_impression(const collector *server) {
  opt_client *client = client_of(flags_for(server));
  opt_user *gold = user_gold("visitor");
  opt_decision_free(decide(client, gold, "checkout", OPT_DECIDE_DISABLE_DECISION_EVENT));
  opt_decision_free(decide(client, gold, "checkout", 0));
  flush(client);
  json *batches;
  const json *visitor = last_visitor(server, 1, &batches);
  const json *made = json_at(visitor, "snapshots[0].decisions[0]");
  CHECK_TEXT(json_text(made, "experiment_id"), "4001");
  CHECK_TEXT(json_text(made, "variation_id"), "6001");
  CHECK_TEXT(json_text(made, "metadata.flag_key"), "checkout");
  CHECK_TEXT(json_text(made, "metadata.rule_key"), "checkout_test");
  CHECK_TEXT(json_text(made, "metadata.rule_type"), "feature-test");
  CHECK_TEXT(json_text(made, "metadata.variation_key"), "on");
  CHECK_TEXT(json_text(made, "metadata.enabled"), "true");
  json_free(batches);
  opt_user_free(gold);
  close_and_free(client);
}

int main(void) {
  collector server = collector_start();
  opt_client *client = client_of(flags_for(NULL));
  test_sources(client);
  test_variables(client);
  test_getters(client);
  test_reasons(client);
  test_json(client);
  test_error_decision(client);
  opt_client_free(client);
  test_default_options();
  test_impression(&server);
  collector_stop(&server);
  return check_done("decide");
}
