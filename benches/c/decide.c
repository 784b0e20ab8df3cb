// The worker's calls that decide flags: timed as a caller would make them, or written out to be compared.

#include "worker.h"

static opt_decision *decided(const worker *self, const opt_user *user, opt_str flag) {
  opt_decision *decision = NULL;
  opt_error *error = NULL;
  opt_status status = opt_decide(self->client, user, flag, OPT_DECIDE_DISABLE_DECISION_EVENT, &decision, &error);
  if (status != OPT_STATUS_OK)
    fail("deciding a flag", status, error);
  return decision;
}

static opt_decisions *decided_all(const worker *self, const opt_user *user) {
  opt_decisions *all = NULL;
  opt_error *error = NULL;
  opt_status status = opt_decide_all(self->client, user, OPT_DECIDE_DISABLE_DECISION_EVENT, &all, &error);
  if (status != OPT_STATUS_OK)
    fail("deciding all flags", status, error);
  return all;
}

// What every contestant counts of a decision: the bytes of its variation key, and one if the flag is on.
static size_t count(const opt_decision *decision) {
  opt_decision_view view;
  return variation_of(decision, &view).len + view.enabled;
}

void decide(const worker *self, const char *op, char **fields) {
  opt_str flag = strcmp(op, "decide_audience") == 0 ? self->audience_flag : self->flag;
  bool reads_variables = strcmp(op, "decide_variables") == 0;
  users list = name_users(fields);
  size_t checksum = 0;
  watch spent = {0};
  watch from = start();
  for (size_t place = 0; place < list.count; place++) {
    opt_user *user = make_user(self, list.ids[place]);
    opt_decision *decision = decided(self, user, flag);
    checksum += count(decision);
    if (reads_variables)
      need(opt_decision_variables(decision).data != NULL, "the decision has no variables");
    opt_decision_free(decision);
    opt_user_free(user);
  }
  stop(from, &spent);
  answer(op, list.count, spent, 0, checksum);
  free_users(list);
}

void decide_all(const worker *self, char **fields) {
  users list = name_users(fields);
  size_t checksum = 0;
  watch spent = {0};
  watch from = start();
  for (size_t place = 0; place < list.count; place++) {
    opt_user *user = make_user(self, list.ids[place]);
    opt_decisions *all = decided_all(self, user);
    for (size_t at = 0; at < opt_decisions_count(all); at++)
      checksum += count(opt_decisions_at(all, at));
    opt_decisions_free(all);
    opt_user_free(user);
  }
  stop(from, &spent);
  answer("decide_all", list.count, spent, 0, checksum);
  free_users(list);
}

void is_feature_enabled(const worker *self, char **fields) {
  users list = name_users(fields);
  size_t events = 0, checksum = 0;
  watch spent = {0};
  watch from = start();
  for (size_t place = 0; place < list.count; place++) {
    opt_user *user = make_user(self, list.ids[place]);
    bool enabled = false;
    uint32_t event = OPT_EVENT_SUPPRESSED;
    opt_error *error = NULL;
    opt_status status = opt_is_feature_enabled(self->client, user, self->audience_flag, &enabled, &event, &error);
    if (status != OPT_STATUS_OK)
      fail("asking for a flag", status, error);
    checksum += enabled;
    events += event == OPT_EVENT_ACCEPTED;
    opt_user_free(user);
  }
  stop(from, &spent);
  answer("is_feature_enabled", list.count, spent, events, checksum);
  free_users(list);
}

static void write_text(opt_str text) {
  const char *quote = text.data ? "\"" : "";
  printf("%s%.*s%s", quote, text.data ? (int)text.len : 4, text.data ? text.data : "null", quote);
}

static void write_decision(const opt_decision *decision) {
  opt_decision_view view;
  opt_str variation = variation_of(decision, &view);
  opt_str variables = opt_decision_variables(decision);
  write_text(view.flag_key);
  printf(":[");
  write_text(view.rule_key);
  printf(",");
  write_text(variation);
  printf(",%s,%.*s]", view.enabled ? "true" : "false", (int)variables.len, variables.data);
}

void decisions(const worker *self, char **fields) {
  users list = name_users(fields);
  printf("{\"op\":\"decisions\",\"decisions\":[");
  for (size_t place = 0; place < list.count; place++) {
    opt_user *user = make_user(self, list.ids[place]);
    opt_decisions *all = decided_all(self, user);
    printf("%s{", place ? "," : "");
    for (size_t at = 0; at < opt_decisions_count(all); at++) {
      printf("%s", at ? "," : "");
      write_decision(opt_decisions_at(all, at));
    }
    printf("}");
    opt_decisions_free(all);
    opt_user_free(user);
  }
  printf("]}\n");
  free_users(list);
}
