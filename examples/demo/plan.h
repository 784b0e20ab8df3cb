// What the demo does with a datafile: the keys to ask for and the attribute values that visitors have.
#ifndef DEMO_PLAN_H
#define DEMO_PLAN_H

#include <opttrack.h>
#include <stddef.h>

enum { MAX_KEYS = 512, MAX_ATTRIBUTES = 64, MAX_VALUES = 16 };

typedef struct {
  char *key;
  opt_value values[MAX_VALUES];
  size_t value_count;
} plan_attribute;

typedef struct {
  char *experiments[MAX_KEYS];
  char *flags[MAX_KEYS];
  char *events[MAX_KEYS];
  size_t experiment_count;
  size_t flag_count;
  size_t event_count;
  plan_attribute attributes[MAX_ATTRIBUTES];
  size_t attribute_count;
  char *text; // what all keys and texts above point into
} plan;

// The whole file as a NUL-terminated text to be freed; exits with a message if it can't be read.
char *read_file(const char *path);

// Reads the lines that plan.py prints.
plan plan_read(const char *path);
void plan_free(plan *plan);

#endif
