// The file-backed profile service: two clients share a directory, a process that is killed leaves what it had saved,
// and a directory that can't be used or holds garbage costs no decision.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "client.h"
#include "flags.h"

enum { VISITORS = 200 };

static char directory[64];

// The project with the split turned around: who is not remembered gets the other side than before.
static void turn_around(opt_client *client) {
  opt_error *error = NULL;
  char *datafile = strdup(FLAGS);
  char *traffic = datafile ? strstr(datafile, "\"entityId\":\"6003\",\"endOfRange\":5000") : NULL;
  char *rest = datafile ? strstr(datafile, "\"entityId\":\"6004\",\"endOfRange\":10000") : NULL;
  if (!traffic || !rest)
    check_abort("the datafile has another split");
  memcpy(traffic, "\"entityId\":\"6004\"", 17);
  memcpy(rest, "\"entityId\":\"6003\"", 17);
  must(opt_client_set_datafile(client, opt_cstr(datafile), &error), error);
  free(datafile);
}

static opt_client *client_in(const char *path) {
  opt_error *error = NULL;
  opt_options *options = flags_for(NULL);
  must(opt_options_set_user_profile_directory(options, opt_cstr(path), &error), error);
  return client_of(options);
}

static void name(char *id, int visitor) { snprintf(id, 64, "visitor-%d/../%c", visitor, 'a' + visitor % 26); }

// Is the visitor on the left?
static bool is_left(const opt_client *client, const char *id) {
  opt_user *user = user_named(id);
  opt_decision *decision = decide(client, user, "split", OPT_DECIDE_DISABLE_DECISION_EVENT);
  opt_str variation = view_of(decision).variation_key;
  CHECK(variation.len > 0);
  bool result = variation.len == 4 && memcmp(variation.data, "left", 4) == 0;
  opt_decision_free(decision);
  opt_user_free(user);
  return result;
}

static void decide_all_visitors(const opt_client *client, bool *left) {
  char id[64];
  for (int i = 0; i < VISITORS; i++) {
    name(id, i);
    left[i] = is_left(client, id);
  }
}

static void make_directory(void) {
  strcpy(directory, "/tmp/opttrack-profiles-XXXXXX");
  if (!mkdtemp(directory))
    check_abort("no directory for profiles");
}

// Removes the directory and everything in it, one level of folders included.
static void remove_directory(const char *path) {
  DIR *files = opendir(path);
  for (struct dirent *entry; files && (entry = readdir(files));) {
    char inner[512];
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
      continue;
    snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);
    if (unlink(inner) != 0)
      remove_directory(inner);
  }
  if (files)
    closedir(files);
  CHECK_INT(rmdir(path), 0);
}

static void test_shared(void) {
  bool before[VISITORS], after[VISITORS], without[VISITORS];
  int moved = 0;
  make_directory();
  opt_client *first = client_in(directory);
  opt_client *second = client_in(directory);
  turn_around(second);
  decide_all_visitors(first, before);
  decide_all_visitors(second, after);
  CHECK(memcmp(before, after, sizeof before) == 0);
  opt_client_free(second);
  opt_client_free(first);
  // A client of later finds them too; one without the directory shows that the split was turned around indeed.
  opt_client *third = client_in(directory);
  turn_around(third);
  decide_all_visitors(third, after);
  CHECK(memcmp(before, after, sizeof before) == 0);
  opt_client_free(third);
  opt_client *forgetful = client_of(flags_for(NULL));
  turn_around(forgetful);
  decide_all_visitors(forgetful, without);
  for (int i = 0; i < VISITORS; i++)
    moved += before[i] != without[i];
  CHECK_INT(moved, VISITORS);
  opt_client_free(forgetful);
  remove_directory(directory);
}

