// What a loaded datafile takes: every allocation of the process is counted, that of the shared library included.
//
// Usage: memory DATAFILE; writes one line of JSON: bytes of the text, live when the client is made, and at the peak of
// making it.

#include <errno.h>
#include <malloc.h>
#include <opttrack.h>
#include <stdatomic.h>

#include "support.h"

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *memory);

static atomic_llong live, peak;

static void *taken(void *memory) {
  long long now_live =
      atomic_fetch_add(&live, (long long)malloc_usable_size(memory)) + (long long)malloc_usable_size(memory);
  long long known = atomic_load(&peak);
  while (now_live > known && !atomic_compare_exchange_weak(&peak, &known, now_live)) {
  }
  return memory;
}

static void given_back(void *memory) { atomic_fetch_sub(&live, (long long)malloc_usable_size(memory)); }

// In place of the C library's for the whole process.
void *malloc(size_t size) { return taken(__libc_malloc(size)); }
void *calloc(size_t count, size_t size) { return taken(__libc_calloc(count, size)); }
void *aligned_alloc(size_t alignment, size_t size) { return taken(__libc_memalign(alignment, size)); }

int posix_memalign(void **memory, size_t alignment, size_t size) {
  *memory = aligned_alloc(alignment, size);
  return *memory ? 0 : ENOMEM;
}

void free(void *memory) {
  given_back(memory);
  __libc_free(memory);
}

// While the memory moves, both places can be there: counted so.
void *realloc(void *memory, size_t size) {
  size_t before = malloc_usable_size(memory);
  void *after = taken(__libc_realloc(memory, size));
  if (after || size == 0)
    atomic_fetch_sub(&live, (long long)before);
  return after;
}

// A line of /proc/self/status in bytes.
static long long status_of(const char *name) {
  char line[256];
  long long kib = -1;
  FILE *file = fopen("/proc/self/status", "r");
  need(file != NULL, "/proc/self/status");
  while (kib < 0 && fgets(line, sizeof line, file))
    if (strncmp(line, name, strlen(name)) == 0)
      kib = strtoll(line + strlen(name), NULL, 10);
  fclose(file);
  need(kib >= 0, name);
  return kib * 1024;
}

// Lets the kernel count the most resident memory anew; false where it can't.
static bool forget_peak(void) {
  FILE *file = fopen("/proc/self/clear_refs", "w");
  if (!file)
    return false;
  bool done = fputs("5", file) >= 0;
  return fclose(file) == 0 && done;
}

static void check(opt_status status, const char *what) { need(status == OPT_STATUS_OK, what); }

int main(int argc, char **argv) {
  need(argc == 2, "usage: memory DATAFILE");
  char *datafile = read_file(argv[1]);
  bool is_counted = forget_peak();
  long long resident = status_of("VmRSS:");
  long long before = atomic_load(&live);
  atomic_store(&peak, before);
  opt_client *client = NULL;
  opt_options *options = opt_options_new();
  check(opt_options_set_datafile(options, opt_cstr(datafile), NULL), "datafile");
  check(opt_client_new(options, &client, NULL), "client");
  long long now_live = atomic_load(&live), highest = atomic_load(&peak);
  printf("{\"text\":%zu,\"live\":%lld,\"peak\":%lld,\"resident\":%lld}\n", strlen(datafile), now_live - before,
         highest - before, is_counted ? status_of("VmHWM:") - resident : 0);
  opt_client_free(client);
  free(datafile);
  return 0;
}
