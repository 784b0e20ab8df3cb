/// Makes the worker's calls through opttrack.hpp and writes what they gave.
#include "calls.hpp"

#include <array>
#include <limits>
#include <utility>
#include <vector>

namespace {

using opt::DecideOptions;
using opt::Status;

constexpr std::array<std::pair<std::string_view, DecideOptions>, 9> option_names{{
    {"DISABLE_DECISION_EVENT", DecideOptions::disable_decision_event},
    {"ENABLED_FLAGS_ONLY", DecideOptions::enabled_flags_only},
    {"IGNORE_USER_PROFILE_SERVICE", DecideOptions::ignore_user_profile_service},
    {"INCLUDE_REASONS", DecideOptions::include_reasons},
    {"EXCLUDE_VARIABLES", DecideOptions::exclude_variables},
    {"IGNORE_CMAB_CACHE", DecideOptions::ignore_cmab_cache},
    {"RESET_CMAB_CACHE", DecideOptions::reset_cmab_cache},
    {"INVALIDATE_USER_CMAB_CACHE", DecideOptions::invalidate_user_cmab_cache},
    {"NO_WAIT", DecideOptions::no_wait},
}};

/// A name that is none of them becomes a bit that the library refuses.
DecideOptions options_of(const Json &names) {
  DecideOptions options = DecideOptions::none;
  for (const Json &name : names.items()) {
    DecideOptions found = static_cast<DecideOptions>(1U << 31);
    for (const auto &[known, option] : option_names)
      found = name.text() == known ? option : found;
    options |= found;
  }
  return options;
}

/// JSON has no words for what is no number: `{"$double": "NaN"}`.
double special_double(std::string_view name) {
  if (name == "NaN")
    return std::numeric_limits<double>::quiet_NaN();
  return name == "-Infinity" ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
}

opt::Value value_of(const Json &json) {
  if (const bool *boolean = std::get_if<bool>(&json.held()))
    return *boolean;
  if (const std::int64_t *whole = std::get_if<std::int64_t>(&json.held()))
    return *whole;
  if (const double *number = std::get_if<double>(&json.held()))
    return *number;
  if (const std::string *text = std::get_if<std::string>(&json.held()))
    return *text;
  if (json.has("$double"))
    return special_double(json["$double"].text());
  return nullptr;
}

std::vector<opt::Pair> pairs_of(const Json &object) {
  std::vector<opt::Pair> pairs;
  for (const auto &[name, value] : object.members())
    pairs.emplace_back(name, value_of(value));
  return pairs;
}

std::vector<opt::Text> texts_of(const Json &list) {
  std::vector<opt::Text> texts;
  for (const Json &item : list.items())
    texts.emplace_back(item.text());
  return texts;
}

opt::Result<opt::User> user_of(const Json &call) {
  auto made = opt::User::create(call["user"].text(), pairs_of(call["attrs"]));
  if (!made)
    return made;
  opt::User user = std::move(made).value();
  if (call.has("segments"))
    if (auto set = user.set_qualified_segments(texts_of(call["segments"])); !set)
      return set.error();
  for (const Json &forced : call["forced_decisions"].items()) {
    const Json::Array &parts = forced.items();
    if (auto set = user.set_forced_decision(parts.at(0).text(), parts.at(1).text(), parts.at(2).text()); !set)
      return set.error();
  }
  return user;
}

constexpr std::string_view name_of(opt::EventStatus status) {
  switch (status) {
  case opt::EventStatus::suppressed:
    return "SUPPRESSED";
  case opt::EventStatus::accepted:
    return "ACCEPTED";
  case opt::EventStatus::queue_full:
    return "QUEUE_FULL";
  case opt::EventStatus::closed:
    return "CLOSED";
  case opt::EventStatus::too_large:
    return "TOO_LARGE";
  }
  return "UNKNOWN";
}

/// Appends an answer of a status and, as JSON, its result.
void answer(std::string &out, Status status, std::string_view result) {
  out += R"({"status":)";
  write_text(out, short_name(status));
  out.append(R"(,"result":)").append(result).append("}");
}

template <class Decided>
std::string written(const Decided &decision) {
  std::string out = R"({"flag":)";
  write_text(out, decision.flag_key());
  out += R"(,"rule":)";
  write_text(out, decision.rule_key());
  out += R"(,"variation":)";
  write_text(out, decision.variation_key());
  out.append(R"(,"enabled":)").append(decision.is_enabled() ? "true" : "false");
  out.append(R"(,"variables":)").append(decision.variables()).append(R"(,"reasons":[)");
  for (std::size_t i = 0; i < decision.reasons().size(); i++) {
    out += i ? "," : "";
    write_text(out, decision.reasons()[i]);
  }
  out += R"(],"event_status":)";
  write_text(out, name_of(decision.event_status()));
  return out += '}';
}

void decide(const opt::Client &client, const opt::User &user, const Json &call, std::string &out) {
  opt::Decision failed;
  const auto decision = client.decide(user, call["flag"].text(), options_of(call["options"]), &failed);
  const opt::Decision &made = decision ? decision.value() : failed;
  answer(out, decision.error().status(), made.raw() ? written(made) : "null");
}

void give_decisions(const opt::Result<opt::Decisions> &decisions, std::string &out) {
  std::string object = "{";
  if (!decisions)
    return answer(out, decisions.error().status(), "{}");
  for (const opt::DecisionView &decision : decisions.value()) {
    object += object.size() > 1 ? "," : "";
    write_text(object, decision.flag_key().value_or(""));
    object.append(":").append(written(decision));
  }
  answer(out, Status::ok, object += '}');
}

void give_variation(const opt::Result<opt::Decision> &decision, std::string &out) {
  std::string variation;
  write_text(variation, decision ? decision.value().variation_key() : std::nullopt);
  answer(out, decision.error().status(), variation);
}

void give_enabled(const opt::Result<bool> &enabled, std::string &out) {
  answer(out, enabled.error().status(), enabled.value_or(false) ? "true" : "false");
}

void give_keys(const opt::Result<opt::Keys> &keys, std::string &out) {
  std::string list = "[";
  if (keys)
    for (std::string_view key : keys.value()) {
      list += list.size() > 1 ? "," : "";
      write_text(list, key);
    }
  answer(out, keys.error().status(), list += ']');
}

/// Appends the answer of a getter; `write` appends its value as JSON.
template <class T, class Write>
void give(const opt::Result<T> &result, Write write, std::string &out) {
  std::string value;
  if (result.has_value())
    write(value, result.value());
  answer(out, result.error().status(), result.has_value() ? value : "null");
}

constexpr auto append = [](std::string &out, std::string_view json) { out += json; };
constexpr auto append_bool = [](std::string &out, bool value) { out += value ? "true" : "false"; };
constexpr auto append_integer = [](std::string &out, std::int64_t value) { out += std::to_string(value); };

void give_variable(const opt::Client &client, const opt::User &user, const Json &call, std::string &out) {
  const std::string_view flag = call["flag"].text(), key = call["variable"].text(), type = call["type"].text();
  if (type == "boolean")
    give(client.get_feature_variable_boolean(user, flag, key), append_bool, out);
  else if (type == "integer")
    give(client.get_feature_variable_integer(user, flag, key), append_integer, out);
  else if (type == "double")
    give(client.get_feature_variable_double(user, flag, key), write_double, out);
  else if (type == "string")
    give(client.get_feature_variable_string(user, flag, key), write_text, out);
  else if (type == "json")
    give(client.get_feature_variable_json(user, flag, key), append, out);
  else
    give(client.get_feature_variable(user, flag, key), append, out);
}

void give_all_variables(const opt::Client &client, const opt::User &user, const Json &call, std::string &out) {
  opt::OwnedText partial;
  const auto all = client.get_all_feature_variables(user, call["flag"].text(), &partial);
  const std::string_view object = all ? all.value().view() : partial.view();
  answer(out, all.error().status(), object.empty() ? "null" : object);
}

} // namespace

