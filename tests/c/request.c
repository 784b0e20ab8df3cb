// The flat form of opt_call_packed, written and read apart from the library's own code.
#include "request.h"

#include <string.h>

#include "check.h"

void put(request *to, const void *bytes, size_t size) {
  if (size > REQUEST_ROOM - to->size)
    check_abort("a request is larger than its room");
  memcpy(to->bytes + to->size, bytes, size);
  to->size += size;
}

static void put_number(request *to, uint64_t value, size_t size) {
  uint8_t bytes[8];
  for (size_t i = 0; i < size; i++)
    bytes[i] = (uint8_t)(value >> (8 * i) & 0xFF);
  put(to, bytes, size);
}

void put_u8(request *to, unsigned value) { put_number(to, value, 1); }

void put_u32(request *to, uint32_t value) { put_number(to, value, 4); }

void put_u64(request *to, uint64_t value) { put_number(to, value, 8); }

void put_text(request *to, const char *text) {
  put_u32(to, (uint32_t)strlen(text));
  put(to, text, strlen(text));
}

request request_begin(unsigned call, uint32_t options, const char *key) {
  request begun = {.size = 0};
  put_u8(&begun, OPT_PACKED_VERSION);
  put_u8(&begun, call);
  put_number(&begun, 0, 2);
  put_u32(&begun, options);
  put_text(&begun, key);
  return begun;
}

void put_pair_null(request *to, const char *key) {
  put_text(to, key);
  put_u8(to, 0);
}

void put_pair_bool(request *to, const char *key, bool value) {
  put_text(to, key);
  put_u8(to, 1);
  put_u8(to, value);
}

void put_pair_int(request *to, const char *key, int64_t value) {
  put_text(to, key);
  put_u8(to, 2);
  put_u64(to, (uint64_t)value);
}

void put_pair_double(request *to, const char *key, double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  put_text(to, key);
  put_u8(to, 3);
  put_u64(to, bits);
}

void put_pair_text(request *to, const char *key, const char *value) {
  put_text(to, key);
  put_u8(to, 4);
  put_text(to, value);
}

request request_plain(unsigned call, const char *key, const char *user) {
  request plain = request_begin(call, 0, key);
  put_text(&plain, user);
  put_u32(&plain, 0);
  put_u32(&plain, 0);
  put_u32(&plain, UINT32_MAX);
  return plain;
}

uint64_t take_u64(answer *from) {
  uint64_t low = take_u32(from);
  return low | (uint64_t)take_u32(from) << 32;
}

uint32_t take_u32(answer *from) {
  uint32_t value = 0;
  for (int i = 0; i < 4; i++)
    value |= take_u8(from) << (8 * i);
  return value;
}

uint32_t take_u8(answer *from) {
  if (from->at >= from->size) {
    from->is_short = true;
    return 0;
  }
  return from->bytes[from->at++];
}

void check_text_in(answer *from, const char *expected) {
  uint32_t length = take_u32(from);
  if (length > from->size - from->at) {
    from->is_short = true;
    length = 0;
  }
  opt_str text = {(const char *)from->bytes + from->at, length};
  CHECK_STR(text, expected);
  from->at += length;
}
