/// The header allocates nothing where a call goes well: operator new is counted around each of the hot calls.
#include <cstdlib>
#include <new>
#include <vector>

#include "check.hpp"
#include "support.hpp"

static std::size_t allocations = 0;

static void *counted(std::size_t size) {
  allocations++;
  if (void *memory = std::malloc(size ? size : 1))
    return memory;
  std::abort();
}

void *operator new(std::size_t size) { return counted(size); }
void *operator new[](std::size_t size) { return counted(size); }
void operator delete(void *memory) noexcept { std::free(memory); }
void operator delete(void *memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void *memory) noexcept { std::free(memory); }
void operator delete[](void *memory, std::size_t) noexcept { std::free(memory); }

namespace {

template <class Action>
std::size_t allocations_of(Action action) {
  const std::size_t before = allocations;
  action();
  return allocations - before;
}

} // namespace

int main() {
  CHECK(allocations_of([] { std::vector<int> seen(10, 1); }) > 0);

  const Collector collector;
  const opt::Client client = shop_client(collector);
  const opt::User user = opt::User::create("visitor-1", {{"age", 34}}).value();
  bool fine = true;
  const auto track = [&] {
    fine &= client.track(user, "purchase", {{"revenue", 4999}, {"currency", "EUR"}}).has_value();
  };
  const auto track_twelve = [&] {
    fine &= client
                .track(user, "purchase",
                       {{"a", 1},
                        {"b", 2},
                        {"c", 3},
                        {"d", 4},
                        {"e", 5},
                        {"f", 6},
                        {"g", 7},
                        {"h", 8},
                        {"i", 9},
                        {"j", 10},
                        {"k", 11},
                        {"l", 12}})
                .has_value();
  };
  const auto track_at = [&] {
    fine &= client
                .track_at(user, "purchase", {{"revenue", 4999}}, std::chrono::system_clock::now(),
                          "123e4567-e89b-42d3-a456-426614174000")
                .has_value();
  };
  const auto decide = [&] {
    fine &= client.activate(user, "checkout_button").value().variation_key() == "green";
    fine &= client.decide(user, "search").value().is_enabled();
    fine &= client.is_feature_enabled(user, "dark_mode").value_or(false);
  };
  const auto make_user = [&] { fine &= opt::User::create("visitor-2", {{"plan", "gold"}}).has_value(); };
  CHECK_EQ(allocations_of(track), 0);
  CHECK_EQ(allocations_of(track_twelve), 0);
  CHECK_EQ(allocations_of(track_at), 0);
  CHECK_EQ(allocations_of(decide), 0);
  CHECK_EQ(allocations_of(make_user), 0);
  CHECK(fine);
  CHECK_OK(client.close(patience));
  return check::done("allocations");
}
