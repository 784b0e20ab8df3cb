// What a host does to the files of a process: closes them all, opens its own, limits their size.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "drive.h"

enum { FILES = 64, CONTENT = 16 };

static int files[FILES];
static ino_t inodes[FILES];
static size_t opened;

// Closes everything but the standard streams, and opens files of its own in the places that became free.
static void do_take(const command *said) {
  char path[512];
  size_t count = (size_t)number_of(said, "count", 8);
  if (count > FILES)
    drive_abort("no so many files");
  closefrom(3);
  for (opened = 0; opened < count; opened++) {
    snprintf(path, sizeof path, "%s/host-%zu", text_of(said, "folder", "."), opened);
    files[opened] = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (files[opened] < 0 || write(files[opened], "the host's bytes", CONTENT) != CONTENT)
      drive_abort(path);
    struct stat about;
    fstat(files[opened], &about);
    inodes[opened] = about.st_ino;
  }
}

// Are the host's files open still, and do they hold nothing but its bytes?
static void do_look(void) {
  long long strange = 0, closed = 0;
  for (size_t i = 0; i < opened; i++) {
    char content[CONTENT + 1] = "";
    struct stat about;
    if (fstat(files[i], &about) != 0 || about.st_ino != inodes[i]) {
      closed++;
      continue;
    }
    bool is_strange = about.st_size != CONTENT || pread(files[i], content, CONTENT, 0) != CONTENT ||
                      memcmp(content, "the host's bytes", CONTENT) != 0;
    strange += is_strange;
    if (is_strange)
      fprintf(stderr, "drive: file %zu of the host has %lld bytes and begins with %.16s\n", i, (long long)about.st_size,
              content);
  }
  answer_number("strange", strange);
  answer_number("closed", closed);
}

// No file may grow beyond so many bytes; -1: as large as it likes.
static void do_file_size(const command *said) {
  struct rlimit limit;
  getrlimit(RLIMIT_FSIZE, &limit);
  limit.rlim_cur = text_of(said, "bytes", "-1")[0] == '-' ? limit.rlim_max : (rlim_t)number_of(said, "bytes", 0);
  if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
    drive_abort("the limit of files can't be set");
}

bool do_host(const command *said) {
  if (strcmp(said->name, "take") == 0)
    do_take(said);
  else if (strcmp(said->name, "look") == 0)
    do_look();
  else if (strcmp(said->name, "filesize") == 0)
    do_file_size(said);
  else
    return false;
  return true;
}
