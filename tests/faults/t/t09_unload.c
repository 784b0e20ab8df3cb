// T9: the library is loaded, used, closed and unloaded, again and again; unloaded with a client still open; and
// unloaded in a destructor. Arguments: the shared library, an endpoint, how often. Says how memory and threads have
// grown.
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <malloc.h>
#include <opttrack.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "datafile.h"

typedef struct {
  void *library;
  opt_options *(*options_new)(void);
  opt_status (*set_datafile)(opt_options *, opt_str, opt_error **);
  opt_status (*set_endpoint)(opt_options *, opt_str, opt_error **);
  opt_status (*client_new)(opt_options *, opt_client **, opt_error **);
  opt_status (*user_new)(opt_str, const opt_pair *, size_t, opt_user **, opt_error **);
  opt_status (*track)(const opt_client *, const opt_user *, opt_str, const opt_pair *, size_t, opt_error **);
  opt_status (*close)(const opt_client *, uint32_t, uint64_t *, opt_error **);
  void (*user_free)(opt_user *);
  void (*client_free)(opt_client *);
} functions;

static void must(int holds, const char *what) {
  if (!holds) {
    fprintf(stderr, "t09: %s\n", what);
    exit(1);
  }
}

#define LOAD(into, name)                                                                                               \
  do {                                                                                                                 \
    void *found = dlsym(loaded.library, name);                                                                         \
    must(found != NULL, name);                                                                                         \
    *(void **)&(into) = found;                                                                                         \
  } while (0)

static functions load(const char *path) {
  functions loaded = {.library = dlopen(path, RTLD_NOW | RTLD_LOCAL)};
  must(loaded.library != NULL, dlerror());
  LOAD(loaded.options_new, "opt_options_new");
  LOAD(loaded.set_datafile, "opt_options_set_datafile");
  LOAD(loaded.set_endpoint, "opt_options_set_event_endpoint");
  LOAD(loaded.client_new, "opt_client_new");
  LOAD(loaded.user_new, "opt_user_new");
  LOAD(loaded.track, "opt_track");
  LOAD(loaded.close, "opt_client_close");
  LOAD(loaded.user_free, "opt_user_free");
  LOAD(loaded.client_free, "opt_client_free");
  return loaded;
}

static opt_client *use(const functions *with, const char *endpoint) {
  opt_client *client = NULL;
  opt_user *user = NULL;
  opt_options *options = with->options_new();
  must(with->set_datafile(options, OPT_STR(SHOP), NULL) == OPT_STATUS_OK, "datafile");
  must(with->set_endpoint(options, opt_cstr(endpoint), NULL) == OPT_STATUS_OK, "endpoint");
  must(with->client_new(options, &client, NULL) == OPT_STATUS_OK, "client");
  must(with->user_new(OPT_STR("visitor"), NULL, 0, &user, NULL) == OPT_STATUS_OK, "user");
  must(with->track(client, user, OPT_STR("purchase"), NULL, 0, NULL) == OPT_STATUS_OK, "track");
  with->user_free(user);
  return client;
}

static long resident_kib(void) {
  long pages = 0;
  malloc_trim(0);
  FILE *statm = fopen("/proc/self/statm", "r");
  must(statm && fscanf(statm, "%*d %ld", &pages) == 1, "/proc/self/statm");
  fclose(statm);
  return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static int threads(void) {
  int count = 0;
  DIR *tasks = opendir("/proc/self/task");
  must(tasks != NULL, "/proc/self/task");
  for (struct dirent *entry; (entry = readdir(tasks));)
    count += entry->d_name[0] != '.';
  closedir(tasks);
  return count;
}

static functions at_end;

// Runs after main; the client is open still.
__attribute__((destructor)) static void unload(void) {
  if (at_end.library)
    dlclose(at_end.library);
}

int main(int count, char **arguments) {
  must(count == 4, "usage: t09_unload LIBRARY ENDPOINT TIMES");
  long times = strtol(arguments[3], NULL, 10), before = 0;
  for (long i = 0; i < times; i++) {
    functions with = load(arguments[1]);
    opt_client *client = use(&with, arguments[2]);
    must(with.close(client, 10000, NULL, NULL) == OPT_STATUS_OK, "close");
    with.client_free(client);
    must(dlclose(with.library) == 0, "dlclose");
    if (i == times / 10)
      before = resident_kib();
  }
  // A thread that was joined may take a moment to leave the system's list.
  for (int i = 0; i < 1000 && threads() > 1; i++)
    usleep(1000);
  printf("{\"grown_kib\":%ld,\"threads\":%d}\n", resident_kib() - before, threads());
  fflush(stdout);
  // Who unloads it with a client open leaves a thread behind, whose code has to stay.
  for (int i = 0; i < 20; i++) {
    functions with = load(arguments[1]);
    use(&with, arguments[2]);
    must(dlclose(with.library) == 0, "dlclose with a client open");
  }
  usleep(100000);
  at_end = load(arguments[1]);
  use(&at_end, arguments[2]);
  return 0;
}
