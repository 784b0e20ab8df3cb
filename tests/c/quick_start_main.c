// Runs the program of the header's QUICK START, extracted from it, against a collector.
#include <stdio.h>
#include <unistd.h>

#include "check.h"
#include "client.h"
#include "datafile.h"

// The extracted program.
int run(const char *datafile, const char *collector_url);

// What it prints, read back through a pipe in place of standard output.
static void run_and_read(const collector *server, char *printed, size_t room) {
  int channel[2];
  fflush(stdout);
  int before = dup(STDOUT_FILENO);
  if (pipe(channel) != 0 || before < 0 || dup2(channel[1], STDOUT_FILENO) < 0)
    check_abort("standard output can't be caught");
  close(channel[1]);
  int status = run(SHOP, server->events_url);
  fflush(stdout);
  dup2(before, STDOUT_FILENO);
  close(before);
  ssize_t got = read(channel[0], printed, room - 1);
  printed[got > 0 ? got : 0] = '\0';
  close(channel[0]);
  CHECK_INT(status, 0);
}

int main(void) {
  collector server = collector_start();
  char printed[256];
  run_and_read(&server, printed, sizeof printed);
  CHECK_TEXT(printed, "variation: green\n");

  CHECK(collector_wait(&server, "unique", 2, LONG_MS));
  CHECK_INT(collector_stat(&server, "impressions"), 1);
  CHECK_INT(collector_stat(&server, "conversions"), 1);
  json *batches = collector_batches(&server);
  const json *conversion = json_at(batches, "[0].body.visitors[1]");
  CHECK_TEXT(json_text(conversion, "visitor_id"), "visitor-1");
  CHECK_TEXT(json_text(conversion, "snapshots[0].events[0].key"), "purchase");
  CHECK_TEXT(json_text(conversion, "snapshots[0].events[0].revenue"), "4200");
  CHECK_TEXT(json_text(conversion, "snapshots[0].events[0].tags.method"), "card");
  json_free(batches);

  // A datafile that is none: it says so and fails, without a crash and without an event.
  CHECK_INT(run("{\"version\":", server.events_url), 1);
  CHECK_INT(collector_stat(&server, "unique"), 2);
  collector_stop(&server);
  return check_done("quick_start");
}
