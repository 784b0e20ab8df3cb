// Bandits: predictions from a callback and from an endpoint, the cache with its options, what a failed prediction comes
// to, and that a caller who can't wait is not made to.
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "check.h"
#include "client.h"
#include "predictor.h"

// A predictor of the host's own. `answer` NULL: none is set.
typedef struct {
  const char *answer;
  bool is_failing;
  int calls;
  int released;
  char rule[32];
  char user[32];
  char request[1024];
} oracle;

static void keep(char *into, size_t room, opt_str text) { snprintf(into, room, "%.*s", (int)text.len, text.data); }

static void predict(opt_str rule_id, opt_str user_id, opt_str request, opt_reply *reply, void *user_data) {
  oracle *self = user_data;
  self->calls++;
  keep(self->rule, sizeof self->rule, rule_id);
  keep(self->user, sizeof self->user, user_id);
  keep(self->request, sizeof self->request, request);
  if (self->answer)
    opt_reply_set(reply, opt_cstr(self->answer));
  if (self->is_failing)
    opt_reply_fail(reply, OPT_STR("the model is away"));
}

static void let_go(void *user_data) { ((oracle *)user_data)->released++; }

static opt_client *client_asking(oracle *self) {
  opt_error *error = NULL;
  opt_options *options = flags_for(NULL);
  must(opt_options_set_cmab_predictor(options, predict, self, let_go, &error), error);
  return client_of(options);
}

static opt_client *client_at(const predictor *server, uint32_t timeout_ms) {
  opt_error *error = NULL;
  opt_options *options = flags_for(NULL);
  must(opt_options_set_cmab_endpoint(options, opt_cstr(server->url_template), &error), error);
  must(opt_options_set_cmab_timeout_ms(options, timeout_ms, &error), error);
  return client_of(options);
}

static void check_variation(const opt_client *client, const opt_user *user, uint32_t options, const char *variation) {
  opt_decision *decision = decide(client, user, "bandit", options | OPT_DECIDE_DISABLE_DECISION_EVENT);
  CHECK_STR(view_of(decision).variation_key, variation);
  CHECK(!variation == !view_of(decision).cmab_uuid.data);
  opt_decision_free(decision);
}

// The error decision: off, without a variation, with the text that all SDKs share.
static void check_failed(const opt_client *client, const opt_user *user) {
  opt_error *error = NULL;
  opt_decision *decision = NULL;
  uint64_t before = stats_of(client).accepted;
  opt_status status = opt_decide(client, user, OPT_STR("bandit"), 0, &decision, &error);
  CHECK(opt_error_is_retriable(error));
  CHECK_STATUS(status, OPT_STATUS_PREDICTION_FAILED, &error);
  CHECK_INT(view_of(decision).status, OPT_STATUS_PREDICTION_FAILED);
  CHECK_INT(view_of(decision).enabled, 0);
  CHECK_INT(view_of(decision).event_status, OPT_EVENT_SUPPRESSED);
  CHECK_STR(view_of(decision).variation_key, NULL);
  CHECK_STR(opt_decision_variables(decision), "{}");
  CHECK_INT(opt_decision_reason_count(decision), 1);
  CHECK_STR(opt_decision_reason_at(decision, 0), "Failed to fetch CMAB data for experiment bandit_test.");
  CHECK_INT(stats_of(client).accepted, before);
  opt_decision_free(decision);
}

// The body that is posted: its rule, visitor, attributes by id, and a UUID, which the decision then carries.
static void check_request(const json *request, const char *visitor, const char *plan) {
  CHECK_INT(json_count(request, "instances"), 1);
  CHECK_TEXT(json_text(request, "instances[0].visitorId"), visitor);
  CHECK_TEXT(json_text(request, "instances[0].experimentId"), "4003");
  CHECK_INT(json_count(request, "instances[0].attributes"), plan ? 1 : 0);
  if (plan) {
    CHECK_TEXT(json_text(request, "instances[0].attributes[0].id"), "1001");
    CHECK_TEXT(json_text(request, "instances[0].attributes[0].value"), plan);
    CHECK_TEXT(json_text(request, "instances[0].attributes[0].type"), "custom_attribute");
  }
  const char *uuid = json_text(request, "instances[0].cmabUUID");
  CHECK(uuid && strlen(uuid) == 36);
}

