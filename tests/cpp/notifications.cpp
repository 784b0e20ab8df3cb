/// Listeners made of callables, their end, what they may do and throw; and notifications that are pulled.
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

#include "check.hpp"
#include "flags.hpp"

using opt::NotificationTypes;
using opt::NotificationView;
using opt::Status;

namespace {

static_assert((NotificationTypes::decision | NotificationTypes::track) == static_cast<NotificationTypes>(3));

struct Heard {
  NotificationTypes type;
  std::string key, payload;
};

/// Waits until nobody holds on to what a listener kept.
bool is_let_go(const std::weak_ptr<std::vector<Heard>> &alive) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (!alive.expired() && std::chrono::steady_clock::now() < end)
    std::this_thread::yield();
  return alive.expired();
}

void every_kind(const Collector &collector) {
  auto heard = std::make_shared<std::vector<Heard>>();
  const std::weak_ptr<std::vector<Heard>> alive = heard;
  {
    const opt::Client client = flags_client(collector);
    const auto id =
        client.add_listener(NotificationTypes::all, [kept = std::move(heard)](const NotificationView &view) {
          kept->push_back({view.type, std::string(view.key), std::string(view.payload)});
        });
    CHECK_OK(id);
    CHECK_OK(client.decide(gold_user(), "checkout"));
    CHECK_OK(client.track(gold_user(), "purchase", {{"revenue", 4999}}));
    CHECK_OK(client.set_datafile(flags_datafile_8));
    CHECK_OK(client.close(patience));
    const auto told = alive.lock();
    CHECK(told->size() >= 4);
    CHECK_EQ((*told)[0].type, NotificationTypes::decision);
    CHECK_EQ((*told)[0].key, "checkout");
    CHECK_EQ(parsed((*told)[0].payload).text("decisionInfo.variationKey"), "on");
    CHECK_EQ((*told)[1].type, NotificationTypes::track);
    CHECK_EQ(parsed((*told)[1].payload).text("eventTags.revenue"), "4999");
    CHECK_EQ((*told)[2].type, NotificationTypes::config_update);
    CHECK_EQ((*told)[2].key, "8");
    CHECK_EQ(told->back().type, NotificationTypes::log_event);
    CHECK_EQ(told->back().key, collector.url());
    CHECK_EQ(parsed(told->back().payload).text("params.account_id"), "12001");
  }
  // It was told on the delivery thread, which may be on its way out of it.
  CHECK(is_let_go(alive));
}

void removal(const Collector &collector) {
  const opt::Client client = flags_client(collector);
  int first = 0, second = 0;
  std::uint64_t second_id = 0;
  auto end = std::make_shared<int>(0);
  const std::weak_ptr<int> alive = end;
  const auto id = client.add_listener(NotificationTypes::decision, [&](const NotificationView &) {
    first++;
    if (second_id != 0)
      CHECK_OK(client.remove_listener(second_id));
    second_id = 0;
    CHECK_FAILS(client.close(patience), Status::invalid_argument);
  });
  CHECK_OK(client.decide(gold_user(), "checkout"));
  second_id =
      client.add_listener(NotificationTypes::decision, [&second, kept = std::move(end)](const auto &) { second++; })
          .value();
  CHECK_OK(client.decide(gold_user(), "checkout"));
  CHECK_OK(client.decide(gold_user(), "checkout"));
  CHECK_EQ(first, 3);
  CHECK(second <= 1);
  CHECK(alive.expired());
  CHECK_OK(client.remove_listener(id.value()));
  CHECK_FAILS(client.remove_listener(id.value()), Status::not_found);
  CHECK_OK(client.decide(gold_user(), "checkout"));
  CHECK_EQ(first, 3);

  auto refused = std::make_shared<int>(0);
  const std::weak_ptr<int> gone = refused;
  CHECK_FAILS(client.add_listener(static_cast<NotificationTypes>(64), [kept = std::move(refused)](const auto &) {}),
              Status::invalid_argument);
  CHECK(gone.expired());
}

#ifdef __cpp_exceptions
void throwing(const Collector &collector) {
  const opt::Client client = flags_client(collector);
  int calls = 0, after = 0;
  CHECK_OK(client.add_listener(NotificationTypes::all, [&](const NotificationView &) {
    calls++;
    throw std::runtime_error("the listener is broken");
  }));
  CHECK_OK(client.add_listener(NotificationTypes::all, [&](const NotificationView &) { after++; }));
  CHECK_OK(client.decide(gold_user(), "checkout"));
  CHECK_EQ(calls, 1);
  CHECK_EQ(after, 1);
}
#else
void throwing(const Collector &) {}
#endif

void pulled(const Collector &collector) {
  const auto client =
      opt::Client::create(flags_options(collector).notification_queue(NotificationTypes::log_event, 4)).value();
  CHECK_FAILS(client.next_notification(opt::Milliseconds(1)), Status::timeout);
  CHECK_OK(client.track(gold_user(), "purchase"));
  CHECK_OK(client.flush(patience));
  const auto next = client.next_notification(patience);
  CHECK_OK(next);
  CHECK_EQ(next.value().type(), NotificationTypes::log_event);
  CHECK_EQ(next.value().key(), collector.url());
  CHECK_EQ(parsed(next.value().payload()).text("httpVerb"), "POST");
}

} // namespace

int main() {
  const Collector collector;
  every_kind(collector);
  removal(collector);
  throwing(collector);
  pulled(collector);
  return check::done("notifications");
}
