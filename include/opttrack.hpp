/// libopttrack for C++17 and later: a header-only, move-only, exception-neutral skin over opttrack.h.
///
/// QUICK START (link with `pkg-config --cflags --libs opttrack`)
///
///   #include <iostream>
///   #include <opttrack.hpp>
///
///   opt::Result<void> run(std::string_view datafile, std::string_view collector_url) {
///     auto client = opt::Client::create(opt::Options().datafile(datafile).event_endpoint(collector_url));
///     if (!client) return client.error();
///     auto user = opt::User::create("visitor-1", {{"plan", "gold"}, {"age", 34}});
///     if (!user) return user.error();
///
///     auto decision = client.value().activate(user.value(), "checkout_button");
///     if (!decision) return decision.error();
///     std::cout << "variation: " << decision.value().variation_key().value_or("none") << std::endl;
///
///     auto tracked = client.value().track(user.value(), "purchase", {{"revenue", 4999}, {"currency", "EUR"}});
///     if (!tracked) return tracked;
///     return client.value().close(std::chrono::seconds(5));
///   }
///
/// CONVENTIONS, which hold for every call and are not repeated there
///
/// Errors. A call that can fail returns a Result, which must be looked at: test it, then take value() or error(). Only
///   Result::value() on an error throws (opt::Error), and aborts with the message in programs built without exceptions;
///   everything else here is noexcept. Which statuses a call gives stands behind "Errors:". Any call may also give
///   invalid_argument (a handle that was moved from or released), invalid_utf8 (a text that is not UTF-8) and internal
///   (a fault of the library, caught at its boundary).
/// Text. Arguments are UTF-8 std::string_view, borrowed for the call; NUL bytes inside are data. What comes back as
///   std::string_view is borrowed from the object asked, until that is destroyed, moved or assigned to; the texts of a
///   Decision and of Keys go along when it is moved, and stay valid.
///   So are a Range and what it gives.
/// Ownership. Client, Options, User, Decision, Decisions, Keys, OwnedText, Variable, Notification, Request and
///   OptimizelyConfig own one C handle each and free it: raw() reaches down to it, release() lets go of it, the
///   explicit constructor adopts one. A moved-from object owns none; its calls fail, and what it gives is empty.
/// Threads. Every const call on a Client may run on any number of threads at once. Other objects: any number of threads
///   may read while none changes, moves or destroys.
/// Callbacks are callables of any type, kept by the client and destroyed with it, or as soon as the last thread has
///   left them. They run on the thread whose call caused them, or on the delivery thread, maybe on several at once,
///   and never while the library holds a lock: they may use the client, but not close or destroy it. An exception that
///   leaves one ends there: where the library waits for an answer it counts as a failure, and what() is logged, so it
///   should name no visitor.
/// Blocking. Nothing waits on the network but Client::flush, Client::close and Client::pump, which have deadlines, and
///   a call that decides a rule which a bandit serves, unless told DecideOptions::no_wait. Client::sync waits for the
///   disk, next_notification and next_request for what they are to give; each has a deadline. A profile service is
///   waited for.
/// Two versions. All names live in an inline namespace, so that files that saw different versions of this header, or
///   were built with and without exceptions, can be linked into one program.
#ifndef OPTTRACK_HPP
#define OPTTRACK_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#if __cplusplus > 202002L && __has_include(<expected>)
#include <expected>
#endif

#include "opttrack.h"

#if defined(__cpp_exceptions) || defined(_CPPUNWIND)
#define OPTTRACK_THROWS 1
#else
#define OPTTRACK_THROWS 0
#endif

