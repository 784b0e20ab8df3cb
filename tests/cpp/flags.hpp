/// The project of flags and the prediction service of the C tests, for C++ tests.
#ifndef OPTTRACK_TESTS_FLAGS_HPP
#define OPTTRACK_TESTS_FLAGS_HPP

#include <pthread.h>

#include "support.hpp"

namespace c {
extern "C" {
#include "../c/flags.h"
#include "../c/predictor.h"
}
} // namespace c

inline constexpr std::string_view flags_datafile = FLAGS;

/// The same project at another revision.
inline constexpr std::string_view flags_datafile_8 = FLAGS_AT("8");

/// Options for the project of flags at a collector: events wait for a flush, and nothing is logged.
inline opt::Options flags_options(const Collector &collector) {
  return shop_options(collector).datafile(flags_datafile);
}

/// A client of the project of flags.
inline opt::Client flags_client(const Collector &collector) {
  return opt::Client::create(flags_options(collector)).value();
}

/// A visitor of the gold plan, whom the audience of `checkout` lets in.
inline opt::User gold_user(std::string_view id = "visitor") {
  return opt::User::create(id, {{"plan", "gold"}}).value();
}

/// A JSON text of the library.
inline Document parsed(std::string_view text) { return Document(c::json_parse(text.data(), text.size())); }

/// A prediction service of its own, ended with this object.
class Predictor {
public:
  Predictor() { c::predictor_start(&server_); }
  Predictor(const Predictor &) = delete;
  Predictor &operator=(const Predictor &) = delete;
  ~Predictor() { c::predictor_stop(&server_); }

  /// Where the library is to ask.
  std::string_view url_template() const { return server_.url_template; }
  /// What every request gets from now on.
  void answer(int status, const char *variation) { c::predictor_answer(&server_, status, variation); }
  /// The number of requests so far.
  int requests() { return c::predictor_requests(&server_); }
  /// The body of the last request; its path is put into `path`.
  Document last(std::string &path) {
    char got[sizeof server_.path];
    Document body(c::predictor_last(&server_, got));
    path = got;
    return body;
  }

private:
  c::predictor server_;
};

#endif
