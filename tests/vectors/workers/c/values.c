// Values of the protocol: a number is an integer if it was written as one and fits, any other number a double.
#include "values.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

static void *must_allocate(size_t count, size_t size) {
  // One more than needed, so that nothing is asked for nothing.
  void *memory = calloc(count + 1, size);
  if (!memory)
    check_abort("out of memory while reading a question");
  return memory;
}

const json *value_member(const json *object, const char *name) { return json_member(object, name, strlen(name)); }

opt_str value_text(const json *value) {
  opt_str none = {NULL, 0};
  return value && value->kind == JSON_STRING ? (opt_str){value->text, value->length} : none;
}

opt_str value_text_of(const json *object, const char *name) { return value_text(value_member(object, name)); }

bool value_is(opt_str text, const char *wanted) {
  return text.len == strlen(wanted) && memcmp(text.data, wanted, text.len) == 0;
}

static opt_value number(const json *value) {
  if (!strpbrk(value->text, ".eE")) {
    errno = 0;
    long long integer = strtoll(value->text, NULL, 10);
    if (errno == 0)
      return opt_int(integer);
  }
  return opt_double(strtod(value->text, NULL));
}

// {"$double": "NaN"} and its like; false for any other object.
static bool special_double(const json *value, opt_value *out) {
  opt_str name = value_text_of(value, "$double");
  if (value->count != 1 || !name.data)
    return false;
  *out = opt_double(value_is(name, "NaN") ? (double)NAN : value_is(name, "-Infinity") ? -HUGE_VAL : HUGE_VAL);
  return true;
}

static bool scalar(const json *value, opt_value *out) {
  switch (value->kind) {
  case JSON_NULL:
    *out = opt_null();
    return true;
  case JSON_BOOL:
    *out = opt_bool(value->text[0] == 't');
    return true;
  case JSON_NUMBER:
    *out = number(value);
    return true;
  case JSON_STRING:
    *out = opt_string(value_text(value));
    return true;
  case JSON_OBJECT:
    return special_double(value, out);
  case JSON_ARRAY:
    return false;
  }
  return false;
}

bool value_pairs(const json *object, pairs *out) {
  *out = (pairs){.items = must_allocate(object ? object->count : 0, sizeof *out->items)};
  for (size_t i = 0; object && i < object->count; i++) {
    const json *item = &object->items[i];
    opt_pair *pair = &out->items[out->count++];
    pair->key = (opt_str){item->name, item->name_length};
    if (!scalar(item, &pair->value))
      return false;
  }
  return true;
}

texts value_texts(const json *list) {
  texts out = {.items = must_allocate(list ? list->count : 0, sizeof *out.items)};
  for (size_t i = 0; list && i < list->count; i++)
    out.items[out.count++] = value_text(&list->items[i]);
  return out;
}
