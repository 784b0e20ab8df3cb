// One thread's traffic: a visitor of its own for each event, whose id is written down once the event is accepted.
#define _GNU_SOURCE
#include "traffic.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int open_books(const tracker *self) {
  char path[512];
  if (!books_folder())
    return -1;
  snprintf(path, sizeof path, "%s/%s-%u.books", books_folder(), self->prefix, self->number);
  int books = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (books < 0)
    drive_abort(path);
  return books;
}

static void write_down(int books, const char *id, size_t length) {
  while (books >= 0 && write(books, id, length) != (ssize_t)length)
    if (errno != EINTR)
      drive_abort("the books can't be written");
}

static void note_failure(tracker *self, opt_status status, opt_error *error) {
  opt_str message = opt_error_message(error);
  self->refused[(unsigned)status % STATUSES]++;
  snprintf(self->message, sizeof self->message, "%.*s", (int)message.len, message.data ? message.data : "");
  opt_error_free(error);
}

static opt_status impress(const tracker *self, const opt_user *user, opt_error **error) {
  opt_decision *decision = NULL;
  opt_decision_view view = {0};
  opt_status status = opt_decide(self->client, user, OPT_STR("dark_mode"), 0, &decision, error);
  if (status == OPT_STATUS_OK)
    status = opt_decision_read(decision, &view, sizeof view, error);
  opt_decision_free(decision);
  if (status != OPT_STATUS_OK || view.event_status == OPT_EVENT_ACCEPTED)
    return status;
  return view.event_status == OPT_EVENT_CLOSED ? OPT_STATUS_CLOSED : OPT_STATUS_QUEUE_FULL;
}

// One event; the status of the call.
static opt_status track_one(tracker *self, const char *id, const opt_pair *tags, size_t tag_count) {
  opt_error *error = NULL;
  opt_user *user = NULL;
  opt_status status = opt_user_new(opt_cstr(id), NULL, 0, &user, &error);
  uint64_t begin = now_ns();
  if (status == OPT_STATUS_OK)
    status = self->is_impression ? impress(self, user, &error)
                                 : opt_track(self->client, user, OPT_STR("purchase"), tags, tag_count, &error);
  uint64_t took = now_ns() - begin;
  if (status == OPT_STATUS_OK)
    self->times_ns[self->timed++ % TIMED] = (uint32_t)(took > UINT32_MAX ? UINT32_MAX : took);
  else
    note_failure(self, status, error);
  opt_user_free(user);
  return status;
}

// Waits until the event's turn has come; false: no more events.
static bool is_due(const tracker *self, unsigned long long number, uint64_t begin) {
  static const struct timespec step = {.tv_nsec = 500000};
  for (;;) {
    uint64_t now = now_ns();
    if (atomic_load(self->is_halted) || (self->until_ns && now >= self->until_ns))
      return false;
    if (self->rate <= 0 || (double)(now - begin) / 1e9 * self->rate >= (double)number)
      return true;
    nanosleep(&step, NULL);
  }
}

void *traffic_run(void *context) {
  tracker *self = context;
  int books = open_books(self);
  opt_pair tags[] = {{OPT_STR("revenue"), opt_int(100)}, {OPT_STR("note"), opt_string(self->text)}};
  uint64_t begin = now_ns();
  for (unsigned long long i = 0; i < self->count && is_due(self, i, begin); i++) {
    char id[128];
    int length = snprintf(id, sizeof id, "%s-%u-%llu", self->prefix, self->number, i);
    if (track_one(self, id, tags, self->text.len > 0 ? 2 : 1) == OPT_STATUS_OK) {
      self->accepted++;
      id[length] = '\n';
      write_down(books, id, (size_t)length + 1);
    } else if (self->stops_when_refused) {
      break;
    }
  }
  if (books >= 0)
    close(books);
  return NULL;
}
