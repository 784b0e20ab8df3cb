/// Eight threads share one client: every event arrives, once.
#include <atomic>
#include <set>
#include <thread>
#include <vector>

#include "check.hpp"
#include "support.hpp"

namespace {

constexpr int thread_count = 8;
constexpr int events_each = 500;
constexpr std::size_t all = std::size_t{thread_count} * events_each;

/// Tracks this thread's events; returns how many were accepted.
int track_all(const opt::Client &client, int thread) {
  int accepted = 0;
  for (int i = 0; i < events_each; i++) {
    const auto user = opt::User::create("visitor-" + std::to_string(thread));
    accepted += client.track(user.value(), "purchase", {{"thread", thread}, {"turn", i}}).has_value();
  }
  return accepted;
}

std::set<std::string> arrived(const Document &posts) {
  std::set<std::string> result;
  for (std::size_t post = 0; post < posts.count(""); post++) {
    const std::string visitors = "[" + std::to_string(post) + "].body.visitors";
    for (std::size_t i = 0; i < posts.count(visitors); i++) {
      const std::string tags = visitors + "[" + std::to_string(i) + "].snapshots[0].events[0].tags";
      result.insert(std::string(posts.text(tags + ".thread")) + "/" + std::string(posts.text(tags + ".turn")));
    }
  }
  return result;
}

} // namespace

int main() {
  const Collector collector;
  const opt::Client client = shop_client(collector);
  std::atomic<int> accepted{0};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < thread_count; thread++)
    threads.emplace_back([&, thread] { accepted += track_all(client, thread); });
  for (std::thread &thread : threads)
    thread.join();

  CHECK_EQ(accepted.load(), all);
  CHECK_OK(client.close(patience));
  CHECK_EQ(client.stats().value().delivered, all);
  CHECK_EQ(collector.stat("unique"), all);
  CHECK_EQ(collector.stat("events"), all);
  CHECK_EQ(arrived(collector.batches()).size(), all);
  return check::done("threads");
}
