// Forced decisions of a user: set, replaced, got and removed for a rule and for a flag, heeded by the decide calls
// alone, and passed over where the flag has no such variation.
#include <string.h>

#include "check.h"
#include "client.h"

static const opt_str CHECKOUT = {"checkout", 8}, RULE = {"checkout_test", 13}, FLAG_ITSELF = {"", 0};

static void check_decided(const opt_client *client, const opt_user *user, const char *rule, const char *variation) {
  opt_decision *decision = decide(client, user, "checkout", OPT_DECIDE_DISABLE_DECISION_EVENT);
  CHECK_STR(view_of(decision).rule_key, rule);
  CHECK_STR(view_of(decision).variation_key, variation);
  opt_decision_free(decision);
}

static void check_forced(const opt_user *user, opt_str rule, const char *expected) {
  opt_error *error = NULL;
  opt_str variation = {NULL, 0};
  CHECK_STATUS(opt_user_get_forced_decision(user, CHECKOUT, rule, &variation, &error),
               expected ? OPT_STATUS_OK : OPT_STATUS_NOT_FOUND, &error);
  CHECK_STR(variation, expected);
}

static void force(opt_user *user, opt_str rule, const char *variation) {
  opt_error *error = NULL;
  CHECK_STATUS(opt_user_set_forced_decision(user, CHECKOUT, rule, opt_cstr(variation), &error), OPT_STATUS_OK, &error);
}

static void test_rule(const opt_client *client) {
  opt_error *error = NULL;
  opt_user *gold = user_gold("visitor");
  check_decided(client, gold, "checkout_test", "on");
  force(gold, RULE, "off");
  check_forced(gold, RULE, "off");
  check_forced(gold, FLAG_ITSELF, NULL);
  check_decided(client, gold, "checkout_test", "off");
  // A later one replaces it; one that the flag lacks is passed over.
  force(gold, RULE, "none such");
  check_forced(gold, RULE, "none such");
  check_decided(client, gold, "checkout_test", "on");
  CHECK_STATUS(opt_user_remove_forced_decision(gold, CHECKOUT, RULE, &error), OPT_STATUS_OK, &error);
  CHECK_STATUS(opt_user_remove_forced_decision(gold, CHECKOUT, RULE, &error), OPT_STATUS_NOT_FOUND, &error);
  check_forced(gold, RULE, NULL);
  check_decided(client, gold, "checkout_test", "on");

  // It outranks the audience, and at a delivery rule the decision is still one of a rollout.
  opt_user *plain = user_named("visitor");
  force(plain, RULE, "on");
  check_decided(client, plain, "checkout_test", "on");
  force(plain, RULE, "none such");
  force(plain, OPT_STR("checkout_everyone"), "on");
  opt_decision *decision = decide(client, plain, "checkout", OPT_DECIDE_DISABLE_DECISION_EVENT);
  CHECK_STR(view_of(decision).rule_key, "checkout_everyone");
  CHECK_STR(view_of(decision).variation_key, "on");
  CHECK_INT(view_of(decision).source, OPT_SOURCE_ROLLOUT);
  opt_decision_free(decision);
  opt_user_free(plain);
  opt_user_free(gold);
}

static void test_flag(const opt_client *client) {
  opt_error *error = NULL;
  opt_user *held = user_gold("visitor");
  must(opt_user_set_attribute(held, OPT_STR("held"), opt_bool(true), &error), error);
  check_decided(client, held, "held_back", "holdout_off");
  // Of a rule it does not outrank a holdout; of the flag itself it does, and then no rule has decided.
  force(held, RULE, "off");
  check_decided(client, held, "held_back", "holdout_off");
  force(held, FLAG_ITSELF, "on");
  check_decided(client, held, NULL, "on");
  opt_str keys[] = {OPT_STR("checkout")};
  opt_decisions *decisions = NULL;
  CHECK_STATUS(opt_decide_for_keys(client, held, keys, 1, OPT_DECIDE_DISABLE_DECISION_EVENT, &decisions, &error),
               OPT_STATUS_OK, &error);
  CHECK_STR(view_of(opt_decisions_at(decisions, 0)).variation_key, "on");
  opt_decisions_free(decisions);
  check_forced(held, (opt_str){NULL, 0}, "on");

  // The older calls know nothing of it.
  bool is_enabled = true;
  CHECK_STATUS(opt_is_feature_enabled(client, held, CHECKOUT, &is_enabled, NULL, &error), OPT_STATUS_OK, &error);
  CHECK(!is_enabled);
  int64_t items = 0;
  CHECK_STATUS(opt_get_feature_variable_integer(client, held, CHECKOUT, OPT_STR("max_items"), &items, &error),
               OPT_STATUS_OK, &error);
  CHECK_INT(items, 10);

  CHECK_STATUS(opt_user_remove_all_forced_decisions(held, &error), OPT_STATUS_OK, &error);
  CHECK_STATUS(opt_user_remove_all_forced_decisions(held, &error), OPT_STATUS_OK, &error);
  check_forced(held, FLAG_ITSELF, NULL);
  check_forced(held, RULE, NULL);
  check_decided(client, held, "held_back", "holdout_off");
  opt_user_free(held);
}

// Nothing is known of the keys when they are set, so every text will do that is one; the user's alone are heeded.
static void test_keys(const opt_client *client) {
  opt_error *error = NULL;
  opt_user *user = user_named("visitor");
  opt_user *other = user_named("visitor");
  opt_str bad = OPT_STR("\xFF");
  opt_str variation = {NULL, 0};
  force(user, FLAG_ITSELF, "on");
  check_decided(client, user, NULL, "on");
  check_decided(client, other, "checkout_everyone", "default_off");
  CHECK_STATUS(opt_user_set_forced_decision(user, OPT_STR("a\0b"), OPT_STR("c\0d"), OPT_STR(""), &error), OPT_STATUS_OK,
               &error);
  CHECK_STATUS(opt_user_get_forced_decision(user, OPT_STR("a\0b"), OPT_STR("c\0d"), &variation, &error), OPT_STATUS_OK,
               &error);
  CHECK_INT(variation.len, 0);
  CHECK_STATUS(opt_user_get_forced_decision(user, OPT_STR("a"), OPT_STR("c"), &variation, &error), OPT_STATUS_NOT_FOUND,
               &error);
  CHECK_STATUS(opt_user_set_forced_decision(user, bad, RULE, CHECKOUT, &error), OPT_STATUS_INVALID_UTF8, &error);
  CHECK_STATUS(opt_user_set_forced_decision(user, CHECKOUT, bad, CHECKOUT, &error), OPT_STATUS_INVALID_UTF8, &error);
  CHECK_STATUS(opt_user_set_forced_decision(user, CHECKOUT, RULE, bad, &error), OPT_STATUS_INVALID_UTF8, &error);
  check_forced(user, RULE, NULL);
  opt_user_free(other);
  opt_user_free(user);
}

int main(void) {
  opt_client *client = client_of(flags_for(NULL));
  test_rule(client);
  test_flag(client);
  test_keys(client);
  opt_client_free(client);
  return check_done("forced_decisions");
}
