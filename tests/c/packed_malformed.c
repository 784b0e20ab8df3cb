// Malformed flat requests: cut at every byte, every reserved field, count, type and version wrong. Each is refused with
// a message, reads nothing beyond the request, and records nothing.
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "client.h"
#include "request.h"

// Where parts of the whole request below stand.
enum { AT_KEY = 8, AT_FLAG_KEYS = 20, AT_VARIABLE = 24, AT_ID = 32, AT_ATTRIBUTES = 43 };

// A conversion with every type of value, segments, a forced decision, a profile and a prediction.
static request whole(void) {
  request asked =
      request_begin((request_head){.call = OPT_PACKED_TRACK, .key = "purchase", .flags = OPT_PACKED_PROFILE});
  put_text(&asked, "visitor");
  put_u32(&asked, 2);
  put_pair_text(&asked, "plan", "gold");
  put_pair_bool(&asked, "is_member", true);
  put_u32(&asked, 3);
  put_pair_int(&asked, "revenue", 4200);
  put_pair_double(&asked, "value", 1.5);
  put_pair_null(&asked, "none");
  put_u32(&asked, 2);
  put_text(&asked, "first");
  put_text(&asked, "second");
  put_u32(&asked, 1);
  put_text(&asked, "search");
  put_text(&asked, "");
  put_text(&asked, "ranked");
  put_text(&asked, "{\"user_id\":\"visitor\",\"experiment_bucket_map\":{}}");
  put_u32(&asked, 1);
  put_text(&asked, "4003");
  put_u8(&asked, 1);
  put_text(&asked, "6003");
  put_text(&asked, "00000000-0000-4000-8000-000000000000");
  return asked;
}

// The call from a block of exactly the request's size, so that a checker sees any byte read past it.
static opt_status call_exactly(const opt_client *client, const request *asked, size_t size, opt_error **error) {
  uint8_t *block = malloc(size ? size : 1);
  if (!block)
    check_abort("no memory for a request");
  memcpy(block, asked->bytes, size);
  uint8_t room[64];
  size_t answered = 0;
  opt_status status = opt_call_packed(client, block, size, room, sizeof room, &answered, error);
  // No more than what comes before a body: a conversion has none.
  CHECK_INT(answered, status == OPT_STATUS_OK ? 13 : 0);
  free(block);
  return status;
}

static void check_refused(const opt_client *client, const request *asked, size_t size, const char *name) {
  opt_error *error = NULL;
  check_scope(name);
  opt_status status = call_exactly(client, asked, size, &error);
  CHECK(opt_error_message(error).len > 0);
  CHECK_STATUS(status, OPT_STATUS_INVALID_ARGUMENT, &error);
  check_scope(NULL);
}

static void test_cut(const opt_client *client) {
  request asked = whole();
  for (size_t size = 0; size < asked.size; size++)
    check_refused(client, &asked, size, "cut short");
  put_u8(&asked, 0);
  check_refused(client, &asked, asked.size, "a byte too many");
}

// One byte of the whole request replaced.
static void check_byte(const opt_client *client, size_t at, unsigned value, const char *name) {
  request asked = whole();
  CHECK(asked.bytes[at] != value);
  asked.bytes[at] = (uint8_t)value;
  check_refused(client, &asked, asked.size, name);
}

static void test_head(const opt_client *client) {
  check_byte(client, 0, 0, "version 0");
  check_byte(client, 0, 2, "version 2");
  check_byte(client, 0, 255, "version 255");
  check_byte(client, 1, 0, "call 0");
  check_byte(client, 1, 11, "call 11");
  check_byte(client, 1, 255, "call 255");
  for (unsigned bit = 3; bit < 16; bit++) {
    request asked = whole();
    asked.bytes[2 + bit / 8] |= (uint8_t)(1U << bit % 8);
    check_refused(client, &asked, asked.size, "an unknown flag");
  }
  for (unsigned bit = 0; bit < 8; bit++)
    for (size_t at = 4; at < 8; at++)
      check_byte(client, at, 1U << bit, "options of a call that has none");
  // Every bit of options that this version does not know is refused.
  for (unsigned bit = 9; bit < 32; bit++) {
    request asked =
        request_begin((request_head){.call = OPT_PACKED_DECIDE, .options = (uint32_t)1 << bit, .key = "search"});
    put_plain_user(&asked, "visitor");
    check_refused(client, &asked, asked.size, "unknown option of decide");
  }
}

// What belongs to another call.
static void test_strangers(const opt_client *client) {
  static const request_head heads[] = {
      {.call = OPT_PACKED_DECIDE, .key = "search", .flag_keys = {"search"}, .flag_key_count = 1},
      {.call = OPT_PACKED_DECIDE, .key = "search", .variable = "v"},
      {.call = OPT_PACKED_DECIDE, .key = "search", .variable_type = OPT_VARIABLE_STRING},
      {.call = OPT_PACKED_DECIDE_FOR_KEYS, .key = "search"},
      {.call = OPT_PACKED_DECIDE_ALL, .key = "search"},
      {.call = OPT_PACKED_DECIDE_ALL, .flag_keys = {"search"}, .flag_key_count = 1},
      {.call = OPT_PACKED_GET_ENABLED_FEATURES, .key = "search"},
      {.call = OPT_PACKED_GET_FEATURE_VARIABLE, .key = "search", .variable = "v", .variable_type = 6},
      {.call = OPT_PACKED_GET_FEATURE_VARIABLE, .key = "search", .variable = "v", .variable_type = UINT32_MAX},
      {.call = OPT_PACKED_GET_FEATURE_VARIABLE, .key = "search", .variable = "v", .options = 1},
      {.call = OPT_PACKED_GET_ALL_FEATURE_VARIABLES, .key = "search", .variable = "v"},
      {.call = OPT_PACKED_ACTIVATE, .key = "checkout_button", .options = 1},
  };
  for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
    request asked = request_begin(heads[i]);
    put_plain_user(&asked, "visitor");
    check_refused(client, &asked, asked.size, "what belongs to another call");
  }
}

