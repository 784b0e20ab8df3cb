// A recursive-descent reader of RFC 8259 JSON. Bad input gives NULL; out of memory ends the program.
#include "json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

enum { DEPTH_LIMIT = 64 };

typedef struct {
  const char *next;
  const char *end;
} reader;

static void *must_grow(void *memory, size_t size) {
  void *grown = realloc(memory, size);
  if (!grown)
    check_abort("out of memory while reading JSON");
  return grown;
}

static char *copy(const char *text, size_t length) {
  char *result = must_grow(NULL, length + 1);
  memcpy(result, text, length);
  result[length] = '\0';
  return result;
}

static void skip_space(reader *from) {
  while (from->next < from->end && strchr(" \t\r\n", *from->next) && *from->next)
    from->next++;
}

static bool take(reader *from, char wanted) {
  skip_space(from);
  if (from->next == from->end || *from->next != wanted)
    return false;
  from->next++;
  return true;
}

static bool read_hex(reader *from, unsigned *code) {
  if (from->end - from->next < 4)
    return false;
  *code = 0;
  for (int i = 0; i < 4; i++) {
    const char *digits = "0123456789abcdef";
    char letter = *from->next++;
    const char *at = letter ? strchr(digits, letter >= 'A' && letter <= 'F' ? letter - 'A' + 'a' : letter) : NULL;
    if (!at)
      return false;
    *code = *code * 16 + (unsigned)(at - digits);
  }
  return true;
}

static size_t put_utf8(char *out, unsigned code) {
  if (code < 0x80)
    return out[0] = (char)code, 1;
  if (code < 0x800)
    return out[0] = (char)(0xC0 | code >> 6), out[1] = (char)(0x80 | (code & 63)), 2;
  if (code < 0x10000)
    return out[0] = (char)(0xE0 | code >> 12), out[1] = (char)(0x80 | (code >> 6 & 63)),
           out[2] = (char)(0x80 | (code & 63)), 3;
  return out[0] = (char)(0xF0 | code >> 18), out[1] = (char)(0x80 | (code >> 12 & 63)),
         out[2] = (char)(0x80 | (code >> 6 & 63)), out[3] = (char)(0x80 | (code & 63)), 4;
}

static bool read_escape(reader *from, char *out, size_t *length) {
  static const char letters[] = "\"\\/bfnrt";
  static const char meanings[] = "\"\\/\b\f\n\r\t";
  if (from->next == from->end)
    return false;
  char letter = *from->next++;
  const char *at = letter ? strchr(letters, letter) : NULL;
  if (at) {
    out[(*length)++] = meanings[at - letters];
    return true;
  }
  unsigned code, low;
  if (letter != 'u' || !read_hex(from, &code))
    return false;
  if (code >= 0xD800 && code < 0xDC00) {
    if (from->end - from->next < 6 || from->next[0] != '\\' || from->next[1] != 'u')
      return false;
    from->next += 2;
    if (!read_hex(from, &low) || low < 0xDC00 || low > 0xDFFF)
      return false;
    code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
  }
  *length += put_utf8(out + *length, code);
  return true;
}

static bool read_string(reader *from, char **text, size_t *length) {
  if (!take(from, '"'))
    return false;
  // The decoded form is never longer than what is left of the input.
  const char *close = from->next;
  while (close < from->end && *close != '"')
    close += *close == '\\' ? 2 : 1;
  if (close >= from->end)
    return false;
  char *out = must_grow(NULL, (size_t)(close - from->next) + 1);
  size_t used = 0;
  while (from->next < close) {
    char letter = *from->next++;
    if ((unsigned char)letter < 0x20 || (letter == '\\' && !read_escape(from, out, &used))) {
      free(out);
      return false;
    }
    if (letter != '\\')
      out[used++] = letter;
  }
  from->next = close + 1;
  out[used] = '\0';
  *text = out;
  *length = used;
  return true;
}

