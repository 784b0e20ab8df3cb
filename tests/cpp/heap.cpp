/// The library allocates nothing where a call is made again and again: malloc itself is counted, on this thread, around
/// decisions and conversions in their steady state.
#include <cerrno>
#include <cstdlib>
#include <vector>

#include "check.hpp"
#include "flags.hpp"

extern "C" {
void *__libc_malloc(std::size_t size);
void *__libc_calloc(std::size_t count, std::size_t size);
void *__libc_realloc(void *memory, std::size_t size);
void *__libc_memalign(std::size_t alignment, std::size_t size);
}

static thread_local std::size_t allocations = 0;

// In place of the C library's for the whole process, the shared library included.
extern "C" {
void *malloc(std::size_t size) { return allocations++, __libc_malloc(size); }
void *calloc(std::size_t count, std::size_t size) { return allocations++, __libc_calloc(count, size); }
void *realloc(void *memory, std::size_t size) { return allocations++, __libc_realloc(memory, size); }
void *aligned_alloc(std::size_t alignment, std::size_t size) { return allocations++, __libc_memalign(alignment, size); }
int posix_memalign(void **memory, std::size_t alignment, std::size_t size) {
  *memory = aligned_alloc(alignment, size);
  return *memory ? 0 : ENOMEM;
}
}

namespace {

constexpr int warm_up = 64;
constexpr int rounds = 1000;

/// The most that one call of `action` allocated, after as many as make the state steady.
template <class Action>
std::size_t most_allocations_of(Action action) {
  std::size_t most = 0;
  for (int i = 0; i < warm_up; i++)
    action();
  for (int i = 0; i < rounds; i++) {
    const std::size_t before = allocations;
    action();
    most = allocations - before > most ? allocations - before : most;
  }
  return most;
}

} // namespace

int main() {
  CHECK(most_allocations_of([] { std::vector<int> seen(10, 1); }) > 0);
  // One that the shared library makes is seen as well.
  CHECK(most_allocations_of([] { opt::User user = opt::User::create("visitor", {{"plan", "gold"}}).value(); }) > 0);

  const Collector collector;
  const opt::Client client = flags_client(collector);
  const opt::User gold = gold_user();
  bool fine = true;
  const auto quiet = opt::DecideOptions::disable_decision_event | opt::DecideOptions::exclude_variables;
  CHECK_EQ(most_allocations_of([&] { fine &= client.decide(gold, "checkout", quiet).value().is_enabled(); }), 0);
  CHECK_EQ(most_allocations_of([&] { fine &= client.decide(gold, "checkout").value().is_enabled(); }), 0);
  CHECK_EQ(most_allocations_of([&] {
             const opt::Decision decision = client.decide(gold, "checkout").value();
             fine &= decision.get<std::int64_t>("max_items").value_or(0) == 25;
           }),
           0);
  CHECK_EQ(most_allocations_of([&] { fine &= client.is_feature_enabled(gold, "checkout").value_or(false); }), 0);
  CHECK_EQ(most_allocations_of([&] { fine &= client.track(gold, "purchase", {{"revenue", 4999}}).has_value(); }), 0);
  CHECK(fine);
  CHECK_OK(client.close(patience));
  return check::done("heap");
}
