// F13: the datafile is swapped a thousand times a second under eight threads that decide: what one call returns is of
// one version, whole.
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "check.h"
#include "client.h"
#include "row.h"

enum { THREADS = 8, FLAGS = 10, SIZE = 16384, SWAPS_A_SECOND = 1000 };

typedef struct {
  const opt_client *client;
  atomic_bool *is_over;
  unsigned long long decided;
  // By version, `a` and `b`.
  unsigned long long seen[2];
  // Answers of two versions at once, or of none.
  unsigned long long mixed;
} worker;

static char datafiles[2][SIZE];

// A version: its letter is its revision, the variation that everybody gets of each flag, and the value of its variable.
static void write_datafile(char *text, char version) {
  int used =
      snprintf(text, SIZE,
               "{\"version\":\"4\",\"accountId\":\"1\",\"projectId\":\"2\",\"revision\":\"%c\",\"attributes\":[],"
               "\"audiences\":[],\"experiments\":[],\"groups\":[],\"events\":[],\"featureFlags\":[",
               version);
  for (int i = 0; i < FLAGS; i++)
    used += snprintf(
        text + used, SIZE - (size_t)used,
        "%s{\"id\":\"1%d\",\"key\":\"flag_%d\",\"rolloutId\":\"2%d\",\"experimentIds\":[],\"variables\":[{\"id\":"
        "\"3%d\",\"key\":\"word\",\"type\":\"string\",\"defaultValue\":\"none\"}]}",
        i ? "," : "", i, i, i, i);
  used += snprintf(text + used, SIZE - (size_t)used, "],\"rollouts\":[");
  for (int i = 0; i < FLAGS; i++)
    used += snprintf(
        text + used, SIZE - (size_t)used,
        "%s{\"id\":\"2%d\",\"experiments\":[{\"id\":\"4%d\",\"key\":\"4%d\",\"layerId\":\"5%d\",\"status\":"
        "\"Running\",\"audienceIds\":[],\"forcedVariations\":{},\"variations\":[{\"id\":\"6%d\",\"key\":\"%c\","
        "\"featureEnabled\":true,\"variables\":[{\"id\":\"3%d\",\"value\":\"%c\"}]}],\"trafficAllocation\":[{"
        "\"entityId\":\"6%d\",\"endOfRange\":10000}]}]}",
        i ? "," : "", i, i, i, i, i, version, i, version, i);
  used += snprintf(text + used, SIZE - (size_t)used, "]}");
  if (used >= SIZE)
    check_abort("the datafile does not fit");
}

// The letter that a text consists of; 0 if it is no version's.
static char letter(opt_str text) { return text.len == 1 && (*text.data == 'a' || *text.data == 'b') ? *text.data : 0; }

// The version that all decisions about one user are of; 0 if they are of several.
static char version_of_decisions(const worker *self, const opt_user *user) {
  opt_decisions *decisions = NULL;
  opt_error *error = NULL;
  must(opt_decide_all(self->client, user, OPT_DECIDE_DISABLE_DECISION_EVENT, &decisions, &error), error);
  size_t count = opt_decisions_count(decisions);
  char version = 0;
  bool is_whole = count == FLAGS;
  for (size_t i = 0; i < count; i++) {
    const opt_decision *decision = opt_decisions_at(decisions, i);
    opt_decision_view view;
    opt_str word = {0};
    must(opt_decision_read(decision, &view, sizeof view, &error), error);
    must(opt_decision_get_string(decision, OPT_STR("word"), &word, &error), error);
    version = i == 0 ? letter(view.variation_key) : version;
    is_whole &= version != 0 && letter(view.variation_key) == version && letter(word) == version;
  }
  opt_decisions_free(decisions);
  return is_whole ? version : 0;
}

static void *decide_on(void *context) {
  worker *self = context;
  opt_user *user = user_named("visitor");
  while (!atomic_load(self->is_over)) {
    char version = version_of_decisions(self, user);
    self->decided++;
    self->mixed += version == 0;
    if (version != 0)
      self->seen[version - 'a']++;
  }
  opt_user_free(user);
  return NULL;
}

// Swaps at the rate, as far as the machine allows; answers how many times a second it was.
static unsigned long long swap(const opt_client *client, unsigned long swaps) {
  opt_error *error = NULL;
  long long begin = now_ms();
  for (unsigned long i = 0; i < swaps; i++) {
    must(opt_client_set_datafile(client, opt_cstr(datafiles[(i + 1) % 2]), &error), error);
    struct timespec pause = {.tv_nsec = 1000000000 / SWAPS_A_SECOND / 2};
    while (now_ms() - begin < (long long)(i * 1000 / SWAPS_A_SECOND))
      nanosleep(&pause, NULL);
  }
  long long took = now_ms() - begin;
  return swaps * 1000 / (unsigned long long)(took > 0 ? took : 1);
}

int main(void) {
  for (int i = 0; i < 2; i++)
    write_datafile(datafiles[i], (char)('a' + i));
  opt_error *error = NULL;
  opt_options *options = opt_options_new();
  must(opt_options_set_datafile(options, opt_cstr(datafiles[0]), &error), error);
  must(opt_options_set_log_level(options, OPT_LOG_OFF, &error), error);
  opt_client *client = client_of(options);
  atomic_bool is_over = false;
  worker workers[THREADS];
  pthread_t threads[THREADS];
  for (int i = 0; i < THREADS; i++) {
    workers[i] = (worker){.client = client, .is_over = &is_over};
    threads[i] = start(decide_on, &workers[i]);
  }
  unsigned long swaps = times(500, 60000);
  unsigned long long rate = swap(client, swaps), decided = 0;
  atomic_store(&is_over, true);
  for (int i = 0; i < THREADS; i++) {
    CHECK(has_ended(threads[i]));
    CHECK_INT(workers[i].mixed, 0);
    // A thread that has met one version alone has seen no swap.
    CHECK(workers[i].seen[0] > 0 && workers[i].seen[1] > 0);
    decided += workers[i].decided * FLAGS;
  }
  char promise[160];
  snprintf(promise, sizeof promise, "0 mixed of %llu decisions on 8 threads, at %llu swaps a second", decided, rate);
  check_fired("F13", promise, swaps);
  opt_client_free(client);
  return check_done("f13_swap");
}
