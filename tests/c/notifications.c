// Listeners: every kind with its payload, in order, on the right thread; removal inside a listener, close refused
// inside one; and the queue that a host pulls from.
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "client.h"
#include "flags.h"

enum {
  ALL = OPT_NOTIFICATION_DECISION | OPT_NOTIFICATION_TRACK | OPT_NOTIFICATION_LOG_EVENT | OPT_NOTIFICATION_CONFIG_UPDATE
};

// What one listener has heard.
typedef struct {
  pthread_mutex_t lock;
  int count;
  atomic_int released;
  uint32_t type;
  char key[128];
  char payload[8192];
  pthread_t thread;
} ear;

#define EAR                                                                                                            \
  { .lock = PTHREAD_MUTEX_INITIALIZER }

static void keep(char *into, size_t room, opt_str text) { snprintf(into, room, "%.*s", (int)text.len, text.data); }

static void hear(const opt_notification *notification, void *user_data) {
  opt_error *error = NULL;
  opt_notification_view view;
  ear *self = user_data;
  must(opt_notification_read(notification, &view, sizeof view, &error), error);
  pthread_mutex_lock(&self->lock);
  self->count++;
  self->type = view.type;
  keep(self->key, sizeof self->key, view.key);
  keep(self->payload, sizeof self->payload, view.payload);
  self->thread = pthread_self();
  pthread_mutex_unlock(&self->lock);
}

static void let_go(void *user_data) { ((ear *)user_data)->released++; }

static bool is_let_go(const void *context) { return atomic_load(&((const ear *)context)->released) > 0; }

static uint64_t listen_to(const opt_client *client, uint32_t types, ear *self) {
  opt_error *error = NULL;
  uint64_t id = 0;
  must(opt_client_add_listener(client, types, hear, self, let_go, &id, &error), error);
  CHECK(id > 0);
  return id;
}

static int heard(ear *self) {
  pthread_mutex_lock(&self->lock);
  int count = self->count;
  pthread_mutex_unlock(&self->lock);
  return count;
}

// The payload of the only notification since `before`, which must be of this kind and key. Free it with json_free.
static json *payload_of(ear *self, int before, uint32_t type, const char *key) {
  CHECK_INT(self->count, before + 1);
  CHECK_INT(self->type, type);
  CHECK_TEXT(self->key, key);
  return json_of(opt_cstr(self->payload));
}

