/// What becomes of C++ values, tags and texts on the way to C: types, exact numbers, borrowed bytes, and what must not
/// compile.
#include <array>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "check.hpp"

using opt::Pair;
using opt::Pairs;
using opt::Text;
using opt::Texts;
using opt::Value;

namespace {

enum class Colour { red };

// A pointer must never end up as `true`, nor a character as a number.
static_assert(!std::is_constructible_v<Value, int *>);
static_assert(!std::is_constructible_v<Value, const void *>);
static_assert(!std::is_constructible_v<Value, void (*)()>);
static_assert(!std::is_constructible_v<Value, char>);
static_assert(!std::is_constructible_v<Value, wchar_t>);
static_assert(!std::is_constructible_v<Value, char32_t>);
static_assert(!std::is_constructible_v<Value, const wchar_t *>);
static_assert(!std::is_constructible_v<Value, Colour>);
static_assert(std::is_convertible_v<const char *, Value> && std::is_convertible_v<std::nullptr_t, Value>);
static_assert(std::is_convertible_v<std::string, Value> && std::is_convertible_v<std::string_view, Value>);
static_assert(std::is_trivially_copyable_v<Value> && std::is_trivially_copyable_v<Pair>);
static_assert(!std::is_convertible_v<Pairs, Texts> && !std::is_convertible_v<std::vector<int>, Pairs>);

std::string_view text_of(const Value &value) { return {value.raw().as.string.data, value.raw().as.string.len}; }

std::string_view key_of(const opt_pair &pair) { return {pair.key.data, pair.key.len}; }

void scalars() {
  CHECK_EQ(Value().raw().type, OPT_VALUE_NULL);
  CHECK_EQ(Value(nullptr).raw().type, OPT_VALUE_NULL);
  CHECK_EQ(Value(true).raw().type, OPT_VALUE_BOOL);
  CHECK_EQ(Value(true).raw().as.boolean, true);
  CHECK_EQ(Value(false).raw().as.boolean, false);
  CHECK_EQ(Value(1.5).raw().type, OPT_VALUE_DOUBLE);
  CHECK_EQ(Value(1.5).raw().as.number, 1.5);
  CHECK_EQ(Value(0.5F).raw().as.number, 0.5);
  CHECK_EQ(Value(2.25L).raw().as.number, 2.25);
}

template <class T>
void integer(T number) {
  CHECK_EQ(Value(number).raw().type, OPT_VALUE_INT);
  CHECK_EQ(Value(number).raw().as.integer, static_cast<std::int64_t>(number));
}

template <class T>
void bounds() {
  integer(std::numeric_limits<T>::min());
  integer(std::numeric_limits<T>::max());
}

void integers() {
  bounds<signed char>();
  bounds<unsigned char>();
  bounds<short>();
  bounds<unsigned short>();
  bounds<int>();
  bounds<unsigned>();
  bounds<long>();
  bounds<long long>();
  integer(std::size_t{12});
  const auto largest = static_cast<std::uint64_t>(INT64_MAX);
  integer(largest);
  CHECK_EQ(Value(largest + 1).raw().type, OPT_VALUE_DOUBLE);
  CHECK_EQ(Value(largest + 1).raw().as.number, 9223372036854775808.0);
}

void texts() {
  const std::string kept = "kept";
  const char *none = nullptr;
  char buffer[] = "buffer";
  CHECK_EQ(Value("literal").raw().type, OPT_VALUE_STRING);
  CHECK_EQ(text_of("literal"), "literal");
  CHECK_EQ(text_of(""), "");
  CHECK_EQ(Value("").raw().type, OPT_VALUE_STRING);
  CHECK_EQ(text_of(buffer), "buffer");
  CHECK_EQ(text_of(kept), "kept");
  CHECK_EQ(text_of(std::string_view("a\0b", 3)), std::string_view("a\0b", 3));
  CHECK(text_of(kept).data() == kept.data());
  CHECK_EQ(Value(none).raw().type, OPT_VALUE_NULL);
}

void check_two(Pairs tags) {
  CHECK_EQ(tags.size(), 2);
  CHECK_EQ(key_of(tags.raw()[0]), "currency");
  CHECK_EQ(tags.raw()[0].value.type, OPT_VALUE_STRING);
  CHECK_EQ(key_of(tags.raw()[1]), "revenue");
  CHECK_EQ(tags.raw()[1].value.as.integer, 4999);
}

void lists() {
  check_two({{"currency", "EUR"}, {"revenue", 4999}});
  const Pair row[] = {{"currency", "EUR"}, {"revenue", 4999}, {"more", true}};
  check_two({row, 2});
  check_two(std::array<Pair, 2>{row[0], row[1]});
  check_two(std::vector<Pair>(row, row + 2));
  const std::map<std::string, Value> ordered = {{"currency", "EUR"}, {"revenue", 4999}};
  check_two(std::vector<Pair>(ordered.begin(), ordered.end()));
  CHECK_EQ(Pairs(row).size(), 3);
  CHECK(Pairs(row).raw() == static_cast<const void *>(row));
  CHECK_EQ(Pairs().size(), 0);
  CHECK_EQ(Pairs({}).size(), 0);
  CHECK_EQ(Pairs(nullptr, 0).size(), 0);

  const std::vector<std::string> segments = {"regular", "new"};
  CHECK_EQ(Texts(std::vector<Text>(segments.begin(), segments.end())).size(), 2);
  const Text one("regular");
  CHECK_EQ(opt::List<Text>(&one, 1).raw()->len, 7);
}

} // namespace

int main() {
  scalars();
  integers();
  texts();
  lists();
  return check::done("values");
}