// A child that saves profiles until it is killed, and says over a pipe whom it has decided.
static pid_t start_saving(int *decided) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0)
    check_abort("no pipe");
  pid_t child = fork();
  if (child == 0) {
    opt_client *client = client_in(directory);
    char id[64];
    for (int i = 0;; i++) {
      snprintf(id, sizeof id, "killed-%d", i);
      bool left = is_left(client, id);
      if (write(ends[1], &left, 1) != 1)
        _exit(1);
    }
  }
  close(ends[1]);
  *decided = ends[0];
  return child;
}

// Everybody of whom the killed process had told stays where it was, and no half-written profile stands in the way.
static void test_killed(void) {
  enum { ENOUGH = 300 };
  make_directory();
  int decided, total = 0, kept = 0;
  bool left[100000];
  pid_t child = start_saving(&decided);
  while (total < ENOUGH && read(decided, &left[total], 1) == 1)
    total++;
  CHECK_INT(kill(child, SIGKILL), 0);
  while (total < (int)sizeof left && read(decided, &left[total], 1) == 1)
    total++;
  close(decided);
  while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
    continue;
  CHECK(total >= ENOUGH);
  opt_client *client = client_in(directory);
  turn_around(client);
  for (int i = 0; i < total; i++) {
    char id[64];
    snprintf(id, sizeof id, "killed-%d", i);
    kept += is_left(client, id) == left[i];
  }
  CHECK_INT(kept, total);
  // It goes on saving in what was left.
  bool late = is_left(client, "late");
  opt_client_free(client);
  client = client_in(directory);
  CHECK(is_left(client, "late") == late);
  opt_client_free(client);
  remove_directory(directory);
}

// Fills every file below a folder with the same few bytes; the number of files.
static int spoil(const char *path, const char *bytes) {
  int count = 0;
  DIR *files = opendir(path);
  for (struct dirent *entry; files && (entry = readdir(files));) {
    char inner[512];
    struct stat kind;
    snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);
    if (entry->d_name[0] == '.' || stat(inner, &kind) != 0)
      continue;
    if (S_ISDIR(kind.st_mode)) {
      count += spoil(inner, bytes);
      continue;
    }
    FILE *file = fopen(inner, "w");
    if (!file || fputs(bytes, file) < 0)
      check_abort("a profile can't be spoilt");
    fclose(file);
    count++;
  }
  if (files)
    closedir(files);
  return count;
}

// Garbage in place of profiles: decided afresh, and saved anew.
static void test_garbage(void) {
  static const char *const garbage[] = {"", "{", "\xFF\xFE", "{\"user_id\":7}", "[[[[[["};
  bool before[VISITORS], after[VISITORS];
  for (size_t i = 0; i < sizeof garbage / sizeof *garbage; i++) {
    make_directory();
    check_scope(garbage[i]);
    opt_client *client = client_in(directory);
    decide_all_visitors(client, before);
    CHECK(spoil(directory, garbage[i]) > 0);
    decide_all_visitors(client, after);
    CHECK(memcmp(before, after, sizeof before) == 0);
    turn_around(client);
    decide_all_visitors(client, after);
    CHECK(memcmp(before, after, sizeof before) == 0);
    opt_client_free(client);
    remove_directory(directory);
  }
  check_scope(NULL);
}

// Where nothing can be written, decisions are made all the same, or the client says at once what is wrong.
static void test_unusable(void) {
  static const char *const paths[] = {"/dev/null/profiles", "/proc/profiles", ""};
  opt_error *error = NULL;
  bool left[VISITORS];
  for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
    opt_client *client = NULL;
    opt_options *options = flags_for(NULL);
    opt_status status = opt_options_set_user_profile_directory(options, opt_cstr(paths[i]), &error);
    if (status == OPT_STATUS_OK)
      status = opt_client_new(options, &client, &error);
    else
      opt_options_free(options);
    CHECK((status == OPT_STATUS_OK) == (client != NULL));
    CHECK(client || opt_error_message(error).len > 0);
    opt_error_free(error);
    error = NULL;
    if (client)
      decide_all_visitors(client, left);
    opt_client_free(client);
  }
}

int main(void) {
  test_killed();
  test_shared();
  test_garbage();
  test_unusable();
  return check_done("profile_directory");
}
