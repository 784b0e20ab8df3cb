// opt_decide_for_keys and opt_decide_all: which flags are decided, in which order, how often, and what is left out; the
// handles; and that one call decides by one datafile.
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "check.h"
#include "client.h"
#include "flags.h"

static opt_decisions *decide_keys(const opt_client *client, const opt_user *user, const opt_str *keys, size_t count,
                                  uint32_t options) {
  opt_error *error = NULL;
  opt_decisions *decisions = NULL;
  must(opt_decide_for_keys(client, user, keys, count, options, &decisions, &error), error);
  return decisions;
}

static opt_decisions *decide_every(const opt_client *client, const opt_user *user, uint32_t options) {
  opt_error *error = NULL;
  opt_decisions *decisions = NULL;
  must(opt_decide_all(client, user, options, &decisions, &error), error);
  return decisions;
}

static void check_flag(const opt_decisions *decisions, size_t index, const char *flag, const char *variation) {
  const opt_decision *decision = opt_decisions_at(decisions, index);
  if (!CHECK(decision != NULL))
    return;
  CHECK_STR(view_of(decision).flag_key, flag);
  CHECK_STR(view_of(decision).variation_key, variation);
  CHECK(opt_decisions_find(decisions, opt_cstr(flag)) == decision);
}

// In the order asked for, each key once, an unknown one as an error decision.
static void test_for_keys(const opt_client *client) {
  opt_user *gold = user_gold("visitor");
  opt_str keys[] = {OPT_STR("split"), OPT_STR("none"), OPT_STR("checkout"), OPT_STR("split"), OPT_STR("none")};
  uint64_t before = stats_of(client).accepted;
  opt_decisions *decisions = decide_keys(client, gold, keys, 5, OPT_DECIDE_EXCLUDE_VARIABLES);
  CHECK_INT(opt_decisions_count(decisions), 3);
  CHECK_STR(view_of(opt_decisions_at(decisions, 0)).flag_key, "split");
  CHECK(view_of(opt_decisions_at(decisions, 0)).variation_key.len > 0);
  check_flag(decisions, 1, "none", NULL);
  check_flag(decisions, 2, "checkout", "on");
  CHECK_INT(view_of(opt_decisions_at(decisions, 1)).status, OPT_STATUS_UNKNOWN_FLAG);
  CHECK_STR(opt_decision_reason_at(opt_decisions_at(decisions, 1), 0), "No flag was found for key \"none\".");
  CHECK_STR(opt_decision_variables(opt_decisions_at(decisions, 2)), "{}");
  CHECK_INT(stats_of(client).accepted, before + 2);

  CHECK(opt_decisions_at(decisions, 3) == NULL);
  CHECK(opt_decisions_at(decisions, SIZE_MAX) == NULL);
  CHECK(opt_decisions_at(NULL, 0) == NULL);
  CHECK(opt_decisions_find(decisions, OPT_STR("bandit")) == NULL);
  CHECK(opt_decisions_find(decisions, OPT_STR("\xFF")) == NULL);
  CHECK(opt_decisions_find(NULL, OPT_STR("split")) == NULL);
  CHECK_INT(opt_decisions_count(NULL), 0);
  opt_decisions_free(decisions);
  opt_decisions_free(NULL);

  decisions = decide_keys(client, gold, NULL, 0, 0);
  CHECK_INT(opt_decisions_count(decisions), 0);
  opt_decisions_free(decisions);
  opt_user_free(gold);
}

static void test_all(const opt_client *client) {
  opt_user *plain = user_named("visitor");
  opt_decisions *decisions = decide_every(client, plain, OPT_DECIDE_NO_WAIT);
  CHECK_INT(opt_decisions_count(decisions), 4);
  check_flag(decisions, 0, "checkout", "default_off");
  CHECK_STR(view_of(opt_decisions_at(decisions, 1)).flag_key, "split");
  check_flag(decisions, 2, "bandit", NULL);
  check_flag(decisions, 3, "broken", "default_on");
  opt_decisions_free(decisions);

  // Left out of the answer, not of the impressions: those of all four flags, for this project sends flag decisions.
  uint64_t before = stats_of(client).accepted;
  decisions = decide_every(client, plain, OPT_DECIDE_NO_WAIT | OPT_DECIDE_ENABLED_FLAGS_ONLY);
  CHECK_INT(opt_decisions_count(decisions), 2);
  CHECK(opt_decisions_find(decisions, OPT_STR("checkout")) == NULL);
  check_flag(decisions, 1, "broken", "default_on");
  CHECK_INT(stats_of(client).accepted, before + 4);
  opt_decisions_free(decisions);

  // An error decision stays.
  opt_str keys[] = {OPT_STR("none"), OPT_STR("checkout")};
  decisions = decide_keys(client, plain, keys, 2, OPT_DECIDE_ENABLED_FLAGS_ONLY);
  CHECK_INT(opt_decisions_count(decisions), 1);
  check_flag(decisions, 0, "none", NULL);
  opt_decisions_free(decisions);
  opt_user_free(plain);
}

