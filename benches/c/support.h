// What the programs here need that is not libopttrack: files, texts that stay, and the clocks of a timed loop.

#ifndef OPTTRACK_BENCH_SUPPORT_H
#define OPTTRACK_BENCH_SUPPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// Wall time, and the processor time of the calling thread.
typedef struct {
  int64_t wall_ns;
  int64_t cpu_ns;
} watch;

static inline void need(bool fine, const char *what) {
  if (!fine) {
    fprintf(stderr, "%s\n", what);
    exit(1);
  }
}

static inline int64_t now(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static inline watch start(void) {
  watch result = {.cpu_ns = now(CLOCK_THREAD_CPUTIME_ID)};
  result.wall_ns = now(CLOCK_MONOTONIC);
  return result;
}

static inline void stop(watch from, watch *sum) {
  sum->wall_ns += now(CLOCK_MONOTONIC) - from.wall_ns;
  sum->cpu_ns += now(CLOCK_THREAD_CPUTIME_ID) - from.cpu_ns;
}

static inline char *read_file(const char *path) {
  FILE *file = fopen(path, "rb");
  need(file != NULL, path);
  need(fseek(file, 0, SEEK_END) == 0, path);
  long size = ftell(file);
  need(size >= 0 && fseek(file, 0, SEEK_SET) == 0, path);
  char *text = malloc((size_t)size + 1);
  need(text != NULL, "no memory");
  need(fread(text, 1, (size_t)size, file) == (size_t)size, path);
  text[size] = '\0';
  fclose(file);
  return text;
}

static inline char *keep(const char *text) {
  char *copy = strdup(text);
  need(copy != NULL, "no memory");
  return copy;
}

#endif
