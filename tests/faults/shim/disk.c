// A preloaded library that makes the disk fail by rules that may change at any time. They are in the file
// OPT_DISK_RULES, as harness/disk.py writes it; each says which calls it is about, by kind, by the file's name and by
// the number of bytes, how many it lets pass and how many it hits, and counts those that it hit.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
  WRITE = 1,
  SYNC = 2,
  CREATE = 4,
  RESERVE = 8,
  RENAME = 16,
  REMOVE = 32,
  FOLDER = 64,
  READ = 128,
  MAP = 256,
  OPEN = 512
};
enum { RULES = 8, PATTERN = 128 };

typedef struct {
  uint64_t calls;
  // Calls left to pass, and to hit; fewer than none: no end.
  _Atomic int64_t skip;
  _Atomic int64_t count;
  int64_t error;
  // Bytes of a write that get through; fewer than none: all or, with an error, none.
  int64_t accepted;
  uint64_t delay_ms;
  // Hits only calls of so many bytes; 0: all.
  uint64_t size;
  _Atomic uint64_t fired;
  char pattern[PATTERN];
} rule;

static rule *rules;

#define REAL(type, name) ((type)(uintptr_t)dlsym(RTLD_NEXT, name))

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("OPT_DISK_RULES");
  int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
  if (file < 0)
    return;
  void *mapped = mmap(NULL, RULES * sizeof(rule), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  rules = mapped == MAP_FAILED ? NULL : mapped;
  close(file);
}

static void wait_ms(uint64_t ms) {
  struct timespec time = {.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000};
  while (ms > 0 && nanosleep(&time, &time) != 0 && errno == EINTR)
    continue;
}

// The first rule that hits the call, if any; its delay is over then.
static const rule *hit(uint64_t call, const char *path, uint64_t size) {
  for (int i = 0; rules && i < RULES; i++) {
    rule *one = &rules[i];
    if (!(one->calls & call) || (one->size && one->size != size) || fnmatch(one->pattern, path, 0) != 0)
      continue;
    if (atomic_load(&one->skip) > 0 && atomic_fetch_sub(&one->skip, 1) > 0)
      continue;
    int64_t left = atomic_load(&one->count);
    if (left == 0 || (left > 0 && atomic_fetch_sub(&one->count, 1) <= 0))
      continue;
    atomic_fetch_add(&one->fired, 1);
    wait_ms(one->delay_ms);
    return one;
  }
  return NULL;
}

static const rule *hit_file(uint64_t call, int file, uint64_t size) {
  char link[64], path[PATH_MAX];
  if (!rules)
    return NULL;
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, sizeof path - 1);
  path[length > 0 ? length : 0] = '\0';
  return length > 0 ? hit(call, path, size) : NULL;
}

static int failed(const rule *by) {
  errno = (int)by->error;
  return -1;
}

static ssize_t write_at(int file, const void *bytes, size_t size, off_t at) {
  ssize_t (*real)(int, const void *, size_t, off_t) = REAL(ssize_t(*)(int, const void *, size_t, off_t), "pwrite");
  const rule *by = hit_file(WRITE, file, size);
  if (by && by->accepted > 0 && (uint64_t)by->accepted < size)
    return real(file, bytes, (size_t)by->accepted, at);
  return by && by->error ? failed(by) : real(file, bytes, size, at);
}

ssize_t pwrite(int file, const void *bytes, size_t size, off_t at) { return write_at(file, bytes, size, at); }

ssize_t pwrite64(int file, const void *bytes, size_t size, off_t at) { return write_at(file, bytes, size, at); }

ssize_t write(int file, const void *bytes, size_t size) {
  ssize_t (*real)(int, const void *, size_t) = REAL(ssize_t(*)(int, const void *, size_t), "write");
  const rule *by = hit_file(WRITE, file, size);
  if (by && by->accepted > 0 && (uint64_t)by->accepted < size)
    return real(file, bytes, (size_t)by->accepted);
  return by && by->error ? failed(by) : real(file, bytes, size);
}

ssize_t pread(int file, void *bytes, size_t size, off_t at) {
  const rule *by = hit_file(READ, file, size);
  return by && by->error ? failed(by) : REAL(ssize_t(*)(int, void *, size_t, off_t), "pread")(file, bytes, size, at);
}

int fdatasync(int file) {
  const rule *by = hit_file(SYNC, file, 0);
  return by && by->error ? failed(by) : REAL(int (*)(int), "fdatasync")(file);
}

int fsync(int file) {
  const rule *by = hit_file(SYNC, file, 0);
  return by && by->error ? failed(by) : REAL(int (*)(int), "fsync")(file);
}

int fallocate(int file, int mode, off_t from, off_t size) {
  const rule *by = hit_file(RESERVE, file, (uint64_t)size);
  return by && by->error ? failed(by) : REAL(int (*)(int, int, off_t, off_t), "fallocate")(file, mode, from, size);
}

static int open_file(const char *name, const char *path, int flags, mode_t mode) {
  const rule *by = hit(flags & O_CREAT ? CREATE : OPEN, path, 0);
  return by && by->error ? failed(by) : REAL(int (*)(const char *, int, ...), name)(path, flags, mode);
}

#define OPEN_FILE(name)                                                                                                \
  int name(const char *path, int flags, ...) {                                                                         \
    va_list list;                                                                                                      \
    va_start(list, flags);                                                                                             \
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(list, mode_t) : 0;                                            \
    va_end(list);                                                                                                      \
    return open_file(#name, path, flags, mode);                                                                        \
  }

OPEN_FILE(open)
OPEN_FILE(open64)

int rename(const char *from, const char *to) {
  const rule *by = hit(RENAME, from, 0);
  return by && by->error ? failed(by) : REAL(int (*)(const char *, const char *), "rename")(from, to);
}

int unlink(const char *path) {
  const rule *by = hit(REMOVE, path, 0);
  return by && by->error ? failed(by) : REAL(int (*)(const char *), "unlink")(path);
}

int mkdir(const char *path, mode_t mode) {
  const rule *by = hit(FOLDER, path, 0);
  return by && by->error ? failed(by) : REAL(int (*)(const char *, mode_t), "mkdir")(path, mode);
}
