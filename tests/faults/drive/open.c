// Makes clients as a command says.
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "drive.h"

// Two numbers, `a,b`.
static void pair_of(const command *said, const char *key, unsigned long long *first, unsigned long long *second) {
  char *end = NULL;
  *first = strtoull(text_of(said, key, "0,0"), &end, 10);
  *second = *end == ',' ? strtoull(end + 1, NULL, 10) : 0;
}

static opt_status set_delivery(opt_options *options, const command *said, opt_error **error) {
  unsigned long long a, b;
  opt_status status =
      opt_options_set_event_endpoint(options, opt_cstr(text_of(said, "endpoint", "http://127.0.0.1:1/")), error);
  if (status == OPT_STATUS_OK && has(said, "batch"))
    status = opt_options_set_batch_size(options, (uint32_t)number_of(said, "batch", 0), error);
  if (status == OPT_STATUS_OK)
    status = opt_options_set_flush_interval_ms(options, (uint32_t)number_of(said, "interval", 50), error);
  if (status == OPT_STATUS_OK && has(said, "timeouts")) {
    pair_of(said, "timeouts", &a, &b);
    status = opt_options_set_timeouts_ms(options, (uint32_t)a, (uint32_t)b, error);
  }
  if (status == OPT_STATUS_OK && has(said, "retry")) {
    pair_of(said, "retry", &a, &b);
    status = opt_options_set_retry_delays_ms(options, (uint32_t)a, (uint32_t)b, error);
  }
  if (status == OPT_STATUS_OK && has(said, "queue")) {
    pair_of(said, "queue", &a, &b);
    status = opt_options_set_queue_limit(options, a, b, error);
  }
  return status;
}

static opt_status set_journal(opt_options *options, const command *said, opt_error **error) {
  unsigned long long a, b;
  opt_status status = OPT_STATUS_OK;
  if (has(said, "journal"))
    status = opt_options_set_journal(options, opt_cstr(text_of(said, "journal", "")),
                                     (uint32_t)number_of(said, "kind", OPT_JOURNAL_WRITTEN), error);
  if (status == OPT_STATUS_OK && has(said, "durability"))
    status = opt_options_set_durability(options, (uint32_t)number_of(said, "durability", 0), error);
  if (status == OPT_STATUS_OK && has(said, "limits")) {
    pair_of(said, "limits", &a, &b);
    status = opt_options_set_journal_limits(options, a, b, error);
  }
  return status;
}

static opt_status set_rest(opt_options *options, const command *said, opt_error **error) {
  opt_status status = opt_options_set_log_level(options, (uint32_t)number_of(said, "log", OPT_LOG_OFF), error);
  if (status == OPT_STATUS_OK && has(said, "notify"))
    status = opt_options_set_notification_queue(options, (uint32_t)number_of(said, "notify", 0), 100000, error);
  return status;
}

// Maps the file, once, so that memory that is short later is the library's trouble alone; `keep=1`: no more than that.
static void do_datafile(const command *said) {
  static void *text;
  static size_t length;
  const char *path = text_of(said, "path", "");
  opt_error *error = NULL;
  struct stat about;
  int file = text ? -1 : open(path, O_RDONLY | O_CLOEXEC);
  if (!text && (file < 0 || fstat(file, &about) != 0))
    drive_abort(path);
  if (!text) {
    length = (size_t)about.st_size;
    text = mmap(NULL, length, PROT_READ, MAP_PRIVATE, file, 0);
    if (text == MAP_FAILED)
      drive_abort(path);
    close(file);
  }
  if (has(said, "keep")) {
    answer_number("bytes", (long long)length);
    return;
  }
  opt_status status = opt_client_set_datafile(client_in_use(), (opt_str){text, length}, &error);
  answer_status(status, error);
}

bool do_open(const command *said) {
  if (strcmp(said->name, "datafile") == 0) {
    do_datafile(said);
    return true;
  }
  if (strcmp(said->name, "open") != 0)
    return false;
  opt_error *error = NULL;
  opt_client *client = NULL;
  opt_options *options = opt_options_new();
  if (!options)
    drive_abort("no memory for options");
  uint64_t begin = now_ns();
  opt_status status = opt_options_set_datafile(options, shop_datafile(), &error);
  if (status == OPT_STATUS_OK)
    status = set_delivery(options, said, &error);
  if (status == OPT_STATUS_OK)
    status = set_journal(options, said, &error);
  if (status == OPT_STATUS_OK)
    status = set_rest(options, said, &error);
  if (status == OPT_STATUS_OK)
    status = opt_client_new(options, &client, &error);
  else
    opt_options_free(options);
  answer_number("took_ms", (long long)((now_ns() - begin) / 1000000));
  client_replace(client);
  answer_status(status, error);
  return true;
}
