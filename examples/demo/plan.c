// Reads the plan of the demo.
#include "plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *read_file(const char *path) {
  FILE *file = fopen(path, "rb");
  char *text = NULL;
  long size = -1;
  if (file && fseek(file, 0, SEEK_END) == 0)
    size = ftell(file);
  if (size >= 0)
    text = malloc((size_t)size + 1);
  if (!text || fseek(file, 0, SEEK_SET) != 0 || fread(text, 1, (size_t)size, file) != (size_t)size) {
    fprintf(stderr, "demo: can't read %s\n", path);
    exit(1);
  }
  fclose(file);
  text[size] = '\0';
  return text;
}

static void add_key(char **keys, size_t *count, char *key) {
  if (*count < MAX_KEYS)
    keys[(*count)++] = key;
}

static opt_value parse_value(const char *kind, char *text) {
  if (strcmp(kind, "bool") == 0)
    return opt_bool(strcmp(text, "true") == 0);
  if (strcmp(kind, "number") == 0)
    return opt_double(strtod(text, NULL));
  return opt_string(opt_cstr(text));
}

static void add_attribute(plan *plan, char *key, const char *kind, char *text) {
  plan_attribute *last = plan->attribute_count ? &plan->attributes[plan->attribute_count - 1] : NULL;
  if (!last || strcmp(last->key, key) != 0) {
    if (plan->attribute_count == MAX_ATTRIBUTES)
      return;
    last = &plan->attributes[plan->attribute_count++];
    last->key = key;
  }
  if (last->value_count < MAX_VALUES)
    last->values[last->value_count++] = parse_value(kind, text);
}

// Cuts the first field off a line and moves the line behind it.
static char *next_field(char **line) {
  char *field = *line;
  char *tab = strchr(field, '\t');
  *line = tab ? tab + 1 : field + strlen(field);
  if (tab)
    *tab = '\0';
  return field;
}

plan plan_read(const char *path) {
  plan plan = {.text = read_file(path)};
  char *rest = plan.text;
  while (*rest) {
    char *line = rest;
    char *end = strchr(rest, '\n');
    rest = end ? end + 1 : rest + strlen(rest);
    if (end)
      *end = '\0';
    const char *what = next_field(&line);
    char *key = next_field(&line);
    if (strcmp(what, "experiment") == 0)
      add_key(plan.experiments, &plan.experiment_count, key);
    else if (strcmp(what, "flag") == 0)
      add_key(plan.flags, &plan.flag_count, key);
    else if (strcmp(what, "event") == 0)
      add_key(plan.events, &plan.event_count, key);
    else if (strcmp(what, "attribute") == 0) {
      const char *kind = next_field(&line);
      add_attribute(&plan, key, kind, next_field(&line));
    }
  }
  return plan;
}

void plan_free(plan *plan) {
  free(plan->text);
  plan->text = NULL;
}
