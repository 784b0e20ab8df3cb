// Commands about a client's state: its books, flush, close, notifications.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drive.h"

static void answer_books(const opt_stats *of) {
  answer_number("accepted", (long long)of->accepted);
  answer_number("recovered", (long long)of->recovered);
  answer_number("delivered", (long long)of->delivered);
  answer_number("pending", (long long)of->pending);
  answer_number("dead_lettered", (long long)of->dead_lettered);
  answer_number("dropped", (long long)of->dropped);
  answer_number("balanced",
                of->accepted + of->recovered == of->delivered + of->pending + of->dead_lettered + of->dropped);
  answer_number("refused_queue_full", (long long)of->refused_queue_full);
  answer_number("refused_too_large", (long long)of->refused_too_large);
  answer_number("refused_unknown_event", (long long)of->refused_unknown_event);
  answer_number("refused_other", (long long)of->refused_other);
  answer_number("refused_disk", (long long)of->refused_disk);
  answer_number("dropped_corrupt", (long long)of->dropped_corrupt);
  answer_number("dropped_dead_letter_limit", (long long)of->dropped_dead_letter_limit);
}

static void answer_delivery(const opt_stats *of) {
  answer_number("posts", (long long)of->posts);
  answer_number("retries", (long long)of->retries);
  answer_number("last_http_status", of->last_http_status);
  answer_number("delivery_state", of->delivery_state);
  answer_number("pending_bytes", (long long)of->pending_bytes);
  answer_number("oldest_pending_ms", (long long)of->oldest_pending_ms);
  answer_number("is_durable", of->is_durable);
  answer_number("threads", of->threads);
  answer_number("journal_bytes", (long long)of->journal_bytes);
  answer_number("dead_letter_bytes", (long long)of->dead_letter_bytes);
  answer_number("foreign_directories", (long long)of->foreign_directories);
  answer_number("journal_kind", of->journal_kind);
  answer_number("disk_errno", of->disk_errno);
}

static opt_status read_stats(opt_stats *out, opt_error **error) {
  return opt_client_stats(client_in_use(), out, sizeof *out, error);
}

static void do_stats(void) {
  opt_error *error = NULL;
  opt_stats stats = {0};
  uint64_t begin = now_ns();
  opt_status status = read_stats(&stats, &error);
  answer_number("took_us", (long long)((now_ns() - begin) / 1000));
  answer_status(status, error);
  if (status == OPT_STATUS_OK) {
    answer_books(&stats);
    answer_delivery(&stats);
  }
}

// Waits until nothing is pending; says how long that took.
static void do_drain(const command *said) {
  uint64_t begin = now_ns(), limit = begin + number_of(said, "ms", 60000) * 1000000;
  opt_error *error = NULL;
  opt_stats stats = {.pending = 1};
  unsigned long long unbalanced = 0;
  opt_status status;
  do {
    pause_ms(2);
    status = read_stats(&stats, &error);
    unbalanced +=
        stats.accepted + stats.recovered != stats.delivered + stats.pending + stats.dead_lettered + stats.dropped;
  } while (status == OPT_STATUS_OK && stats.pending > 0 && now_ns() < limit);
  answer_number("took_ms", (long long)((now_ns() - begin) / 1000000));
  answer_number("left", (long long)stats.pending);
  answer_number("unbalanced", (long long)unbalanced);
  answer_status(status, error);
}

// A call with a deadline: what it said, how long it took, and how late the machine was meanwhile.
static void do_deadline(const command *said, bool closes) {
  opt_error *error = NULL;
  uint64_t left = 0;
  uint32_t ms = (uint32_t)number_of(said, "ms", 10000);
  machine_late_ms();
  uint64_t begin = now_ns();
  opt_status status = closes ? opt_client_close(client_in_use(), ms, &left, &error)
                             : opt_client_flush(client_in_use(), ms, &left, &error);
  answer_number("took_ms", (long long)((now_ns() - begin) / 1000000));
  answer_number("machine_late_ms", machine_late_ms());
  answer_number("left", (long long)left);
  answer_status(status, error);
}

static void do_sync(const command *said) {
  opt_error *error = NULL;
  uint64_t begin = now_ns();
  opt_status status = opt_client_sync(client_in_use(), (uint32_t)number_of(said, "ms", 10000), &error);
  answer_number("took_ms", (long long)((now_ns() - begin) / 1000000));
  answer_status(status, error);
}

static void do_free(void) {
  uint64_t begin = now_ns();
  opt_client_free(client_in_use());
  client_replace(NULL);
  answer_number("took_ms", (long long)((now_ns() - begin) / 1000000));
}

// All that waits in the queue of notifications.
static void do_heard(void) {
  opt_notification *one = NULL;
  char *json = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&json, &size);
  bool is_next = false;
  if (!out)
    drive_abort("no memory for notifications");
  fputc('[', out);
  while (opt_client_next_notification(client_in_use(), 0, &one, NULL) == OPT_STATUS_OK) {
    opt_notification_view view = {0};
    if (opt_notification_read(one, &view, sizeof view, NULL) == OPT_STATUS_OK)
      fprintf(out, "%s{\"type\":%u,\"payload\":%.*s}", is_next ? "," : "", view.type, (int)view.payload.len,
              view.payload.data);
    is_next = true;
    opt_notification_free(one);
  }
  fputc(']', out);
  fclose(out);
  answer_raw("heard", json);
  free(json);
}

bool do_state(const command *said) {
  if (strcmp(said->name, "stats") == 0)
    do_stats();
  else if (strcmp(said->name, "drain") == 0)
    do_drain(said);
  else if (strcmp(said->name, "flush") == 0)
    do_deadline(said, false);
  else if (strcmp(said->name, "close") == 0)
    do_deadline(said, true);
  else if (strcmp(said->name, "sync") == 0)
    do_sync(said);
  else if (strcmp(said->name, "free") == 0)
    do_free();
  else if (strcmp(said->name, "heard") == 0)
    do_heard();
  else
    return false;
  return true;
}
