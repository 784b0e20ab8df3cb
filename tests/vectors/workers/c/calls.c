// The calls behind calls.h: a table of them by name, and what each does.
#include "calls.h"

#include <stdlib.h>
#include <string.h>

#include "decisions.h"
#include "values.h"

// A call, with the user that it is made for; its answer goes to `result`.
typedef struct {
  const opt_client *client;
  const opt_user *user;
  const json *call;
  output *result;
} request;

static opt_str argument(const request *from, const char *name) { return value_text_of(from->call, name); }

// --- decisions -------------------------------------------------------------------------------------------------------

static opt_status decide(const request *from) {
  opt_decision *decision = NULL;
  opt_status status =
      opt_decide(from->client, from->user, argument(from, "flag"), decision_options(from->call), &decision, NULL);
  decision_write(from->result, decision);
  opt_decision_free(decision);
  return status;
}

static opt_status decide_for_keys(const request *from) {
  texts flags = value_texts(value_member(from->call, "flags"));
  opt_decisions *decisions = NULL;
  opt_status status = opt_decide_for_keys(from->client, from->user, flags.items, flags.count,
                                          decision_options(from->call), &decisions, NULL);
  decision_write_all(from->result, decisions);
  opt_decisions_free(decisions);
  free(flags.items);
  return status;
}

static opt_status decide_all(const request *from) {
  opt_decisions *decisions = NULL;
  opt_status status = opt_decide_all(from->client, from->user, decision_options(from->call), &decisions, NULL);
  decision_write_all(from->result, decisions);
  opt_decisions_free(decisions);
  return status;
}

// Writes the variation of a decision and frees it.
static void write_variation(output *to, opt_decision *decision) {
  opt_decision_view view;
  memset(&view, 0, sizeof view);
  if (decision && opt_decision_read(decision, &view, sizeof view, NULL) != OPT_STATUS_OK)
    memset(&view, 0, sizeof view);
  output_text(to, view.variation_key);
  opt_decision_free(decision);
}

static opt_status activate(const request *from) {
  opt_decision *decision = NULL;
  opt_status status = opt_activate(from->client, from->user, argument(from, "experiment"), &decision, NULL);
  write_variation(from->result, decision);
  return status;
}

static opt_status get_variation(const request *from) {
  opt_decision *decision = NULL;
  opt_status status = opt_get_variation(from->client, from->user, argument(from, "experiment"), &decision, NULL);
  write_variation(from->result, decision);
  return status;
}

static opt_status get_forced_variation(const request *from) {
  opt_decision *decision = NULL;
  opt_status status = opt_client_get_forced_variation(from->client, argument(from, "experiment"),
                                                      argument(from, "user"), &decision, NULL);
  write_variation(from->result, decision);
  return status;
}

// --- features and their variables ------------------------------------------------------------------------------------

static opt_status is_feature_enabled(const request *from) {
  bool enabled = false;
  opt_status status = opt_is_feature_enabled(from->client, from->user, argument(from, "flag"), &enabled, NULL, NULL);
  output_bool(from->result, enabled);
  return status;
}

static opt_status get_enabled_features(const request *from) {
  opt_keys *keys = NULL;
  opt_status status = opt_get_enabled_features(from->client, from->user, &keys, NULL, NULL);
  output_raw(from->result, "[");
  for (size_t i = 0; i < opt_keys_count(keys); i++) {
    output_raw(from->result, i == 0 ? "" : ",");
    output_text(from->result, opt_keys_at(keys, i));
  }
  output_raw(from->result, "]");
  opt_keys_free(keys);
  return status;
}

static opt_status all_variables(const request *from) {
  opt_text *variables = NULL;
  opt_status status = opt_get_all_feature_variables(from->client, from->user, argument(from, "flag"), &variables, NULL);
  output_json(from->result, opt_text_read(variables));
  opt_text_free(variables);
  return status;
}

static opt_status variable(const request *from) {
  opt_str flag = argument(from, "flag");
  opt_str key = argument(from, "variable");
  opt_str type = argument(from, "type");
  opt_text *text = NULL;
  opt_status status;
  if (value_is(type, "boolean")) {
    bool value = false;
    status = opt_get_feature_variable_boolean(from->client, from->user, flag, key, &value, NULL);
    if (status == OPT_STATUS_OK)
      output_bool(from->result, value);
  } else if (value_is(type, "integer")) {
    int64_t value = 0;
    status = opt_get_feature_variable_integer(from->client, from->user, flag, key, &value, NULL);
    if (status == OPT_STATUS_OK)
      output_integer(from->result, value);
  } else if (value_is(type, "double")) {
    double value = 0;
    status = opt_get_feature_variable_double(from->client, from->user, flag, key, &value, NULL);
    if (status == OPT_STATUS_OK)
      output_double(from->result, value);
  } else if (value_is(type, "string")) {
    status = opt_get_feature_variable_string(from->client, from->user, flag, key, &text, NULL);
    if (status == OPT_STATUS_OK)
      output_text(from->result, opt_text_read(text));
  } else if (value_is(type, "json")) {
    status = opt_get_feature_variable_json(from->client, from->user, flag, key, &text, NULL);
    if (status == OPT_STATUS_OK)
      output_json(from->result, opt_text_read(text));
  } else {
    uint32_t out_type = 0;
    status = opt_get_feature_variable(from->client, from->user, flag, key, &out_type, &text, NULL);
    if (status == OPT_STATUS_OK)
      output_json(from->result, opt_text_read(text));
  }
  if (status != OPT_STATUS_OK)
    output_raw(from->result, "null");
  opt_text_free(text);
  return status;
}

