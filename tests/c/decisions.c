// Decisions through every call: what is decided, what the view says, and that handles outlive what made them.
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "client.h"

// Reads a decision and frees it; the view's texts are copied for the caller.
typedef struct {
  char flag[32];
  char rule[32];
  char variation[32];
  uint32_t enabled;
} outcome;

static void copy(char *into, opt_str text) {
  snprintf(into, 32, "%.*s", text.data ? (int)text.len : 1, text.data ? text.data : "-");
}

static outcome outcome_of(opt_decision *decision) {
  opt_error *error = NULL;
  opt_decision_view view;
  outcome result = {.enabled = 9};
  CHECK_STATUS(opt_decision_read(decision, &view, sizeof view, &error), OPT_STATUS_OK, &error);
  copy(result.flag, view.flag_key);
  copy(result.rule, view.rule_key);
  copy(result.variation, view.variation_key);
  result.enabled = view.enabled;
  opt_decision_free(decision);
  return result;
}

static void check_outcome(outcome actual, const char *flag, const char *rule, const char *variation, int enabled) {
  CHECK_TEXT(actual.flag, flag);
  CHECK_TEXT(actual.rule, rule);
  CHECK_TEXT(actual.variation, variation);
  CHECK_INT(actual.enabled, enabled);
}

static opt_user *user_with(const char *id, opt_str key, opt_value value) {
  opt_error *error = NULL;
  opt_pair attribute = {key, value};
  opt_user *user = NULL;
  must(opt_user_new(opt_cstr(id), &attribute, 1, &user, &error), error);
  return user;
}

static outcome variation_of(const opt_client *client, const opt_user *user, const char *experiment) {
  opt_error *error = NULL;
  opt_decision *decision = NULL;
  CHECK_STATUS(opt_get_variation(client, user, opt_cstr(experiment), &decision, &error), OPT_STATUS_OK, &error);
  return outcome_of(decision);
}

static void test_audiences(const opt_client *client) {
  opt_user *nobody = user_named("visitor");
  opt_user *gold = user_with("visitor", OPT_STR("plan"), opt_string(OPT_STR("gold")));
  opt_user *silver = user_with("visitor", OPT_STR("plan"), opt_string(OPT_STR("silver")));
  opt_user *odd = user_with("visitor", OPT_STR("plan"), opt_int(1));
  check_outcome(variation_of(client, nobody, "gold_banner"), "-", "-", "-", 0);
  check_outcome(variation_of(client, gold, "gold_banner"), "-", "gold_banner", "large", 1);
  check_outcome(variation_of(client, silver, "gold_banner"), "-", "-", "-", 0);
  check_outcome(variation_of(client, odd, "gold_banner"), "-", "-", "-", 0);
  check_outcome(variation_of(client, nobody, "checkout_button"), "-", "checkout_button", "green", 1);
  opt_user_free(odd);
  opt_user_free(silver);
  opt_user_free(gold);
  opt_user_free(nobody);
}

// Of the two experiments of a group, every user is in exactly one.
static void test_group(const opt_client *client) {
  int in_prices = 0;
  for (int i = 0; i < 200; i++) {
    char id[32];
    snprintf(id, sizeof id, "visitor-%d", i);
    opt_user *user = user_named(id);
    bool has_price = strcmp(variation_of(client, user, "prices").variation, "rounded") == 0;
    bool has_shipping = strcmp(variation_of(client, user, "shipping").variation, "free") == 0;
    CHECK(has_price != has_shipping);
    in_prices += has_price;
    opt_user_free(user);
  }
  CHECK_RANGE(in_prices, 70, 130);
}