static void test_callback(void) {
  oracle self = {.answer = "6006"};
  opt_client *client = client_asking(&self);
  opt_user *gold = user_gold("visitor");
  opt_decision *decision = decide(client, gold, "bandit", 0);
  opt_decision_view view = view_of(decision);
  CHECK_STR(view.variation_key, "b");
  CHECK_STR(view.rule_key, "bandit_test");
  CHECK_INT(view.enabled, 1);
  CHECK_INT(view.event_status, OPT_EVENT_ACCEPTED);
  CHECK_TEXT(self.rule, "4003");
  CHECK_TEXT(self.user, "visitor");
  json *request = json_of(opt_cstr(self.request));
  check_request(request, "visitor", "gold");
  CHECK_STR(view.cmab_uuid, json_text(request, "instances[0].cmabUUID"));
  json_free(request);
  opt_decision_free(decision);
  CHECK_INT(self.calls, 1);
  opt_client_free(client);
  CHECK_INT(self.released, 1);
  opt_user_free(gold);
}

static void hear(const opt_notification *notification, void *user_data) {
  opt_error *error = NULL;
  opt_notification_view view;
  char *payload = user_data;
  must(opt_notification_read(notification, &view, sizeof view, &error), error);
  keep(payload, 1024, view.payload);
}

// Whether a flag is on is told also where the prediction failed, as the official SDKs do; a decision is not.
static void test_listener_of_failing_callback(void) {
  char payload[1024] = "";
  oracle failing = {.answer = "6006", .is_failing = true};
  opt_user *user = user_named("visitor");
  opt_client *client = client_asking(&failing);
  opt_error *error = NULL;
  uint64_t id;
  bool is_enabled = true;
  must(opt_client_add_listener(client, OPT_NOTIFICATION_DECISION, hear, payload, NULL, &id, &error), error);
  check_failed(client, user);
  CHECK_INT(payload[0], 0);
  opt_status status = opt_is_feature_enabled(client, user, OPT_STR("bandit"), &is_enabled, NULL, &error);
  CHECK_STATUS(status, OPT_STATUS_PREDICTION_FAILED, &error);
  CHECK(!is_enabled);
  CHECK(strstr(payload, "\"featureEnabled\":false,\"source\":\"\",\"sourceInfo\":{}"));
  opt_client_free(client);
  opt_user_free(user);
}

static void test_failing_callback(void) {
  // A variation that the rule lacks is no failure of the prediction: the rule is passed over.
  oracle failing = {.answer = "6006", .is_failing = true}, silent = {.answer = NULL}, odd = {.answer = "no such id"};
  opt_user *user = user_named("visitor");
  opt_client *client = client_asking(&failing);
  check_failed(client, user);
  CHECK(failing.calls > 0);
  opt_client_free(client);
  client = client_asking(&silent);
  check_failed(client, user);
  opt_client_free(client);
  client = client_asking(&odd);
  check_variation(client, user, 0, NULL);
  CHECK(odd.calls > 0);
  opt_client_free(client);
  opt_user_free(user);
}

// The answer is kept for the user, the rule and the attributes, and each option does its part.
static void test_cache(void) {
  opt_error *error = NULL;
  oracle self = {.answer = "6005"};
  opt_client *client = client_asking(&self);
  opt_user *gold = user_gold("visitor");
  opt_user *other = user_gold("other visitor");
  check_variation(client, gold, 0, "a");
  self.answer = "6006";
  check_variation(client, gold, 0, "a");
  CHECK_INT(self.calls, 1);
  check_variation(client, gold, OPT_DECIDE_IGNORE_CMAB_CACHE, "b");
  CHECK_INT(self.calls, 2);
  check_variation(client, gold, 0, "a");
  CHECK_INT(self.calls, 2);
  check_variation(client, other, 0, "b");
  CHECK_INT(self.calls, 3);
  check_variation(client, gold, OPT_DECIDE_INVALIDATE_USER_CMAB_CACHE, "b");
  CHECK_INT(self.calls, 4);
  self.answer = "6005";
  check_variation(client, other, 0, "b");
  check_variation(client, gold, OPT_DECIDE_RESET_CMAB_CACHE, "a");
  CHECK_INT(self.calls, 5);
  check_variation(client, other, 0, "a");
  CHECK_INT(self.calls, 6);
  // Another value of an attribute that the model sees is another question; one that it does not see is not.
  must(opt_user_set_attribute(gold, OPT_STR("age"), opt_int(7), &error), error);
  check_variation(client, gold, 0, "a");
  CHECK_INT(self.calls, 6);
  must(opt_user_set_attribute(gold, OPT_STR("plan"), opt_string(OPT_STR("silver")), &error), error);
  check_variation(client, gold, 0, "a");
  CHECK_INT(self.calls, 7);
  opt_user_free(other);
  opt_user_free(gold);
  opt_client_free(client);
}

// A client and a user to decide for until the predictor has been called a fourth time.
typedef struct {
  const opt_client *client;
  const opt_user *user;
  const int *calls;
} pair;

