// Failures: each gives its status, one line that names what was wrong, the place, and whether a retry can help.
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "client.h"
#include "datafile.h"

// Checks the parts of an error and frees it.
static void check_error(opt_status returned, opt_status status, const char *place, const char *says, bool is_retriable,
                        opt_error **error) {
  opt_str message = opt_error_message(*error);
  CHECK_INT(opt_error_status(*error), status);
  CHECK_STR(opt_error_place(*error), place);
  CHECK(opt_error_is_retriable(*error) == is_retriable);
  CHECK(message.data && message.len > 0);
  CHECK(message.data && !memchr(message.data, '\n', message.len));
  char *text = message.data ? strndup(message.data, message.len) : NULL;
  if (!text || !strstr(text, says))
    CHECK_TEXT(text, says);
  free(text);
  CHECK_STATUS(returned, status, error);
}

static void test_no_error(void) {
  CHECK_INT(opt_error_status(NULL), OPT_STATUS_OK);
  CHECK_STR(opt_error_message(NULL), NULL);
  CHECK_STR(opt_error_place(NULL), NULL);
  CHECK(!opt_error_is_retriable(NULL));
  opt_error_free(NULL);
}

static void test_unknown_keys(void) {
  opt_error *error = NULL;
  opt_decision *decision = NULL;
  bool is_enabled = true;
  opt_client *client = client_for(NULL);
  opt_user *user = user_named("visitor-who-is-private");
  opt_status status = opt_track(client, user, OPT_STR("no_such_event"), NULL, 0, &error);
  check_error(status, OPT_STATUS_UNKNOWN_EVENT, "event_key", "no_such_event", false, &error);
  status = opt_activate(client, user, OPT_STR("no_such_experiment"), &decision, &error);
  check_error(status, OPT_STATUS_UNKNOWN_EXPERIMENT, "experiment_key", "no_such_experiment", false, &error);
  CHECK(decision == NULL);
  status = opt_get_variation(client, user, OPT_STR(""), &decision, &error);
  CHECK_STATUS(status, OPT_STATUS_UNKNOWN_EXPERIMENT, &error);
  status = opt_is_feature_enabled(client, user, OPT_STR("no_such_flag"), &is_enabled, NULL, &error);
  check_error(status, OPT_STATUS_UNKNOWN_FLAG, "flag_key", "no_such_flag", false, &error);
  CHECK(!is_enabled);
  // opt_decide answers with a decision besides.
  status = opt_decide(client, user, OPT_STR("no_such_flag"), 0, &decision, &error);
  check_error(status, OPT_STATUS_UNKNOWN_FLAG, "flag_key", "no_such_flag", false, &error);
  opt_decision_view view;
  CHECK_STATUS(opt_decision_read(decision, &view, sizeof view, &error), OPT_STATUS_OK, &error);
  CHECK_STR(view.flag_key, "no_such_flag");
  CHECK_STR(view.variation_key, NULL);
  CHECK_INT(view.enabled, 0);
  CHECK_INT(view.event_status, OPT_EVENT_SUPPRESSED);
  opt_decision_free(decision);
  CHECK_INT(stats_of(client).accepted, 0);
  CHECK_INT(stats_of(client).refused_unknown_event, 1);
  opt_user_free(user);
  close_and_free(client);
}

static void test_bad_text(void) {
  opt_error *error = NULL;
  opt_client *client = client_for(NULL);
  opt_user *user = user_named("visitor");
  opt_status status = opt_track(client, user, OPT_STR("pur\xFF"), NULL, 0, &error);
  check_error(status, OPT_STATUS_INVALID_UTF8, "event_key", "3", false, &error);
  opt_pair tags[] = {{OPT_STR("fine"), opt_int(1)}, {OPT_STR("bad"), opt_string(OPT_STR("ab\xC3"))}};
  status = opt_track(client, user, OPT_STR("purchase"), tags, 2, &error);
  check_error(status, OPT_STATUS_INVALID_UTF8, "tags", "2", false, &error);
  opt_str nowhere = {NULL, 4};
  status = opt_track(client, user, nowhere, NULL, 0, &error);
  check_error(status, OPT_STATUS_INVALID_ARGUMENT, "event_key", "NULL", false, &error);
  CHECK_INT(stats_of(client).accepted, 0);
  opt_user_free(user);
  close_and_free(client);
}

typedef struct {
  const char *name;
  const char *text;
  const char *place;
} bad_datafile;

