/// OptimizelyConfig: every range and every member, past the ends, and its life apart from the client's.
#include <algorithm>

#include "check.hpp"
#include "flags.hpp"

namespace {

template <class Items>
std::string keys(const Items &items) {
  std::string result;
  for (const auto &item : items)
    result.append(item.key()).append(" ");
  return result;
}

void lists(const opt::OptimizelyConfig &config) {
  CHECK_EQ(config.sdk_key(), "flags-sdk-key");
  CHECK_EQ(config.environment_key(), "production");
  CHECK_EQ(config.revision(), "7");
  CHECK_EQ(config.datafile(), flags_datafile);
  CHECK_EQ(parsed(config.json()).text("featuresMap.checkout.id"), "8001");
  std::string found;
  for (const opt::OptimizelyAttribute &attribute : config.attributes())
    found.append(attribute.id).append("=").append(attribute.key).append(" ");
  CHECK_EQ(found, "1001=plan 1002=held ");
  found.clear();
  for (const opt::OptimizelyAudience &audience : config.audiences()) {
    found.append(audience.id).append("=").append(audience.name).append(" ");
    CHECK_EQ(parsed(audience.conditions).text("[0]"), "or");
  }
  CHECK_EQ(found, "3001=gold plan 3002=held back ");
  found.clear();
  for (const opt::OptimizelyEvent &event : config.events()) {
    found.append(event.id).append("=").append(event.key);
    for (std::string_view experiment : event.experiment_ids)
      found.append(",").append(experiment);
    found.append(" ");
  }
  CHECK_EQ(found, "9001=purchase,4001,4002 9002=newsletter ");
  CHECK_EQ(config.attributes()[2].key, "");
  CHECK_EQ(config.audiences()[2].id, "");
  CHECK(config.events()[2].experiment_ids.empty());
}

void flags(const opt::OptimizelyConfig &config) {
  CHECK_EQ(keys(config.features()), "checkout split bandit broken ");
  const auto checkout = config.find_feature("checkout");
  CHECK(checkout.has_value());
  CHECK_EQ(checkout->id(), "8001");
  CHECK_EQ(keys(checkout->experiment_rules()), "checkout_test ");
  CHECK_EQ(keys(checkout->delivery_rules()), "checkout_everyone ");
  std::string found;
  for (const opt::OptimizelyVariable &variable : checkout->variables())
    found.append(variable.key).append(":").append(variable.type).append("=").append(variable.value).append(" ");
  CHECK_EQ(found, "show_banner:boolean=false max_items:integer=10 price:double=9.99 title:string=Pay "
                  "layout:json={\"columns\":2} ");
  CHECK_EQ(checkout->variables()[0].id, "2001");
  CHECK(!config.find_feature("none").has_value());
  CHECK_EQ(config.features()[4].key(), "");
  CHECK(config.features()[4].experiment_rules().empty());
}

void experiments(const opt::OptimizelyConfig &config) {
  CHECK_EQ(config.experiments().size(), 3);
  CHECK_EQ(std::count_if(config.experiments().begin(), config.experiments().end(),
                         [](const opt::OptimizelyExperiment &each) { return each.key() == "checkout_test"; }),
           1);
  const auto test = config.find_experiment("checkout_test");
  CHECK(test.has_value());
  CHECK_EQ(test->id(), "4001");
  CHECK_EQ(test->audiences(), "");
  CHECK_EQ(keys(test->variations()), "on off ");
  const opt::OptimizelyVariation on = test->variations()[0];
  CHECK_EQ(on.id(), "6001");
  CHECK_EQ(on.feature_enabled(), true);
  CHECK_EQ(on.variables()[1].value, "25");
  CHECK_EQ(test->variations()[1].feature_enabled(), false);
  CHECK_EQ(test->variations()[1].variables()[1].value, "10");
  CHECK(!config.find_experiment("checkout_everyone").has_value());
}

} // namespace

int main() {
  const Collector collector;
  opt::Client client = flags_client(collector);
  opt::OptimizelyConfig first = client.optimizely_config().value();
  CHECK_OK(client.set_datafile(flags_datafile_8));
  CHECK_EQ(client.optimizely_config().value().revision(), "8");
  client = flags_client(collector);
  const opt::OptimizelyConfig config = std::move(first);
  CHECK_EQ(first.revision(), "");
  CHECK(first.features().empty());
  CHECK(first.json().empty());
  lists(config);
  flags(config);
  experiments(config);
  return check::done("config");
}