static void test_flags(const opt_client *client) {
  opt_error *error = NULL;
  opt_decision *decision = NULL;
  opt_user *young = user_with("visitor", OPT_STR("age"), opt_int(17));
  opt_user *grown = user_with("visitor", OPT_STR("age"), opt_double(18.0));
  CHECK_STATUS(opt_decide(client, grown, OPT_STR("search"), 0, &decision, &error), OPT_STATUS_OK, &error);
  check_outcome(outcome_of(decision), "search", "search_test", "ranked", 1);
  CHECK_STATUS(opt_decide(client, young, OPT_STR("search"), 0, &decision, &error), OPT_STATUS_OK, &error);
  check_outcome(outcome_of(decision), "search", "4101", "6101", 0);
  CHECK_STATUS(opt_decide(client, young, OPT_STR("dark_mode"), 0, &decision, &error), OPT_STATUS_OK, &error);
  check_outcome(outcome_of(decision), "dark_mode", "4102", "6102", 1);

  opt_keys *keys = NULL;
  CHECK_STATUS(opt_get_enabled_features(client, grown, &keys, NULL, &error), OPT_STATUS_OK, &error);
  CHECK_INT(opt_keys_count(keys), 2);
  CHECK_STR(opt_keys_at(keys, 0), "search");
  CHECK_STR(opt_keys_at(keys, 1), "dark_mode");
  CHECK_STR(opt_keys_at(keys, 2), NULL);
  CHECK_STR(opt_keys_at(keys, SIZE_MAX), NULL);
  opt_keys_free(keys);
  opt_user_free(grown);
  opt_user_free(young);
}

static void test_forced(const opt_client *client) {
  opt_error *error = NULL;
  opt_decision *decision = NULL;
  opt_str experiment = OPT_STR("gold_banner");
  opt_str id = OPT_STR("visitor-forced");
  opt_user *user = user_named("visitor-forced");
  opt_user *other = user_named("visitor-other");
  CHECK_STATUS(opt_client_get_forced_variation(client, experiment, id, &decision, &error), OPT_STATUS_NOT_FOUND,
               &error);
  CHECK(decision == NULL);
  CHECK_STATUS(opt_client_set_forced_variation(client, experiment, id, OPT_STR("none such"), &error),
               OPT_STATUS_NOT_FOUND, &error);
  CHECK_STATUS(opt_client_set_forced_variation(client, experiment, id, OPT_STR(""), &error), OPT_STATUS_NOT_FOUND,
               &error);
  CHECK_STATUS(opt_client_set_forced_variation(client, OPT_STR("none"), id, OPT_STR("large"), &error),
               OPT_STATUS_UNKNOWN_EXPERIMENT, &error);
  CHECK_STATUS(opt_client_set_forced_variation(client, experiment, id, OPT_STR("unused"), &error), OPT_STATUS_OK,
               &error);
  CHECK_STATUS(opt_client_get_forced_variation(client, experiment, id, &decision, &error), OPT_STATUS_OK, &error);
  outcome forced = outcome_of(decision);
  CHECK_TEXT(forced.rule, "gold_banner");
  CHECK_TEXT(forced.variation, "unused");
  // It outranks the audience, for this user alone.
  check_outcome(variation_of(client, user, "gold_banner"), "-", "gold_banner", "unused", 0);
  check_outcome(variation_of(client, other, "gold_banner"), "-", "-", "-", 0);
  CHECK_STATUS(opt_client_remove_forced_variation(client, experiment, id, &error), OPT_STATUS_OK, &error);
  CHECK_STATUS(opt_client_remove_forced_variation(client, experiment, id, &error), OPT_STATUS_OK, &error);
  check_outcome(variation_of(client, user, "gold_banner"), "-", "-", "-", 0);
  opt_user_free(other);
  opt_user_free(user);
}

// One user serves two clients; a decision and keys live on after both.
static void test_lifetimes(void) {
  opt_error *error = NULL;
  opt_decision *decision = NULL;
  opt_keys *keys = NULL;
  opt_client *first = client_for(NULL);
  opt_client *second = client_for(NULL);
  opt_user *user = user_with("visitor", OPT_STR("plan"), opt_string(OPT_STR("gold")));
  check_outcome(variation_of(first, user, "gold_banner"), "-", "gold_banner", "large", 1);
  CHECK_STATUS(opt_get_variation(second, user, OPT_STR("gold_banner"), &decision, &error), OPT_STATUS_OK, &error);
  close_and_free(first);
  close_and_free(second);
  opt_user_free(user);
  check_outcome(outcome_of(decision), "-", "gold_banner", "large", 1);
  opt_keys_free(keys);
  CHECK_INT(opt_keys_count(NULL), 0);
  CHECK_STR(opt_keys_at(NULL, 0), NULL);
}

int main(void) {
  opt_client *client = client_for(NULL);
  test_audiences(client);
  test_group(client);
  test_flags(client);
  test_forced(client);
  opt_client_free(client);
  test_lifetimes();
  return check_done("decisions");
}
