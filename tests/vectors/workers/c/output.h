// JSON written into a text that grows. What is written is the caller's to put in order; texts are escaped here.
#ifndef OPTTRACK_WORKER_OUTPUT_H
#define OPTTRACK_WORKER_OUTPUT_H

#include <opttrack.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
  char *text;
  size_t length;
  size_t room;
} output;

// Writes a text as it is: punctuation, or a value that is JSON already.
void output_raw(output *to, const char *text);
void output_json(output *to, opt_str json);

// Writes a text of the library as a JSON string, or null where it says that there is none.
void output_text(output *to, opt_str text);

void output_bool(output *to, bool value);
void output_integer(output *to, int64_t value);

// Writes a double with as many digits as tell it from every other. Infinities and NaN have no JSON form: null.
void output_double(output *to, double value);

void output_free(output *to);

#endif
