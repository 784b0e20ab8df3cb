// One of everything that a call can be given.
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

#include "client.h"

// Never dereferenced; no handle lies there.
#define WILD ((void *)(uintptr_t)0x5A5A)

opt_str null_text(void) { return (opt_str){NULL, 4}; }

void fixture_begin(fixture *f, const char *name) {
  opt_error *error = NULL;
  memset(f, 0, sizeof *f);
  f->name = name;
  check_scope(name);
  f->options = options_for(NULL);
  f->client = client_for(NULL);
  f->user = user_named("visitor");
  must(opt_client_set_forced_variation(f->client, OPT_STR("gold_banner"), OPT_STR("visitor"), OPT_STR("large"), &error),
       error);
  // Handles outlive their client, and this one keeps no event of theirs.
  opt_client *other = client_for(NULL);
  must(opt_activate(other, f->user, OPT_STR("checkout_button"), &f->decision, &error), error);
  must(opt_get_enabled_features(other, f->user, &f->keys, NULL, &error), error);
  opt_client_free(other);
  if (opt_track(f->client, f->user, OPT_STR("none"), NULL, 0, &f->failure) == OPT_STATUS_OK)
    check_abort("an unknown event was taken");
  f->pairs[0] = (opt_pair){OPT_STR("plan"), opt_string(OPT_STR("gold"))};
  f->pairs[1] = (opt_pair){OPT_STR("age"), opt_int(34)};
  f->texts[0] = OPT_STR("first");
  f->texts[1] = OPT_STR("second");
  f->asked = request_plain(OPT_PACKED_ACTIVATE, "checkout_button", "visitor");
  f->out_client = WILD;
  f->out_user = WILD;
  f->out_decision = WILD;
  f->out_keys = WILD;
}

void fixture_end(fixture *f) {
  opt_options_free(f->options);
  opt_client_free(f->client);
  opt_user_free(f->user);
  opt_decision_free(f->decision);
  opt_keys_free(f->keys);
  opt_error_free(f->failure);
  opt_error_free(f->error);
  if (f->out_client != WILD)
    opt_client_free(f->out_client);
  if (f->out_user != WILD)
    opt_user_free(f->out_user);
  if (f->out_decision != WILD)
    opt_decision_free(f->out_decision);
  if (f->out_keys != WILD)
    opt_keys_free(f->out_keys);
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

void fixture_log(uint32_t level, opt_str message, void *user_data) {
  (void)level;
  (void)message;
  (void)user_data;
}

void fixture_release(void *user_data) {
  if (user_data)
    ((fixture *)user_data)->released++;
}
