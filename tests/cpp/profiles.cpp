/// User profile services made of callables of every kind: what they are asked, what they may answer, how they may fail,
/// and when they are destroyed; and the service that keeps its profiles in a directory.
#include <stdlib.h>

#include <filesystem>
#include <map>
#include <memory>
#include <stdexcept>

#include "check.hpp"
#include "flags.hpp"

using opt::DecideOptions;
using opt::Result;
using opt::Status;

namespace {

std::string split(const opt::Client &client, std::string_view id) {
  const auto user = opt::User::create(id);
  return std::string(client.decide(user.value(), "split").value().variation_key().value_or("none"));
}

/// What hashing gives.
std::string own_side(const Collector &collector, std::string_view id) { return split(flags_client(collector), id); }

std::string profile(std::string_view id, std::string_view variation_id) {
  std::string text = R"({"user_id":")";
  text.append(id).append(R"(","experiment_bucket_map":{"4002":{"variation_id":")").append(variation_id);
  return text.append(R"("}}})");
}

/// A store as a user would write it, shared by the lambdas and the test.
void a_store(const Collector &collector) {
  auto store = std::make_shared<std::map<std::string, std::string>>();
  const std::weak_ptr<std::map<std::string, std::string>> alive = store;
  {
    const auto lookup = [store](std::string_view id) -> std::optional<std::string> {
      const auto found = store->find(std::string(id));
      if (found == store->end())
        return std::nullopt;
      return found->second;
    };
    auto save = [kept = std::move(store)](std::string_view id, std::string_view text) {
      (*kept)[std::string(id)] = text;
    };
    const auto client =
        opt::Client::create(flags_options(collector).user_profile_service(lookup, std::move(save))).value();
    const std::string own = own_side(collector, "visitor");
    CHECK_EQ(split(client, "visitor"), own);
    CHECK_EQ(alive.lock()->size(), 1);
    CHECK_EQ(parsed(alive.lock()->at("visitor")).text("experiment_bucket_map.4002.variation_id"),
             own == "left" ? "6003" : "6004");
    (*alive.lock())["visitor"] = profile("visitor", own == "left" ? "6004" : "6003");
    CHECK_EQ(split(client, "visitor"), own == "left" ? "right" : "left");
    const auto ignored =
        client.decide(opt::User::create("visitor").value(), "split", DecideOptions::ignore_user_profile_service);
    CHECK_EQ(ignored.value().variation_key(), own);
  }
  CHECK(alive.expired());
}

/// Every type that a look-up may return, and what can't be copied.
void kinds_of_callables(const Collector &collector) {
  const std::string own = own_side(collector, "visitor");
  const std::string stored = profile("visitor", own == "left" ? "6004" : "6003");
  const std::string other = own == "left" ? "right" : "left";
  const auto decided = [&](auto lookup, auto save) {
    return split(
        opt::Client::create(flags_options(collector).user_profile_service(std::move(lookup), std::move(save))).value(),
        "visitor");
  };
  const auto save = [](std::string_view, std::string_view) {};
  CHECK_EQ(decided([&](std::string_view) { return stored; }, save), other);
  CHECK_EQ(decided([&](std::string_view) { return std::string_view(stored); }, save), other);
  CHECK_EQ(decided([&](std::string_view) { return stored.c_str(); }, save), other);
  CHECK_EQ(decided([](std::string_view) -> const char * { return nullptr; }, save), own);
  CHECK_EQ(decided([](std::string_view) { return std::nullopt; }, save), own);
  CHECK_EQ(decided([&](std::string_view) -> Result<std::string> { return stored; }, save), other);
  CHECK_EQ(decided([&](std::string_view) -> Result<std::optional<std::string>> { return std::optional(stored); }, save),
           other);
  CHECK_EQ(decided([](std::string_view) -> Result<std::string> { return opt::Error(Status::timeout, "away"); }, save),
           own);
  CHECK_EQ(decided([](std::string_view) { return std::nullopt; },
                   [](std::string_view, std::string_view) -> Result<void> { return opt::Error(Status::disk, "full"); }),
           own);
  auto only = std::make_unique<std::string>(stored);
  CHECK_EQ(decided([kept = std::move(only)](std::string_view) { return *kept; }, save), other);
  CHECK_EQ(decided(std::function<std::string(std::string_view)>([&](std::string_view) { return stored; }), save),
           other);
}

/// The callables are destroyed also where no client is made of them, and where others take their place.
void released() {
  auto first = std::make_shared<int>(0);
  auto second = std::make_shared<int>(0);
  const std::weak_ptr<int> ends[] = {first, second};
  {
    opt::Options options;
    const auto save = [](std::string_view, std::string_view) {};
    options.user_profile_service([kept = std::move(first)](std::string_view) { return std::nullopt; }, save);
    CHECK(!ends[0].expired());
    options.user_profile_service([kept = std::move(second)](std::string_view) { return std::nullopt; }, save);
    CHECK(ends[0].expired());
    CHECK_FAILS(opt::Client::create(std::move(options)), Status::invalid_argument);
  }
  CHECK(ends[1].expired());
}

#ifdef __cpp_exceptions
/// An exception costs the service, not the decision, and is logged in its own words.
void throwing(const Collector &collector) {
  std::string logged;
  int thrown = 0;
  const auto fail = [&](auto error) -> std::string {
    thrown++;
    throw error;
  };
  const auto client =
      opt::Client::create(flags_options(collector)
                              .log_level(opt::LogLevel::warning)
                              .logger([&](opt::LogLevel, std::string_view text) { logged.append(text).append("\n"); })
                              .user_profile_service(
                                  [&](std::string_view id) -> std::string {
                                    return id == "odd" ? fail(7) : fail(std::runtime_error("the database is away"));
                                  },
                                  [&](std::string_view, std::string_view) { fail(std::runtime_error("disk full")); }))
          .value();
  CHECK_EQ(split(client, "visitor"), own_side(collector, "visitor"));
  CHECK_EQ(split(client, "odd"), own_side(collector, "odd"));
  CHECK(thrown >= 2);
  CHECK(logged.find("the database is away") != std::string::npos);
  CHECK(logged.find("no std::exception") != std::string::npos);
}
#else
void throwing(const Collector &) {}
#endif

/// Two clients, one after the other, remember alike.
void directory(const Collector &collector) {
  std::string path = "/tmp/opttrack-profiles-XXXXXX";
  CHECK(mkdtemp(path.data()) != nullptr);
  std::string turned(flags_datafile);
  turned.replace(turned.find("\"entityId\":\"6003\",\"endOfRange\":5000"), 17, "\"entityId\":\"6004\"");
  turned.replace(turned.find("\"entityId\":\"6004\",\"endOfRange\":10000"), 17, "\"entityId\":\"6003\"");
  for (int i = 0; i < 20; i++) {
    const std::string id = "visitor-" + std::to_string(i);
    const auto first = opt::Client::create(flags_options(collector).user_profile_directory(path)).value();
    const std::string side = split(first, id);
    const auto second =
        opt::Client::create(flags_options(collector).datafile(turned).user_profile_directory(path)).value();
    CHECK_EQ(split(second, id), side);
    CHECK(split(opt::Client::create(flags_options(collector).datafile(turned)).value(), id) != side);
  }
  CHECK(std::filesystem::remove_all(path) > 1);
}

} // namespace

int main() {
  const Collector collector;
  a_store(collector);
  kinds_of_callables(collector);
  released();
  throwing(collector);
  directory(collector);
  return check::done("profiles");
}
