// Commands about the process: its figures, its limits, its signals, its end.
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "drive.h"

static long long entries_of(const char *path) {
  DIR *folder = opendir(path);
  long long count = 0;
  if (!folder)
    return -1;
  for (struct dirent *entry; (entry = readdir(folder));)
    count += entry->d_name[0] != '.';
  closedir(folder);
  return count;
}

static long long resident_kib(void) {
  long pages = 0;
  malloc_trim(0);
  FILE *statm = fopen("/proc/self/statm", "r");
  if (!statm || fscanf(statm, "%*d %ld", &pages) != 1)
    drive_abort("no /proc/self/statm");
  fclose(statm);
  return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static void do_self(void) {
  struct timespec wall;
  clock_gettime(CLOCK_REALTIME, &wall);
  answer_number("pid", getpid());
  // The folder that counts them is open meanwhile.
  answer_number("files", entries_of("/proc/self/fd") - 1);
  answer_number("threads", entries_of("/proc/self/task"));
  answer_number("resident_kib", resident_kib());
  answer_number("now_ms", (long long)(now_ns() / 1000000));
  answer_number("wall_ms", (long long)wall.tv_sec * 1000 + wall.tv_nsec / 1000000);
}

// Leaves so many descriptors free below the limit; `free=-1`: the limit that was.
static void do_files(const command *said) {
  static rlim_t before;
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  if (before == 0)
    before = limit.rlim_cur;
  const char *free_files = text_of(said, "free", "-1");
  if (free_files[0] == '-') {
    limit.rlim_cur = before;
  } else {
    int highest = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (highest < 0)
      drive_abort("no descriptor to count by");
    close(highest);
    limit.rlim_cur = (rlim_t)highest + (rlim_t)strtoull(free_files, NULL, 10);
  }
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
    drive_abort("the limit of descriptors can't be set");
  answer_number("limit", (long long)limit.rlim_cur);
}

// The signals that the calling thread blocks and those that are not at their default, as numbers.
static void do_signals(void) {
  sigset_t mask;
  char blocked[512] = "[", handled[512] = "[";
  size_t b = 1, h = 1;
  pthread_sigmask(SIG_SETMASK, NULL, &mask);
  for (int i = 1; i < 32; i++) {
    struct sigaction action;
    if (sigismember(&mask, i) == 1)
      b += (size_t)snprintf(blocked + b, sizeof blocked - b, "%s%d", b > 1 ? "," : "", i);
    if (sigaction(i, NULL, &action) == 0 && action.sa_handler != SIG_DFL)
      h += (size_t)snprintf(handled + h, sizeof handled - h, "%s%d", h > 1 ? "," : "", i);
  }
  snprintf(blocked + b, sizeof blocked - b, "]");
  snprintf(handled + h, sizeof handled - h, "]");
  answer_raw("blocked", blocked);
  answer_raw("handled", handled);
}

static void do_end(const command *said) {
  const char *way = text_of(said, "way", "exit");
  if (strcmp(way, "exit") == 0)
    exit(0);
  if (strcmp(way, "quick_exit") == 0)
    quick_exit(0);
  if (strcmp(way, "_exit") == 0)
    _exit(0);
  if (strcmp(way, "abort") == 0)
    abort();
  if (strcmp(way, "segv") == 0)
    raise(SIGSEGV);
  if (strcmp(way, "throw") == 0)
    drive_throw();
  drive_abort("no such way to end");
}

// This program again, in the same process.
static void do_exec(void) {
  char *const words[] = {"drive", (char *)(uintptr_t)books_folder(), NULL};
  // The answer that the new life can't give.
  puts("}");
  fflush(stdout);
  execv("/proc/self/exe", words);
  drive_abort("no exec");
}

// Makes the delivery panic; only a library that was built for tests can. Says whether this one is such.
static void do_panic(const command *said) {
  void (*panic)(uint32_t, uint32_t) =
      (void (*)(uint32_t, uint32_t))(uintptr_t)dlsym(RTLD_DEFAULT, "opt_test_panic_delivery");
  if (panic)
    panic((uint32_t)number_of(said, "place", 1), (uint32_t)number_of(said, "count", 1));
  answer_number("can_panic", panic != NULL);
}

// Takes memory until there is none.
static void do_hog(void) {
  enum { PIECE = 1 << 20 };
  for (;;) {
    char *piece = malloc(PIECE);
    if (piece)
      memset(piece, 1, PIECE);
  }
}

bool do_process(const command *said) {
  if (strcmp(said->name, "self") == 0)
    do_self();
  else if (strcmp(said->name, "files") == 0)
    do_files(said);
  else if (strcmp(said->name, "signals") == 0)
    do_signals();
  else if (strcmp(said->name, "exec") == 0)
    do_exec();
  else if (strcmp(said->name, "hog") == 0)
    do_hog();
  else if (strcmp(said->name, "panic") == 0)
    do_panic(said);
  else if (strcmp(said->name, "end") == 0)
    do_end(said);
  else if (strcmp(said->name, "sleep") == 0)
    pause_ms(number_of(said, "ms", 0));
  else if (strcmp(said->name, "chdir") == 0)
    answer_number("failed", chdir(text_of(said, "path", "")) != 0);
  else
    return false;
  return true;
}
