/// The library allocates nothing for a call that is made again and again: malloc itself is counted, on this thread,
/// around decisions and conversions in their steady state.
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

/// How many of `rounds` calls allocated, after as many as make the state steady.
template <class Action>
int calls_that_allocate(Action action) {
  int found = 0;
  for (int i = 0; i < warm_up; i++)
    action();
  for (int i = 0; i < rounds; i++) {
    const std::size_t before = allocations;
    action();
    found += allocations != before;
  }
  return found;
}

} // namespace

int main() {
  CHECK_EQ(calls_that_allocate([] { std::vector<int> seen(10, 1); }), rounds);
  // What the shared library does is seen as well.
  CHECK_EQ(calls_that_allocate([] {
             opt::User user = opt::User::create("visitor", {{"plan", "gold"}}).value();
           }),
           rounds);

  const Collector collector;
  const opt::Client client = flags_client(collector);
  const opt::User gold = gold_user();
  bool fine = true;
  const auto decide = [&](opt::DecideOptions options) {
    return [&, options] { fine &= client.decide(gold, "checkout", options).value().is_enabled(); };
  };
  const auto read = [&] {
    const opt::Decision decision = client.decide(gold, "checkout", opt::DecideOptions::disable_decision_event).value();
    fine &= decision.get<std::int64_t>("max_items").value_or(0) == 25;
  };
  CHECK_EQ(calls_that_allocate(decide(opt::DecideOptions::disable_decision_event)), 0);
  CHECK_EQ(calls_that_allocate(read), 0);
  CHECK_EQ(calls_that_allocate([&] { fine &= client.get_variation(gold, "checkout_test").has_value(); }), 0);

  // Where an event is recorded, the room in which it waits is allocated for hundreds at once.
  const auto track = [&] {
    fine &= client.track(gold, "purchase", {{"revenue", 4999}, {"method", "card"}}).has_value();
  };
  const auto ask = [&] { fine &= client.is_feature_enabled(gold, "checkout").value_or(false); };
  CHECK(calls_that_allocate(decide(opt::DecideOptions::none)) <= rounds / 100);
  CHECK(calls_that_allocate(ask) <= rounds / 100);
  CHECK(calls_that_allocate(track) <= rounds / 100);
  CHECK(fine);
  CHECK_OK(client.close(patience));
  return check::done("heap");
}
