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

request request_begin(request_head head) {
  request begun = {.size = 0};
  put_u8(&begun, OPT_PACKED_VERSION);
  put_u8(&begun, head.call);
  put_number(&begun, head.flags, 2);
  put_u32(&begun, head.options);
  put_text(&begun, head.key ? head.key : "");
  put_u32(&begun, head.flag_key_count);
  for (uint32_t i = 0; i < head.flag_key_count; i++)
    put_text(&begun, head.flag_keys[i]);
  put_text(&begun, head.variable ? head.variable : "");
  put_u32(&begun, head.variable_type);
  return begun;
}

void request_end(request *to) {
  put_u32(to, UINT32_MAX);
  put_u32(to, 0);
  put_u32(to, 0);
}

void put_plain_user(request *to, const char *user) {
  put_text(to, user);
  put_u32(to, 0);
  put_u32(to, 0);
  request_end(to);
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
  request plain = request_begin((request_head){.call = call, .key = key});
  put_plain_user(&plain, user);
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

opt_str take_text(answer *from) {
  uint32_t length = take_u32(from);
  if (length > from->size - from->at) {
    from->is_short = true;
    length = 0;
  }
  opt_str text = {(const char *)from->bytes + from->at, length};
  from->at += length;
  return text;
}

answer_head take_head(answer *from, bool has_body) {
  answer_head head = {.has_body = false};
  CHECK_INT(take_u8(from), OPT_PACKED_VERSION);
  head.has_body = take_u8(from) == 1;
  CHECK_INT(head.has_body, has_body);
  CHECK_INT(take_u8(from) + take_u8(from), 0);
  head.has_profile = take_u8(from) == 1;
  if (head.has_profile)
    head.profile = take_text(from);
  head.prediction_count = take_u32(from);
  for (uint32_t i = 0; i < head.prediction_count && !from->is_short; i++) {
    opt_str rule_id = take_text(from), cmab_uuid = take_text(from), body = take_text(from);
    head.rule_id = i ? head.rule_id : rule_id;
    head.cmab_uuid = i ? head.cmab_uuid : cmab_uuid;
    head.prediction_request = i ? head.prediction_request : body;
  }
  head.notification_count = take_u32(from);
  for (uint32_t i = 0; i < head.notification_count && !from->is_short; i++) {
    uint32_t type = take_u32(from);
    opt_str key = take_text(from), payload = take_text(from);
    head.notification_type = i ? head.notification_type : type;
    head.notification_key = i ? head.notification_key : key;
    head.notification_payload = i ? head.notification_payload : payload;
  }
  CHECK(!from->is_short);
  return head;
}

answer_decision take_decision(answer *from) {
  answer_decision decision = {.enabled = take_u8(from)};
  decision.event_status = take_u8(from);
  decision.source = take_u8(from);
  uint32_t present = take_u8(from);
  decision.status = take_u32(from);
  opt_str *texts[] = {&decision.flag_key, &decision.rule_key,     &decision.variation_key,
                      &decision.rule_id,  &decision.variation_id, &decision.cmab_uuid};
  CHECK_INT(present >> 6, 0);
  for (unsigned i = 0; i < 6; i++)
    if (present >> i & 1)
      *texts[i] = take_text(from);
  decision.variables = take_text(from);
  decision.reason_count = take_u32(from);
  for (uint32_t i = 0; i < decision.reason_count && !from->is_short; i++) {
    opt_str reason = take_text(from);
    decision.first_reason = i ? decision.first_reason : reason;
  }
  decision.explain_text = take_text(from);
  decision.explain_json = take_text(from);
  CHECK(!from->is_short);
  return decision;
}

void check_end(const answer *from) {
  CHECK(!from->is_short);
  CHECK_INT(from->at, from->size);
}

void check_text_in(answer *from, const char *expected) { CHECK_STR(take_text(from), expected); }
