/// The quick start of the header, as it stands there, runs: the script takes it out of the comment.
#include "quick_start.inc"

#include "check.hpp"
#include "support.hpp"

int main() {
  const Collector collector;
  CHECK_OK(run(shop_datafile, collector.url()));
  CHECK_EQ(collector.stat("impressions"), 1);
  CHECK_EQ(collector.batches().text("[0].body.visitors[1].snapshots[0].events[0].revenue"), "4999");
  CHECK_FAILS(run("{}", collector.url()), opt::Status::invalid_datafile);
  return check::done("header_quick_start");
}
