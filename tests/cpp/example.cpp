/// Runs the C++ quick start as a user would, on a datafile in a file, and checks what it prints and what arrives.
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "check.hpp"
#include "support.hpp"

namespace {

struct Run {
  std::string output;
  int status;
};

Run run(const std::string &command) {
  Run result{"", -1};
  if (FILE *pipe = popen(command.c_str(), "r")) {
    std::array<char, 256> part;
    while (const std::size_t got = std::fread(part.data(), 1, part.size(), pipe))
      result.output.append(part.data(), got);
    result.status = pclose(pipe);
  }
  return result;
}

} // namespace

int main() {
  const char *quickstart = std::getenv("OPT_QUICKSTART");
  if (!CHECK(quickstart != nullptr))
    return check::done("example");
  const Collector collector;
  std::string datafile = "/tmp/opttrack-quickstart-XXXXXX";
  const int file = mkstemp(datafile.data());
  CHECK(file >= 0);
  close(file);
  std::ofstream(datafile) << shop_datafile;

  const Run good = run(std::string(quickstart) + " " + datafile + " " + std::string(collector.url()) + " 2>&1");
  CHECK_EQ(good.output, "variation: green\ndelivered: 2\n");
  CHECK_EQ(good.status, 0);
  CHECK_EQ(collector.stat("impressions"), 1);
  CHECK_EQ(collector.stat("conversions"), 1);
  CHECK_EQ(collector.batches().text("[0].body.visitors[1].snapshots[0].events[0].revenue"), "4999");

  const Run bad = run(std::string(quickstart) + " /dev/null " + std::string(collector.url()) + " 2>&1");
  CHECK(bad.output.find("OPT_STATUS_INVALID_ARGUMENT") != std::string::npos);
  CHECK(bad.status != 0);
  unlink(datafile.c_str());
  return check::done("example");
}
