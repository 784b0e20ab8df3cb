// A13: views of every size: filled as far as the size goes, the rest of a longer one zeroed, or refused by name; not a
// byte is written past the size.
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "client.h"

enum { GREATEST = 4096, ROOM = GREATEST + 64, PATTERN = 0xA5 };

typedef opt_status (*reader)(const void *handle, void *view, size_t size, opt_error **error);

static opt_status read_stats(const void *handle, void *view, size_t size, opt_error **error) {
  return opt_client_stats(handle, view, size, error);
}

static opt_status read_decision(const void *handle, void *view, size_t size, opt_error **error) {
  return opt_decision_read(handle, view, size, error);
}

static opt_status read_notification(const void *handle, void *view, size_t size, opt_error **error) {
  return opt_notification_read(handle, view, size, error);
}

static opt_status read_config(const void *handle, void *view, size_t size, opt_error **error) {
  return opt_config_read(handle, view, size, error);
}

static opt_status read_attribute(const void *handle, void *view, size_t size, opt_error **error) {
  return opt_config_attribute_at(handle, 0, view, size, error);
}

static opt_status read_audience(const void *handle, void *view, size_t size, opt_error **error) {
  return opt_config_audience_at(handle, 0, view, size, error);
}

static opt_status read_event(const void *handle, void *view, size_t size, opt_error **error) {
  return opt_config_event_at(handle, 0, view, size, error);
}

static opt_status read_feature(const void *handle, void *view, size_t size, opt_error **error) {
  return opt_config_feature_read(handle, view, size, error);
}

static opt_status read_feature_variable(const void *handle, void *view, size_t size, opt_error **error) {
  return opt_config_feature_variable_at(handle, 0, view, size, error);
}

static opt_status read_experiment(const void *handle, void *view, size_t size, opt_error **error) {
  return opt_config_experiment_read(handle, view, size, error);
}

static opt_status read_variation(const void *handle, void *view, size_t size, opt_error **error) {
  return opt_config_variation_read(handle, view, size, error);
}

static opt_status read_variation_variable(const void *handle, void *view, size_t size, opt_error **error) {
  return opt_config_variation_variable_at(handle, 0, view, size, error);
}

static bool is_all(const unsigned char *bytes, size_t from, size_t to, unsigned char value) {
  for (size_t i = from; i < to; i++)
    if (bytes[i] != value)
      return false;
  return true;
}

static unsigned long long test_view(reader read, const void *handle, size_t known, const char *place) {
  static _Alignas(16) unsigned char whole[ROOM], part[ROOM];
  unsigned long long fired = 0;
  opt_error *error = NULL;
  CHECK_STATUS(read(handle, whole, known, &error), OPT_STATUS_OK, &error);
  for (size_t size = 0; size <= ROOM; size++) {
    memset(part, PATTERN, sizeof part);
    opt_status status = read(handle, part, size, &error);
    bool is_good = size > 0 && size <= GREATEST && size % 8 == 0;
    if (!is_good)
      CHECK_STR(opt_error_place(error), "size");
    CHECK_STATUS(status, is_good ? OPT_STATUS_OK : OPT_STATUS_INVALID_ARGUMENT, &error);
    size_t filled = !is_good ? 0 : size < known ? size : known;
    CHECK(memcmp(part, whole, filled) == 0);
    CHECK(is_all(part, filled, is_good ? size : 0, 0));
    CHECK(is_all(part, is_good ? size : 0, sizeof part, PATTERN));
    fired += size != known;
  }
  CHECK(read(handle, NULL, known, &error) == OPT_STATUS_INVALID_ARGUMENT);
  CHECK_STR(opt_error_place(error), place);
  opt_error_free(error);
  return fired + 1;
}

// Every view of OptimizelyConfig, each of something that has texts and counts to show.
static unsigned long long test_config(void) {
  opt_error *error = NULL;
  opt_config *config = NULL;
  opt_client *client = client_of(flags_for(NULL));
  must(opt_client_get_optimizely_config(client, &config, &error), error);
  const opt_config_feature *checkout = opt_config_feature_at(config, 0);
  const opt_config_experiment *tested = opt_config_feature_experiment_rule_at(checkout, 0);
  const opt_config_variation *on = opt_config_experiment_variation_at(tested, 0);
  const struct {
    reader read;
    const void *handle;
    size_t known;
    const char *place;
  } table[] = {
      {read_config, config, sizeof(opt_config_view), "out_view"},
      {read_attribute, config, sizeof(opt_config_attribute), "out_attribute"},
      {read_audience, config, sizeof(opt_config_audience), "out_audience"},
      {read_event, config, sizeof(opt_config_event), "out_event"},
      {read_feature, checkout, sizeof(opt_config_feature_view), "out_view"},
      {read_feature_variable, checkout, sizeof(opt_config_variable), "out_variable"},
      {read_experiment, tested, sizeof(opt_config_experiment_view), "out_view"},
      {read_variation, on, sizeof(opt_config_variation_view), "out_view"},
      {read_variation_variable, on, sizeof(opt_config_variable), "out_variable"},
  };
  unsigned long long fired = 0;
  for (size_t i = 0; i < sizeof table / sizeof *table; i++)
    fired += test_view(table[i].read, table[i].handle, table[i].known, table[i].place);
  opt_config_free(config);
  opt_client_free(client);
  return fired;
}

// A listener is where a notification can be had at once.
static void test_heard(const opt_notification *notification, void *user_data) {
  *(unsigned long long *)user_data +=
      test_view(read_notification, notification, sizeof(opt_notification_view), "out_view");
}

static unsigned long long test_notification(void) {
  opt_error *error = NULL;
  unsigned long long fired = 0;
  uint64_t id;
  opt_client *client = client_of(flags_for(NULL));
  opt_user *user = user_named("visitor");
  must(opt_client_add_listener(client, OPT_NOTIFICATION_TRACK, test_heard, &fired, NULL, &id, &error), error);
  track(client, user, "purchase");
  CHECK(fired > 0);
  opt_user_free(user);
  opt_client_free(client);
  return fired;
}

int main(void) {
  opt_error *error = NULL;
  opt_decision *decision = NULL;
  opt_client *client = client_for(NULL);
  opt_user *user = user_named("visitor");
  // Closed, so that two readings of the books are alike; with figures in them that are not zero.
  CHECK_STATUS(opt_track(client, user, OPT_STR("none"), NULL, 0, &error), OPT_STATUS_UNKNOWN_EVENT, &error);
  CHECK_STATUS(opt_client_close(client, 1000, NULL, &error), OPT_STATUS_OK, &error);
  CHECK_STATUS(opt_decide(client, user, OPT_STR("dark_mode"), 0, &decision, &error), OPT_STATUS_OK, &error);
  unsigned long long fired = test_view(read_stats, client, sizeof(opt_stats), "out_stats");
  fired += test_view(read_decision, decision, sizeof(opt_decision_view), "out_view");
  fired += test_config();
  fired += test_notification();
  opt_decision_free(decision);
  opt_user_free(user);
  opt_client_free(client);
  check_fired("A13", "views of any size are filled as far as they go", fired);
  return check_done("a13_view_sizes");
}
