// Tracking off and on: what is refused meanwhile is counted apart, decisions work, and nothing is an error in the log.
#include "check.h"
#include "client.h"
#include "flags.h"

static void count_line(uint32_t level, opt_str message, void *context) {
  (void)message;
  if (level <= OPT_LOG_WARNING)
    ++*(int *)context;
}

static void set_tracking(const opt_client *client, uint32_t is_on) {
  opt_error *error = NULL;
  CHECK_STATUS(opt_client_set_tracking(client, is_on, &error), OPT_STATUS_OK, &error);
}

static void check_track(const opt_client *client, const opt_user *user, const char *key, opt_status expected) {
  opt_error *error = NULL;
  CHECK_STATUS(opt_track(client, user, opt_cstr(key), NULL, 0, &error), expected, &error);
}

static void check_decision(const opt_client *client, const opt_user *user, uint32_t event_status) {
  opt_decision *decision = decide(client, user, "checkout", 0);
  opt_decision_view view = view_of(decision);
  CHECK(view.enabled);
  CHECK_INT(view.event_status, event_status);
  opt_decision_free(decision);
}

int main(void) {
  collector server = collector_start();
  opt_error *error = NULL;
  int lines = 0;
  opt_options *options = flags_for(&server);
  must(opt_options_set_log_level(options, OPT_LOG_DEBUG, &error), error);
  must(opt_options_set_logger(options, count_line, &lines, NULL, &error), error);
  opt_client *client = client_of(options);
  opt_user *user = user_gold("visitor");
  check_track(client, user, "purchase", OPT_STATUS_OK);
  check_decision(client, user, OPT_EVENT_ACCEPTED);
  set_tracking(client, 0);
  check_track(client, user, "purchase", OPT_STATUS_TRACKING_OFF);
  check_track(client, user, "none", OPT_STATUS_TRACKING_OFF);
  check_decision(client, user, OPT_EVENT_SUPPRESSED);
  CHECK_INT(lines, 0);
  opt_stats stats = stats_of(client);
  CHECK_INT(stats.accepted, 2);
  CHECK_INT(stats.refused_tracking_off, 2);
  CHECK_INT(stats.refused_other, 0);
  CHECK_STATUS(opt_client_set_tracking(client, 2, &error), OPT_STATUS_INVALID_ARGUMENT, &error);
  // What was recorded before goes out.
  flush(client);
  CHECK_INT(collector_stat(&server, "unique"), 2);
  set_tracking(client, 1);
  check_track(client, user, "purchase", OPT_STATUS_OK);
  check_decision(client, user, OPT_EVENT_ACCEPTED);
  flush(client);
  CHECK_INT(collector_stat(&server, "unique"), 4);
  set_tracking(client, 0);
  close_and_free(client);
  opt_user_free(user);
  collector_stop(&server);
  return check_done("tracking_off");
}
