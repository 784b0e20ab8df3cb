/// Clients that the host drives, by pump or by making the requests itself; and the caller's own time and uuid.
#include <poll.h>

#include <fstream>
#include <map>
#include <thread>
#include <vector>

#include "check.hpp"
#include "flags.hpp"
#include "journal.hpp"

using opt::Status;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

const opt::User &visitor() {
  static const opt::User user = opt::User::create("visitor-1", {{"age", 34}}).value();
  return user;
}

/// What the kernel says.
int threads_of_process() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.rfind("Threads:", 0) == 0)
      return std::stoi(line.substr(8));
  return -1;
}

bool is_readable(int descriptor) {
  pollfd asked{descriptor, POLLIN, 0};
  return poll(&asked, 1, 0) == 1;
}

void pumped(const Collector &collector) {
  const long long before = collector.stat("unique");
  const auto client = opt::Client::create(shop_options(collector).host_driven().batch_size(2)).value();
  const int descriptor = client.wake_descriptor().value();
  CHECK(!is_readable(descriptor));
  CHECK(client.pump(patience).value() == std::nullopt);
  CHECK_OK(client.track(visitor(), "purchase"));
  CHECK(is_readable(descriptor));
  const auto next = client.pump(seconds(0)).value();
  CHECK(next && *next > milliseconds(0) && *next <= hours(1));
  CHECK(!is_readable(descriptor));
  CHECK_OK(client.track(visitor(), "purchase"));
  CHECK(client.pump(seconds(0)).value() == milliseconds(0));
  CHECK(client.pump(patience).value() != milliseconds(0));
  CHECK_EQ(client.stats().value().delivered, 2);
  CHECK_EQ(collector.stat("unique"), before + 2);
  CHECK_OK(client.track(visitor(), "purchase"));
  CHECK_OK(client.close(patience));
  CHECK_EQ(collector.stat("unique"), before + 3);
  CHECK_EQ(client.stats().value().threads, 0);
  CHECK_EQ(threads_of_process(), 1);
  CHECK_FAILS(client.pump(seconds(0)), Status::closed);
}

opt::Client pulled_client() {
  return opt::Client::create(opt::Options()
                                 .datafile(shop_datafile)
                                 .event_endpoint("https://events.example/v1")
                                 .log_level(opt::LogLevel::off)
                                 .retry_delays(milliseconds(1), milliseconds(1))
                                 .flush_interval(hours(1))
                                 .pulled_transport()
                                 .batch_size(2))
      .value();
}

/// A whole round: a request and its parts, an answer that may pass, one that never came, one that is final.
void pulled_round() {
  const opt::Client client = pulled_client();
  CHECK_FAILS(client.next_request(seconds(0)), Status::timeout);
  CHECK_OK(client.track_at(visitor(), "purchase", {}, opt::Time(milliseconds(1)), uuid_of(1)));
  CHECK_OK(client.track_at(visitor(), "purchase", {}, opt::Time(milliseconds(2)), uuid_of(2)));
  opt::Request first = client.next_request(seconds(0)).value();
  CHECK_EQ(first.method(), "POST");
  CHECK_EQ(first.url(), "https://events.example/v1");
  CHECK(first.timeout() == seconds(10));
  std::map<std::string, std::string> headers;
  for (const opt::HeaderView header : first.headers())
    headers.emplace(header.name, header.value);
  CHECK_EQ(headers["Content-Type"], "application/json");
  CHECK_EQ(first.headers()[first.headers().size()].name, "");
  const Document body = parsed(first.body());
  CHECK_EQ(body.text("visitors[1].snapshots[0].events[0].uuid"), uuid_of(2));

  CHECK_FAILS(client.complete(first.id() + 1, 204), Status::not_found);
  CHECK_FAILS(client.complete(first.id(), 1000), Status::invalid_argument);
  CHECK_OK(client.fail(first.id(), "no route"));
  CHECK_FAILS(client.fail(first.id(), "no route"), Status::not_found);
  CHECK_EQ(client.stats().value().last_http_status, 0);

  const opt::Request again = client.next_request(patience).value();
  CHECK(again.id() != first.id());
  CHECK_OK(client.complete(again.id(), 503, {{"x-other", "\xff"}, {"retry-after", "0"}}, "busy"));
  CHECK_EQ(client.stats().value().delivery(), opt::DeliveryState::retrying);
  const opt::Request last = client.next_request(patience).value();
  CHECK_OK(client.complete(last.id(), 204));
  const opt::Stats stats = client.stats().value();
  CHECK_EQ(stats.delivered, 2);
  CHECK_EQ(stats.posts, 3);
  CHECK_EQ(stats.retries, 2);
  CHECK_EQ(stats.threads, 0);
  CHECK_OK(client.close(patience));

  const opt::Request moved = std::move(first);
  CHECK_EQ(moved.method(), "POST");
  CHECK_EQ(first.method(), "");
  CHECK(first.headers().empty());
  CHECK_EQ(opt::Request(nullptr).id(), 0);
}

