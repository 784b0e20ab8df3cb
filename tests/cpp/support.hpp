/// The collector and its JSON for C++ tests: owners over the support of the C tests, and clients of a small shop.
#ifndef OPTTRACK_TESTS_SUPPORT_HPP
#define OPTTRACK_TESTS_SUPPORT_HPP

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include <chrono>
#include <memory>
#include <opttrack.hpp>
#include <string>
#include <string_view>

#include "datafile.hpp"

/// The C names, in a place of their own; what these headers include is included above, outside of it.
namespace c {
extern "C" {
#include "../c/collector.h"
#include "../c/json.h"
}
} // namespace c

/// Longer than anything takes that goes well.
constexpr std::chrono::seconds patience{60};

/// A parsed JSON text; paths as json_at has them.
class Document {
public:
  explicit Document(c::json *owned) : root_(owned) {}

  /// The text of a string, the digits of a number, `true`, `false`, `null`, or `(none)`.
  std::string_view text(const std::string &path) const {
    const c::json *found = c::json_at(root_.get(), path.c_str());
    if (!found || !found->text)
      return "(none)";
    return {found->text, found->length};
  }

  long long integer(const std::string &path) const { return c::json_int(root_.get(), path.c_str()); }
  std::size_t count(const std::string &path) const { return c::json_count(root_.get(), path.c_str()); }

  /// The names of an object's members in order, each followed by a blank.
  std::string names(const std::string &path) const {
    std::string result;
    const c::json *found = c::json_at(root_.get(), path.c_str());
    for (std::size_t i = 0; found && i < found->count; i++)
      result.append(found->items[i].name, found->items[i].name_length).append(" ");
    return result;
  }

private:
  struct Free {
    void operator()(c::json *value) const { c::json_free(value); }
  };
  std::unique_ptr<c::json, Free> root_;
};

/// A collector process of its own, ended with this object. Make it before any thread.
class Collector {
public:
  Collector() : server_(c::collector_start()) {}
  Collector(const Collector &) = delete;
  Collector &operator=(const Collector &) = delete;
  ~Collector() { c::collector_stop(&server_); }

  /// Where events are posted.
  std::string_view url() const { return server_.events_url; }
  /// A count of its stats, by name.
  long long stat(const char *name) const { return c::collector_stat(&server_, name); }
  /// Every accepted post, in order.
  Document batches() const { return Document(c::collector_batches(&server_)); }
  /// Puts these faults in force in place of all others: a JSON array.
  void faults(const char *json) const { c::collector_faults(&server_, json); }

private:
  c::collector server_;
};

/// Options for the shop at a collector: events wait for a flush rather than for time, and nothing is logged.
inline opt::Options shop_options(const Collector &collector) {
  return opt::Options()
      .datafile(shop_datafile)
      .event_endpoint(collector.url())
      .flush_interval(std::chrono::hours(1))
      .log_level(opt::LogLevel::off);
}

/// A client of the shop at a collector.
inline opt::Client shop_client(const Collector &collector) {
  return opt::Client::create(shop_options(collector)).value();
}

#endif