// Lengths and counts that promise more than there is, up to what would overflow any sum.
static void test_lengths(const opt_client *client) {
  static const uint32_t lengths[] = {1000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFF0, 0xFFFFFFFF};
  static const size_t places[] = {AT_KEY, AT_FLAG_KEYS, AT_VARIABLE, AT_ID, AT_ATTRIBUTES};
  for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
    for (size_t j = 0; j < sizeof lengths / sizeof *lengths; j++) {
      request asked = whole();
      for (size_t byte = 0; byte < 4; byte++)
        asked.bytes[places[i] + byte] = (uint8_t)(lengths[j] >> (8 * byte) & 0xFF);
      check_refused(client, &asked, asked.size, "a length beyond the end");
    }
  }
  // The counts at the end: of segments, forced decisions and predictions.
  for (int i = 0; i < 3; i++) {
    request asked = request_begin((request_head){.call = OPT_PACKED_TRACK, .key = "purchase"});
    put_text(&asked, "visitor");
    put_u32(&asked, 0);
    put_u32(&asked, 0);
    for (int j = 0; j < 3; j++)
      put_u32(&asked, i == j ? 0xFFFFFFFE : 0);
    check_refused(client, &asked, asked.size, "a count beyond the end");
  }
}

static void test_values(const opt_client *client) {
  static const unsigned types[] = {5, 6, 127, 255};
  for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
    request asked = request_begin((request_head){.call = OPT_PACKED_TRACK, .key = "purchase"});
    put_text(&asked, "visitor");
    put_u32(&asked, 0);
    put_u32(&asked, 1);
    put_text(&asked, "tag");
    put_u8(&asked, types[i]);
    put_u64(&asked, 0);
    request_end(&asked);
    check_refused(client, &asked, asked.size, "unknown value type");
  }
  request asked = request_begin((request_head){.call = OPT_PACKED_TRACK, .key = "purchase"});
  put_text(&asked, "visitor");
  put_u32(&asked, 1);
  put_text(&asked, "is_member");
  put_u8(&asked, 1);
  put_u8(&asked, 2);
  put_u32(&asked, 0);
  request_end(&asked);
  check_refused(client, &asked, asked.size, "a boolean of 2");
  // Only track takes tags.
  asked = request_begin((request_head){.call = OPT_PACKED_ACTIVATE, .key = "checkout_button"});
  put_text(&asked, "visitor");
  put_u32(&asked, 0);
  put_u32(&asked, 1);
  put_pair_int(&asked, "revenue", 1);
  request_end(&asked);
  check_refused(client, &asked, asked.size, "tags of activate");
  // A prediction is had or failed, and nothing else.
  asked = request_begin((request_head){.call = OPT_PACKED_DECIDE, .key = "search"});
  put_text(&asked, "visitor");
  put_u32(&asked, 0);
  put_u32(&asked, 0);
  put_u32(&asked, 0);
  put_u32(&asked, 0);
  put_u32(&asked, 1);
  put_text(&asked, "4003");
  put_u8(&asked, 2);
  put_text(&asked, "6003");
  put_text(&asked, "00000000-0000-4000-8000-000000000000");
  check_refused(client, &asked, asked.size, "a prediction of kind 2");
}

static void test_text(const opt_client *client) {
  static const char *const keys[] = {"\xFF", "pur\xC3", "\xED\xA0\x80", "\xC0\x80", "\xF4\x90\x80\x80"};
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
    opt_error *error = NULL;
    request asked = request_plain(OPT_PACKED_TRACK, keys[i], "visitor");
    CHECK_STATUS(call_exactly(client, &asked, asked.size, &error), OPT_STATUS_INVALID_UTF8, &error);
    asked = request_plain(OPT_PACKED_TRACK, "purchase", keys[i]);
    CHECK_STATUS(call_exactly(client, &asked, asked.size, &error), OPT_STATUS_INVALID_UTF8, &error);
  }
}

int main(void) {
  opt_error *error = NULL;
  opt_client *client = client_for(NULL);
  // The request that all cases break is a good one.
  request good = whole();
  CHECK_INT(good.bytes[AT_KEY], 8);
  CHECK_INT(good.bytes[AT_ID], 7);
  CHECK_INT(good.bytes[AT_ATTRIBUTES], 2);
  CHECK_STATUS(call_exactly(client, &good, good.size, &error), OPT_STATUS_OK, &error);
  test_cut(client);
  test_head(client);
  test_strangers(client);
  test_lengths(client);
  test_values(client);
  test_text(client);
  opt_stats stats = stats_of(client);
  CHECK_INT(stats.accepted, 1);
  CHECK_INT(stats.pending, 1);
  opt_client_free(client);
  return check_done("packed_malformed");
}