/// A test's own time and uuids: what is due when, and which delay follows from which seed, is known to the millisecond.
void manual_time() {
  const opt::Time start(milliseconds(1'600'000'000'000));
  const auto made = [&](std::uint64_t seed) {
    return opt::Client::create(opt::Options()
                                   .datafile(shop_datafile)
                                   .log_level(opt::LogLevel::off)
                                   .mobile_preset()
                                   .pulled_transport()
                                   .manual_clock(start)
                                   .id_seed(seed))
        .value();
  };
  std::string bodies[2];
  for (std::string &body : bodies) {
    const opt::Client client = made(7);
    CHECK_OK(client.track(visitor(), "purchase"));
    // The preset's 30 seconds.
    CHECK(client.pump(seconds(0)).value() == seconds(30));
    CHECK_OK(client.set_clock(opt::Time(start.since_1970() + seconds(29)), seconds(29)));
    CHECK(client.pump(seconds(0)).value() == seconds(1));
    CHECK_FAILS(client.next_request(seconds(0)), Status::timeout);
    CHECK_OK(client.set_clock(opt::Time(start.since_1970() + seconds(30)), seconds(30)));
    const auto request = client.next_request(seconds(0));
    CHECK_OK(request);
    body = request.value().body();
    CHECK_EQ(parsed(body).text("visitors[0].snapshots[0].events[0].timestamp"), "1600000000000");
    CHECK_OK(client.complete(request.value().id(), 204));
    CHECK_OK(client.close(seconds(0)));
  }
  CHECK_EQ(bodies[0], bodies[1]);
  // Ten make a batch.
  const opt::Client other = made(8);
  for (int number = 0; number < 10; number++)
    CHECK_OK(other.track(visitor(), "purchase"));
  const auto request = other.next_request(seconds(0));
  CHECK_OK(request);
  const std::string uuid = ".snapshots[0].events[0].uuid";
  CHECK(parsed(bodies[0]).text("visitors[0]" + uuid) != parsed(request.value().body()).text("visitors[0]" + uuid));
  CHECK_FAILS(other.set_clock(opt::Time(milliseconds(-1)), seconds(1)), Status::invalid_argument);
  CHECK_FAILS(pulled_client().set_clock(start, seconds(1)), Status::invalid_argument);
  CHECK_FAILS(
      opt::Client::create(opt::Options().datafile(shop_datafile).log_level(opt::LogLevel::off).manual_clock(start)),
      Status::invalid_argument);
}

/// What Retry-After asks for is kept to, also where it comes out of a map.
void retry_after() {
  const opt::Client client = pulled_client();
  CHECK_OK(client.track(visitor(), "purchase"));
  CHECK_OK(client.track(visitor(), "purchase"));
  const std::map<std::string, std::string> answered = {{"Date", "Sun, 06 Nov 1994 08:49:37 GMT"}, {"Retry-After", "7"}};
  const std::vector<opt::Header> headers(answered.begin(), answered.end());
  CHECK_OK(client.complete(client.next_request(seconds(0)).value().id(), 429, headers));
  const auto next = client.pump(seconds(0)).value();
  CHECK(next && *next > seconds(5) && *next <= seconds(7));
}

/// Flush and close wait while another thread makes the requests; close ends its wait.
void pulled_by_a_thread() {
  const opt::Client client = pulled_client();
  Status ended = Status::ok;
  int completed = 0;
  std::thread host([&] {
    while (ended == Status::ok) {
      const auto request = client.next_request(patience);
      ended = request ? client.complete(request.value().id(), 200).error().status() : request.error().status();
      completed += request.has_value();
    }
  });
  for (int number = 0; number < 5; number++)
    CHECK_OK(client.track(visitor(), "purchase"));
  CHECK_OK(client.flush(patience));
  CHECK_OK(client.track(visitor(), "purchase"));
  CHECK_OK(client.close(patience));
  host.join();
  CHECK_EQ(ended, Status::closed);
  CHECK_EQ(completed, client.stats().value().posts);
  CHECK_EQ(client.stats().value().delivered, 6);
}

/// Only what the host drives can be driven.
void refusals(const Collector &collector) {
  const opt::Client client = shop_client(collector);
  CHECK_FAILS(client.pump(seconds(0)), Status::invalid_argument);
  CHECK_FAILS(client.wake_descriptor(), Status::invalid_argument);
  CHECK_FAILS(client.next_request(seconds(0)), Status::invalid_argument);
  CHECK_FAILS(client.complete(1, 204), Status::invalid_argument);
}

void stamps() {
  const Collector collector;
  const opt::Client client = shop_client(collector);
  const auto moment = std::chrono::system_clock::now() - hours(24);
  const auto since_1970 = std::chrono::floor<milliseconds>(moment.time_since_epoch());
  CHECK_OK(client.track_at(visitor(), "purchase", {{"revenue", 100}}, moment, "123E4567-E89B-42D3-A456-426614174000"));
  CHECK_OK(client.track_at(visitor(), "purchase", {}, std::chrono::time_point_cast<seconds>(moment)));
  CHECK_FAILS(client.track_at(visitor(), "purchase", {}, opt::Time(milliseconds(-1))), Status::invalid_argument);
  CHECK_FAILS(client.track_at(visitor(), "purchase", {}, moment, "123e4567"), Status::invalid_argument);
  CHECK_FAILS(client.track_at(visitor(), "none", {}, moment), Status::unknown_event);
  CHECK_OK(client.close(patience));
  const Document posts = collector.batches();
  const std::string event = ".snapshots[0].events[0]";
  CHECK_EQ(posts.text("[0].body.visitors[0]" + event + ".uuid"), "123e4567-e89b-42d3-a456-426614174000");
  CHECK_EQ(posts.integer("[0].body.visitors[0]" + event + ".timestamp"), since_1970.count());
  CHECK_EQ(posts.text("[0].body.visitors[0]" + event + ".revenue"), "100");
  CHECK_EQ(posts.integer("[0].body.visitors[1]" + event + ".timestamp"), since_1970.count() / 1000 * 1000);
  CHECK_EQ(posts.text("[0].body.visitors[1]" + event + ".uuid").size(), 36);
  CHECK(opt::Time(moment).since_1970() == since_1970);
  CHECK_EQ(client.stats().value().accepted, 2);
}

} // namespace

int main() {
  const Collector collector;
  pumped(collector);
  pulled_round();
  manual_time();
  retry_after();
  pulled_by_a_thread();
  refusals(collector);
  stamps();
  return check::done("driving");
}
