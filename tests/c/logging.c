// Log messages: the callback gets them, its data is released once, standard error is the default, and off is silent.
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "client.h"
#include "datafile.h"

typedef struct {
  int messages;
  atomic_int released;
  uint32_t worst;
  uint32_t least;
  char last[512];
} journal;

static void note(uint32_t level, opt_str message, void *user_data) {
  journal *book = user_data;
  size_t length = message.len < sizeof book->last - 1 ? message.len : sizeof book->last - 1;
  book->messages++;
  book->worst = !book->worst || level < book->worst ? level : book->worst;
  book->least = level > book->least ? level : book->least;
  CHECK_RANGE(level, OPT_LOG_ERROR, OPT_LOG_DEBUG);
  CHECK(message.data && message.len > 0 && !memchr(message.data, '\n', message.len));
  memcpy(book->last, message.data, length);
  book->last[length] = '\0';
}

static void released(void *user_data) { ((journal *)user_data)->released++; }

static bool was_released(const void *context) { return ((const journal *)context)->released > 0; }

static opt_client *logging_client(journal *book, uint32_t level) {
  opt_error *error = NULL;
  opt_options *options = options_for(NULL);
  must(opt_options_set_log_level(options, level, &error), error);
  CHECK_STATUS(opt_options_set_logger(options, note, book, released, &error), OPT_STATUS_OK, &error);
  return client_of(options);
}

// An event key that the datafile lacks is the caller's mistake, told at level error each time.
static void provoke(const opt_client *client) {
  opt_error *error = NULL;
  opt_user *user = user_named("visitor-with-a-private-name");
  CHECK_STATUS(opt_track(client, user, OPT_STR("no_such_event"), NULL, 0, &error), OPT_STATUS_UNKNOWN_EVENT, &error);
  opt_user_free(user);
}

// A call that succeeds tells its steps at level debug, if at all.
static void decide_quietly(const opt_client *client) {
  opt_error *error = NULL;
  opt_decision *decision = NULL;
  opt_user *user = user_named("visitor");
  CHECK_STATUS(opt_get_variation(client, user, OPT_STR("checkout_button"), &decision, &error), OPT_STATUS_OK, &error);
  opt_decision_free(decision);
  opt_user_free(user);
}

static void test_callback(void) {
  journal book = {0};
  opt_client *client = logging_client(&book, OPT_LOG_WARNING);
  int before = book.messages;
  provoke(client);
  CHECK_INT(book.messages, before + 1);
  CHECK_INT(book.worst, OPT_LOG_ERROR);
  CHECK(strstr(book.last, "no_such_event") != NULL);
  CHECK(strstr(book.last, "private") == NULL);
  // A callback gets every message, also a repeated one.
  provoke(client);
  CHECK_INT(book.messages, before + 2);
  close_and_free(client);
  CHECK_INT(book.released, 1);
  CHECK_RANGE(book.least, OPT_LOG_ERROR, OPT_LOG_WARNING);
}

static void test_levels(void) {
  int counts[OPT_LOG_DEBUG + 1];
  for (uint32_t level = OPT_LOG_OFF; level <= OPT_LOG_DEBUG; level++) {
    journal book = {0};
    opt_client *client = logging_client(&book, level);
    provoke(client);
    decide_quietly(client);
    close_and_free(client);
    counts[level] = book.messages;
    CHECK(book.least <= level);
    CHECK_INT(book.released, 1);
  }
  CHECK_INT(counts[OPT_LOG_OFF], 0);
  CHECK_INT(counts[OPT_LOG_ERROR], 1);
  CHECK(counts[OPT_LOG_WARNING] >= counts[OPT_LOG_ERROR]);
  CHECK(counts[OPT_LOG_INFO] > counts[OPT_LOG_ERROR]);
  CHECK(counts[OPT_LOG_DEBUG] > counts[OPT_LOG_INFO]);
}

