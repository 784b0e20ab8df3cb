/// Two files of one program include the header, one built without exceptions: they link, and keep apart what differs.
#include "header_twice.hpp"

#include "check.hpp"

#ifdef __cpp_exceptions
std::string side(const opt::Result<void> &) { return "throws"; }
constexpr std::string_view ours = "throws";
#else
constexpr std::string_view ours = "aborts";
#endif

int main() {
  CHECK(opt::User::create("first", {{"plan", "gold"}}).has_value());
  CHECK(other_file_makes_user());
  CHECK_EQ(side({}), ours);
  CHECK_EQ(side_of_other_file(), "aborts");
  return check::done("header_twice");
}