namespace opt {
#if OPTTRACK_THROWS
inline namespace v0 {
#else
inline namespace v0_aborts {
#endif
static_assert(OPT_VERSION_MAJOR == 0, "the inline namespaces carry the major version");

/// What a call came to. New statuses are added at the end: treat one that is not listed as a failure.
enum class Status : std::int32_t {
  ok = OPT_STATUS_OK,                                 ///< Done.
  invalid_argument = OPT_STATUS_INVALID_ARGUMENT,     ///< An argument is missing, out of range or contradictory.
  invalid_utf8 = OPT_STATUS_INVALID_UTF8,             ///< A text is not UTF-8; the message has the offset.
  invalid_datafile = OPT_STATUS_INVALID_DATAFILE,     ///< Not a datafile; the place is the JSON path.
  not_ready = OPT_STATUS_NOT_READY,                   ///< The client has no datafile yet.
  closed = OPT_STATUS_CLOSED,                         ///< The client was closed: events are refused.
  unknown_event = OPT_STATUS_UNKNOWN_EVENT,           ///< The datafile has no such event; nothing was recorded.
  unknown_experiment = OPT_STATUS_UNKNOWN_EXPERIMENT, ///< The datafile has no such experiment.
  unknown_flag = OPT_STATUS_UNKNOWN_FLAG,             ///< The datafile has no such flag.
  unknown_variable = OPT_STATUS_UNKNOWN_VARIABLE,     ///< The flag has no such variable.
  not_found = OPT_STATUS_NOT_FOUND,                   ///< What was asked for is not there.
  wrong_type = OPT_STATUS_WRONG_TYPE,                 ///< A variable has another type than asked for.
  bad_value = OPT_STATUS_BAD_VALUE,                   ///< A variable's text can't be read as its type.
  partial = OPT_STATUS_PARTIAL,                       ///< Some of what was asked for could be given, some not.
  too_large = OPT_STATUS_TOO_LARGE,                   ///< The event alone is larger than the Events API takes.
  queue_full = OPT_STATUS_QUEUE_FULL,                 ///< The queue is at its limit; nothing was recorded.
  disk = OPT_STATUS_DISK,                             ///< The disk refused the event; nothing was recorded.
  out_of_memory = OPT_STATUS_OUT_OF_MEMORY,           ///< Memory could not be had; nothing was recorded.
  timeout = OPT_STATUS_TIMEOUT,                       ///< The deadline passed before everything was delivered.
  not_supported = OPT_STATUS_NOT_SUPPORTED,           ///< This build or platform can't do what was asked for.
  internal = OPT_STATUS_INTERNAL,                     ///< A fault of the library itself.
  prediction_failed = OPT_STATUS_PREDICTION_FAILED,   ///< A bandit's prediction could not be had; try again later.
  needs_prediction = OPT_STATUS_NEEDS_PREDICTION,     ///< Of opt_call_packed alone; no call of this header gives it.
  tracking_off = OPT_STATUS_TRACKING_OFF,             ///< Client::set_tracking switched it off; nothing was recorded.
  network = OPT_STATUS_NETWORK,                       ///< No answer, no trust, or a refusal; the message says which.
};

/// The status as the C header writes it ("OPT_STATUS_OK"), for logs. Static; any thread.
[[nodiscard]] inline const char *status_name(Status status) noexcept {
  return opt_status_name(static_cast<std::int32_t>(status));
}

/// How important a log message is.
enum class LogLevel : std::uint32_t {
  off = OPT_LOG_OFF,         ///< As a limit: nothing is logged.
  error = OPT_LOG_ERROR,     ///< Lost configuration, refused events, faults of the library.
  warning = OPT_LOG_WARNING, ///< What a user of the library can mend. The default limit.
  info = OPT_LOG_INFO,       ///< Start, stop, and changes of state.
  debug = OPT_LOG_DEBUG,     ///< Every step.
};

/// What became of the impression of a decision.
enum class EventStatus : std::uint32_t {
  suppressed = OPT_EVENT_SUPPRESSED, ///< None was due, an option suppressed it, or tracking is off.
  accepted = OPT_EVENT_ACCEPTED,     ///< Accepted; it will be delivered.
  queue_full = OPT_EVENT_QUEUE_FULL, ///< Refused: queue full, or memory or randomness could not be had.
  closed = OPT_EVENT_CLOSED,         ///< Refused: the client is closed.
  too_large = OPT_EVENT_TOO_LARGE,   ///< Refused: larger than the Events API takes.
};

/// How delivery is doing.
enum class DeliveryState : std::uint32_t {
  ok = OPT_DELIVERY_OK,             ///< Nothing waits, or what waits is sent as it comes.
  retrying = OPT_DELIVERY_RETRYING, ///< The last post failed in a way that may pass; the next attempt is timed.
  held = OPT_DELIVERY_HELD,         ///< The server refuses what only a person can mend; attempts a minute apart.
};

/// Where events wait until they are delivered.
enum class JournalKind : std::uint32_t {
  memory = 0,                    ///< In memory, and lost with the process. What there is without Options::journal.
  written = OPT_JOURNAL_WRITTEN, ///< On disk, by system calls: about 1 us an event.
  /// On disk, through memory shared with the file: a tenth of that. The host takes a risk: the kernel raises SIGBUS in
  /// the thread that tracks if the disk can't give a page back, or somebody cuts the file. `written` is taken instead
  /// on file systems that copy on write or reach over a network; Stats::journal says which it is.
  mapped = OPT_JOURNAL_MAPPED,
};

/// What a journal on disk survives.
enum class Durability : std::uint32_t {
  process = OPT_DURABILITY_PROCESS, ///< The end of the process, however it comes.
  /// A loss of power too, but for the last second, 64 KiB or 100 events, whichever is least. Client::sync asks at once.
  system = OPT_DURABILITY_SYSTEM,
};

/// Options of decide, decide_for_keys and decide_all; combine them with `|`. Those of the call and the client's default
/// ones (Options::default_decide_options) add up.
enum class DecideOptions : std::uint32_t {
  none = 0, ///< Record the impression where one is due, ask the profile service, give the variables.
  /// Record no impression.
  disable_decision_event = OPT_DECIDE_DISABLE_DECISION_EVENT,
  /// Leave flags that are off out of what decide_for_keys and decide_all give; their impressions are recorded.
  enabled_flags_only = OPT_DECIDE_ENABLED_FLAGS_ONLY,
  /// Neither look the user's profile up nor save it.
  ignore_user_profile_service = OPT_DECIDE_IGNORE_USER_PROFILE_SERVICE,
  /// Give every reason and the explanation; without this, reasons are errors alone.
  include_reasons = OPT_DECIDE_INCLUDE_REASONS,
  /// Give no variables.
  exclude_variables = OPT_DECIDE_EXCLUDE_VARIABLES,
  /// Ask for bandits' predictions anew, and keep the answers out of the cache.
  ignore_cmab_cache = OPT_DECIDE_IGNORE_CMAB_CACHE,
  /// Empty the cache of predictions first.
  reset_cmab_cache = OPT_DECIDE_RESET_CMAB_CACHE,
  /// First forget the user's cached predictions for the rules that the call comes to.
  invalidate_user_cmab_cache = OPT_DECIDE_INVALIDATE_USER_CMAB_CACHE,
  /// Pass over rules that would have to wait for a prediction.
  no_wait = OPT_DECIDE_NO_WAIT,
};

/// What kind of rule decided.
enum class Source : std::uint32_t {
  experiment = OPT_SOURCE_EXPERIMENT,     ///< An experiment asked for by its own key (activate, get_variation).
  feature_test = OPT_SOURCE_FEATURE_TEST, ///< An experiment rule of the flag, or a forced decision of the flag itself.
  rollout = OPT_SOURCE_ROLLOUT,           ///< A delivery rule of the flag; also where no rule decided.
  holdout = OPT_SOURCE_HOLDOUT,           ///< A holdout.
};

/// The type of a flag's variable.
enum class VariableType : std::uint32_t {
  boolean = OPT_VARIABLE_BOOLEAN, ///< true or false.
  integer = OPT_VARIABLE_INTEGER, ///< A whole number of 64 bits.
  real = OPT_VARIABLE_DOUBLE,     ///< `double` in Optimizely.
  string = OPT_VARIABLE_STRING,   ///< A text.
  json = OPT_VARIABLE_JSON,       ///< Any JSON value.
};

/// Kinds of notifications; combine them with `|`.
enum class NotificationTypes : std::uint32_t {
  decision = OPT_NOTIFICATION_DECISION,           ///< Something was decided for a user. Key: of the flag or experiment.
  track = OPT_NOTIFICATION_TRACK,                 ///< A conversion was accepted. Key: of the event.
  log_event = OPT_NOTIFICATION_LOG_EVENT,         ///< A batch is about to be posted. Key: the URL.
  config_update = OPT_NOTIFICATION_CONFIG_UPDATE, ///< Another datafile is in force. Key: its revision.
  dead_letter = OPT_NOTIFICATION_DEAD_LETTER,     ///< The server refused an event for good. Key: of the event or rule.
  drop = OPT_NOTIFICATION_DROP, ///< An event was given up for another reason. Key: of the event or rule.
  log = OPT_NOTIFICATION_LOG,   ///< Something was logged; in the queue alone. Key: the message.
  all = OPT_NOTIFICATION_DECISION | OPT_NOTIFICATION_TRACK | OPT_NOTIFICATION_LOG_EVENT |
        OPT_NOTIFICATION_CONFIG_UPDATE | OPT_NOTIFICATION_DEAD_LETTER | OPT_NOTIFICATION_DROP, ///< Each of them.
};

/// Both options.
[[nodiscard]] constexpr DecideOptions operator|(DecideOptions left, DecideOptions right) noexcept {
  return static_cast<DecideOptions>(static_cast<std::uint32_t>(left) | static_cast<std::uint32_t>(right));
}

/// Adds options.
constexpr DecideOptions &operator|=(DecideOptions &left, DecideOptions right) noexcept { return left = left | right; }

/// Both kinds.
[[nodiscard]] constexpr NotificationTypes operator|(NotificationTypes left, NotificationTypes right) noexcept {
  return static_cast<NotificationTypes>(static_cast<std::uint32_t>(left) | static_cast<std::uint32_t>(right));
}

namespace detail {

/// Runs `action`; an exception from it ends here.
template <class Action>
void contain(Action &&action) noexcept {
#if OPTTRACK_THROWS
  try {
    action();
  } catch (...) {
  }
#else
  action();
#endif
}

inline opt_str borrow(std::string_view text) noexcept { return {text.data(), text.size()}; }
inline std::string_view view(opt_str text) noexcept { return {text.data, text.len}; }

/// A copy, or nothing without memory: an error is reported even where its words can't be.
inline std::string copy(std::string_view text) noexcept {
  std::string result;
  contain([&] { result.assign(text); });
  return result;
}

} // namespace detail

/// A length of time; std::chrono::seconds and whatever else is whole milliseconds converts to it.
using Milliseconds = std::chrono::milliseconds;

/// A moment, which events carry in whole milliseconds: any time of std::chrono::system_clock converts to it, rounded
/// down; `Time(Milliseconds(n))` is `n` ms after 1970 UTC.
class Time {
public:
  /// From a time of the system's clock, whatever its resolution.
  template <class Duration>
  Time(std::chrono::time_point<std::chrono::system_clock, Duration> moment) noexcept
      : since_1970_(std::chrono::floor<Milliseconds>(moment.time_since_epoch())) {}
  /// From the time since 1970 UTC.
  explicit Time(Milliseconds since_1970) noexcept : since_1970_(since_1970) {}

  /// The time since 1970 UTC.
  [[nodiscard]] Milliseconds since_1970() const noexcept { return since_1970_; }

private:
  Milliseconds since_1970_;
};

/// The version of the library that runs, "major.minor.patch"; OPT_VERSION is this header's. Static; any thread.
[[nodiscard]] inline std::string_view version() noexcept { return detail::view(opt_version()); }

/// What went wrong. It owns its texts, so it may be kept, copied and thrown; it holds no visitor ids and no attribute
/// values.
class Error : public std::exception {
public:
  /// An error of your own making, for what stands in for the library in tests; without arguments no error.
  explicit Error(Status status = Status::ok, std::string_view message = {}, std::string_view place = {},
                 bool is_retriable = false) noexcept
      : status_(status), is_retriable_(is_retriable), message_(detail::copy(message)), place_(detail::copy(place)) {}

  /// What the call returned.
  [[nodiscard]] Status status() const noexcept { return status_; }
  /// One line for a log: what was wrong, where, what was expected.
  [[nodiscard]] std::string_view message() const noexcept { return message_; }
  /// The argument ("tags"), option ("batch_size") or JSON path ("experiments[3].id") spoken of; empty if there is none.
  [[nodiscard]] std::string_view place() const noexcept { return place_; }
  /// True if the same call may succeed later (queue full, not ready, time-out), false if its input is wrong.
  [[nodiscard]] bool is_retriable() const noexcept { return is_retriable_; }
  /// message(), ended by NUL; the name of the status where there is no message.
  [[nodiscard]] const char *what() const noexcept override {
    return message_.empty() ? status_name(status_) : message_.c_str();
  }

private:
  Status status_;
  bool is_retriable_;
  std::string message_;
  std::string place_;
};

namespace detail {

/// Throws the error; where there are no exceptions, says it on standard error and aborts.
[[noreturn]] inline void raise(const Error &error) {
#if OPTTRACK_THROWS
  throw Error(error);
#else
  std::fprintf(stderr, "libopttrack: value() of a failed call: %s: %s\n", status_name(error.status()), error.what());
  std::abort();
#endif
}

inline const Error &no_error() noexcept {
  static const Error none;
  return none;
}

} // namespace detail

/// The value of a call that went well, or the Error of one that did not. An rvalue converts to std::expected in C++23.
template <class T>
class [[nodiscard]] Result {
public:
  Result(T value) noexcept : state_(std::in_place_index<0>, std::move(value)) {}     ///< Success.
  Result(Error error) noexcept : state_(std::in_place_index<1>, std::move(error)) {} ///< Failure.

  /// True if the call went well.
  [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
  /// The same, for `if (result)`.
  template <class U = T, std::enable_if_t<!std::is_same_v<U, bool>, int> = 0>
  explicit operator bool() const noexcept {
    return has_value();
  }
  /// A Result<bool> does not do that, it would be mistaken for its value: ask has_value() or value_or(false).
  template <class U = T, std::enable_if_t<std::is_same_v<U, bool>, int> = 0>
  explicit operator bool() const = delete;

  /// The value. On an error: throws it, or aborts with its message where there are no exceptions.
  T &value() & { return *held(*this); }
  const T &value() const & { return *held(*this); }
  /// The same, moved out: nothing dangles in `for (auto key : client.get_enabled_features(user).value())`.
  T value() && { return std::move(*held(*this)); }
  /// A copy of the value, or `fallback` on an error.
  [[nodiscard]] T value_or(T fallback) const noexcept { return has_value() ? *std::get_if<0>(&state_) : fallback; }
  /// The error; one of status ok if there is none.
  [[nodiscard]] const Error &error() const noexcept {
    return has_value() ? detail::no_error() : *std::get_if<1>(&state_);
  }

#ifdef __cpp_lib_expected
  operator std::expected<T, Error>() && {
    if (!has_value())
      return std::unexpected(std::move(*std::get_if<1>(&state_)));
    return std::move(*std::get_if<0>(&state_));
  }
#endif

private:
  template <class Self>
  static auto held(Self &self) {
    if (!self.has_value())
      detail::raise(self.error());
    return std::get_if<0>(&self.state_);
  }

  std::variant<T, Error> state_;
};

/// The outcome of a call that has nothing to give but success. As above.
template <>
class [[nodiscard]] Result<void> {
public:
  Result() noexcept = default;                               ///< Success.
  Result(Error error) noexcept : error_(std::move(error)) {} ///< Failure.

  [[nodiscard]] bool has_value() const noexcept { return !error_; }
  explicit operator bool() const noexcept { return has_value(); }
  void value() const { error_ ? detail::raise(*error_) : void(); }
  [[nodiscard]] const Error &error() const noexcept { return error_ ? *error_ : detail::no_error(); }

#ifdef __cpp_lib_expected
  operator std::expected<void, Error>() && {
    return error_ ? std::expected<void, Error>(std::unexpect, std::move(*error_)) : std::expected<void, Error>();
  }
#endif

private:
  std::optional<Error> error_;
};

/// The value of an attribute or an event tag: nothing, a bool, a whole number, a double or a text.
///
/// Made implicitly from exactly these types, never by way of another: bool; the integer types, but no character type
/// (an unsigned number beyond 2^63 - 1 becomes the nearest double); float, double, long double; const char *,
/// std::string, std::string_view and what else converts to that; nullptr. A null const char * is no value, as nullptr.
/// Other pointers do not compile, so none ends up as `true`. Texts are borrowed: they must outlive the call the value
/// is given to.
class Value {
  template <class T, class... Others>
  static constexpr bool is_any_of = (std::is_same_v<T, Others> || ...);
  template <class T>
  static constexpr bool is_number = std::is_arithmetic_v<T> && (std::is_floating_point_v<T> || sizeof(T) <= 8) &&
                                    !is_any_of<T, bool, char, wchar_t, char16_t, char32_t
#ifdef __cpp_char8_t
                                               ,
                                               char8_t
#endif
                                               >;

public:
  /// No value.
  Value(std::nullptr_t = nullptr) noexcept : value_(opt_null()) {}
  /// true or false.
  template <class T, std::enable_if_t<std::is_same_v<T, bool>, int> = 0>
  Value(T boolean) noexcept : value_(opt_bool(boolean)) {}
  /// A number. NaN and infinities are left out of events, logged and counted.
  template <class T, std::enable_if_t<is_number<T>, int> = 0>
  Value(T number) noexcept : value_(from_number(number)) {}
  /// A text.
  template <class T, std::enable_if_t<std::is_convertible_v<const T &, std::string_view>, int> = 0>
  Value(const T &text) noexcept : value_(from_text(text)) {}

  /// The C value.
  [[nodiscard]] const opt_value &raw() const noexcept { return value_; }

private:
  template <class T>
  static opt_value from_number(T number) noexcept {
    if constexpr (std::is_floating_point_v<T>)
      return opt_double(static_cast<double>(number));
    else if constexpr (std::is_signed_v<T> || sizeof(T) < 8)
      return opt_int(number);
    else
      return number <= INT64_MAX ? opt_int(static_cast<std::int64_t>(number)) : opt_double(static_cast<double>(number));
  }

  template <class T>
  static opt_value from_text(const T &text) noexcept {
    if constexpr (std::is_convertible_v<const T &, const char *>) {
      const char *start = text;
      return start ? opt_string(opt_cstr(start)) : opt_null();
    } else {
      return opt_string(detail::borrow(text));
    }
  }

  opt_value value_;
};

/// One attribute or event tag: `{"revenue", 4999}`. Key and value are borrowed. Of two with one key the last wins.
class Pair {
public:
  using Raw = opt_pair; ///< The C struct whose layout this class has.

  /// Key and value.
  Pair(std::string_view key, Value value) noexcept : pair_{detail::borrow(key), value.raw()} {}
  /// From the element of a map: `std::vector<opt::Pair> tags(map.begin(), map.end())`.
  template <class Key, class Mapped>
  Pair(const std::pair<Key, Mapped> &entry) noexcept : Pair(entry.first, entry.second) {}

  /// The C pair.
  [[nodiscard]] const opt_pair &raw() const noexcept { return pair_; }

private:
  opt_pair pair_;
};

/// One text of a list, borrowed; made from what converts to std::string_view.
class Text {
public:
  using Raw = opt_str; ///< The C struct whose layout this class has.

  template <class T, std::enable_if_t<std::is_convertible_v<const T &, std::string_view>, int> = 0>
  Text(const T &text) noexcept : text_(detail::borrow(text)) {}

  /// The C text.
  [[nodiscard]] const opt_str &raw() const noexcept { return text_; }

private:
  opt_str text_;
};

/// Several items in a row, borrowed and passed on without a copy. Made to be an argument; it keeps nothing alive.
template <class Item>
class List {
  static_assert(std::is_standard_layout_v<Item> && sizeof(Item) == sizeof(typename Item::Raw));

public:
  /// No items.
  List() noexcept = default;
  /// `count` items from `first` on; any pointer will do for none.
  List(const Item *first, std::size_t count) noexcept : first_(first), count_(count) {}
  /// A braced list.
  List(std::initializer_list<Item> items) noexcept : List(items.begin(), items.size()) {}
  /// A container that has them in a row: array, std::vector, std::array, std::span.
  template <class Items, class Data = decltype(std::data(std::declval<const Items &>())),
            std::enable_if_t<std::is_convertible_v<Data, const Item *>, int> = 0>
  List(const Items &items) noexcept : List(std::data(items), std::size(items)) {}

  /// The first item as the C struct.
  [[nodiscard]] const typename Item::Raw *raw() const noexcept {
    return reinterpret_cast<const typename Item::Raw *>(first_);
  }
  /// Number of items.
  [[nodiscard]] std::size_t size() const noexcept { return count_; }

private:
  const Item *first_ = nullptr;
  std::size_t count_ = 0;
};

/// A header of an answer: `{"Retry-After", "7"}`. Name and value are borrowed.
class Header {
public:
  using Raw = opt_header; ///< The C struct whose layout this class has.

  /// Name, in any case, and value.
  Header(std::string_view name, std::string_view value) noexcept
      : header_{detail::borrow(name), detail::borrow(value)} {}
  /// From the element of a map: `std::vector<opt::Header> headers(map.begin(), map.end())`.
  template <class Name, class Mapped>
  Header(const std::pair<Name, Mapped> &entry) noexcept : Header(entry.first, entry.second) {}

  /// The C header.
  [[nodiscard]] const opt_header &raw() const noexcept { return header_; }

private:
  opt_header header_;
};

using Pairs = List<Pair>;     ///< Attributes or event tags.
using Texts = List<Text>;     ///< Texts, such as qualified segments.
using Headers = List<Header>; ///< Headers of an answer.

namespace detail {

/// Owns one C handle. Its public part is public in every class that has one.
template <class T, void (*Free)(T *)>
class Handle {
public:
  using Raw = T; ///< The C type.

  /// The C handle, still owned by this object; null if it was moved from or released.
  [[nodiscard]] T *raw() const noexcept { return handle_.get(); }
  /// Lets go of the C handle: the caller frees it.
  [[nodiscard]] T *release() noexcept { return handle_.release(); }

protected:
  explicit Handle(T *owned) noexcept : handle_(owned) {}

private:
  struct Deleter {
    void operator()(T *handle) const noexcept { Free(handle); }
  };
  std::unique_ptr<T, Deleter> handle_;
};

/// Makes one C call, whose last argument is the place for its error.
template <class Function, class... Arguments>
Result<void> call(Function function, Arguments... arguments) noexcept {
  opt_error *error = nullptr;
  const opt_status status = function(arguments..., &error);
  if (status == OPT_STATUS_OK)
    return {};
  const std::unique_ptr<opt_error, decltype(&opt_error_free)> owned(error, opt_error_free);
  return Error(static_cast<Status>(status), view(opt_error_message(error)), view(opt_error_place(error)),
               opt_error_is_retriable(error));
}

/// `value` if the call before went well, else that call's error.
template <class T>
Result<T> give(Result<void> called, T value) noexcept {
  return called ? Result<T>(std::move(value)) : Result<T>(called.error());
}

/// The same for a call that fills its handle on some errors too: then `if_failed`, if given, gets the value.
template <class T>
Result<T> give_or_keep(Result<void> called, T value, T *if_failed) noexcept {
  if (!called && if_failed)
    *if_failed = std::move(value);
  return give(std::move(called), std::move(value));
}

/// Makes one C call whose last argument but one is the place for a handle, for `Owner` to own.
template <class Owner, class Function, class... Arguments>
Result<Owner> make(Function function, Arguments... arguments) noexcept {
  typename Owner::Raw *handle = nullptr;
  Result<void> called = call(function, arguments..., &handle);
  return give(std::move(called), Owner(handle));
}

/// Milliseconds as C takes them: negative ones are 0, what does not fit is the largest number.
inline std::uint32_t clamp(Milliseconds time) noexcept {
  constexpr std::uint32_t longest = UINT32_MAX;
  return time.count() <= 0 ? 0 : time.count() < longest ? static_cast<std::uint32_t>(time.count()) : longest;
}

/// An error that names both versions if this header does not fit the library that runs.
inline Result<void> check_version() noexcept {
  const auto major_minor = [](std::string_view text) { return text.substr(0, text.find('.', text.find('.') + 1)); };
  if (major_minor(OPT_VERSION) == major_minor(version()))
    return {};
  std::string message;
  contain([&] {
    message.append("opttrack.hpp " OPT_VERSION " does not fit libopttrack ").append(version());
    message.append(", which runs: major and minor version must agree");
  });
  return Error(Status::not_supported, message, "version");
}

/// Destroys a callable that was kept for C.
template <class Kept>
void destroy(void *kept) noexcept {
  delete static_cast<Kept *>(kept);
}

template <class T>
inline constexpr bool is_result = false;
template <class T>
inline constexpr bool is_result<Result<T>> = true;
template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

/// Hands C what a callback gave: a text, none, or an error. A null const char * is none.
template <class Given>
void reply_with(opt_reply *reply, const Given &given) noexcept {
  if constexpr (is_result<Given>) {
    if (!given.has_value())
      opt_reply_fail(reply, opt_cstr(given.error().what()));
    else if constexpr (!std::is_same_v<Given, Result<void>>)
      reply_with(reply, given.value());
  } else if constexpr (is_optional<Given>) {
    if (given)
      reply_with(reply, *given);
  } else if constexpr (std::is_convertible_v<const Given &, const char *>) {
    if (const char *start = given)
      opt_reply_set(reply, opt_cstr(start));
  } else if constexpr (!std::is_same_v<Given, std::nullopt_t>) {
    opt_reply_set(reply, borrow(given));
  }
}

/// Calls a callback and hands C its answer; an exception is the answer that it failed.
template <class Callable, class... Arguments>
void answer(opt_reply *reply, Callable &callable, Arguments... arguments) noexcept {
  const auto ask = [&] {
    if constexpr (std::is_void_v<std::invoke_result_t<Callable &, Arguments...>>)
      callable(arguments...);
    else
      reply_with(reply, callable(arguments...));
  };
#if OPTTRACK_THROWS
  try {
    ask();
  } catch (const std::exception &thrown) {
    opt_reply_fail(reply, opt_cstr(thrown.what()));
  } catch (...) {
    opt_reply_fail(reply, OPT_STR("an exception that is no std::exception"));
  }
#else
  ask();
#endif
}

} // namespace detail

/// Receives one log message: a line of text, valid during the call. Called on the thread whose call caused it, or on
/// the delivery thread, maybe on several at once; never while the library holds a lock. It may use the library, but
/// not close or destroy the client it belongs to. An exception that leaves it is caught and dropped.
using LogSink = std::function<void(LogLevel level, std::string_view message)>;

/// What a client is made with. Every setter returns these options, so that calls can be chained; values out of range
/// and texts that are not UTF-8 are reported by Client::create.
/// Threads: one at a time. Texts are copied.
class Options : public detail::Handle<opt_options, opt_options_free> {
public:
  /// Every default.
  Options() noexcept : Options(opt_options_new()) {
    if (!raw())
      outcome_ = Error(Status::out_of_memory, "no memory for options", "options", true);
  }
  /// Adopts C options.
  explicit Options(opt_options *owned) noexcept : Handle(owned) {}

  /// The datafile to decide by: its JSON text, as the Optimizely CDN serves it. Required.
  Options &datafile(std::string_view json) &noexcept { return set(opt_options_set_datafile, detail::borrow(json)); }
  Options &&datafile(std::string_view json) &&noexcept { return std::move(datafile(json)); }

  /// Where events are posted: an http:// or https:// URL. Default: the Events API of the datafile's region.
  Options &event_endpoint(std::string_view url) &noexcept {
    return set(opt_options_set_event_endpoint, detail::borrow(url));
  }
  Options &&event_endpoint(std::string_view url) &&noexcept { return std::move(event_endpoint(url)); }

  /// Most events in one post: 1 to 1,000, default 1,000.
  Options &batch_size(std::uint32_t events) &noexcept { return set(opt_options_set_batch_size, events); }
  Options &&batch_size(std::uint32_t events) &&noexcept { return std::move(batch_size(events)); }

  /// Longest time an event waits for others before its batch is sent: 1 ms to a day, default 1 s.
  Options &flush_interval(Milliseconds interval) &noexcept {
    return set(opt_options_set_flush_interval_ms, detail::clamp(interval));
  }
  Options &&flush_interval(Milliseconds interval) &&noexcept { return std::move(flush_interval(interval)); }

  /// Time-outs of a post, 1 ms to 10 min each: `connect` for name look-up, connecting and TLS (default 5 s), `total`
  /// for the whole request (default 10 s).
  Options &timeouts(Milliseconds connect, Milliseconds total) &noexcept {
    return set(opt_options_set_timeouts_ms, detail::clamp(connect), detail::clamp(total));
  }
  Options &&timeouts(Milliseconds connect, Milliseconds total) &&noexcept {
    return std::move(timeouts(connect, total));
  }

  /// Delays between attempts of a post that may succeed later: the n-th is random between 0 and
  /// min(`longest`, `first` * 2^n). 1 ms to an hour each, `first` at most `longest`; default 200 ms and 60 s.
  Options &retry_delays(Milliseconds first, Milliseconds longest) &noexcept {
    return set(opt_options_set_retry_delays_ms, detail::clamp(first), detail::clamp(longest));
  }
  Options &&retry_delays(Milliseconds first, Milliseconds longest) &&noexcept {
    return std::move(retry_delays(first, longest));
  }

  /// How much may wait for delivery: `bytes` of memory (64 KiB to 1 TiB, default 32 MiB; with a journal journal_limits
  /// says how much of the disk) and `events` (0: as many as the bytes hold). At the limit new events are refused with
  /// Status::queue_full; what was accepted stays.
  Options &queue_limit(std::uint64_t bytes, std::uint64_t events = 0) &noexcept {
    return set(opt_options_set_queue_limit, bytes, events);
  }
  Options &&queue_limit(std::uint64_t bytes, std::uint64_t events = 0) &&noexcept {
    return std::move(queue_limit(bytes, events));
  }

  /// The product's own name and version on the wire, for wrappers of this library; neither may be empty.
  Options &client_name(std::string_view name, std::string_view version) &noexcept {
    return set(opt_options_set_client_name, detail::borrow(name), detail::borrow(version));
  }
  Options &&client_name(std::string_view name, std::string_view version) &&noexcept {
    return std::move(client_name(name, version));
  }

  /// The least important level that is logged; default LogLevel::warning.
  Options &log_level(LogLevel level) &noexcept {
    return set(opt_options_set_log_level, static_cast<std::uint32_t>(level));
  }
  Options &&log_level(LogLevel level) &&noexcept { return std::move(log_level(level)); }

  /// Where log messages go instead of standard error, where each is repeated hourly at most; a sink gets every message.
  /// An empty sink: back to standard error. The sink is destroyed once its last use is over, with the client or before.
  Options &logger(LogSink sink) &noexcept {
    if (!sink)
      return set(opt_options_set_logger, opt_log_callback{}, nullptr, opt_release_callback{});
    if (LogSink *kept = new (std::nothrow) LogSink(std::move(sink)))
      return set(opt_options_set_logger, log, kept, release_sink);
    outcome_ = Error(Status::out_of_memory, "no memory for the log sink", "logger", true);
    return *this;
  }
  Options &&logger(LogSink sink) &&noexcept { return std::move(logger(std::move(sink))); }

  /// Options of every decide, decide_for_keys and decide_all of the client, which a call can add to. Default: none.
  Options &default_decide_options(DecideOptions options) &noexcept {
    return set(opt_options_set_default_decide_options, static_cast<std::uint32_t>(options));
  }
  Options &&default_decide_options(DecideOptions options) &&noexcept {
    return std::move(default_decide_options(options));
  }

  /// A user profile service, which keeps users in the variations that they were bucketed into. A call that decides asks
  /// `lookup(user_id)` once, and calls `save(user_id, profile)` once if the profile changed; both take
  /// std::string_views. A profile is JSON: `{"user_id":"u","experiment_bucket_map":{"4001":{"variation_id":"6002"}}}`.
  ///
  /// `lookup` returns a text, a std::optional of one (none: there is no profile), or a Result of either; `save` returns
  /// nothing or a Result<void>. An error or exception of either is logged, and the decision is made without the
  /// service. In place of any service set before; not beside user_profile_directory.
  template <class Lookup, class Save>
  Options &user_profile_service(Lookup lookup, Save save) &noexcept {
    struct Service {
      Lookup lookup;
      Save save;
    };
    return set_callbacks<Service>(
        "user_profile_service", Service{std::move(lookup), std::move(save)}, opt_options_set_user_profile_service,
        [](opt_str user_id, opt_reply *reply, void *kept) noexcept {
          detail::answer(reply, static_cast<Service *>(kept)->lookup, detail::view(user_id));
        },
        [](opt_str user_id, opt_str profile, opt_reply *reply, void *kept) noexcept {
          detail::answer(reply, static_cast<Service *>(kept)->save, detail::view(user_id), detail::view(profile));
        });
  }
  template <class Lookup, class Save>
  Options &&user_profile_service(Lookup lookup, Save save) &&noexcept {
    return std::move(user_profile_service(std::move(lookup), std::move(save)));
  }

  /// A user profile service that comes with the library: profiles in files in this directory, which is made if it is
  /// missing and which any number of clients and processes may share. Not beside user_profile_service. Client::create
  /// says Status::disk where the directory can't be used.
  Options &user_profile_directory(std::string_view path) &noexcept {
    return set(opt_options_set_user_profile_directory, detail::borrow(path));
  }
  Options &&user_profile_directory(std::string_view path) &&noexcept { return std::move(user_profile_directory(path)); }

  /// Where bandits' predictions come from instead of Optimizely's service: `predict(rule_id, user_id, request)`, all
  /// std::string_view, is given the JSON body that would be posted and returns the variation's id: a text, a
  /// std::optional of one, or a Result of either. None, the empty text, an error or an exception: the prediction
  /// failed. An id that the rule does not have: the next rule counts.
  template <class Predict>
  Options &cmab_predictor(Predict predict) &noexcept {
    return set_callbacks<Predict>(
        "cmab_predictor", std::move(predict), opt_options_set_cmab_predictor,
        [](opt_str rule_id, opt_str user_id, opt_str request, opt_reply *reply, void *kept) noexcept {
          detail::answer(reply, *static_cast<Predict *>(kept), detail::view(rule_id), detail::view(user_id),
                         detail::view(request));
        });
  }
  template <class Predict>
  Options &&cmab_predictor(Predict predict) &&noexcept {
    return std::move(cmab_predictor(std::move(predict)));
  }

  /// Where predictions are asked for: a URL that holds "%s" once, for the rule's id; opttrack.h says what is posted and
  /// answered. Default: Optimizely's service.
  Options &cmab_endpoint(std::string_view url_template) &noexcept {
    return set(opt_options_set_cmab_endpoint, detail::borrow(url_template));
  }
  Options &&cmab_endpoint(std::string_view url_template) &&noexcept { return std::move(cmab_endpoint(url_template)); }

  /// Longest time that one attempt at a prediction takes, of two: 1 ms to 10 min, default 10 s.
  Options &cmab_timeout(Milliseconds timeout) &noexcept {
    return set(opt_options_set_cmab_timeout_ms, detail::clamp(timeout));
  }
  Options &&cmab_timeout(Milliseconds timeout) &&noexcept { return std::move(cmab_timeout(timeout)); }

  /// How many predictions are kept, up to 1,000,000, and for how long, up to a day; 0 is the default, 10,000 of them
  /// for half an hour.
  Options &cmab_cache(std::uint32_t entries, Milliseconds lifetime) &noexcept {
    return set(opt_options_set_cmab_cache, entries, detail::clamp(lifetime));
  }
  Options &&cmab_cache(std::uint32_t entries, Milliseconds lifetime) &&noexcept {
    return std::move(cmab_cache(entries, lifetime));
  }

  /// Keeps notifications of these kinds for Client::next_notification, up to `capacity` of them (at most 100,000), then
  /// the oldest go. Default: none is kept; listeners need no queue.
  Options &notification_queue(NotificationTypes types, std::uint32_t capacity) &noexcept {
    return set(opt_options_set_notification_queue, static_cast<std::uint32_t>(types), capacity);
  }
  Options &&notification_queue(NotificationTypes types, std::uint32_t capacity) &&noexcept {
    return std::move(notification_queue(types, capacity));
  }

  /// Keeps events on disk until they are delivered, in `directory`, any bytes of a path, which Client::create makes for
  /// this user alone if it is missing. Any number of clients and processes may share one: each has a locked directory
  /// of its own inside, and what a client that is no more has left there is delivered by the next one whose events go
  /// to the same endpoint. So an event that was accepted survives the process, killed or not. Client::create says
  /// Status::disk where the directory can't be used.
  Options &journal(std::string_view directory, JournalKind kind = JournalKind::written) &noexcept {
    return set(opt_options_set_journal, detail::borrow(directory), static_cast<std::uint32_t>(kind));
  }
  Options &&journal(std::string_view directory, JournalKind kind = JournalKind::written) &&noexcept {
    return std::move(journal(directory, kind));
  }

  /// What a journal survives; default Durability::process.
  Options &durability(Durability level) &noexcept {
    return set(opt_options_set_durability, static_cast<std::uint32_t>(level));
  }
  Options &&durability(Durability level) &&noexcept { return std::move(durability(level)); }

  /// Most bytes of disk for this client's journal (64 KiB to 1 TiB, default 1 GiB) and for its dead letters (up to
  /// 1 TiB, default 64 MiB). At the first limit new events are refused with Status::queue_full; past the second an
  /// event that the server refuses is dropped, counted and logged.
  Options &journal_limits(std::uint64_t journal_bytes, std::uint64_t dead_letter_bytes) &noexcept {
    return set(opt_options_set_journal_limits, journal_bytes, dead_letter_bytes);
  }
  Options &&journal_limits(std::uint64_t journal_bytes, std::uint64_t dead_letter_bytes) &&noexcept {
    return std::move(journal_limits(journal_bytes, dead_letter_bytes));
  }

  /// Gives events up that are older than this when their turn comes, up to ten years; each is counted, logged and
  /// notified. 0, the default: never.
  Options &max_age(Milliseconds age) &noexcept {
    return set(opt_options_set_max_age_ms, static_cast<std::uint64_t>(age.count()));
  }
  Options &&max_age(Milliseconds age) &&noexcept { return std::move(max_age(age)); }

  /// Has the host drive the client, by Client::pump: it starts no thread at all. flush and close send on the thread
  /// that calls them.
  Options &host_driven(bool is_host_driven = true) &noexcept {
    return set(opt_options_set_host_driven, std::uint32_t{is_host_driven});
  }
  Options &&host_driven(bool is_host_driven = true) &&noexcept { return std::move(host_driven(is_host_driven)); }

  /// Has the host make the requests too, with its own HTTP client: Client::next_request and Client::complete. Such a
  /// client is host-driven.
  Options &pulled_transport(bool is_pulled = true) &noexcept {
    return set(opt_options_set_pulled_transport, std::uint32_t{is_pulled});
  }
  Options &&pulled_transport(bool is_pulled = true) &&noexcept { return std::move(pulled_transport(is_pulled)); }

  /// Takes what suits a phone: batches of 10 events, sent 30 s after the oldest at the latest, and a journal in small
  /// files. Options that are set later count.
  Options &mobile_preset() &noexcept { return set(opt_options_use_mobile_preset); }
  Options &&mobile_preset() &&noexcept { return std::move(mobile_preset()); }

  /// For tests: a clock that stands still until Client::set_clock sets it, and shows this time (1970 to the end of the
  /// year 9999). Only of a client that the host drives. Calls that wait go by the system's clock.
  Options &manual_clock(Time now) &noexcept {
    return set(opt_options_set_manual_clock, std::int64_t{now.since_1970().count()});
  }
  Options &&manual_clock(Time now) &&noexcept { return std::move(manual_clock(now)); }

  /// For tests: uuids and delays that follow from a number, the same for the same calls on one thread. Never in
  /// production: the Events API counts what has the same uuid once.
  Options &id_seed(std::uint64_t seed) &noexcept { return set(opt_options_set_id_seed, seed); }
  Options &&id_seed(std::uint64_t seed) &&noexcept { return std::move(id_seed(seed)); }

private:
  friend class Client;

  static void log(std::uint32_t level, opt_str message, void *sink) noexcept {
    detail::contain([&] { (*static_cast<LogSink *>(sink))(static_cast<LogLevel>(level), detail::view(message)); });
  }

  static void release_sink(void *sink) noexcept { delete static_cast<LogSink *>(sink); }

  /// Keeps a user's callables for C, which releases them.
  template <class Kept, class Setter, class... Callbacks>
  Options &set_callbacks(const char *option, Kept callables, Setter setter, Callbacks... callbacks) noexcept {
    if (Kept *kept = new (std::nothrow) Kept(std::move(callables)))
      return set(setter, callbacks..., static_cast<void *>(kept), detail::destroy<Kept>);
    outcome_ = Error(Status::out_of_memory, "no memory for a callback", option, true);
    return *this;
  }

  /// Makes the C call; keeps the first failure for Client::create to report.
  template <class Setter, class... Arguments>
  Options &set(Setter setter, Arguments... arguments) noexcept {
    Result<void> done = detail::call(setter, raw(), arguments...);
    if (outcome_)
      outcome_ = std::move(done);
    return *this;
  }

  Result<void> outcome_;
};

/// A user context: a visitor's id, attributes and qualified segments. Cheap; make one for each request. Independent of
/// any client. Threads: one may change a user while no other uses it; any number may read it (decide, track).
class User : public detail::Handle<opt_user, opt_user_free> {
public:
  /// A user with attributes: `User::create("visitor-1", {{"plan", "gold"}, {"age", 34}})`. Everything is copied.
  /// `id` may be empty, but the Events API needs one. The attribute `$opt_bucketing_id`, a text, is what the user is
  /// bucketed by instead of the id. Values that can't be used (NaN, numbers beyond 2^53) count as unknown.
  static Result<User> create(std::string_view id, Pairs attributes = {}) noexcept {
    return detail::make<User>(opt_user_new, detail::borrow(id), attributes.raw(), attributes.size());
  }
  /// Adopts a C user.
  explicit User(opt_user *owned) noexcept : Handle(owned) {}

  /// Sets one attribute, or replaces it.
  Result<void> set_attribute(std::string_view key, Value value) noexcept {
    return detail::call(opt_user_set_attribute, raw(), detail::borrow(key), value.raw());
  }

  /// Sets the segments the user qualifies for, as the audience match `qualified` reads them, in place of any before.
  Result<void> set_qualified_segments(Texts segments) noexcept {
    return detail::call(opt_user_set_qualified_segments, raw(), segments.raw(), segments.size());
  }

  /// Forces a variation on this user for one rule of a flag, or for the flag itself, whichever rule would decide, if
  /// `rule_key` is empty. Replaces one set before. Nothing is checked yet: decide, decide_for_keys and decide_all,
  /// which alone heed it, pass over a variation that the flag does not have.
  Result<void> set_forced_decision(std::string_view flag_key, std::string_view rule_key,
                                   std::string_view variation_key) noexcept {
    return detail::call(opt_user_set_forced_decision, raw(), detail::borrow(flag_key), detail::borrow(rule_key),
                        detail::borrow(variation_key));
  }

  /// The key of the variation forced for a rule, or for the flag itself; borrowed until the user changes.
  /// Errors: not_found.
  [[nodiscard]] Result<std::string_view> get_forced_decision(std::string_view flag_key,
                                                             std::string_view rule_key = {}) const noexcept {
    opt_str variation_key{};
    Result<void> called = detail::call(opt_user_get_forced_decision, raw(), detail::borrow(flag_key),
                                       detail::borrow(rule_key), &variation_key);
    return detail::give(std::move(called), detail::view(variation_key));
  }

  /// Removes what set_forced_decision set. Errors: not_found.
  Result<void> remove_forced_decision(std::string_view flag_key, std::string_view rule_key = {}) noexcept {
    return detail::call(opt_user_remove_forced_decision, raw(), detail::borrow(flag_key), detail::borrow(rule_key));
  }

  /// Removes every forced decision of this user; fine also if there is none.
  Result<void> remove_all_forced_decisions() noexcept {
    return detail::call(opt_user_remove_all_forced_decisions, raw());
  }
};

/// The parts of an object in a row, to index or to walk through: `for (std::string_view reason : decision.reasons())`.
/// Borrowed from the object asked, as a text is. An item is read when it is asked for; nothing is allocated.
template <class Item>
class Range {
public:
  /// Reads one item of an owner, or of the part of it numbered `part`.
  using At = Item (*)(const void *owner, std::size_t part, std::size_t index) noexcept;

  /// Walks through the items; valid while their owner is.
  class Iterator {
  public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Item;
    using difference_type = std::ptrdiff_t;
    using pointer = const Item *;
    using reference = Item;

    Iterator(const Range &range, std::size_t index) noexcept : range_(range), index_(index) {}
    Item operator*() const noexcept { return range_[index_]; }
    Iterator &operator++() noexcept { return ++index_, *this; }
    Iterator operator++(int) noexcept { return {range_, index_++}; }
    friend bool operator==(const Iterator &left, const Iterator &right) noexcept { return left.index_ == right.index_; }
    friend bool operator!=(const Iterator &left, const Iterator &right) noexcept { return left.index_ != right.index_; }

  private:
    Range range_;
    std::size_t index_;
  };

  /// `size` items of an owner.
  Range(const void *owner, At at, std::size_t size, std::size_t part = 0) noexcept
      : owner_(owner), at_(at), size_(size), part_(part) {}

  /// Number of items.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// True if there is none.
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  /// The item at `index`; an empty one past the end.
  [[nodiscard]] Item operator[](std::size_t index) const noexcept { return at_(owner_, part_, index); }
  [[nodiscard]] Iterator begin() const noexcept { return {*this, 0}; }
  [[nodiscard]] Iterator end() const noexcept { return {*this, size_}; }

private:
  const void *owner_;
  At at_;
  std::size_t size_;
  std::size_t part_;
};

namespace detail {

/// What can be read of a decision, whoever owns it; `Self` has raw().
template <class Self>
class DecisionParts {
public:
  /// The flag decided; none for activate, get_variation and forced variations, which speak of experiments.
  [[nodiscard]] std::optional<std::string_view> flag_key() const noexcept { return text(view_.flag_key); }
  /// The experiment, delivery rule or holdout that decided; none if no rule did.
  [[nodiscard]] std::optional<std::string_view> rule_key() const noexcept { return text(view_.rule_key); }
  /// The variation; none if the user gets none.
  [[nodiscard]] std::optional<std::string_view> variation_key() const noexcept { return text(view_.variation_key); }
  /// The id of what rule_key() names.
  [[nodiscard]] std::optional<std::string_view> rule_id() const noexcept { return text(view_.rule_id); }
  /// The id of the variation.
  [[nodiscard]] std::optional<std::string_view> variation_id() const noexcept { return text(view_.variation_id); }
  /// The UUID of the bandit's prediction that decided; none if none did.
  [[nodiscard]] std::optional<std::string_view> cmab_uuid() const noexcept { return text(view_.cmab_uuid); }
  /// True if the variation enables the flag.
  [[nodiscard]] bool is_enabled() const noexcept { return decision() && view_.enabled != 0; }
  /// What became of the impression.
  [[nodiscard]] EventStatus event_status() const noexcept {
    return decision() ? static_cast<EventStatus>(view_.event_status) : EventStatus::suppressed;
  }
  /// What kind of rule decided.
  [[nodiscard]] Source source() const noexcept {
    return decision() ? static_cast<Source>(view_.source) : Source::rollout;
  }
  /// Status::ok, or why this is an error decision: unknown_flag, not_ready or prediction_failed. An error decision has
  /// no variation and no variables, is off, and says why in reasons().
  [[nodiscard]] Status status() const noexcept {
    return decision() ? static_cast<Status>(view_.status) : Status::invalid_argument;
  }

  /// The flag's variables as a JSON object; "{}" if they were excluded, and for an error decision.
  [[nodiscard]] std::string_view variables() const noexcept { return view(opt_decision_variables(decision())); }
  /// One variable, by its type: bool, std::int64_t, double or, for `string`, std::string_view:
  /// `decision.get<bool>("show_banner").value_or(false)`.
  /// Errors: unknown_variable, wrong_type, bad_value (its text in the datafile is none of its type).
  template <class T>
  [[nodiscard]] Result<T> get(std::string_view variable_key) const noexcept {
    static_assert(std::is_same_v<T, bool> || std::is_same_v<T, std::int64_t> || std::is_same_v<T, double> ||
                      std::is_same_v<T, std::string_view>,
                  "a variable is a bool, std::int64_t, double or std::string_view; for JSON there is get_json");
    if constexpr (std::is_same_v<T, bool>)
      return get_boolean(variable_key);
    else if constexpr (std::is_same_v<T, std::int64_t>)
      return get_integer(variable_key);
    else if constexpr (std::is_same_v<T, double>)
      return get_double(variable_key);
    else
      return get_string(variable_key);
  }
  /// A variable of the type `boolean`. Errors: as get.
  [[nodiscard]] Result<bool> get_boolean(std::string_view variable_key) const noexcept {
    return read<bool>(opt_decision_get_boolean, variable_key);
  }
  /// A variable of the type `integer`. Errors: as get.
  [[nodiscard]] Result<std::int64_t> get_integer(std::string_view variable_key) const noexcept {
    return read<std::int64_t>(opt_decision_get_integer, variable_key);
  }
  /// A variable of the type `double`. Errors: as get.
  [[nodiscard]] Result<double> get_double(std::string_view variable_key) const noexcept {
    return read<double>(opt_decision_get_double, variable_key);
  }
  /// A variable of the type `string`. Errors: as get.
  [[nodiscard]] Result<std::string_view> get_string(std::string_view variable_key) const noexcept {
    return read_text(opt_decision_get_string, variable_key);
  }
  /// A variable of the type `json`, as JSON text. Errors: as get.
  [[nodiscard]] Result<std::string_view> get_json(std::string_view variable_key) const noexcept {
    return read_text(opt_decision_get_json, variable_key);
  }

  /// Why it was decided so, step by step; without DecideOptions::include_reasons only what went wrong.
  [[nodiscard]] Range<std::string_view> reasons() const noexcept {
    return {decision(),
            [](const void *owner, std::size_t, std::size_t index) noexcept {
              return view(opt_decision_reason_at(static_cast<const opt_decision *>(owner), index));
            },
            opt_decision_reason_count(decision())};
  }
  /// The way to the decision in words, for a person to read; none without DecideOptions::include_reasons. As reasons
  /// do, it holds the user's id, and it holds the attributes too.
  [[nodiscard]] std::optional<std::string_view> explain_text() const noexcept {
    return text(opt_decision_explain_text(decision()));
  }
  /// The same as JSON; none without DecideOptions::include_reasons.
  [[nodiscard]] std::optional<std::string_view> explain_json() const noexcept {
    return text(opt_decision_explain_json(decision()));
  }
  /// The whole as JSON: flagKey, ruleKey, variationKey, enabled, variables, reasons; null for what there is not.
  [[nodiscard]] std::string_view json() const noexcept { return view(opt_decision_json(decision())); }

protected:
  explicit DecisionParts(const opt_decision *decision) noexcept {
    if (opt_decision_read(decision, &view_, sizeof view_, nullptr) != OPT_STATUS_OK)
      view_ = {};
  }

private:
  [[nodiscard]] const opt_decision *decision() const noexcept { return static_cast<const Self *>(this)->raw(); }

  /// The texts belong to the handle: an object that was moved from has none to show.
  [[nodiscard]] std::optional<std::string_view> text(opt_str part) const noexcept {
    if (!decision() || !part.data)
      return std::nullopt;
    return view(part);
  }

  template <class T, class Getter>
  Result<T> read(Getter getter, std::string_view variable_key) const noexcept {
    T value{};
    Result<void> called = call(getter, decision(), borrow(variable_key), &value);
    return give(std::move(called), value);
  }

  template <class Getter>
  Result<std::string_view> read_text(Getter getter, std::string_view variable_key) const noexcept {
    opt_str value{};
    Result<void> called = call(getter, decision(), borrow(variable_key), &value);
    return give(std::move(called), view(value));
  }

  opt_decision_view view_{};
};

} // namespace detail

/// What was decided for a user. Immutable; may outlive its client. It holds on to the datafile that it was made by.
class Decision : public detail::Handle<opt_decision, opt_decision_free>, public detail::DecisionParts<Decision> {
public:
  /// Adopts a C decision; without one it is empty.
  explicit Decision(opt_decision *owned = nullptr) noexcept : Handle(owned), DecisionParts(owned) {}
};

/// One decision of Decisions, from which it is borrowed; all that can be read of a Decision can be read of it.
class DecisionView : public detail::DecisionParts<DecisionView> {
public:
  /// Borrows a C decision.
  explicit DecisionView(const opt_decision *borrowed) noexcept : DecisionParts(borrowed), decision_(borrowed) {}

  /// The C decision.
  [[nodiscard]] const opt_decision *raw() const noexcept { return decision_; }

private:
  const opt_decision *decision_;
};

/// The decisions of several flags, each once, to index, to look up or to walk through:
/// `for (const opt::DecisionView &decision : decisions)`. Immutable; may outlive its client.
class Decisions : public detail::Handle<opt_decisions, opt_decisions_free> {
public:
  using Iterator = Range<DecisionView>::Iterator; ///< Walks through the decisions; valid while they are.

  /// Adopts C decisions.
  explicit Decisions(opt_decisions *owned) noexcept : Handle(owned) {}

  /// Number of decisions.
  [[nodiscard]] std::size_t size() const noexcept { return opt_decisions_count(raw()); }
  /// True if there is none.
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }
  /// The decision at `index`, in the order asked for or, of decide_all, the datafile's; an empty one past the end.
  [[nodiscard]] DecisionView operator[](std::size_t index) const noexcept { return all()[index]; }
  /// The same.
  [[nodiscard]] DecisionView at(std::size_t index) const noexcept { return all()[index]; }
  /// The decision of a flag; none if it is not among them.
  [[nodiscard]] std::optional<DecisionView> find(std::string_view flag_key) const noexcept {
    const opt_decision *found = opt_decisions_find(raw(), detail::borrow(flag_key));
    return found ? std::optional<DecisionView>(found) : std::nullopt;
  }
  [[nodiscard]] Iterator begin() const noexcept { return all().begin(); }
  [[nodiscard]] Iterator end() const noexcept { return all().end(); }

private:
  [[nodiscard]] Range<DecisionView> all() const noexcept {
    return {raw(),
            [](const void *owner, std::size_t, std::size_t index) noexcept {
              return DecisionView(opt_decisions_at(static_cast<const opt_decisions *>(owner), index));
            },
            size()};
  }
};

/// A list of keys, to index or to walk through: `for (std::string_view key : keys)`. Immutable; may outlive its client.
class Keys : public detail::Handle<opt_keys, opt_keys_free> {
public:
  using Iterator = Range<std::string_view>::Iterator; ///< Walks through the keys; valid while they are.

  /// Adopts C keys.
  explicit Keys(opt_keys *owned) noexcept : Handle(owned) {}

  /// Number of keys.
  [[nodiscard]] std::size_t size() const noexcept { return opt_keys_count(raw()); }
  /// True if there is none.
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }
  /// The key at `index`; the empty text past the end.
  [[nodiscard]] std::string_view operator[](std::size_t index) const noexcept { return all()[index]; }
  [[nodiscard]] Iterator begin() const noexcept { return all().begin(); }
  [[nodiscard]] Iterator end() const noexcept { return all().end(); }

private:
  [[nodiscard]] Range<std::string_view> all() const noexcept {
    return {raw(),
            [](const void *owner, std::size_t, std::size_t index) noexcept {
              return detail::view(opt_keys_at(static_cast<const opt_keys *>(owner), index));
            },
            size()};
  }
};

/// A text made for the caller. Immutable; may outlive its client.
class OwnedText : public detail::Handle<opt_text, opt_text_free> {
public:
  /// Adopts a C text; without one it is empty.
  explicit OwnedText(opt_text *owned = nullptr) noexcept : Handle(owned) {}

  /// The text.
  [[nodiscard]] std::string_view view() const noexcept { return detail::view(opt_text_read(raw())); }
  /// The same, where a std::string_view is asked for; not of a temporary, which would take the text with it.
  operator std::string_view() const &noexcept { return view(); }
  operator std::string_view() const && = delete;
};

/// A flag's variable of any type. Immutable; may outlive its client.
class Variable : public OwnedText {
public:
  /// Adopts a C text.
  Variable(VariableType type, opt_text *owned) noexcept : OwnedText(owned), type_(type) {}

  /// Its type.
  [[nodiscard]] VariableType type() const noexcept { return type_; }
  /// Its value as JSON: `true`, `42`, `4.2`, `"text"`, or any JSON.
  [[nodiscard]] std::string_view json() const noexcept { return view(); }

private:
  VariableType type_;
};

/// What a listener is told; the texts are valid during the call.
struct NotificationView {
  NotificationTypes type;   ///< One kind.
  std::string_view key;     ///< What it is about: see NotificationTypes.
  std::string_view payload; ///< All there is to know, as JSON; opttrack.h describes it for each kind.
};

namespace detail {

/// Reads a C notification.
inline NotificationView read(const opt_notification *notification) noexcept {
  opt_notification_view parts{};
  if (opt_notification_read(notification, &parts, sizeof parts, nullptr) != OPT_STATUS_OK)
    parts = {};
  return {static_cast<NotificationTypes>(parts.type), view(parts.key), view(parts.payload)};
}

} // namespace detail

/// A notification that was pulled with Client::next_notification. Immutable; may outlive its client.
class Notification : public detail::Handle<opt_notification, opt_notification_free> {
public:
  /// Adopts a C notification.
  explicit Notification(opt_notification *owned) noexcept : Handle(owned) {}

  /// Its parts.
  [[nodiscard]] NotificationView view() const noexcept { return detail::read(raw()); }
  /// Its kind.
  [[nodiscard]] NotificationTypes type() const noexcept { return view().type; }
  /// What it is about: see NotificationTypes.
  [[nodiscard]] std::string_view key() const noexcept { return view().key; }
  /// All there is to know, as JSON.
  [[nodiscard]] std::string_view payload() const noexcept { return view().payload; }
};

namespace detail {

/// Reads a view of C, and leaves it empty where there is nothing to read. `arguments` come before the view.
template <class View, class Reader, class... Arguments>
View read_view(Reader reader, Arguments... arguments) noexcept {
  View parts{};
  if (reader(arguments..., &parts, sizeof parts, nullptr) != OPT_STATUS_OK)
    parts = {};
  return parts;
}

} // namespace detail

/// A variable of OptimizelyConfig. Borrowed from it.
struct OptimizelyVariable {
  std::string_view id;    ///< Id.
  std::string_view key;   ///< Key.
  std::string_view type;  ///< "boolean", "integer", "double", "string" or "json".
  std::string_view value; ///< Its value as the datafile writes it.

  /// From the C struct.
  explicit OptimizelyVariable(const opt_config_variable &parts) noexcept
      : id(detail::view(parts.id)), key(detail::view(parts.key)), type(detail::view(parts.type)),
        value(detail::view(parts.value)) {}
};

/// A variation of OptimizelyConfig. Borrowed from it.
class OptimizelyVariation {
public:
  /// Borrows a C variation.
  explicit OptimizelyVariation(const opt_config_variation *borrowed) noexcept
      : variation_(borrowed),
        parts_(detail::read_view<opt_config_variation_view>(opt_config_variation_read, borrowed)) {}

  /// Id.
  [[nodiscard]] std::string_view id() const noexcept { return detail::view(parts_.id); }
  /// Key.
  [[nodiscard]] std::string_view key() const noexcept { return detail::view(parts_.key); }
  /// Does it enable the flag? None where the datafile does not say.
  [[nodiscard]] std::optional<bool> feature_enabled() const noexcept {
    return parts_.feature_enabled > 1 ? std::nullopt : std::optional<bool>(parts_.feature_enabled == 1);
  }
  /// The flag's variables as this variation has them.
  [[nodiscard]] Range<OptimizelyVariable> variables() const noexcept {
    return {variation_,
            [](const void *owner, std::size_t, std::size_t index) noexcept {
              return OptimizelyVariable(detail::read_view<opt_config_variable>(
                  opt_config_variation_variable_at, static_cast<const opt_config_variation *>(owner), index));
            },
            parts_.variable_count};
  }
  /// The C variation.
  [[nodiscard]] const opt_config_variation *raw() const noexcept { return variation_; }

private:
  const opt_config_variation *variation_;
  opt_config_variation_view parts_;
};

/// An experiment, or a rule of a flag, of OptimizelyConfig. Borrowed from it.
class OptimizelyExperiment {
public:
  /// Borrows a C experiment.
  explicit OptimizelyExperiment(const opt_config_experiment *borrowed) noexcept
      : experiment_(borrowed),
        parts_(detail::read_view<opt_config_experiment_view>(opt_config_experiment_read, borrowed)) {}

  /// Id.
  [[nodiscard]] std::string_view id() const noexcept { return detail::view(parts_.id); }
  /// Key.
  [[nodiscard]] std::string_view key() const noexcept { return detail::view(parts_.key); }
  /// Its audience conditions in words, such as `"us" OR "female"`.
  [[nodiscard]] std::string_view audiences() const noexcept { return detail::view(parts_.audiences); }
  /// Its variations.
  [[nodiscard]] Range<OptimizelyVariation> variations() const noexcept {
    return {experiment_,
            [](const void *owner, std::size_t, std::size_t index) noexcept {
              return OptimizelyVariation(
                  opt_config_experiment_variation_at(static_cast<const opt_config_experiment *>(owner), index));
            },
            parts_.variation_count};
  }
  /// The C experiment.
  [[nodiscard]] const opt_config_experiment *raw() const noexcept { return experiment_; }

private:
  const opt_config_experiment *experiment_;
  opt_config_experiment_view parts_;
};

/// A flag of OptimizelyConfig. Borrowed from it.
class OptimizelyFeature {
public:
  /// Borrows a C feature.
  explicit OptimizelyFeature(const opt_config_feature *borrowed) noexcept
      : feature_(borrowed), parts_(detail::read_view<opt_config_feature_view>(opt_config_feature_read, borrowed)) {}

  /// Id.
  [[nodiscard]] std::string_view id() const noexcept { return detail::view(parts_.id); }
  /// Key.
  [[nodiscard]] std::string_view key() const noexcept { return detail::view(parts_.key); }
  /// Its experiment rules, in the order in which they are tried.
  [[nodiscard]] Range<OptimizelyExperiment> experiment_rules() const noexcept {
    return {feature_,
            [](const void *owner, std::size_t, std::size_t index) noexcept {
              return OptimizelyExperiment(
                  opt_config_feature_experiment_rule_at(static_cast<const opt_config_feature *>(owner), index));
            },
            parts_.experiment_rule_count};
  }
  /// Its delivery rules, in the order in which they are tried.
  [[nodiscard]] Range<OptimizelyExperiment> delivery_rules() const noexcept {
    return {feature_,
            [](const void *owner, std::size_t, std::size_t index) noexcept {
              return OptimizelyExperiment(
                  opt_config_feature_delivery_rule_at(static_cast<const opt_config_feature *>(owner), index));
            },
            parts_.delivery_rule_count};
  }
  /// Its variables with their defaults.
  [[nodiscard]] Range<OptimizelyVariable> variables() const noexcept {
    return {feature_,
            [](const void *owner, std::size_t, std::size_t index) noexcept {
              return OptimizelyVariable(detail::read_view<opt_config_variable>(
                  opt_config_feature_variable_at, static_cast<const opt_config_feature *>(owner), index));
            },
            parts_.variable_count};
  }
  /// The C feature.
  [[nodiscard]] const opt_config_feature *raw() const noexcept { return feature_; }

private:
  const opt_config_feature *feature_;
  opt_config_feature_view parts_;
};

/// An attribute of OptimizelyConfig. Borrowed from it.
struct OptimizelyAttribute {
  std::string_view id;  ///< Id.
  std::string_view key; ///< Key.
};

/// An audience of OptimizelyConfig. Borrowed from it.
struct OptimizelyAudience {
  std::string_view id;         ///< Id.
  std::string_view name;       ///< Name.
  std::string_view conditions; ///< Its conditions as JSON.
};

/// An event of OptimizelyConfig. Borrowed from it.
struct OptimizelyEvent {
  std::string_view id;                    ///< Id.
  std::string_view key;                   ///< Key.
  Range<std::string_view> experiment_ids; ///< The ids of the experiments that it counts for.
};

/// What is in the datafile in force, to show or to check: see Client::optimizely_config. Immutable, stays as it is when
/// another datafile comes, and may outlive its client.
class OptimizelyConfig : public detail::Handle<opt_config, opt_config_free> {
public:
  /// Adopts a C config.
  explicit OptimizelyConfig(opt_config *owned) noexcept
      : Handle(owned), parts_(detail::read_view<opt_config_view>(opt_config_read, owned)) {}

  /// The environment's SDK key.
  [[nodiscard]] std::string_view sdk_key() const noexcept { return detail::view(parts().sdk_key); }
  /// The environment's key.
  [[nodiscard]] std::string_view environment_key() const noexcept { return detail::view(parts().environment_key); }
  /// The datafile's revision.
  [[nodiscard]] std::string_view revision() const noexcept { return detail::view(parts().revision); }
  /// The whole as JSON, named as in every official SDK.
  [[nodiscard]] std::string_view json() const noexcept { return detail::view(opt_config_json(raw())); }
  /// The datafile, byte for byte.
  [[nodiscard]] std::string_view datafile() const noexcept { return detail::view(opt_config_datafile(raw())); }

  /// All experiments, of groups too, but no delivery rules.
  [[nodiscard]] Range<OptimizelyExperiment> experiments() const noexcept {
    return {raw(),
            [](const void *owner, std::size_t, std::size_t index) noexcept {
              return OptimizelyExperiment(opt_config_experiment_at(static_cast<const opt_config *>(owner), index));
            },
            parts().experiment_count};
  }
  /// The experiment of a key.
  [[nodiscard]] std::optional<OptimizelyExperiment> find_experiment(std::string_view key) const noexcept {
    const opt_config_experiment *found = opt_config_experiment_find(raw(), detail::borrow(key));
    return found ? std::optional<OptimizelyExperiment>(found) : std::nullopt;
  }
  /// All flags.
  [[nodiscard]] Range<OptimizelyFeature> features() const noexcept {
    return {raw(),
            [](const void *owner, std::size_t, std::size_t index) noexcept {
              return OptimizelyFeature(opt_config_feature_at(static_cast<const opt_config *>(owner), index));
            },
            parts().feature_count};
  }
  /// The flag of a key.
  [[nodiscard]] std::optional<OptimizelyFeature> find_feature(std::string_view key) const noexcept {
    const opt_config_feature *found = opt_config_feature_find(raw(), detail::borrow(key));
    return found ? std::optional<OptimizelyFeature>(found) : std::nullopt;
  }
  /// All attributes.
  [[nodiscard]] Range<OptimizelyAttribute> attributes() const noexcept {
    return {raw(),
            [](const void *owner, std::size_t, std::size_t index) noexcept {
              const auto parts = detail::read_view<opt_config_attribute>(opt_config_attribute_at,
                                                                         static_cast<const opt_config *>(owner), index);
              return OptimizelyAttribute{detail::view(parts.id), detail::view(parts.key)};
            },
            parts().attribute_count};
  }
  /// All audiences.
  [[nodiscard]] Range<OptimizelyAudience> audiences() const noexcept {
    return {
        raw(),
        [](const void *owner, std::size_t, std::size_t index) noexcept {
          const auto parts = detail::read_view<opt_config_audience>(opt_config_audience_at,
                                                                    static_cast<const opt_config *>(owner), index);
          return OptimizelyAudience{detail::view(parts.id), detail::view(parts.name), detail::view(parts.conditions)};
        },
        parts().audience_count};
  }
  /// All events.
  [[nodiscard]] Range<OptimizelyEvent> events() const noexcept {
    return {raw(),
            [](const void *owner, std::size_t, std::size_t index) noexcept {
              const auto parts = detail::read_view<opt_config_event>(opt_config_event_at,
                                                                     static_cast<const opt_config *>(owner), index);
              return OptimizelyEvent{detail::view(parts.id), detail::view(parts.key),
                                     Range<std::string_view>(owner, experiment_id, parts.experiment_id_count, index)};
            },
            parts().event_count};
  }

private:
  static std::string_view experiment_id(const void *owner, std::size_t event, std::size_t index) noexcept {
    return detail::view(opt_config_event_experiment_id_at(static_cast<const opt_config *>(owner), event, index));
  }

  /// An object that was moved from has nothing to show.
  [[nodiscard]] opt_config_view parts() const noexcept { return raw() ? parts_ : opt_config_view{}; }

  opt_config_view parts_;
};

/// A header of a request.
struct HeaderView {
  std::string_view name;  ///< Its name.
  std::string_view value; ///< Its value.
};

/// A request that the host is to make: see Client::next_request. Immutable; it may be let go of before it is completed,
/// and may outlive its client.
class Request : public detail::Handle<opt_request, opt_request_free> {
public:
  /// Adopts a C request.
  explicit Request(opt_request *owned) noexcept
      : Handle(owned), parts_(detail::read_view<opt_request_view>(opt_request_read, owned)) {}

  /// By which Client::complete and Client::fail know it.
  [[nodiscard]] std::uint64_t id() const noexcept { return parts().id; }
  /// "POST".
  [[nodiscard]] std::string_view method() const noexcept { return detail::view(parts().method); }
  /// An http:// or https:// URL.
  [[nodiscard]] std::string_view url() const noexcept { return detail::view(parts().url); }
  /// The headers to send.
  [[nodiscard]] Range<HeaderView> headers() const noexcept { return {raw(), header_at, parts().header_count}; }
  /// What to send: JSON.
  [[nodiscard]] std::string_view body() const noexcept { return detail::view(parts().body); }
  /// How long it may take from next_request on; completed later it counts as failed.
  [[nodiscard]] Milliseconds timeout() const noexcept { return Milliseconds(parts().timeout_ms); }

private:
  static HeaderView header_at(const void *owner, std::size_t, std::size_t index) noexcept {
    const auto all = detail::read_view<opt_request_view>(opt_request_read, static_cast<const opt_request *>(owner));
    if (index >= all.header_count)
      return {};
    return {detail::view(all.headers[index].name), detail::view(all.headers[index].value)};
  }

  /// An object that was moved from has nothing to show.
  [[nodiscard]] opt_request_view parts() const noexcept { return raw() ? parts_ : opt_request_view{}; }

  opt_request_view parts_;
};

/// The books of a client, from its making on: the fields of opt_stats, each explained in opttrack.h. At any instant
/// `accepted + recovered == delivered + pending + dead_lettered + dropped`; refused_… events were never accepted;
/// ignored_values counts attributes and tags left out of accepted events. A plain value.
struct Stats : opt_stats {
  /// How delivery is doing, the worst over all endpoints.
  [[nodiscard]] DeliveryState delivery() const noexcept { return static_cast<DeliveryState>(delivery_state); }
  /// Where events wait.
  [[nodiscard]] JournalKind journal() const noexcept { return static_cast<JournalKind>(journal_kind); }
};

/// Decides and records for one environment of an Optimizely project. Share one freely: every const call may run on any
/// number of threads at once. The first event starts the client's one delivery thread, which blocks all signals; one
/// that the host drives (Options::host_driven) has none.
///
/// Fork: a child may go on with its parent's client. It begins with zero counters, a queue (in a journal: a directory),
/// a thread and connections of its own; what waits in the parent is sent by the parent alone. A child that ends without
/// close sends nothing.
///
/// The destructor does not wait. Events not yet delivered stay in the journal for the next client of its directory;
/// without Options::journal they are lost. So call close first, with a time-out.
class Client : public detail::Handle<opt_client, opt_client_free> {
public:
  /// A client from options, which are used up also on failure. Parses the datafile on this thread, a few ms per MB.
  /// Errors: invalid_argument (options out of range, all named; no datafile), invalid_datafile (the place is the JSON
  /// path), disk (a directory can't be used), out_of_memory, not_supported (header and library differ in major or minor
  /// version; the message names both).
  static Result<Client> create(Options options) noexcept {
    if (Result<void> fits = detail::check_version(); !fits)
      return fits.error();
    if (!options.outcome_)
      return options.outcome_.error();
    return detail::make<Client>(opt_client_new, options.release());
  }
  /// Adopts a C client.
  explicit Client(opt_client *owned) noexcept : Handle(owned) {}

  /// Decides which variation of an experiment the user gets, and records the impression where there is a variation.
  /// After close it still decides; event_status() then says that the impression was refused.
  /// Errors: unknown_experiment, not_ready, prediction_failed.
  Result<Decision> activate(const User &user, std::string_view experiment_key) const noexcept {
    return detail::make<Decision>(opt_activate, raw(), user.raw(), detail::borrow(experiment_key));
  }

  /// Decides as activate does, and records nothing. Errors: unknown_experiment, not_ready, prediction_failed.
  Result<Decision> get_variation(const User &user, std::string_view experiment_key) const noexcept {
    return detail::make<Decision>(opt_get_variation, raw(), user.raw(), detail::borrow(experiment_key));
  }

  /// Decides a flag: holdouts, then its experiments in order, then its delivery rules; records the impression where one
  /// is due. On an error treat the flag as off; `if_failed`, if given, gets the error decision then, which is off and
  /// has the reason. Errors: unknown_flag, not_ready, prediction_failed, invalid_argument (unknown options), which
  /// alone leaves `if_failed` empty.
  Result<Decision> decide(const User &user, std::string_view flag_key, DecideOptions options = DecideOptions::none,
                          Decision *if_failed = nullptr) const noexcept {
    opt_decision *handle = nullptr;
    Result<void> called = detail::call(opt_decide, raw(), user.raw(), detail::borrow(flag_key),
                                       static_cast<std::uint32_t>(options), &handle);
    return detail::give_or_keep(std::move(called), Decision(handle), if_failed);
  }

  /// Decides several flags by one datafile, each key once: `client.decide_for_keys(user, {"search", "dark_mode"})`. A
  /// flag that could not be decided has an error decision among them. Errors: not_ready, invalid_argument.
  Result<Decisions> decide_for_keys(const User &user, Texts flag_keys,
                                    DecideOptions options = DecideOptions::none) const noexcept {
    return detail::make<Decisions>(opt_decide_for_keys, raw(), user.raw(), flag_keys.raw(), flag_keys.size(),
                                   static_cast<std::uint32_t>(options));
  }

  /// Decides every flag of the datafile, in its order. Errors: as decide_for_keys.
  Result<Decisions> decide_all(const User &user, DecideOptions options = DecideOptions::none) const noexcept {
    return detail::make<Decisions>(opt_decide_all, raw(), user.raw(), static_cast<std::uint32_t>(options));
  }

  /// Is the flag on for the user? Decides and records as decide does, but heeds neither forced decisions nor the
  /// client's default decide options; `event_status`, if given, gets what became of the impression.
  /// `client.is_feature_enabled(user, "dark_mode").value_or(false)` is the usual way to ask.
  /// Errors: unknown_flag, not_ready, prediction_failed.
  Result<bool> is_feature_enabled(const User &user, std::string_view flag_key,
                                  EventStatus *event_status = nullptr) const noexcept {
    bool enabled = false;
    std::uint32_t impression = OPT_EVENT_SUPPRESSED;
    Result<void> called =
        detail::call(opt_is_feature_enabled, raw(), user.raw(), detail::borrow(flag_key), &enabled, &impression);
    if (event_status)
      *event_status = static_cast<EventStatus>(impression);
    return detail::give(std::move(called), enabled);
  }

  /// The keys of all flags that are on for the user, in the datafile's order, all by one datafile; records the
  /// impressions that are due. `refused`, if given, gets the number of impressions refused. Errors: not_ready.
  Result<Keys> get_enabled_features(const User &user, std::uint64_t *refused = nullptr) const noexcept {
    opt_keys *keys = nullptr;
    Result<void> called = detail::call(opt_get_enabled_features, raw(), user.raw(), &keys, refused);
    return detail::give(std::move(called), Keys(keys));
  }

  /// The value of a flag's variable for the user, of the type `boolean`: the variation's if it enables the flag, else
  /// the default. Records no impression, and heeds no forced decision.
  /// A prediction that can't be had counts as no variation.
  /// Errors: unknown_flag, unknown_variable, wrong_type, bad_value, not_ready.
  Result<bool> get_feature_variable_boolean(const User &user, std::string_view flag_key,
                                            std::string_view variable_key) const noexcept {
    return variable<bool>(opt_get_feature_variable_boolean, user, flag_key, variable_key);
  }
  /// The same for the type `integer`.
  Result<std::int64_t> get_feature_variable_integer(const User &user, std::string_view flag_key,
                                                    std::string_view variable_key) const noexcept {
    return variable<std::int64_t>(opt_get_feature_variable_integer, user, flag_key, variable_key);
  }
  /// The same for the type `double`.
  Result<double> get_feature_variable_double(const User &user, std::string_view flag_key,
                                             std::string_view variable_key) const noexcept {
    return variable<double>(opt_get_feature_variable_double, user, flag_key, variable_key);
  }
  /// The same for the type `string`.
  Result<OwnedText> get_feature_variable_string(const User &user, std::string_view flag_key,
                                                std::string_view variable_key) const noexcept {
    return detail::make<OwnedText>(opt_get_feature_variable_string, raw(), user.raw(), detail::borrow(flag_key),
                                   detail::borrow(variable_key));
  }
  /// The same for the type `json`, as JSON text.
  Result<OwnedText> get_feature_variable_json(const User &user, std::string_view flag_key,
                                              std::string_view variable_key) const noexcept {
    return detail::make<OwnedText>(opt_get_feature_variable_json, raw(), user.raw(), detail::borrow(flag_key),
                                   detail::borrow(variable_key));
  }
  /// The same for any type: the type, and the value as JSON.
  Result<Variable> get_feature_variable(const User &user, std::string_view flag_key,
                                        std::string_view variable_key) const noexcept {
    std::uint32_t type = 0;
    opt_text *text = nullptr;
    Result<void> called = detail::call(opt_get_feature_variable, raw(), user.raw(), detail::borrow(flag_key),
                                       detail::borrow(variable_key), &type, &text);
    return detail::give(std::move(called), Variable(static_cast<VariableType>(type), text));
  }
  /// All variables of a flag as a JSON object. Where one can't be read as its type the error is `partial`, and
  /// `if_partial`, if given, gets the object all the same, with null for that variable.
  /// A prediction that can't be had counts as no variation. Errors: unknown_flag, partial, not_ready.
  Result<OwnedText> get_all_feature_variables(const User &user, std::string_view flag_key,
                                              OwnedText *if_partial = nullptr) const noexcept {
    opt_text *text = nullptr;
    Result<void> called =
        detail::call(opt_get_all_feature_variables, raw(), user.raw(), detail::borrow(flag_key), &text);
    return detail::give_or_keep(std::move(called), OwnedText(text), if_partial);
  }

  /// Counts a conversion of the user, once for each experiment whose impression this user already had:
  /// `client.track(user, "purchase", {{"revenue", 4999}, {"currency", "EUR"}})`. Sends no impression; allocates nothing
  /// here, however many tags. The tag `revenue` (a number, in cents) and the tag `value` (a number, or a text that is
  /// one) feed metrics. Tags that can't be sent (no value, NaN, infinities) are left out, logged and counted.
  /// Success means accepted: from then on stats() accounts for the event.
  /// Errors, on each of which nothing was recorded: unknown_event, not_ready, closed, tracking_off, too_large,
  /// queue_full, disk, out_of_memory.
  Result<void> track(const User &user, std::string_view event_key, Pairs tags = {}) const noexcept {
    return detail::call(opt_track, raw(), user.raw(), detail::borrow(event_key), tags.raw(), tags.size());
  }

  /// Counts a conversion as track does, that happened at another time (0 to the end of the year 9999) or has a uuid of
  /// its own: for consumers of queues, and for jobs that are run again, for the Events API counts what has the same
  /// uuid once. `uuid` is `8-4-4-4-12` hexadecimal digits in either case; empty: one is made.
  /// Errors: those of track, and invalid_argument (a time out of range, no uuid).
  Result<void> track_at(const User &user, std::string_view event_key, Pairs tags, Time time,
                        std::string_view uuid = {}) const noexcept {
    return detail::call(opt_track_at, raw(), user.raw(), detail::borrow(event_key), tags.raw(), tags.size(),
                        std::int64_t{time.since_1970().count()}, detail::borrow(uuid));
  }

  /// Forces a variation of an experiment on a user id: it outranks whitelist, audience and traffic, not a pause. Kept
  /// in memory until removed, also over set_datafile. Errors: unknown_experiment, not_found (no such variation),
  /// not_ready.
  Result<void> set_forced_variation(std::string_view experiment_key, std::string_view user_id,
                                    std::string_view variation_key) const noexcept {
    return detail::call(opt_client_set_forced_variation, raw(), detail::borrow(experiment_key), detail::borrow(user_id),
                        detail::borrow(variation_key));
  }

  /// Removes a forced variation; fine also if none was set. Errors: unknown_experiment, not_ready.
  Result<void> remove_forced_variation(std::string_view experiment_key, std::string_view user_id) const noexcept {
    return detail::call(opt_client_remove_forced_variation, raw(), detail::borrow(experiment_key),
                        detail::borrow(user_id));
  }

  /// The variation forced on a user id, as a decision that has rule and variation key.
  /// Errors: not_found (none is set, or the datafile no longer has it), unknown_experiment, not_ready.
  Result<Decision> get_forced_variation(std::string_view experiment_key, std::string_view user_id) const noexcept {
    return detail::make<Decision>(opt_client_get_forced_variation, raw(), detail::borrow(experiment_key),
                                  detail::borrow(user_id));
  }

  /// Puts another datafile in force; calls that run finish on the old one, and one that is refused changes nothing.
  /// Parses it on this thread. Errors: invalid_argument, invalid_datafile, closed, out_of_memory.
  Result<void> set_datafile(std::string_view json) const noexcept {
    return detail::call(opt_client_set_datafile, raw(), detail::borrow(json));
  }

  /// What is in the datafile in force. Made once for each datafile, then shared. Errors: not_ready.
  [[nodiscard]] Result<OptimizelyConfig> optimizely_config() const noexcept {
    return detail::make<OptimizelyConfig>(opt_client_get_optimizely_config, raw());
  }

  /// Has `listener(notification)`, which takes a `const opt::NotificationView &`, called for every notification of
  /// these kinds, in the order in which listeners were added; gives the id to remove it by. An exception that leaves it
  /// is dropped. The listener is destroyed once its last use is over, with the client or before.
  /// Errors: invalid_argument (no kind, or an unknown one), out_of_memory.
  template <class Listener>
  Result<std::uint64_t> add_listener(NotificationTypes types, Listener listener) const noexcept {
    Listener *kept = new (std::nothrow) Listener(std::move(listener));
    if (!kept)
      return Error(Status::out_of_memory, "no memory for the listener", "listener", true);
    const opt_notification_callback tell = [](const opt_notification *notification, void *user_data) noexcept {
      detail::contain([&] { (*static_cast<Listener *>(user_data))(detail::read(notification)); });
    };
    std::uint64_t id = 0;
    Result<void> called = detail::call(opt_client_add_listener, raw(), static_cast<std::uint32_t>(types), tell,
                                       static_cast<void *>(kept), opt_release_callback{detail::destroy<Listener>}, &id);
    return detail::give(std::move(called), id);
  }

  /// Removes a listener; it may be called from within one. Errors: not_found.
  Result<void> remove_listener(std::uint64_t id) const noexcept {
    return detail::call(opt_client_remove_listener, raw(), id);
  }

  /// Takes the oldest notification out of the queue that Options::notification_queue asked for, waiting for one at most
  /// `timeout`; close ends the wait, and once the queue is empty every call after it is closed.
  /// Errors: timeout (there is none yet), closed.
  Result<Notification> next_notification(Milliseconds timeout) const noexcept {
    return detail::make<Notification>(opt_client_next_notification, raw(), detail::clamp(timeout));
  }

  /// Sends what was accepted before this call and waits for the server's answers, at most `timeout` (0: not at all; the
  /// longest is 49 days). `left`, if given, gets how many of those events still wait: they stay queued.
  /// Errors: timeout, closed.
  Result<void> flush(Milliseconds timeout, std::uint64_t *left = nullptr) const noexcept {
    return detail::call(opt_client_flush, raw(), detail::clamp(timeout), left);
  }

  /// Refuses further events, sends what waits, ends the delivery thread; at most `timeout`, as for flush. Decisions
  /// still work afterwards. `left`, if given, gets how many accepted events were not delivered: they stay in the
  /// journal for the next client of its directory, and without one are lost with the client. A second close waits like
  /// the first. Errors: timeout, invalid_argument (called from a callback of this client).
  Result<void> close(Milliseconds timeout, std::uint64_t *left = nullptr) const noexcept {
    return detail::call(opt_client_close, raw(), detail::clamp(timeout), left);
  }

  /// Returns when what was accepted before survives a loss of power: asks the disk to keep the journal, and waits for
  /// it at most `timeout`. Errors: timeout, disk, not_supported (no journal on disk).
  Result<void> sync(Milliseconds timeout) const noexcept {
    return detail::call(opt_client_sync, raw(), detail::clamp(timeout));
  }

  /// Switches the recording of events off, or on again, for a visitor's or an operator's consent. While it is off track
  /// fails with tracking_off; decisions work, and their impressions are EventStatus::suppressed. What was recorded
  /// before is delivered all the same: see discard.
  Result<void> set_tracking(bool is_on) const noexcept {
    return detail::call(opt_client_set_tracking, raw(), std::uint32_t{is_on});
  }

  /// Gives up everything that waits, as for a user who withdraws consent, and says how many events that were. Each
  /// counts as dropped, and is notified. A batch on its way is given up if its attempt fails. Errors: disk.
  Result<std::uint64_t> discard() const noexcept {
    std::uint64_t count = 0;
    Result<void> called = detail::call(opt_client_discard, raw(), &count);
    return detail::give(std::move(called), count);
  }

  /// Gives up what waits of one visitor, overwrites it on the disk, and removes the visitor's dead letters, those of
  /// clients that are no more included; says how many events and letters that were. Reads all that waits.
  /// Errors: disk.
  Result<std::uint64_t> purge_visitor(std::string_view visitor_id) const noexcept {
    std::uint64_t count = 0;
    Result<void> called = detail::call(opt_client_purge_visitor, raw(), detail::borrow(visitor_id), &count);
    return detail::give(std::move(called), count);
  }

  /// Does what is due for a client that the host drives: posts what has waited long enough, on this thread, for at most
  /// `budget`. A request is given what is left of it; a budget of 0 sends nothing. With a pulled transport it makes
  /// requests ready for next_request. Gives the time after which to call again: 0 if there is more to do now, none if
  /// there is nothing to do until an event comes, which wake_descriptor tells.
  /// Errors: closed, invalid_argument (not host-driven).
  Result<std::optional<Milliseconds>> pump(Milliseconds budget) const noexcept {
    std::uint32_t next = UINT32_MAX;
    Result<void> called = detail::call(opt_client_pump, raw(), detail::clamp(budget), &next);
    return detail::give(std::move(called),
                        next == UINT32_MAX ? std::nullopt : std::optional<Milliseconds>(Milliseconds(next)));
  }

  /// A descriptor that is readable when pump, or next_request of a pulled transport, is to be called. It is the
  /// client's, to be polled and nothing else; a child of a fork asks for one of its own.
  /// Errors: invalid_argument (not host-driven), out_of_memory (no descriptor can be had), not_supported (no eventfd).
  [[nodiscard]] Result<int> wake_descriptor() const noexcept {
    int descriptor = -1;
    Result<void> called = detail::call(opt_client_wake_descriptor, raw(), &descriptor);
    return detail::give(std::move(called), descriptor);
  }

  /// Sets the clock of Options::manual_clock: what it shows, and how much time has passed since the client was made,
  /// which never goes back. The next call that drives does what has become due.
  /// Errors: invalid_argument (a time out of range; no manual clock).
  Result<void> set_clock(Time now, Milliseconds since_made) const noexcept {
    return detail::call(opt_client_set_clock, raw(), std::int64_t{now.since_1970().count()},
                        static_cast<std::uint64_t>(since_made.count() < 0 ? 0 : since_made.count()));
  }

  /// Takes the next request that is due, for the host to make, waiting for one at most `timeout`; close ends the wait.
  /// No redirect is to be followed. Whatever comes of it is told to complete or fail, within Request::timeout.
  /// Errors: timeout (none is due), closed, invalid_argument (no pulled transport).
  Result<Request> next_request(Milliseconds timeout) const noexcept {
    return detail::make<Request>(opt_client_next_request, raw(), detail::clamp(timeout));
  }

  /// Gives the answer to a request: `client.complete(request.id(), 503, {{"Retry-After", "7"}})`. The library knows
  /// what it means; of the headers it reads Retry-After and Date. Bytes that are not UTF-8 are replaced. Errors:
  /// not_found (no such request, or settled already: completed or timed out), invalid_argument (a status other than 0
  /// and 100 to 999; no pulled transport).
  Result<void> complete(std::uint64_t request_id, std::uint32_t http_status, Headers headers = {},
                        std::string_view body = {}) const noexcept {
    return detail::call(opt_client_complete, raw(), request_id, http_status, headers.raw(), headers.size(),
                        detail::borrow(body));
  }

  /// Says that no whole answer to a request came, and why, for the log. It comes again later. Errors: as complete.
  Result<void> fail(std::uint64_t request_id, std::string_view reason) const noexcept {
    return complete(request_id, 0, {}, reason);
  }

  /// The client's books; at any time, also after close.
  Result<Stats> stats() const noexcept {
    Stats books{};
    Result<void> called = detail::call(opt_client_stats, raw(), &books, sizeof(opt_stats));
    return detail::give(std::move(called), books);
  }

private:
  template <class T, class Getter>
  Result<T> variable(Getter getter, const User &user, std::string_view flag_key,
                     std::string_view variable_key) const noexcept {
    T value{};
    Result<void> called =
        detail::call(getter, raw(), user.raw(), detail::borrow(flag_key), detail::borrow(variable_key), &value);
    return detail::give(std::move(called), value);
  }
};

} // namespace v0, v0_aborts
} // namespace opt

#undef OPTTRACK_THROWS

#endif // OPTTRACK_HPP
