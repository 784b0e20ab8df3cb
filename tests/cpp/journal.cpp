/// The journal: what was accepted survives a kill and a close, by uuid; what is given up is counted and notified.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <thread>
#include <vector>

#include "check.hpp"
#include "flags.hpp"
#include "journal.hpp"

using opt::JournalKind;
using opt::NotificationTypes;
using opt::NotificationView;
using opt::Status;
using std::chrono::hours;
using std::chrono::milliseconds;

namespace {

opt::User visitor(std::string_view id = "visitor-1") { return opt::User::create(id).value(); }

void check_balance(const opt::Stats &stats) {
  CHECK_EQ(stats.accepted + stats.recovered, stats.delivered + stats.pending + stats.dead_lettered + stats.dropped);
}

opt::Client journal_client(const Collector &collector, const Folder &folder, JournalKind kind = JournalKind::written) {
  return opt::Client::create(shop_options(collector).journal(folder.path(), kind)).value();
}

/// Flushes until the condition holds; what others have left is taken over on the delivery thread.
template <class Condition>
bool flush_until(const opt::Client &client, Condition holds) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (!holds()) {
    if (!client.flush(patience) || std::chrono::steady_clock::now() > end)
      return false;
    std::this_thread::sleep_for(milliseconds(1));
  }
  return true;
}

/// Tracks without end, and writes the number of each event that was accepted. Runs in a child that is killed.
[[noreturn]] void track_until_killed(const Collector &collector, const Folder &folder, JournalKind kind, int out) {
  const auto client =
      opt::Client::create(
          shop_options(collector).journal(folder.path(), kind).batch_size(10).flush_interval(milliseconds(1)))
          .value();
  const opt::User user = visitor();
  for (unsigned number = 0;; number++)
    if (client.track_at(user, "purchase", {{"number", number}}, std::chrono::system_clock::now(), uuid_of(number)))
      if (write(out, &number, sizeof number) != sizeof number)
        _exit(1);
}

/// Kills a child in full traffic; the next client of the folder delivers all that the child was told was accepted.
void killed(JournalKind kind) {
  constexpr unsigned enough = 2000;
  const Collector collector;
  const Folder folder;
  // Most of it can't be delivered before the kill.
  collector.faults(R"([{"kind":"status","status":503,"skip":20}])");
  int ends[2];
  CHECK_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0)
    track_until_killed(collector, folder, kind, ends[1]);
  close(ends[1]);
  std::set<std::string> accepted;
  unsigned number = 0;
  while (read(ends[0], &number, sizeof number) == sizeof number) {
    accepted.insert(uuid_of(number));
    if (accepted.size() == enough)
      CHECK_EQ(kill(child, SIGKILL), 0);
  }
  close(ends[0]);
  int status = 0;
  CHECK_EQ(waitpid(child, &status, 0), child);
  CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  CHECK(accepted.size() >= enough);
  collector.faults("[]");

  const opt::Client next = journal_client(collector, folder, kind);
  CHECK(flush_until(next, [&] { return uuids(collector).size() >= accepted.size(); }));
  CHECK_OK(next.close(patience));
  const std::set<std::string> received = uuids(collector);
  CHECK(std::includes(received.begin(), received.end(), accepted.begin(), accepted.end()));
  // The one whose number could not be written any more.
  CHECK(received.size() <= accepted.size() + 1);
  CHECK_EQ(collector.stat("conflicting"), 0);
  const opt::Stats stats = next.stats().value();
  CHECK_EQ(stats.accepted, 0);
  CHECK(stats.recovered > 1000);
  CHECK_EQ(stats.delivered, stats.recovered);
  check_balance(stats);
}

/// A close that can't deliver leaves everything on the disk, and the directory to the next.
void left_behind() {
  const Collector collector;
  const Folder folder;
  collector.faults(R"([{"kind":"status","status":503}])");
  {
    const opt::Client client = journal_client(collector, folder);
    for (unsigned number = 0; number < 7; number++)
      CHECK_OK(client.track_at(visitor(), "purchase", {}, opt::Time(milliseconds(1)), uuid_of(number)));
    std::uint64_t left = 0;
    CHECK_FAILS(client.close(milliseconds(0), &left), Status::timeout);
    CHECK_EQ(left, 7);
    CHECK_EQ(client.stats().value().is_durable, 1);
  }
  CHECK_EQ(collector.stat("unique"), 0);
  collector.faults("[]");
  const opt::Client next = journal_client(collector, folder);
  CHECK(flush_until(next, [&] { return next.stats().value().recovered == 7; }));
  CHECK_OK(next.close(patience));
  CHECK_EQ(uuids(collector).size(), 7);
  CHECK_EQ(uuids(collector).count(uuid_of(6)), 1);
}

struct Told {
  NotificationTypes type;
  std::string key, payload;
};