std::string_view short_name(Status status) {
  constexpr std::string_view prefix = "OPT_STATUS_";
  return std::string_view(opt::status_name(status)).substr(prefix.size());
}

void make_call(const opt::Client &client, const Json &call, std::string &out) {
  const std::string_view op = call["op"].text(), experiment = call["experiment"].text();
  const auto made = user_of(call);
  if (!made)
    return answer(out, made.error().status(), "null");
  const opt::User &user = made.value();
  if (op == "decide")
    decide(client, user, call, out);
  else if (op == "decide_for_keys")
    give_decisions(client.decide_for_keys(user, texts_of(call["flags"]), options_of(call["options"])), out);
  else if (op == "decide_all")
    give_decisions(client.decide_all(user, options_of(call["options"])), out);
  else if (op == "track" || op == "track_event")
    answer(out, client.track(user, call["event"].text(), pairs_of(call["tags"])).error().status(), "null");
  else if (op == "activate")
    give_variation(client.activate(user, experiment), out);
  else if (op == "get_variation")
    give_variation(client.get_variation(user, experiment), out);
  else if (op == "get_forced_variation")
    give_variation(client.get_forced_variation(experiment, call["user"].text()), out);
  else if (op == "is_feature_enabled")
    give_enabled(client.is_feature_enabled(user, call["flag"].text()), out);
  else if (op == "get_enabled_features")
    give_keys(client.get_enabled_features(user), out);
  else if (op == "variable")
    give_variable(client, user, call, out);
  else if (op == "all_variables")
    give_all_variables(client, user, call, out);
  else if (op == "optimizely_config")
    give(
        client.optimizely_config(),
        [](std::string &json, const opt::OptimizelyConfig &config) { json += config.json(); }, out);
  else
    answer(out, Status::not_supported, "null");
}
