/// Every way to decide: what the decision says, which impression it makes, and what becomes of unknown keys.
#include <algorithm>
#include <vector>

#include "check.hpp"
#include "support.hpp"

using opt::EventStatus;
using opt::Status;

namespace {

std::string listed(const opt::Keys &keys) {
  std::string result;
  for (std::string_view key : keys)
    result.append(key).append(" ");
  return result;
}

void experiments(const opt::Client &client) {
  const opt::User anybody = opt::User::create("visitor-1").value();
  opt::User somebody = opt::User::create("visitor-2", {{"plan", "silver"}}).value();

  const auto activated = client.activate(anybody, "checkout_button");
  CHECK_OK(activated);
  CHECK_EQ(activated.value().variation_key(), "green");
  CHECK_EQ(activated.value().rule_key(), "checkout_button");
  CHECK_EQ(activated.value().flag_key(), std::nullopt);
  CHECK_EQ(activated.value().event_status(), EventStatus::accepted);

  const auto seen = client.get_variation(anybody, "checkout_button");
  CHECK_OK(seen);
  CHECK_EQ(seen.value().variation_key(), "green");
  CHECK_EQ(seen.value().event_status(), EventStatus::suppressed);

  CHECK_EQ(client.activate(somebody, "gold_banner").value().variation_key(), std::nullopt);
  CHECK_EQ(client.activate(somebody, "gold_banner").value().event_status(), EventStatus::suppressed);
  CHECK_OK(somebody.set_attribute("plan", "gold"));
  CHECK_EQ(client.get_variation(somebody, "gold_banner").value().variation_key(), "large");

  CHECK_EQ(client.get_variation(somebody, "regulars_only").value().variation_key(), std::nullopt);
  CHECK_OK(somebody.set_qualified_segments({"new", "regular"}));
  CHECK_EQ(client.get_variation(somebody, "regulars_only").value().variation_key(), "thanks");
  CHECK_OK(somebody.set_qualified_segments({}));
  CHECK_EQ(client.get_variation(somebody, "regulars_only").value().variation_key(), std::nullopt);

  const auto whitelisted = client.get_variation(opt::User::create("tester").value(), "checkout_button");
  CHECK_EQ(whitelisted.value().variation_key(), "blue");
  CHECK_FAILS(client.activate(anybody, "nowhere"), Status::unknown_experiment);
  CHECK_FAILS(client.get_variation(anybody, "nowhere"), Status::unknown_experiment);
  CHECK_FAILS(client.activate(anybody, "\xff"), Status::invalid_utf8);
}

void flags(const opt::Client &client) {
  const opt::User adult = opt::User::create("visitor-3", {{"age", 34}}).value();
  const opt::User child = opt::User::create("visitor-4", {{"age", 10}}).value();

  const auto search = client.decide(adult, "search");
  CHECK_OK(search);
  CHECK_EQ(search.value().flag_key(), "search");
  CHECK_EQ(search.value().rule_key(), "search_test");
  CHECK_EQ(search.value().variation_key(), "ranked");
  CHECK(search.value().is_enabled());
  CHECK_EQ(search.value().event_status(), EventStatus::accepted);

  const auto quiet = client.decide(adult, "search", opt::DecideOptions::disable_decision_event);
  CHECK(quiet.value().is_enabled());
  CHECK_EQ(quiet.value().event_status(), EventStatus::suppressed);
  CHECK_FAILS(client.decide(adult, "search", static_cast<opt::DecideOptions>(1U << 31)), Status::invalid_argument);

  const auto none = client.decide(child, "search");
  CHECK_OK(none);
  CHECK(!none.value().is_enabled());
  CHECK_EQ(none.value().variation_key(), std::nullopt);

  EventStatus impression = EventStatus::suppressed;
  CHECK_EQ(client.is_feature_enabled(adult, "dark_mode", &impression).value_or(false), true);
  CHECK_EQ(impression, EventStatus::accepted);
  CHECK_EQ(client.is_feature_enabled(adult, "beta").value_or(true), false);

  std::uint64_t refused = 7;
  const auto enabled = client.get_enabled_features(adult, &refused);
  CHECK_OK(enabled);
  CHECK_EQ(listed(enabled.value()), "search dark_mode ");
  CHECK_EQ(enabled.value()[1], "dark_mode");
  CHECK_EQ(enabled.value()[2], "");
  CHECK_EQ(std::count(enabled.value().begin(), enabled.value().end(), "search"), 1);
  CHECK_EQ(refused, 0);
  CHECK_EQ(listed(client.get_enabled_features(child).value()), "dark_mode ");

  CHECK_FAILS(client.decide(adult, "nowhere"), Status::unknown_flag);
  CHECK_FAILS(client.is_feature_enabled(adult, "nowhere"), Status::unknown_flag);
}

void forced(const opt::Client &client) {
  const opt::User user = opt::User::create("visitor-5").value();
  CHECK_FAILS(client.get_forced_variation("checkout_button", "visitor-5"), Status::not_found);
  CHECK_FAILS(client.set_forced_variation("checkout_button", "visitor-5", "red"), Status::not_found);
  CHECK_FAILS(client.set_forced_variation("nowhere", "visitor-5", "blue"), Status::unknown_experiment);
  CHECK_OK(client.set_forced_variation("checkout_button", "visitor-5", "blue"));
  const auto set = client.get_forced_variation("checkout_button", "visitor-5");
  CHECK_OK(set);
  CHECK_EQ(set.value().rule_key(), "checkout_button");
  CHECK_EQ(set.value().variation_key(), "blue");
  CHECK_EQ(client.get_variation(user, "checkout_button").value().variation_key(), "blue");
  CHECK_OK(client.remove_forced_variation("checkout_button", "visitor-5"));
  CHECK_OK(client.remove_forced_variation("checkout_button", "visitor-5"));
  CHECK_EQ(client.get_variation(user, "checkout_button").value().variation_key(), "green");
}

} // namespace

int main() {
  const Collector collector;
  const opt::Client client = shop_client(collector);
  experiments(client);
  flags(client);
  forced(client);

  // The impressions due: one activation; of flags 2 decided, 2 asked for, 3 for each user's enabled features.
  CHECK_OK(client.close(patience));
  CHECK_EQ(collector.stat("impressions"), 1 + 2 + 2 + 3 + 3);
  CHECK_EQ(client.stats().value().accepted_impressions, collector.stat("impressions"));
  return check::done("decisions");
}
