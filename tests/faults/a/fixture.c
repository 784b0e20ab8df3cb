// One of everything that a call can be given.
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

#include "client.h"

// Never dereferenced; no handle lies there.
#define WILD ((void *)(uintptr_t)0x5A5A)

opt_str null_text(void) { return (opt_str){NULL, 4}; }

// A client that asks a callback for predictions, and keeps batches of so many events that are about to go out for
// whoever pulls them.
static opt_client *client_alone(uint32_t batch_size) {
  opt_error *error = NULL;
  opt_options *options = flags_for(NULL);
  must(opt_options_set_cmab_predictor(options, fixture_predict, NULL, NULL, &error), error);
  must(opt_options_set_notification_queue(options, OPT_NOTIFICATION_LOG_EVENT, 4, &error), error);
  must(opt_options_set_batch_size(options, batch_size, &error), error);
  return client_of(options);
}

// Handles of every kind that a client makes. They outlive it, and it keeps no event of theirs.
static void make_handles(fixture *f) {
  opt_error *error = NULL;
  opt_client *other = client_alone(1);
  must(opt_decide(other, f->user, OPT_STR("checkout"), OPT_DECIDE_INCLUDE_REASONS, &f->decision, &error), error);
  must(opt_decide_all(other, f->user, 0, &f->decisions, &error), error);
  must(opt_get_enabled_features(other, f->user, &f->keys, NULL, &error), error);
  must(opt_get_feature_variable_string(other, f->user, OPT_STR("checkout"), OPT_STR("title"), &f->text, &error), error);
  must(opt_client_get_optimizely_config(other, &f->config, &error), error);
  f->feature = opt_config_feature_at(f->config, 0);
  f->experiment = opt_config_feature_experiment_rule_at(f->feature, 0);
  f->variation = opt_config_experiment_variation_at(f->experiment, 0);
  if (!f->variation)
    check_abort("the project of flags has no variation");
  must(opt_client_next_notification(other, LONG_MS, &f->notification, &error), error);
  opt_client_free(other);
}

// A client that the host drives, with a request that is on its way.
static void make_driven(fixture *f) {
  opt_error *error = NULL;
  opt_request_view view;
  opt_options *options = flags_for(NULL);
  must(opt_options_set_pulled_transport(options, 1, &error), error);
  must(opt_options_set_manual_clock(options, 1700000000000, &error), error);
  must(opt_options_set_batch_size(options, 1, &error), error);
  f->driven = client_of(options);
  track(f->driven, f->user, "purchase");
  must(opt_client_next_request(f->driven, 0, &f->request, &error), error);
  must(opt_request_read(f->request, &view, sizeof view, &error), error);
  f->request_id = view.id;
  f->headers[0] = (opt_header){OPT_STR("Retry-After"), OPT_STR("1")};
}

void fixture_begin(fixture *f, const char *name) {
  opt_error *error = NULL;
  memset(f, 0, sizeof *f);
  f->name = name;
  check_scope(name);
  f->options = flags_for(NULL);
  f->client = client_alone(1000);
  f->user = user_gold("visitor");
  must(opt_client_set_forced_variation(f->client, OPT_STR("split_test"), OPT_STR("visitor"), OPT_STR("left"), &error),
       error);
  must(opt_user_set_forced_decision(f->user, OPT_STR("checkout"), OPT_STR("checkout_test"), OPT_STR("on"), &error),
       error);
  must(opt_client_add_listener(f->client, OPT_NOTIFICATION_DECISION, fixture_hear, NULL, NULL, &f->listener, &error),
       error);
  make_handles(f);
  make_driven(f);
  if (opt_track(f->client, f->user, OPT_STR("none"), NULL, 0, &f->failure) == OPT_STATUS_OK)
    check_abort("an unknown event was taken");
  f->pairs[0] = (opt_pair){OPT_STR("plan"), opt_string(OPT_STR("gold"))};
  f->pairs[1] = (opt_pair){OPT_STR("age"), opt_int(34)};
  f->texts[0] = OPT_STR("first");
  f->texts[1] = OPT_STR("second");
  f->asked = request_plain(OPT_PACKED_ACTIVATE, "split_test", "visitor");
  f->tracked = request_plain(OPT_PACKED_TRACK, "purchase", "visitor");
  f->out_client = WILD;
  f->out_user = WILD;
  f->out_decision = WILD;
  f->out_decisions = WILD;
  f->out_keys = WILD;
  f->out_text = WILD;
  f->out_config = WILD;
  f->out_notification = WILD;
  f->out_request = WILD;
}

