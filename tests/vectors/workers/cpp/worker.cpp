/// Answers one question a line, as tests/vectors/WORKER.md says, by way of opttrack.hpp: a client of its own for each.
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <opttrack.hpp>
#include <string>

#include "calls.hpp"
#include "json.hpp"

namespace {

constexpr std::chrono::seconds patience{10};

/// A file's bytes, read once.
const std::string &contents_of(const std::string &path) {
  static std::map<std::string, std::string> files;
  const auto [entry, is_new] = files.try_emplace(path);
  if (is_new) {
    std::ifstream file(path, std::ios::binary);
    entry->second.assign(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return entry->second;
}

/// Whole milliseconds or events of a question.
std::int64_t number(const Json &question, std::string_view name, std::int64_t otherwise) {
  const std::int64_t *found = std::get_if<std::int64_t>(&question[name].held());
  return found ? *found : otherwise;
}

/// Options as the question wants them; what the profile service is given to save goes to `saved`.
opt::Options options_of(const Json &question, std::string &saved) {
  opt::Options options;
  options.datafile(contents_of(std::string(question["datafile"].text())))
      .event_endpoint(question["endpoint"].text())
      .batch_size(static_cast<std::uint32_t>(number(question, "batch_size", 1)))
      .flush_interval(opt::Milliseconds(number(question, "flush_interval_ms", 86400000)))
      .log_level(opt::LogLevel::off);
  if (question.has("cmab_endpoint"))
    options.cmab_endpoint(question["cmab_endpoint"].text());
  if (question.has("profile"))
    options.user_profile_service(
        [&question](std::string_view id) -> std::optional<std::string> {
          if (question["profile"].is_null() || id != question["profile_user"].text())
            return std::nullopt;
          std::string profile;
          question["profile"].write(profile);
          return profile;
        },
        [&saved](std::string_view, std::string_view profile) { saved = profile; });
  return options;
}

/// Sets or removes one forced variation; was it taken?
bool force(const opt::Client &client, const Json::Array &forced) {
  const std::string_view experiment = forced.at(0).text(), user = forced.at(1).text();
  if (forced.at(2).is_null())
    return client.remove_forced_variation(experiment, user).has_value();
  return client.set_forced_variation(experiment, user, forced.at(2).text()).has_value();
}

std::string refused(const opt::Error &error) {
  std::string out = R"({"refused":{"status":)";
  write_text(out, short_name(error.status()));
  out += R"(,"message":)";
  write_text(out, error.message());
  return out += "}}";
}

/// In place of an answer: something that should have worked did not.
std::string problem(std::string_view what) {
  std::string out = R"({"problem":)";
  write_text(out, what);
  return out += '}';
}

std::string answer(const Json &question) {
  std::string saved;
  const auto made = opt::Client::create(options_of(question, saved));
  if (!made)
    return refused(made.error());
  const opt::Client &client = made.value();
  std::string out = R"({"set":[)", comma;
  for (const Json &forced : question["forced_variations"].items()) {
    out.append(comma).append(force(client, forced.items()) ? "true" : "false");
    comma = ",";
  }
  out += R"(],"answers":[)";
  comma.clear();
  for (const Json &call : question["calls"].items()) {
    out += comma;
    make_call(client, call, out);
    comma = ",";
  }
  out += ']';
  const auto flushed = question["flush"].is_true() ? client.flush(patience) : opt::Result<void>();
  if (!flushed)
    return problem(flushed.error().message());
  if (const auto closed = client.close(patience); !closed)
    return problem(closed.error().message());
  if (!saved.empty())
    out.append(R"(,"saved":)").append(saved);
  return out += '}';
}

} // namespace

int main() {
  std::string line;
  while (std::getline(std::cin, line)) {
    const auto question = Json::parse(line);
    std::cout << (question ? answer(*question) : problem("the question is not JSON")) << std::endl;
  }
  return 0;
}
