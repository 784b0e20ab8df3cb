// A small JSON reader for assertions: a tree, and paths into it.
#ifndef OPTTRACK_TESTS_JSON_H
#define OPTTRACK_TESTS_JSON_H

#include <stdbool.h>
#include <stddef.h>

typedef enum { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT } json_kind;

// One value. `text` is a string's content (NUL-terminated besides its length), or the digits of a number exactly as
// they were written, or `true`, `false`, `null`.
typedef struct json {
  json_kind kind;
  char *text;
  size_t length;
  // Members of an array or object, in order; an object's have names.
  struct json *items;
  size_t count;
  char *name;
  size_t name_length;
} json;

// The value of a whole text; NULL if it is not JSON. Free it with json_free.
json *json_parse(const char *text, size_t length);

void json_free(json *value);

// The value at a path such as "visitors[0].snapshots[0].events[0].key", or NULL. Names with a dot or bracket need
// json_member.
const json *json_at(const json *value, const char *path);

// The last member of an object with this name, or NULL.
const json *json_member(const json *object, const char *name, size_t length);

// The text of the value at a path, as `json.text`; NULL if it is missing or an array or object.
const char *json_text(const json *value, const char *path);

// The whole number at a path; -1 if there is none, which no count of ours can be.
long long json_int(const json *value, const char *path);

// The number of members at a path; 0 if it is missing.
size_t json_count(const json *value, const char *path);

#endif
