// A preloaded library that counts the allocations of each thread and lets some fail: those larger than the number in
// the file OPT_MEMORY_LIMIT (eight bytes, 0: none; the next eight count the failures), and the n-th that a thread asks
// for.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct {
  _Atomic uint64_t largest;
  _Atomic uint64_t failed;
} plan;

static plan *plan_in_force;
static _Thread_local unsigned long long allocations, fail_at;
static _Thread_local bool has_failed;

unsigned long long opt_shim_allocations(void);
bool opt_shim_fail_nth(unsigned long long n);

unsigned long long opt_shim_allocations(void) { return allocations; }

bool opt_shim_fail_nth(unsigned long long n) {
  bool before = has_failed;
  has_failed = false;
  fail_at = n ? allocations + n : 0;
  return before;
}

// glibc's own, which need no look-up: a look-up would allocate.
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("OPT_MEMORY_LIMIT");
  int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
  if (file < 0)
    return;
  void *mapped = mmap(NULL, sizeof(plan), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  plan_in_force = mapped == MAP_FAILED ? NULL : mapped;
  close(file);
}

static bool fails(size_t size) {
  bool is_nth = ++allocations == fail_at;
  uint64_t largest = plan_in_force ? atomic_load(&plan_in_force->largest) : 0;
  if (!is_nth && (largest == 0 || size <= largest))
    return false;
  if (plan_in_force)
    atomic_fetch_add(&plan_in_force->failed, 1);
  has_failed = true;
  errno = ENOMEM;
  return true;
}

void *malloc(size_t size) { return fails(size) ? NULL : __libc_malloc(size); }

void *calloc(size_t count, size_t size) {
  size_t whole;
  if (__builtin_mul_overflow(count, size, &whole))
    whole = SIZE_MAX;
  return fails(whole) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size) { return fails(size) ? NULL : __libc_realloc(old, size); }

int posix_memalign(void **out, size_t alignment, size_t size) {
  if (fails(size))
    return ENOMEM;
  *out = __libc_memalign(alignment, size);
  return *out ? 0 : ENOMEM;
}

void *aligned_alloc(size_t alignment, size_t size) { return fails(size) ? NULL : __libc_memalign(alignment, size); }
