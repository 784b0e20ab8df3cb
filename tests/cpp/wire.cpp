/// The bytes that reach the collector: an impression and a conversion made through the C++ header, field by field.
#include <cstdint>

#include "check.hpp"
#include "support.hpp"

namespace {

const std::string visitor = "[0].body.visitors[0]";
const std::string event = visitor + ".snapshots[0].events[0]";

std::int64_t now_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

bool is_uuid_v4(std::string_view text) {
  constexpr std::string_view pattern = "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx";
  bool fits = text.size() == pattern.size();
  for (std::size_t i = 0; fits && i < text.size(); i++) {
    const std::string_view allowed = pattern[i] == 'x'   ? "0123456789abcdef"
                                     : pattern[i] == 'y' ? "89ab"
                                                         : pattern.substr(i, 1);
    fits = allowed.find(text[i]) != std::string_view::npos;
  }
  return fits;
}

opt::User gold_visitor() {
  return opt::User::create("visitor-1", {{"plan", "gold"}, {"age", 34}, {"is_member", true}, {"score", 1.5}}).value();
}

void check_batch(const Document &posts, std::string_view client_name, std::string_view client_version) {
  CHECK_EQ(posts.count(""), 1);
  CHECK_EQ(posts.text("[0].path"), "/v1/events");
  CHECK_EQ(posts.names("[0].body"), "account_id project_id revision client_name client_version anonymize_ip "
                                    "enrich_decisions visitors ");
  CHECK_EQ(posts.text("[0].body.account_id"), "12001");
  CHECK_EQ(posts.text("[0].body.project_id"), "111001");
  CHECK_EQ(posts.text("[0].body.revision"), "42");
  CHECK_EQ(posts.text("[0].body.client_name"), client_name);
  CHECK_EQ(posts.text("[0].body.client_version"), client_version);
  CHECK_EQ(posts.text("[0].body.anonymize_ip"), "true");
  CHECK_EQ(posts.text("[0].body.enrich_decisions"), "true");
  CHECK_EQ(posts.count("[0].body.visitors"), 1);
}

void check_attribute(const Document &posts, int index, std::string_view id, std::string_view key,
                     std::string_view value) {
  const std::string path = visitor + ".attributes[" + std::to_string(index) + "]";
  CHECK_EQ(posts.names(path), "entity_id key type value ");
  CHECK_EQ(posts.text(path + ".entity_id"), id);
  CHECK_EQ(posts.text(path + ".key"), key);
  CHECK_EQ(posts.text(path + ".type"), "custom");
  CHECK_EQ(posts.text(path + ".value"), value);
}

void check_visitor(const Document &posts) {
  CHECK_EQ(posts.text(visitor + ".visitor_id"), "visitor-1");
  CHECK_EQ(posts.count(visitor + ".attributes"), 5);
  check_attribute(posts, 0, "1001", "plan", "gold");
  check_attribute(posts, 1, "1002", "age", "34");
  check_attribute(posts, 2, "1003", "is_member", "true");
  check_attribute(posts, 3, "1004", "score", "1.5");
  check_attribute(posts, 4, "$opt_bot_filtering", "$opt_bot_filtering", "false");
  CHECK_EQ(posts.count(visitor + ".snapshots"), 1);
  CHECK_EQ(posts.count(visitor + ".snapshots[0].events"), 1);
}

void impression() {
  const Collector collector;
  const opt::Client client = shop_client(collector);
  const std::int64_t before = now_ms();
  const auto decision = client.activate(gold_visitor(), "checkout_button");
  const std::int64_t after = now_ms();
  CHECK_OK(decision);
  CHECK_EQ(decision.value().variation_key(), "green");
  CHECK_EQ(decision.value().event_status(), opt::EventStatus::accepted);
  CHECK_OK(client.flush(patience));

  const Document posts = collector.batches();
  check_batch(posts, "libopttrack", opt::version());
  check_visitor(posts);
  const std::string made = visitor + ".snapshots[0].decisions[0]";
  CHECK_EQ(posts.count(visitor + ".snapshots[0].decisions"), 1);
  CHECK_EQ(posts.names(made), "campaign_id experiment_id variation_id metadata ");
  CHECK_EQ(posts.text(made + ".campaign_id"), "5001");
  CHECK_EQ(posts.text(made + ".experiment_id"), "4001");
  CHECK_EQ(posts.text(made + ".variation_id"), "6002");
  CHECK_EQ(posts.names(made + ".metadata"), "flag_key rule_key rule_type variation_key enabled ");
  CHECK_EQ(posts.text(made + ".metadata.flag_key"), "");
  CHECK_EQ(posts.text(made + ".metadata.rule_key"), "checkout_button");
  CHECK_EQ(posts.text(made + ".metadata.rule_type"), "experiment");
  CHECK_EQ(posts.text(made + ".metadata.variation_key"), "green");
  CHECK_EQ(posts.text(made + ".metadata.enabled"), "true");
  CHECK_EQ(posts.names(event), "entity_id key timestamp uuid ");
  CHECK_EQ(posts.text(event + ".entity_id"), "5001");
  CHECK_EQ(posts.text(event + ".key"), "campaign_activated");
  CHECK(posts.integer(event + ".timestamp") >= before && posts.integer(event + ".timestamp") <= after);
  CHECK(is_uuid_v4(posts.text(event + ".uuid")));
}

void conversion() {
  const Collector collector;
  const opt::Client client = shop_client(collector);
  const std::string sku = "A-7";
  const std::int64_t before = now_ms();
  CHECK_OK(client.track(gold_visitor(), "purchase",
                        {{"revenue", 4999},
                         {"currency", "EUR"},
                         {"value", 12.5},
                         {"sku", sku},
                         {"gift", false},
                         {"order", std::uint64_t{9007199254740993}},
                         {"note", "tea & \"milk\" \xE2\x98\x95"}}));
  const std::int64_t after = now_ms();
  CHECK_OK(client.flush(patience));

  const Document posts = collector.batches();
  check_batch(posts, "libopttrack", opt::version());
  check_visitor(posts);
  CHECK_EQ(posts.names(visitor + ".snapshots[0]"), "events ");
  CHECK_EQ(posts.names(event), "entity_id key timestamp uuid revenue value tags ");
  CHECK_EQ(posts.text(event + ".entity_id"), "9001");
  CHECK_EQ(posts.text(event + ".key"), "purchase");
  CHECK(posts.integer(event + ".timestamp") >= before && posts.integer(event + ".timestamp") <= after);
  CHECK(is_uuid_v4(posts.text(event + ".uuid")));
  CHECK_EQ(posts.text(event + ".revenue"), "4999");
  CHECK_EQ(posts.text(event + ".value"), "12.5");
  CHECK_EQ(posts.names(event + ".tags"), "revenue currency value sku gift order note ");
  CHECK_EQ(posts.text(event + ".tags.revenue"), "4999");
  CHECK_EQ(posts.text(event + ".tags.currency"), "EUR");
  CHECK_EQ(posts.text(event + ".tags.value"), "12.5");
  CHECK_EQ(posts.text(event + ".tags.sku"), "A-7");
  CHECK_EQ(posts.text(event + ".tags.gift"), "false");
  CHECK_EQ(posts.text(event + ".tags.order"), "9007199254740993");
  CHECK_EQ(posts.text(event + ".tags.note"), "tea & \"milk\" \xE2\x98\x95");
}

/// A wrapper's own name, and a conversion with nothing but its key: no tags, revenue or value at all.
void bare_conversion() {
  const Collector collector;
  const auto client = opt::Client::create(shop_options(collector).client_name("shop-wrapper", "3.1.4")).value();
  CHECK_OK(client.track(opt::User::create("visitor-2").value(), "newsletter"));
  CHECK_OK(client.flush(patience));

  const Document posts = collector.batches();
  check_batch(posts, "shop-wrapper", "3.1.4");
  CHECK_EQ(posts.text(visitor + ".visitor_id"), "visitor-2");
  CHECK_EQ(posts.count(visitor + ".attributes"), 1);
  CHECK_EQ(posts.names(event), "entity_id key timestamp uuid ");
  CHECK_EQ(posts.text(event + ".entity_id"), "9002");
}

} // namespace

int main() {
  impression();
  conversion();
  bare_conversion();
  return check::done("wire");
}