/// The server refuses one visitor's events for good: they are set aside and told, all others arrive.
void dead_letters() {
  const Collector collector;
  const Folder folder;
  collector.faults(R"([{"kind":"poison","visitor":"poison"}])");
  const auto client =
      opt::Client::create(
          shop_options(collector).journal(folder.path()).notification_queue(NotificationTypes::dead_letter, 10))
          .value();
  std::vector<Told> heard;
  CHECK_OK(client.add_listener(NotificationTypes::dead_letter, [&](const NotificationView &view) {
    heard.push_back({view.type, std::string(view.key), std::string(view.payload)});
  }));
  CHECK_OK(client.track(visitor("fine"), "purchase"));
  CHECK_OK(client.track_at(visitor("poison"), "newsletter", {}, opt::Time(milliseconds(1)), uuid_of(1)));
  CHECK_OK(client.flush(patience));
  const auto pulled = client.next_notification(patience);
  CHECK_OK(pulled);
  CHECK_EQ(pulled.value().type(), NotificationTypes::dead_letter);
  CHECK_OK(client.close(patience));
  CHECK_EQ(heard.size(), 1);
  CHECK_EQ(heard[0].key, "newsletter");
  CHECK_EQ(heard[0].payload, pulled.value().payload());
  const Document payload = parsed(heard[0].payload);
  CHECK_EQ(payload.text("uuid"), uuid_of(1));
  CHECK_EQ(payload.text("key"), "newsletter");
  CHECK_EQ(payload.text("httpStatus"), "400");
  const opt::Stats stats = client.stats().value();
  CHECK_EQ(stats.dead_lettered, 1);
  CHECK(stats.dead_letter_bytes > 0);
  CHECK_EQ(stats.delivered, 1);
  check_balance(stats);
  CHECK_EQ(collector.stat("unique"), 1);
}

/// Consent withdrawn: by one visitor, then by all; each drop is told.
void given_up() {
  const Collector collector;
  const Folder folder;
  const opt::Client client = journal_client(collector, folder);
  std::vector<Told> heard;
  CHECK_OK(client.add_listener(NotificationTypes::drop, [&](const NotificationView &view) {
    heard.push_back({view.type, std::string(view.key), std::string(view.payload)});
  }));
  for (unsigned number = 0; number < 6; number++)
    CHECK_OK(client.track_at(visitor(number % 3 == 0 ? "leaver" : "other"), "purchase", {}, opt::Time(milliseconds(1)),
                             uuid_of(number)));
  CHECK_EQ(client.purge_visitor("leaver").value(), 2);
  CHECK_EQ(client.purge_visitor("nobody").value(), 0);
  CHECK_EQ(client.stats().value().dropped_purged, 2);
  CHECK_EQ(client.stats().value().pending, 4);
  CHECK_EQ(client.discard().value(), 4);
  CHECK_EQ(client.discard().value(), 0);
  opt::Stats stats = client.stats().value();
  CHECK_EQ(stats.dropped_discarded, 4);
  CHECK_EQ(stats.dropped, 6);
  CHECK_EQ(stats.pending, 0);
  check_balance(stats);
  std::set<std::string> told;
  for (const Told &one : heard)
    told.emplace(parsed(one.payload).text("uuid"));
  CHECK_EQ(told.size(), 6);
  CHECK_EQ(told.count(uuid_of(5)), 1);
  CHECK_OK(client.close(patience));
  CHECK_EQ(collector.stat("posts"), 0);
}

/// Events that are too old when their turn comes are dropped.
void expired() {
  const Collector collector;
  const auto client = opt::Client::create(shop_options(collector).max_age(hours(1))).value();
  CHECK_OK(client.track_at(visitor(), "purchase", {}, std::chrono::system_clock::now() - hours(2), uuid_of(1)));
  CHECK_OK(client.track_at(visitor(), "purchase", {}, std::chrono::system_clock::now(), uuid_of(2)));
  CHECK_OK(client.close(patience));
  CHECK_EQ(client.stats().value().dropped_expired, 1);
  CHECK(uuids(collector) == std::set<std::string>{uuid_of(2)});
}

void books_of_the_disk() {
  const Collector collector;
  const Folder folder;
  const auto client = opt::Client::create(shop_options(collector)
                                              .journal(folder.path())
                                              .durability(opt::Durability::system)
                                              .journal_limits(1 << 20, 1 << 20))
                          .value();
  CHECK_OK(client.track(visitor(), "purchase"));
  CHECK_OK(client.sync(patience));
  opt::Stats stats = client.stats().value();
  CHECK_EQ(stats.journal(), JournalKind::written);
  CHECK_EQ(stats.is_durable, 1);
  CHECK_EQ(stats.disk_errno, 0);
  CHECK(stats.journal_bytes >= stats.pending_bytes && stats.pending_bytes > 0);
  CHECK_EQ(std::filesystem::status(folder.path()).permissions(), std::filesystem::perms::owner_all);
  CHECK_OK(client.close(patience));

  const opt::Client memory = shop_client(collector);
  CHECK_EQ(memory.stats().value().journal(), JournalKind::memory);
  CHECK_FAILS(memory.sync(patience), Status::not_supported);
}

void refusals() {
  const Collector collector;
  const Folder folder;
  const auto refused = [&](opt::Options options) {
    CHECK_FAILS(opt::Client::create(std::move(options)), Status::invalid_argument);
  };
  refused(shop_options(collector).journal(""));
  refused(shop_options(collector).journal(folder.path(), JournalKind::memory));
  refused(shop_options(collector).journal(folder.path()).durability(static_cast<opt::Durability>(2)));
  refused(shop_options(collector).journal(folder.path()).journal_limits(1, 0));
  refused(shop_options(collector).max_age(milliseconds(-1)));
  CHECK_FAILS(opt::Client::create(shop_options(collector).journal("/proc/version/journal")), Status::disk);
}

} // namespace

int main() {
  killed(JournalKind::written);
  killed(JournalKind::mapped);
  left_behind();
  dead_letters();
  given_up();
  expired();
  books_of_the_disk();
  refusals();
  return check::done("journal");
}
