// What clients take of the machine's memory while nothing waits in their queues.
//
// Usage: resident DATAFILE ENDPOINT CLIENTS EVENTS [KIND DIRECTORY]; KIND is a journal's: written or mapped. Writes one
// line of JSON: resident bytes above those before, by /proc/self/smaps_rollup, once the clients are open and once each
// has delivered so many events. `files` is what of it belongs to files: mostly the library's own pages, which all its
// processes share.

#include <opttrack.h>
#include <unistd.h>

#include "support.h"

enum { DEADLINE_MS = 60000, TURNS = 50, TURN_US = 50000 };

typedef struct {
  long long resident;
  long long files;
} memory;

// A field of the kernel's sum over all mappings, in bytes.
static long long field(const char *text, const char *name) {
  const char *at = strstr(text, name);
  need(at != NULL, name);
  return strtoll(at + strlen(name), NULL, 10) * 1024;
}

static memory measure(void) {
  static char text[4096];
  FILE *file = fopen("/proc/self/smaps_rollup", "r");
  need(file != NULL, "/proc/self/smaps_rollup");
  text[fread(text, 1, sizeof text - 1, file)] = '\0';
  fclose(file);
  long long resident = field(text, "\nRss:");
  return (memory){.resident = resident, .files = resident - field(text, "\nAnonymous:")};
}

// The same once it stays so: a client's thread tidies up after those who waited for it have gone on.
static memory settled(void) {
  memory last = measure(), next = last;
  for (int turn = 0; turn < TURNS && (turn < 2 || next.resident != last.resident); turn++) {
    last = next;
    usleep(TURN_US);
    next = measure();
  }
  return next;
}

static void check(opt_status status, const char *what) { need(status == OPT_STATUS_OK, what); }

static opt_client *open_client(const char *datafile, const char *endpoint, char **journal) {
  opt_client *client = NULL;
  opt_options *options = opt_options_new();
  check(opt_options_set_datafile(options, opt_cstr(datafile), NULL), "datafile");
  check(opt_options_set_event_endpoint(options, opt_cstr(endpoint), NULL), "endpoint");
  if (journal[0]) {
    uint32_t kind = strcmp(journal[0], "mapped") == 0 ? OPT_JOURNAL_MAPPED : OPT_JOURNAL_WRITTEN;
    check(opt_options_set_journal(options, opt_cstr(journal[1]), kind, NULL), "journal");
  }
  check(opt_client_new(options, &client, NULL), "client");
  return client;
}

static void deliver(const opt_client *client, const opt_user *user, size_t events) {
  opt_pair tags[] = {{OPT_STR("revenue"), opt_int(4200)}, {OPT_STR("method"), opt_string(OPT_STR("card"))}};
  for (size_t event = 0; event < events; event++)
    check(opt_track(client, user, OPT_STR("purchase"), tags, 2, NULL), "track");
}

static void write_memory(const char *name, memory from, memory to) {
  printf("\"%s\":{\"resident\":%lld,\"files\":%lld}", name, to.resident - from.resident, to.files - from.files);
}

int main(int argc, char **argv) {
  need(argc == 5 || argc == 7, "usage: resident DATAFILE ENDPOINT CLIENTS EVENTS [KIND DIRECTORY]");
  char *datafile = read_file(argv[1]);
  size_t count = strtoul(argv[3], NULL, 10), events = strtoul(argv[4], NULL, 10);
  opt_client **clients = calloc(count, sizeof(opt_client *));
  opt_user *user = NULL;
  opt_pair attributes[] = {{OPT_STR("country"), opt_string(OPT_STR("DE"))}, {OPT_STR("age"), opt_int(34)}};
  need(clients != NULL, "no memory");
  check(opt_user_new(OPT_STR("user-0"), attributes, 2, &user, NULL), "user");
  // Twice: the first time takes what measuring itself needs.
  measure();
  memory before = measure();
  for (size_t at = 0; at < count; at++)
    clients[at] = open_client(datafile, argv[2], argv + 5);
  memory opened = settled();
  for (size_t at = 0; at < count; at++)
    deliver(clients[at], user, events);
  for (size_t at = 0; at < count; at++)
    check(opt_client_flush(clients[at], DEADLINE_MS, NULL, NULL), "flush");
  memory worked = settled();
  printf("{");
  write_memory("opened", before, opened);
  printf(",");
  write_memory("worked", before, worked);
  printf("}\n");
  for (size_t at = 0; at < count; at++)
    opt_client_free(clients[at]);
  free(clients);
  opt_user_free(user);
  free(datafile);
  return 0;
}
