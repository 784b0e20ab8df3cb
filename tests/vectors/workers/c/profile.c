// The callbacks behind profile.h. They run on the thread that makes the calls, for this program has no other.
#include "profile.h"

#include <string.h>

#include "values.h"

// Writes a value again as JSON; a profile holds objects, texts and null.
static void write_value(output *to, const json *value) {
  if (value->kind != JSON_OBJECT) {
    output_text(to, value_text(value));
    return;
  }
  output_raw(to, "{");
  for (size_t i = 0; i < value->count; i++) {
    output_raw(to, i == 0 ? "" : ",");
    output_text(to, (opt_str){value->items[i].name, value->items[i].name_length});
    output_raw(to, ":");
    write_value(to, &value->items[i]);
  }
  output_raw(to, "}");
}

void profile_read(profile_service *service, const json *question) {
  const json *profile = value_member(question, "profile");
  *service = (profile_service){.user = value_text_of(question, "profile_user")};
  if (profile && profile->kind == JSON_OBJECT)
    write_value(&service->stored, profile);
}

void profile_lookup(opt_str user_id, opt_reply *reply, void *service) {
  const profile_service *known = service;
  bool is_known = user_id.len == known->user.len && memcmp(user_id.data, known->user.data, user_id.len) == 0;
  if (is_known && known->stored.length > 0)
    opt_reply_set(reply, (opt_str){known->stored.text, known->stored.length});
}

void profile_save(opt_str user_id, opt_str profile, opt_reply *reply, void *service) {
  profile_service *known = service;
  if (user_id.len != known->user.len || memcmp(user_id.data, known->user.data, user_id.len) != 0) {
    opt_reply_fail(reply, OPT_STR("a profile of a user whom nobody asked about"));
    return;
  }
  known->saved.length = 0;
  output_json(&known->saved, profile);
}

void profile_free(profile_service *service) {
  output_free(&service->stored);
  output_free(&service->saved);
}
