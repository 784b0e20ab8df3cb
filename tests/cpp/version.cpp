/// A library of another version than the header: this program brings its own opt_version, and no client is made.
#include <string>

#include "check.hpp"
#include "datafile.hpp"

static std::string pretended;

extern "C" opt_str opt_version(void) { return {pretended.data(), pretended.size()}; }

namespace {

opt::Result<opt::Client> create_under(std::string_view version) {
  pretended = version;
  return opt::Client::create(opt::Options().datafile(shop_datafile).log_level(opt::LogLevel::off));
}

void refused(std::string_view version) {
  const auto client = create_under(version);
  CHECK_FAILS(client, opt::Status::not_supported);
  CHECK(client.error().message().find(version) != std::string_view::npos);
  CHECK(client.error().message().find(OPT_VERSION) != std::string_view::npos);
  CHECK_EQ(client.error().place(), "version");
}

} // namespace

int main() {
  const std::string ours = std::to_string(OPT_VERSION_MAJOR) + "." + std::to_string(OPT_VERSION_MINOR) + ".";
  CHECK_OK(create_under(ours + "0"));
  CHECK_OK(create_under(ours + "987"));
  refused("99.1.0");
  refused(std::to_string(OPT_VERSION_MAJOR) + ".99.0");
  refused(std::to_string(OPT_VERSION_MAJOR) + "." + std::to_string(OPT_VERSION_MINOR) + "7.0");
  CHECK_EQ(opt::version(), std::to_string(OPT_VERSION_MAJOR) + "." + std::to_string(OPT_VERSION_MINOR) + "7.0");
  return check::done("version");
}
