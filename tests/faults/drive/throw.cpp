// An exception that nobody catches: C can't throw one.
#include <stdexcept>

extern "C" [[noreturn]] void drive_throw(void) { throw std::runtime_error("nobody catches this"); }
