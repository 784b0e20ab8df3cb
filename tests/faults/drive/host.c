// What a host does to the files of a process: closes them all, opens its own, limits their size.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "drive.h"

enum { FILES = 64, CONTENT = 16, FAR = 200 };

static int files[FILES];
// The other end where a file is a socket; 0: it is none.
static int peers[FILES];
static ino_t inodes[FILES];
static size_t opened;

static const char BYTES[] = "the host's bytes";

// A socket in the lowest place that is free, with bytes that wait to be read by the host alone.
static int open_socket(int *peer) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
    return -1;
  *peer = fcntl(pair[1], F_DUPFD_CLOEXEC, FAR);
  close(pair[1]);
  return *peer >= 0 && write(*peer, BYTES, CONTENT) == CONTENT ? pair[0] : -1;
}

static int open_file(const char *path) {
  int file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  return file >= 0 && write(file, BYTES, CONTENT) == CONTENT ? file : -1;
}

// Closes everything but the standard streams, and opens files of its own in the places that became free, or sockets.
static void do_take(const command *said) {
  char path[512];
  size_t count = (size_t)number_of(said, "count", 8);
  if (count > FILES)
    drive_abort("no so many files");
  closefrom(3);
  for (opened = 0; opened < count; opened++) {
    snprintf(path, sizeof path, "%s/host-%zu", text_of(said, "folder", "."), opened);
    peers[opened] = 0;
    files[opened] = has(said, "sockets") ? open_socket(&peers[opened]) : open_file(path);
    if (files[opened] < 0)
      drive_abort(path);
    struct stat about;
    fstat(files[opened], &about);
    inodes[opened] = about.st_ino;
  }
}

// Does a file hold the host's bytes and no others?
static bool is_as_it_was(size_t i, const struct stat *about) {
  char content[CONTENT + 1] = "";
  if (!peers[i])
    return about->st_size == CONTENT && pread(files[i], content, CONTENT, 0) == CONTENT &&
           memcmp(content, BYTES, CONTENT) == 0;
  // Nothing was read, nothing written, and the host's end is as the host made it.
  return recv(files[i], content, sizeof content, MSG_PEEK | MSG_DONTWAIT) == CONTENT &&
         recv(peers[i], content, sizeof content, MSG_PEEK | MSG_DONTWAIT) == -1 && errno == EAGAIN &&
         (fcntl(files[i], F_GETFL) & O_NONBLOCK) == 0;
}

// Are the host's files open still, and as it left them?
static void do_look(void) {
  long long strange = 0, closed = 0;
  for (size_t i = 0; i < opened; i++) {
    struct stat about;
    if (fstat(files[i], &about) != 0 || about.st_ino != inodes[i]) {
      closed++;
      continue;
    }
    bool is_strange = !is_as_it_was(i, &about);
    strange += is_strange;
    if (is_strange)
      fprintf(stderr, "drive: %s %zu of the host is not as it was\n", peers[i] ? "socket" : "file", i);
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