static void test_decision(const opt_client *client, ear *self) {
  opt_error *error = NULL;
  opt_user *gold = user_gold("visitor");
  int before = self->count;
  opt_decision *decision = decide(client, gold, "checkout", 0);
  json *payload = payload_of(self, before, OPT_NOTIFICATION_DECISION, "checkout");
  CHECK_TEXT(json_text(payload, "type"), "flag");
  CHECK_TEXT(json_text(payload, "userId"), "visitor");
  CHECK_TEXT(json_text(payload, "attributes.plan"), "gold");
  CHECK_TEXT(json_text(payload, "decisionInfo.flagKey"), "checkout");
  CHECK_TEXT(json_text(payload, "decisionInfo.enabled"), "true");
  CHECK_TEXT(json_text(payload, "decisionInfo.variationKey"), "on");
  CHECK_TEXT(json_text(payload, "decisionInfo.ruleKey"), "checkout_test");
  CHECK_TEXT(json_text(payload, "decisionInfo.experimentId"), "4001");
  CHECK_TEXT(json_text(payload, "decisionInfo.variationId"), "6001");
  CHECK_TEXT(json_text(payload, "decisionInfo.decisionEventDispatched"), "true");
  CHECK_TEXT(json_text(payload, "decisionInfo.variables.max_items"), "25");
  CHECK_INT(json_count(payload, "decisionInfo.reasons"), 0);
  CHECK(pthread_equal(self->thread, pthread_self()));
  json_free(payload);
  opt_decision_free(decision);

  // The other calls have their own types.
  CHECK_STATUS(opt_get_variation(client, gold, OPT_STR("checkout_test"), &decision, &error), OPT_STATUS_OK, &error);
  payload = payload_of(self, before + 1, OPT_NOTIFICATION_DECISION, "checkout_test");
  CHECK_TEXT(json_text(payload, "type"), "feature-test");
  CHECK_TEXT(json_text(payload, "decisionInfo.experimentKey"), "checkout_test");
  CHECK_TEXT(json_text(payload, "decisionInfo.variationKey"), "on");
  json_free(payload);
  opt_decision_free(decision);
  bool is_enabled;
  CHECK_STATUS(opt_is_feature_enabled(client, gold, OPT_STR("checkout"), &is_enabled, NULL, &error), OPT_STATUS_OK,
               &error);
  payload = payload_of(self, before + 2, OPT_NOTIFICATION_DECISION, "checkout");
  CHECK_TEXT(json_text(payload, "type"), "feature");
  CHECK_TEXT(json_text(payload, "decisionInfo.featureKey"), "checkout");
  CHECK_TEXT(json_text(payload, "decisionInfo.featureEnabled"), "true");
  CHECK_TEXT(json_text(payload, "decisionInfo.source"), "feature-test");
  CHECK_TEXT(json_text(payload, "decisionInfo.sourceInfo.variationKey"), "on");
  json_free(payload);
  int64_t items;
  CHECK_STATUS(
      opt_get_feature_variable_integer(client, gold, OPT_STR("checkout"), OPT_STR("max_items"), &items, &error),
      OPT_STATUS_OK, &error);
  payload = payload_of(self, before + 3, OPT_NOTIFICATION_DECISION, "checkout");
  CHECK_TEXT(json_text(payload, "type"), "feature-variable");
  CHECK_TEXT(json_text(payload, "decisionInfo.variableKey"), "max_items");
  CHECK_TEXT(json_text(payload, "decisionInfo.variableType"), "integer");
  CHECK_TEXT(json_text(payload, "decisionInfo.variableValue"), "25");
  json_free(payload);
  opt_text *text = NULL;
  CHECK_STATUS(opt_get_all_feature_variables(client, gold, OPT_STR("checkout"), &text, &error), OPT_STATUS_OK, &error);
  payload = payload_of(self, before + 4, OPT_NOTIFICATION_DECISION, "checkout");
  CHECK_TEXT(json_text(payload, "type"), "all-feature-variables");
  CHECK_INT(json_count(payload, "decisionInfo.variableValues"), 5);
  json_free(payload);
  opt_text_free(text);

  // An error decision tells nobody.
  CHECK_STATUS(opt_decide(client, gold, OPT_STR("none"), 0, &decision, &error), OPT_STATUS_UNKNOWN_FLAG, &error);
  opt_decision_free(decision);
  CHECK_INT(self->count, before + 5);
  opt_user_free(gold);
}

static void test_track(const opt_client *client, ear *self) {
  opt_error *error = NULL;
  opt_user *gold = user_gold("visitor");
  int before = self->count;
  opt_pair tags[] = {{OPT_STR("revenue"), opt_int(4200)}, {OPT_STR("method"), opt_string(OPT_STR("card"))}};
  CHECK_STATUS(opt_track(client, gold, OPT_STR("purchase"), tags, 2, &error), OPT_STATUS_OK, &error);
  json *payload = payload_of(self, before, OPT_NOTIFICATION_TRACK, "purchase");
  CHECK_TEXT(json_text(payload, "eventKey"), "purchase");
  CHECK_TEXT(json_text(payload, "userId"), "visitor");
  CHECK_TEXT(json_text(payload, "attributes.plan"), "gold");
  CHECK_TEXT(json_text(payload, "eventTags.revenue"), "4200");
  CHECK_TEXT(json_text(payload, "eventTags.method"), "card");
  json_free(payload);
  CHECK_STATUS(opt_track(client, gold, OPT_STR("none"), NULL, 0, &error), OPT_STATUS_UNKNOWN_EVENT, &error);
  CHECK_INT(self->count, before + 1);
  opt_user_free(gold);
}

