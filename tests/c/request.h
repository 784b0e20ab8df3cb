// Builds and reads the flat form of opt_call_packed, byte by byte as its comment in the header says.
#ifndef OPTTRACK_TESTS_REQUEST_H
#define OPTTRACK_TESTS_REQUEST_H

#include <opttrack.h>

enum { REQUEST_ROOM = 1024 };

// A request under construction.
typedef struct {
  uint8_t bytes[REQUEST_ROOM];
  size_t size;
} request;

// An answer being read; `is_short` once more was asked for than is there.
typedef struct {
  const uint8_t *bytes;
  size_t size;
  size_t at;
  bool is_short;
} answer;

// Ends the program if the request has no room.
void put(request *to, const void *bytes, size_t size);
void put_u8(request *to, unsigned value);
void put_u32(request *to, uint32_t value);
void put_u64(request *to, uint64_t value);
void put_text(request *to, const char *text);

// Version, call, reserved, options and key: what every request begins with.
request request_begin(unsigned call, uint32_t options, const char *key);

// Each type of value, with its key before it.
void put_pair_null(request *to, const char *key);
void put_pair_bool(request *to, const char *key, bool value);
void put_pair_int(request *to, const char *key, int64_t value);
void put_pair_double(request *to, const char *key, double value);
void put_pair_text(request *to, const char *key, const char *value);

// A call for a user without attributes, tags and segments.
request request_plain(unsigned call, const char *key, const char *user);

uint32_t take_u8(answer *from);
uint32_t take_u32(answer *from);
uint64_t take_u64(answer *from);

// Compares the next text with an expected one, as a check.
void check_text_in(answer *from, const char *expected);

#endif
