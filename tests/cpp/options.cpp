/// Making a client: what options refuse and who says so, and the log sink: levels, exceptions, and its end.
#include <memory>
#include <stdexcept>
#include <vector>

#include "check.hpp"
#include "support.hpp"

using opt::Client;
using opt::LogLevel;
using opt::Options;
using opt::Status;
using std::chrono::hours;
using std::chrono::seconds;

namespace {

constexpr opt::Milliseconds two_to_the_32{std::int64_t{1} << 32};

Options quiet() { return Options().datafile(shop_datafile).log_level(LogLevel::off); }

void every_option() {
  CHECK_OK(Client::create(quiet()
                              .event_endpoint("http://127.0.0.1:1/v1/events")
                              .batch_size(1)
                              .flush_interval(hours(24))
                              .timeouts(seconds(1), seconds(600))
                              .retry_delays(opt::Milliseconds(1), hours(1))
                              .queue_limit(64 * 1024, 10)
                              .client_name("wrapper", "1.0")
                              .logger(nullptr)));

  Options options;
  options.datafile(shop_datafile).log_level(LogLevel::off);
  options.batch_size(10);
  CHECK_OK(Client::create(std::move(options)));
  CHECK_FAILS(Client::create(std::move(options)), Status::invalid_argument);
}

void refusals() {
  CHECK_FAILS(Client::create(Options().log_level(LogLevel::off)), Status::invalid_argument);
  CHECK_FAILS(Client::create(quiet().datafile("")), Status::invalid_argument);
  CHECK_FAILS(Client::create(quiet().flush_interval(hours(25))), Status::invalid_argument);
  // Cut to 32 bits both would be a second.
  CHECK_FAILS(Client::create(quiet().flush_interval(seconds(1) - two_to_the_32)), Status::invalid_argument);
  CHECK_FAILS(Client::create(quiet().flush_interval(seconds(1) + two_to_the_32)), Status::invalid_argument);
  CHECK_FAILS(Client::create(quiet().timeouts(seconds(0), seconds(1))), Status::invalid_argument);
  CHECK_FAILS(Client::create(quiet().retry_delays(seconds(2), seconds(1))), Status::invalid_argument);
  CHECK_FAILS(Client::create(quiet().queue_limit(1)), Status::invalid_argument);
  CHECK_FAILS(Client::create(quiet().client_name("", "1")), Status::invalid_argument);
  CHECK_FAILS(Client::create(quiet().event_endpoint("ftp://shop")), Status::invalid_argument);
  CHECK_FAILS(Client::create(quiet().log_level(static_cast<LogLevel>(9))), Status::invalid_argument);

  const auto both = Client::create(quiet().batch_size(1001).flush_interval(seconds(0)));
  CHECK_FAILS(both, Status::invalid_argument);
  CHECK(both.error().message().find("batch_size") != std::string_view::npos);
  CHECK(both.error().message().find("flush_interval") != std::string_view::npos);

  // The first text that is not UTF-8 is remembered, also where a later call would mend it.
  const auto text = Client::create(quiet().event_endpoint("http://\xff").event_endpoint("http://127.0.0.1:1/"));
  CHECK_FAILS(text, Status::invalid_utf8);
}

void bad_datafiles() {
  const auto cut = Client::create(quiet().datafile(R"({"version": "4", "experiments": [)"));
  CHECK_FAILS(cut, Status::invalid_datafile);
  const auto wrong = Client::create(quiet().datafile(R"({"version": "4", "experiments": [{"id": 7, "key": []}]})"));
  CHECK_FAILS(wrong, Status::invalid_datafile);
  CHECK_EQ(wrong.error().place(), "experiments[0].key");

  const Client client = Client::create(quiet()).value();
  CHECK_FAILS(client.set_datafile("[]"), Status::invalid_datafile);
  CHECK_OK(client.get_variation(opt::User::create("visitor-1").value(), "checkout_button"));
}

void log_sink() {
  struct Message {
    LogLevel level;
    std::string text;
  };
  auto messages = std::make_shared<std::vector<Message>>();
  const std::weak_ptr<std::vector<Message>> alive = messages;
  {
    const Client client =
        Client::create(Options()
                           .datafile(shop_datafile)
                           .logger([kept = std::move(messages)](LogLevel level, std::string_view text) {
                             kept->push_back({level, std::string(text)});
                           }))
            .value();
    const std::size_t before = alive.lock()->size();
    CHECK_FAILS(client.track(opt::User::create("visitor-1").value(), "perchase"), Status::unknown_event);
    CHECK_EQ(alive.lock()->size(), before + 1);
    CHECK_EQ(alive.lock()->back().level, LogLevel::error);
    CHECK(alive.lock()->back().text.find("perchase") != std::string::npos);
  }
  CHECK(alive.expired());
}

/// The sink is destroyed also where no client is made of it, and where another takes its place.
void log_sink_released() {
  auto first = std::make_shared<int>(0);
  auto second = std::make_shared<int>(0);
  const std::weak_ptr<int> ends[] = {first, second};
  {
    Options options;
    options.logger([kept = std::move(first)](LogLevel, std::string_view) {});
    options.logger([kept = std::move(second)](LogLevel, std::string_view) {});
    CHECK(ends[0].expired());
    CHECK(!ends[1].expired());
    CHECK_FAILS(Client::create(std::move(options)), Status::invalid_argument);
  }
  CHECK(ends[1].expired());
}

#ifdef __cpp_exceptions
void log_sink_throws() {
  int calls = 0;
  const Client client = Client::create(Options().datafile(shop_datafile).logger([&calls](LogLevel, std::string_view) {
                          calls++;
                          throw std::runtime_error("the sink is broken");
                        })).value();
  const int before = calls;
  CHECK_FAILS(client.track(opt::User::create("visitor-1").value(), "perchase"), Status::unknown_event);
  CHECK_EQ(calls, before + 1);
}
#else
void log_sink_throws() {}
#endif

} // namespace

int main() {
  every_option();
  refusals();
  bad_datafiles();
  log_sink();
  log_sink_released();
  log_sink_throws();
  return check::done("options");
}
