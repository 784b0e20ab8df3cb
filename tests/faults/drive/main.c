// The loop of the driven program: commands in, answers out.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "datafile.h"
#include "drive.h"

enum { STEP_NS = 5000000 };

static opt_client *clients[CLIENTS];
static size_t slot;
static const char *folder;
static bool has_member;

opt_client *client_in_use(void) { return clients[slot]; }

void client_replace(opt_client *client) { clients[slot] = client; }

const char *books_folder(void) { return folder; }

opt_str shop_datafile(void) { return OPT_STR(SHOP); }

void drive_abort(const char *what) {
  fprintf(stderr, "drive: %s: %s\n", what, strerror(errno));
  _exit(3);
}

uint64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void pause_ms(unsigned long long ms) {
  struct timespec left = {.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000};
  while (nanosleep(&left, &left) != 0 && errno == EINTR)
    continue;
}

static atomic_llong worst_late_ns;

static void *watch_machine(void *unused) {
  (void)unused;
  for (;;) {
    uint64_t begin = now_ns();
    struct timespec step = {.tv_nsec = STEP_NS};
    nanosleep(&step, NULL);
    long long late = (long long)(now_ns() - begin) - STEP_NS;
    if (late > atomic_load(&worst_late_ns))
      atomic_store(&worst_late_ns, late);
  }
  return NULL;
}

long long machine_late_ms(void) { return atomic_exchange(&worst_late_ns, 0) / 1000000; }

const char *text_of(const command *said, const char *key, const char *otherwise) {
  for (size_t i = 0; i < said->count; i++)
    if (strcmp(said->keys[i], key) == 0)
      return said->values[i];
  return otherwise;
}

bool has(const command *said, const char *key) { return text_of(said, key, NULL) != NULL; }

unsigned long long number_of(const command *said, const char *key, unsigned long long otherwise) {
  const char *text = text_of(said, key, NULL);
  return text ? strtoull(text, NULL, 10) : otherwise;
}

static void begin_member(const char *key) {
  printf("%s\"%s\":", has_member ? "," : "", key);
  has_member = true;
}

void answer_number(const char *key, long long value) {
  begin_member(key);
  printf("%lld", value);
}

void answer_text(const char *key, const char *value, size_t length) {
  begin_member(key);
  putchar('"');
  for (size_t i = 0; i < length; i++) {
    unsigned char byte = (unsigned char)value[i];
    if (byte == '"' || byte == '\\' || byte < 0x20)
      printf("\\u%04x", byte);
    else
      putchar(byte);
  }
  putchar('"');
}

void answer_raw(const char *key, const char *json) {
  begin_member(key);
  fputs(json, stdout);
}

void answer_status(opt_status status, opt_error *error) {
  const char *name = opt_status_name(status);
  answer_text("status", name, strlen(name));
  if (status != OPT_STATUS_OK) {
    opt_str message = opt_error_message(error);
    answer_text("message", message.data ? message.data : "", message.len);
  }
  opt_error_free(error);
}

// Decodes %XX in place.
static void decode(char *text) {
  char *to = text;
  for (const char *from = text; *from; from++) {
    char digits[3] = {from[1], from[1] ? from[2] : '\0', '\0'};
    if (*from == '%' && digits[0] && digits[1]) {
      *to++ = (char)strtoul(digits, NULL, 16);
      from += 2;
    } else {
      *to++ = *from;
    }
  }
  *to = '\0';
}

static bool parse(char *line, command *said) {
  char *rest = NULL;
  said->count = 0;
  said->name = strtok_r(line, " \n", &rest);
  for (char *word; said->name && (word = strtok_r(NULL, " \n", &rest));) {
    char *value = strchr(word, '=');
    if (!value || said->count == WORDS)
      drive_abort("a word that is no key=value");
    *value++ = '\0';
    decode(value);
    said->keys[said->count] = word;
    said->values[said->count++] = value;
  }
  return said->name != NULL;
}

static bool do_slot(const command *said) {
  if (strcmp(said->name, "use") != 0)
    return false;
  slot = (size_t)number_of(said, "slot", 0);
  if (slot >= CLIENTS)
    drive_abort("no such slot");
  return true;
}

static void do_command(const command *said) {
  static bool (*const groups[])(const command *) = {do_slot, do_open,    do_traffic, do_state, do_process,
                                                    do_fork, do_threads, do_memory,  do_host};
  bool is_done = false;
  has_member = false;
  putchar('{');
  for (size_t i = 0; i < sizeof groups / sizeof *groups && !is_done; i++)
    is_done = groups[i](said);
  if (!is_done)
    drive_abort(said->name);
  puts("}");
  fflush(stdout);
}

int main(int count, char **arguments) {
  folder = count > 1 ? arguments[1] : NULL;
  pthread_t watcher;
  char *line = NULL;
  size_t size = 0;
  if (!getenv("OPT_DRIVE_UNWATCHED") && pthread_create(&watcher, NULL, watch_machine, NULL) != 0)
    drive_abort("no thread to watch the machine");
  for (;;) {
    command said;
    errno = 0;
    if (getline(&line, &size, stdin) > 0) {
      if (parse(line, &said))
        do_command(&said);
    } else if (errno == EINTR) {
      clearerr(stdin);
    } else {
      break;
    }
  }
  free(line);
  return 0;
}