static bool was_asked_again(const void *context) {
  const pair *self = context;
  opt_decision_free(decide(self->client, self->user, "bandit", OPT_DECIDE_DISABLE_DECISION_EVENT));
  return *self->calls > 3;
}

// The oldest of more entries than there is room for, and what is older than its time, are asked for again.
static void test_cache_bounds(void) {
  enum { LIFETIME_MS = 50 };
  opt_error *error = NULL;
  oracle self = {.answer = "6005"};
  opt_options *options = flags_for(NULL);
  must(opt_options_set_cmab_predictor(options, predict, &self, NULL, &error), error);
  must(opt_options_set_cmab_cache(options, 1, LIFETIME_MS, &error), error);
  opt_client *client = client_of(options);
  opt_user *one = user_named("one");
  opt_user *two = user_named("two");
  check_variation(client, one, 0, "a");
  check_variation(client, two, 0, "a");
  check_variation(client, one, 0, "a");
  CHECK_INT(self.calls, 3);
  pair waiting = {client, one, &self.calls};
  CHECK(wait_until(was_asked_again, &waiting));
  CHECK_INT(self.calls, 4);
  opt_user_free(two);
  opt_user_free(one);
  opt_client_free(client);
}

// Who can't wait is told at once that no variation was had, and nobody is asked.
static void test_no_wait(void) {
  oracle self = {.answer = "6005"};
  opt_client *client = client_asking(&self);
  opt_user *user = user_named("visitor");
  check_variation(client, user, OPT_DECIDE_NO_WAIT, NULL);
  CHECK_INT(self.calls, 0);
  opt_user_free(user);
  opt_client_free(client);
}

static void test_endpoint(void) {
  char path[128];
  predictor server;
  predictor_start(&server);
  predictor_answer(&server, 200, "6006");
  opt_client *client = client_at(&server, 10000);
  opt_user *gold = user_gold("visitor");
  opt_user *bare = user_named("bare");
  check_variation(client, gold, 0, "b");
  json *request = predictor_last(&server, path);
  CHECK_TEXT(path, "/predict/4003");
  check_request(request, "visitor", "gold");
  json_free(request);
  check_variation(client, bare, 0, "b");
  request = predictor_last(&server, path);
  check_request(request, "bare", NULL);
  json_free(request);
  CHECK_INT(predictor_requests(&server), 2);
  // A variation id that is a number is taken as its decimal text.
  predictor_answer(&server, 200, "{\"predictions\":[{\"variation_id\":6005}]}");
  check_variation(client, gold, OPT_DECIDE_IGNORE_CMAB_CACHE, "a");
  opt_user_free(bare);
  opt_user_free(gold);
  opt_client_free(client);
  predictor_stop(&server);
}

// Each of these is asked twice and then given up.
static void test_failing_endpoint(void) {
  static const struct {
    int status;
    const char *answer;
  } table[] = {
      {500, "6006"},
      {404, ""},
      {200, ""},
      {200, "{"},
      {200, "{}"},
      {200, "{\"predictions\":[]}"},
      {200, "{\"predictions\":[{}]}"},
      {200, "{\"predictions\":{}}"},
  };
  predictor server;
  predictor_start(&server);
  opt_client *client = client_at(&server, 10000);
  opt_user *user = user_named("visitor");
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    int before = predictor_requests(&server);
    predictor_answer(&server, table[i].status, table[i].answer);
    check_scope(table[i].answer);
    check_failed(client, user);
    CHECK_INT(predictor_requests(&server), before + 2);
    check_scope(NULL);
  }
  // It recovers as soon as the endpoint does.
  predictor_answer(&server, 200, "6006");
  check_variation(client, user, 0, "b");
  opt_user_free(user);
  opt_client_free(client);
  predictor_stop(&server);
}

// An endpoint that takes the request and says nothing costs two time-outs and the pause between them.
static void test_silent_endpoint(void) {
  enum { TIMEOUT_MS = 200 };
  predictor server;
  predictor_start(&server);
  predictor_answer(&server, 0, "");
  opt_client *client = client_at(&server, TIMEOUT_MS);
  opt_user *user = user_named("visitor");
  long long before = now_ms();
  check_failed(client, user);
  CHECK_RANGE(now_ms() - before, 2 * TIMEOUT_MS, LONG_MS);
  opt_user_free(user);
  opt_client_free(client);
  predictor_stop(&server);
}

int main(void) {
  test_callback();
  test_failing_callback();
  test_listener_of_failing_callback();
  test_cache();
  test_cache_bounds();
  test_no_wait();
  test_endpoint();
  test_failing_endpoint();
  test_silent_endpoint();
  return check_done("cmab");
}
