// Assertions that count: a failed one prints where and what, and the program goes on to its last line.
#ifndef OPTTRACK_TESTS_CHECK_H
#define OPTTRACK_TESTS_CHECK_H

#include <opttrack.h>
#include <stdbool.h>

// True is a pass; false prints the expression.
#define CHECK(condition) check_that((condition), #condition, __FILE__, __LINE__)

// Two whole numbers are equal; both are printed when they are not.
#define CHECK_INT(actual, expected) check_int((long long)(actual), (long long)(expected), #actual, __FILE__, __LINE__)

// `actual` lies between `least` and `most`, both included.
#define CHECK_RANGE(actual, least, most)                                                                               \
  check_range((long long)(actual), (long long)(least), (long long)(most), #actual, __FILE__, __LINE__)

// A NUL-terminated text equals another; NULL equals nothing.
#define CHECK_TEXT(actual, expected) check_text((actual), (expected), #actual, __FILE__, __LINE__)

// A text of the library equals a NUL-terminated one; `expected` NULL: there is none.
#define CHECK_STR(actual, expected) check_str((actual), (expected), #actual, __FILE__, __LINE__)

// A call returned this status. Prints the message of `*error`, frees it and sets it to NULL, so that one variable can
// serve a whole test; on failure of the call an error must have been written, on success none.
#define CHECK_STATUS(call, expected, error) check_status((call), (expected), (error), #call, __FILE__, __LINE__)

// Each returns whether it held.
bool check_that(bool held, const char *expression, const char *file, int line);
bool check_int(long long actual, long long expected, const char *expression, const char *file, int line);
bool check_range(long long actual, long long least, long long most, const char *expression, const char *file, int line);
bool check_text(const char *actual, const char *expected, const char *expression, const char *file, int line);
bool check_str(opt_str actual, const char *expected, const char *expression, const char *file, int line);
bool check_status(opt_status actual, opt_status expected, opt_error **error, const char *expression, const char *file,
                  int line);

// A name for what is checked next, printed with every failure; a table names its row here. NULL: no name.
void check_scope(const char *name);

// What a misuse row promises, and how often its fault was injected: prints `A1: promise: fired N`, and counts a failure
// if that is 0, for a fault that never fired proves nothing.
void check_fired(const char *row, const char *promise, unsigned long long count);

// Prints `name: N passed, N failed`; the exit status of the program. No check at all is a failure too.
int check_done(const char *name);

// Ends the program at once: what a test needs before it can check anything is not there.
_Noreturn void check_abort(const char *what);

#endif
