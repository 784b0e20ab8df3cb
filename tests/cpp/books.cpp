/// What is refused, what is left out, and that the client's books agree with the collector's to the event.
#include <limits>

#include "check.hpp"
#include "support.hpp"

using opt::Status;

namespace {

void check_balance(const opt::Stats &stats) {
  CHECK_EQ(stats.accepted + stats.recovered, stats.delivered + stats.pending + stats.dead_lettered + stats.dropped);
}

void unknown_event() {
  const Collector collector;
  const opt::Client client = shop_client(collector);
  const opt::User user = opt::User::create("visitor-1").value();
  const auto refused = client.track(user, "perchase", {{"revenue", 100}});
  CHECK_FAILS(refused, Status::unknown_event);
  CHECK(refused.error().message().find("perchase") != std::string_view::npos);
  CHECK(!refused.error().is_retriable());
  CHECK_OK(client.close(patience));
  CHECK_EQ(collector.stat("posts"), 0);
  CHECK_EQ(client.stats().value().accepted, 0);
  CHECK_EQ(client.stats().value().refused_unknown_event, 1);
}

void unusable_tags() {
  const Collector collector;
  const opt::Client client = shop_client(collector);
  const opt::User user = opt::User::create("visitor-1").value();
  CHECK_OK(client.track(user, "purchase",
                        {{"ratio", std::numeric_limits<double>::quiet_NaN()},
                         {"limit", -std::numeric_limits<double>::infinity()},
                         {"coupon", nullptr},
                         {"revenue", 250}}));
  CHECK_OK(client.flush(patience));
  const Document posts = collector.batches();
  CHECK_EQ(posts.names("[0].body.visitors[0].snapshots[0].events[0].tags"), "revenue ");
  CHECK_EQ(posts.text("[0].body.visitors[0].snapshots[0].events[0].revenue"), "250");
  CHECK_EQ(client.stats().value().ignored_values, 3);
}

void full_queue() {
  const Collector collector;
  const auto client = opt::Client::create(shop_options(collector).queue_limit(1 << 20, 2)).value();
  const opt::User user = opt::User::create("visitor-1").value();
  CHECK_OK(client.track(user, "purchase"));
  CHECK_OK(client.track(user, "purchase"));
  const auto refused = client.track(user, "purchase");
  CHECK_FAILS(refused, Status::queue_full);
  CHECK(refused.error().is_retriable());
  CHECK_EQ(client.activate(user, "checkout_button").value().event_status(), opt::EventStatus::queue_full);
  CHECK_EQ(client.stats().value().pending, 2);
  CHECK_EQ(client.stats().value().refused_queue_full, 2);
  CHECK_OK(client.flush(patience));
  CHECK_OK(client.track(user, "purchase"));
  CHECK_OK(client.close(patience));
  CHECK_EQ(collector.stat("unique"), 3);
}

void closed() {
  const Collector collector;
  const opt::Client client = shop_client(collector);
  const opt::User user = opt::User::create("visitor-1").value();
  CHECK_OK(client.track(user, "purchase"));
  std::uint64_t left = 7;
  CHECK_OK(client.close(patience, &left));
  CHECK_EQ(left, 0);
  CHECK_OK(client.close(patience));
  CHECK_FAILS(client.track(user, "purchase"), Status::closed);
  CHECK_FAILS(client.flush(patience), Status::closed);
  CHECK_FAILS(client.set_datafile(shop_datafile), Status::closed);
  const auto decision = client.activate(user, "checkout_button");
  CHECK_OK(decision);
  CHECK_EQ(decision.value().variation_key(), "green");
  CHECK_EQ(decision.value().event_status(), opt::EventStatus::closed);
  std::uint64_t refused = 0;
  CHECK_OK(client.get_enabled_features(user, &refused));
  CHECK_EQ(refused, 3);
  CHECK_EQ(collector.stat("unique"), 1);
}

/// Without consent nothing is recorded; what was recorded before is delivered.
void tracking_off() {
  const Collector collector;
  const opt::Client client = shop_client(collector);
  const opt::User user = opt::User::create("visitor-1").value();
  CHECK_OK(client.track(user, "purchase"));
  CHECK_OK(client.set_tracking(false));
  const auto refused = client.track(user, "purchase");
  CHECK_FAILS(refused, Status::tracking_off);
  CHECK(!refused.error().is_retriable());
  const auto decision = client.activate(user, "checkout_button");
  CHECK_EQ(decision.value().variation_key(), "green");
  CHECK_EQ(decision.value().event_status(), opt::EventStatus::suppressed);
  CHECK_EQ(client.stats().value().refused_tracking_off, 1);
  CHECK_OK(client.set_tracking(true));
  CHECK_OK(client.track(user, "purchase"));
  CHECK_OK(client.close(patience));
  CHECK_EQ(client.stats().value().accepted, 2);
  CHECK_EQ(collector.stat("unique"), 2);
}

/// Nobody listens at the endpoint: deadlines hold, and what waits is told.
void unreachable() {
  const auto client = opt::Client::create(opt::Options()
                                              .datafile(shop_datafile)
                                              .event_endpoint("http://127.0.0.1:1/v1/events")
                                              .log_level(opt::LogLevel::off))
                          .value();
  CHECK_OK(client.track(opt::User::create("visitor-1").value(), "purchase"));
  std::uint64_t left = 0;
  const auto flushed = client.flush(opt::Milliseconds(50), &left);
  CHECK_FAILS(flushed, Status::timeout);
  CHECK(flushed.error().is_retriable());
  CHECK_EQ(left, 1);
  CHECK_FAILS(client.flush(opt::Milliseconds(-1)), Status::timeout);
  CHECK_FAILS(client.close(opt::Milliseconds(0), &left), Status::timeout);
  CHECK_EQ(left, 1);
  CHECK_EQ(client.stats().value().pending, 1);
  check_balance(client.stats().value());
}

void agreement() {
  const Collector collector;
  const opt::Client client = shop_client(collector);
  for (int i = 0; i < 250; i++) {
    const opt::User user = opt::User::create("visitor-" + std::to_string(i), {{"age", i}}).value();
    CHECK_OK(client.activate(user, "checkout_button"));
    if (i % 5 == 0)
      CHECK_OK(client.track(user, "purchase", {{"revenue", i}}));
    if (i == 100)
      CHECK_OK(client.set_datafile(shop_datafile));
  }
  check_balance(client.stats().value());
  CHECK_OK(client.close(patience));
  const opt::Stats stats = client.stats().value();
  check_balance(stats);
  CHECK_EQ(stats.accepted, 300);
  CHECK_EQ(stats.delivered, 300);
  CHECK_EQ(stats.accepted_impressions, collector.stat("impressions"));
  CHECK_EQ(stats.accepted_conversions, collector.stat("conversions"));
  CHECK_EQ(stats.delivered, collector.stat("unique"));
  CHECK_EQ(stats.posts, collector.stat("posts"));
  CHECK_EQ(collector.stat("duplicates"), 0);
  CHECK_EQ(stats.last_http_status, 204);
  CHECK_EQ(stats.delivery(), opt::DeliveryState::ok);
  CHECK_EQ(stats.is_durable, 0);
}

} // namespace

int main() {
  unknown_event();
  unusable_tags();
  full_queue();
  closed();
  tracking_off();
  unreachable();
  agreement();
  return check::done("books");
}