void fixture_end(fixture *f) {
  opt_options_free(f->options);
  opt_client_free(f->client);
  opt_client_free(f->driven);
  opt_request_free(f->request);
  opt_user_free(f->user);
  opt_decision_free(f->decision);
  opt_decisions_free(f->decisions);
  opt_keys_free(f->keys);
  opt_text_free(f->text);
  opt_notification_free(f->notification);
  opt_config_free(f->config);
  opt_error_free(f->failure);
  opt_error_free(f->error);
  if (f->out_client != WILD)
    opt_client_free(f->out_client);
  if (f->out_user != WILD)
    opt_user_free(f->out_user);
  if (f->out_decision != WILD)
    opt_decision_free(f->out_decision);
  if (f->out_decisions != WILD)
    opt_decisions_free(f->out_decisions);
  if (f->out_keys != WILD)
    opt_keys_free(f->out_keys);
  if (f->out_text != WILD)
    opt_text_free(f->out_text);
  if (f->out_config != WILD)
    opt_config_free(f->out_config);
  if (f->out_notification != WILD)
    opt_notification_free(f->out_notification);
  if (f->out_request != WILD)
    opt_request_free(f->out_request);
  check_scope(NULL);
}

void fixture_expect(fixture *f, opt_status actual, opt_status expected, const char *place, bool has_error) {
  CHECK_INT(actual, expected);
  if (actual == OPT_STATUS_OK || !has_error) {
    CHECK(f->error == NULL);
    return;
  }
  CHECK_INT(opt_error_status(f->error), actual);
  CHECK(opt_error_message(f->error).len > 0);
  if (place)
    CHECK_STR(opt_error_place(f->error), place);
}

void fixture_expect_panic(fixture *f, opt_status actual) {
  CHECK_INT(actual, OPT_STATUS_INTERNAL);
  CHECK_INT(opt_error_status(f->error), OPT_STATUS_INTERNAL);
  opt_str message = opt_error_message(f->error);
  char *text = message.data ? strndup(message.data, message.len) : NULL;
  CHECK(text && strstr(text, "panic"));
  free(text);
  opt_error_free(f->error);
  f->error = NULL;
}

void fixture_expect_alive(fixture *f) {
  opt_error *error = NULL;
  opt_user *probe = NULL;
  // Had the call run past its guard, the panic that was asked for would come now.
  CHECK_STATUS(opt_user_new(OPT_STR("probe"), NULL, 0, &probe, &error), OPT_STATUS_OK, &error);
  opt_user_free(probe);
  if (!f->client || !f->user)
    return;
  opt_stats before = stats_of(f->client);
  CHECK_STATUS(opt_track(f->client, f->user, OPT_STR("purchase"), NULL, 0, &error), OPT_STATUS_OK, &error);
  CHECK_INT(stats_of(f->client).accepted, before.accepted + 1);
  // Nobody listens, so all that was accepted is still there to be delivered.
  uint64_t left = 0;
  CHECK_STATUS(opt_client_close(f->client, 0, &left, &error), OPT_STATUS_TIMEOUT, &error);
  CHECK_INT(left, before.accepted + 1);
}

void fixture_record(const opt_log_record *record, void *user_data) {
  (void)record;
  (void)user_data;
}

void fixture_log(uint32_t level, opt_str message, void *user_data) {
  (void)level;
  (void)message;
  (void)user_data;
}

void fixture_look_up(opt_str user_id, opt_reply *reply, void *user_data) {
  (void)user_id;
  (void)reply;
  (void)user_data;
}

void fixture_save(opt_str user_id, opt_str profile, opt_reply *reply, void *user_data) {
  (void)user_id;
  (void)profile;
  (void)reply;
  (void)user_data;
}

void fixture_predict(opt_str rule_id, opt_str user_id, opt_str request, opt_reply *reply, void *user_data) {
  (void)rule_id;
  (void)user_id;
  (void)request;
  (void)user_data;
  opt_reply_set(reply, OPT_STR("6005"));
}

void fixture_hear(const opt_notification *notification, void *user_data) {
  (void)notification;
  (void)user_data;
}

void fixture_release(void *user_data) {
  if (user_data)
    ((fixture *)user_data)->released++;
}
