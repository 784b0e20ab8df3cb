/// The quick start in C++: decide a variation, count a purchase, deliver both. `quickstart DATAFILE [COLLECTOR-URL]`
///
///   c++ -std=c++17 quickstart.cpp $(pkg-config --cflags --libs opttrack) -o quickstart
#include <cinttypes>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <opttrack.hpp>
#include <string>

static opt::Result<void> run(std::string_view datafile, std::string_view collector_url) {
  opt::Options options;
  options.datafile(datafile);
  if (!collector_url.empty())
    options.event_endpoint(collector_url);

  const auto client = opt::Client::create(std::move(options));
  if (!client)
    return client.error();
  const auto user = opt::User::create("visitor-1", {{"plan", "gold"}, {"age", 34}});
  if (!user)
    return user.error();

  // The decision is the visitor's from here on; its impression is on the way.
  const auto decision = client.value().activate(user.value(), "checkout_button");
  if (!decision)
    return decision.error();
  const std::string variation(decision.value().variation_key().value_or("none"));
  std::printf("variation: %s\n", variation.c_str());

  const auto tracked = client.value().track(user.value(), "purchase", {{"revenue", 4999}, {"currency", "EUR"}});
  if (!tracked)
    return tracked;

  // Without close the destructor would not wait for what is on the way.
  const auto closed = client.value().close(std::chrono::seconds(5));
  if (!closed)
    return closed;
  const auto stats = client.value().stats();
  if (!stats)
    return stats.error();
  std::printf("delivered: %" PRIu64 "\n", stats.value().delivered);
  return {};
}

int main(int count, char **arguments) {
  if (count < 2) {
    std::fprintf(stderr, "usage: quickstart DATAFILE [COLLECTOR-URL]\n");
    return 2;
  }
  std::ifstream file(arguments[1], std::ios::binary);
  const std::string datafile{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const auto done = run(datafile, count > 2 ? arguments[2] : "");
  if (!done)
    std::fprintf(stderr, "%s: %s\n", opt::status_name(done.error().status()), done.error().what());
  return done ? 0 : 1;
}