static void test_config_update(const opt_client *client, ear *self) {
  opt_error *error = NULL;
  int before = self->count;
  CHECK_STATUS(opt_client_set_datafile(client, OPT_STR(FLAGS_AT("8")), &error), OPT_STATUS_OK, &error);
  json *payload = payload_of(self, before, OPT_NOTIFICATION_CONFIG_UPDATE, "8");
  CHECK_TEXT(json_text(payload, "revision"), "8");
  json_free(payload);
  CHECK_STATUS(opt_client_set_datafile(client, OPT_STR("no datafile"), &error), OPT_STATUS_INVALID_DATAFILE, &error);
  CHECK_INT(self->count, before + 1);
}

// The batch as it goes out, told on the delivery thread.
static void test_log_event(const collector *server, const opt_client *client, ear *self) {
  opt_user *user = user_named("visitor");
  track(client, user, "purchase");
  flush(client);
  CHECK_INT(heard(self), 1);
  CHECK_INT(self->type, OPT_NOTIFICATION_LOG_EVENT);
  CHECK_TEXT(self->key, server->events_url);
  json *payload = json_of(opt_cstr(self->payload));
  CHECK_TEXT(json_text(payload, "url"), server->events_url);
  CHECK_TEXT(json_text(payload, "httpVerb"), "POST");
  CHECK_TEXT(json_text(payload, "params.account_id"), "12001");
  CHECK(json_count(payload, "params.visitors") > 0);
  CHECK(!pthread_equal(self->thread, pthread_self()));
  json_free(payload);
  opt_user_free(user);
}

static void test_kinds(const collector *server) {
  opt_error *error = NULL;
  ear own = EAR, batches = EAR, never = EAR;
  opt_client *client = client_of(flags_for(server));
  uint64_t id = listen_to(client, ALL & ~(uint32_t)OPT_NOTIFICATION_LOG_EVENT, &own);
  uint64_t gone = listen_to(client, ALL, &never);
  CHECK(id != gone);
  CHECK_STATUS(opt_client_remove_listener(client, gone, &error), OPT_STATUS_OK, &error);
  CHECK_STATUS(opt_client_remove_listener(client, gone, &error), OPT_STATUS_NOT_FOUND, &error);
  CHECK_INT(never.released, 1);
  test_decision(client, &own);
  test_track(client, &own);
  test_config_update(client, &own);
  flush(client);
  int told = own.count;
  (void)listen_to(client, OPT_NOTIFICATION_LOG_EVENT, &batches);
  test_log_event(server, client, &batches);
  CHECK_INT(own.count, told + 1);
  CHECK_INT(never.count, 0);
  close_and_free(client);
  // The delivery thread may be on its way out of a listener, and holds on to the list of them until then.
  CHECK(wait_until(is_let_go, &own));
  CHECK(wait_until(is_let_go, &batches));
  collector_reset(server);
}

static void test_refusals(void) {
  static const uint32_t types[] = {0, 64, 1U << 31, 65};
  opt_error *error = NULL;
  ear self = EAR;
  opt_client *client = client_of(flags_for(NULL));
  for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
    uint64_t id = 77;
    CHECK_STATUS(opt_client_add_listener(client, types[i], hear, &self, let_go, &id, &error),
                 OPT_STATUS_INVALID_ARGUMENT, &error);
    CHECK_INT(self.released, i + 1);
  }
  CHECK_STATUS(opt_client_remove_listener(client, 0, &error), OPT_STATUS_NOT_FOUND, &error);
  CHECK_STATUS(opt_client_remove_listener(client, UINT64_MAX, &error), OPT_STATUS_NOT_FOUND, &error);
  opt_notification *pulled = NULL;
  opt_status status = opt_client_next_notification(client, 0, &pulled, &error);
  CHECK(pulled == NULL && status != OPT_STATUS_OK);
  opt_error_free(error);
  opt_notification_free(NULL);
  opt_client_free(client);
}

// A listener that meddles: removes itself and another, adds one, decides, and tries to close.
typedef struct {
  opt_client *client;
  uint64_t own_id;
  uint64_t other_id;
  int calls;
  ear added;
} meddler;