// --- the rest --------------------------------------------------------------------------------------------------------

static opt_status track(const request *from) {
  pairs tags;
  // call_obstacle has seen the tags.
  (void)value_pairs(value_member(from->call, "tags"), &tags);
  opt_status status = opt_track(from->client, from->user, argument(from, "event"), tags.items, tags.count, NULL);
  free(tags.items);
  output_raw(from->result, "null");
  return status;
}

static opt_status optimizely_config(const request *from) {
  opt_config *config = NULL;
  opt_status status = opt_client_get_optimizely_config(from->client, &config, NULL);
  output_json(from->result, opt_config_json(config));
  opt_config_free(config);
  return status;
}

typedef struct {
  const char *name;
  opt_status (*make)(const request *from);
} operation;

static const operation operations[] = {
    {"decide", decide},
    {"decide_for_keys", decide_for_keys},
    {"decide_all", decide_all},
    {"track_event", track},
    {"track", track},
    {"activate", activate},
    {"get_variation", get_variation},
    {"get_forced_variation", get_forced_variation},
    {"is_feature_enabled", is_feature_enabled},
    {"get_enabled_features", get_enabled_features},
    {"all_variables", all_variables},
    {"variable", variable},
    {"optimizely_config", optimizely_config},
};

static const operation *operation_of(const json *call) {
  opt_str name = value_text_of(call, "op");
  for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++)
    if (value_is(name, operations[i].name))
      return &operations[i];
  return NULL;
}

const char *call_obstacle(const json *call) {
  static const char *const lists[] = {"attrs", "tags"};
  for (size_t i = 0; i < 2; i++) {
    pairs read;
    bool is_read = value_pairs(value_member(call, lists[i]), &read);
    free(read.items);
    if (!is_read)
      return "opt_value holds no list and no object";
  }
  if (!decision_options_are_known(call))
    return "there is no such decide option";
  return operation_of(call) ? NULL : "there is no such call";
}

// The user of a call, with what was set on it; NULL if one of that was refused.
static opt_status make_user(const json *call, opt_user **user) {
  pairs attributes;
  // call_obstacle has seen the attributes.
  (void)value_pairs(value_member(call, "attrs"), &attributes);
  opt_status status = opt_user_new(value_text_of(call, "user"), attributes.items, attributes.count, user, NULL);
  free(attributes.items);
  const json *segments = value_member(call, "segments");
  if (status == OPT_STATUS_OK && segments) {
    texts keys = value_texts(segments);
    status = opt_user_set_qualified_segments(*user, keys.items, keys.count, NULL);
    free(keys.items);
  }
  const json *forced = value_member(call, "forced_decisions");
  for (size_t i = 0; status == OPT_STATUS_OK && forced && i < forced->count; i++) {
    const json *decision = &forced->items[i];
    status =
        opt_user_set_forced_decision(*user, value_text(json_at(decision, "[0]")), value_text(json_at(decision, "[1]")),
                                     value_text(json_at(decision, "[2]")), NULL);
  }
  return status;
}

void call_make(const opt_client *client, const json *call, output *answer) {
  opt_user *user = NULL;
  output result = {.text = NULL};
  opt_status status = make_user(call, &user);
  if (status == OPT_STATUS_OK)
    status = operation_of(call)->make(&(request){client, user, call, &result});
  else
    output_raw(&result, "null");
  opt_user_free(user);
  output_raw(answer, "{\"status\":");
  call_write_status(answer, status);
  output_raw(answer, ",\"result\":");
  output_json(answer, (opt_str){result.text, result.length});
  output_raw(answer, "}");
  output_free(&result);
}

void call_write_status(output *to, opt_status status) {
  const char *prefix = "OPT_STATUS_";
  const char *name = opt_status_name(status);
  output_text(to, opt_cstr(strncmp(name, prefix, strlen(prefix)) == 0 ? name + strlen(prefix) : name));
}