// Omitted values are warned about by key, without the value.
static void test_omissions(void) {
  opt_error *error = NULL;
  journal book = {0};
  opt_client *client = logging_client(&book, OPT_LOG_WARNING);
  opt_user *user = user_named("visitor");
  opt_pair tags[] = {{OPT_STR("basket"), opt_null()}};
  int before = book.messages;
  CHECK_STATUS(opt_track(client, user, OPT_STR("purchase"), tags, 1, &error), OPT_STATUS_OK, &error);
  CHECK_INT(book.messages, before + 1);
  CHECK(strstr(book.last, "basket") != NULL);
  opt_pair refused = {OPT_STR("revenue"), opt_string(OPT_STR("4711"))};
  CHECK_STATUS(opt_track(client, user, OPT_STR("purchase"), &refused, 1, &error), OPT_STATUS_OK, &error);
  CHECK_INT(book.messages, before + 2);
  CHECK(strstr(book.last, "revenue") != NULL);
  CHECK(strstr(book.last, "4711") == NULL);
  opt_user_free(user);
  opt_client_free(client);
  // The delivery thread, left with an event that nobody takes, may be the last to use it.
  CHECK(wait_until(was_released, &book));
  CHECK_INT(book.released, 1);
}

// Every way in which the library is done with the data: replaced, freed unused, refused, consumed by a failure.
static void test_release(void) {
  opt_error *error = NULL;
  journal first = {0}, second = {0}, refused = {0}, failed = {0}, back = {0};
  opt_options *options = opt_options_new();
  CHECK_STATUS(opt_options_set_logger(options, note, &first, released, &error), OPT_STATUS_OK, &error);
  CHECK_INT(first.released, 0);
  CHECK_STATUS(opt_options_set_logger(options, note, &second, released, &error), OPT_STATUS_OK, &error);
  CHECK_INT(first.released, 1);
  opt_options_free(options);
  CHECK_INT(second.released, 1);
  CHECK_STATUS(opt_options_set_logger(NULL, note, &refused, released, &error), OPT_STATUS_INVALID_ARGUMENT, &error);
  CHECK_INT(refused.released, 1);
  options = opt_options_new();
  CHECK_STATUS(opt_options_set_logger(options, NULL, &back, released, &error), OPT_STATUS_OK, &error);
  CHECK_STATUS(opt_options_set_logger(options, note, &failed, released, &error), OPT_STATUS_OK, &error);
  opt_client *client = NULL;
  CHECK_STATUS(opt_client_new(options, &client, &error), OPT_STATUS_INVALID_ARGUMENT, &error);
  CHECK_INT(failed.released, 1);
  CHECK_INT(back.released, 1);
}

// What a function writes to standard error, at most `room` - 1 bytes of it.
static void capture(void (*act)(uint32_t level), uint32_t level, char *written, size_t room) {
  int channel[2];
  int before = dup(STDERR_FILENO);
  if (pipe(channel) != 0 || before < 0 || dup2(channel[1], STDERR_FILENO) < 0)
    check_abort("standard error can't be caught");
  close(channel[1]);
  act(level);
  dup2(before, STDERR_FILENO);
  close(before);
  ssize_t got = read(channel[0], written, room - 1);
  written[got > 0 ? got : 0] = '\0';
  close(channel[0]);
}

static void provoke_twice(uint32_t level) {
  opt_error *error = NULL;
  opt_options *options = options_for(NULL);
  must(opt_options_set_log_level(options, level, &error), error);
  opt_client *client = client_of(options);
  provoke(client);
  provoke(client);
  close_and_free(client);
}

static void test_standard_error(void) {
  char written[4096];
  capture(provoke_twice, OPT_LOG_WARNING, written, sizeof written);
  const char *first = strstr(written, "no_such_event");
  CHECK(first != NULL);
  CHECK(written[0] && written[strlen(written) - 1] == '\n');
  // The same message again is counted, not repeated.
  CHECK(first && strstr(first + 1, "no_such_event") == NULL);
  capture(provoke_twice, OPT_LOG_OFF, written, sizeof written);
  CHECK_TEXT(written, "");
}

int main(void) {
  test_callback();
  test_levels();
  test_omissions();
  test_release();
  test_standard_error();
  return check_done("logging");
}