static void test_refusals(const opt_client *client) {
  opt_error *error = NULL;
  opt_decisions *decisions = NULL;
  opt_user *user = user_named("visitor");
  opt_str bad[] = {OPT_STR("split"), OPT_STR("\xFF")};
  CHECK_STATUS(opt_decide_for_keys(client, user, bad, 2, 0, &decisions, &error), OPT_STATUS_INVALID_UTF8, &error);
  CHECK(decisions == NULL);
  CHECK_STATUS(opt_decide_for_keys(client, user, NULL, 1, 0, &decisions, &error), OPT_STATUS_INVALID_ARGUMENT, &error);
  CHECK_STATUS(opt_decide_all(client, user, 512, &decisions, &error), OPT_STATUS_INVALID_ARGUMENT, &error);
  opt_user_free(user);
}

// Decisions are whole without client and user.
static void test_lifetimes(void) {
  opt_client *client = client_of(flags_for(NULL));
  opt_user *gold = user_gold("visitor");
  opt_decisions *decisions = decide_every(client, gold, OPT_DECIDE_NO_WAIT | OPT_DECIDE_INCLUDE_REASONS);
  opt_user_free(gold);
  opt_client_free(client);
  const opt_decision *checkout = opt_decisions_find(decisions, OPT_STR("checkout"));
  json *values = json_of(opt_decision_variables(checkout));
  CHECK_TEXT(json_text(values, "max_items"), "25");
  json_free(values);
  CHECK(opt_decision_reason_count(checkout) > 0);
  opt_decisions_free(decisions);
}

typedef struct {
  opt_client *client;
  atomic_bool is_over;
} switcher;

static void *switch_datafiles(void *context) {
  switcher *self = context;
  opt_error *error = NULL;
  // Without the experiments every flag of them is off.
  opt_str datafiles[] = {OPT_STR(FLAGS_HEAD FLAGS_FLAGS FLAGS_ROLLOUTS "\"revision\":\"8\"}"), OPT_STR(FLAGS)};
  for (unsigned i = 0; !atomic_load(&self->is_over); i++)
    must(opt_client_set_datafile(self->client, datafiles[i % 2], &error), error);
  return NULL;
}

// While the datafile changes under it, a call decides all its flags by the old one or all by the new one.
static void test_one_datafile(void) {
  enum { CALLS = 3000 };
  switcher self = {.client = client_of(flags_for(NULL))};
  pthread_t thread;
  if (pthread_create(&thread, NULL, switch_datafiles, &self) != 0)
    check_abort("no thread");
  opt_user *gold = user_gold("visitor");
  int mixed = 0, tested = 0, others = 0;
  for (int i = 0; i < CALLS || ((tested == 0 || others == 0) && i < 1000 * CALLS); i++) {
    opt_decisions *decisions = decide_every(self.client, gold, OPT_DECIDE_NO_WAIT | OPT_DECIDE_DISABLE_DECISION_EVENT);
    const opt_decision *checkout = opt_decisions_find(decisions, OPT_STR("checkout"));
    const opt_decision *split = opt_decisions_find(decisions, OPT_STR("split"));
    bool is_checkout_tested = checkout && view_of(checkout).source == OPT_SOURCE_FEATURE_TEST;
    bool is_split_tested = split && view_of(split).source == OPT_SOURCE_FEATURE_TEST;
    mixed += is_checkout_tested != is_split_tested;
    tested += is_checkout_tested;
    others += !is_checkout_tested;
    opt_decisions_free(decisions);
  }
  atomic_store(&self.is_over, true);
  pthread_join(thread, NULL);
  CHECK_INT(mixed, 0);
  CHECK(tested > 0 && others > 0);
  opt_user_free(gold);
  opt_client_free(self.client);
}

int main(void) {
  opt_client *client = client_of(flags_for(NULL));
  test_for_keys(client);
  test_all(client);
  test_refusals(client);
  opt_client_free(client);
  test_lifetimes();
  test_one_datafile();
  return check_done("decide_many");
}
