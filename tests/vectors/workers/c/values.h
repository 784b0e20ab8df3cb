// What a question holds, as the library takes it. Everything borrows from the question.
#ifndef OPTTRACK_WORKER_VALUES_H
#define OPTTRACK_WORKER_VALUES_H

#include <opttrack.h>
#include <stdbool.h>

#include "json.h"

typedef struct {
  opt_pair *items;
  size_t count;
} pairs;

typedef struct {
  opt_str *items;
  size_t count;
} texts;

// The member `name` of an object; NULL if it is missing.
const json *value_member(const json *object, const char *name);

// A JSON string as the library takes texts; the empty text for any other value.
opt_str value_text(const json *value);

// The member `name` as a text; the empty text if it is missing or null.
opt_str value_text_of(const json *object, const char *name);

// Is this the text `wanted`?
bool value_is(opt_str text, const char *wanted);

// The members of an object as attributes or tags; none for NULL. False if a value has a kind that opt_value lacks.
bool value_pairs(const json *object, pairs *out);

// The texts of a list; none for NULL.
texts value_texts(const json *list);

#endif
