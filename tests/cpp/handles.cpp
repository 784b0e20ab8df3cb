/// Who owns what: moves, raw(), release() and adoption of each handle, and calls on objects that own none.
#include "check.hpp"
#include "support.hpp"

using opt::Status;

namespace {

static_assert(std::is_nothrow_move_constructible_v<opt::Client> && std::is_nothrow_move_assignable_v<opt::Client>);
static_assert(std::is_nothrow_move_constructible_v<opt::User> && std::is_nothrow_move_constructible_v<opt::Keys>);
static_assert(std::is_nothrow_move_constructible_v<opt::Options> &&
              std::is_nothrow_move_constructible_v<opt::Decision>);
static_assert(!std::is_copy_constructible_v<opt::Options> && !std::is_copy_constructible_v<opt::Decision>);
static_assert(!std::is_convertible_v<opt_client *, opt::Client>, "adoption is explicit");

void clients(const Collector &collector) {
  opt::Client first = shop_client(collector);
  const opt::User user = opt::User::create("visitor-1").value();
  const opt_client *handle = first.raw();
  CHECK(handle != nullptr);

  opt::Client second = std::move(first);
  CHECK(first.raw() == nullptr);
  CHECK(second.raw() == handle);
  CHECK_OK(second.track(user, "purchase"));
  CHECK_FAILS(first.track(user, "purchase"), Status::invalid_argument);
  CHECK_FAILS(first.stats(), Status::invalid_argument);
  CHECK_FAILS(first.close(patience), Status::invalid_argument);
  CHECK_FAILS(first.activate(user, "checkout_button"), Status::invalid_argument);

  first = std::move(second);
  CHECK_EQ(first.stats().value().accepted, 1);
  const opt::Client adopted(first.release());
  CHECK(first.raw() == nullptr);
  CHECK_EQ(adopted.stats().value().accepted, 1);
  CHECK_OK(adopted.close(patience));
}

void users(const opt::Client &client) {
  opt::User first = opt::User::create("visitor-1", {{"plan", "gold"}}).value();
  opt::User second = std::move(first);
  CHECK_FAILS(client.get_variation(first, "gold_banner"), Status::invalid_argument);
  CHECK_FAILS(first.set_attribute("plan", "gold"), Status::invalid_argument);
  CHECK_FAILS(first.set_qualified_segments({"regular"}), Status::invalid_argument);
  CHECK_EQ(client.get_variation(second, "gold_banner").value().variation_key(), "large");
  const opt::User adopted(second.release());
  CHECK_EQ(client.get_variation(adopted, "gold_banner").value().variation_key(), "large");
}

/// Texts follow the decision that owns them, and stay when their client goes.
void decisions(const Collector &collector) {
  opt::Decision first = shop_client(collector).decide(opt::User::create("v", {{"age", 34}}).value(), "search").value();
  const char *text = first.variation_key()->data();
  opt::Decision second = std::move(first);
  CHECK_EQ(first.variation_key(), std::nullopt);
  CHECK_EQ(first.is_enabled(), false);
  CHECK_EQ(first.event_status(), opt::EventStatus::suppressed);
  CHECK_EQ(second.variation_key(), "ranked");
  CHECK(second.variation_key()->data() == text);
  const opt::Decision adopted(second.release());
  CHECK_EQ(adopted.variation_key(), "ranked");
  CHECK(adopted.is_enabled());
  CHECK_EQ(opt::Decision(nullptr).variation_key(), std::nullopt);
}

void keys(const opt::Client &client) {
  opt::Keys first = client.get_enabled_features(opt::User::create("visitor-1").value()).value();
  const opt::Keys second = std::move(first);
  CHECK(first.empty());
  CHECK_EQ(first[0], "");
  CHECK_EQ(second.size(), 1);
  CHECK(first.begin() == first.end());
}

} // namespace

int main() {
  const Collector collector;
  const opt::Client client = shop_client(collector);
  clients(collector);
  users(client);
  decisions(collector);
  keys(client);
  return check::done("handles");
}
