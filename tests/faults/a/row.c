// What the rows of misuse share.
#define _GNU_SOURCE
#include "row.h"

#include <dirent.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

enum { HANG_SECONDS = 60, SLOWNESS = 20 };

unsigned long times(unsigned long short_form, unsigned long campaign_form) {
  if (getenv("OPT_SLOW"))
    return (short_form + SLOWNESS - 1) / SLOWNESS;
  return getenv("OPT_CAMPAIGN") ? campaign_form : short_form;
}

int count_files(void) {
  DIR *files = opendir("/proc/self/fd");
  int count = 0;
  if (!files)
    check_abort("no /proc/self/fd");
  for (struct dirent *entry; (entry = readdir(files));)
    count += entry->d_name[0] != '.';
  closedir(files);
  // The one that was open for counting.
  return count - 1;
}

long resident_kib(void) {
  long pages = 0;
  // What the allocator keeps for later is no growth of ours.
  malloc_trim(0);
  FILE *statm = fopen("/proc/self/statm", "r");
  if (!statm || fscanf(statm, "%*d %ld", &pages) != 1)
    check_abort("no /proc/self/statm");
  fclose(statm);
  return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

pthread_t start(void *(*body)(void *), void *context) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, body, context) != 0)
    check_abort("no thread for the test");
  return thread;
}

bool has_ended(pthread_t thread) {
  struct timespec deadline;
  clock_gettime(CLOCK_REALTIME, &deadline);
  deadline.tv_sec += HANG_SECONDS;
  return pthread_timedjoin_np(thread, NULL, &deadline) == 0;
}
