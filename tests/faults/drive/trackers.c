// Commands of traffic: `track` and wait for its end, or `traffic` until `halt`; `decide`.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "traffic.h"

static tracker trackers[TRACKERS];
static unsigned running;
static char prefix[100];
static atomic_bool is_halted;
static char text[LONGEST_TEXT];
static uint32_t times[TRACKERS * TIMED];

static void begin(const command *said) {
  if (running > 0)
    drive_abort("traffic runs already");
  // `threads=0`: on this very thread.
  running = (unsigned)number_of(said, "threads", 1);
  bool is_here = running == 0;
  running += is_here;
  if (running > TRACKERS)
    drive_abort("no such number of threads");
  snprintf(prefix, sizeof prefix, "%s", text_of(said, "prefix", "visitor"));
  atomic_store(&is_halted, false);
  unsigned long long count = number_of(said, "count", 0), ms = number_of(said, "ms", 0);
  size_t bytes = (size_t)number_of(said, "bytes", 0);
  if (bytes > sizeof text)
    drive_abort("no text is so long");
  memset(text, 'x', bytes);
  for (unsigned i = 0; i < running; i++) {
    trackers[i] = (tracker){
        .client = client_in_use(),
        .prefix = prefix,
        .number = i,
        .count = count ? count / running + (i < count % running) : UINT64_MAX,
        .rate = (double)number_of(said, "rate", 0) / running,
        .until_ns = ms ? now_ns() + ms * 1000000 : 0,
        .text = {text, bytes},
        .is_impression = has(said, "impressions"),
        .stops_when_refused = has(said, "stop"),
        .is_halted = &is_halted,
    };
    if (is_here)
      traffic_run(&trackers[i]);
    else if (pthread_create(&trackers[i].thread, NULL, traffic_run, &trackers[i]) != 0)
      drive_abort("no thread for traffic");
  }
}

static int compare(const void *left, const void *right) {
  uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
  return (a > b) - (a < b);
}

static void answer_times(size_t count) {
  qsort(times, count, sizeof *times, compare);
  answer_number("p50_ns", count ? times[count / 2] : 0);
  answer_number("p99_ns", count ? times[count * 99 / 100] : 0);
  answer_number("max_ns", count ? times[count - 1] : 0);
}

static void answer_refused(const unsigned long long *refused) {
  char json[STATUSES * 64] = "{";
  size_t used = 1;
  for (int i = 0; i < STATUSES; i++)
    if (refused[i])
      used += (size_t)snprintf(json + used, sizeof json - used, "%s\"%s\":%llu", used > 1 ? "," : "",
                               opt_status_name(i), refused[i]);
  snprintf(json + used, sizeof json - used, "}");
  answer_raw("refused", json);
}

static void end(void) {
  unsigned long long accepted = 0, refused[STATUSES] = {0};
  size_t timed = 0;
  const char *message = "";
  for (unsigned i = 0; i < running; i++)
    if (trackers[i].thread)
      pthread_join(trackers[i].thread, NULL);
  for (unsigned i = 0; i < running; i++) {
    accepted += trackers[i].accepted;
    for (int j = 0; j < STATUSES; j++)
      refused[j] += trackers[i].refused[j];
    size_t count = trackers[i].timed > TIMED ? TIMED : trackers[i].timed;
    memcpy(times + timed, trackers[i].times_ns, count * sizeof *times);
    timed += count;
    if (trackers[i].message[0])
      message = trackers[i].message;
  }
  running = 0;
  answer_number("accepted", (long long)accepted);
  answer_refused(refused);
  answer_text("message", message, strlen(message));
  answer_times(timed);
}

static void decide(const command *said) {
  size_t count = (size_t)number_of(said, "count", 1000), good = 0;
  opt_error *error = NULL;
  opt_user *user = NULL;
  opt_status status = opt_user_new(OPT_STR("decided"), NULL, 0, &user, &error);
  if (count > sizeof times / sizeof *times || status != OPT_STATUS_OK)
    drive_abort("no user to decide for");
  for (size_t i = 0; i < count && status == OPT_STATUS_OK; i++) {
    opt_decision *decision = NULL;
    uint64_t start = now_ns();
    status =
        opt_decide(client_in_use(), user, OPT_STR("dark_mode"), OPT_DECIDE_DISABLE_DECISION_EVENT, &decision, &error);
    times[i] = (uint32_t)(now_ns() - start);
    good += status == OPT_STATUS_OK;
    opt_decision_free(decision);
  }
  opt_user_free(user);
  answer_number("decided", (long long)good);
  answer_times(good);
  answer_status(status, error);
}

// Tracks without books, for a program that can't write any: its visitors are named `counted…`.
static void count_accepted(const command *said) {
  unsigned long long accepted = 0, refused[STATUSES] = {0};
  static unsigned long long named;
  size_t bytes = (size_t)number_of(said, "bytes", 0);
  if (bytes > sizeof text)
    drive_abort("no text is so long");
  memset(text, 'x', bytes);
  opt_pair tag = {OPT_STR("note"), opt_string((opt_str){text, bytes})};
  for (unsigned long long i = 0; i < number_of(said, "count", 0); i++) {
    char id[64];
    opt_user *user = NULL;
    snprintf(id, sizeof id, "counted-%llu", named++);
    if (opt_user_new(opt_cstr(id), NULL, 0, &user, NULL) != OPT_STATUS_OK)
      drive_abort("no user");
    opt_status status = opt_track(client_in_use(), user, OPT_STR("purchase"), &tag, 1, NULL);
    accepted += status == OPT_STATUS_OK;
    refused[(unsigned)status % STATUSES] += status != OPT_STATUS_OK;
    opt_user_free(user);
  }
  answer_number("accepted", (long long)accepted);
  answer_refused(refused);
}

bool do_traffic(const command *said) {
  if (strcmp(said->name, "track") == 0) {
    begin(said);
    end();
  } else if (strcmp(said->name, "traffic") == 0) {
    begin(said);
    answer_number("threads", running);
  } else if (strcmp(said->name, "halt") == 0) {
    atomic_store(&is_halted, true);
    end();
  } else if (strcmp(said->name, "join") == 0) {
    end();
  } else if (strcmp(said->name, "count") == 0) {
    count_accepted(said);
  } else if (strcmp(said->name, "decide") == 0) {
    decide(said);
  } else {
    return false;
  }
  return true;
}
