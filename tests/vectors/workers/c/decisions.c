// What decisions.h says, from the views and texts that the library lends.
#include "decisions.h"

#include "values.h"

static const struct {
  const char *name;
  uint32_t option;
} options[] = {
    {"DISABLE_DECISION_EVENT", OPT_DECIDE_DISABLE_DECISION_EVENT},
    {"ENABLED_FLAGS_ONLY", OPT_DECIDE_ENABLED_FLAGS_ONLY},
    {"IGNORE_USER_PROFILE_SERVICE", OPT_DECIDE_IGNORE_USER_PROFILE_SERVICE},
    {"INCLUDE_REASONS", OPT_DECIDE_INCLUDE_REASONS},
    {"EXCLUDE_VARIABLES", OPT_DECIDE_EXCLUDE_VARIABLES},
    {"IGNORE_CMAB_CACHE", OPT_DECIDE_IGNORE_CMAB_CACHE},
    {"RESET_CMAB_CACHE", OPT_DECIDE_RESET_CMAB_CACHE},
    {"INVALIDATE_USER_CMAB_CACHE", OPT_DECIDE_INVALIDATE_USER_CMAB_CACHE},
    {"NO_WAIT", OPT_DECIDE_NO_WAIT},
};

// The option of this name; 0 if there is none.
static uint32_t option_of(opt_str name) {
  for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
    if (value_is(name, options[i].name))
      return options[i].option;
  return 0;
}

bool decision_options_are_known(const json *call) {
  const json *names = value_member(call, "options");
  for (size_t i = 0; names && i < names->count; i++)
    if (option_of(value_text(&names->items[i])) == 0)
      return false;
  return true;
}

uint32_t decision_options(const json *call) {
  const json *names = value_member(call, "options");
  uint32_t sum = 0;
  for (size_t i = 0; names && i < names->count; i++)
    sum |= option_of(value_text(&names->items[i]));
  return sum;
}

static const char *event_status(uint32_t status) {
  switch (status) {
  case OPT_EVENT_SUPPRESSED:
    return "SUPPRESSED";
  case OPT_EVENT_ACCEPTED:
    return "ACCEPTED";
  case OPT_EVENT_QUEUE_FULL:
    return "QUEUE_FULL";
  case OPT_EVENT_CLOSED:
    return "CLOSED";
  case OPT_EVENT_TOO_LARGE:
    return "TOO_LARGE";
  default:
    return "UNKNOWN";
  }
}

void decision_write(output *to, const opt_decision *decision) {
  opt_decision_view view;
  if (!decision || opt_decision_read(decision, &view, sizeof view, NULL) != OPT_STATUS_OK) {
    output_raw(to, "null");
    return;
  }
  output_raw(to, "{\"flag\":");
  output_text(to, view.flag_key);
  output_raw(to, ",\"rule\":");
  output_text(to, view.rule_key);
  output_raw(to, ",\"variation\":");
  output_text(to, view.variation_key);
  output_raw(to, ",\"enabled\":");
  output_bool(to, view.enabled != 0);
  output_raw(to, ",\"variables\":");
  output_json(to, opt_decision_variables(decision));
  output_raw(to, ",\"reasons\":[");
  for (size_t i = 0; i < opt_decision_reason_count(decision); i++) {
    output_raw(to, i == 0 ? "" : ",");
    output_text(to, opt_decision_reason_at(decision, i));
  }
  output_raw(to, "],\"event_status\":");
  output_text(to, opt_cstr(event_status(view.event_status)));
  output_raw(to, "}");
}

void decision_write_all(output *to, const opt_decisions *decisions) {
  if (!decisions) {
    output_raw(to, "null");
    return;
  }
  output_raw(to, "{");
  for (size_t i = 0; i < opt_decisions_count(decisions); i++) {
    const opt_decision *decision = opt_decisions_at(decisions, i);
    opt_decision_view view;
    if (opt_decision_read(decision, &view, sizeof view, NULL) != OPT_STATUS_OK)
      view.flag_key = OPT_STR("a decision that can't be read");
    output_raw(to, i == 0 ? "" : ",");
    output_text(to, view.flag_key);
    output_raw(to, ":");
    decision_write(to, decision);
  }
  output_raw(to, "}");
}
