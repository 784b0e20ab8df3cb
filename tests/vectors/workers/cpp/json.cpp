/// Reads and writes JSON for the worker.
#include "json.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>

namespace {

constexpr std::size_t deepest = 512;

/// Reads one text from front to back. After a failure nothing more is read.
class Reader {
public:
  explicit Reader(std::string_view text) : rest_(text) {}

  std::optional<Json> read_whole() {
    Json value = read_value(0);
    skip_space();
    return failed_ || !rest_.empty() ? std::nullopt : std::optional(std::move(value));
  }

private:
  Json fail() {
    failed_ = true;
    rest_ = {};
    return {};
  }

  void skip_space() {
    const std::size_t start = rest_.find_first_not_of(" \t\r\n");
    rest_.remove_prefix(start == std::string_view::npos ? rest_.size() : start);
  }

  /// Takes a word that comes next, white space before it left out.
  bool take(std::string_view word) {
    skip_space();
    const bool comes = rest_.substr(0, word.size()) == word;
    if (comes)
      rest_.remove_prefix(word.size());
    return comes;
  }

  Json read_value(std::size_t depth) {
    if (depth > deepest)
      return fail();
    if (take("null"))
      return {};
    if (take("true"))
      return Json(true);
    if (take("false"))
      return Json(false);
    if (take("\""))
      return Json(read_text());
    if (take("["))
      return read_array(depth);
    if (take("{"))
      return read_object(depth);
    return read_number();
  }

  Json read_array(std::size_t depth) {
    Json::Array items;
    if (take("]"))
      return Json(std::move(items));
    do
      items.push_back(read_value(depth + 1));
    while (take(","));
    return take("]") ? Json(std::move(items)) : fail();
  }

  Json read_object(std::size_t depth) {
    Json::Object members;
    if (take("}"))
      return Json(std::move(members));
    do {
      if (!take("\""))
        return fail();
      std::string name = read_text();
      if (!take(":"))
        return fail();
      members.emplace_back(std::move(name), read_value(depth + 1));
    } while (take(","));
    return take("}") ? Json(std::move(members)) : fail();
  }

  Json read_number() {
    const std::size_t end = rest_.find_first_not_of("+-0123456789.eE");
    const std::string_view digits = rest_.substr(0, end);
    const char *const last = digits.data() + digits.size();
    std::int64_t whole = 0;
    rest_.remove_prefix(digits.size());
    if (const auto read = std::from_chars(digits.data(), last, whole); read.ec == std::errc() && read.ptr == last)
      return Json(whole);
    // Not from_chars, which gives nothing for what is out of a double's range.
    const std::string copy(digits);
    char *end_read = nullptr;
    const double number = std::strtod(copy.c_str(), &end_read);
    return !copy.empty() && *end_read == '\0' ? Json(number) : fail();
  }

  /// The rest of a string whose first quote was taken.
  std::string read_text() {
    std::string text;
    for (;;) {
      const std::size_t end = rest_.find_first_of("\"\\");
      if (end == std::string_view::npos)
        return fail(), text;
      text.append(rest_.substr(0, end));
      const bool is_over = rest_[end] == '"';
      rest_.remove_prefix(end + 1);
      if (is_over)
        return text;
      read_escape(text);
    }
  }

  void read_escape(std::string &text) {
    constexpr std::string_view names = "\"\\/bfnrt", meant = "\"\\/\b\f\n\r\t";
    const char name = rest_.empty() ? '\0' : rest_.front();
    rest_.remove_prefix(rest_.empty() ? 0 : 1);
    if (const std::size_t at = names.find(name); at != std::string_view::npos)
      text += meant[at];
    else if (name == 'u')
      append_utf8(text, read_code_point());
    else
      fail();
  }

  std::uint32_t read_unit() {
    std::uint32_t unit = 0;
    const std::string_view digits = rest_.substr(0, 4);
    const char *const last = digits.data() + digits.size();
    if (digits.size() < 4 || std::from_chars(digits.data(), last, unit, 16).ptr != last)
      return fail(), 0;
    rest_.remove_prefix(4);
    return unit;
  }