static void test_datafiles(void) {
  static const bad_datafile table[] = {
      {"not JSON", "hello", "datafile"},
      {"cut short", "{\"version\":\"4\",", "datafile"},
      {"two documents", "{\"version\":\"4\"}{}", "datafile"},
      {"a list", "[]", "datafile"},
      {"no version", "{}", "version"},
      {"unknown version", "{\"version\":\"5\"}", "version"},
      {"wrong type", "{\"version\":\"4\",\"experiments\":[{\"key\":\"a\"},{\"key\":7}]}", "experiments[1].key"},
      {"wrong list", "{\"version\":\"4\",\"events\":{}}", "events"},
      {"fraction of a bucket",
       "{\"version\":\"4\",\"experiments\":[{\"trafficAllocation\":[{\"entityId\":\"1\",\"endOfRange\":0.5}]}]}",
       "experiments[0].trafficAllocation[0].endOfRange"},
  };
  opt_error *error = NULL;
  opt_client *running = client_for(NULL);
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    check_scope(table[i].name);
    opt_client *client = NULL;
    opt_options *options = options_for(NULL);
    must(opt_options_set_datafile(options, opt_cstr(table[i].text), &error), error);
    opt_status status = opt_client_new(options, &client, &error);
    CHECK(client == NULL);
    check_error(status, OPT_STATUS_INVALID_DATAFILE, table[i].place, "", false, &error);
    // The same text does not replace a datafile in force.
    status = opt_client_set_datafile(running, opt_cstr(table[i].text), &error);
    check_error(status, OPT_STATUS_INVALID_DATAFILE, table[i].place, "", false, &error);
  }
  check_scope(NULL);
  opt_user *user = user_named("visitor");
  opt_decision *decision = NULL;
  CHECK_STATUS(opt_get_variation(running, user, OPT_STR("checkout_button"), &decision, &error), OPT_STATUS_OK, &error);
  opt_decision_free(decision);
  opt_user_free(user);
  close_and_free(running);
}

// All options out of range are named in one message; the options are consumed all the same.
static void test_options(void) {
  opt_error *error = NULL;
  opt_client *client = NULL;
  opt_options *options = options_for(NULL);
  must(opt_options_set_batch_size(options, 0, &error), error);
  must(opt_options_set_flush_interval_ms(options, 0, &error), error);
  must(opt_options_set_timeouts_ms(options, 600001, 0, &error), error);
  must(opt_options_set_event_endpoint(options, OPT_STR("ftp://example.org"), &error), error);
  opt_status status = opt_client_new(options, &client, &error);
  CHECK(client == NULL);
  char *message = strndup(opt_error_message(error).data, opt_error_message(error).len);
  static const char *const named[] = {"batch_size", "flush_interval_ms", "connect", "total", "event_endpoint"};
  for (size_t i = 0; message && i < sizeof named / sizeof *named; i++) {
    check_scope(named[i]);
    CHECK(strstr(message, named[i]) != NULL);
  }
  check_scope(NULL);
  free(message);
  CHECK_STATUS(status, OPT_STATUS_INVALID_ARGUMENT, &error);

  // Without a datafile there is nothing to decide by.
  options = opt_options_new();
  status = opt_client_new(options, &client, &error);
  CHECK_STATUS(status, OPT_STATUS_INVALID_ARGUMENT, &error);
  options = opt_options_new();
  must(opt_options_set_datafile(options, OPT_STR(""), &error), error);
  status = opt_client_new(options, &client, &error);
  CHECK_STATUS(status, OPT_STATUS_INVALID_ARGUMENT, &error);
}

// `error` may be NULL everywhere, and an error outlives what it speaks of.
static void test_ownership(void) {
  opt_client *client = client_for(NULL);
  opt_user *user = user_named("visitor");
  CHECK_INT(opt_track(client, user, OPT_STR("no_such_event"), NULL, 0, NULL), OPT_STATUS_UNKNOWN_EVENT);
  opt_error *error = NULL;
  opt_status status = opt_track(client, user, OPT_STR("no_such_event"), NULL, 0, &error);
  opt_user_free(user);
  close_and_free(client);
  check_error(status, OPT_STATUS_UNKNOWN_EVENT, "event_key", "no_such_event", false, &error);
}

int main(void) {
  test_no_error();
  test_unknown_keys();
  test_bad_text();
  test_datafiles();
  test_options();
  test_ownership();
  return check_done("errors");
}