static void meddle(const opt_notification *notification, void *user_data) {
  (void)notification;
  opt_error *error = NULL;
  meddler *self = user_data;
  if (self->calls++ > 0)
    return;
  CHECK_STATUS(opt_client_close(self->client, 1000, NULL, &error), OPT_STATUS_INVALID_ARGUMENT, &error);
  CHECK_STATUS(opt_client_remove_listener(self->client, self->other_id, &error), OPT_STATUS_OK, &error);
  CHECK_STATUS(opt_client_remove_listener(self->client, self->own_id, &error), OPT_STATUS_OK, &error);
  (void)listen_to(self->client, OPT_NOTIFICATION_DECISION, &self->added);
  opt_user *user = user_named("inner");
  opt_decision_free(decide(self->client, user, "split", 0));
  opt_user_free(user);
}

static void test_meddling(const collector *server) {
  opt_error *error = NULL;
  ear first = EAR, last = EAR;
  meddler self = {.client = client_of(flags_for(server)), .added = EAR};
  opt_user *user = user_named("outer");
  (void)listen_to(self.client, OPT_NOTIFICATION_DECISION, &first);
  must(opt_client_add_listener(self.client, OPT_NOTIFICATION_DECISION, meddle, &self, NULL, &self.own_id, &error),
       error);
  self.other_id = listen_to(self.client, OPT_NOTIFICATION_DECISION, &last);
  opt_decision_free(decide(self.client, user, "split", 0));
  // The list was copied before: the outer decision is still told to the one that was removed meanwhile, or was not, but
  // never to the one that was added; the inner one to those that were left.
  CHECK_INT(self.calls, 1);
  CHECK_INT(first.count, 2);
  CHECK_RANGE(last.count, 0, 1);
  CHECK_INT(self.added.count, 1);
  opt_decision_free(decide(self.client, user, "split", 0));
  CHECK_INT(self.calls, 1);
  CHECK_INT(first.count, 3);
  CHECK_INT(self.added.count, 2);
  CHECK_RANGE(last.count, 0, 1);
  CHECK_INT(last.released, 1);
  // The close that was refused left the client open.
  track(self.client, user, "purchase");
  opt_user_free(user);
  close_and_free(self.client);
  CHECK(wait_until(is_let_go, &self.added));
  collector_reset(server);
}

// What the delivery thread causes can be pulled, by whoever can't be called from a thread that is not its own.
static void test_queue(const collector *server) {
  opt_error *error = NULL;
  opt_notification *pulled = NULL;
  opt_notification_view view;
  opt_options *options = flags_for(server);
  must(opt_options_set_notification_queue(options, OPT_NOTIFICATION_LOG_EVENT | OPT_NOTIFICATION_CONFIG_UPDATE, 8,
                                          &error),
       error);
  opt_client *client = client_of(options);
  opt_user *user = user_named("visitor");
  long long before = now_ms();
  CHECK_STATUS(opt_client_next_notification(client, 100, &pulled, &error), OPT_STATUS_TIMEOUT, &error);
  CHECK(pulled == NULL);
  CHECK_RANGE(now_ms() - before, 100, LONG_MS);
  track(client, user, "purchase");
  flush(client);
  CHECK_STATUS(opt_client_next_notification(client, LONG_MS, &pulled, &error), OPT_STATUS_OK, &error);
  CHECK_STATUS(opt_notification_read(pulled, &view, sizeof view, &error), OPT_STATUS_OK, &error);
  CHECK_INT(view.type, OPT_NOTIFICATION_LOG_EVENT);
  CHECK_INT(view.reserved, 0);
  CHECK_STR(view.key, server->events_url);
  json *payload = json_of(view.payload);
  CHECK_TEXT(json_text(payload, "httpVerb"), "POST");
  json_free(payload);
  opt_user_free(user);
  close_and_free(client);
  // It outlives its client.
  CHECK_STATUS(opt_notification_read(pulled, &view, sizeof view, &error), OPT_STATUS_OK, &error);
  CHECK_STR(view.key, server->events_url);
  opt_notification_free(pulled);
  collector_reset(server);
}

int main(void) {
  collector server = collector_start();
  test_kinds(&server);
  test_refusals();
  test_meddling(&server);
  test_queue(&server);
  collector_stop(&server);
  return check_done("notifications");
}
