/// The second file of header_twice, always built without exceptions: it sees the aborting inline namespace.
#include "header_twice.hpp"

std::string side(const opt::Result<void> &) { return "aborts"; }

std::string side_of_other_file() { return side({}); }

bool other_file_makes_user() { return opt::User::create("other", {{"plan", "gold"}}).has_value(); }
