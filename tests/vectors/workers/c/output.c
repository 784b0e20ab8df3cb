// The text behind output.h. Out of memory ends the program, which the one who asks notices.
#include "output.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

static void append(output *to, const char *text, size_t length) {
  if (to->room - to->length < length) {
    size_t room = (to->room + length) * 2;
    char *grown = realloc(to->text, room);
    if (!grown)
      check_abort("out of memory while writing an answer");
    to->text = grown;
    to->room = room;
  }
  memcpy(to->text + to->length, text, length);
  to->length += length;
}

void output_raw(output *to, const char *text) { append(to, text, strlen(text)); }

// An answer is one line: the library's JSON has no line breaks, and between values it would have no need of any.
void output_json(output *to, opt_str json) {
  if (json.data)
    append(to, json.data, json.len);
  else
    output_raw(to, "null");
}

void output_text(output *to, opt_str text) {
  if (!text.data) {
    output_raw(to, "null");
    return;
  }
  append(to, "\"", 1);
  for (size_t i = 0; i < text.len; i++) {
    unsigned char letter = (unsigned char)text.data[i];
    if (letter == '"' || letter == '\\') {
      append(to, "\\", 1);
      append(to, text.data + i, 1);
    } else if (letter < 0x20) {
      char escape[7];
      int length = snprintf(escape, sizeof escape, "\\u%04x", (unsigned)letter);
      append(to, escape, (size_t)length);
    } else {
      append(to, text.data + i, 1);
    }
  }
  append(to, "\"", 1);
}

void output_bool(output *to, bool value) { output_raw(to, value ? "true" : "false"); }

void output_integer(output *to, int64_t value) {
  char digits[24];
  (void)snprintf(digits, sizeof digits, "%" PRId64, value);
  output_raw(to, digits);
}

void output_double(output *to, double value) {
  char digits[32];
  if (!isfinite(value)) {
    output_raw(to, "null");
    return;
  }
  (void)snprintf(digits, sizeof digits, "%.17g", value);
  output_raw(to, digits);
}

void output_free(output *to) {
  free(to->text);
  *to = (output){.text = NULL};
}