static bool read_number(reader *from, json *into) {
  const char *begin = from->next;
  while (from->next < from->end && *from->next && strchr("+-.0123456789eE", *from->next))
    from->next++;
  size_t length = (size_t)(from->next - begin);
  char *text = copy(begin, length);
  char *end;
  (void)strtod(text, &end);
  const char *digits = text + (text[0] == '-');
  bool is_number = length > 0 && *end == '\0' && digits[0] >= '0' && digits[0] <= '9' &&
                   !(digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9') && text[length - 1] != '.';
  *into = (json){.kind = JSON_NUMBER, .text = text, .length = length};
  return is_number;
}

static bool read_word(reader *from, json *into) {
  static const char *const words[] = {"null", "false", "true"};
  for (size_t i = 0; i < 3; i++) {
    size_t length = strlen(words[i]);
    if ((size_t)(from->end - from->next) >= length && memcmp(from->next, words[i], length) == 0) {
      from->next += length;
      *into = (json){.kind = i == 0 ? JSON_NULL : JSON_BOOL, .text = copy(words[i], length), .length = length};
      return true;
    }
  }
  return false;
}

static bool read_value(reader *from, json *into, int depth);

static bool read_members(reader *from, json *into, char close, int depth) {
  if (take(from, close))
    return true;
  size_t room = 0;
  do {
    if (into->count == room) {
      room = room ? room * 2 : 4;
      into->items = must_grow(into->items, room * sizeof *into->items);
    }
    char *name = NULL;
    size_t name_length = 0;
    json *item = &into->items[into->count++];
    *item = (json){.kind = JSON_NULL};
    if (close == '}' && (!read_string(from, &name, &name_length) || !take(from, ':'))) {
      free(name);
      return false;
    }
    bool is_read = read_value(from, item, depth + 1);
    item->name = name;
    item->name_length = name_length;
    if (!is_read)
      return false;
  } while (take(from, ','));
  return take(from, close);
}

static bool read_value(reader *from, json *into, int depth) {
  *into = (json){.kind = JSON_NULL};
  skip_space(from);
  if (from->next == from->end || depth > DEPTH_LIMIT)
    return false;
  switch (*from->next) {
  case '{':
  case '[':
    into->kind = *from->next == '{' ? JSON_OBJECT : JSON_ARRAY;
    return read_members(from, into, *from->next++ == '{' ? '}' : ']', depth);
  case '"':
    into->kind = JSON_STRING;
    return read_string(from, &into->text, &into->length);
  case 'n':
  case 'f':
  case 't':
    return read_word(from, into);
  default:
    return read_number(from, into);
  }
}

static void clear(json *value) {
  for (size_t i = 0; i < value->count; i++)
    clear(&value->items[i]);
  free(value->items);
  free(value->text);
  free(value->name);
}

json *json_parse(const char *text, size_t length) {
  reader from = {text, text + length};
  json *value = must_grow(NULL, sizeof *value);
  bool is_whole = read_value(&from, value, 0);
  skip_space(&from);
  if (is_whole && from.next == from.end)
    return value;
  json_free(value);
  return NULL;
}

void json_free(json *value) {
  if (!value)
    return;
  clear(value);
  free(value);
}

const json *json_member(const json *object, const char *name, size_t length) {
  const json *found = NULL;
  for (size_t i = 0; object && object->kind == JSON_OBJECT && i < object->count; i++) {
    const json *item = &object->items[i];
    if (item->name_length == length && memcmp(item->name, name, length) == 0)
      found = item;
  }
  return found;
}

const json *json_at(const json *value, const char *path) {
  while (value && *path) {
    if (*path == '[') {
      char *end;
      size_t index = strtoul(path + 1, &end, 10);
      value = value->kind == JSON_ARRAY && index < value->count ? &value->items[index] : NULL;
      path = end + 1;
    } else {
      path += *path == '.';
      size_t length = strcspn(path, ".[");
      value = json_member(value, path, length);
      path += length;
    }
  }
  return value;
}

const char *json_text(const json *value, const char *path) {
  const json *found = json_at(value, path);
  return found ? found->text : NULL;
}

long long json_int(const json *value, const char *path) {
  const json *found = json_at(value, path);
  return found && found->kind == JSON_NUMBER ? strtoll(found->text, NULL, 10) : -1;
}

size_t json_count(const json *value, const char *path) {
  const json *found = json_at(value, path);
  return found ? found->count : 0;
}
