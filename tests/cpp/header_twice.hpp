/// What the two files of header_twice tell each other.
#ifndef OPTTRACK_TESTS_HEADER_TWICE_HPP
#define OPTTRACK_TESTS_HEADER_TWICE_HPP

#include <opttrack.hpp>
#include <string>

/// Which side a file is on, "throws" or "aborts". Defined once for each: were the two types called `opt::Result<void>`
/// of one name in the object files, the program would not link.
std::string side(const opt::Result<void> &);

/// What side() says in the other file.
std::string side_of_other_file();

/// Makes a user in the other file.
bool other_file_makes_user();

#endif
