/// Result and Error: what is asked of them, what value() does on an error with exceptions and without, and
/// std::expected.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <memory>

#include "check.hpp"

using opt::Error;
using opt::Result;
using opt::Status;

namespace {

static_assert(std::is_constructible_v<bool, Result<int>> && std::is_constructible_v<bool, Result<void>>);
static_assert(!std::is_convertible_v<Result<int>, bool>);
static_assert(!std::is_constructible_v<bool, Result<bool>>, "would be mistaken for the value");
static_assert(std::is_nothrow_move_constructible_v<Result<opt::Client>>);
static_assert(!std::is_copy_constructible_v<opt::Client> && !std::is_copy_constructible_v<opt::User>);
static_assert(std::is_copy_constructible_v<Error> && std::is_base_of_v<std::exception, Error>);

Error full() { return Error(Status::queue_full, "the queue is full", "queue", true); }

void successes() {
  Result<int> seven = 7;
  CHECK(static_cast<bool>(seven));
  CHECK(seven.has_value());
  CHECK_EQ(seven.value(), 7);
  seven.value() = 8;
  CHECK_EQ(seven.value_or(1), 8);
  CHECK_EQ(seven.error().status(), Status::ok);
  CHECK_EQ(seven.error().message(), "");

  Result<std::unique_ptr<int>> owner = std::make_unique<int>(5);
  const std::unique_ptr<int> moved = std::move(owner).value();
  CHECK_EQ(*moved, 5);

  CHECK_EQ(Result<bool>(false).has_value(), true);
  CHECK_EQ(Result<bool>(false).value_or(true), false);
  CHECK(Result<void>().has_value());
  Result<void>().value();
}

void failures() {
  const Result<int> failed = full();
  CHECK(!failed);
  CHECK_EQ(failed.value_or(3), 3);
  CHECK_EQ(failed.error().status(), Status::queue_full);
  CHECK_EQ(failed.error().message(), "the queue is full");
  CHECK_EQ(failed.error().place(), "queue");
  CHECK(failed.error().is_retriable());
  CHECK_EQ(std::string_view(failed.error().what()), "the queue is full");
  CHECK_EQ(std::string_view(Error(Status::disk).what()), "OPT_STATUS_DISK");
  CHECK(!Result<void>(full()));
  CHECK_EQ(Result<bool>(full()).value_or(true), true);
}

/// The words and place of an error that the library itself made.
void failures_of_the_library() {
  const Result<opt::User> user = opt::User::create("visitor", {{"plan", "\xff"}});
  CHECK_FAILS(user, Status::invalid_utf8);
  CHECK(!user.error().message().empty());
  CHECK(!user.error().is_retriable());
  CHECK_EQ(std::string_view(user.error().what()), user.error().message());
}

#ifdef __cpp_exceptions
template <class Action>
void throws(Action action) {
  std::string caught = "nothing";
  try {
    action();
  } catch (const std::exception &error) {
    caught = error.what();
  }
  CHECK_EQ(caught, "the queue is full");
}

void values_of_failures() {
  throws([] { Result<int>(full()).value(); });
  throws([] {
    const Result<int> failed = full();
    (void)failed.value();
  });
  throws([] {
    Result<int> failed = full();
    failed.value() = 1;
  });
  throws([] { Result<void>(full()).value(); });
  try {
    Result<void>(full()).value();
  } catch (const Error &error) {
    CHECK_EQ(error.status(), Status::queue_full);
    CHECK_EQ(error.place(), "queue");
  }
}
#else
/// Runs `action` in a child: it must be ended by SIGABRT after it has said why.
template <class Action>
void aborts(Action action) {
  int ends[2];
  if (!CHECK_EQ(pipe(ends), 0))
    return;
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], STDERR_FILENO);
    action();
    _exit(0);
  }
  close(ends[1]);
  std::string said;
  char part[256];
  for (ssize_t got = read(ends[0], part, sizeof part); got > 0; got = read(ends[0], part, sizeof part))
    said.append(part, static_cast<std::size_t>(got));
  close(ends[0]);
  int status = 0;
  CHECK_EQ(waitpid(child, &status, 0), child);
  CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
  CHECK_EQ(said, "libopttrack: value() of a failed call: OPT_STATUS_QUEUE_FULL: the queue is full\n");
}

void values_of_failures() {
  aborts([] { Result<int>(full()).value(); });
  aborts([] {
    const Result<int> failed = full();
    (void)failed.value();
  });
  aborts([] {
    Result<int> failed = full();
    failed.value() = 1;
  });
  aborts([] { Result<void>(full()).value(); });
}
#endif

void expected() {
#ifdef __cpp_lib_expected
  std::expected<opt::User, Error> user = opt::User::create("visitor");
  CHECK(user.has_value());
  std::expected<int, Error> failed = Result<int>(full());
  CHECK(!failed && failed.error().status() == Status::queue_full);
  std::expected<bool, Error> off = Result<bool>(false);
  CHECK(off.has_value() && !*off);
  std::expected<void, Error> nothing = Result<void>();
  CHECK(nothing.has_value());
  std::expected<void, Error> refused = Result<void>(full());
  CHECK(!refused && refused.error().place() == "queue");
#endif
}

} // namespace

int main() {
  successes();
  failures();
  failures_of_the_library();
  values_of_failures();
  expected();
  return check::done("results");
}
