/// What tests of a journal share: folders that go with the test, uuids of its own, and what the collector has of them.
#ifndef OPTTRACK_TESTS_JOURNAL_HPP
#define OPTTRACK_TESTS_JOURNAL_HPP

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>

#include "support.hpp"

/// A folder of its own, removed with this object.
class Folder {
public:
  Folder() {
    std::string path = (std::filesystem::temp_directory_path() / "opttrack-XXXXXX").string();
    if (!mkdtemp(path.data()))
      std::abort();
    path_ = path;
  }
  Folder(const Folder &) = delete;
  Folder &operator=(const Folder &) = delete;
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  /// Its path.
  const std::string &path() const { return path_; }

private:
  std::string path_;
};

/// The uuid that a test gives its event number `number`.
inline std::string uuid_of(unsigned number) {
  char text[37];
  std::snprintf(text, sizeof text, "00000000-0000-4000-8000-%012x", number);
  return text;
}

/// The uuids that the collector has, each once.
inline std::set<std::string> uuids(const Collector &collector) {
  std::set<std::string> result;
  const Document posts = collector.batches();
  for (std::size_t post = 0; post < posts.count(""); post++) {
    const std::string visitors = "[" + std::to_string(post) + "].body.visitors";
    for (std::size_t visitor = 0; visitor < posts.count(visitors); visitor++)
      result.emplace(posts.text(visitors + "[" + std::to_string(visitor) + "].snapshots[0].events[0].uuid"));
  }
  return result;
}

#endif
