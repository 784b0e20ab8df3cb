/// Assertions that count: a failed one prints where and what, and the program goes on to its last line.
#ifndef OPTTRACK_TESTS_CHECK_HPP
#define OPTTRACK_TESTS_CHECK_HPP

#include <cstdint>
#include <cstdio>
#include <optional>
#include <opttrack.hpp>
#include <string>
#include <string_view>
#include <type_traits>

/// True is a pass.
#define CHECK(condition) check::count((condition), __FILE__, __LINE__, #condition)

/// Both are equal; both are printed when they are not.
#define CHECK_EQ(actual, expected) check::equal((actual), (expected), __FILE__, __LINE__, #actual)

/// A call went well; its error is printed when it did not.
#define CHECK_OK(result) check::status((result).error(), opt::Status::ok, __FILE__, __LINE__, #result)

/// A call failed with this status; what it gave instead is printed.
#define CHECK_FAILS(result, expected) check::status((result).error(), (expected), __FILE__, __LINE__, #result)

namespace check {

inline int passed = 0;
inline int failed = 0;

inline bool count(bool held, const char *file, int line, std::string_view expression, const std::string &detail = {}) {
  (held ? passed : failed)++;
  if (!held)
    std::printf("FAILED %s:%d: %.*s%s\n", file, line, static_cast<int>(expression.size()), expression.data(),
                detail.c_str());
  return held;
}

inline std::string show(std::string_view text) { return '"' + std::string(text) + '"'; }
inline std::string show(opt::Status status) { return opt::status_name(status); }
inline std::string show(std::nullopt_t) { return "none"; }

template <class T>
std::string show(const T &value) {
  if constexpr (std::is_same_v<T, bool>)
    return value ? "true" : "false";
  else if constexpr (std::is_convertible_v<const T &, std::string_view>)
    return show(std::string_view(value));
  else if constexpr (std::is_enum_v<T>)
    return std::to_string(static_cast<std::int64_t>(value));
  else
    return std::to_string(value);
}

template <class T>
std::string show(const std::optional<T> &value) {
  return value ? show(*value) : "none";
}

template <class T>
constexpr bool is_whole = std::is_integral_v<T> && !std::is_same_v<T, bool>;

/// Whole numbers are compared by value, whatever their types.
template <class Actual, class Expected>
bool same(const Actual &actual, const Expected &expected) {
  if constexpr (is_whole<Actual> && is_whole<Expected>)
    return (actual < 0) == (expected < 0) && static_cast<std::uint64_t>(actual) == static_cast<std::uint64_t>(expected);
  else
    return actual == expected;
}

template <class Actual, class Expected>
bool equal(const Actual &actual, const Expected &expected, const char *file, int line, const char *expression) {
  const bool held = same(actual, expected);
  return count(held, file, line, expression, held ? "" : " is " + show(actual) + ", not " + show(expected));
}

inline bool status(const opt::Error &actual, opt::Status expected, const char *file, int line, const char *expression) {
  const bool held = actual.status() == expected;
  return count(held, file, line, expression,
               held ? "" : " gave " + show(actual.status()) + " (" + actual.what() + "), not " + show(expected));
}

/// Prints `name: N passed, N failed`; the exit status of the program. No check at all is a failure too.
inline int done(const char *name) {
  failed += passed + failed == 0;
  std::printf("%s: %d passed, %d failed\n", name, passed, failed);
  return failed == 0 ? 0 : 1;
}

} // namespace check

#endif