  /// One unit of UTF-16, or two that belong together.
  std::uint32_t read_code_point() {
    const std::uint32_t high = read_unit();
    if (high < 0xD800 || high > 0xDFFF)
      return high;
    if (rest_.substr(0, 2) != "\\u")
      return fail(), 0;
    rest_.remove_prefix(2);
    const std::uint32_t low = read_unit();
    if (high > 0xDBFF || low < 0xDC00 || low > 0xDFFF)
      return fail(), 0;
    return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
  }

  static void append_utf8(std::string &text, std::uint32_t code) {
    const auto put = [&](std::uint32_t byte) { text += static_cast<char>(byte); };
    const auto put_rest = [&](std::uint32_t shift) { put(0x80 | (code >> shift & 0x3F)); };
    if (code < 0x80)
      return put(code);
    if (code < 0x800)
      return put(0xC0 | code >> 6), put_rest(0);
    if (code < 0x10000)
      return put(0xE0 | code >> 12), put_rest(6), put_rest(0);
    put(0xF0 | code >> 18), put_rest(12), put_rest(6), put_rest(0);
  }

  std::string_view rest_;
  bool failed_ = false;
};

template <class T>
const T &held_or_empty(const Json::Held &held) {
  static const T empty;
  const T *const found = std::get_if<T>(&held);
  return found ? *found : empty;
}

} // namespace

std::optional<Json> Json::parse(std::string_view text) { return Reader(text).read_whole(); }

const Json::Object &Json::members() const { return held_or_empty<Object>(held_); }

const Json::Array &Json::items() const { return held_or_empty<Array>(held_); }

std::string_view Json::text() const { return held_or_empty<std::string>(held_); }

const Json &Json::operator[](std::string_view name) const {
  static const Json null;
  for (const Member &member : members())
    if (member.first == name)
      return member.second;
  return null;
}

bool Json::has(std::string_view name) const {
  for (const Member &member : members())
    if (member.first == name)
      return true;
  return false;
}

void write_text(std::string &out, std::optional<std::string_view> text) {
  if (!text) {
    out += "null";
    return;
  }
  constexpr std::string_view digits = "0123456789abcdef";
  out += '"';
  for (const char byte : *text) {
    if (byte == '"' || byte == '\\')
      out.append({'\\', byte});
    else if (static_cast<unsigned char>(byte) < 0x20)
      out.append("\\u00").append({digits[static_cast<std::size_t>(byte) >> 4], digits[byte & 15]});
    else
      out += byte;
  }
  out += '"';
}

void write_double(std::string &out, double number) {
  if (!std::isfinite(number)) {
    out += std::isnan(number) ? R"({"$double":"NaN"})"
           : number > 0       ? R"({"$double":"Infinity"})"
                              : R"({"$double":"-Infinity"})";
    return;
  }
  std::array<char, 32> room;
  const auto written = std::to_chars(room.data(), room.data() + room.size(), number);
  const std::string_view digits(room.data(), static_cast<std::size_t>(written.ptr - room.data()));
  out += digits;
  // Without it a whole double would be read back as an integer.
  if (digits.find_first_of(".e") == std::string_view::npos)
    out += ".0";
}

void Json::write(std::string &out) const {
  if (is_null())
    out += "null";
  else if (const bool *boolean = std::get_if<bool>(&held_))
    out += *boolean ? "true" : "false";
  else if (const std::int64_t *whole = std::get_if<std::int64_t>(&held_))
    out += std::to_string(*whole);
  else if (const double *number = std::get_if<double>(&held_))
    write_double(out, *number);
  else if (std::holds_alternative<std::string>(held_))
    write_text(out, text());
  else if (std::holds_alternative<Array>(held_)) {
    out += '[';
    for (const Json &item : items()) {
      out += &item == items().data() ? "" : ",";
      item.write(out);
    }
    out += ']';
  } else {
    out += '{';
    for (const Member &member : members()) {
      out += &member == members().data() ? "" : ",";
      write_text(out, member.first);
      out += ':';
      member.second.write(out);
    }
    out += '}';
  }
}
