/// JSON for the worker: a tree that keeps whole numbers and doubles apart, and what it takes to write an answer.
#ifndef OPTTRACK_WORKER_JSON_HPP
#define OPTTRACK_WORKER_JSON_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// One value. A number without fraction and exponent that fits 64 bits is an integer, every other one a double.
class Json {
public:
  using Array = std::vector<Json>;
  using Member = std::pair<std::string, Json>;
  using Object = std::vector<Member>;
  using Held = std::variant<std::nullptr_t, bool, std::int64_t, double, std::string, Array, Object>;

  /// The value of a whole text; none if it is not JSON.
  static std::optional<Json> parse(std::string_view text);

  Json(Held held = nullptr) : held_(std::move(held)) {}

  /// What it is.
  const Held &held() const { return held_; }
  bool is_null() const { return std::holds_alternative<std::nullptr_t>(held_); }
  bool is_true() const { return std::holds_alternative<bool>(held_) && std::get<bool>(held_); }
  /// The members of an object or the items of an array in order; none for anything else.
  const Object &members() const;
  const Array &items() const;
  /// The text of a string; empty for anything else.
  std::string_view text() const;
  /// The member of an object with this name; null if there is none, which has() tells apart from a null.
  const Json &operator[](std::string_view name) const;
  bool has(std::string_view name) const;

  /// The value as JSON, at the end of `out`.
  void write(std::string &out) const;

private:
  Held held_;
};

/// A text as a JSON string, at the end of `out`; `none` writes null.
void write_text(std::string &out, std::optional<std::string_view> text);

/// A double so that it is read back as the same double.
void write_double(std::string &out, double number);

#endif
