/// The decide API: decisions and all that can be read of them, many flags at once, options, forced decisions, and
/// feature variables outside decide.
#include <algorithm>
#include <vector>

#include "check.hpp"
#include "flags.hpp"

using opt::DecideOptions;
using opt::EventStatus;
using opt::Source;
using opt::Status;

namespace {

static_assert((DecideOptions::disable_decision_event | DecideOptions::no_wait) == static_cast<DecideOptions>(257));

void one_flag(const opt::Client &client) {
  const opt::User gold = gold_user();
  const auto result = client.decide(gold, "checkout");
  CHECK_OK(result);
  const opt::Decision &decision = result.value();
  CHECK_EQ(decision.flag_key(), "checkout");
  CHECK_EQ(decision.rule_key(), "checkout_test");
  CHECK_EQ(decision.rule_id(), "4001");
  CHECK_EQ(decision.variation_key(), "on");
  CHECK_EQ(decision.variation_id(), "6001");
  CHECK_EQ(decision.cmab_uuid(), std::nullopt);
  CHECK_EQ(decision.source(), Source::feature_test);
  CHECK_EQ(decision.status(), Status::ok);
  CHECK_EQ(decision.event_status(), EventStatus::accepted);
  CHECK(decision.is_enabled());
  CHECK_EQ(parsed(decision.variables()).text("max_items"), "25");

  CHECK_EQ(client.decide(opt::User::create("v").value(), "checkout").value().source(), Source::rollout);
  const opt::User held = opt::User::create("v", {{"held", true}}).value();
  CHECK_EQ(client.decide(held, "checkout").value().source(), Source::holdout);
  CHECK_EQ(client.activate(gold, "checkout_test").value().source(), Source::experiment);
}

void variables(const opt::Client &client) {
  const opt::Decision decision = client.decide(gold_user(), "checkout").value();
  CHECK_EQ(decision.get<bool>("show_banner").value_or(false), true);
  CHECK_EQ(decision.get<std::int64_t>("max_items").value_or(0), 25);
  CHECK_EQ(decision.get<double>("price").value_or(0), 4.5);
  CHECK_EQ(decision.get<std::string_view>("title").value_or(""), "Buy \"now\"");
  CHECK_EQ(decision.get_boolean("show_banner").value_or(false), true);
  CHECK_EQ(decision.get_integer("max_items").value_or(0), 25);
  CHECK_EQ(decision.get_double("price").value_or(0), 4.5);
  CHECK_EQ(decision.get_string("title").value_or(""), "Buy \"now\"");
  CHECK_EQ(decision.get_json("layout").value_or(""), "{\"columns\":3}");
  CHECK_FAILS(decision.get<bool>("max_items"), Status::wrong_type);
  CHECK_FAILS(decision.get<double>("none"), Status::unknown_variable);
  CHECK_FAILS(decision.get_string("\xff"), Status::invalid_utf8);
  const opt::Decision broken = client.decide(gold_user(), "broken").value();
  CHECK_FAILS(broken.get_integer("count"), Status::bad_value);
  CHECK_EQ(broken.reasons().size(), 1);
}

void reasons(const opt::Client &client) {
  const opt::Decision silent = client.decide(gold_user(), "checkout").value();
  CHECK(silent.reasons().empty());
  CHECK_EQ(silent.reasons()[0], "");
  CHECK_EQ(silent.explain_text(), std::nullopt);
  CHECK_EQ(silent.explain_json(), std::nullopt);

  const opt::Decision told = client.decide(gold_user(), "checkout", DecideOptions::include_reasons).value();
  std::size_t seen = 0;
  for (std::string_view reason : told.reasons())
    seen += !reason.empty();
  CHECK(seen > 0);
  CHECK_EQ(seen, told.reasons().size());
  CHECK(told.explain_text().value_or("").find("checkout_test") != std::string_view::npos);
  CHECK(parsed(told.explain_json().value_or("")).count("") > 0);
  const Document whole = parsed(told.json());
  CHECK_EQ(whole.text("flagKey"), "checkout");
  CHECK_EQ(whole.text("variationKey"), "on");
  CHECK_EQ(whole.count("reasons"), seen);
}

void error_decisions(const opt::Client &client) {
  opt::Decision failed;
  CHECK_EQ(failed.status(), Status::invalid_argument);
  CHECK_FAILS(client.decide(gold_user(), "none", DecideOptions::none, &failed), Status::unknown_flag);
  CHECK_EQ(failed.status(), Status::unknown_flag);
  CHECK_EQ(failed.flag_key(), "none");
  CHECK_EQ(failed.variation_key(), std::nullopt);
  CHECK_EQ(failed.reasons()[0], "No flag was found for key \"none\".");
  CHECK_EQ(failed.variables(), "{}");
  CHECK(!failed.is_enabled());
  CHECK_FAILS(client.decide(gold_user(), "checkout", static_cast<DecideOptions>(512), &failed),
              Status::invalid_argument);
  CHECK(failed.raw() == nullptr);
}

std::string listed(const opt::Decisions &decisions) {
  std::string result;
  for (const opt::DecisionView &decision : decisions)
    result.append(decision.flag_key().value_or("?")).append("=").append(decision.is_enabled() ? "on " : "off ");
  return result;
}

void many_flags(const opt::Client &client) {
  const opt::User gold = gold_user();
  const auto some = client.decide_for_keys(gold, {"checkout", "none", "checkout"});
  CHECK_OK(some);
  CHECK_EQ(listed(some.value()), "checkout=on none=off ");
  CHECK_EQ(some.value()[1].status(), Status::unknown_flag);
  CHECK_EQ(some.value().at(0).get<std::int64_t>("max_items").value_or(0), 25);
  CHECK_EQ(some.value()[2].flag_key(), std::nullopt);
  CHECK_EQ(some.value()[2].status(), Status::invalid_argument);
  CHECK(some.value().find("checkout").has_value());
  CHECK_EQ(some.value().find("checkout")->variation_key(), "on");
  CHECK(!some.value().find("broken").has_value());
  const std::vector<std::string> names{"broken", "checkout"};
  CHECK_EQ(listed(client.decide_for_keys(gold, std::vector<opt::Text>(names.begin(), names.end())).value()),
           "broken=on checkout=on ");
  CHECK(client.decide_for_keys(gold, {}).value().empty());

  const auto options = DecideOptions::no_wait | DecideOptions::enabled_flags_only;
  CHECK_EQ(listed(client.decide_all(gold, options).value()), "checkout=on split=on broken=on ");
  CHECK_EQ(client.decide_all(gold, DecideOptions::no_wait).value().size(), 4);
  CHECK_FAILS(client.decide_all(gold, static_cast<DecideOptions>(512)), Status::invalid_argument);

  // Moved, they take their decisions along.
  opt::Decisions first = client.decide_for_keys(gold, {"checkout"}).value();
  const opt::DecisionView view = first[0];
  const opt::Decisions second = std::move(first);
  CHECK(first.empty());
  CHECK(first.begin() == first.end());
  CHECK_EQ(view.variation_key(), "on");
  CHECK_EQ(second.size(), 1);
}

void default_options(const Collector &collector) {
  DecideOptions options = DecideOptions::exclude_variables;
  options |= DecideOptions::disable_decision_event;
  const auto client = opt::Client::create(flags_options(collector).default_decide_options(options)).value();
  const opt::Decision decision = client.decide(gold_user(), "checkout", DecideOptions::include_reasons).value();
  CHECK_EQ(decision.variables(), "{}");
  CHECK_EQ(decision.event_status(), EventStatus::suppressed);
  CHECK(!decision.reasons().empty());
  CHECK_FAILS(opt::Client::create(flags_options(collector).default_decide_options(static_cast<DecideOptions>(512))),
              Status::invalid_argument);
}

void forced_decisions(const opt::Client &client) {
  opt::User user = opt::User::create("visitor").value();
  CHECK_FAILS(user.get_forced_decision("checkout"), Status::not_found);
  CHECK_OK(user.set_forced_decision("checkout", "checkout_test", "on"));
  CHECK_EQ(user.get_forced_decision("checkout", "checkout_test").value_or(""), "on");
  CHECK_FAILS(user.get_forced_decision("checkout"), Status::not_found);
  CHECK_EQ(client.decide(user, "checkout").value().rule_key(), "checkout_test");
  CHECK_OK(user.set_forced_decision("checkout", "", "off"));
  CHECK_EQ(client.decide(user, "checkout").value().rule_key(), std::nullopt);
  CHECK_EQ(client.decide(user, "checkout").value().variation_key(), "off");
  CHECK_OK(user.remove_forced_decision("checkout"));
  CHECK_FAILS(user.remove_forced_decision("checkout"), Status::not_found);
  CHECK_EQ(client.decide(user, "checkout").value().variation_key(), "on");
  CHECK_OK(user.remove_all_forced_decisions());
  CHECK_EQ(client.decide(user, "checkout").value().rule_key(), "checkout_everyone");
  CHECK_FAILS(user.set_forced_decision("\xff", "", "on"), Status::invalid_utf8);
}

void feature_variables(const opt::Client &client) {
  const opt::User gold = gold_user();
  CHECK_EQ(client.get_feature_variable_boolean(gold, "checkout", "show_banner").value_or(false), true);
  CHECK_EQ(client.get_feature_variable_integer(gold, "checkout", "max_items").value_or(0), 25);
  CHECK_EQ(client.get_feature_variable_double(gold, "checkout", "price").value_or(0), 4.5);
  const auto title = client.get_feature_variable_string(gold, "checkout", "title");
  CHECK_OK(title);
  const std::string_view borrowed = title.value();
  CHECK_EQ(borrowed, "Buy \"now\"");
  CHECK_EQ(std::string(client.get_feature_variable_json(gold, "checkout", "layout").value()), "{\"columns\":3}");
  CHECK_FAILS(client.get_feature_variable_boolean(gold, "checkout", "price"), Status::wrong_type);
  CHECK_FAILS(client.get_feature_variable_integer(gold, "none", "price"), Status::unknown_flag);
  CHECK_FAILS(client.get_feature_variable_double(gold, "checkout", "none"), Status::unknown_variable);
  CHECK_FAILS(client.get_feature_variable_integer(gold, "broken", "count"), Status::bad_value);
  CHECK_FAILS(client.get_feature_variable_string(gold, "checkout", "layout"), Status::wrong_type);

  const auto price = client.get_feature_variable(gold, "checkout", "price");
  CHECK_OK(price);
  CHECK_EQ(price.value().type(), opt::VariableType::real);
  CHECK_EQ(price.value().json(), "4.5");
  CHECK_EQ(client.get_feature_variable(gold, "checkout", "title").value().json(), "\"Buy \\\"now\\\"\"");
  CHECK_FAILS(client.get_feature_variable(gold, "checkout", "none"), Status::unknown_variable);

  const auto all = client.get_all_feature_variables(gold, "checkout");
  CHECK_OK(all);
  CHECK_EQ(parsed(all.value()).count(""), 5);
  opt::OwnedText partial;
  CHECK_FAILS(client.get_all_feature_variables(gold, "broken", &partial), Status::partial);
  CHECK_EQ(partial.view(), "{\"count\":null,\"label\":\"fine\"}");
  CHECK_FAILS(client.get_all_feature_variables(gold, "none", &partial), Status::unknown_flag);
  CHECK(partial.raw() == nullptr);
}

} // namespace

int main() {
  const Collector collector;
  const opt::Client client = flags_client(collector);
  one_flag(client);
  variables(client);
  reasons(client);
  error_decisions(client);
  many_flags(client);
  default_options(collector);
  forced_decisions(client);
  feature_variables(client);
  CHECK_OK(client.close(patience));
  CHECK_EQ(client.stats().value().accepted_impressions, collector.stat("impressions"));
  return check::done("flags");
}
